"""How long a command takes over HTTP under many clients, and until it is seen in the views.

The processes are those of `shilu up`: one that serves, one that follows, over sockets of this
machine alone.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from deploy.bench.driving import by_threads, percentiles
from deploy.bench.showing import Figures
from deploy.settings import environment_with
from domain.identity import new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal
from projections.engine.watch import Watch

PATIENCE = 60.0
LOOK_SECONDS = 0.002


class Client:
    """One client's connection, which it keeps."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one command; anything but success is an error of the bench."""
        headers = {**self._headers, "Idempotency-Key": new_id()}
        self._connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
        receipt: dict[str, Any] = json.loads(content)
        return receipt

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Seen:
    """When the views reached which position, looked at all the time."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._moments: list[float] = []
        self._positions: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            position = self._watch.position
            if not self._positions or position > self._positions[-1]:
                self._positions.append(position)
                self._moments.append(time.perf_counter())

    def delays(self, recorded: list[tuple[int, float]]) -> list[float]:
        """How long after its answer each position was seen, in seconds; 0 if before."""
        last = max((position for position, _ in recorded), default=0)
        self._watch.wait(last, PATIENCE)
        time.sleep(10 * LOOK_SECONDS)
        self._stop.set()
        self._thread.join()
        seen = (self._moments[bisect_left(self._positions, position)] for position, _ in recorded)
        return [max(0.0, moment - at) for moment, (_, at) in zip(seen, recorded, strict=True)]


def measure_http(url: str, clients: int, seconds: float) -> Figures:
    """Record visits over HTTP as fast as they are answered."""
    recorded: list[tuple[int, float]] = []
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shilu-bench-")))
        port = _free_port()
        for name in ("api", "follow"):
            stack.enter_context(_process(name, url, home, port))
        _await(port)
        watch = Watch(lambda: psycopg.connect(url))
        stack.callback(watch.close)
        token, station = _settle(url, port)
        lines = [Client(port, token) for _ in range(clients)]
        for line in lines:
            stack.callback(line.close)

        def visit(number: int) -> None:
            receipt = lines[number].post("/visits", _visit(station))
            recorded.append((receipt["position"], time.perf_counter()))

        side = by_threads(visit, clients)
        side(min(1.0, seconds))
        recorded.clear()
        seen = Seen(watch)
        stretch = side(seconds)
        visible = percentiles(seen.delays(recorded))
    return {
        "clients": clients,
        "per_s": round(stretch.per_s, 1),
        **percentiles(stretch.latencies),
        "visible_p50_ms": visible["p50_ms"],
        "visible_p99_ms": visible["p99_ms"],
    }


def _visit(station: str) -> dict[str, Any]:
    return {
        "station": station,
        "kind": "home_visit",
        "minutes": 30,
        "attendance": [{"count": 1, "role": "client"}],
    }


def _settle(url: str, port: int) -> tuple[str, str]:
    """Register an operator and a station; return a worker's token and the station."""
    with ConnectionPool(url, min_size=1, kwargs={"autocommit": True}) as pool:
        tokens = Tokens(pool)
        first = tokens.issue(Principal(actor=new_id(), role="administrator"), "bench")
        head = Client(port, first)
        operator = head.post("/operators", {"name": "示例中心", "uscc": "91110000600037341L"})
        station = head.post(
            "/stations",
            {
                "operator": operator["stream"],
                "name": "示例街道社工站",
                "region_code": "620102001",
                "purchaser": "示例街道办事处",
                "overseer": "示例区民政局",
            },
        )
        head.close()
        worker = Principal(actor=new_id(), role="worker", operator=operator["stream"])
        return tokens.issue(worker, "bench"), station["stream"]


@contextmanager
def _process(name: str, url: str, home: Path, port: int) -> Iterator[None]:
    environment = environment_with(
        SHILU_DATABASE_URL=url,
        SHILU_HOME=str(home),
        SHILU_PORT=str(port),
        SHILU_LOG_LEVEL="error",
    )
    command = (sys.executable, "-m", "deploy", name)
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the API did not start")
