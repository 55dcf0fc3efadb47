"""Plain one-row commits through psycopg: what PostgreSQL itself gives on this machine.

The same row as the journal's, and nothing else: no version check, no seal, no order without
gaps, no notification, one index instead of four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from domain.journal.entries import JournalEntry

CONNECTIONS = 16
TABLE = """
CREATE TABLE plain (
    position bigserial PRIMARY KEY, ledger uuid, number bigint, at timestamptz, operator uuid,
    station uuid, event uuid, stream uuid, version integer, topic text, state bytea)
"""
INSERT = """
INSERT INTO plain (ledger, number, at, operator, station, event, stream, version, topic, state)
VALUES (%s, 1, now(), %s, %s, %s, %s, %s, %s, %s)
"""


@contextmanager
def plain_writer(url: str) -> Iterator[Callable[[int, JournalEntry], object]]:
    """Give a function that commits one row on the connection of that number."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in range(CONNECTIONS)
        ]
        connections[0].execute(TABLE)

        def write(number: int, entry: JournalEntry) -> object:
            row = (
                entry.ledger, entry.operator, entry.station, entry.event_id, entry.originator_id,
                entry.originator_version, entry.topic, entry.state,
            )  # fmt: skip
            return connections[number].execute(INSERT, row, prepare=True)

        yield write
