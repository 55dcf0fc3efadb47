"""The one lane on which a process appends: whatever has gathered commits as one transaction.

Committing costs a lock and a disk flush however many events there are, so writers that come
while a commit is under way travel together in the next. A lone writer commits by itself at
once. Each caller gets its own answer: a conflict or a repeated command fails or answers only
the one who sent it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
from psycopg.errors import DataError, IntegrityError

from domain.journal.carrying import Carried, carried
from domain.journal.connections import ended
from domain.journal.entries import Appended
from domain.journal.grouping import Appender
from domain.journal.request import ConnectedAnew, Outcome, Request

GROUP_LIMIT = 512
AS_NEEDED = (
    "SELECT set_config('idle_in_transaction_session_timeout', %s, false),"
    " set_config('default_transaction_isolation', 'read committed', false)"
)
SILENT_AT_MOST = "10s"
"""How long a process may keep the head's lock and say nothing, before the server takes it away."""


class Lane:
    """Appends requests in groups over one connection, which it opens again when it is lost."""

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        self.era = 0
        """Which connection this is: what was decided over another is not appended over this one."""
        self._connect = connect
        self._appender: Appender | None = None
        self._waiting: deque[Request] = deque()
        self._baton = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="journal-lane", daemon=True)
        self._thread.start()

    def append(self, request: Request) -> Appended:
        """Append and wait for the answer; a thread commits the group itself if it can.

        Raises `psycopg.OperationalError` once the lane is closed: nobody would commit.
        """
        if self._closed:
            raise psycopg.OperationalError("the lane is closed")
        if (carrying := carried()) is not None:
            return self._append_carried(request, carrying)
        self._waiting.append(request)
        if self._baton.acquire(blocking=False):
            try:
                self._commit_gathered()
            finally:
                self._baton.release()
                if self._waiting:
                    self._wake.set()
        return request.wait()

    def _append_carried(self, request: Request, carrying: Carried) -> Appended:
        request.future = asyncio.get_running_loop().create_future()
        self._waiting.append(request)
        if not self._wake.is_set():
            self._wake.set()
        appended = carrying.wait(request.future)
        if not appended.repeated:
            carrying.settled = True
        return appended

    def close(self) -> None:
        """Commit what is waiting, then end."""
        self._closed = True
        self._wake.set()
        self._thread.join()
        with self._baton:
            self._disconnect()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                with self._baton:
                    self._commit_gathered()

    def _commit_gathered(self) -> None:
        group: list[Request] = []
        while self._waiting and len(group) < GROUP_LIMIT:
            group.append(self._waiting.popleft())
        if group:
            self._commit(group)

    def _commit(self, group: Sequence[Request]) -> None:
        outcomes: Sequence[Outcome]
        try:
            outcomes = self._append(group)
        except (DataError, IntegrityError) as error:
            if len(group) > 1:
                self._commit_apart(group)
                return
            outcomes = [error]
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller must hear of it
            self._disconnect()
            outcomes = [error] * len(group)
        except BaseException:  # the thread that commits for all is ended: the others are not
            self._disconnect()
            _deliver(group, [psycopg.OperationalError("interrupted")] * len(group))
            raise
        _deliver(group, outcomes)

    def _append(self, group: Sequence[Request]) -> Sequence[Outcome]:
        appender = self._open()
        late = {request for request in group if request.era not in (None, self.era)}
        if not late:
            return appender.append(group)
        current = [request for request in group if request not in late]
        answers = iter(appender.append(current) if current else ())
        return [ConnectedAnew() if request in late else next(answers) for request in group]

    def _commit_apart(self, group: Sequence[Request]) -> None:
        """Find whose request the database refused, so that the others do not pay for it."""
        for request in group:
            self._commit([request])

    def _open(self) -> Appender:
        if self._appender is None or ended(self._appender.connection):
            self._disconnect()
            connection = self._connect()
            self.era += 1
            self._appender = Appender(connection)
            connection.execute(AS_NEEDED, (SILENT_AT_MOST,))
        return self._appender

    def _disconnect(self) -> None:
        if self._appender is not None:
            self._appender.connection.close()
            self._appender = None


def _deliver(group: Sequence[Request], outcomes: Sequence[Outcome]) -> None:
    """Wake every caller with its own answer; the tasks of one loop are woken by one call."""
    loops: dict[asyncio.AbstractEventLoop, list[Request]] = {}
    for request, outcome in zip(group, outcomes, strict=True):
        request.outcome = outcome
        if request.future is None:
            request.done.release()
        else:
            loops.setdefault(request.future.get_loop(), []).append(request)
    for loop, requests in loops.items():
        with suppress(RuntimeError):  # a loop that was closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, requests)


def _settle(requests: Sequence[Request]) -> None:
    for request in requests:
        if request.future is None or request.future.done():  # its task was cancelled
            continue
        if isinstance(request.outcome, Appended):
            request.future.set_result(request.outcome)
        elif request.outcome is not None:
            request.future.set_exception(request.outcome)
