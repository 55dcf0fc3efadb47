"""Workers as processes of their own, that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from deploy.postgres import EmbeddedPostgres
from domain.journal.recorder import JournalRecorder
from projections.catalogue import VIEWS
from projections.engine.fold import canonical, fold
from tests.processes import eventually
from tests.tables import read_table

AT_WORK = {
    "work": "working",
    "clock": "keeping time",
    "follow": "following",
    "sign": "signing",
}
"""What each logs as soon as it does its work."""


class Crew:
    """The processes of a station, killed and started again as a supervisor would."""

    def __init__(self, url: str, home: Path, names: tuple[str, ...]) -> None:
        self.environment = {
            **os.environ,
            "SHILU_HOME": str(home),
            "SHILU_DATABASE_URL": url,
            "SHILU_LOG_LEVEL": "info",
            "PYTHONFAULTHANDLER": "1",
        }
        self.home = home
        self.killed = Counter[str]()
        self.processes = {name: self.start(name) for name in names}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "deploy", role(name)]
        with self.log(name).open("wb") as log:
            return subprocess.Popen(command, env=self.environment, stderr=log)

    def log(self, name: str) -> Path:
        """Return where a process writes since it was last started."""
        return self.home / f"{name}.log"

    def kill(self, name: str) -> None:
        os.kill(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()
        self.killed[role(name)] += 1
        self.processes[name] = self.start(name)

    def kill_at_work(self, name: str, after: float) -> None:
        """Kill a process a while after it has begun to work, not one that is still starting."""
        word = f'"event": "{AT_WORK[role(name)]}"'
        assert eventually(lambda: word in self.log(name).read_text(), 90), name
        time.sleep(after)
        self.kill(name)

    def stop(self) -> dict[str, int]:
        for process in self.processes.values():
            process.terminate()
        return {name: process.wait(60) for name, process in self.processes.items()}


def role(name: str) -> str:
    """Return which command a process of the crew is."""
    return name.rstrip("0123456789")


def views_differing_from_a_replay(journal: JournalRecorder) -> list[str]:
    rows, folder = fold(VIEWS, journal.read(0, 1_000_000))
    assert not folder.parked
    with journal.connect() as connection:
        connection.execute("RESET ROLE")  # what the API connects as sees no view
        return [
            table.name
            for view in VIEWS
            for table in view.tables
            if canonical(table, read_table(connection, table)) != rows.dump(table)
        ]


def kill(postgres: EmbeddedPostgres) -> None:
    """Kill the server and each process of it, by their ids."""
    first = int((postgres.place.data / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for pid in (first, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
