"""One worker's day: who is at one door cannot be at another.

No visit can see the others, and asking a view first would leave a gap. So each worker's day is a
small stream, written in the transaction of the visit (as claims are): of two visits that overlap
and are recorded at once, one is decided again and then refused.

A visit that says again what another says is no refusal: it may be the same one written down twice,
or two. Both are kept, the receipt warns, and people decide (events.md, duplicates).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.aggregate import Aggregate
from domain.desk import Desk
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, Occurred, fact
from domain.identity import Id, derived_id, new_id
from domain.refusals import Conflict, NotFound, refusal
from domain.warning import Warned

ALLOWED_OVERLAP = timedelta(minutes=15)

OVERLAPS = refusal("visit.overlaps", Conflict)


@fact()
class WorkerEngaged(Facts, frozen=True, kw_only=True, tag="worker_day.WorkerEngaged@1"):
    """The worker was at a place for the time of a record, from `start` to `end`.

    Both are the same where it binds nobody: a call by telephone, or a visit of no known length.
    `kind` and `persons` are those of the record; days written before they were kept have none.
    """

    worker: Id
    record: Id
    place: str
    start: datetime
    end: datetime
    kind: str = ""
    persons: tuple[Id, ...] = ()

    def repeats(self, other: WorkerEngaged) -> bool:
        """Say whether both say the same people, or else door, and kind, to the minute."""
        if self.persons or other.persons:
            met = set(self.persons) == set(other.persons)
        else:
            met = self.place == other.place
        return (
            met
            and bool(self.kind)
            and self.kind == other.kind
            and _same_minute(self.start, other.start)
        )


@fact()
class PossibleDuplicateDetected(
    Warned, frozen=True, kw_only=True, tag="worker_day.PossibleDuplicateDetected@1"
):
    """A record says what another one of the worker says already; both are kept."""

    code = "visit.possible_duplicate"
    worker: Id


@fact()
class ShortOverlapDetected(
    Warned, frozen=True, kw_only=True, tag="worker_day.ShortOverlapDetected@1"
):
    """A record overlaps with another one at another place, by no more than is let pass."""

    code = "visit.short_overlap"
    worker: Id


@fact()
class WorkerFreed(Facts, frozen=True, kw_only=True, tag="worker_day.WorkerFreed@1"):
    """The record no longer says so: it is void, or says another time."""

    worker: Id
    record: Id


class WorkerDay(Aggregate):
    """Where a worker was on one day, by the records that say so."""

    kind = "worker_day"
    lasting = (Facts,)

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.engaged: dict[Id, WorkerEngaged] = {}

    def evolve(self, event: AnyEvent) -> None:
        """Keep what holds."""
        match event.facts:
            case WorkerEngaged():
                self.engaged[event.facts.record] = event.facts
            case WorkerFreed(record=record):
                self.engaged.pop(record, None)

    def engage(self, entry: Entry, engaged: WorkerEngaged) -> None:
        """Refuse more than 15 minutes at two places at once, and warn of less (events.md, BC6)."""
        others = {other.record: _overlap(other, engaged) for other in self.engaged.values()}
        if (most := max(others.values(), default=timedelta())) > ALLOWED_OVERLAP:
            raise OVERLAPS("occurred.start", minutes=int(most.total_seconds()) // 60)
        repeated = [each.record for each in self.engaged.values() if engaged.repeats(each)]
        self.record(entry, engaged, event=new_id())
        for kind, records in (
            (PossibleDuplicateDetected, repeated),
            (ShortOverlapDetected, [record for record, by in others.items() if by > timedelta()]),
        ):
            for other in records:
                warning = kind(worker=engaged.worker, record=engaged.record, other=other)
                self.record(entry, warning, event=new_id())

    def free(self, entry: Entry, worker: Id, record: Id) -> None:
        """Let a record's time go."""
        if record in self.engaged:
            self.record(entry, WorkerFreed(worker=worker, record=record), event=new_id())


def _overlap(one: WorkerEngaged, other: WorkerEngaged) -> timedelta:
    """Return for how long both say that the worker was there, at two places."""
    if one.place == other.place:
        return timedelta()
    return min(one.end, other.end) - max(one.start, other.start)


def _same_minute(one: datetime, other: datetime) -> bool:
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def day_of(worker: Id, day: date) -> Id:
    """Return the stream of a worker's day."""
    return derived_id("worker_day", worker, day.isoformat())


class Presence(NamedTuple):
    """Where the workers of a record were, as it says; of no exact time, nowhere.

    Without minutes it says when they met whom, and keeps them from no other door.
    """

    record: Id
    workers: tuple[Id, ...]
    occurred: Occurred
    minutes: int | None
    place: str
    kind: str = ""
    persons: tuple[Id, ...] = ()


def keep_days(
    desk: Desk, entry: Entry, scope: Scope, before: Presence | None, after: Presence | None
) -> tuple[WorkerDay, ...]:
    """Let go the time that a record held before and hold what it says now.

    The caller saves what is returned, in the record's transaction. Raises `visit.overlaps`.
    """
    days: dict[Id, WorkerDay] = {}
    for engaged in _each(before):
        for day in _find(desk, scope, engaged, days):
            day.free(entry.beside(), engaged.worker, engaged.record)
    for engaged in _each(after):
        for day in _find(desk, scope, engaged, days):
            day.engage(entry.beside(), engaged)
    return tuple(day for day in days.values() if day.pending)


def _each(presence: Presence | None) -> Iterator[WorkerEngaged]:
    if presence is None or presence.occurred.precision != "instant":
        return
    start = presence.occurred.start
    for worker in dict.fromkeys(presence.workers):
        yield WorkerEngaged(
            worker=worker,
            record=presence.record,
            place=presence.place,
            start=start,
            end=start + timedelta(minutes=presence.minutes or 0),
            kind=presence.kind,
            persons=presence.persons,
        )


def _find(
    desk: Desk, scope: Scope, engaged: WorkerEngaged, days: dict[Id, WorkerDay]
) -> Iterator[WorkerDay]:
    """Yield every day that the time touches: two, where it goes on over midnight."""
    last = max(engaged.start, engaged.end - timedelta.resolution).date()
    day = engaged.start.date()
    while day <= last:
        id = day_of(engaged.worker, day)
        if id not in days:
            try:
                days[id] = desk.load(WorkerDay, id, "workers")
            except NotFound:
                operators = Scope(operator=scope.operator, demonstration=scope.demonstration)
                days[id] = WorkerDay(id, operators)
        yield days[id]
        day += timedelta(days=1)
