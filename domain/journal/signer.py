"""Signs what every ledger has come to, and nothing that contradicts what was signed before.

A pass looks for ledgers that have grown, reads their new entries from the journal, and signs only
if these lead from the tree head that it remembers to the one that the database states. If they
do not, events were lost or altered: then it signs nothing at all, for no ledger, until a person
has decided (C2SP tlog-checkpoint: a log never signs two heads that cannot both be true). So it does
where a witness has seen another history: what is remembered here may have been restored as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import takewhile
from typing import Literal, NamedTuple

import psycopg
import structlog
from psycopg import Connection

from domain.clock import Clock, civil_date
from domain.identity import Id
from domain.journal.checkpoints import Kept, find, latest_of_all, read_tile, tree_of
from domain.journal.entries import JournalRow
from domain.journal.keyring import KeyRing, SigningKeysError
from domain.journal.note import checkpoint
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import Edge, leaf_hash, verify_consistency
from domain.journal.signed import Memory, Signed
from domain.journal.tiles import WIDTH, TiledTree, completed

SECONDS = 5.0
"""A pass so often: new events are signed within ten seconds even when a pass takes some."""
LOCK = 0x5349474E  # "SIGN": one signer at a time, wherever it runs
BLOCK = 16 * WIDTH
Trouble = Literal[
    "events-lost", "events-altered", "witness-has-seen-more", "root-differs", "proof-refused"
]
"""What the database shows, or what a witness says: the last three, see `witnesses`."""

log = structlog.get_logger("shilu.sign")


class SigningHalted(Exception):
    """What is here does not continue what was signed; `code` says how, `ledger` where first."""

    def __init__(self, code: Trouble, ledger: Id) -> None:
        super().__init__(f"{code}: {ledger}")
        self.code: Trouble = code
        self.ledger = ledger


@dataclass(frozen=True)
class Head:
    """What the database says of a ledger."""

    ledger: Id
    demonstration: bool
    edge: Edge


class Alarm(NamedTuple):
    """What a witness says of a ledger, and how many entries of it it has seen."""

    code: Trouble
    seen: int


@dataclass
class Signer:
    """Signs under the keys of the time; any number may run, one works at a time."""

    connect: Callable[[], Connection]
    journal: JournalRecorder
    ring: Callable[[], KeyRing]
    memory: Memory
    clock: Clock
    day: date | None = None
    """The last civil day on which what stands signed was kept."""

    def run(self, stop: threading.Event) -> None:
        """Sign again and again until told to stop; say loudly when it must not."""
        while not stop.is_set():
            try:
                self.sign()
            except SigningHalted as trouble:
                log.critical("signing halted", code=trouble.code, ledger=trouble.ledger)
            except SigningKeysError as error:
                log.critical("no signing keys", why=str(error))
            except psycopg.OperationalError as error:
                log.warning("database unreachable", error=type(error).__name__)
            stop.wait(SECONDS)

    def sign(self) -> list[Kept]:
        """Sign every ledger that has grown, and return the new checkpoints.

        Raises `SigningHalted`, and goes on raising it until `accept_loss`.
        """
        with self.connect() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            try:
                made = self._pass(connection)
            except SigningHalted as trouble:
                connection.rollback()
                _note_halt(connection, trouble, self.clock.now())
                connection.commit()
                raise
            connection.execute("UPDATE signing SET halted_at = NULL, code = NULL, ledger = NULL")
            return made

    def sign_at(self, ledger: Id, size: int) -> Kept:
        """Return a ledger's checkpoint at a size, signing one if there is none at just that.

        An older head may be signed late: it is shown first to be how the newest one begins.
        Raises `SigningHalted`, LookupError where the ledger has never had so many entries, and
        `SealError` where those that are there are not those with which it began.
        """
        self.sign()
        with self.connect() as connection:
            latest = next((k for k in latest_of_all(connection) if k.ledger == ledger), None)
            if latest is None or not 0 < size <= latest.size:
                raise LookupError(ledger)
            there = find(connection, ledger, latest.era, size)
            if there is not None:
                return there
            read = partial(read_tile, connection, ledger)
            root = tree_of(self.journal, ledger, size, read).subtree(0, size)
            proof = tree_of(self.journal, ledger, latest.size, read).consistency(size)
            verify_consistency(size, latest.size, root, latest.root, proof)
            name = latest.note.split(b"\n", 1)[0].decode()
            note = checkpoint(name, size, root, self.ring().keys)
            made = Kept(ledger, latest.era, size, root, note, self.clock.now())
            _publish(connection, [made])
            return made

    def accept_loss(self, reason: str) -> list[tuple[Id, int, int]]:
        """Begin a new era for every ledger that does not continue what was signed.

        Returns each such ledger with its size now and the size that was signed. For a person who
        knows why events are gone; the old checkpoints stay true of what was there.
        """
        with self.connect() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            heads, signed = _heads(connection), self._signed(latest_of_all(connection))
            alarms = _alarms(connection)
            lost, begun = [], []
            for ledger, known in sorted(signed.items()):
                head, alarm = heads.get(ledger), alarms.get((ledger, known.era))
                if alarm is None and self._continues(connection, head, known):
                    continue
                size = head.edge.size if head else 0
                before = max(known.edge.size, alarm.seen if alarm else 0)
                lost.append((ledger, size, before))
                begun.append((ledger, Signed(known.era + 1, Edge())))
                self._restart(connection, lost[-1], known.era + 1, reason)
        # Remembered once it is on record: no era begins without its decision. Killed in between,
        # signing stands still as before, and the person decides again.
        self.memory.keep(begun)
        return lost

    def _restart(
        self, connection: Connection, lost: tuple[Id, int, int], era: int, reason: str
    ) -> None:
        ledger, size, before = lost
        connection.execute("DELETE FROM tile WHERE ledger = %s", (ledger,))
        connection.execute(
            "INSERT INTO signing_decision VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (ledger, era, size, before, reason, self.clock.now()),
        )

    def _continues(self, connection: Connection, head: Head | None, known: Signed) -> bool:
        if head is None:
            return known.edge.size == 0  # that it is gone was accepted before
        try:
            self._grown(connection, head, known, 0)
        except SigningHalted:
            return False
        return True

    def _pass(self, connection: Connection) -> list[Kept]:
        heads, latest = _heads(connection), latest_of_all(connection)
        signed = self._signed(latest)
        published = {kept.ledger: (kept.era, kept.size) for kept in latest}
        for ledger, known in signed.items():
            if known.edge.size > (heads[ledger].edge.size if ledger in heads else 0):
                raise SigningHalted("events-lost", ledger)
        for (ledger, era), alarm in sorted(_alarms(connection).items()):
            if ledger in signed and signed[ledger].era == era:
                raise SigningHalted(alarm.code, ledger)
        made, ring = [], self.ring()
        for ledger, head in heads.items():
            known = signed.get(ledger, Signed(1, Edge()))
            if published.get(ledger) != (known.era, head.edge.size):
                era, size = published.get(ledger, (known.era, 0))
                self._grown(connection, head, known, size if era == known.era else 0)
                made.append(self._signed_head(head, known.era, ring))
            elif known.edge != head.edge:
                raise SigningHalted("events-altered", ledger)
        # Remembered before it is published: what others have seen is never forgotten here.
        edges = {ledger: head.edge for ledger, head in heads.items()}
        self.memory.keep((one.ledger, Signed(one.era, edges[one.ledger])) for one in made)
        _publish(connection, made)
        today = civil_date(self.clock.now())
        if today != self.day:
            _keep_day(connection, today)
            self.day = today
        return made

    def _signed(self, latest: list[Kept]) -> dict[Id, Signed]:
        """What was signed last: as remembered here, or as published, whichever is further.

        A signer on a new machine has no memory yet and begins with what is published.
        """
        signed, learned = self.memory.all(), {}
        for kept in latest:
            known = signed.get(kept.ledger)
            if known is None or (known.era, known.edge.size) < (kept.era, kept.size):
                learned[kept.ledger] = Signed(kept.era, self._replayed(kept))
        self.memory.keep(learned.items())
        return signed | learned

    def _replayed(self, kept: Kept) -> Edge:
        rows = takewhile(lambda row: row.number <= kept.size, self.journal.read_ledger(kept.ledger))
        edge = Edge().extend(leaf_hash(row.leaf) for row in rows)
        if edge.size < kept.size:
            raise SigningHalted("events-lost", kept.ledger)
        if edge.root() != kept.root:
            raise SigningHalted("events-altered", kept.ledger)
        return edge

    def _grown(self, connection: Connection, head: Head, known: Signed, published: int) -> None:
        """Read what a ledger has grown by, see that it leads to the head, and keep its tiles.

        `published` is the size of the last checkpoint of its era in the database: tiles of one that
        is remembered and was never published are missing as well.
        """
        edge, reached = _floor(known.edge, published), known.edge.size
        if head.edge.size < reached:
            raise SigningHalted("events-lost", head.ledger)
        for block in _blocks(self.journal.read_ledger(head.ledger, edge.size), head.edge.size):
            hashes = [leaf_hash(row.leaf) for row in block]
            before = edge.size
            passes = before < reached <= before + len(hashes)
            if passes and edge.extend(hashes[: reached - before]) != known.edge:
                raise SigningHalted("events-altered", head.ledger)
            edge = edge.extend(hashes)
            _keep_tiles(connection, head.ledger, before, hashes)
        if edge != head.edge:
            raise SigningHalted("events-altered", head.ledger)

    def _signed_head(self, head: Head, era: int, ring: KeyRing) -> Kept:
        name = origin(ring.name, head.ledger, era, demonstration=head.demonstration)
        root, size = head.edge.root(), head.edge.size
        note = checkpoint(name, size, root, ring.keys)
        return Kept(head.ledger, era, size, root, note, self.clock.now())


def origin(log_name: str, ledger: Id, era: int = 1, *, demonstration: bool = False) -> str:
    """Name a ledger for the world; a demonstration says so, and so does a new beginning."""
    kind = "demonstration/" if demonstration else ""
    return f"{log_name}/{kind}{ledger}" + (f"/{era}" if era > 1 else "")


def _floor(edge: Edge, published: int) -> Edge:
    """The edge at the last full tile: a tile's first entries are read again with the rest.

    Tiles are there up to what is `published`; where some are missing, it is the empty edge.
    """
    size = edge.size // WIDTH * WIDTH
    return Edge(size, edge.hashes[: size.bit_count()]) if size <= published else Edge()


def _blocks(entries: Iterator[JournalRow], size: int) -> Iterator[list[JournalRow]]:
    """Yield entries up to a number, as many at a time as fill tiles."""
    block: list[JournalRow] = []
    for row in takewhile(lambda row: row.number <= size, entries):
        block.append(row)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def _keep_tiles(connection: Connection, ledger: Id, before: int, hashes: list[bytes]) -> None:
    size = before + len(hashes)
    tail = hashes[size // WIDTH * WIDTH - before :]
    made: dict[tuple[int, int], bytes] = {}

    def read(level: int, number: int) -> bytes:
        if level == 0 and number * WIDTH >= before:
            at = number * WIDTH - before
            return b"".join(hashes[at : at + WIDTH])
        return made.get((level, number)) or read_tile(connection, ledger, level, number)

    tree = TiledTree(size, tail, read)
    for level, number in completed(before, size):
        made[level, number] = read(0, number) if level == 0 else tree.tile(level, number)
    if made:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO tile VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (ledger, level, number) DO UPDATE SET hashes = excluded.hashes",
                [(ledger, level, number, tile) for (level, number), tile in made.items()],
            )


def _heads(connection: Connection) -> dict[Id, Head]:
    rows = connection.execute(
        "SELECT ledger::text, demonstration, size, edge FROM ledger", binary=True
    )
    return {
        ledger: Head(ledger, demonstration, Edge.from_bytes(size, edge))
        for ledger, demonstration, size, edge in rows
    }


def _alarms(connection: Connection) -> dict[tuple[Id, int], Alarm]:
    """Return what witnesses say, by ledger and era; of several, who has seen the most."""
    rows = connection.execute(
        "SELECT ledger::text, era, code, seen FROM witness_alarm ORDER BY seen"
    )
    return {(ledger, era): Alarm(code, seen) for ledger, era, code, seen in rows}


def _publish(connection: Connection, made: list[Kept]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO checkpoint (ledger, era, size, root, note, signed_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            made,
        )


def _keep_day(connection: Connection, day: date) -> None:
    """Keep what stands signed on this civil day, once a ledger."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO checkpoint_day (ledger, day, era, size) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [(kept.ledger, day, kept.era, kept.size) for kept in latest_of_all(connection)],
        )


def _note_halt(connection: Connection, trouble: SigningHalted, now: datetime) -> None:
    connection.execute(
        "UPDATE signing SET halted_at = coalesce(halted_at, %s), code = %s, ledger = %s",
        (now, trouble.code, trouble.ledger),
    )
