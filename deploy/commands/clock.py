"""`shilu clock`: a process that asks for tasks when events or the time call for them."""

import structlog

from deploy.settings import read_settings
from deploy.stopping import asked_to_stop
from deploy.wiring import house
from deploy.workroom import workroom

log = structlog.get_logger("shilu.clock")


def command() -> None:
    """Ask for what is to be done, until told to stop."""
    settings = read_settings()
    with asked_to_stop() as stop, house(settings) as built, workroom(settings, built) as room:
        log.info("keeping time")
        room.keeper.run(stop)
    log.info("stopped")
