"""What changed in a ledger's rows between two moments, and which events did it.

The ledger is folded up to the first moment and then followed to the second; of each row that is
touched on the way it is kept what it was, and by which events it was touched. A row that says at
the end what it said at the beginning is no change, whatever happened to it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from domain.event import AnyEvent
from domain.identity import Id
from domain.journal.codec import encode
from domain.journal.entries import JournalRow
from domain.journal.past import BACKWARDS, LAST, Moment, Reach
from domain.journal.withheld import withheld
from domain.principal import Principal
from domain.refusals import NOT_FOUND
from projections.engine.ask import Answers, MemoryAnswers
from projections.engine.fold import Folder, Rows, read, uncollected
from projections.engine.past import Past
from projections.engine.view import Effect, Key, Record, Row, Table, View, topics_of

T = TypeVar("T")
WRITTEN = "recorded_at"
"""The column that tells when a row was last written down, not what it says."""


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """A row that differs: what it was, what it is, and the events that made it so, in order.

    `before` is None of a row that is new, `after` of one that is gone.
    """

    table: Table
    key: Row
    before: Row | None
    after: Row | None
    events: tuple[Record[Any], ...]

    @property
    def fields(self) -> list[Row]:
        """The columns that differ, with their values before and after."""
        before, after = self.before or {}, self.after or {}
        return [
            {"field": name, "before": before.get(name), "after": after.get(name)}
            for name in self.table.columns
            if name != WRITTEN and before.get(name) != after.get(name)
        ]


class Compared(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What was answered at both moments, and the rows that changed between them."""

    before: T
    after: T
    changes: list[RowChange]


class Tracking:
    """Folds one ledger up to a moment, and keeps track from there on."""

    def __init__(self, views: Sequence[View]) -> None:
        self.rows = Rows(views)
        self._folder = Folder(views)
        self._records: dict[Id, Record[Any]] = {}
        self._were: dict[tuple[str, Key], Row | None] = {}
        self._events: dict[tuple[str, Key], dict[Id, None]] = {}

    def fold(self, journal: Iterable[JournalRow]) -> None:
        """Take the ledger's events up to the first moment."""
        for event, effects in self._folder.effects(journal):
            self.rows.apply(event, effects)

    def follow(self, journal: Iterable[JournalRow]) -> None:
        """Take the events after it, in order."""
        for row in journal:
            for event, effects in self._folder.effects((row,)):
                self._keep(event, effects)
                self._records[event.id] = read(row)
                self.rows.apply(event, effects)

    def _keep(self, event: AnyEvent, effects: Iterable[Effect]) -> None:
        for effect in effects:
            name, key = effect.table.name, (event.ledger, *effect.key)
            if (name, key) not in self._were:
                row = self.rows.shelves[name].rows.get(key)
                self._were[name, key] = None if row is None else row.copy()
            self._events.setdefault((name, key), {})[event.id] = None

    def changes(self, tables: Collection[Table], principal: Principal) -> list[RowChange]:
        """Return the rows of some tables that differ, by table and key, within a scope."""
        named = {table.name: table for table in tables}
        found = []
        for (name, key), was in sorted(self._were.items(), key=lambda item: repr(item[0])):
            row = self.rows.shelves[name].rows.get(key)
            seen = row or was
            if name not in named or seen is None or _says(row) == _says(was):
                continue
            if principal.covers(seen["operator"], seen["station"], key[0]):
                records = map(self._records.__getitem__, self._events[name, key])
                told = tuple(each for each in records if _seen(principal, each))
                if not told:
                    continue
                change = RowChange(
                    table=named[name],
                    key=dict(zip(named[name].key, key[1:], strict=True)),
                    before=was,
                    after=row,
                    events=told,
                )
                found.append(change)
        return found


def _says(row: Row | None) -> Row | None:
    return row and {name: value for name, value in row.items() if name != WRITTEN}


def _seen(principal: Principal, record: Record[Any]) -> bool:
    event = record.event
    inside = principal.covers(event.operator, event.station, event.ledger)
    return inside and not withheld(principal, event)


def _nothing(answers: Answers) -> Any:
    """Ask nothing: only the rows are compared."""


def compare(
    past: Past,
    principal: Principal,
    ledger: Id,
    between: tuple[Moment, Moment],
    tables: Collection[Table],
    ask: Callable[[Answers], T] = _nothing,
) -> Compared[T]:
    """Ask a ledger the same at two moments, and return which rows changed between them.

    Raises `not_found` for a ledger that the principal may not see or that did not begin by the
    second moment, `known_at.backwards` for moments in the wrong order, and `known_at.too_much`.
    """
    views = tuple(dict.fromkeys(past.view_of[table.name] for table in tables))
    first, last = (past.reach(principal, ledger, moment) for moment in between)
    if last is None:
        raise NOT_FOUND("ledger")
    if first is not None and first.number > last.number:
        raise BACKWARDS("compared_with")
    past.check(last.number)
    tracking, topics = Tracking(views), topics_of(views)
    answers = MemoryAnswers(tracking.rows, principal)
    with past.turn(), uncollected():
        if first is not None:
            for page in past.journal.pages(first, topics):
                tracking.fold(page)
        before = ask(answers)
        for page in past.journal.pages(last, topics, after=0 if first is None else first.number):
            tracking.follow(page)
        return Compared(
            before=before, after=ask(answers), changes=tracking.changes(tables, principal)
        )


class Foreseen(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What would be answered after events that nobody has recorded, and which rows would change.

    `then` are the answers at earlier positions; `position` is the last one known of.
    """

    then: dict[int, T]
    compared: Compared[T]
    position: int


def foresee(
    past: Past,
    principal: Principal,
    events: Sequence[AnyEvent],
    at: datetime,
    tables: Collection[Table],
    ask: Callable[[Answers], T],
    positions: Collection[int] = (),
) -> Foreseen[T]:
    """Ask the events' ledgers the same as they stand and as they would with these events besides.

    `at` is when these would be recorded; `positions` are earlier ones at which the first event's
    ledger is asked too. Raises `known_at.too_much`, and `known_at.busy` after a while.
    """
    views = tuple(dict.fromkeys(past.view_of[table.name] for table in tables))
    ledgers = dict.fromkeys(event.ledger for event in events)
    now = {
        reach.ledger: reach
        for reach in past.journal.reached(principal, LAST)
        if reach.ledger in ledgers
    }
    past.check(sum(reach.number for reach in now.values()))
    own = events[0].ledger
    stops = {position: past.reach(principal, own, position) for position in sorted(set(positions))}
    tracking, topics = Tracking(views), topics_of(views)
    answers, then = MemoryAnswers(tracking.rows, principal), {}
    with past.turn(), uncollected():
        number = 0
        for position, stop in stops.items():
            if stop is not None:
                _fold_to(tracking, past, stop, topics, after=number)
                number = stop.number
            then[position] = ask(answers)
        for ledger, reach in now.items():
            _fold_to(tracking, past, reach, topics, after=number if ledger == own else 0)
        before = ask(answers)
        tracking.follow(_as_recorded(events, at, now))
        changes = tracking.changes(tables, principal)
        compared = Compared(before=before, after=ask(answers), changes=changes)
    known = max((reach.position for reach in now.values()), default=0)
    return Foreseen(then=then, compared=compared, position=known)


def _fold_to(
    tracking: Tracking, past: Past, reach: Reach, topics: Collection[str], after: int
) -> None:
    for page in past.journal.pages(reach, topics, after):
        tracking.fold(page)


def _as_recorded(
    events: Iterable[AnyEvent], at: datetime, reached: dict[Id, Reach]
) -> Iterator[JournalRow]:
    """Yield events as the journal would keep them, each behind the last of its ledger."""
    numbers = {ledger: reach.number for ledger, reach in reached.items()}
    position = max((reach.position for reach in reached.values()), default=0)
    for event in events:
        position += 1
        number = numbers[event.ledger] = numbers.get(event.ledger, 0) + 1
        yield JournalRow(position, event.ledger, number, at, event.stream, encode(event))
