"""Fills a journal with a made-up history by COPY: sealed, gapless, as if it had been appended.

Millions of events one commit at a time would take hours; the rows, the trees' edges and the
head are the same that the recorder would have left, which a test holds.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import psycopg

from deploy.bench.history import History
from domain.event import AnyEvent, topic_of
from domain.identity import Id
from domain.journal.codec import encode
from domain.journal.entries import leaf, stamp
from domain.journal.seal import Edge, leaf_hash

BLOCK = 5000
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HEAD = struct.Struct(">hiqi16siqiqi16si16si16si16siii")
INDEXES = {
    "journal_stream": "CREATE UNIQUE INDEX journal_stream ON journal (stream, version)",
    "journal_ledger": "CREATE UNIQUE INDEX journal_ledger ON journal (ledger, number)",
    "journal_event": "CREATE UNIQUE INDEX journal_event ON journal (event)",
}


class Sealed:
    """The ledgers' trees while the journal is being filled."""

    def __init__(self) -> None:
        self.owners: dict[Id, tuple[Id, Id | None]] = {}
        self.edges: dict[Id, Edge] = {}
        self.new: dict[Id, list[bytes]] = {}
        self.last: dict[Id, str] = {}

    def add(self, event: AnyEvent, at: str, state: bytes) -> int:
        """Seal one event and return its number within its ledger."""
        ledger = event.ledger
        if ledger not in self.new:
            self.owners[ledger] = event.operator, event.station
            self.new[ledger], self.edges[ledger] = [], Edge()
        hashes = self.new[ledger]
        hashes.append(leaf_hash(leaf(at, state)))
        self.last[ledger] = at
        number = self.edges[ledger].size + len(hashes)
        if len(hashes) == BLOCK:
            self._extend(ledger)
        return number

    def _extend(self, ledger: Id) -> None:
        self.edges[ledger] = self.edges[ledger].extend(self.new[ledger])
        self.new[ledger] = []

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the ledgers as they are kept."""
        for ledger, (operator, station) in self.owners.items():
            self._extend(ledger)
            edge = self.edges[ledger]
            yield ledger, operator, station, False, edge.size, edge.to_bytes(), self.last[ledger]


def fill(
    url: str, length: int, seed: int = 1, home: Callable[[AnyEvent], AnyEvent] | None = None
) -> History:
    """Fill an empty journal with so many events and return the history they come from.

    `home` may put each event elsewhere before it is sealed.
    """
    history = History(seed, length)
    made = history.events(length)
    sealed = Sealed()
    with psycopg.connect(url) as connection:
        for index in INDEXES:
            connection.execute(f"DROP INDEX {index}".encode())
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY journal FROM STDIN (FORMAT binary)") as copy,
        ):
            copy.write(SIGNATURE)
            for block in _blocks(_rows(history, map(home, made) if home else made, sealed)):
                copy.write(block)
            copy.write(TRAILER)
        for statement in INDEXES.values():
            connection.execute(statement.encode())
        _keep(connection, sealed, length, history)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE journal")
    return history


def _keep(connection: psycopg.Connection, sealed: Sealed, position: int, history: History) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY ledger (ledger, operator, station, demonstration, size, edge, at) FROM STDIN"
        ) as copy,
    ):
        for row in sealed.rows():
            copy.write_row(row)
    head = "UPDATE head SET position = %s, at = %s"
    connection.execute(head, (position, history.now))


def _rows(history: History, events: Iterable[AnyEvent], sealed: Sealed) -> Iterator[bytes]:
    for position, event in enumerate(events, 1):
        state, moment = encode(event), history.now
        number = sealed.add(event, stamp(moment), state)
        yield _row(event, position, number, moment, state)


def _row(event: AnyEvent, position: int, number: int, moment: datetime, state: bytes) -> bytes:
    """One row in the binary form of COPY: each field after its length."""
    topic = topic_of(type(event.facts)).encode()
    head = HEAD.pack(
        11, 8, position, 16, _uuid(event.ledger), 8, number, 8, (moment - EPOCH) // MICROSECOND,
        16, _uuid(event.operator), 16, _uuid(event.station or event.operator),
        16, _uuid(event.id), 16, _uuid(event.stream), 4, event.version, len(topic),
    )  # fmt: skip
    return head + topic + len(state).to_bytes(4) + state


def _uuid(id: Id) -> bytes:
    return bytes.fromhex(id.replace("-", ""))


def _blocks(rows: Iterator[bytes]) -> Iterator[bytes]:
    while block := b"".join(islice(rows, BLOCK)):
        yield block
