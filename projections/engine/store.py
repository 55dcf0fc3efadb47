"""Views' tables in PostgreSQL, made from their definitions and bound to the scope of the asker."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from projections.engine.view import POSTGRESQL, Table, View

READER = "shilu_reader"
"""The role that questions are asked as: it owns nothing and sees one scope."""


_INDEXED = """
    SELECT array_agg(a.attname::text ORDER BY c.place)
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY c (attnum, place), pg_attribute a
    WHERE i.indrelid = to_regclass(%s)
      AND a.attrelid = i.indrelid AND a.attnum = c.attnum
    GROUP BY i.indexrelid
"""


def table_name(table: Table, suffix: str = "") -> sql.Identifier:
    """Return the name of a view's table; `suffix` names the one being filled beside it."""
    return sql.Identifier(table.name + suffix)


def create(
    connection: psycopg.Connection, view: View, suffix: str = "", *, bare: bool = False
) -> None:
    """Make a view's tables, empty, bound by row-level security to the scope of the asker.

    A table that is to be filled at once stays `bare` of key and indexes, which is quicker; it is
    completed by hand afterwards.
    """
    for table in view.tables:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}{}").format(
                sql.Identifier(name),
                sql.SQL(POSTGRESQL[kind]),
                sql.SQL(" NOT NULL" if kind == "int" or name in ("ledger", *table.key) else ""),
            )
            for name, kind in table.all_columns.items()
        )
        name = table_name(table, suffix)
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, columns))
        _secure(connection, name)
    if not bare:
        complete(connection, view, suffix)


def complete(connection: psycopg.Connection, view: View, suffix: str = "") -> None:
    """Give a view's tables their keys and indexes."""
    for table in view.tables:
        name = table_name(table, suffix)
        key = sql.SQL(", ").join(map(sql.Identifier, ("ledger", *table.key)))
        connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(name, key))
        for columns in table.indexes:
            _index(connection, name, columns)


def add_missing_indexes(connection: psycopg.Connection, view: View) -> None:
    """Give a view's tables the indexes that were defined since they were made.

    An index changes no row, so its view keeps its version and is not built anew.
    """
    for table in view.tables:
        known = {tuple(each) for (each,) in connection.execute(_INDEXED, (table.name,))}
        for columns in table.indexes:
            if columns not in known:
                _index(connection, table_name(table), columns)


def _index(connection: psycopg.Connection, name: sql.Identifier, columns: Sequence[str]) -> None:
    parts = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(name, parts))


def _secure(connection: psycopg.Connection, name: sql.Identifier) -> None:
    connection.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
    policy = (
        "CREATE POLICY scope ON {} FOR SELECT TO {} USING (in_scope(operator, station, ledger))"
    )
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


def as_read(name: str, kind: str) -> sql.Composable:
    """Return how a column is read: ids as text, as they are in memory."""
    column = sql.SQL("t.{}").format(sql.Identifier(name))
    return sql.SQL("{}::text").format(column) if kind == "uuid" else column
