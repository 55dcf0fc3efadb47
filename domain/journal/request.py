"""What one caller asks of the journal, and what it is answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from eventsourcing.persistence import IntegrityError

from domain.identity import Id
from domain.journal.entries import NOTHING_READ, Appended, CommandKey, JournalEntry

Outcome = Appended | Exception


class ConnectedAnew(IntegrityError):
    """What was decided over an earlier connection is to be decided again: nothing was appended.

    The database may have been put back meanwhile, or another may have taken its place, and hold
    other events in the places of those that were read.
    """


class Request:
    """One caller's events: all of them are appended, or none. `outcome` is the caller's answer.

    `read` are the streams that they were decided on, which must still have these versions, over
    the connection of `era`; None where nothing was read.

    A thread waits at a bare lock, which costs a fraction of a Future; what a loop carries waits for
    `future`.
    """

    __slots__ = ("at", "command", "done", "entries", "era", "future", "outcome", "read")

    def __init__(
        self,
        entries: Sequence[JournalEntry],
        command: CommandKey | None = None,
        at: datetime | None = None,
        read: Mapping[Id, int] = NOTHING_READ,
        era: int | None = None,
    ) -> None:
        self.entries = entries
        self.command = command
        self.at = at
        self.read = read
        self.era = era
        self.future: asyncio.Future[Appended] | None = None
        self.outcome: Outcome | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def wait(self) -> Appended:
        """Return the answer once it is there, or raise it."""
        with self.done:
            if isinstance(self.outcome, Appended):
                return self.outcome
            raise self.outcome or AssertionError("woken without an answer")
