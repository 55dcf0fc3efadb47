"""What a ledger holds to: numbers without gaps, the root of its leaves, its own operator, time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.identity import new_id
from domain.journal.entries import CommandKey, JournalEntry
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import Edge, leaf_hash
from domain.refusals import ShiluError

OPERATOR, OTHER = new_id(), new_id()


@pytest.fixture
def journal(database_url: str) -> Iterator[JournalRecorder]:
    migrate(database_url)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        recorder = JournalRecorder(pool, lambda: psycopg.connect(database_url))
        yield recorder
        recorder.close()


def stored(ledger: str, operator: str = OPERATOR, *, demonstration: bool = False) -> JournalEntry:
    return JournalEntry(
        originator_id=new_id(),
        originator_version=1,
        topic="test@1",
        state='{"note":"走访"}'.encode(),
        operator=operator,
        ledger=ledger,
        demonstration=demonstration,
    )


def test_a_ledger_is_the_merkle_tree_of_exactly_its_leaves(journal: JournalRecorder) -> None:
    ledgers = new_id(), new_id()
    for number in range(23):
        journal.append([stored(ledgers[number % 2]), stored(ledgers[0])])
    for ledger in ledgers:
        rows = list(journal.read_ledger(ledger, batch=5))
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert all(earlier.at <= later.at for earlier, later in pairwise(rows))
        with journal.connect() as connection:
            size, edge = connection.execute(
                "SELECT size, edge FROM ledger WHERE ledger = %s", (ledger,)
            ).fetchone() or (0, b"")
        leaves = Edge().extend(leaf_hash(row.leaf) for row in rows)
        assert Edge.from_bytes(size, edge) == leaves


def test_a_ledger_takes_only_its_operators_events(journal: JournalRecorder) -> None:
    ledger = new_id()
    journal.append([stored(ledger)])
    with pytest.raises(IntegrityError):
        journal.append([stored(ledger, OTHER)])
    assert len(journal.read(0, 10)) == 1


def test_only_a_demonstration_takes_a_simulated_time(journal: JournalRecorder) -> None:
    then = datetime(2018, 10, 26, tzinfo=UTC)
    with pytest.raises(IntegrityError):
        journal.append([stored(new_id())], at=then)
    ledger = new_id()
    journal.append([stored(ledger, demonstration=True)], at=then)
    journal.append([stored(ledger, demonstration=True)], at=then - timedelta(days=1))
    assert [row.at for row in journal.read_ledger(ledger)] == [then, then]
    with pytest.raises(IntegrityError):
        journal.append([stored(ledger)])


def test_a_command_is_carried_out_once_and_answered_again(journal: JournalRecorder) -> None:
    key = CommandKey(OPERATOR, "visit-1", b"content")
    first = journal.append([stored(OPERATOR)], key)
    again = journal.append([stored(OPERATOR)], key)
    assert (list(first.positions), first.repeated) == ([1], False)
    assert (list(again.positions), again.repeated) == ([1], True)
    with pytest.raises(ShiluError, match="key_reused"):
        journal.append([stored(OPERATOR)], CommandKey(OPERATOR, "visit-1", b"other"))
    assert len(journal.read(0, 10)) == 1


def test_an_event_id_exists_once_and_a_leaf_has_its_limit(journal: JournalRecorder) -> None:
    one = stored(OPERATOR)
    journal.append([one])
    twin = JournalEntry(**{**vars(stored(OPERATOR)), "event_id": one.event_id})
    with pytest.raises(ShiluError, match="duplicate_id"):
        journal.append([twin])
    huge = JournalEntry(**{**vars(stored(OPERATOR)), "state": b'{"a":"' + b"a" * 65_535 + b'"}'})
    with pytest.raises(ShiluError, match="too_large"):
        journal.append([huge])
    assert len(journal.read(0, 10)) == 1
