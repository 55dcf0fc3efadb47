"""The register of tasks: what was asked for, who does it, and what became of it.

A broker carries a task's id and may lose it, or bring it twice. So asking, holding and finishing
are decided here: what was asked for and is not finished is sent again, and a worker that was
paused while another took over finishes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from domain.clock import SHANGHAI
from domain.identity import Id
from domain.principal import Role

CHANNEL = "task"
ATTEMPTS = 8
PATIENCE = timedelta(seconds=30)
"""How long to wait, doubling each time, before a task that nobody began is sent again."""
SILENT_AT_MOST = "60s"
"""How long one may read on and say nothing, before the server gives its turn to another."""
LEASE = timedelta(seconds=60)
"""How long after its last sign of life a worker still holds its task."""

IN_TURN: LiteralString = (
    "SELECT set_config('idle_in_transaction_session_timeout', %s, true),"
    " pg_advisory_xact_lock(%s, hashtext(%s))"
)
COLUMNS: LiteralString = (
    "task::text, duty, subjects::text[], position, due, operator::text, station::text,"
    " ledger::text, asked_at, attempts, holder::text, progress, total, error, failed_at,"
    " result, finished_at, asked_by::text, asked_as"
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A task to be done: which duty, about which subjects (ids only), once for each `task` id.

    `asked_by` is the person who asked for it in the role `asked_as`; an event and the clock are
    nobody.
    """

    task: Id
    duty: str
    subjects: tuple[Id, ...] = ()
    position: int = 0
    due: datetime | None = None
    operator: Id | None = None
    station: Id | None = None
    ledger: Id | None = None
    asked_by: Id | None = None
    asked_as: Role | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task as the register has it. `error` is a code, never words."""

    task: Id
    duty: str
    subjects: Sequence[Id]
    position: int
    due: datetime | None
    operator: Id | None
    station: Id | None
    ledger: Id | None
    asked_at: datetime
    attempts: int
    holder: Id | None
    progress: int
    total: int
    error: str | None
    failed_at: datetime | None
    result: str | None
    finished_at: datetime | None
    asked_by: Id | None
    asked_as: Role | None


class TaskRegister:
    """Asks for tasks, hands them out, and keeps what became of them."""

    def __init__(
        self,
        pool: ConnectionPool,
        *,
        patience: timedelta = PATIENCE,
        lease: timedelta = LEASE,
        attempts: int = ATTEMPTS,
    ) -> None:
        """`pool` gives autocommitting connections."""
        self._pool = pool
        self._patience = patience
        self._lease = lease
        self._attempts = attempts

    def ask(self, *asked: Asked) -> None:
        """Ask for tasks; one that was asked for before is not asked for again."""
        with self._pool.connection() as connection, connection.transaction():
            _insert(connection, asked)

    def react(self, reader: str, take: Callable[[int], tuple[int, Sequence[Asked]]]) -> int:
        """Read on from a reader's bookmark: its tasks and the new bookmark are kept together.

        `take` is given the position of the bookmark and returns the new one with the tasks.
        Whoever else reads at the same time waits. Returns how far it came.
        """
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(IN_TURN, (SILENT_AT_MOST, 17, reader))
            before = _bookmark(connection, reader)
            after, asked = take(before)
            if after > before:
                _insert(connection, asked)
                connection.execute(
                    "INSERT INTO bookmark VALUES (%s, %s)"
                    " ON CONFLICT (reader) DO UPDATE SET position = excluded.position",
                    (reader, after),
                )
        return after - before

    def ask_when_due(self, job: str, moments: Sequence[tuple[datetime, Sequence[Asked]]]) -> int:
        """Ask for what is due at each moment, unless some clock has done so; count the moments."""
        made = 0
        with self._pool.connection() as connection, connection.transaction():
            for at, asked in moments:
                mine = connection.execute(
                    "INSERT INTO due (job, at) VALUES (%s, %s) ON CONFLICT DO NOTHING", (job, at)
                ).rowcount
                if mine:
                    _insert(connection, asked)
                    made += 1
        return made

    def last_due(self, job: str) -> datetime | None:
        """Return the last moment at which a job was asked for."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT max(at) FROM due WHERE job = %s", (job,)).fetchone()
        return row[0] if row else None

    def take_unsent(self, limit: int = 500) -> list[Task]:
        """Return what is to be handed to the broker now; it is due again if nobody begins it."""
        return self._rows(
            "UPDATE task SET sends = sends + 1,"
            " next_send = now() + %s * power(2, least(sends, 7))"
            " WHERE task IN (SELECT task FROM task WHERE next_send <= now()"
            " ORDER BY next_send LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING ",
            self._patience,
            limit,
        )

    def begin(self, task: Id, holder: Id) -> Task | None:
        """Take a task on; None when it is finished, failed, or held by somebody who lives.

        One that has been begun too often, its worker dying each time, counts as failed.
        """
        begun = self._rows(
            "UPDATE task SET holder = %s, beat_at = now(), attempts = attempts + 1, sends = 0,"
            " next_send = now() + %s"
            " WHERE task = %s AND finished_at IS NULL AND failed_at IS NULL"
            " AND (holder IS NULL OR beat_at < now() - %s::interval) RETURNING ",
            holder,
            self._lease,
            task,
            self._lease,
        )
        if begun and begun[0].attempts > self._attempts:
            self.fail(task, holder, begun[0].error or "worker_died", final=True)
            return None
        return begun[0] if begun else None

    def beat(self, holder: Id) -> int:
        """Show that a holder lives; its tasks stay its own."""
        return self._change(
            "UPDATE task SET beat_at = now(), next_send = now() + %s"
            " WHERE holder = %s AND finished_at IS NULL AND failed_at IS NULL",
            self._lease,
            holder,
        )

    def report(self, task: Id, holder: Id, progress: int, total: int) -> bool:
        """Tell how far a task has come; False when somebody else holds it by now."""
        return self._changed_one(
            "UPDATE task SET progress = %s, total = %s, beat_at = now(), next_send = now() + %s"
            " WHERE task = %s AND holder = %s",
            progress,
            total,
            self._lease,
            task,
            holder,
        )

    def finish(self, task: Id, holder: Id, result: str | None = None) -> bool:
        """Record that a task is done; False when somebody else holds it by now."""
        return self._changed_one(
            "UPDATE task SET finished_at = now(), next_send = NULL, result = %s, error = NULL,"
            " holder = NULL WHERE task = %s AND holder = %s",
            result,
            task,
            holder,
        )

    def postpone(self, task: Id, holder: Id, pause: timedelta) -> bool:
        """Give a task back to be sent again after a pause; this was no attempt."""
        return self._changed_one(
            "UPDATE task SET holder = NULL, attempts = attempts - 1, next_send = now() + %s"
            " WHERE task = %s AND holder = %s",
            pause,
            task,
            holder,
        )

    def fail(self, task: Id, holder: Id, error: str, *, final: bool = False) -> bool:
        """Record that an attempt failed; it is tried again, less and less often, then shown."""
        return self._changed_one(
            "UPDATE task SET holder = NULL, error = %s,"
            " failed_at = CASE WHEN %s OR attempts >= %s THEN now() END,"
            " next_send = CASE WHEN %s OR attempts >= %s THEN NULL"
            " ELSE now() + interval '1 second' * power(3, least(attempts, 8) - 1) END"
            " WHERE task = %s AND holder = %s",
            error,
            final,
            self._attempts,
            final,
            self._attempts,
            task,
            holder,
        )

    def renew(self) -> None:
        """Put a new connection in place of each that has broken, after the database was lost."""
        self._pool.check()

    def retry(self, task: Id) -> bool:
        """Have a failed task tried again from the beginning; False when it has not failed."""
        return self._changed_one(
            "UPDATE task SET failed_at = NULL, attempts = 0, sends = 0, holder = NULL,"
            " next_send = now() WHERE task = %s AND failed_at IS NOT NULL",
            task,
        )

    def set_aside(self, task: Id) -> bool:
        """Let a failed task be: somebody has dealt with it otherwise."""
        return self._changed_one(
            "UPDATE task SET finished_at = now(), failed_at = NULL, next_send = NULL"
            " WHERE task = %s AND failed_at IS NOT NULL",
            task,
        )

    def find(self, task: Id) -> Task | None:
        """Return a task, or None."""
        found = self._rows("WITH asked AS (SELECT * FROM task WHERE task = %s) SELECT ", task)
        return found[0] if found else None

    def open(self, operator: Id | None = None, limit: int = 200) -> list[Task]:
        """Return what is not finished, failed ones first, oldest first; of one operator or all."""
        return self._rows(
            "WITH asked AS (SELECT * FROM task WHERE finished_at IS NULL"
            " AND (%s::uuid IS NULL OR operator = %s)"
            " ORDER BY failed_at IS NULL, asked_at LIMIT %s) SELECT ",
            operator,
            operator,
            limit,
        )

    def forget_finished(self, before: datetime) -> int:
        """Delete what was finished before a moment, and due times that are long past."""
        self._change("DELETE FROM due WHERE at < %s", before)
        return self._change("DELETE FROM task WHERE finished_at < %s", before)

    def _change(self, statement: LiteralString, *parameters: object) -> int:
        with self._pool.connection() as connection:
            return connection.execute(statement, parameters).rowcount

    def _changed_one(self, statement: LiteralString, *parameters: object) -> bool:
        return self._change(statement, *parameters) == 1

    def _rows(self, statement: LiteralString, *parameters: object) -> list[Task]:
        tail: LiteralString = " FROM asked" if statement.endswith("SELECT ") else ""
        with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Task)) as cursor,
        ):
            return cursor.execute(statement + COLUMNS + tail, parameters).fetchall()


def month_end(year: int, month: int) -> datetime:
    """Return the last moment of a civil month: what a task about a month is due for."""
    first = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI)
    return first - timedelta(microseconds=1)


class Doorbell:
    """Wakes whoever waits for something to do: new events, and new tasks."""

    def __init__(self, connect: Callable[[], psycopg.Connection], *channels: LiteralString) -> None:
        self._connect = connect
        self._channels = channels
        self._connection: psycopg.Connection | None = None

    def wait(self, seconds: float) -> None:
        """Wait until it rings, or so long; raises the database's errors."""
        for _ in self._open().notifies(timeout=seconds, stop_after=1):
            pass

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
            self._connection.autocommit = True
            for channel in self._channels:
                self._connection.execute("LISTEN " + channel)
        return self._connection


def _bookmark(connection: psycopg.Connection, reader: str) -> int:
    found = connection.execute("SELECT position FROM bookmark WHERE reader = %s", (reader,))
    row = found.fetchone()
    return row[0] if row else 0


def _insert(connection: psycopg.Connection, asked: Sequence[Asked]) -> None:
    if not asked:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO task (task, duty, subjects, position, due, operator, station, ledger,"
            " asked_by, asked_as)"
            " VALUES (%s, %s, %s::uuid[], %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    one.task,
                    one.duty,
                    list(one.subjects),
                    one.position,
                    one.due,
                    one.operator,
                    one.station,
                    one.ledger,
                    one.asked_by,
                    one.asked_as,
                )
                for one in asked
            ],
        )
    connection.execute("SELECT pg_notify('task', '')")
