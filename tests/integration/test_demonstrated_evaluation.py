"""The demonstration's evaluation, reckoned again by somebody who has nothing but the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from deploy.demo.stage import PROJECT
from deploy.wiring import House
from domain.evaluation_sample import ReplaySnapshotFrozen, SampleDrawn, SampleRevealed
from domain.event import AnyEvent
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.sampling import commitment, draw, population_hash, seed_of
from projections.catalogue import VIEWS
from projections.engine.fold import fold
from projections.frozen import frozen
from projections.population import VIEWS_OF, population
from tests.integration.demonstration import demonstration


@pytest.fixture(scope="module")
def built(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demonstration(module_house_url, tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def entries(built: House) -> list[JournalRow]:
    return list(built.journal.read_ledger(PROJECT))


@pytest.fixture(scope="module")
def events(entries: list[JournalRow]) -> list[AnyEvent]:
    return [decode(entry.state) for entry in entries]


def test_what_was_frozen_comes_out_again(entries: list[JournalRow], events: list[AnyEvent]) -> None:
    (kept,) = [one.facts for one in events if isinstance(one.facts, ReplaySnapshotFrozen)]
    assert frozen(VIEWS, islice(entries, kept.number)) == kept
    assert 0 < kept.number < len(entries)


def test_the_samples_come_out_again(entries: list[JournalRow], events: list[AnyEvent]) -> None:
    (kept,) = [one.facts for one in events if isinstance(one.facts, ReplaySnapshotFrozen)]
    drawn = {one.id: one.facts for one in events if isinstance(one.facts, SampleDrawn)}
    shown = [one.facts for one in events if isinstance(one.facts, SampleRevealed)]
    assert [drawn[one.sample].plan.records for one in shown] == ["visits", "cases"]
    for one in shown:
        settled, nonce = drawn[one.sample], bytes.fromhex(one.nonce)
        rows, _ = fold(VIEWS_OF[settled.plan.records], islice(entries, kept.number))
        members = population(settled.plan, rows)
        assert commitment(nonce) == settled.commitment
        assert population_hash(members) == settled.population
        seed = seed_of(bytes.fromhex(kept.root), bytes.fromhex(settled.contribution), nonce)
        again = draw(members, settled.strata, seed)
        assert tuple(id for stratum in one.strata for id in stratum.records) == again
