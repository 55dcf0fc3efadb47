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
from domain.identity import Id, derived_id, is_id, new_id
from domain.refusals import Conflict, NotFound, refusal
from domain.warning import Warned

ALLOWED_OVERLAP = timedelta(minutes=15)
REPEATED_WITHIN = timedelta(hours=2)
"""How far apart two records of one visit may be that were written from memory."""

OVERLAPS = refusal("visit.overlaps", Conflict)


@fact()
class WorkerEngaged(Facts, frozen=True, kw_only=True, tag="worker_day.WorkerEngaged@1"):
    """The worker was at a place for the time of a record, from `start` to `end`.

    Both are the same where it binds nobody: a call by telephone, a visit of no known length, or one
    of which only the day is known (`dated`).
    `kind` and `persons` are those of the record; days written before they were kept have none.
    """

    worker: Id
    record: Id
    place: str
    start: datetime
    end: datetime
    kind: str = ""
    persons: tuple[Id, ...] = ()
    dated: bool = False

    def repeats(self, other: WorkerEngaged) -> bool:
        """Say whether both may be one visit: the same kind, people and time, as far as it is known.

        Where nobody is named, the household stands for them. In a place that is only described
        there may be many doors, so that there it must be the same minute.
        """
        if not self.kind or self.kind != other.kind:
            return False
        if self.persons or other.persons:
            return set(self.persons) == set(other.persons) and self._about_when(other)
        if self.place != other.place:
            return False
        if is_id(self.place):
            return self._about_when(other)
        return not (self.dated or other.dated) and _same_minute(self.start, other.start)

    def _about_when(self, other: WorkerEngaged) -> bool:
        if self.dated or other.dated:
            return self.start.date() == other.start.date()
        return abs(self.start - other.start) <= REPEATED_WITHIN


@fact()
class PossibleDuplicateDetected(
    Warned, frozen=True, kw_only=True, tag="worker_day.PossibleDuplicateDetected@1"
):
    """A record may be another one of the worker said again; both are kept."""

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
class SharedTimeDetected(Warned, frozen=True, kw_only=True, tag="worker_day.SharedTimeDetected@1"):
    """A record overlaps with another one at the same place: the same minutes are said twice."""

    code = "visit.shared_time"
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
        others = list(self.engaged.values())
        elsewhere = [_overlap(each, engaged) for each in others if each.place != engaged.place]
        if (most := max(elsewhere, default=timedelta())) > ALLOWED_OVERLAP:
            raise OVERLAPS("occurred.start", minutes=int(most.total_seconds()) // 60)
        self.record(entry, engaged, event=new_id())
        for other in others:
            for kind in _worth_a_look(engaged, other):
                warning = kind(worker=engaged.worker, record=engaged.record, other=other.record)
                self.record(entry, warning, event=new_id())

    def free(self, entry: Entry, worker: Id, record: Id) -> None:
        """Let a record's time go."""
        if record in self.engaged:
            self.record(entry, WorkerFreed(worker=worker, record=record), event=new_id())


Warning = PossibleDuplicateDetected | ShortOverlapDetected | SharedTimeDetected


def _worth_a_look(engaged: WorkerEngaged, other: WorkerEngaged) -> Iterator[type[Warning]]:
    """Yield what whoever records is told of another record of the same worker."""
    repeated = engaged.repeats(other)
    if repeated:
        yield PossibleDuplicateDetected
    if _overlap(engaged, other) > timedelta():
        if engaged.place != other.place:
            yield ShortOverlapDetected
        elif not repeated:
            yield SharedTimeDetected


def _overlap(one: WorkerEngaged, other: WorkerEngaged) -> timedelta:
    """Return for how long both say that the worker was there; less than nothing where apart."""
    return min(one.end, other.end) - max(one.start, other.start)


def _same_minute(one: datetime, other: datetime) -> bool:
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def day_of(worker: Id, day: date) -> Id:
    """Return the stream of a worker's day."""
    return derived_id("worker_day", worker, day.isoformat())


class Presence(NamedTuple):
    """Where the workers of a record were, as it says; of a time that spans days, nowhere.

    Without minutes, or where only the day is known, it says when they met whom, and keeps them
    from no other door.
    """

    record: Id
    workers: tuple[Id, ...]
    occurred: Occurred
    minutes: int | None
    place: str
    kind: str = ""
    persons: tuple[Id, ...] = ()

    @property
    def tells_whom(self) -> bool:
        """Whether it says who was met, by name or household: else nothing can repeat its day."""
        return bool(self.persons) or (is_id(self.place) and self.place != self.record)


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
    if presence is None or presence.occurred.precision not in ("instant", "day"):
        return
    start, dated = presence.occurred.start, presence.occurred.precision == "day"
    if dated and not presence.tells_whom:
        return
    minutes = 0 if dated else presence.minutes or 0
    for worker in dict.fromkeys(presence.workers):
        yield WorkerEngaged(
            worker=worker,
            record=presence.record,
            place=presence.place,
            start=start,
            end=start + timedelta(minutes=minutes),
            kind=presence.kind,
            persons=presence.persons,
            dated=dated,
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
