"""A fold in bounded memory gives the lines of the fold in memory, wherever it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deploy.bench.history import History
from domain.event import Facts, fact
from domain.journal.codec import encode
from domain.journal.entries import JournalRow
from projections.catalogue import VIEWS
from projections.engine.fold import fold
from projections.engine.spread import Spread
from projections.engine.view import Add, Drop, Effect, Put, Record, Table, View

COUNT = 1500


@fact()
class Scribbled(Facts, frozen=True, kw_only=True, tag="tests.Scribbled@1"):
    """What to do to which row: made only here."""

    does: str
    key: str
    number: int


SCRIBBLE = Table(
    "scribble",
    key={"name": "text"},
    columns={"words": "text", "amount": "int", "other": "int"},
)
scribbles = View("scribbles", 1, (SCRIBBLE,), raw=True)


@scribbles.on(Scribbled)
def scribbled(record: Record[Scribbled]) -> Iterator[Effect]:
    facts = record.facts
    key = (facts.key,)
    match facts.does:
        case "whole":
            columns = {"words": facts.does, "amount": facts.number, "other": -facts.number}
            yield Put(SCRIBBLE, key, columns)
        case "part":
            yield Put(SCRIBBLE, key, {"amount": facts.number})
        case "add":
            yield Add(SCRIBBLE, key, {"amount": facts.number, "other": 1})
        case "drop":
            yield Drop(SCRIBBLE, key)


SCRIBBLES = some.lists(
    some.tuples(
        some.sampled_from(["whole", "part", "add", "drop"]),
        some.sampled_from(["a", "b", "ü", "一"]),
        some.integers(-3, 3),
        some.booleans(),
    ),
    max_size=40,
)


def journal_of(scribbles: list[tuple[str, str, int, bool]]) -> list[JournalRow]:
    """Write scribbles down, by two stations in turn as it comes."""
    template = next(iter(History(3).events(1)))
    rows = []
    for number, (does, key, amount, elsewhere) in enumerate(scribbles, 1):
        station = template.operator if elsewhere else template.station
        changes = {"station": station, "facts": Scribbled(does=does, key=key, number=amount)}
        rows.append(row_of(number, _with(template, **changes)))
    return rows


def _with(event: Any, **changes: Any) -> Any:
    return type(event)(**{**{f: getattr(event, f) for f in event.__struct_fields__}, **changes})


def row_of(number: int, event: Any) -> JournalRow:
    moment = event.captured_at.astimezone(UTC)
    return JournalRow(number, event.ledger, number, moment, event.stream, encode(event))


def spread(
    views: tuple[View, ...], rows: list[JournalRow], limit: int, step: int
) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        made = Spread(views, Path(folder), limit)
        for start in range(0, len(rows), step):
            made.add(rows[start : start + step])
        return {t.name: b"".join(made.lines(t)) for view in views for t in view.tables}


def folded(views: tuple[View, ...], rows: list[JournalRow]) -> dict[str, bytes]:
    made, _ = fold(views, rows)
    return {table.name: made.dump(table) for view in views for table in view.tables}


@given(scribbles_=SCRIBBLES, limit=some.integers(1, 5), step=some.integers(1, 7))
def test_any_effects_on_any_rows(
    scribbles_: list[tuple[str, str, int, bool]], limit: int, step: int
) -> None:
    rows = journal_of(scribbles_)
    assert spread((scribbles,), rows, limit, step) == folded((scribbles,), rows)


@pytest.mark.parametrize(("limit", "step"), [(10**6, 500), (2000, 100), (150, 33)])
def test_every_view_on_a_history_of_stations(limit: int, step: int) -> None:
    rows = [row_of(number, event) for number, event in enumerate(History(5).events(COUNT), 1)]
    assert spread(VIEWS, rows, limit, step) == folded(VIEWS, rows)
