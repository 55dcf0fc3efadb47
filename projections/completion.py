"""How far what is due has come, and which target it was that held on a day.

Written apart from who adds up what came, so that a page, an alert and a report judge alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

from domain.identity import Id
from projections.amounts import counted, tenths_of_percent
from projections.engine.view import Row

Reached = Literal["short", "met", "over"]


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """完成率: an actual over what is due, never capped (glossary, counting rules 10 and 11).

    `low` and `high` differ where a range is due; the percentage is of its low end.
    """

    numerator: int
    low: int
    high: int
    as_of: date
    formula: str = "completion@1"

    @property
    def reached(self) -> Reached:
        """Short of the low end, within the range, or above its high end."""
        if self.numerator < self.low:
            return "short"
        return "over" if self.numerator > self.high else "met"

    @property
    def tenths(self) -> int | None:
        """Tenths of a percent, rounded half up; None where nothing is due."""
        if self.low == 0:
            return None
        return tenths_of_percent(self.numerator, self.low)


def targets_on(targets: Iterable[Row], day: date) -> dict[tuple[Id, str], Row]:
    """Return the targets that held on a day: (indicator, per) → the last that had begun by then."""
    held: dict[tuple[Id, str], Row] = {}
    for row in sorted(targets, key=lambda row: (row["effective_from"], row["position"])):
        if row["effective_from"] <= day:
            held[row["indicator"], row["per"]] = row
    return held


def midterm_of(projects: Iterable[Row]) -> date | None:
    """Return the day of a project's mid-term; None where it has none or its terms are not known."""
    return next((row["midterm"] for row in projects), None)


def main_target(
    held: Mapping[tuple[Id, str], Row], indicator: Id, day: date, midterm: date | None
) -> Row | None:
    """Return the target that stands for an indicator on a day where only one has room.

    That is what is due by the mid-term until then, and afterwards what is due in the whole
    project; where there is no such target the other of them, and what is due each month last.
    """
    ahead = midterm is None or day <= midterm
    order = ("midterm", "project", "month") if ahead else ("project", "midterm", "month")
    return next((held[indicator, per] for per in order if (indicator, per) in held), None)


def completion(actual: int, target: Row, day: date) -> Completion | None:
    """Return how far a target is reached; None for one in words."""
    if target["form"] == "words":
        return None
    low, high = (counted(target[end], target["unit"]) for end in ("low", "high"))
    return Completion(numerator=actual, low=low, high=high, as_of=day)
