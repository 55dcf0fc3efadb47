"""One worker's day: who is at one door cannot be at another.

No visit can see the others, and asking a view first would leave a gap. So each worker's day is a
small stream, written in the transaction of the visit (as claims are): of two visits that overlap
and are recorded at once, one is decided again and then refused.
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

ALLOWED_OVERLAP = timedelta(minutes=15)

OVERLAPS = refusal("visit.overlaps", Conflict)


@fact()
class WorkerEngaged(Facts, frozen=True, kw_only=True, tag="worker_day.WorkerEngaged@1"):
    """The worker was at a place for the time of a record, from `start` to `end`."""

    worker: Id
    record: Id
    place: str
    start: datetime
    end: datetime


@fact()
class WorkerFreed(Facts, frozen=True, kw_only=True, tag="worker_day.WorkerFreed@1"):
    """The record no longer says so: it is void, or says another time."""

    worker: Id
    record: Id


class WorkerDay(Aggregate):
    """Where a worker was on one day, by the records that say so."""

    kind = "worker_day"

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
        """Refuse more than 15 minutes at two places at once (events.md, BC6)."""
        for other in self.engaged.values():
            overlap = min(other.end, engaged.end) - max(other.start, engaged.start)
            if other.place != engaged.place and overlap > ALLOWED_OVERLAP:
                raise OVERLAPS("occurred.start", minutes=int(overlap.total_seconds()) // 60)
        self.record(entry, engaged, event=new_id())

    def free(self, entry: Entry, worker: Id, record: Id) -> None:
        """Let a record's time go."""
        if record in self.engaged:
            self.record(entry, WorkerFreed(worker=worker, record=record), event=new_id())


def day_of(worker: Id, day: date) -> Id:
    """Return the stream of a worker's day."""
    return derived_id("worker_day", worker, day.isoformat())


class Presence(NamedTuple):
    """Where the workers of a record were, as it says; of no exact time or length, nowhere."""

    record: Id
    workers: tuple[Id, ...]
    occurred: Occurred
    minutes: int | None
    place: str


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
    if presence is None or presence.occurred.precision != "instant" or not presence.minutes:
        return
    start = presence.occurred.start
    for worker in dict.fromkeys(presence.workers):
        yield WorkerEngaged(
            worker=worker,
            record=presence.record,
            place=presence.place,
            start=start,
            end=start + timedelta(minutes=presence.minutes),
        )


def _find(
    desk: Desk, scope: Scope, engaged: WorkerEngaged, days: dict[Id, WorkerDay]
) -> Iterator[WorkerDay]:
    """Yield every day that the time touches: two, where it goes on over midnight."""
    last = (engaged.end - timedelta.resolution).date()
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
