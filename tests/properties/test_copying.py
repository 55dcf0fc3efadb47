"""Whatever text a row holds, a table gives back what was copied into it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from psycopg import sql

from projections.engine.copying import copy_lines

COLUMNS = ("words", "amount", "day", "moment", "yes")
ZONES = some.sampled_from([UTC, timezone(timedelta(hours=8))])
MOMENTS = some.builds(
    datetime.fromtimestamp,
    some.integers(600_000_000, 4_000_000_000),
    ZONES,
)
WORDS = (
    some.text()
    | some.text("\\\"'],[{}\n\r\t\v\x01nul,")
    | some.sampled_from(["null", "\\N", "\\.", ""])
)
ROWS = some.lists(
    some.tuples(
        some.none() | WORDS.filter(lambda words: "\0" not in words and _encodes(words)),
        some.none() | some.integers(-(2**63), 2**63 - 1),
        some.none() | some.dates(date(1990, 1, 1), date(2100, 1, 1)),
        some.none() | MOMENTS,
        some.none() | some.booleans(),
    ),
    min_size=1,
)


def lines(rows: list[tuple[Any, ...]]) -> list[bytes]:
    return [msgspec.json.encode(row) for row in rows]


def _encodes(words: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in words)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_what_is_copied_in_comes_out(module_database_url: str, rows: list[tuple[Any, ...]]) -> None:
    with psycopg.connect(module_database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        connection.execute(
            "CREATE TEMP TABLE copied (n serial, words text, amount bigint, day date,"
            " moment timestamptz, yes boolean) ON COMMIT DROP"
        )
        copy_lines(connection, sql.Identifier("copied"), COLUMNS, lines(rows))
        found = connection.execute(
            "SELECT words, amount, day, moment, yes FROM copied ORDER BY n"
        ).fetchall()
    assert found == rows


def test_a_number_that_fits_no_column_and_a_nul_are_refused(module_database_url: str) -> None:
    with psycopg.connect(module_database_url) as connection:
        connection.execute("CREATE TEMP TABLE copied (words text, amount bigint)")
        name = sql.Identifier("copied")
        with pytest.raises(psycopg.DataError), connection.transaction():
            copy_lines(connection, name, ("amount",), lines([(2**70,)]))
        with pytest.raises(psycopg.DataError), connection.transaction():
            copy_lines(connection, name, ("words",), lines([("a\0b",)]))
