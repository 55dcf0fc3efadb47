"""Whether an indicator keeps pace: what is due against the share of its time that has passed.

The rule is AL-15's (`domain.schedule_rule`), with the thresholds that the caller names; each
target is held to its own time, a monthly one to the month of the day and to no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

import msgspec

from domain.schedule_rule import Light, Span, Standing, light, monthly
from projections.amounts import counted
from projections.engine.view import Row
from projections.progress import Due, Progress

MONTHS_WATCHED = 2


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How far a target's time has gone, in days, and how the work stands against it.

    `expected` is what was to be done by the day, in exact parts of a unit.
    """

    period: str
    target: int
    actual: int
    expected: Fraction
    passed: int
    days: int
    light: Light


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Percent of what is expected below which an indicator is yellow, and red (AL-15: 80, 60)."""

    yellow: int
    red: int


def pace(project: Row, one: Progress, due: Due, day: date, thresholds: Thresholds) -> Pace | None:
    """Return how an indicator stands against one target; None where no number is due yet."""
    standings = _standings(project, one, due, day)
    return _pace(standings[-1], day, thresholds) if standings else None


def paces(project: Row, one: Progress, due: Due, day: date, thresholds: Thresholds) -> list[Pace]:
    """Return every period so far of a target: of a monthly one, each month by itself."""
    return [_pace(each, day, thresholds) for each in _standings(project, one, due, day)]


def watched(one: Progress, project: Row, today: date) -> Iterator[Standing]:
    """Yield how an indicator stands where AL-15 looks: in each target that is a number or a range.

    A monthly one is looked at for the month that runs and the one before it.
    """
    if one.indicator["retired"] or not one.indicator["in_scope"]:
        return
    for due in one.due:
        yield from _standings(project, one, due, today)[-MONTHS_WATCHED:]


def _standings(project: Row, one: Progress, due: Due, day: date) -> Sequence[Standing]:
    target, first = due.target, project["first"]
    if due.completion is None or day < first:
        return ()
    owed = counted(target["low"], target["unit"])
    indicator = one.indicator["indicator"]
    if target["per"] == "month":
        whole = Span(first=first, last=project["last"])
        return monthly(indicator, whole, owed, one.months, day)
    last = project["midterm"] if target["per"] == "midterm" else project["last"]
    if last is None:
        return ()
    span = Span(first=first, last=last)
    return (
        Standing(
            indicator=indicator, period=target["per"], span=span, target=owed, actual=one.total
        ),
    )


def _pace(standing: Standing, day: date, thresholds: Thresholds) -> Pace:
    # A month that is over is judged by its last day, not by how long ago that was.
    return Pace(
        period=standing.period,
        target=standing.target,
        actual=standing.actual,
        expected=standing.expected(day),
        passed=standing.span.passed(day),
        days=standing.span.days,
        light=light(standing, day, thresholds.yellow, thresholds.red),
    )
