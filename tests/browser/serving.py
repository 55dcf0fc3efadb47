"""The demonstration, served by a real server on this machine, for a real browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn

from api.app import create_app
from deploy.demo.contract import BEGINS
from deploy.demo.play import acts
from deploy.demo.stage import LEAD, OPERATOR, Stage
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.wiring import House, house
from domain.clock import SHANGHAI, SimulatedClock, at
from domain.journal.tokens import Tokens
from domain.principal import Principal

TODAY = datetime(2018, 11, 14, 9, 30, tzinfo=SHANGHAI)
"""A day on which one case is overdue, one is in time, and some indicators are behind."""


@dataclass(frozen=True)
class Served:
    """Where it is served, and a supervisor's token."""

    url: str
    token: str
    built: House


@contextmanager
def served(database_url: str, home: Path) -> Iterator[Served]:
    """Play the demonstration up to its day, follow it, and serve it on a free port."""
    migrate(database_url)
    with house(Settings(home=home), SimulatedClock(TODAY), database_url) as built:
        follower = built.follower()
        follower.prepare()
        so_far = [act for act in acts(built.journal) if act.written < TODAY]
        Stage(built.records, SimulatedClock(at(BEGINS))).play(so_far)
        while follower.step():
            pass
        follower.close()
        supervisor = Principal(actor=LEAD, role="supervisor", operator=OPERATOR)
        token = Tokens(built.pool).issue(supervisor, "browser")
        with built.services() as parts, serving(uvicorn.Config(
            create_app(parts), host="127.0.0.1", port=0, log_config=None, access_log=False
        )) as url:  # fmt: skip
            yield Served(url, token, built)


@contextmanager
def serving(config: uvicorn.Config) -> Iterator[str]:
    """Run a server in a thread of its own and return its address."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
