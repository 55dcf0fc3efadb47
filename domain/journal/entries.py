"""What the recorder keeps of an event beside its bytes, and the leaf that is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from eventsourcing.persistence import StoredEvent

from domain.identity import Id, derived_id, new_id
from domain.refusals import TOO_LARGE

UNSCOPED = derived_id("ledger", "unscoped")
"""Where stored events go that name no ledger; only the library's own test-cases make such."""

LEAF_LIMIT = 65_535
"""The most bytes a leaf may have."""


@dataclass(frozen=True)
class JournalEntry(StoredEvent):
    """A stored event with the columns that scope and seal it."""

    event_id: Id = field(default_factory=new_id)
    operator: Id = UNSCOPED
    station: Id | None = None
    ledger: Id = UNSCOPED
    demonstration: bool = False


NOTHING_READ: Mapping[Id, int] = MappingProxyType({})
"""What was read before deciding, by stream: nothing that must still stand."""


class CommandKey(NamedTuple):
    """A command's id within its operator, and the keyed hash of what was asked for."""

    operator: Id
    command: str
    fingerprint: bytes


class Appended(NamedTuple):
    """What an append answers: the positions, and whether they were there already."""

    positions: Sequence[int]
    repeated: bool = False


class JournalRow(NamedTuple):
    """One event as the journal keeps it; `position` and `number` start from 1."""

    position: int
    ledger: Id
    number: int
    at: datetime
    stream: Id
    state: bytes

    @property
    def leaf(self) -> bytes:
        """The sealed bytes."""
        return leaf(stamp(self.at), self.state)


def as_entry(stored: StoredEvent) -> JournalEntry:
    """Take any stored event; one without scope belongs to the unscoped ledger."""
    if isinstance(stored, JournalEntry):
        return stored
    return JournalEntry(
        originator_id=stored.originator_id,
        originator_version=stored.originator_version,
        topic=stored.topic,
        state=stored.state,
    )


def stamp(at: datetime) -> str:
    """Write a moment as the leaf does: UTC, always with six digits of a second, and Z."""
    text: str = msgspec.to_builtins(at.astimezone(UTC))  # a tenth of what strftime takes
    return text if at.microsecond else f"{text[:-1]}.000000Z"


def leaf(at: str, state: bytes) -> bytes:
    """Wrap stored bytes in their commit time (as `stamp` writes it) by plain concatenation."""
    return b'{"at":"%s","event":%s}' % (at.encode(), state)


def check_length(state: bytes) -> None:
    """Refuse stored bytes whose leaf would be too long. Raises `too_large`."""
    if len(state) + 60 > LEAF_LIMIT:
        raise TOO_LARGE("facts", limit=LEAF_LIMIT)
