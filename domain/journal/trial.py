"""A command tried out: it is decided as ever, and nothing of it is kept.

Whoever sets a record right is shown beforehand what that would change (events.md, "Cascade
preview"), so the very command runs here: what it loads, checks and refuses is what it would load,
check and refuse. Only the words are sealed under keys that are thrown away, and no event goes to
the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from domain.aggregate import Aggregate
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import AnyEvent
from domain.identity import Id
from domain.journal.codec import encode
from domain.journal.entries import CommandKey, check_length
from domain.journal.records import CommandDesk, Records, as_refusals, receipt_of
from domain.principal import Principal
from domain.refusals import DUPLICATE_ID


class Tried(NamedTuple):
    """What a command would write, and at which version the stream that it was about stands."""

    events: tuple[AnyEvent, ...]
    version: int


class TrialDesk(CommandDesk):
    """The desk of a command that is only tried: see `domain.desk.Desk`. It keeps no event."""

    def __init__(
        self, records: Records, principal: Principal, expected: tuple[Id, int] | None = None
    ) -> None:
        super().__init__(records, principal, CommandKey("", "", b""), expected)
        self.would_be: list[AnyEvent] = []

    def save(self, entry: Entry, *aggregates: Aggregate) -> Receipt:
        """Note what would be appended. Raises what appending it would raise."""
        events = [self.sealed(event) for event in self.decided(entry, *aggregates)]
        for event in events:
            check_length(encode(event))
            if self._records.journal.find(event.id) is not None:
                raise DUPLICATE_ID("event_id")
        self.would_be += events
        return receipt_of(events, 0)

    @property
    def _seal(self) -> Callable[[Id, str, Id, str, Id, str], str]:
        return self._records.vault.try_seal


def try_out(
    records: Records,
    principal: Principal,
    decide: Callable[[CommandDesk], Receipt],
    on: Id,
    if_match: int | None = None,
) -> Tried:
    """Return what a command about the stream `on` would write now.

    `if_match` is the version that its reader saw. Raises every refusal of the command itself;
    that its key was used before cannot be told, as it has none.
    """
    desk = TrialDesk(records, principal, None if if_match is None else (on, if_match))
    with as_refusals():
        decide(desk)
    return Tried(tuple(desk.would_be), desk.read[on])
