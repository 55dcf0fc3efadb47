"""What a sample is drawn from: a project's records of one kind as its ledger held them then.

The same rows give the records, their strata and, once a record was drawn, the persons it names.
Strata are named as `docs/sampling.md` says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import msgspec

from domain.counting import Occurrence, persons
from domain.evaluation_sample import Divider, Plan, Records
from domain.identity import Id
from domain.sampling import EVERYTHING, Member
from projections.activity import HELD, activities
from projections.case import CASE, caseload
from projections.engine.fold import Rows
from projections.engine.view import Effect, Put, Record, Row, Table, View
from projections.group import GROUP, MEMBER, groups
from projections.visit import VISIT, visits

ATTENDED = Table("attended", key={"event": "uuid", "person": "uuid"}, columns={})
attended = View("attended", 1, (ATTENDED,))
"""Who was met by name. It is folded when it is needed and never kept."""

DIVIDERS: tuple[Divider, ...] = ("kind", "month", "worker")
UNSAID = "-"
VIEWS_OF: dict[Records, tuple[View, ...]] = {
    "visits": (visits, attended),
    "cases": (caseload,),
    "groups": (groups,),
    "activities": (activities, attended),
}
"""What must be folded to know a population."""


@attended.on(Occurrence)
def met(record: Record[Occurrence]) -> Iterator[Effect]:
    """One row for each person whom a record names."""
    for person in persons(record.facts.attendance):
        yield Put(ATTENDED, (record.id, person), {})


class Drawable(msgspec.Struct, frozen=True, kw_only=True):
    """One record that can be drawn, and what it can be divided by."""

    id: Id
    kind: str | None
    day: date | None
    worker: Id | None

    def stratum(self, by: Collection[Divider]) -> str:
        """Name the stratum it belongs to."""
        said: dict[Divider, str | None] = {
            "kind": self.kind,
            "month": None if self.day is None else self.day.strftime("%Y-%m"),
            "worker": self.worker,
        }
        parts = [f"{each}={said[each] or UNSAID}" for each in DIVIDERS if each in by]
        return ";".join(parts) or EVERYTHING


def population(plan: Plan, rows: Rows) -> tuple[Member, ...]:
    """Return the population of a plan with each record's stratum, in the order of ids."""
    found = sorted(drawable(plan.records, rows), key=lambda one: one.id)
    return tuple(Member(id=one.id, stratum=one.stratum(plan.strata)) for one in found)


def drawable(records: Records, rows: Rows) -> Iterator[Drawable]:
    """Yield the records of a kind: contacts made, activities held, case files, groups.

    A case whose opening is void is no case.
    """
    match records:
        case "visits":
            yield from (_done(row) for row in rows.records(VISIT) if row["outcome"] == "made")
        case "activities":
            yield from map(_done, rows.records(HELD))
        case "cases":
            for row in rows.records(CASE):
                if row["stage"] != "withdrawn":
                    yield Drawable(
                        id=row["case_id"],
                        kind=row["case_type"],
                        day=row["opened"],
                        worker=row["worker"],
                    )
        case "groups":
            for row in rows.records(GROUP):
                yield Drawable(
                    id=row["group_id"],
                    kind=row["audience"],
                    day=row["opened"] or row["planned"],
                    worker=row["leader"],
                )


def _done(row: Row) -> Drawable:
    return Drawable(id=row["event"], kind=row["kind"], day=row["day"], worker=row["worker"])


def persons_of(records: Records, drawn: Collection[Id], rows: Rows) -> set[Id]:
    """Return the registered persons whom drawn records name."""
    match records:
        case "visits" | "activities":
            return {row["person"] for row in rows.records(ATTENDED) if row["event"] in drawn}
        case "groups":
            return {row["person"] for row in rows.records(MEMBER) if row["group_id"] in drawn}
        case "cases":
            clients = (row["client"] for row in rows.records(CASE) if row["case_id"] in drawn)
            return {client for client in clients if client is not None}
