"""Whether an indicator keeps pace: what is due against the share of its time that has passed.

The rule is AL-15's (`domain.schedule_rule`), with the thresholds that the caller names; each
target is held to its own time, and each month to the monthly target that held in it. Pages and the
alert reckon alike: by the days that are over, of which the day that is asked about is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import takewhile

import msgspec

from domain.schedule_rule import Light, PeriodCompletion, Span, light, months
from projections.engine.view import Row
from projections.progress import Due, Progress

MONTHS_WATCHED = 2


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How far a target's time has gone, in days that are over, and how the work stands against it.

    `expected` is what was to be done before the day, in exact parts of a unit; `late` says that all
    was done, but only after its time.
    """

    period: str
    target: int
    actual: int
    expected: Fraction
    passed: int
    days: int
    light: Light
    late: bool


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Percent of what is expected below which an indicator is yellow, and red (AL-15: 80, 60)."""

    yellow: int
    red: int


def pace(project: Row, one: Progress, due: Due, day: date, thresholds: Thresholds) -> Pace | None:
    """Return how an indicator stands against one target; None where no number is due yet."""
    standings = [] if due.target["form"] == "words" else _standings(project, one, due, day)
    return _pace(standings[-1], day, thresholds) if standings else None


def paces(project: Row, one: Progress, due: Due, day: date, thresholds: Thresholds) -> list[Pace]:
    """Return every period so far of a target: of a monthly one, each month by what it owed."""
    return [_pace(each, day, thresholds) for each in _standings(project, one, due, day)]


def watched(one: Progress, project: Row, today: date) -> Iterator[PeriodCompletion]:
    """Yield how an indicator stands where AL-15 looks: in each target that is a number or a range.

    A monthly one is looked at for the month that runs and the one before it; none after the last
    day of the contract, when nothing can be made up for any more.
    """
    if not one.indicator["in_scope"] or today > project["last"]:
        return
    watched = [*_months(project, today)][-MONTHS_WATCHED:]
    for due in one.due:
        for standing in _standings(project, one, due, today):
            if due.target["per"] != "month" or standing.period in watched:
                yield standing


def _months(project: Row, day: date) -> dict[str, Span]:
    """Return the months of a contract that had begun by a day."""
    whole = months(Span(first=project["first"], last=project["last"]))
    return dict(takewhile(lambda month: month[1].first <= day, whole))


def _standings(project: Row, one: Progress, due: Due, day: date) -> Sequence[PeriodCompletion]:
    target, indicator = due.target, one.indicator["indicator"]
    if target["per"] == "month":
        spans = _months(project, day)
        return [
            PeriodCompletion(
                indicator=indicator,
                period=month.month,
                span=spans[month.month],
                target=month.low,
                actual=month.actual,
            )
            for month in due.months
        ]
    last = project["midterm"] if target["per"] == "midterm" else project["last"]
    if due.completion is None or day < project["first"] or last is None:
        return ()
    return (
        PeriodCompletion(
            indicator=indicator,
            period=target["per"],
            span=Span(first=project["first"], last=last),
            target=due.completion.low,
            actual=due.completion.numerator,
            by_now=one.total,
        ),
    )


def _pace(standing: PeriodCompletion, day: date, thresholds: Thresholds) -> Pace:
    # A month that is over is judged by its whole, not by how long ago that was.
    return Pace(
        period=standing.period,
        target=standing.target,
        actual=standing.actual,
        expected=standing.expected(day),
        passed=standing.span.passed(day),
        days=standing.span.days,
        light=light(standing, day, thresholds.yellow, thresholds.red),
        late=standing.late,
    )
