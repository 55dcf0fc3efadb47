"""What records state of the figures of a position is held against the fold up to there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deploy.bench.history import History
from domain.identity import derived_id
from domain.journal.codec import EventMapper
from domain.journal.entries import JournalRow
from projections.engine.fold import fold
from projections.engine.view import View
from projections.indicators import indicators
from projections.snapshot import snapshot
from projections.statements import Statement, hold
from projections.visit import visits

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LEDGER = derived_id("ledger")
START = datetime(2018, 10, 26, 1, tzinfo=UTC)
GAP = 3


@cache
def rows() -> Sequence[JournalRow]:
    """A ledger whose events stand three positions apart, with those of other ledgers between."""
    mapper = EventMapper()
    made = [mapper.to_stored_event(event) for event in History(5).events(60)]
    return [
        JournalRow(
            number * GAP, LEDGER, number, START + timedelta(hours=number),
            str(each.originator_id), each.state,
        )
        for number, each in enumerate(made, 1)
    ]  # fmt: skip


def blocks(size: int) -> Iterator[Sequence[JournalRow]]:
    left = iter(rows())
    while block := list(islice(left, size)):
        yield block


@cache
def truth(view: View, position: int) -> str:
    known = [row for row in rows() if row.position <= position]
    return snapshot(view, fold((view,), known)[0])


@SOME
@given(
    asked=some.lists(
        some.tuples(
            some.integers(-1, 70 * GAP), some.sampled_from([visits, indicators]), some.booleans()
        ),
        max_size=12,
    ),
    size=some.integers(1, 70),
)
def test_any_positions_are_held_against_the_fold_up_to_there(
    asked: list[tuple[int, View, bool]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    said = [
        Statement(
            1, "a kind", position, view.name, view.version,
            truth(view, position) if true else "0" * 64,
        )
        for position, view, true in asked
    ]  # fmt: skip
    hold(said, blocks(size), tmp_path_factory.mktemp("room"))
    assert [each.held for each in said] == [true for _, _, true in asked]


@pytest.mark.parametrize("version", [None, visits.version + 1])
def test_of_another_version_or_none_only_what_holds_is_known(
    version: int | None, tmp_path: Path
) -> None:
    said = [
        Statement(1, "a kind", 30, visits.name, version, each)
        for each in (truth(visits, 30), "0" * 64)
    ]
    hold(said, blocks(7), tmp_path)
    assert [each.held for each in said] == [True, None]
