"""The demonstration's evaluation, reckoned again by somebody who has nothing but the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
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
from projections.samples import checked_samples
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


def test_a_sample_that_does_not_follow_from_all_records_is_told(entries: list[JournalRow]) -> None:
    """Given who keeps the ledger, when they leave a record out or show others, then it is told."""
    held = checked_samples(lambda: iter(entries))
    assert [each.settled.plan.records for each in held] == ["visits", "cases"]
    assert [each.wrong for each in held] == [(), ()]
    unseen = [row for row in entries if b"SampleRevealed@" not in row.state]
    assert [each.shown for each in checked_samples(lambda: iter(unseen))] == [None, None]
    for kind, field, said in (
        ("SampleDrawn", "population", {"population"}),
        ("SampleDrawn", "commitment", {"commitment", "known"}),
        ("SampleDrawn", "contribution", {"drawn"}),
        ("SampleRevealed", "seed", {"drawn"}),
        ("ReplaySnapshotFrozen", "root", {"frozen"}),
    ):
        told = checked_samples(partial(spoilt, entries, kind, f'"{field}":"'))
        assert {code for each in told for code in each.wrong} == said, field
    for kind, number, code in (
        ("SampleDrawn", b'"drawn":', "strata"),
        ("ReplaySnapshotFrozen", b'"number":', "frozen"),
        ("ReplaySnapshotFrozen", b'"position":', "frozen"),
    ):
        told = checked_samples(partial(spoilt, entries, kind, number, number + b"1"))
        assert {each for one in told for each in one.wrong} == {code}


def spoilt(
    entries: list[JournalRow], kind: str, before: str | bytes, after: bytes | None = None
) -> Iterator[JournalRow]:
    """Yield the entries, with a field of one kind altered."""
    for row in entries:
        state = row.state
        if f"evaluation.{kind}@".encode() in state:
            sought = before.encode() if isinstance(before, str) else before
            start = state.index(sought) + len(sought)
            zeroed = state[:start] + b"0" * 64 + state[start + 64 :]
            state = zeroed if after is None else state.replace(sought, after, 1)
        yield row._replace(state=state)
