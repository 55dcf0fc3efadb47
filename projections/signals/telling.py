"""How the day that a record is of was told: at once, late, or by moving the record to it.

A day can be corrected, so that neither the first writing nor the last step alone says how late a
record is: one of today may be moved to a day of weeks ago, and one of a mistaken day set right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.clock import civil_date
from domain.identity import Id
from projections.audit import AUDIT
from projections.engine.ask import Answers, Where
from projections.engine.view import Row


class Telling(NamedTuple):
    """A record's steps that say a day, in order: its writing, corrections and reinstatements.

    They are rows of the audit list.
    """

    steps: Sequence[Row]

    @property
    def written(self) -> Row:
        """The first writing."""
        return self.steps[0]

    @property
    def day(self) -> date:
        """The last day that the record can mean, as it stands."""
        day: date = self.steps[-1]["latest"]
        return day

    @property
    def step(self) -> Row:
        """The first step that told the day which stands."""
        return next(row for row in self.steps if row["latest"] == self.day)

    @property
    def settled(self) -> Row:
        """The step since which that day stands: another than `step` where it was told before."""
        *_, settled = (
            row
            for before, row in zip((None, *self.steps), self.steps, strict=False)
            if before is None or before["latest"] != row["latest"]
        )
        return settled

    @property
    def lag(self) -> int:
        """Civil days from the day that the record is of to the step that first told it."""
        return _waited(self.step)

    @property
    def longest(self) -> int:
        """The same of whichever day the record was ever of: the most."""
        firsts = {row["latest"]: row for row in reversed(self.steps)}
        return max(map(_waited, firsts.values()))


def _waited(step: Row) -> int:
    written, day = civil_date(step["recorded_at"]), step["latest"]
    waited: int = (written - day).days
    return max(0, waited)


def tellings(answers: Answers, where: Where, records: frozenset[Id]) -> Mapping[Id, Telling]:
    """Return how records came to say their day, whenever their steps were."""
    found: dict[Id, list[Row]] = {}
    sought = {**where, "record": records}
    for row in answers.rows(AUDIT, where=sought, order=("position",)) if records else ():
        if row["latest"] is not None:
            found.setdefault(row["record"], []).append(row)
    return {record: Telling(steps) for record, steps in found.items()}
