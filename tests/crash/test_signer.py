"""Signers are killed with -9 while records flow: no two heads contradict, and proofs hold."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.settings import Settings
from deploy.wiring import House, house
from domain.identity import Id, new_id
from domain.journal.checkpoints import Kept
from domain.journal.entries import JournalEntry
from domain.journal.seal import Edge, leaf_hash, verify_consistency
from domain.journal.tiles import WIDTH
from domain.journal.verify import Policy
from tests.crash.crew import Crew
from tests.processes import eventually
from tests.proofs import consistency_proof, inclusion_proof

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]
LEDGERS = tuple(new_id() for _ in range(3))
OPERATOR = new_id()
ROUNDS = 25


@pytest.fixture
def built(house_url: str, home: Path) -> Iterator[House]:
    # The processes find their keys by SHILU_HOME, as this house does.
    with house(Settings(home=home), None, house_url) as made:
        yield made


@pytest.fixture
def crew(built: House, home: Path) -> Iterator[Crew]:
    with ExitStack() as stack:
        made = Crew(built.url, home, ("sign1", "sign2"))
        stack.callback(made.stop)
        yield made


def record(built: House, ledger: Id, count: int) -> None:
    built.journal.append(
        [
            JournalEntry(
                originator_id=new_id(),
                originator_version=1,
                topic="test@1",
                state=b'{"note":"x"}',
                operator=OPERATOR,
                ledger=ledger,
                demonstration=False,
            )
            for _ in range(count)
        ]
    )


def published(built: House, ledger: Id) -> list[Kept]:
    with built.connect() as connection:
        rows = connection.execute(
            "SELECT ledger::text, era, size, root, note, signed_at FROM checkpoint"
            " WHERE ledger = %s ORDER BY era, size",
            (ledger,),
            binary=True,
        ).fetchall()
    return list(map(Kept._make, rows))


def leaves_of(built: House, ledger: Id) -> list[bytes]:
    return [leaf_hash(row.leaf) for row in built.journal.read_ledger(ledger)]


def is_signed(built: House) -> bool:
    newest = [built.checkpoints.latest(ledger) for ledger in LEDGERS]
    sizes = [len(leaves_of(built, ledger)) for ledger in LEDGERS]
    return [kept and kept.size for kept in newest] == sizes


def test_whoever_dies_no_two_heads_contradict_and_every_proof_holds(
    built: House, crew: Crew
) -> None:
    chance = random.Random(11)  # noqa: S311 - repeatable, not secret
    for ledger in LEDGERS:
        record(built, ledger, 1)
    # However slowly processes start here, there is one head before and one after the dying.
    assert eventually(lambda: is_signed(built), 60)
    for _ in range(ROUNDS):
        for ledger in LEDGERS:
            record(built, ledger, chance.randint(1, 200))
        # A process that was just started signs at once, and is killed about then.
        time.sleep(chance.uniform(0, 1.5))
        crew.kill(chance.choice(["sign1", "sign2"]))
    for ledger in LEDGERS:
        record(built, ledger, 1)
    assert eventually(lambda: is_signed(built), 60)
    assert built.checkpoints.halted() is None
    policy = Policy.read(built.ring.policy().encode())
    for ledger in LEDGERS:
        leaves, heads = leaves_of(built, ledger), published(built, ledger)
        assert len(heads) > 1
        assert {head.era for head in heads} == {1}
        for head in heads:
            assert Edge().extend(leaves[: head.size]).root() == head.root
            opened = policy.opens(head.note)
            assert (opened.size, opened.root) == (head.size, head.root)
        newest = heads[-1]
        tree = built.checkpoints.tree(ledger, newest.size)
        for head in heads[:-1]:
            proof = tree.consistency(head.size)
            assert tuple(proof) == consistency_proof(leaves, head.size, newest.size)
            verify_consistency(head.size, newest.size, head.root, newest.root, proof)
        for index in range(0, newest.size, WIDTH // 2):
            assert tuple(tree.inclusion(index)) == inclusion_proof(leaves, index)
