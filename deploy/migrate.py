"""Numbered migrations: each is applied once, in order, in a transaction of its own.

The schema is the sum of the files in `deploy/migrations` and of the tables that views declare.
A file that has been applied may not change; its hash is kept and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg

from domain.journal.installation import InstallationError

OLDEST = 15
"""The version of PostgreSQL that there must be at least."""
MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x5348494C55  # "SHILU": one process migrates a database at a time
TAKEN = (psycopg.errors.UniqueViolation, psycopg.errors.InternalError_)
"""What one of two meets who make or grant the roles of one server at once; "tuple concurrently
updated" has no class of its own."""
ATTEMPTS = 10


class MigrationError(InstallationError):
    """This database cannot be brought to the state of today."""


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names applied.

    Raises `MigrationError` where the server is too old, its user may not do it, or an applied file
    has changed since.
    """
    with _allowed(), psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version // 10_000
        if version < OLDEST:
            raise MigrationError("database.too_old", version=version, oldest=OLDEST)
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migration"
            " (name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz DEFAULT now())"
        )
        rows = connection.execute("SELECT name, hash FROM migration").fetchall()
        applied: dict[str, str] = dict(rows)
        return [
            path.name
            for path in sorted(MIGRATIONS.glob("*.sql"))
            if _apply(connection, path, applied)
        ]


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError("database.not_allowed", why=error.diag.message_primary) from error


def missing(connection: psycopg.Connection) -> list[str]:
    """Return the migrations of today that a database lacks. One that it has besides does no harm:
    processes of the version before go on until they are replaced.
    """
    applied = {name for (name,) in connection.execute("SELECT name FROM migration").fetchall()}
    return sorted({path.name for path in MIGRATIONS.glob("*.sql")} - applied)


def _apply(connection: psycopg.Connection, path: Path, applied: dict[str, str]) -> bool:
    text = path.read_bytes()
    digest = sha256(text).hexdigest()
    if path.name in applied:
        if applied[path.name] != digest:
            raise MigrationError("database.migration_changed", name=path.name)
        return False
    for attempt in range(ATTEMPTS):
        try:
            _carry_out(connection, path.name, text, digest)
        except TAKEN:
            # Roles belong to the server, and no lock does: another database may be migrated on it.
            if attempt == ATTEMPTS - 1:
                raise
        else:
            break
    return True


def _carry_out(connection: psycopg.Connection, name: str, text: bytes, digest: str) -> None:
    with connection.transaction():
        connection.execute(text)
        connection.execute("INSERT INTO migration (name, hash) VALUES (%s, %s)", (name, digest))
