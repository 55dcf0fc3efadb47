"""How one group is appended: look under the head's lock, decide for each request, write once.

Everything that must be true of the log is decided here, while the lock is held: positions
without gaps, versions without conflict, commands answered once, leaves in their trees, times
that never run backwards. The two functions of the database that it calls stand in migrations 1
and 5. Writers wait for this, so it makes two round trips: BEGIN goes out with the first
statement, COMMIT with the last.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import psycopg
from eventsourcing.persistence import IntegrityError

from domain.identity import Id
from domain.journal.entries import Appended, CommandKey, JournalEntry, check_length, leaf, stamp
from domain.journal.request import Request
from domain.journal.seal import Edge, leaf_hash
from domain.refusals import DUPLICATE_ID, KEY_REUSED

FIRST_VERSIONS = (0, 1)
OPEN = "SELECT journal_open(%s::json)::text"
APPEND = (
    "SELECT journal_append(%s::json, %b::bytea[], %s::json, %s::json, %s::bigint, %s::timestamptz)"
)


class KnownLedger(msgspec.Struct):
    """A ledger as the database has it; `edge` in base64, `at` without zone, in UTC."""

    ledger: Id
    operator: Id
    demonstration: bool
    size: int
    edge: str
    at: str


class KnownCommand(msgspec.Struct):
    """A command carried out before."""

    operator: Id
    command: str
    fingerprint: str
    first: int
    last: int


class Seen(msgspec.Struct):
    """What the database knows, read under the head's lock."""

    position: int
    at: str
    now: str
    versions: list[int | None] | None
    ledgers: list[KnownLedger | None] | None
    events: list[Id | None] | None
    commands: list[KnownCommand | None] | None


class Row(msgspec.Struct):
    """One event as it is inserted, but for its bytes, which go beside it."""

    position: int
    ledger: Id
    number: int
    at: str
    operator: Id
    station: Id | None
    event: Id
    stream: str
    version: int
    topic: str


@dataclass
class Tree:
    """A ledger as the group finds and leaves it; `at` is the commit time of its last leaf."""

    operator: Id
    station: Id | None
    demonstration: bool
    edge: Edge = field(default_factory=Edge)
    at: str = ""
    hashes: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Leaves so far, those of this group included."""
        return self.edge.size + len(self.hashes)


_seen = msgspec.json.Decoder(Seen)


def append_group(
    connection: psycopg.Connection, group: Sequence[Request]
) -> list[Appended | Exception]:
    """Append a group in one transaction and return each request's answer, in order.

    The connection must not be autocommitting. Whatever is raised, nothing was appended, except
    where the connection was lost while committing.
    """
    try:
        with connection.pipeline():
            page = Page(look(connection, group), group)
            answers = [page.decide(request) for request in group]
            if page.rows:
                connection.execute(APPEND, page.parameters(), prepare=True)
            connection.commit()
    except psycopg.Error:
        if not connection.closed:
            connection.rollback()
        raise
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
    row = connection.execute(OPEN, (_json(asked),), prepare=True).fetchone()
    return _seen.decode(row[0] if row else b"")


def streams_of(group: Sequence[Request]) -> list[str]:
    """Return the streams that a group writes or has read, each once, in order of appearance."""
    streams: dict[str, None] = {}
    for request in group:
        streams.update(dict.fromkeys(request.read))
        streams.update(dict.fromkeys(str(entry.originator_id) for entry in request.entries))
    return list(streams)


class Page:
    """What is known under the lock, and what this group adds to it."""

    def __init__(self, seen: Seen, group: Sequence[Request]) -> None:
        self.position = seen.position
        # Moments as text of one form compare as the moments do.
        self.now = max(_utc(seen.now), _utc(seen.at))
        self.versions = dict(zip(streams_of(group), seen.versions or (), strict=True))
        self.trees = {known.ledger: _tree(known) for known in seen.ledgers or () if known}
        self.events = {event for event in seen.events or () if event}
        self.commands = {
            (known.operator, known.command): known for known in seen.commands or () if known
        }
        self.new_commands: list[KnownCommand] = []
        self.rows: list[Row] = []
        self.states: list[bytes] = []

    def decide(self, request: Request) -> Appended | Exception:
        """Take a request into the group, answer it from before, or refuse it alone."""
        try:
            answered = self._answered(request.command)
            if answered is not None:
                return answered
            self._check(request)
        except Exception as error:  # noqa: BLE001 - the answer of this caller, nobody else's
            return error
        return self._take(request)

    def _answered(self, key: CommandKey | None) -> Appended | None:
        known = None if key is None else self.commands.get(key[:2])
        if known is None or key is None:
            return None
        if b64decode(known.fingerprint) != key.fingerprint:
            raise KEY_REUSED("Idempotency-Key")
        return Appended(range(known.first, known.last + 1), repeated=True)

    def _check(self, request: Request) -> None:
        for read, version in request.read.items():
            if self.versions[read] != version:
                raise IntegrityError(f"version {version} was read, {self.versions[read]} is true")
        versions: dict[str, int | None] = {}
        events: set[Id] = set()
        for entry in request.entries:
            stream = str(entry.originator_id)
            before = versions.get(stream, self.versions[stream])
            if not _follows(before, entry.originator_version):
                raise IntegrityError(f"version {entry.originator_version} after {before}")
            if entry.event_id in self.events or entry.event_id in events:
                raise DUPLICATE_ID("event_id")
            self._check_ledger(entry, request.at)
            versions[stream] = entry.originator_version
            events.add(entry.event_id)

    def _check_ledger(self, entry: JournalEntry, at: datetime | None) -> None:
        tree = self.trees.get(entry.ledger)
        if tree is not None and (tree.operator, tree.demonstration) != (
            entry.operator,
            entry.demonstration,
        ):
            raise IntegrityError("the ledger is another operator's, or is (not) a demonstration")
        if at is not None and not entry.demonstration:
            raise IntegrityError("only a demonstration may be recorded under a simulated clock")
        check_length(entry.state)

    def _take(self, request: Request) -> Appended:
        first = self.position + 1
        moment = self.now if request.at is None else stamp(request.at)
        for entry in request.entries:
            self.position += 1
            self._add(entry, moment)
        if request.command is not None:
            self._remember(request.command, first)
        return Appended(range(first, self.position + 1))

    def _add(self, entry: JournalEntry, moment: str) -> None:
        tree = self.trees.get(entry.ledger)
        if tree is None:
            tree = Tree(entry.operator, entry.station, entry.demonstration)
            self.trees[entry.ledger] = tree
        tree.at = max(moment, tree.at)
        tree.hashes.append(leaf_hash(leaf(tree.at, entry.state)))
        stream = str(entry.originator_id)
        self.versions[stream] = entry.originator_version
        self.events.add(entry.event_id)
        self.rows.append(
            Row(
                position=self.position,
                ledger=entry.ledger,
                number=tree.size,
                at=tree.at,
                operator=entry.operator,
                station=entry.station,
                event=entry.event_id,
                stream=stream,
                version=entry.originator_version,
                topic=entry.topic,
            )
        )
        self.states.append(entry.state)

    def _remember(self, key: CommandKey, first: int) -> None:
        fingerprint = b64encode(key.fingerprint).decode()
        known = KnownCommand(key.operator, key.command, fingerprint, first, self.position)
        self.commands[key[:2]] = known
        self.new_commands.append(known)

    def parameters(self) -> tuple[object, ...]:
        """Return the rows, the trees' new edges, the commands and the head, to be written."""
        sealed = [_sealed(id, tree) for id, tree in self.trees.items() if tree.hashes]
        commands = _json(self.new_commands) if self.new_commands else None
        return (
            _json(self.rows), self.states, _json(sealed), commands, self.position, self.now
        )  # fmt: skip


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _follows(before: int | None, version: int) -> bool:
    return version in FIRST_VERSIONS if before is None else version == before + 1


def _utc(moment: str) -> str:
    """Bring PostgreSQL's text of a moment, which drops trailing zeros, into the leaf's form."""
    whole, _, fraction = moment.partition(".")
    return f"{whole}.{fraction:0<6}Z"


def _tree(known: KnownLedger) -> Tree:
    edge = Edge.from_bytes(known.size, b64decode(known.edge))
    return Tree(known.operator, None, known.demonstration, edge, _utc(known.at))


def _sealed(ledger: Id, tree: Tree) -> dict[str, object]:
    edge = tree.edge.extend(tree.hashes)
    return {
        "ledger": ledger,
        "operator": tree.operator,
        "station": tree.station,
        "demonstration": tree.demonstration,
        "size": edge.size,
        "edge": b64encode(edge.to_bytes()).decode(),
        "at": tree.at,
    }
