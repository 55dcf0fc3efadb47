"""Access tokens: 256 random bits each, of which the database keeps only a hash.

A token of that much randomness needs no slow hash; it cannot be guessed from its SHA-256. So the
hash's first digits may be shown: they are the token's id, by which it is listed and ended.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import LiteralString

from psycopg import sql
from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.principal import Principal, Role

PREFIX = "shilu_"
ID_DIGITS = 16
CHANNEL = "token"
"""On which processes hear that tokens were ended, and forget all that they remember."""
REMEMBER_SECONDS = 2.0
"""How long a process that has lost its connection, and so hears of nothing, may go on with a token
that was just revoked elsewhere."""
REMEMBERED = 10_000


@dataclass
class _Remembered:
    """Whose token it is: until when that is believed, and from when on somebody asks anew."""

    principal: Principal
    until: float
    ask_from: float


@dataclass(frozen=True)
class Issued:
    """A token as it is listed: its id, whose it is, and until when; nothing that opens anything."""

    token: str
    label: str
    actor: Id
    role: Role
    operator: Id | None
    stations: Sequence[Id]
    evaluation: Id | None
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def stands(self, now: datetime) -> bool:
        """Say whether it opens anything still."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Tokens:
    """Issues tokens and tells whose they are."""

    def __init__(self, pool: ConnectionPool, seconds: Callable[[], float] = monotonic) -> None:
        """`seconds` is a clock that only runs forward."""
        self._pool = pool
        self._seconds = seconds
        self._remembered: dict[bytes, _Remembered] = {}
        self._forgotten = 0

    def issue(
        self,
        principal: Principal,
        label: str,
        expires_at: datetime | None = None,
        token: str | None = None,
    ) -> str:
        """Let a principal in by a token and return it: one made by `new_token`, else a new one."""
        token = token or new_token()
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
        before = self._forgotten
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
        if before != self._forgotten:
            return found  # one was ended while this was read, and it may have been this one
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

    def taken_back(self, token: str) -> bool:
        """Say whether it was an evaluator's, and was ended before its time: they are told why."""
        with self._pool.connection() as connection:
            found = connection.execute(
                "SELECT 1 FROM access_token"
                " WHERE hash = %s AND evaluation IS NOT NULL AND revoked_at IS NOT NULL",
                (_hash(token),),
            ).fetchone()
        return found is not None

    def forget(self) -> None:
        """Ask the database about every token again: one was ended, here or elsewhere."""
        self._forgotten += 1
        self._remembered.clear()

    def issued(self, operator: Id | None = None) -> list[Issued]:
        """Return every token ever made, of one operator or all, in the order in which they were."""
        return self._listed("%s::uuid IS NULL OR operator = %s", operator, operator)

    def find(self, operator: Id, token: str) -> Issued | None:
        """Return an operator's token by its id, or None."""
        found = self._listed(
            "operator = %s AND left(encode(hash, 'hex'), %s) = %s", operator, ID_DIGITS, token
        )
        return found[0] if found else None

    def until(self, token: str) -> datetime | None:
        """Return when a token ends by itself; None where it does not."""
        found = self._listed("hash = %s", _hash(token))
        return found[0].expires_at if found else None

    def _listed(self, which: LiteralString, *values: object) -> list[Issued]:
        listing = sql.SQL(
            "SELECT left(encode(hash, 'hex'), %s), label, actor::text, role, operator::text,"
            " stations::text[], evaluation::text, made_at, expires_at, revoked_at"
            " FROM access_token WHERE {} ORDER BY made_at, hash"
        ).format(sql.SQL(which))
        with self._pool.connection() as connection:
            rows = connection.execute(listing, (ID_DIGITS, *values)).fetchall()
        return [Issued(*row) for row in rows]

    def revoke(self, token: str) -> bool:
        """End the token of an id, in every process at once; False where none of it stands."""
        return self._end("left(encode(hash, 'hex'), %s) = %s", ID_DIGITS, token) > 0

    def revoke_labelled(self, label: str) -> None:
        """End every token of a label, in every process at once."""
        self._end("label = %s", label)

    def revoke_of(self, actor: Id, operator: Id) -> int:
        """End every token that somebody has for an operator; return how many that were."""
        return self._end("actor = %s AND operator = %s AND evaluation IS NULL", actor, operator)

    def replace(self, token: str, new: str | None = None) -> str | None:
        """End the token of an id and return another in its place; None where none of it stands.

        The new one opens what the old one did, until the same moment; it is `new` where that was
        made by `new_token` before.
        """
        new = new or new_token()
        with self._pool.connection() as connection, connection.transaction():
            made = connection.execute(
                "WITH ended AS (UPDATE access_token SET revoked_at = now()"
                " WHERE left(encode(hash, 'hex'), %s) = %s AND revoked_at IS NULL"
                " AND (expires_at IS NULL OR expires_at > now()) RETURNING *)"
                " INSERT INTO access_token"
                " (hash, label, actor, role, operator, stations, ledger, evaluation, expires_at)"
                " SELECT %s, label, actor, role, operator, stations, ledger, evaluation, expires_at"
                " FROM ended",
                (ID_DIGITS, token, _hash(new)),
            ).rowcount
            connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
        self.forget()
        return new if made else None

    def _end(self, which: LiteralString, *values: object) -> int:
        end = sql.SQL(
            "UPDATE access_token SET revoked_at = now() WHERE revoked_at IS NULL AND {}"
        ).format(sql.SQL(which))
        with self._pool.connection() as connection, connection.transaction():
            ended = connection.execute(end, values).rowcount
            connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))
        self.forget()
        return ended

    def any_issued(self) -> bool:
        """Say whether any token was ever made here."""
        with self._pool.connection() as connection:
            return connection.execute("SELECT 1 FROM access_token LIMIT 1").fetchone() is not None


def new_token() -> str:
    """Make a token that opens nothing yet."""
    return PREFIX + secrets.token_urlsafe(32)


def id_of(token: str) -> str:
    """Return the id by which a token is listed and ended."""
    return _hash(token).hex()[:ID_DIGITS]


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
