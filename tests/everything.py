"""Every row of every table: where to look for words that should stand in none."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql


def everything(url: str) -> Iterator[tuple[str, str]]:
    """Yield every row of every table of ours, bytes read as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = sql.Identifier(schema, table)
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(name)):
                yield f"{schema}.{table}", "\t".join(map(_text, row))


def _text(part: object) -> str:
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part)
