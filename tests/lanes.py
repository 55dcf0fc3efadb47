"""Lanes for tests: those of as many processes as are asked for, over one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import psycopg

from deploy.migrate import migrate
from domain.identity import Id, derived_id
from domain.journal.entries import JournalEntry, JournalRow
from domain.journal.lane import Lane
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import Edge, leaf_hash


@contextmanager
def lanes_of(database_url: str) -> Iterator[Callable[[], Lane]]:
    """Make lanes over an empty database for as long as this lasts."""
    migrate(database_url)
    made: list[Lane] = []

    def make() -> Lane:
        made.append(Lane(lambda: psycopg.connect(database_url)))
        return made[-1]

    yield make
    for each in made:
        each.close()


OPERATOR = derived_id("operator")


LEDGERS = tuple(derived_id("ledger", str(number)) for number in range(5))


def entry(stream: Id, version: int, topic: str = "visit.HomeVisitMade@1") -> JournalEntry:
    return JournalEntry(
        originator_id=stream,
        originator_version=version,
        topic=topic,
        state=b'{"stream":"%s","version":%d}' % (stream.encode(), version),
        operator=OPERATOR,
        ledger=LEDGERS[int(stream[-1], 16) % len(LEDGERS)],
    )


def check_whole(journal: JournalRecorder) -> list[JournalRow]:
    """Positions have no gap, times never run backwards, and every ledger's tree is its leaves'."""
    rows = journal.read(0, 100_000)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert journal.max_notification_id() == len(rows)
    assert all(before.at <= after.at for before, after in pairwise(rows))
    for ledger in {row.ledger for row in rows}:
        leaves = list(journal.read_ledger(ledger))
        assert [row.number for row in leaves] == list(range(1, len(leaves) + 1))
        with journal.connect() as connection:
            kept = connection.execute(
                "SELECT size, edge FROM ledger WHERE ledger = %s", (ledger,)
            ).fetchone()
        edge = Edge().extend(leaf_hash(row.leaf) for row in leaves)
        assert kept == (edge.size, edge.to_bytes())
    return rows
