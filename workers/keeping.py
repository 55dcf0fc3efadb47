"""The loop of a clock process: asks for what events and the time call for, and sends it out."""

from __future__ import annotations

import threading

import structlog

from domain.journal.tasks import Doorbell
from workers.clock import Timetable
from workers.reactor import Outbox, Reactor

WAIT_SECONDS = 0.5
PAUSE_SECONDS = 2.0

log = structlog.get_logger("shilu.clock")


class Keeper:
    """Keeps tasks coming. Any number may run; between them, everything is asked for once."""

    def __init__(
        self, reactor: Reactor, timetable: Timetable, outbox: Outbox, doorbell: Doorbell
    ) -> None:
        self._reactor = reactor
        self._timetable = timetable
        self._outbox = outbox
        self._doorbell = doorbell

    def step(self) -> int:
        """Do what there is to do, once; 0 means that there was nothing."""
        return self._reactor.step() + self._timetable.step() + self._outbox.send()

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop; a lost database or broker is waited for."""
        while not stop.is_set():
            try:
                # Also while there is more to do: what rings and is not heard would pile up.
                self._doorbell.wait(0 if self.step() else WAIT_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever is lost, it is tried again
                log.warning("clock.interrupted", error=type(error).__name__)
                self._doorbell.close()
                stop.wait(PAUSE_SECONDS)
        self._doorbell.close()
