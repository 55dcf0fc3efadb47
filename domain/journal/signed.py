"""What the signer remembers of what it signed, outside the database.

A database that was restored from a backup has forgotten the events after it, and its own
checkpoints with them. This memory has not: it lies in a file of its own, beside the keys, and is
written before a checkpoint is published. No backup may bring an older one back: docs/backup.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from domain.identity import Id
from domain.journal.seal import Edge

FURTHER = (
    "INSERT INTO signed VALUES (?, ?, ?, ?) ON CONFLICT (ledger) DO UPDATE"
    " SET era = excluded.era, size = excluded.size, edge = excluded.edge"
    " WHERE (excluded.era, excluded.size) > (signed.era, signed.size)"
)


class Signed(NamedTuple):
    """The last tree head that was signed for a ledger, in its era."""

    era: int
    edge: Edge


class Memory:
    """The last signed tree head of every ledger."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS signed"
            " (ledger TEXT PRIMARY KEY, era INTEGER NOT NULL, size INTEGER NOT NULL,"
            " edge BLOB NOT NULL)"
        )
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def all(self) -> dict[Id, Signed]:
        """Return what was signed last, by ledger."""
        rows = self._connection.execute("SELECT ledger, era, size, edge FROM signed")
        return {
            ledger: Signed(era, Edge.from_bytes(size, edge)) for ledger, era, size, edge in rows
        }

    def keep(self, signed: Iterable[tuple[Id, Signed]]) -> None:
        """Remember more, all of it or nothing; it survives a power cut when this returns.

        Of what has gone further by then nothing is forgotten: a signer whose connection was lost
        may have been overtaken.
        """
        rows = [(ledger, one.era, one.edge.size, one.edge.to_bytes()) for ledger, one in signed]
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(FURTHER, rows)
