"""Brokers of a test's own: a Redis and a RabbitMQ that listen on this machine alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.processes import eventually, free_port

STARTING_SECONDS = 60.0
HOST = "127.0.0.1"
RABBITMQ = "/usr/lib/rabbitmq/bin"
"""Where Debian keeps the programs themselves; those in the path change accounts."""


class NotInstalledError(Exception):
    """That server is not on this machine."""


def redis_server(folder: Path) -> AbstractContextManager[str]:
    """Run a Redis that keeps nothing; gives its URL. Raises NotInstalledError."""
    server, port = _program("redis-server"), free_port()
    argv = [server, "--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
    return _running(argv, {}, port, f"redis://{HOST}:{port}/0")


def rabbitmq_server(folder: Path) -> AbstractContextManager[str]:
    """Run a RabbitMQ whose data, ports and name register are its own. Raises NotInstalledError."""
    server, names = _program("rabbitmq-server", RABBITMQ), _program("epmd")
    return _rabbitmq(server, names, folder)


@contextmanager
def _rabbitmq(server: str, names: str, folder: Path) -> Iterator[str]:
    port, register = free_port(), str(free_port())
    environment = {
        "HOME": str(folder),  # of the cookie
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": register,
        "RABBITMQ_NODENAME": "shilu-test@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "no-plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    try:
        with _running([server], environment, port, f"amqp://guest:guest@{HOST}:{port}") as url:
            yield url
    finally:  # it left the register of names running, in a session of its own
        subprocess.run([names, "-port", register, "-kill"], check=False, capture_output=True)


def _program(name: str, folder: str | None = None) -> str:
    found = shutil.which(name, path=folder)
    if found is None:
        raise NotInstalledError(name)
    return found


@contextmanager
def _running(
    argv: Sequence[str], environment: Mapping[str, str], port: int, url: str
) -> Iterator[str]:
    with subprocess.Popen(
        argv,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            assert eventually(lambda: _answers(port), STARTING_SECONDS)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
