"""What one group finds of the journal and adds to it: requests are taken, answered or refused.

Pure: what was found was read under the head's lock, or is held to it before anything is written
(`grouping`).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from eventsourcing.persistence import IntegrityError

from domain.identity import Id
from domain.journal.entries import Appended, CommandKey, JournalEntry, check_length, leaf, stamp
from domain.journal.request import Request
from domain.journal.seal import Edge, leaf_hash
from domain.refusals import DUPLICATE_ID, KEY_REUSED

FIRST_VERSIONS = (0, 1)


class KnownCommand(msgspec.Struct):
    """A command carried out before."""

    operator: Id
    command: str
    fingerprint: str
    first: int
    last: int


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


@dataclass(slots=True)
class LedgerTree:
    """A ledger as a group finds and leaves it; `at` is the commit time of its last leaf."""

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

    def grown(self) -> LedgerTree:
        """Return the tree with this group's leaves in its edge."""
        return LedgerTree(
            self.operator, self.station, self.demonstration, self.edge.extend(self.hashes), self.at
        )


@dataclass(slots=True)
class Found:
    """What a group must know: `versions` of all streams that it writes or has read."""

    position: int
    now: str
    versions: dict[str, int | None]
    trees: dict[Id, LedgerTree]
    events: set[Id] = field(default_factory=set)
    commands: dict[tuple[Id, str], KnownCommand] = field(default_factory=dict)


class GroupPage:
    """What a group finds, and what it adds to it."""

    def __init__(self, found: Found) -> None:
        self.position = found.position
        self.now = found.now
        self.versions = found.versions
        self.trees = found.trees
        self.events = found.events
        self.commands = found.commands
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
            tree = LedgerTree(entry.operator, entry.station, entry.demonstration)
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

    def grown(self) -> dict[Id, LedgerTree]:
        """Return the trees that this group adds to, as it leaves them."""
        return {ledger: tree.grown() for ledger, tree in self.trees.items() if tree.hashes}

    def parameters(self, grown: dict[Id, LedgerTree]) -> tuple[object, ...]:
        """Return the rows, the trees' new edges, the commands and the head, to be written."""
        sealed = [_sealed(ledger, tree) for ledger, tree in grown.items()]
        commands = as_json(self.new_commands) if self.new_commands else None
        return (
            as_json(self.rows), self.states, as_json(sealed), commands, self.position, self.now
        )  # fmt: skip


def as_json(value: object) -> str:
    """Write what a function of the database takes."""
    return msgspec.json.encode(value).decode()


def _follows(before: int | None, version: int) -> bool:
    return version in FIRST_VERSIONS if before is None else version == before + 1


def _sealed(ledger: Id, tree: LedgerTree) -> dict[str, object]:
    return {
        "ledger": ledger,
        "operator": tree.operator,
        "station": tree.station,
        "demonstration": tree.demonstration,
        "size": tree.size,
        "edge": b64encode(tree.edge.to_bytes()).decode(),
        "at": tree.at,
    }
