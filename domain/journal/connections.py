"""Connections that still stand: one that the server has ended is put away before it is used.

A server that was killed or restarted closes every connection that is open. Whoever used one next
would be told that the database cannot answer, long after it was back, once for each connection of
each process. The end has arrived in the socket by then and is read from there without asking.
"""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.errors import Diagnostic
from psycopg_pool import ConnectionPool, PoolTimeout

from domain.journal.carrying import NeedsThread, carried

NONE_STANDS_SECONDS = 2.5
"""How long whoever asks waits where the pool has no connection at all: so the database is down."""
FATAL = frozenset({"FATAL", "PANIC"})
"""How severe is what a server says of a connection that it is about to close."""


def ended(connection: Connection) -> bool:
    """Say whether a connection is over over which nothing is being asked.

    A server that can no longer be reached without having ended it is not found out.
    """
    if connection.closed:
        return True
    arrived = poll()
    arrived.register(connection.fileno(), POLLIN)
    return bool(arrived.poll(0)) and _said_to_be_over(connection, arrived)


def _said_to_be_over(connection: Connection, arrived: poll) -> bool:
    """Read what arrived. A server says first that it ends a connection, and closes it later."""
    severities: list[str | None] = []

    def hear(said: Diagnostic) -> None:
        severities.append(said.severity_nonlocalized)

    connection.add_notice_handler(hear)
    try:
        while arrived.poll(0):
            connection.pgconn.consume_input()
        connection.pgconn.is_busy()  # only now are messages told apart
    except OperationalError:
        return True
    finally:
        connection.remove_notice_handler(hear)
    return not FATAL.isdisjoint(severities)


class Pool(ConnectionPool):
    """Connections for whoever may block: what a loop carries must go into a thread for one.

    Where all are in use one's turn is waited for, up to the pool's `timeout`; where none stands,
    whoever asks hears of it after `NONE_STANDS_SECONDS`.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        self._in_use: set[Connection] = set()
        super().__init__(*args, **named)

    def getconn(self, timeout: float | None = None) -> Connection:
        """Return a connection that stands. Raises NeedsThread, and what the pool raises."""
        carrying = carried()
        if carrying is not None and not carrying.settled:
            raise NeedsThread
        until = monotonic() + (self.timeout if timeout is None else timeout)
        while ended(connection := self._next(until)):
            connection.close()
            self.putconn(connection)  # which puts a new one in its place
        self._in_use.add(connection)
        return connection

    def putconn(self, conn: Connection) -> None:
        """Take a connection back."""
        self._in_use.discard(conn)
        super().putconn(conn)

    def _next(self, until: float) -> Connection:
        """Wait for a connection, no longer than somebody uses one that may come back."""
        while True:
            left = until - monotonic()
            try:
                return super().getconn(min(left, NONE_STANDS_SECONDS))
            except PoolTimeout:
                if left <= NONE_STANDS_SECONDS or not self._in_use:
                    raise
