"""One batch of events into views' tables, set-wise: read what they touch, write what changed.

The effects are applied in memory by the same code as everywhere else; the database sees a few
statements for each table, however many events there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec
import psycopg
from psycopg import sql
from psycopg.errors import UniqueViolation

from domain.event import AnyEvent
from domain.journal.entries import JournalRow
from projections.engine.copying import copy_lines
from projections.engine.fold import Folder, Rows, Shelf, Shelves
from projections.engine.lines import LinedShelf
from projections.engine.store import as_read, table_name
from projections.engine.view import POSTGRESQL, Drop, Effect, Key, Put, Row, Table, View


class WaitingShelf(LinedShelf):
    """A shelf on which what needs a row that may be in the database waits until it is read."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.waiting: dict[Key, list[tuple[AnyEvent, Effect]]] = {}

    def apply(self, key: Key, event: AnyEvent, effect: Effect) -> None:
        """Apply an effect, or let it wait; whole rows, and what comes after them, need no reading.

        An effect on a row for which another waits waits too.
        """
        whole = (
            len(effect.columns) == self.width
            if isinstance(effect, Put)
            else isinstance(effect, Drop)
        )
        if key in self.waiting:
            self.waiting[key].append((event, effect))
        elif whole or key in self.lines or key in self.rows:
            super().apply(key, event, effect)
        else:
            self.waiting[key] = [(event, effect)]

    def settle(self, found: Mapping[Key, Row]) -> None:
        """Apply what waits, now that the rows are read that it needs."""
        self.rows.update(found)
        self.found.update(found)
        for key, steps in self.waiting.items():
            for event, effect in steps:
                super().apply(key, event, effect)
        self.waiting = {}


class WaitingRows(Rows):
    """What a batch makes of rows, as far as can be told without reading the database."""

    shelves: Mapping[str, WaitingShelf]

    def __init__(self, views: Iterable[View]) -> None:
        self.shelves = Shelves(WaitingShelf, views)


def fold_ahead(folder: Folder, journal: Iterable[JournalRow]) -> WaitingRows:
    """Fold events as far as can be done without the database."""
    rows = WaitingRows(folder.views)
    for event, effects in folder.effects(journal):
        rows.apply(event, effects)
    return rows


class Batch:
    """Writes one batch's rows, from reading what they touch to writing what changed.

    `crowded` are tables whose whole rows are often put again: found out as batches are written,
    and remembered by whoever writes many.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        suffix: str = "",
        crowded: set[Table] | None = None,
    ) -> None:
        self.connection = connection
        self.suffix = suffix
        self.crowded = set[Table]() if crowded is None else crowded

    def write(self, rows: WaitingRows) -> None:
        """Write all of them."""
        for shelf in rows.shelves.values():
            if shelf.waiting:
                shelf.settle(self._read(shelf.table, list(shelf.waiting)))
            if shelf.rows or shelf.lines:
                self._write(shelf)

    def _read(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        names = ("ledger", *table.key)
        rest = _rest(table)
        rows = self.connection.execute(
            _select(table, self.suffix), (_json(names, keys),), prepare=True
        ).fetchall()
        width = len(names)
        return {row[:width]: dict(zip(rest, row[width:], strict=True)) for row in rows}

    def _write(self, shelf: LinedShelf) -> None:
        """Take away what was dropped, copy in what is new, put what was found there.

        A correction drops a row and puts it again: that is new, since the old row is gone.
        """
        if shelf.dropped:
            self._delete(shelf.table, list(shelf.dropped))
        there = shelf.found - shelf.dropped
        if fresh := [key for key in shelf.living() if key not in there]:
            self._insert(shelf, fresh)
        if there:
            self._upsert(shelf, list(there))

    def _delete(self, table: Table, keys: Sequence[Key]) -> None:
        names = ("ledger", *table.key)
        self.connection.execute(_delete(table, self.suffix), (_json(names, keys),), prepare=True)

    def _insert(self, shelf: LinedShelf, keys: Sequence[Key]) -> None:
        """Copy rows in; should some be there already after all, put them in their place."""
        if shelf.table in self.crowded:
            self._delete(shelf.table, keys)
            self._copy(shelf, keys)
            return
        try:
            with self.connection.transaction():
                self._copy(shelf, keys)
        except UniqueViolation:
            self.crowded.add(shelf.table)
            self._insert(shelf, keys)

    def _copy(self, shelf: LinedShelf, keys: Sequence[Key]) -> None:
        name = table_name(shelf.table, self.suffix)
        copy_lines(self.connection, name, tuple(shelf.table.all_columns), shelf.written(keys))

    def _upsert(self, shelf: Shelf, keys: Sequence[Key]) -> None:
        names = ("ledger", *shelf.table.key)
        rows = [{**dict(zip(names, key, strict=True)), **(shelf.rows[key] or {})} for key in keys]
        listed = msgspec.json.encode(rows).decode()
        self.connection.execute(_upsert(shelf.table, self.suffix), (listed,), prepare=True)


@cache
def _rest(table: Table) -> tuple[str, ...]:
    """The columns of a row in memory beside its key, in the order that it always has."""
    return tuple(table.all_columns)[len(table.key) + 1 :]


@cache
def _select(table: Table, suffix: str) -> sql.Composed:
    names = ("ledger", *table.key)
    columns = (*names, *_rest(table))
    return sql.SQL("SELECT {} FROM {} t JOIN {} USING ({})").format(
        sql.SQL(", ").join(as_read(name, table.all_columns[name]) for name in columns),
        table_name(table, suffix),
        _recordset(table, names),
        _listed(names),
    )


@cache
def _delete(table: Table, suffix: str) -> sql.Composed:
    names = ("ledger", *table.key)
    same = (sql.SQL("t.{0} = r.{0}").format(sql.Identifier(name)) for name in names)
    return sql.SQL("DELETE FROM {} t USING {} WHERE {}").format(
        table_name(table, suffix), _recordset(table, names), sql.SQL(" AND ").join(same)
    )


@cache
def _upsert(table: Table, suffix: str) -> sql.Composed:
    names = ("ledger", *table.key)
    columns = (*names, *_rest(table))
    sets = (sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in _rest(table))
    return sql.SQL(
        "INSERT INTO {} ({columns}) SELECT {columns} FROM {} ON CONFLICT ({}) DO UPDATE SET {}"
    ).format(
        table_name(table, suffix),
        _recordset(table, columns),
        _listed(names),
        sql.SQL(", ").join(sets),
        columns=_listed(columns),
    )


def _listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _recordset(table: Table, names: Iterable[str]) -> sql.Composed:
    columns = table.all_columns
    typed = (
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(POSTGRESQL[columns[name]]))
        for name in names
    )
    return sql.SQL("json_to_recordset(%s::json) AS r({})").format(sql.SQL(", ").join(typed))


def _json(names: Sequence[str], rows: Sequence[Key]) -> str:
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
