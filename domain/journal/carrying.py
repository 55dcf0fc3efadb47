"""How a command waits without a thread: carried by the event loop that its request came in on.

Commands are plain synchronous code, and most of them wait only once, for the group with which they
are appended. `carry` runs such code as a greenlet: where it waits, the loop goes on with others. A
command that asks the database for anything begins again in a thread instead of blocking the loop,
which it may, since nothing of it has been written (docs/decisions/0020). Once something is
written it cannot begin again: what it asked for then would block the loop, so it saves last of all.
"""

from __future__ import annotations

import threading
from asyncio import Future
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


class NeedsThread(BaseException):
    """What a loop carries was about to block it.

    No `Exception`: whoever deals with errors on the way must not take it for one.
    """


class Carried(greenlet):
    """Plain code on its way, and then the next: making a greenlet costs ten times a switch.

    Once its work is `settled`, something is written: that work cannot begin again. Work that
    raises ends its greenlet, so that only a sound one is used again.
    """

    settled: bool
    work: Callable[[], Any] | None

    def begin(self, work: Callable[[], Any]) -> Any:
        """Set out with work; return what it waits for, or what it returns if it is done."""
        self.settled = False
        self.work = work
        self.parent = getcurrent()
        self.gr_context = copy_context()
        return self.switch()

    def run(self) -> None:
        """Do one work after another."""
        while self.work is not None:
            self._aside(self.work())

    def wait(self, answer: Future[T]) -> T:
        """Let the loop go on until there is an answer; return it, or raise it."""
        assert self.parent is not None  # noqa: S101 - only the outermost greenlet has none
        answered: T = self.parent.switch(answer)
        return answered

    def _aside(self, done: object) -> None:
        assert self.parent is not None  # noqa: S101 - as above
        self.work = None
        self.parent.switch(done)


class Idle(threading.local):
    """The greenlets of a thread that have no work; the last one that worked is first again."""

    def __init__(self) -> None:
        self.greenlets: list[Carried] = []


IDLE = Idle()
IDLE_AT_MOST = 128
"""How many a thread keeps: as many as commands commonly wait at once."""


def carried() -> Carried | None:
    """Return what is being carried, if whoever asks is."""
    current = getcurrent()
    return current if isinstance(current, Carried) else None


async def carry(work: Callable[[], T]) -> T:
    """Do plain work on this loop and return what it returns, or raise what it raises.

    Raises NeedsThread where it would block the loop; then it has written nothing.
    """
    idle = IDLE.greenlets
    carrying = idle.pop() if idle else Carried()
    said = carrying.begin(work)
    while carrying.work is not None:
        try:
            answer = await said
        except BaseException as error:  # noqa: BLE001 - whatever it is, the work waits for it
            said = carrying.throw(error)
        else:
            said = carrying.switch(answer)
    if len(idle) < IDLE_AT_MOST:
        idle.append(carrying)
    done: T = said
    return done
