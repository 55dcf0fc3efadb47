"""Rows into PostgreSQL by COPY, written as text in a few passes that run in C.

A JSON array without its brackets is a line of CSV, with `null` for nothing and a backslash before
a quote: so one encoder call writes a whole batch. Only strings that JSON must escape otherwise
(control characters) mean something else in CSV; a block in which a backslash appears goes the
slow way, a value at a time. Ids and codes never need one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import psycopg
from psycopg import sql

from projections.engine.view import Key

_encoder = msgspec.json.Encoder()


def copy_rows(
    connection: psycopg.Connection,
    name: sql.Composable,
    columns: Sequence[str],
    rows: Iterable[Key],
) -> None:
    """Copy rows into a table, their values in the order of `columns`.

    Raises `psycopg.DataError` for what the columns cannot hold, `UniqueViolation` for rows that
    are there already.
    """
    listed = list(rows)
    block = lines(listed)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(name, names)
    with connection.cursor() as cursor:
        if b"\\" in block:
            with cursor.copy(into) as copy:
                for row in listed:
                    copy.write_row(row)
            return
        with cursor.copy(sql.SQL("{} (FORMAT csv, NULL 'null')").format(into)) as copy:
            copy.write(block)


def lines(rows: Sequence[Key]) -> bytes:
    """Return rows as lines of CSV, except for what a backslash escapes.

    A line break is never inside a JSON string, so one beside a bracket parts two rows.
    """
    return _encoder.encode_lines(rows)[1:].replace(b"]\n[", b"\n").replace(b"]\n", b"\n")
