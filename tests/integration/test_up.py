"""`shilu up` and `shilu postgres` on a real database."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from deploy.cli import command_names
from deploy.postgres import EmbeddedPostgres
from deploy.processes import stages
from deploy.settings import Settings
from tests.processes import eventually, gone_within

# `up` with the database alone: the other processes have tests of their own.
UP = """
import sys
from deploy import cli
from deploy import processes
processes.PREPARATIONS = processes.PROCESSES = ()
sys.argv[1:] = ["up"]
cli.main()
"""


@contextmanager
def running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "SHILU_HOME": str(home), "SHILU_LOG_LEVEL": "info"}
    environment.pop("SHILU_DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def lines_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if word in line:
            return told
    raise AssertionError(told)


def server_pid(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def test_up_brings_the_database_and_takes_it_down(home: Path) -> None:
    with running(home, "-c", UP) as process:
        told = lines_until(process, "http://127.0.0.1:8000")
        pid = server_pid(home)
        with psycopg.connect(EmbeddedPostgres(home).url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert (home / "postgres" / "password").read_text().strip() not in told
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert gone_within(pid, 0.1)


@pytest.mark.crash
def test_a_killed_server_is_brought_back_under_up(home: Path) -> None:
    with running(home, "-c", UP) as process:
        lines_until(process, "http://")
        pid = server_pid(home)
        os.kill(pid, signal.SIGKILL)
        assert eventually(EmbeddedPostgres(home).answers)
        assert server_pid(home) != pid


@pytest.mark.crash
def test_after_kill_9_up_starts_again_on_the_same_data(home: Path) -> None:
    with running(home, "-c", UP) as process:
        lines_until(process, "http://")
        pid = server_pid(home)
        with psycopg.connect(EmbeddedPostgres(home).url) as connection:
            connection.execute("CREATE TABLE visits AS SELECT 42 AS minutes")
        process.kill()
    with running(home, "-c", UP) as process:
        lines_until(process, "http://")
        assert gone_within(pid, 10)
        assert eventually(EmbeddedPostgres(home).answers)
        with psycopg.connect(EmbeddedPostgres(home).url) as connection:
            assert connection.execute("SELECT minutes FROM visits").fetchone() == (42,)


def test_a_home_has_one_up_at_a_time(home: Path) -> None:
    with running(home, "-c", UP) as first:
        lines_until(first, "http://")
        with running(home, "-c", UP) as second:
            said = lines_until(second, "already running")
            assert f"process {first.pid}" in said
            assert f"已在运行（进程 {first.pid}）" in said
            assert second.wait(10) == 1
        assert first.poll() is None


def test_postgres_alone_runs_in_the_foreground(home: Path) -> None:
    with running(home, "-m", "deploy", "postgres") as process:
        lines_until(process, "running")
        assert EmbeddedPostgres(home).answers()
        pid = server_pid(home)
        process.terminate()
        assert process.wait(30) == 0
    assert gone_within(pid, 0.1)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a folder away")
def test_a_fault_of_the_place_is_told_in_a_sentence(home: Path) -> None:
    home.mkdir()
    os.chown(home, 65534, -1)
    with running(home, "-m", "deploy", "postgres") as process:
        told = lines_until(process, "belongs to another user")
        assert process.wait(10) == 1
    assert "Traceback" not in told


def test_a_database_of_ones_own_means_no_embedded_one(tmp_path: Path) -> None:
    given = Settings(home=tmp_path, database_url=SecretStr("postgresql://db/shilu"))
    none = Settings(home=tmp_path, database_url=None, api_processes=1)
    names = [[child.name for stage in stages(s) for child in stage] for s in (given, none)]
    assert names == [
        ["migrate", "api-1", "api-2", "follow", "work", "clock", "sign"],
        ["postgres", "migrate", "api", "follow", "work", "clock", "sign"],
    ]


def test_every_command_can_be_asked_for_help() -> None:
    commands = command_names()
    assert {"up", "postgres"} <= set(commands)
    for words in ([], ["up"], ["postgres"]):
        done = subprocess.run(
            [sys.executable, "-m", "deploy", *words, "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert re.search(r"Usage: .*" + " ".join(words), done.stdout)
