"""Makes and drops what tests write into, folders and databases, and ends what they connected."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.processes import eventually

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of an unguessable name is made in it
ROOMY = 4 << 30
"""Bytes that must be free there: what the databases of all tests at once write is a tenth of it."""


def roomy_memory() -> Path | None:
    """Where files are kept in memory, if this system has room for a database server there."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY
    return MEMORY if roomy else None


@contextmanager
def walkable_folder(within: Path | None = None) -> Iterator[Path]:
    """A short temporary folder that root's unprivileged server can reach; pytest's it cannot."""
    folder = Path(tempfile.mkdtemp(prefix="shilu-", dir=within))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def fresh_database(server_url: str, template: str = "template0") -> Iterator[str]:
    """A copy of the template under a name of its own, dropped afterwards, connections and all.

    A module that migrates once may copy its migrated database for each test: nothing may be
    connected to the template meanwhile.
    """
    name = f"test_{secrets.token_hex(6)}"
    _execute(server_url, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
    try:
        yield named(server_url, name)
    finally:
        _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def named(server_url: str, database: str) -> str:
    """The same server's URL for another of its databases."""
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()


END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def end_all(url: str) -> None:
    """Have the server end every connection to this database, as when it is restarted."""
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
        assert before is not None
        assert before[0]
        connection.execute(END_ALL)
        left = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)"
        assert eventually(lambda: connection.execute(left, before).fetchone() == (0,), 20)


def _execute(url: str, statement: str, *names: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
