"""How one group is appended: look under the head's lock, decide for each request, write once.

Everything that must be true of the log is decided here, while the lock is held: positions
without gaps, versions without conflict, commands answered once, leaves in their trees, times
that never run backwards. The functions of the database that it calls stand in migrations 1, 22
and 24. Writers wait for this, so it makes two round trips: BEGIN goes out with the first
statement, COMMIT with the last. Where nobody else has written since the last group, it makes
one, with a single statement: the group is decided on what that one left, and the database says
whether it still stands (docs/decisions/0022).
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

import msgspec
import psycopg

from domain.identity import Id
from domain.journal.entries import Appended
from domain.journal.left import DatabaseClock, Left
from domain.journal.page import Found, GroupPage, KnownCommand, LedgerTree, as_json
from domain.journal.request import Request
from domain.journal.seal import Edge

# Who waits for the head's lock is overtaken by whoever comes while it is free for a moment, and a
# process that has just committed is always there first. This lock is given in the order of asking.
IN_TURN: LiteralString = "FROM pg_advisory_xact_lock(1213481284)"
OPEN: LiteralString = f"SELECT journal_open(%s::json)::text {IN_TURN}"
APPEND: LiteralString = (
    "SELECT journal_append(%s::json, %b::bytea[], %s::json, %s::json, %s::bigint, %s::timestamptz)"
)
AT_ONCE: LiteralString = (
    "SELECT journal_append_as_left(%s::bigint, %s::timestamptz, %s::json, %s::json, %b::bytea[],"
    f" %s::json, %s::json, %s::bigint, %s::timestamptz) {IN_TURN}"
)


class KnownLedger(msgspec.Struct):
    """A ledger as the database has it; `edge` in base64, `at` without zone, in UTC."""

    ledger: Id
    operator: Id
    demonstration: bool
    size: int
    edge: str
    at: str


class Seen(msgspec.Struct):
    """What the database knows, read under the head's lock."""

    position: int
    at: str
    now: str
    versions: list[int | None] | None
    ledgers: list[KnownLedger | None] | None
    events: list[Id | None] | None
    commands: list[KnownCommand | None] | None


_seen = msgspec.json.Decoder(Seen)


class Appender:
    """Appends one group after another over one connection; says itself when each is committed."""

    def __init__(self, connection: psycopg.Connection) -> None:
        connection.autocommit = True
        self.connection = connection
        self._left: Left | None = None

    def append(self, group: Sequence[Request]) -> Sequence[Appended | Exception]:
        """Append a group in one transaction and return each request's answer, in order.

        Whatever is raised, nothing was appended, except where the connection was lost while
        committing.
        """
        left, self._left = self._left, None  # it must be learnt again unless this ends well
        try:
            answers = self._at_once(left, group) if left is not None else None
            return self._under_the_lock(left, group) if answers is None else answers
        except psycopg.Error:
            if not self.connection.closed:
                self.connection.rollback()
            raise

    def _at_once(self, left: Left, group: Sequence[Request]) -> list[Appended] | None:
        """Append a group on what the last one left; None where nothing was appended."""
        guess = left.guess(group)
        if guess is None:
            return None
        page = GroupPage(guess.found)
        answers = [answer for answer in map(page.decide, group) if isinstance(answer, Appended)]
        if len(answers) < len(group) or not page.rows:
            return None  # a refusal must rest on what was seen
        grown = page.grown()
        untold = as_json(guess.untold) if guess.untold else None
        parameters = (left.position, left.at, untold, *page.parameters(grown))
        asked = time.monotonic()
        try:
            row = self.connection.execute(AT_ONCE, parameters, prepare=True).fetchone()
        except (psycopg.IntegrityError, psycopg.DataError):  # there already, or not possible
            return None
        if row is None or row[0] is None:
            return None
        left.clock = left.clock.or_closer(DatabaseClock(row[0], asked))
        left.advance(page, grown)
        self._left = left
        return answers

    def _under_the_lock(
        self, left: Left | None, group: Sequence[Request]
    ) -> list[Appended | Exception]:
        asked = time.monotonic()
        with self.connection.pipeline() as pipeline:
            self.connection.execute("BEGIN")
            seen = look(self.connection, group)
            pipeline.sync()  # so that the server sees who stops now, holding the lock
            page = GroupPage(found(seen, group))
            answers = [page.decide(request) for request in group]
            grown = page.grown()
            if page.rows:
                self.connection.execute(APPEND, page.parameters(grown), prepare=True)
            self.connection.execute("COMMIT")
        clock = DatabaseClock(datetime.fromisoformat(_utc(seen.now)), asked)
        if left is not None:
            clock = left.clock.or_closer(clock)
        at = _utc(seen.at)
        if left is None or (left.position, left.at) != (seen.position, at):
            left = Left(seen.position, at, clock)
        else:
            left.undisturbed, left.clock = left.undisturbed + 1, clock
        left.advance(page, grown)
        self._left = left
        return answers


def look(connection: psycopg.Connection, group: Sequence[Request]) -> Seen:
    """Take the head's lock and read what this group must know."""
    entries = [entry for request in group for entry in request.entries]
    keys = [request.command for request in group if request.command is not None]
    asked = {
        "streams": streams_of(group),
        "ledgers": list({entry.ledger for entry in entries}),
        "events": [entry.event_id for entry in entries],
        "commands": [{"operator": key.operator, "command": key.command} for key in keys],
    }
    row = connection.execute(OPEN, (as_json(asked),), prepare=True).fetchone()
    return _seen.decode(row[0] if row else b"")


def found(seen: Seen, group: Sequence[Request]) -> Found:
    """Return what was read, as a page takes it."""
    return Found(
        position=seen.position,
        # Moments as text of one form compare as the moments do.
        now=max(_utc(seen.now), _utc(seen.at)),
        versions=dict(zip(streams_of(group), seen.versions or (), strict=True)),
        trees={known.ledger: _tree(known) for known in seen.ledgers or () if known},
        events={event for event in seen.events or () if event},
        commands={(known.operator, known.command): known for known in seen.commands or () if known},
    )


def streams_of(group: Sequence[Request]) -> list[str]:
    """Return the streams that a group writes or has read, each once, in order of appearance."""
    streams: dict[str, None] = {}
    for request in group:
        streams.update(dict.fromkeys(request.read))
        streams.update(dict.fromkeys(str(entry.originator_id) for entry in request.entries))
    return list(streams)


def _utc(moment: str) -> str:
    """Bring PostgreSQL's text of a moment, which drops trailing zeros, into the leaf's form."""
    whole, _, fraction = moment.partition(".")
    return f"{whole}.{fraction:0<6}Z"


def _tree(known: KnownLedger) -> LedgerTree:
    edge = Edge.from_bytes(known.size, b64decode(known.edge))
    return LedgerTree(known.operator, None, known.demonstration, edge, _utc(known.at))
