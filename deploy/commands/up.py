"""`shilu up`: everything that a station needs on one machine, started and kept by one command."""

from collections.abc import Sequence
from contextlib import ExitStack

import typer

from deploy.commands.migrate import FIRST_TOKEN
from deploy.findings import refuse, said
from deploy.lock import HeldElsewhere, held
from deploy.port import await_free
from deploy.postgres.place import make_ours, writing_to
from deploy.processes import stages
from deploy.settings import Settings, read_settings
from deploy.supervisor import Child, Supervisor


def command() -> None:
    """Start the database, bring it up to date, and run api, follow, work, clock and sign."""
    settings = read_settings()
    raise typer.Exit(keep(settings, stages(settings)))


def keep(settings: Settings, children: Sequence[Sequence[Child]]) -> int:
    """Supervise the stages of this home until asked to stop; only one may do so at a time."""
    make_ours(settings.home)
    supervisor = Supervisor(children, on_all_ready=lambda: _greet(settings))
    try:
        with ExitStack() as lock:
            with writing_to(settings.home):
                lock.enter_context(held(settings.home / "up.lock"))
            if any(child.name.startswith("api") for stage in children for child in stage):
                await_free(settings.host, settings.port)
            return supervisor.run()
    except HeldElsewhere as other:
        refuse("up", "already", 1, home=settings.home, process=other)


def _greet(settings: Settings) -> None:
    typer.echo(f"实录 Shilu: http://{settings.host}:{settings.port}  ({said('up', 'stops')})")
    token = settings.home / FIRST_TOKEN
    if token.exists():
        # To whoever sits at this terminal, who can read the file as well; never to a log.
        typer.echo(said("up", "first_token", token=token.read_text("utf-8").strip()))
