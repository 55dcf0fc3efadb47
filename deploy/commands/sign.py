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
from domain.journal.verify import Unsound
from domain.journal.witnesses import Witness, heed_only, read_witnesses

Run = Callable[[threading.Event], None]
AGAIN_SECONDS = 5.0

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
    named = witnesses(settings)
    if named is not None:
        with built.connect() as connection:
            heed_only(connection, [witness.name for witness in named])
    runs: list[Run] = [built.cosigner(witness).run for witness in named or ()]
    if settings.timestamp_url is not None:
        runs.append(built.stamper(settings.timestamp_url.get_secret_value()).run)
    return runs


def witnesses(settings: Settings) -> tuple[Witness, ...] | None:
    """Return the witnesses; what cannot be read is said loudly, and signing goes on without.

    None says that there should be some: what they have said goes on to count.
    """
    if settings.witnesses is None:
        return ()
    try:
        return read_witnesses(settings.witnesses.read_bytes())
    except (OSError, Unsound) as error:
        log.critical("no witnesses", file=str(settings.witnesses), why=str(error))
        return None


@contextmanager
def alongside(runs: list[Run], stop: threading.Event) -> Iterator[None]:
    """Run each in a thread of its own, and wait for all of them to stop."""
    threads = [threading.Thread(target=_kept_up, args=(run, stop)) for run in runs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _kept_up(run: Run, stop: threading.Event) -> None:
    """Begin again what has fallen over: the signing goes on, and nobody else would miss it."""
    while not stop.is_set():
        try:
            run(stop)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end in silence
            log.critical("fell over", error=type(error).__name__)
            stop.wait(AGAIN_SECONDS)
