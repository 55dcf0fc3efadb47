"""Which processes a station's machine runs, in which order they start, and when each is ready."""

from __future__ import annotations

import sys
from functools import partial
from http.client import HTTPConnection, HTTPException

from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings
from deploy.supervisor import Child

# Done in this order, each to its end, before the processes start.
PREPARATIONS = ("migrate",)
# Kept running, each as a process of its own: `shilu <name>`; of `api`, as many as the settings say.
PROCESSES = ("api", "follow", "work", "clock", "sign")


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
