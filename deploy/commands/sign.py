"""`shilu sign`: the process that signs what every ledger has come to.

Beside it run those who ask others about what is signed; none of them makes the signing wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from deploy.settings import Settings, read_settings
from deploy.stopping import asked_to_stop
from deploy.wiring import House, house

Run = Callable[[threading.Event], None]

log = structlog.get_logger("shilu.sign")


def command() -> None:
    """Sign the ledgers' tree heads as they grow, until told to stop."""
    settings = read_settings()
    with asked_to_stop() as stop, house(settings) as built, built.signer() as signer:
        log.info("signing", log=built.ring.name, keys=len(built.ring.keys))
        with alongside(others(built, settings), stop):
            signer.run(stop)
    log.info("stopped")


def others(built: House, settings: Settings) -> list[Run]:
    """Return those who ask others, as the settings say."""
    if settings.timestamp_url is None:
        return []
    return [built.stamper(settings.timestamp_url.get_secret_value()).run]


@contextmanager
def alongside(runs: list[Run], stop: threading.Event) -> Iterator[None]:
    """Run each in a thread of its own, and wait for all of them to stop."""
    threads = [threading.Thread(target=run, args=(stop,)) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
