"""`shilu follow`: the process that keeps every view in step with the journal."""

import structlog

from deploy.settings import read_settings
from deploy.stopping import asked_to_stop
from deploy.wiring import House, house
from projections.catalogue import VIEWS
from projections.engine.rebuild import outdated, rebuild

log = structlog.get_logger("shilu.follow")


def command() -> None:
    """Rebuild views that another version made, then follow the journal until told to stop."""
    settings = read_settings()
    with asked_to_stop() as stop, house(settings) as built:
        follower = built.follower()
        follower.prepare()
        renew(built)
        log.info("following", views=len(VIEWS))
        follower.run(stop)
    log.info("stopped")


def renew(built: House) -> None:
    """Rebuild the views whose tables are of another definition than today's."""
    with built.connect() as connection:
        stale = outdated(connection, VIEWS)
    if stale:
        log.info("rebuilding", views=[view.name for view in stale])
        position = rebuild(built.journal, built.connect, stale)
        log.info("rebuilt", position=position)
