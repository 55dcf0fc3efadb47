"""What one caller asks of the journal, and what it is answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.identity import Id
from domain.journal.entries import NOTHING_READ, Appended, CommandKey, JournalEntry

Outcome = Appended | Exception


class Request:
    """One caller's events: all of them are appended, or none. `outcome` is the caller's answer.

    `read` are the streams that they were decided on, which must still have these versions.

    A thread waits at a bare lock, which costs a fraction of a Future; what a loop carries waits for
    `future`.
    """

    __slots__ = ("at", "command", "done", "entries", "future", "outcome", "read")

    def __init__(
        self,
        entries: Sequence[JournalEntry],
        command: CommandKey | None = None,
        at: datetime | None = None,
        read: Mapping[Id, int] = NOTHING_READ,
    ) -> None:
        self.entries = entries
        self.command = command
        self.at = at
        self.read = read
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
