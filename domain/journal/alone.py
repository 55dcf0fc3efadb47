"""One process at a time asks others on the network, wherever many of us run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import Connection


@contextmanager
def alone(connect: Callable[[], Connection], lock: int) -> Iterator[Connection | None]:
    """Give a connection that commits by itself while nobody else holds a lock, else None.

    No transaction stays open while somebody on the network is waited for.
    """
    with connect() as connection:
        connection.autocommit = True
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
        yield connection if row and row[0] else None
