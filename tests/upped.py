"""The real `shilu up`, with all its processes, on a home and a port of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings
from deploy.wiring import House, house
from tests.integration.http import Running
from tests.processes import eventually, free_port


@dataclass
class Upped:
    """What was started, and where it writes what it does."""

    home: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The server that was started."""
        return EmbeddedPostgres(self.home)

    @property
    def url(self) -> str:
        """The database's."""
        return self.postgres.url

    @property
    def address(self) -> str:
        """The API's."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Say whether the API answers."""
        try:
            return httpx.get(f"{self.address}/api/v1/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def starts(self, name: str) -> list[int]:
        """Return the process id of each start of a child, as the supervisor logged them."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        told = [said for said in map(json.loads, lines) if said.get("child") == name]
        return [said["pid"] for said in told if said["event"] == "started"]

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a child and all of its own."""
        os.killpg(self.starts(name)[-1], number)


class Served(Running):
    """The house as HTTP shows it: somebody else's process answers, and another one follows."""

    def follow(self) -> None:
        """Wait until the views know all that was recorded."""
        head = self.built.journal.max_notification_id() or 0

        def known() -> bool:
            return {position for _, position, _ in self.built.asking.standing()} == {head}

        assert eventually(known, 60)


@contextmanager
def upped(home: Path, **settings: str) -> Iterator[Upped]:
    """Run `shilu up` until it answers, and stop it afterwards."""
    log, port = home.parent / "up.log", free_port()
    own = {"SHILU_HOME": str(home), "SHILU_PORT": str(port), "SHILU_LOG_LEVEL": "info", **settings}
    environment = {**os.environ, **own}
    environment.pop("SHILU_DATABASE_URL", None)
    with log.open("ab") as out:
        command = [sys.executable, "-m", "deploy", "up"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    up = Upped(home, port, log, process)
    try:
        assert eventually(up.answers, 150), log.read_text()
        yield up
    finally:
        process.terminate()
        assert process.wait(90) == 0


@contextmanager
def served(up: Upped) -> Iterator[Served]:
    """Be a caller of it, and look into its house."""
    built: House
    with (
        house(Settings(home=up.home), None, up.url) as built,
        httpx.Client(base_url=up.address, timeout=60) as client,
    ):
        yield Served(built, client)  # type: ignore[arg-type] # any client will do but for pages
