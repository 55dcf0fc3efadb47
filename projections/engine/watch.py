"""Reading one's own writes: waiting until the views have reached a position, without polling each.

One thread listens for the follower's notifications and wakes whoever waits; it also looks by
itself now and then, since a lost connection loses notifications. What else a process must hear of
at once comes over the same connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import wait
from socket import socketpair
from time import monotonic
from types import MappingProxyType

import psycopg
import structlog
from psycopg import sql

from domain.refusals import POSITION_NOT_REACHED
from projections.engine.standing import CHANNEL, positions
from projections.engine.view import View

LOOK_SECONDS = 0.5
log = structlog.get_logger()


class Watch:
    """Knows how far the views have come."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        views: Sequence[View],
        heard: Mapping[str, Callable[[], object]] = MappingProxyType({}),
    ) -> None:
        """`heard` says for further channels what is done when something comes over them."""
        self._connect = connect
        self._views = views
        self._heard = heard
        self._moved = threading.Condition()
        self._position = 0
        self._stop = threading.Event()
        self._woken, self._waker = socketpair()
        self._thread = threading.Thread(target=self._run, name="views-watch", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """The position that every view has reached."""
        return self._position

    def wait(self, position: int, timeout: float) -> None:
        """Return once the views have reached a position.

        Raises `position_not_reached` after `timeout` seconds.
        """
        deadline = monotonic() + timeout
        with self._moved:
            while self._position < position:
                remaining = deadline - monotonic()
                if remaining <= 0:
                    raise POSITION_NOT_REACHED("at_least", position=position)
                self._moved.wait(remaining)

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._waker.close()
        self._thread.join()
        self._woken.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg.Error as error:  # whatever it is: nobody would watch any more
                log.warning("watch.database_lost", error=type(error).__name__)
                self._stop.wait(LOOK_SECONDS)

    def _listen(self) -> None:
        with self._connect() as connection:
            connection.autocommit = True
            for channel in (CHANNEL, *self._heard):
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            for told in self._heard.values():
                told()  # whatever came while nobody listened
            while not self._stop.is_set():
                self._set(min(positions(connection, self._views).values(), default=0))
                if not self._hear(connection):
                    # Woken by whatever the server says, and at once when it is to end.
                    wait([connection.fileno(), self._woken], LOOK_SECONDS)
                    self._hear(connection)

    def _hear(self, connection: psycopg.Connection) -> bool:
        """Do what is to be done for what was told, also together with an answer; say if any was."""
        notices = list(connection.notifies(timeout=0))
        for notice in notices:
            self._heard.get(notice.channel, int)()
        return bool(notices)

    def _set(self, position: int) -> None:
        with self._moved:
            self._position = position
            self._moved.notify_all()
