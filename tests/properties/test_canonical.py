"""A dumped table is what the plain definition of its lines says, whatever its rows hold."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from domain.journal.entries import stamp
from projections.engine.fold import canonical
from projections.engine.view import Key, Row, Table

TABLE = Table(
    "dumped",
    key={"class": "text", "number": "int"},
    columns={"words": "text", "amount": "int", "day": "date", "at": "moment", "yes": "bool"},
)
TEXT = some.text(some.characters(codec="utf-8"))
MOMENTS = some.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    timezones=some.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
KEYS = some.tuples(TEXT, TEXT, some.integers(0, 2**63 - 1))
ROWS = some.fixed_dictionaries(
    {
        "operator": TEXT,
        "station": some.none() | TEXT,
        "words": some.none() | TEXT,
        "amount": some.integers(-(2**70), 2**70),
        "day": some.none() | some.dates(),
        "at": some.none() | MOMENTS | MOMENTS.map(lambda at: at.replace(microsecond=0)),
        "yes": some.none() | some.booleans(),
    }
)


@given(rows=some.dictionaries(KEYS, ROWS))
def test_a_dump_is_json_with_sorted_keys_and_rows(rows: dict[Key, Row]) -> None:
    assert canonical(TABLE, rows) == b"".join(
        json.dumps(
            {name: plain(value) for name, value in line.items()},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
        + b"\n"
        for line in (
            {**dict(zip(("ledger", "class", "number"), key, strict=True)), **rows[key]}
            for key in sorted(rows)
        )
    )


@given(moment=MOMENTS)
def test_a_moment_is_stamped_in_utc_with_all_six_digits(moment: datetime) -> None:
    assert stamp(moment) == moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value
