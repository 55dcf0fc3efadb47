"""AL-15: an indicator behind schedule (rules-and-reports.md).

Expected is the target times the share of its time that has passed. Below 80 % of that it is
yellow, below 60 % red. A monthly target is held to each month by itself and never averaged:
thirty households in March do not make up for none in April.

Only whole days count as passed, those that are over: a morning holds nothing against anybody that
is due in the course of the day, and the last day of a month is judged on the first of the next.

What is expected is an exact fraction, so that one of three where one and a half are due is 67 %
and behind. Nothing is behind before a whole unit is due: on the second of a month nobody can have
visited the third of a household that its share would be.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import msgspec

from domain.identity import Id, derived_id

RULE = "AL-15"
Light = Literal["green", "yellow", "red"]


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1

    def passed(self, today: date) -> int:
        """How many of its days are over on a day, which itself is not."""
        return min(self.days, max(0, (today - self.first).days))


class PeriodCompletion(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator in one period: what was done of what was to be done.

    `target` is a number, of a range the lower end; in the unit of the indicator. `by_now` is what
    was done also after the period, where work may come late: of what was due by mid-term.
    """

    indicator: Id
    period: str
    span: Span
    target: int
    actual: int
    by_now: int = 0

    @property
    def late(self) -> bool:
        """Whether it was done after all, but only when its time was over."""
        return self.actual < self.target <= self.by_now

    @property
    def episode(self) -> Id:
        """What names the alert: the indicator in this period."""
        return derived_id("behind", self.indicator, self.period)

    def expected(self, today: date) -> Fraction:
        """What was to be done before a day, in exact parts of a unit."""
        return Fraction(self.target * self.span.passed(today), self.span.days)


def light(standing: PeriodCompletion, today: date, yellow: int, red: int) -> Light:
    """Return the traffic light by the two percentages. What is not begun, has no number, has no
    whole unit due yet, or was done late is green."""
    expected, done = standing.expected(today), standing.actual * 100
    if expected < 1 or standing.late:
        return "green"
    if done < red * expected:
        return "red"
    return "yellow" if done < yellow * expected else "green"


def months(span: Span) -> Iterator[tuple[str, Span]]:
    """Cut a span into its civil months, the first and the last as far as they lie in it.

    A contract may be written to end with the calendar: they come one by one, and none after that.
    """
    first = span.first
    while first <= span.last:
        end = first.replace(day=monthrange(first.year, first.month)[1])
        yield f"{first:%Y-%m}", Span(first=first, last=min(end, span.last))
        if end >= span.last:
            return
        first = end + timedelta(days=1)


def owed(target: int, month: Span) -> int:
    """Return what a month owes of a monthly target.

    One that the contract touches only in part owes the same share, rounded up to the next whole
    unit.
    """
    whole = monthrange(month.first.year, month.first.month)[1]
    return -(-target * month.days // whole)
