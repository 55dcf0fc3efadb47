"""Which PostgreSQL to use: the one that the settings name, or else the embedded one.

Who types a command where none answers is told in a sentence what to do.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.findings import said
from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings


class NoDatabaseError(Exception):
    """No database answers; the words say what to do about it, and nothing of its address."""

    def __init__(self) -> None:
        super().__init__(said("database", "silent"))


class NothingHereError(NoDatabaseError):
    """Nothing was ever begun in this home, which may be mistyped; so none is made in its place."""

    def __init__(self, home: Path) -> None:
        Exception.__init__(self, said("database", "nothing_here", home=home))


class NotReadyError(Exception):
    """A database answers, and is not one that can be worked with yet; the words say what to do."""

    def __init__(self) -> None:
        super().__init__(said("database", "not_ready"))


@contextmanager
def answering() -> Iterator[None]:
    """Ask a database for the first time. Raises `NoDatabaseError` where none answers.

    What a pool says of each attempt is left out: the error says it once, and without an address.
    """
    log = logging.getLogger("psycopg.pool")
    usual = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    except psycopg.OperationalError as error:
        raise NoDatabaseError from error
    finally:
        log.setLevel(usual)


def database_url(settings: Settings) -> str:
    """Where this home's events are kept. It may hold a password: never log it.

    Raises EmbeddedPostgresError when the embedded server's folders cannot be used, and
    `NothingHereError` where there are none.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    if not os.path.lexists(settings.home / "postgres"):
        raise NothingHereError(settings.home)
    return EmbeddedPostgres(settings.home).url
