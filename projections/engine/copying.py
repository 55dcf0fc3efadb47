"""Rows into PostgreSQL by COPY, written as text in a few passes that run in C.

A JSON array without its brackets is a line of CSV, with `null` for nothing and a backslash before
a quote: so one encoder call writes a whole batch. Only strings that JSON must escape otherwise
(control characters) mean something else in CSV; a block in which a backslash appears goes the
slow way, a value at a time. Ids and codes never need one.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import psycopg
from psycopg import sql


def copy_lines(
    connection: psycopg.Connection,
    name: sql.Composable,
    columns: Sequence[str],
    lines: Sequence[bytes],
) -> None:
    """Copy rows into a table; each line is a JSON array of its values in the order of `columns`.

    Raises `psycopg.DataError` for what the columns cannot hold, `UniqueViolation` for rows that
    are there already.
    """
    # A line break is never inside a JSON string, so one beside a bracket parts two rows.
    block = b"\n".join(lines).replace(b"]\n[", b"\n")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(name, names)
    with connection.cursor() as cursor:
        if b"\\" in block:
            with cursor.copy(into) as copy:
                for line in lines:
                    copy.write_row(msgspec.json.decode(line))
            return
        with cursor.copy(sql.SQL("{} (FORMAT csv, NULL 'null')").format(into)) as copy:
            copy.write(memoryview(block)[1:-1])
