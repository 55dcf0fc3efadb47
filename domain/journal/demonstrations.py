"""Which ledgers are a demonstration's: what is recorded in them is invented, and shown as such.

A ledger is one from its first event to its last or never, so each is looked up once in a process.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg_pool import ConnectionPool

from domain.identity import Id


class Demonstrations:
    """Knows demonstrations by their ledgers, whatever the scope of whoever asks."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._known: dict[Id, bool] = {}

    def among(self, ledgers: Iterable[Id]) -> list[Id]:
        """Return those of the ledgers that are a demonstration's, in order of their ids."""
        asked = sorted(set(ledgers))
        unknown = [ledger for ledger in asked if ledger not in self._known]
        if unknown:
            with self._pool.connection() as connection:
                found = connection.execute(
                    "SELECT ledger::text, demonstration FROM ledger"
                    " WHERE ledger = ANY (%s::uuid[])",
                    (unknown,),
                ).fetchall()
            self._known.update(found)
        return [ledger for ledger in asked if self._known.get(ledger, False)]
