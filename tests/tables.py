"""A view's whole table as the database has it, to hold against what a fold makes."""

from __future__ import annotations

import psycopg
from psycopg import sql

from projections.engine.store import as_read, table_name
from projections.engine.view import Key, Row, Table


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
