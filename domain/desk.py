"""The desk at which a command is decided: it loads what the rules must know, and saves once.

A command is a function of a slice that takes a desk, an entry and its facts. It loads
aggregates, decides by their pure rules, and `save` appends everything in one transaction.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import msgspec

from domain.aggregate import Aggregate
from domain.entry import Entry
from domain.identity import Id
from domain.principal import Principal
from domain.warning import Told

A = TypeVar("A", bound=Aggregate)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a command wrote: the streams' ids and versions, the events, and the last position.

    Waiting for `position` makes a reader see its own writes. `warnings` say what was recorded
    all the same and is worth a second look.
    """

    stream: Id
    version: int
    events: tuple[Id, ...]
    position: int
    repeated: bool = False
    warnings: tuple[Told, ...] = ()


class Desk(Protocol):
    """Loads and saves aggregates within one principal's scope."""

    principal: Principal

    def load(self, kind: type[A], id: Id, field: str = "id") -> A:
        """Return the aggregate; raises `not_found` naming `field` when it is not in scope."""
        ...

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        """Return an aggregate of another slice by stream type, to be read by protocol."""
        ...

    def load_stream(self, id: Id, field: str = "id") -> Aggregate:
        """Return an aggregate of whatever kind; raises `not_found` naming `field`."""
        ...

    def save(self, entry: Entry, *aggregates: Aggregate) -> Receipt:
        """Append what they decided, in one transaction.

        Raises `stale_version`, `key_reused`, `duplicate_id` or `unavailable`.
        """
        ...

    def digest(self, text: str, purpose: str = "id-number") -> str:
        """Return a keyed hash of a text for a purpose, as an ID number is searched by; it does not
        reveal it."""
        ...
