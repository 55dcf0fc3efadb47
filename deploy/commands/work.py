"""`shilu work`: a process that does tasks; as many as wanted may run."""

import structlog

from deploy.settings import read_settings
from deploy.stopping import asked_to_stop
from deploy.wiring import house
from deploy.workroom import THREADS, workroom
from workers.catalogue import DUTIES
from workers.running import Runner, employ, work

log = structlog.get_logger("shilu.work")


def command() -> None:
    """Do what is asked for, until told to stop; what is in hand is finished first."""
    settings = read_settings()
    with asked_to_stop() as stop, house(settings) as built, workroom(settings, built) as room:
        runner = Runner(room.workshop)
        employ(room.broker, DUTIES, runner)
        log.info("working", threads=THREADS, duties=len(DUTIES))
        work(room.broker, runner, THREADS, stop)
    log.info("stopped")
