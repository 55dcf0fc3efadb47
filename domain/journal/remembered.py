"""What commands have read, kept so that the next command need not read it again.

A station, a project and a person are read by every visit and written once in a month. So a
command is decided on the streams as this process last saw them, and the journal checks under the
head's lock that each still stands where it stood; where one does not, the command is decided
again on what is true (docs/decisions/0015). Nothing is ever recorded on what is out of date. What
was read is forgotten with the connection over which the journal checks it: the next one may lead to
a database that was put back, where other events stand at the same versions.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from domain.event import AnyEvent
from domain.identity import Id

LIMIT = 20_000
"""How many events are remembered in all: some 40 MiB."""


class Remembered:
    """The events of streams that were read lately; the one not asked for longest goes first."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._streams: OrderedDict[Id, tuple[AnyEvent, ...]] = OrderedDict()
        self._count = 0
        self._era = 0
        self._lock = threading.Lock()

    def get(self, stream: Id, era: int) -> tuple[AnyEvent, ...]:
        """Return a stream's events as they were seen last in this era of the journal; none where
        it is not remembered.
        """
        with self._lock:
            events = self._streams.get(stream, ()) if era == self._era else ()
            if events:
                self._streams.move_to_end(stream)
            return events

    def keep(self, stream: Id, events: tuple[AnyEvent, ...], era: int) -> None:
        """Remember a whole stream as it was read in an era; what is of an earlier one is gone."""
        with self._lock:
            if era < self._era:
                return
            if era > self._era:
                self._streams.clear()
                self._count, self._era = 0, era
            self._take_out(stream)
            self._streams[stream] = events
            self._count += len(events)
            while self._count > self._limit:
                self._take_out(next(iter(self._streams)))

    def forget(self, streams: Iterable[Id]) -> None:
        """Forget streams that were written, or are not what they were."""
        with self._lock:
            for stream in streams:
                self._take_out(stream)

    def _take_out(self, stream: Id) -> None:
        self._count -= len(self._streams.pop(stream, ()))
