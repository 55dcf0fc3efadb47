"""Views in PostgreSQL: tables made from their definitions, batches written set-wise.

A batch's effects are applied in memory by the same code as everywhere else; here the rows that
they touch are read before and what changed is written after, a few statements for each table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.errors import UniqueViolation

from domain.event import AnyEvent
from projections.engine.fold import Rows, Shelf
from projections.engine.view import POSTGRESQL, Drop, Effect, Key, Put, Row, Table, View

READER = "shilu_reader"
"""The role that questions are asked as: it owns nothing and sees one scope."""


def table_name(table: Table, suffix: str = "") -> sql.Identifier:
    """Return the name of a view's table; `suffix` names the one being filled beside it."""
    return sql.Identifier(table.name + suffix)


def create(connection: psycopg.Connection, view: View, suffix: str = "") -> None:
    """Make a view's tables, empty, bound by row-level security to the scope of the asker."""
    for table in view.tables:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}{}").format(
                sql.Identifier(name),
                sql.SQL(POSTGRESQL[kind]),
                sql.SQL(" NOT NULL" if kind == "int" or name in table.key else ""),
            )
            for name, kind in table.all_columns.items()
        )
        name = table_name(table, suffix)
        key = sql.SQL(", ").join(map(sql.Identifier, ("ledger", *table.key)))
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        connection.execute(
            sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({}))").format(name, columns, key)
        )
        _secure(connection, name)
        for index in table.indexes:
            _index(connection, name, index)


def _index(connection: psycopg.Connection, name: sql.Identifier, columns: Sequence[str]) -> None:
    parts = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(name, parts))


def _secure(connection: psycopg.Connection, name: sql.Identifier) -> None:
    connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
    policy = "CREATE POLICY scope ON {} FOR SELECT TO {} USING (in_scope(operator, station))"
    connection.execute(sql.SQL(policy).format(name, sql.Identifier(READER)))
    connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, sql.Identifier(READER)))


def rename(connection: psycopg.Connection, view: View, suffix: str) -> None:
    """Let the tables filled beside a view take its place."""
    for table in view.tables:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table_name(table)))
        connection.execute(
            sql.SQL("ALTER TABLE {} RENAME TO {}").format(
                table_name(table, suffix), table_name(table)
            )
        )


class Batch:
    """One batch's effects, from reading what they touch to writing what changed."""

    def __init__(self, connection: psycopg.Connection, views: Sequence[View], suffix: str = ""):
        self.connection = connection
        self.suffix = suffix
        self.rows = Rows(views)

    def write(self, effects: Sequence[tuple[AnyEvent, View, list[Effect]]]) -> None:
        """Apply and write all of them."""
        self._load(effects)
        for event, _, made in effects:
            self.rows.apply(event, made)
        for shelf in self.rows.shelves.values():
            if shelf.changed:
                self._write(shelf)

    def _load(self, effects: Sequence[tuple[AnyEvent, View, list[Effect]]]) -> None:
        """Read the rows that are added to or put in part; whole rows need no reading."""
        wanted: dict[str, dict[Key, None]] = {}
        settled: set[tuple[str, Key]] = set()
        for event, _, made in effects:
            for effect in made:
                name = effect.table.name
                key = (event.ledger, *effect.key)
                if (name, key) in settled:
                    continue
                settled.add((name, key))
                if not _whole(effect):
                    wanted.setdefault(name, {})[key] = None
        for name, keys in wanted.items():
            shelf = self.rows.shelves[name]
            found = self._read(shelf.table, list(keys))
            shelf.rows.update(found)
            shelf.found.update(found)

    def _read(self, table: Table, keys: Sequence[Key]) -> dict[Key, Row]:
        names = ("ledger", *table.key)
        columns = table.all_columns
        statement = sql.SQL("SELECT {} FROM {} t JOIN {} USING ({})").format(
            sql.SQL(", ").join(map(as_read, columns, columns.values())),
            table_name(table, self.suffix),
            _recordset(table, names),
            sql.SQL(", ").join(map(sql.Identifier, names)),
        )
        found = self.connection.execute(statement, (_json(names, keys),), prepare=True)
        width = len(names)
        rest = list(columns)[width:]
        return {row[:width]: dict(zip(rest, row[width:], strict=True)) for row in found.fetchall()}

    def _write(self, shelf: Shelf) -> None:
        gone = [key for key in shelf.changed if shelf.rows[key] is None]
        if gone:
            self._delete(shelf.table, gone)
        kept = [key for key in shelf.changed if shelf.rows[key] is not None]
        existing = [key for key in kept if key in shelf.found]
        fresh = [key for key in kept if key not in shelf.found]
        if fresh:
            self._insert(shelf, fresh)
        if existing:
            self._upsert(shelf, existing)

    def _delete(self, table: Table, keys: Sequence[Key]) -> None:
        names = ("ledger", *table.key)
        same = sql.SQL(" AND ").join(
            sql.SQL("t.{0} = r.{0}").format(sql.Identifier(name)) for name in names
        )
        statement = sql.SQL("DELETE FROM {} t USING {} WHERE {}").format(
            table_name(table, self.suffix), _recordset(table, names), same
        )
        self.connection.execute(statement, (_json(names, keys),), prepare=True)

    def _insert(self, shelf: Shelf, keys: Sequence[Key]) -> None:
        """Copy rows in; should one be there already after all, put them all instead."""
        try:
            with self.connection.transaction():
                self._copy(shelf, keys)
        except UniqueViolation:
            self._upsert(shelf, keys)

    def _copy(self, shelf: Shelf, keys: Sequence[Key]) -> None:
        columns = shelf.table.all_columns
        rest = list(columns)[len(shelf.table.key) + 1 :]
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            table_name(shelf.table, self.suffix),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for key in keys:
                row: Any = shelf.rows[key]
                copy.write_row((*key, *(row[name] for name in rest)))

    def _upsert(self, shelf: Shelf, keys: Sequence[Key]) -> None:
        table = shelf.table
        columns = list(table.all_columns)
        names = ("ledger", *table.key)
        rest = columns[len(names) :]
        rows = [(*key, *(_row(shelf, key)[name] for name in rest)) for key in keys]
        sets = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in rest
        )
        statement = sql.SQL(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {} ON CONFLICT ({}) DO UPDATE SET {}"
        ).format(
            table_name(table, self.suffix),
            _recordset(table, columns),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sets,
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
        self.connection.execute(statement, (_json(columns, rows),), prepare=True)


def read_table(connection: psycopg.Connection, table: Table, suffix: str = "") -> dict[Key, Row]:
    """Return all rows of a view's table, as the fold in memory would have them."""
    columns = table.all_columns
    width = len(table.key) + 1
    rest = list(columns)[width:]
    statement = sql.SQL("SELECT {} FROM {} t").format(
        sql.SQL(", ").join(map(as_read, columns, columns.values())), table_name(table, suffix)
    )
    rows = connection.execute(statement).fetchall()
    return {row[:width]: dict(zip(rest, row[width:], strict=True)) for row in rows}


def _whole(effect: Effect) -> bool:
    if isinstance(effect, Put):
        return len(effect.columns) == len(effect.table.columns)
    return isinstance(effect, Drop)


def _row(shelf: Shelf, key: Key) -> Row:
    row = shelf.rows[key]
    return {} if row is None else row


def as_read(name: str, kind: str) -> sql.Composable:
    """Return how a column is read: ids as text, as they are in memory."""
    column = sql.SQL("t.{}").format(sql.Identifier(name))
    return sql.SQL("{}::text").format(column) if kind == "uuid" else column


def _recordset(table: Table, names: Iterable[str]) -> sql.Composable:
    columns = table.all_columns
    typed = (
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(POSTGRESQL[columns[name]]))
        for name in names
    )
    return sql.SQL("json_to_recordset(%s::json) AS r({})").format(sql.SQL(", ").join(typed))


def _json(names: Sequence[str], rows: Sequence[Key]) -> str:
    return msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
