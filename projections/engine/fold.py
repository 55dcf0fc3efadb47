"""The fold itself, the same in all four uses: events in order, decoded once, into rows.

`Rows` holds rows in memory and applies effects. Following and rebuilding give it the rows that a
batch touches and write back what changed; as-of and replay start from nothing and keep it all.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from domain.event import AnyEvent, Facts
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.entries import JournalRow, stamp
from projections.engine.view import (
    POSTGRESQL,
    Add,
    Effect,
    Handler,
    Key,
    Put,
    Record,
    Row,
    Table,
    View,
)

_encode = msgspec.json.Encoder().encode


@dataclass
class Shelf:
    """The rows of one table: what there is, and what was found in the database.

    `rows[key]` is None where a row was taken away; `dropped` are all that were, even if they were
    put again. Keys begin with the ledger.
    """

    table: Table
    rows: dict[Key, Row | None] = field(default_factory=dict)
    found: set[Key] = field(default_factory=set)
    dropped: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.blank = _blank(self.table)
        self.width = len(self.table.columns)

    def apply(self, key: Key, event: AnyEvent, effect: Effect) -> None:
        """Apply one effect of an event to the row of that key."""
        row = self.rows.get(key)
        if isinstance(effect, Put):
            if row is not None:
                row.update(effect.columns)
            elif len(effect.columns) == self.width:
                self.rows[key] = self._made(event, effect.columns)
            else:
                self.rows[key] = self._made(event, {**self.blank, **effect.columns})
        elif isinstance(effect, Add):
            if row is None:
                self.rows[key] = row = self._made(event, self.blank)
            for column, amount in effect.columns.items():
                row[column] += amount
        else:
            self.rows[key] = None
            self.dropped.add(key)

    @staticmethod
    def _made(event: AnyEvent, columns: Row) -> Row:
        row = columns.copy()
        row["operator"] = event.operator
        row["station"] = event.station
        return row


@cache
def _blank(table: Table) -> Row:
    return {**table.blank(), "operator": None, "station": None}


S = TypeVar("S", bound=Shelf)


class Shelves(dict[str, S]):
    """Shelves by table name, each made when it is first asked for: an event touches few of many."""

    def __init__(self, make: Callable[[Table], S], views: Iterable[View]) -> None:
        super().__init__()
        self._make = make
        self._tables = {table.name: table for view in views for table in view.tables}

    def __missing__(self, name: str) -> S:
        shelf = self[name] = self._make(self._tables[name])
        return shelf


class Rows:
    """Rows of any number of views, by table name."""

    shelves: Mapping[str, Shelf]

    def __init__(self, views: Iterable[View]) -> None:
        self.shelves = Shelves(Shelf, views)

    def apply(self, event: AnyEvent, effects: Iterable[Effect]) -> None:
        """Apply effects; the rows they need must be known (all are, when starting from nothing)."""
        shelves, ledger = self.shelves, event.ledger
        for effect in effects:
            shelves[effect.table.name].apply((ledger, *effect.key), event, effect)

    def living(self, table: Table | str) -> dict[Key, Row]:
        """Return the rows of a table that exist."""
        name = table if isinstance(table, str) else table.name
        return {key: row for key, row in self.shelves[name].rows.items() if row is not None}

    def records(self, table: Table) -> list[Row]:
        """Return a table's rows with their key columns, in key order: what queries read."""
        names = ("ledger", *table.key)
        rows = self.living(table)
        ordered = _in_order(table, rows)
        return [{**dict(zip(names, key, strict=True)), **rows[key]} for key in ordered]

    def dump(self, table: Table) -> bytes:
        """Return a table as canonical lines, one row each, sorted by key."""
        return canonical(table, self.living(table))


def order(key: Key) -> tuple[str, ...]:
    """Return what rows are sorted by: the parts of their key as text."""
    return tuple(_text(part) for part in key)


def canonical(table: Table, rows: dict[Key, Row]) -> bytes:
    """Write rows so that equal tables are equal bytes: JSON lines, sorted keys, sorted rows."""
    line = liner(table)
    return b"".join([line(key, rows[key]) for key in _in_order(table, rows)])


@cache
def liner(table: Table) -> Callable[[Key, Row], bytes]:
    """Return what writes a row of a table as its canonical line, with the line break."""
    struct, ordered, columns = _line(table)
    moments = [number for number, kind in enumerate(table.all_columns.values()) if kind == "moment"]

    def line(key: Key, row: Row) -> bytes:
        values = [*key, *columns(row)]
        for number in moments:
            values[number] = plain(values[number])
        return b"%b\n" % _encode(struct(*ordered(values)))

    return line


@cache
def _line(
    table: Table,
) -> tuple[type[msgspec.Struct], itemgetter[Any], itemgetter[tuple[Any, ...]]]:
    """Return a struct of a table's columns in order of name, and what takes them there."""
    names = list(table.all_columns)
    ordered = sorted(names)
    fields = {f"{name}_": name for name in ordered}  # a column may be called as Python's words are
    line = msgspec.defstruct(table.name, list(fields), rename=fields)
    return line, itemgetter(*map(names.index, ordered)), itemgetter(*names[len(table.key) + 1 :])


def _in_order(table: Table, rows: dict[Key, Row]) -> list[Key]:
    if all(POSTGRESQL[kind] in ("uuid", "text") for kind in table.key.values()):
        with suppress(TypeError):  # a key without a part, which only memory takes
            return sorted(rows)
    return sorted(rows, key=order)


def plain(value: Any) -> Any:
    """Return a column's value as it stands in a line."""
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value


def _text(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:020d}"
    return str(plain(value))


@dataclass(frozen=True)
class Parked:
    """An event that a view could not digest; that stream waits, for that view only."""

    view: str
    stream: Id
    position: int
    error: str


@dataclass
class Folder:
    """Folds events for some views, and parks what a view cannot digest."""

    views: Sequence[View]
    parked: dict[tuple[str, Id], Parked] = field(default_factory=dict)
    _readers: dict[type[Facts], list[tuple[View, Handler]]] = field(default_factory=dict)

    def effects(self, rows: Iterable[JournalRow]) -> Iterator[tuple[AnyEvent, list[Effect]]]:
        """Yield what each event does to the rows of all views, in order; it is applied to none."""
        for row in rows:
            record = self._read(row)
            if record is None:
                continue
            made: list[Effect] = []
            for view, reader in self._readers_of(record.facts):
                if self.parked and self._waits(view, row):
                    continue
                try:
                    made += [*reader(record)]  # all of them or, where it falls over, none
                except Exception as error:  # noqa: BLE001 - parking is for whatever goes wrong
                    self.park(view, row, error)
            if made:
                yield record.event, made

    def _readers_of(self, facts: Facts) -> list[tuple[View, Handler]]:
        """The views that facts of this kind concern: few of many, and a kind never changes."""
        kind = type(facts)
        readers = self._readers.get(kind)
        if readers is None:
            views = [view for view in self.views if view.concerns(facts)]
            readers = self._readers[kind] = [(view, view.reader(facts)) for view in views]
        return readers

    def park(self, view: View, row: JournalRow, error: Exception) -> None:
        """Set a stream aside for one view; the error's kind is kept, never its words."""
        if not self._waits(view, row):
            parked = Parked(view.name, row.stream, row.position, type(error).__name__)
            self.parked[view.name, row.stream] = parked

    def _waits(self, view: View, row: JournalRow) -> bool:
        """Whether an event is parked, or comes after one of its stream that is."""
        parked = self.parked.get((view.name, row.stream))
        return parked is not None and parked.position <= row.position

    def _read(self, row: JournalRow) -> Record[Any] | None:
        try:
            return read(row)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            for view in self.views:
                self.park(view, row, error)
            return None


def read(row: JournalRow) -> Record[Any]:
    """Decode a journal row into what handlers see."""
    event = decode(row.state)
    return Record(event.id, row.position, row.number, row.at, event.occurred, event, event.facts)


def fold(views: Sequence[View], journal: Iterable[JournalRow]) -> tuple[Rows, Folder]:
    """Fold events from the first on, in memory: the use for as-of and replay."""
    rows, folder = Rows(views), Folder(views)
    with uncollected():
        for event, effects in folder.effects(journal):
            rows.apply(event, effects)
    return rows, folder


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the cycle collector off: a fold makes a million objects, none of them in a cycle.

    It would go through them again and again, which doubles the time that folding takes.
    """
    was_on = gc.isenabled()
    if was_on:  # else another fold's end may come in between, and nobody would put it on again
        gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
