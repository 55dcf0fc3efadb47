"""Monthly targets as a report tells them: each month held by itself, and never averaged (AL-15).

Thirty visits in March do not make up for none in April, so what came in altogether says nothing of
such a target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from domain.identity import Id
from domain.schedule_rule import Span, months, owed
from projections.completion import Completion, Reached, completion, targets_on
from projections.engine.view import Row


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the contract: what it owed, what came in, as counted, and whether it is over."""

    month: str
    low: int
    high: int
    actual: int
    reached: Reached
    ended: bool

    @property
    def judged(self) -> bool:
        """Whether it can be said how it stands: it is over, or has reached what it owes."""
        return self.ended or self.reached != "short"

    def completion(self, day: date) -> Completion:
        """Return how far what it owes is reached, as known on a day."""
        return Completion(numerator=self.actual, low=self.low, high=self.high, as_of=day)


def span_of(projects: Iterable[Row], since: date | None = None) -> Span | None:
    """Return the days of a project from a day on; None where they are not known, or all before."""
    for row in projects:
        first = max(row["first"], since or row["first"])
        if first <= row["last"]:
            return Span(first=first, last=row["last"])
    return None


def monthly_of(targets: Iterable[Row], indicator: Id) -> list[Row]:
    """Return the monthly targets of an indicator, whenever each began."""
    return [row for row in targets if (row["indicator"], row["per"]) == (indicator, "month")]


def months_held(
    targets: Sequence[Row], came: Mapping[str, int], span: Span | None, day: date
) -> tuple[Month, ...]:
    """Return the months of a span that had begun by a day, each against its own target.

    `targets` are one indicator's monthly ones: a month owes what held on its last day, and one
    before the first of them nothing. One that the span touches only in part owes the same share
    (AL-15). Without a span nothing is said of single months.
    """
    found: list[Month] = []
    if span is None or not targets:
        return ()
    for name, days in months(span):
        if days.first > day:
            break
        for target in targets_on(targets, min(days.last, day)).values():
            held = completion(came.get(name, 0), target, day)
            if held is None:
                continue
            due = msgspec.structs.replace(
                held, low=owed(held.low, days), high=owed(held.high, days)
            )
            found.append(
                Month(
                    month=name,
                    low=due.low,
                    high=due.high,
                    actual=due.numerator,
                    reached=due.reached,
                    ended=days.last <= day,
                )
            )
    return tuple(found)
