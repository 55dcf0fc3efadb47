"""How long a command takes over HTTP under many clients, and until it is seen in the views.

The processes are those of `shilu up`: one that serves, one that follows, over sockets of this
machine alone.
"""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import threading
import time
from asyncio import StreamReader, StreamWriter, open_connection
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import msgspec
import psycopg
from msgspec.json import encode
from psycopg_pool import ConnectionPool

from deploy.bench.driving import Stretch, drive, percentiles
from deploy.bench.showing import Figures
from deploy.processes import processes
from deploy.settings import environment_with, read_settings
from deploy.supervisor import Child
from domain.identity import new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal
from projections.catalogue import VIEWS
from projections.engine.watch import Watch

PATIENCE = 60.0
LOOK_SECONDS = 0.002
KIND = "Content-Type: application/json"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
OPERATOR = {"name": "示例中心", "uscc": "91110000600037341L"}
STATION = {
    "name": "示例街道社工站",
    "region_code": "620102001",
    "purchaser": "示例街道办事处",
    "overseer": "示例区民政局",
}
VISIT = {"kind": "home_visit", "minutes": 30, "attendance": [{"count": 1, "role": "client"}]}


class Receipt(msgspec.Struct):
    """What of a receipt is looked at."""

    stream: str
    position: int


_receipt = msgspec.json.Decoder(Receipt)


class Client:
    """One client's connection, which it keeps. It is lean, since it shares the processors."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, token: str) -> None:
        self._reader, self._writer = reader, writer
        self._head = f"Host: bench\r\nAuthorization: Bearer {token}\r\n{KIND}\r\n"

    @classmethod
    async def to(cls, port: int, token: str) -> Self:
        """Connect."""
        return cls(*await open_connection("127.0.0.1", port), token)

    async def post(self, path: str, body: bytes) -> Receipt:
        """Send one command; anything but success is an error of the bench."""
        self._writer.write(
            f"POST /api/v1{path} HTTP/1.1\r\n{self._head}Idempotency-Key: {new_id()}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        content = await self._reader.readexactly(int(found[1]) if found else 0)
        if not head.startswith(b"HTTP/1.1 201 "):
            raise RuntimeError(f"{path}: {head[:20]!r} {content[:200]!r}")
        return _receipt.decode(content)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


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
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="shilu-bench-")))
        port = _free_port()
        servers = processes("api", read_settings())
        for child in (*servers, *processes("follow", read_settings())):
            stack.enter_context(_running(child, url, home, port))
        _await(port, len(servers))
        watch = Watch(lambda: psycopg.connect(url), VIEWS)
        stack.callback(watch.close)
        stretch, visible = asyncio.run(_record(url, port, watch, clients, seconds))
    return {
        "clients": clients,
        "processes": len(servers),
        "per_s": round(stretch.per_s, 1),
        **percentiles(stretch.latencies),
        "visible_p50_ms": visible["p50_ms"],
        "visible_p99_ms": visible["p99_ms"],
    }


async def _record(
    url: str, port: int, watch: Watch, clients: int, seconds: float
) -> tuple[Stretch, dict[str, float]]:
    token, body = await _settle(url, port)
    lines = [await Client.to(port, token) for _ in range(clients)]
    recorded: list[tuple[int, float]] = []

    async def visit(number: int) -> None:
        receipt = await lines[number].post("/visits", body)
        recorded.append((receipt.position, time.perf_counter()))

    await drive(visit, clients, min(1.0, seconds))
    recorded.clear()
    seen = Seen(watch)
    stretch = await drive(visit, clients, seconds)
    for line in lines:
        line.close()
    return stretch, percentiles(seen.delays(recorded))


async def _settle(url: str, port: int) -> tuple[str, bytes]:
    """Register an operator and a station; return a worker's token and a visit there."""
    with ConnectionPool(url, min_size=1, kwargs={"autocommit": True}) as pool:
        tokens = Tokens(pool)
        first = tokens.issue(Principal(actor=new_id(), role="administrator"), "bench")
        head = await Client.to(port, first)
        operator = await head.post("/operators", encode(OPERATOR))
        station = await head.post("/stations", encode({**STATION, "operator": operator.stream}))
        head.close()
        worker = Principal(actor=new_id(), role="worker", operator=operator.stream)
        return tokens.issue(worker, "bench"), encode({**VISIT, "station": station.stream})


@contextmanager
def _running(child: Child, url: str, home: Path, port: int) -> Iterator[None]:
    environment = environment_with(
        SHILU_DATABASE_URL=url,
        SHILU_HOME=str(home),
        SHILU_PORT=str(port),
        SHILU_LOG_LEVEL="error",
    )
    process = subprocess.Popen(child.argv, env=environment)  # noqa: S603 - our own command
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


def _await(port: int, processes: int) -> None:
    """Wait until all answer: who connects earlier would stay with the one that came first."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if _listening(port) >= processes:
            return
        time.sleep(0.1)
    raise RuntimeError("the API did not start")


def _listening(port: int) -> int:
    """Count the sockets of this machine that listen on a port."""
    table = Path("/proc/net/tcp").read_text("ascii")
    return table.count(f"0100007F:{port:04X} 00000000:0000 0A")
