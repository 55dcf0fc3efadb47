"""The journal in PostgreSQL, behind the event-sourcing library's recorder interface.

The library's own PostgreSQL recorder locks the table for every save; this one appends in groups
(`lane`, `grouping`), seals what it appends, and gives positions without gaps, so that a reader
never passes over an event that commits late.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.journal.entries import NOTHING_READ, Appended, CommandKey, JournalRow, as_entry
from domain.journal.lane import Lane
from domain.journal.request import Request

CHANNEL = "journal"
POLL_SECONDS = 1.0
SELECT_ROWS: LiteralString = (
    "SELECT position, ledger::text, number, at, stream::text, state FROM journal "
)


class JournalRecorder(ApplicationRecorder):
    """Appends and reads stored events. Positions are the library's notification ids."""

    def __init__(self, pool: ConnectionPool, connect: Callable[[], psycopg.Connection]) -> None:
        """`pool` gives autocommitting connections to read with, `connect` the lane's own."""
        self.pool = pool
        self.connect = connect
        self.lane = Lane(connect)

    def close(self) -> None:
        """Let the lane finish."""
        self.lane.close()

    @property
    def era(self) -> int:
        """Over which connection is appended; what was read over an earlier one may be gone."""
        return self.lane.era

    def append(
        self,
        stored_events: Sequence[StoredEvent],
        command: CommandKey | None = None,
        at: datetime | None = None,
        read: Mapping[Id, int] = NOTHING_READ,
        era: int | None = None,
    ) -> Appended:
        """Append events in one transaction and return their positions.

        `at` is a simulated commit time, for demonstrations only; `read` are other streams that
        must still stand at these versions, and `era` is what `era` was when they were read. Raises
        the library's `IntegrityError` when a version is taken or a stream has moved on, its
        `ConnectedAnew` when the connection is another since, `OperationalError` when the database
        does not answer, and the refusals `key_reused`, `duplicate_id` and `too_large`.
        """
        request = Request([as_entry(stored) for stored in stored_events], command, at, read, era)
        with _as_library_errors():
            return self.lane.append(request)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append events; `command` and `at` as in `append` (the library's method)."""
        if not stored_events:
            return []
        command, at = kwargs.get("command"), kwargs.get("at")
        return list(self.append(stored_events, command, at).positions)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return a stream's events in order of version."""
        order = "DESC" if desc else "ASC"
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT version, topic, state FROM journal WHERE stream = %s"  # noqa: S608
                " AND (%s::integer IS NULL OR version > %s)"
                " AND (%s::integer IS NULL OR version <= %s)"
                f" ORDER BY version {order} LIMIT %s",
                (str(originator_id), gt, gt, lte, lte, limit),
                binary=True,
            ).fetchall()
        return [StoredEvent(originator_id, version, topic, state) for version, topic, state in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return events in order of position (the library's method)."""
        after = (start or 0) - (1 if inclusive_of_start else 0)
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT position, stream::text, version, topic, state FROM journal"
                " WHERE position > %s AND (%s::bigint IS NULL OR position <= %s)"
                " AND (%s::text[] = '{}' OR topic = ANY (%s::text[]))"
                " ORDER BY position LIMIT %s",
                (after, stop, stop, list(topics), list(topics), limit),
                binary=True,
            ).fetchall()
        return [
            Notification(originator_id=stream, originator_version=version, topic=topic,
                         state=state, id=position)
            for position, stream, version, topic, state in rows
        ]  # fmt: skip

    def max_notification_id(self) -> int | None:
        """Return the last position, or None while there is no event."""
        with self._reading() as connection:
            row = connection.execute("SELECT position FROM head").fetchone()
        return row[0] or None if row else None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Return an iterator that goes on with what is appended later (the library's method)."""
        return JournalSubscription(self, gt, topics)

    def read(self, after: int, limit: int) -> list[JournalRow]:
        """Return up to `limit` events after a position: the fast way, for folds."""
        return self._rows("WHERE position > %s ORDER BY position LIMIT %s", after, limit)

    def read_ledger(
        self, ledger: Id, after: int = 0, batch: int = 2000, without: Collection[str] = ()
    ) -> Iterator[JournalRow]:
        """Yield a ledger's events after a number of its own, in order, but for some topics."""
        where: LiteralString = (
            "WHERE ledger = %s AND number > %s AND topic <> ALL (%s) ORDER BY number LIMIT %s"
        )
        while True:
            rows = self._rows(where, ledger, after, list(without), batch)
            yield from rows
            if len(rows) < batch:
                return
            after = rows[-1].number

    def ledgers(self) -> list[tuple[Id, int]]:
        """Return every ledger with the number of its events."""
        with self._reading() as connection:
            statement = "SELECT ledger::text, size FROM ledger ORDER BY ledger"
            rows: list[tuple[Id, int]] = connection.execute(statement).fetchall()
        return rows

    def read_stream(self, stream: Id) -> list[JournalRow]:
        """Return a stream's events as the journal keeps them."""
        return self._rows("WHERE stream = %s ORDER BY version", stream)

    def version_at(self, stream: Id, position: int) -> int:
        """Return the version that a stream had at a position; 0 where it had not begun."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT max(version) FROM journal WHERE stream = %s AND position <= %s",
                (stream, position),
            ).fetchone()
        return (row[0] if row else None) or 0

    def find(self, event: Id) -> JournalRow | None:
        """Return one event by its id."""
        return next(iter(self._rows("WHERE event = %s", event)), None)

    def _rows(self, where: LiteralString, *parameters: object) -> list[JournalRow]:
        with self._reading() as connection:
            rows = connection.execute(SELECT_ROWS + where, parameters, binary=True).fetchall()
        return list(map(JournalRow._make, rows))

    def written_by(self, operator: Id, command: str) -> tuple[bytes, int, int] | None:
        """Return fingerprint and positions of a command carried out before."""
        with self._reading() as connection:
            row: tuple[bytes, int, int] | None = connection.execute(
                "SELECT fingerprint, first, last FROM command WHERE operator = %s AND command = %s",
                (operator, command),
                binary=True,
            ).fetchone()
        return row

    def _reading(self) -> Any:
        return self.pool.connection()


@contextmanager
def _as_library_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError as error:
        raise IntegrityError(error.sqlstate) from error
    except psycopg.DataError:
        raise
    except psycopg.Error as error:
        raise OperationalError(error.sqlstate) from error


class JournalSubscription(ListenNotifySubscription[JournalRecorder]):
    """Wakes on the journal's notifications, and polls, since a lost connection loses them."""

    def __init__(self, recorder: JournalRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._listener.join()

    def _listen(self) -> None:
        while not self._has_been_stopped:
            try:
                self._hear()
            except psycopg.OperationalError:  # a lost database is waited for
                time.sleep(POLL_SECONDS)
                self._has_been_notified.set()

    def _hear(self) -> None:
        with self._recorder.connect() as connection:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._has_been_stopped:
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass
                self._has_been_notified.set()
