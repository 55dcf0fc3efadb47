"""`shilu postgres`: the embedded database alone, in the foreground; `up` runs it as its child."""

import signal

import structlog
import typer

from deploy.postgres import EmbeddedPostgres
from deploy.settings import read_settings
from deploy.stopping import stop_signals

log = structlog.get_logger("shilu.postgres")


def command() -> None:
    """Run the embedded PostgreSQL until Ctrl-C; if it runs already, wait until it ends."""
    settings = read_settings()
    for number in stop_signals():
        signal.signal(number, signal.default_int_handler)
    postgres = EmbeddedPostgres(settings.home)
    try:
        postgres.start()
        log.info("running", data=str(postgres.place.data), started_by_us=postgres.owned)
        postgres.wait()
    except KeyboardInterrupt:
        # From here on nothing may interrupt the server's clean stop.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        postgres.stop()
        raise typer.Exit(0) from None
    log.error("the server ended by itself", data=str(postgres.place.data))
    raise typer.Exit(1)
