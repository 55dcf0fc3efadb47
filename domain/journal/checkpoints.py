"""Signed checkpoints as they are kept, and the proofs that belong to them."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from typing import LiteralString, NamedTuple

from psycopg import Connection
from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.journal.receipt import included, write_receipt
from domain.journal.recorder import JournalRecorder
from domain.journal.seal import leaf_hash
from domain.journal.tiles import WIDTH, ReadTile, TiledTree

SELECT: LiteralString = "SELECT ledger::text, era, size, root, note, signed_at FROM checkpoint "

COVERING: LiteralString = (
    "WHERE ledger = %(ledger)s AND size >= %(number)s AND era ="
    " (SELECT max(e.era) FROM checkpoint e WHERE e.ledger = %(ledger)s)"
)
WITNESSED: LiteralString = (
    " AND cosignatures > 0 AND cosignatures >= (SELECT max(newest.cosignatures) FROM"
    " (SELECT n.cosignatures FROM checkpoint n WHERE n.ledger = %(ledger)s"
    " ORDER BY n.era DESC, n.size DESC LIMIT 10) newest)"
)
FIRST: LiteralString = " ORDER BY size LIMIT 1"


class Kept(NamedTuple):
    """One signed checkpoint; `note` is the whole note (C2SP tlog-checkpoint)."""

    ledger: Id
    era: int
    size: int
    root: bytes
    note: bytes
    signed_at: datetime


class Stamped(NamedTuple):
    """A checkpoint with an authority's timestamp over it: `note` is what was stamped (RFC 3161)."""

    size: int
    note: bytes
    token: bytes
    taken_at: datetime


class Begun(NamedTuple):
    """That a ledger's history was begun anew: which era began, when and why.

    Of `signed` entries that were signed before, `left` were there when a person decided; `note`
    is the last head of the era before that is on record.
    """

    era: int
    signed: int
    left: int
    reason: str
    decided_at: datetime
    note: bytes | None


class Checkpoints:
    """Reads checkpoints; who may see a ledger is decided by whoever asks."""

    def __init__(self, pool: ConnectionPool, journal: JournalRecorder) -> None:
        self._pool = pool
        self._journal = journal

    def latest(self, ledger: Id) -> Kept | None:
        """Return the last one of a ledger, or None while none is signed."""
        where: LiteralString = "WHERE ledger = %(ledger)s ORDER BY era DESC, size DESC LIMIT 1"
        return self._one(where, {"ledger": ledger})

    def any(self) -> bool:
        """Say whether anything has ever been signed."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT FROM checkpoint LIMIT 1").fetchone() is not None

    def covering(self, ledger: Id, number: int) -> Kept | None:
        """Return the first one of the newest era that an entry's number is in.

        Where witnesses cosign, it is the first that as many have seen as have the newest ones.
        """
        asked: dict[str, object] = {"ledger": ledger, "number": number}
        return self._one(COVERING + WITNESSED + FIRST, asked) or self._one(COVERING + FIRST, asked)

    def witnessed(self, kept: Kept) -> tuple[Kept, bool]:
        """Return a checkpoint as it is kept by now, and whether witnesses are done with it.

        They are where as many have cosigned as did lately, and where there is a newer one: a
        witness cosigns only what continues the last that it saw.
        """
        asked: dict[str, object] = {"ledger": kept.ledger, "era": kept.era, "size": kept.size}
        same: LiteralString = "WHERE ledger = %(ledger)s AND era = %(era)s AND size = %(size)s"
        newest = self.latest(kept.ledger)
        done = (
            newest is None
            or newest[:3] != kept[:3]
            or self._one(same + WITNESSED, asked) is not None
            or not self._lately(kept)
        )
        return self._one(same, asked) or kept, done

    def _lately(self, kept: Kept) -> bool:
        """Say whether a witness has cosigned what was signed of this ledger before."""
        asked: dict[str, object] = {"ledger": kept.ledger}
        return self._one("WHERE ledger = %(ledger)s" + WITNESSED + " LIMIT 1", asked) is not None

    def daily(self, ledger: Id, era: int, size: int) -> list[tuple[date, Kept]]:
        """Return what stood signed on each day, up to a size."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT d.day, c.ledger::text, c.era, c.size, c.root, c.note, c.signed_at"
                " FROM checkpoint_day d JOIN checkpoint c USING (ledger, era, size)"
                " WHERE d.ledger = %s AND d.era = %s AND d.size <= %s ORDER BY d.day",
                (ledger, era, size),
                binary=True,
            ).fetchall()
        return [(day, Kept._make(kept)) for day, *kept in rows]

    def timestamps(self, ledger: Id, era: int, size: int) -> list[Stamped]:
        """Return what an authority has stamped, up to a size, the oldest first."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT size, note, token, taken_at FROM checkpoint_timestamp"
                " WHERE ledger = %s AND era = %s AND size <= %s ORDER BY size",
                (ledger, era, size),
                binary=True,
            ).fetchall()
        return list(map(Stamped._make, rows))

    def begun_anew(self, ledger: Id, era: int) -> list[Begun]:
        """Return how a ledger came to an era: nothing for the first one."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT d.era, d.lost_to, d.lost_from, d.reason, d.decided_at,"
                " (SELECT c.note FROM checkpoint c WHERE c.ledger = d.ledger"
                " AND c.era = d.era - 1 ORDER BY c.size DESC LIMIT 1)"
                " FROM signing_decision d WHERE d.ledger = %s AND d.era <= %s ORDER BY d.era",
                (ledger, era),
                binary=True,
            ).fetchall()
        return list(map(Begun._make, rows))

    def tree(self, ledger: Id, size: int) -> TiledTree:
        """Return the tree of a ledger's first entries, to make proofs from."""

        def read(level: int, number: int) -> bytes:
            with self._pool.connection() as connection:
                return read_tile(connection, ledger, level, number)

        return tree_of(self._journal, ledger, size, read)

    def receipt(self, row: JournalRow, *, short: bool = False) -> bytes | None:
        """Return the receipt of an entry (C2SP tlog-proof), or None while it is not signed.

        The short one carries the entry's hash in the place of the entry.
        """
        kept = self.covering(row.ledger, row.number)
        if kept is None:
            return None
        index, leaf = row.number - 1, leaf_hash(row.leaf)
        try:
            path = self.tree(row.ledger, kept.size).inclusion(index)
        except LookupError:
            return None  # what was signed is no longer all there: see `halted`
        if included(leaf, index, kept.size, path) != kept.root:
            return None  # the entry stands where another one was signed
        return write_receipt(leaf if short else row.leaf, index, path, kept.note)

    def halted(self) -> str | None:
        """Return why signing stands still until a person decides, or None."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT code FROM signing").fetchone()
        return row[0] if row else None

    def _one(self, where: LiteralString, asked: dict[str, object]) -> Kept | None:
        with self._pool.connection() as connection:
            row = connection.execute(SELECT + where, asked, binary=True).fetchone()
        return Kept._make(row) if row else None


def tree_of(journal: JournalRecorder, ledger: Id, size: int, read: ReadTile) -> TiledTree:
    """Return the tree of a ledger's first entries; what comes after the last tile is read here."""
    start = size // WIDTH * WIDTH
    rows = islice(journal.read_ledger(ledger, start, WIDTH), size - start)
    return TiledTree(size, [leaf_hash(row.leaf) for row in rows], read)


def read_tile(connection: Connection, ledger: Id, level: int, number: int) -> bytes:
    """Return the 256 hashes of a full tile. Raises LookupError where it has not been kept yet."""
    row = connection.execute(
        "SELECT hashes FROM tile WHERE ledger = %s AND level = %s AND number = %s",
        (ledger, level, number),
        binary=True,
    ).fetchone()
    if row is None:
        raise LookupError("no such tile")
    return bytes(row[0])


def find(connection: Connection, ledger: Id, era: int, size: int) -> Kept | None:
    """Return the checkpoint of just this size, if there is one."""
    where: LiteralString = "WHERE ledger = %s AND era = %s AND size = %s"
    row = connection.execute(SELECT + where, (ledger, era, size), binary=True).fetchone()
    return Kept._make(row) if row else None


def latest_of_all(connection: Connection) -> list[Kept]:
    """Return the last checkpoint of every ledger that there is and that has one."""
    rows = connection.execute(
        "SELECT c.* FROM ledger l CROSS JOIN LATERAL ("
        "SELECT c.ledger::text, c.era, c.size, c.root, c.note, c.signed_at FROM checkpoint c"
        " WHERE c.ledger = l.ledger ORDER BY c.era DESC, c.size DESC LIMIT 1) c",
        binary=True,
    )
    return list(map(Kept._make, rows))
