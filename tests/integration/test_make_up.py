"""`make up` as a new user runs it: in a fresh clone, at a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.databases import walkable_folder
from tests.processes import alive, eventually, free_port

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="there is nothing to clone"),
]
TOKEN = re.compile(r"first access token: (shilu_\S+)\s")


@dataclass
class Clone:
    """A clone, where its data lie, and on which port it answers."""

    folder: Path
    home: Path
    port: int

    def processes(self) -> list[int]:
        """Return every living process of this home, by its environment or its command line."""
        home = os.fsencode(self.home)
        return [
            int(place.name)
            for place in Path("/proc").glob("[0-9]*")
            if any(home in read(place / name) for name in ("environ", "cmdline"))
            and alive(int(place.name))
        ]

    def health(self) -> dict[str, object]:
        """Ask once, without patience."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v1/health")
        assert answer.status_code == 200
        told: dict[str, object] = answer.json()
        return told


def read(file: Path) -> bytes:
    """Return a process's file; nothing of one that has gone or is another's."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


class Terminal:
    """A terminal in which somebody has typed `make up`."""

    def __init__(self, clone: Clone) -> None:
        uv = f"{ROOT / '.build' / 'uv' / 'bin'}:" if (ROOT / ".build" / "uv").exists() else ""
        environment = {
            **os.environ,
            "PATH": uv + os.environ["PATH"],
            "SHILU_HOME": str(clone.home),
            "SHILU_PORT": str(clone.port),
            # Scripts for pages are not what is looked at, and the registry need not be asked.
            "npm_config_offline": "true",
        }
        for name in ("SHILU_DATABASE_URL", "SHILU_LOG_LEVEL", "VIRTUAL_ENV", "MAKEFLAGS"):
            environment.pop(name, None)
        self.shown = ""
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.chdir(clone.folder)
            os.execvpe("make", ["make", "up"], environment)  # noqa: S606 - no shell is wanted

    def until(self, words: re.Pattern[str], seconds: float = 200) -> re.Match[str]:
        """Read what is shown until it holds this."""
        deadline = time.monotonic() + seconds
        while (found := words.search(self.shown)) is None:
            assert time.monotonic() < deadline, self.shown
            if select.select([self.screen], [], [], 1)[0]:
                self.shown += os.read(self.screen, 65_536).decode("utf-8", "replace")
        return found

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        os.write(self.screen, b"\x03")

    def hang_up(self) -> None:
        """Close the terminal's window."""
        os.close(self.screen)
        os.waitpid(self.pid, 0)

    def read_to_its_end(self) -> None:
        """Read until nobody writes there any more."""
        try:
            while said := os.read(self.screen, 65_536):
                self.shown += said.decode("utf-8", "replace")
        except OSError:  # a terminal without a process ends so
            os.waitpid(self.pid, 0)


@pytest.fixture
def clone() -> Iterator[Clone]:
    with walkable_folder() as folder:
        place = folder / "shilu"
        owned = ("-c", "safe.directory=*")
        subprocess.run(["git", *owned, "clone", "--quiet", str(ROOT), str(place)], check=True)
        made = Clone(place, folder / "home", free_port())
        yield made
        for pid in made.processes():
            os.kill(pid, 9)


def test_a_new_user_starts_it_stops_it_and_finds_everything_again(clone: Clone) -> None:
    first = Terminal(clone)
    token = first.until(TOKEN)[1]
    # It says where to look only when there is somebody to answer.
    assert clone.health()["status"] == "ok"
    assert f"http://127.0.0.1:{clone.port}" in first.shown
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
    with httpx.Client(base_url=f"http://127.0.0.1:{clone.port}", headers=headers) as client:
        operator = {"name": "示例社会工作服务中心", "uscc": "91110000600037341L"}
        assert client.post("/api/v1/operators", json=operator).status_code == 201
        events = client.get("/api/v1/events").json()
    first.interrupt()
    first.read_to_its_end()
    assert eventually(lambda: clone.processes() == [])
    assert "Traceback" not in first.shown

    second = Terminal(clone)
    assert second.until(TOKEN)[1] == token
    assert clone.health()["position"] == len(events) > 0
    again = httpx.get(f"http://127.0.0.1:{clone.port}/api/v1/events", headers=headers)
    assert again.json() == events
    second.hang_up()
    assert eventually(lambda: clone.processes() == [], 30)
