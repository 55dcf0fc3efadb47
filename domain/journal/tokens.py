"""Access tokens: 256 random bits each, of which the database keeps only a hash.

A token of that much randomness needs no slow hash; it cannot be guessed from its SHA-256.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256

from psycopg_pool import ConnectionPool

from domain.principal import Principal

PREFIX = "shilu_"


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def issue(self, principal: Principal, label: str, expires_at: datetime | None = None) -> str:
        """Make a token for a principal and return it; it is shown this once."""
        token = PREFIX + secrets.token_urlsafe(32)
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO access_token"
                " (hash, label, actor, role, operator, stations, expires_at)"
                " VALUES (%s, %s, %s, %s, %s, %s::uuid[], %s)",
                (
                    _hash(token),
                    label,
                    principal.actor,
                    principal.role,
                    principal.operator,
                    list(principal.stations),
                    expires_at,
                ),
            )
        return token

    def principal(self, token: str) -> Principal | None:
        """Return whose token it is, or None when it is unknown, expired or revoked."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT actor::text, role, operator::text, stations::text[] FROM access_token"
                " WHERE hash = %s AND revoked_at IS NULL"
                " AND (expires_at IS NULL OR expires_at > now())",
                (_hash(token),),
            ).fetchone()
        if row is None:
            return None
        actor, role, operator, stations = row
        return Principal(actor=actor, role=role, operator=operator, stations=tuple(stations))

    def revoke(self, token: str) -> None:
        """End a token."""
        with self._pool.connection() as connection:
            connection.execute(
                "UPDATE access_token SET revoked_at = now() WHERE hash = %s", (_hash(token),)
            )

    def any_issued(self) -> bool:
        """Say whether any token was ever made here."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT 1 FROM access_token LIMIT 1").fetchone() is not None


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
