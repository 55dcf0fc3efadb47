"""`shilu sign`: the process that signs what every ledger has come to."""

import structlog

from deploy.settings import read_settings
from deploy.stopping import asked_to_stop
from deploy.wiring import house

log = structlog.get_logger("shilu.sign")


def command() -> None:
    """Sign the ledgers' tree heads as they grow, until told to stop."""
    with asked_to_stop() as stop, house(read_settings()) as built, built.signer() as signer:
        log.info("signing", log=built.ring.name, keys=len(built.ring.keys))
        signer.run(stop)
    log.info("stopped")
