"""Access tokens: 256 random bits each, of which the database keeps only a hash.

A token of that much randomness needs no slow hash; it cannot be guessed from its SHA-256.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic

from psycopg_pool import ConnectionPool

from domain.principal import Principal

PREFIX = "shilu_"
REMEMBER_SECONDS = 2.0
"""How long a process may go on with a token that was just revoked elsewhere."""
REMEMBERED = 10_000


@dataclass
class _Remembered:
    """Whose token it is: until when that is believed, and from when on somebody asks anew."""

    principal: Principal
    until: float
    ask_from: float


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(self, pool: ConnectionPool, seconds: Callable[[], float] = monotonic) -> None:
        """`seconds` is a clock that only runs forward."""
        self._pool = pool
        self._seconds = seconds
        self._remembered: dict[bytes, _Remembered] = {}

    def issue(self, principal: Principal, label: str, expires_at: datetime | None = None) -> str:
        """Make a token for a principal and return it; it is shown this once."""
        token = PREFIX + secrets.token_urlsafe(32)
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO access_token"
                " (hash, label, actor, role, operator, stations, ledger, evaluation, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s::uuid[], %s, %s, %s)",
                (
                    _hash(token),
                    label,
                    principal.actor,
                    principal.role,
                    principal.operator,
                    list(principal.stations),
                    principal.ledger,
                    principal.evaluation,
                    expires_at or principal.until,
                ),
            )
        return token

    def principal(self, token: str) -> Principal | None:
        """Return whose token it is, or None when it is unknown, expired or revoked.

        An evaluator's is known after its end too: `Principal.until` says when that is, and who
        asks says what time it is, so that the evaluator is told why.
        """
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT actor::text, role, operator::text, stations::text[], ledger::text,"
                " evaluation::text, expires_at FROM access_token"
                " WHERE hash = %s AND revoked_at IS NULL"
                " AND (expires_at IS NULL OR expires_at > now() OR evaluation IS NOT NULL)",
                (_hash(token),),
            ).fetchone()
        if row is None:
            return None
        actor, role, operator, stations, ledger, evaluation, until = row
        found = Principal(
            actor=actor,
            role=role,
            operator=operator,
            stations=tuple(stations),
            ledger=ledger,
            evaluation=evaluation,
            until=until if evaluation else None,
        )
        if len(self._remembered) >= REMEMBERED:
            self._remembered.clear()
        now = self._seconds()
        self._remembered[_hash(token)] = _Remembered(
            found, now + REMEMBER_SECONDS, now + REMEMBER_SECONDS / 2
        )
        return found

    def remembered(self, token: str) -> Principal | None:
        """Return whose token it is if that was asked a moment ago, without the database.

        In the second half of that moment one is told nothing, and asks for all: else many who
        come together would ask together whenever the moment is over.
        """
        known, now = self._remembered.get(_hash(token)), self._seconds()
        if known is None or now >= known.until:
            return None
        if now >= known.ask_from:
            known.ask_from = known.until
            return None
        return known.principal

    def revoke(self, token: str) -> None:
        """End a token: here at once, in other processes within `REMEMBER_SECONDS`."""
        self._remembered.pop(_hash(token), None)
        with self._pool.connection() as connection:
            connection.execute(
                "UPDATE access_token SET revoked_at = now() WHERE hash = %s", (_hash(token),)
            )

    def revoke_labelled(self, label: str) -> None:
        """End every token of a label; in other processes within `REMEMBER_SECONDS`."""
        self._remembered.clear()
        with self._pool.connection() as connection:
            connection.execute(
                "UPDATE access_token SET revoked_at = now()"
                " WHERE label = %s AND revoked_at IS NULL",
                (label,),
            )

    def any_issued(self) -> bool:
        """Say whether any token was ever made here."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT 1 FROM access_token LIMIT 1").fetchone() is not None


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
