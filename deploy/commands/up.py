"""`shilu up`: everything that a station needs on one machine, started and kept by one command."""

import sys
from collections.abc import Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException

import typer

from deploy.commands.migrate import FIRST_TOKEN
from deploy.lock import HeldElsewhere, held
from deploy.port import is_free
from deploy.postgres import EmbeddedPostgres
from deploy.postgres.place import make_ours
from deploy.settings import Settings, read_settings
from deploy.supervisor import Child, Supervisor

# Done in this order, each to its end, before the processes start.
PREPARATIONS = ("migrate",)
# Kept running, each as a process of its own: `shilu <name>`; of `api`, as many as the settings say.
PROCESSES = ("api", "follow", "work", "clock", "sign")


def command() -> None:
    """Start the database, bring it up to date, and run api, follow, work, clock and sign."""
    settings = read_settings()
    raise typer.Exit(keep(settings, stages(settings)))


def keep(settings: Settings, children: Sequence[Sequence[Child]]) -> int:
    """Supervise the stages of this home until asked to stop; only one may do so at a time."""
    make_ours(settings.home)
    supervisor = Supervisor(children, on_all_ready=lambda: _greet(settings))
    try:
        with held(settings.home / "up.lock"):
            if "api" in PROCESSES and not is_free(settings.host, settings.port):
                place = f"{settings.host}:{settings.port}"
                typer.echo(f"shilu up: something else listens on {place}", err=True)
                return 1
            return supervisor.run()
    except HeldElsewhere as other:
        typer.echo(f"shilu up: already running for {settings.home} (process {other})", err=True)
        return 1


def stages(settings: Settings) -> list[list[Child]]:
    """The database unless there is another, then the preparations one by one, then the rest."""
    first: list[list[Child]] = []
    if settings.database_url is None:
        answers = EmbeddedPostgres(settings.home).answers
        first = [[Child("postgres", shilu("postgres"), ready=answers, grace=90)]]
    once = [[Child(name, shilu(name), once=True)] for name in PREPARATIONS]
    kept = [child for name in PROCESSES for child in processes(name, settings)]
    return [*first, *once, kept]


def processes(name: str, settings: Settings) -> list[Child]:
    """The processes of a name: one, or as many of `api` as are to share the port."""
    if name != "api":
        return [Child(name, shilu(name))]
    ready = partial(answers, settings.host, settings.port)
    if settings.api_processes == 1:
        return [Child(name, shilu(name), ready=ready)]
    numbers = range(1, settings.api_processes + 1)
    return [Child(f"api-{number}", shilu("api", "--shared"), ready=ready) for number in numbers]


def answers(host: str, port: int) -> bool:
    """Say whether the API answers: only then is anybody told where it is."""
    connection = HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/api/v1/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def shilu(*words: str) -> tuple[str, ...]:
    """The command line of one of our own commands, under the same Python."""
    return (sys.executable, "-m", "deploy", *words)


def _greet(settings: Settings) -> None:
    typer.echo(f"实录 Shilu: http://{settings.host}:{settings.port}  (Ctrl-C 停止 / stops)")
    token = settings.home / FIRST_TOKEN
    if token.exists():
        # To whoever sits at this terminal, who can read the file as well; never to a log.
        typer.echo(f"首个访问令牌 / first access token: {token.read_text('utf-8').strip()}")
