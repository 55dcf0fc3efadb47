"""Starts, finds and stops the embedded PostgreSQL of one SHILU_HOME.

One lock says whether a server lives: it is taken before the start and inherited by the server
and every process of it, so the system itself lets go of it when the last of them has ended,
whoever was killed in whatever way. Whoever gets the lock may start a server; whoever does not
uses the one that is there.
"""

import os
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.lock import try_lock
from deploy.postgres.account import ENVIRONMENT
from deploy.postgres.binaries import MAJOR, Binaries, find_binaries
from deploy.postgres.errors import EmbeddedPostgresError
from deploy.postgres.memory import allowed, buffers, machine
from deploy.postgres.place import PORT, SHELTER, Place, settle, write_private
from deploy.postgres.stale import clear_stale_pids
from deploy.tether import tethered

USER = "shilu"
DATABASE = "shilu"

_OPTIONS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "replica",
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A week of logs, each day overwriting its predecessor's; no statements and no row contents,
    # since those may hold personal data.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def _memory() -> dict[str, str]:
    held = buffers(machine(), allowed())
    return {"shared_buffers": f"{held}MB", "effective_cache_size": f"{2 * held}MB"}


class EmbeddedPostgres:
    """The PostgreSQL server of one home. A context manager: started on entry, stopped on exit.

    Only the one that started the server stops it. If that one is killed, the server shuts down.
    """

    def __init__(
        self,
        home: Path,
        *,
        shelter: Path = SHELTER,
        patience: float = 90.0,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """`shelter`: where root puts what the server cannot reach; `patience`: seconds.

        `options` are settings of PostgreSQL that replace ours, for tests and measurements.
        """
        self._home = home
        self._shelter = shelter
        self._patience = patience
        self._options = {**_OPTIONS, **_memory(), **(options or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @cached_property
    def place(self) -> Place:
        """Its folders and account, made at first use. Raises EmbeddedPostgresError."""
        return settle(self._home, self._shelter)

    @property
    def url(self) -> str:
        """How to connect. It holds the password: hand it on, never write it down."""
        return self._url(DATABASE)

    @property
    def owned(self) -> bool:
        """Whether this object started the server, and so will stop it."""
        return self._process is not None

    def answers(self) -> bool:
        """Whether the server is there and lets us in."""
        return _accepts(self.url)

    def start(self) -> str:
        """Start the server, or use the one that is running; gives the URL.

        Must be called from the main thread: the server ends with the thread that started it.
        Raises EmbeddedPostgresError with PostgreSQL's own words when it does not start, and
        RuntimeError in another thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("start the embedded PostgreSQL from the main thread")
        deadline = time.monotonic() + self._patience
        while not self.owned:
            lock = try_lock(self.place.lock)
            if lock is not None:
                self._launch(lock, deadline)
            elif self.answers():
                break
            elif time.monotonic() > deadline:
                raise EmbeddedPostgresError("postgres.silent", path=self.place.data)
            else:
                time.sleep(0.05)
        return self.url

    def stop(self) -> None:
        """Stop the server if this object started it: quickly and cleanly, by force if need be."""
        process, self._process = self._process, None
        if process is None:
            return
        for request, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            process.send_signal(request)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            return

    def wait(self) -> None:
        """Return when the server has ended, whoever started it."""
        if self._process is not None:
            self._process.wait()
            return
        while (lock := try_lock(self.place.lock)) is None:
            time.sleep(0.5)
        os.close(lock)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _url(self, database: str) -> str:
        where = quote(str(self.place.sockets), safe="")
        return f"postgresql://{USER}:{self.place.password()}@/{database}?host={where}&port={PORT}"

    def _launch(self, lock: int, deadline: float) -> None:
        try:
            binaries = find_binaries(self.place.account, self._shelter)
            self._prepare(binaries, lock)
            sockets = self.place.open_sockets()
            clear_stale_pids(self.place.data, sockets / f".s.PGSQL.{PORT}.lock")
            self._process = self._spawn(binaries, lock)
        finally:
            os.close(lock)  # from here on the server alone holds it
        try:
            self._await(deadline)
            self._ensure_database()
        except BaseException:
            self.stop()
            raise

    def _prepare(self, binaries: Binaries, lock: int) -> None:
        data, account = self.place.data, self.place.account
        if not data.exists():
            self._initialise(binaries, lock)
        version = (data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise EmbeddedPostgresError(
                "postgres.other_version", path=data, version=version, ours=MAJOR
            )
        data.chmod(0o700)
        if account.foreign and data.stat().st_uid != account.uid:
            account.own_all(data)

    def _initialise(self, binaries: Binaries, lock: int) -> None:
        """Make an empty cluster beside its place and move it there whole, or not at all."""
        folder, account = self.place.folder, self.place.account
        for left_over in (*folder.glob("data.new*"), *folder.glob("initial-password.*")):
            shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        draft = folder / f"data.new-{secrets.token_hex(4)}"
        password = folder / f"initial-password.{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        write_private(password, self.place.password())
        account.own(draft)
        account.own(password)
        done = account.run(
            [
                *(binaries.initdb, "--pgdata", str(draft), "--username", USER),
                *("--auth", "scram-sha-256", "--pwfile", str(password)),
                *("--locale", "C", "--encoding", "UTF8", "--data-checksums"),
            ],
            pass_fds=(lock,),
        )
        password.unlink()
        if done.returncode != 0:
            shutil.rmtree(draft)
            raise EmbeddedPostgresError("postgres.not_initialised", why=_on_a_line(done.stderr))
        draft.rename(self.place.data)

    def _spawn(self, binaries: Binaries, lock: int) -> subprocess.Popen[bytes]:
        account = self.place.account
        options = {**self._options, "unix_socket_directories": str(self.place.sockets)}
        argv = [binaries.postgres, "-D", str(self.place.data)]
        argv += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        uid, gid = (account.uid, account.gid) if account.foreign else (None, None)
        with self._fresh_log() as log:
            return subprocess.Popen(  # noqa: S603 - the server, by full path
                tethered(argv, signal.SIGINT, uid=uid, gid=gid),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=ENVIRONMENT,
                pass_fds=(lock,),
                start_new_session=True,  # Ctrl-C is for us; we stop the server in our own order
            )

    def _fresh_log(self) -> IO[bytes]:
        self.place.log.unlink(missing_ok=True)
        fd = os.open(self.place.log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(fd, "wb")

    def _await(self, deadline: float) -> None:
        process = self._process
        assert process is not None  # noqa: S101 - only called after it was spawned
        while not _accepts(self._url("postgres")):
            if process.poll() is not None:
                raise EmbeddedPostgresError(
                    "postgres.ended", status=process.returncode, why=self._last_words()
                )
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError("postgres.no_answer", why=self._last_words())
            time.sleep(0.03)

    def _ensure_database(self) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            known = "SELECT FROM pg_database WHERE datname = %s"
            if connection.execute(known, [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _last_words(self) -> str:
        # A log of its own may be an earlier server's; what was written last says why.
        logs = [self.place.log, *sorted((self.place.data / "log").glob("*"), key=_written)[-1:]]
        logs.sort(key=_written)
        return _on_a_line("\n".join(log.read_text(errors="replace") for log in logs))


def _on_a_line(said: str) -> str:
    """Return the last lines of what PostgreSQL said, as it said them."""
    return " / ".join(filter(None, said.splitlines()[-6:])) or "–"


def _written(path: Path) -> float:
    return path.stat().st_mtime


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
