"""Connections that still stand: one that the server has ended is put away before it is used.

A server that was killed or restarted closes every connection that is open. Whoever used one next
would be told that the database cannot answer, long after it was back, once for each connection of
each process. The end has arrived in the socket by then and is read from there without asking.
"""

from __future__ import annotations

from select import POLLIN, poll
from time import monotonic

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

from domain.journal.carrying import NeedsThread, carried


def ended(connection: Connection) -> bool:
    """Say whether a connection is over over which nothing is being asked.

    A server that can no longer be reached without having ended it is not found out.
    """
    if connection.closed:
        return True
    arrived = poll()
    arrived.register(connection.fileno(), POLLIN)
    try:
        while arrived.poll(0):
            connection.pgconn.consume_input()
    except OperationalError:
        return True
    return False


class Pool(ConnectionPool):
    """Connections for whoever may block: what a loop carries must go into a thread for one."""

    def getconn(self, timeout: float | None = None) -> Connection:
        """Return a connection that stands. Raises NeedsThread, and what the pool raises."""
        carrying = carried()
        if carrying is not None and not carrying.settled:
            raise NeedsThread
        until = monotonic() + (self.timeout if timeout is None else timeout)
        while ended(connection := super().getconn(until - monotonic())):
            connection.close()
            self.putconn(connection)  # which puts a new one in its place
        return connection
