"""The one lane on which a process appends: whatever has gathered commits as one transaction.

Committing costs a lock and a disk flush however many events there are, so writers that come
while a commit is under way travel together in the next. A lone writer commits by itself at
once. Each caller gets its own answer: a conflict or a repeated command fails or answers only
the one who sent it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg.errors import DataError, IntegrityError

from domain.journal.entries import Appended, CommandKey, JournalEntry
from domain.journal.grouping import append_group

GROUP_LIMIT = 512


@dataclass
class Request:
    """One caller's events: all of them are appended, or none."""

    entries: Sequence[JournalEntry]
    command: CommandKey | None = None
    at: datetime | None = None
    answer: Future[Appended] = field(default_factory=Future)


class Lane:
    """Appends requests in groups over one connection, which it opens again when it is lost."""

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        self._connect = connect
        self._connection: psycopg.Connection | None = None
        self._waiting: deque[Request] = deque()
        self._baton = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="journal-lane", daemon=True)
        self._thread.start()

    def append(self, request: Request) -> Appended:
        """Append and wait for the answer; the caller commits the group itself if it can."""
        self._waiting.append(request)
        if self._baton.acquire(blocking=False):
            try:
                self._commit_gathered()
            finally:
                self._baton.release()
            if self._waiting:
                self._wake.set()
        return request.answer.result()

    def submit(self, request: Request) -> Future[Appended]:
        """Append without waiting."""
        self._waiting.append(request)
        self._wake.set()
        return request.answer

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
        try:
            answers = append_group(self._open(), group)
        except (DataError, IntegrityError) as error:
            self._commit_apart(group, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller must hear of it
            self._disconnect()
            for request in group:
                request.answer.set_exception(error)
        else:
            for request, answer in zip(group, answers, strict=True):
                if isinstance(answer, Exception):
                    request.answer.set_exception(answer)
                else:
                    request.answer.set_result(answer)

    def _commit_apart(self, group: Sequence[Request], error: Exception) -> None:
        """Find whose request the database refused, so that the others do not pay for it."""
        if len(group) == 1:
            group[0].answer.set_exception(error)
            return
        for request in group:
            self._commit([request])

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
