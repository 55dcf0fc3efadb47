"""Which PostgreSQL to use: the one that the settings name, or else the embedded one."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings
from domain.journal.installation import InstallationError

CONNECT_SECONDS = 10
"""How long one that is reached and says nothing is tried, where its address does not say."""


class NoDatabaseError(InstallationError):
    """There is no database to work with; nothing is said of its address."""


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
        raise NoDatabaseError("database.silent") from error
    finally:
        log.setLevel(usual)


def database_url(settings: Settings) -> str:
    """Where this home's events are kept. It may hold a password: never log it.

    Raises EmbeddedPostgresError when the embedded server's folders cannot be used, and
    `NoDatabaseError` where there are none: a home that is mistyped gets no database of its own.
    """
    if settings.database_url is not None:
        return _in_time(settings.database_url.get_secret_value())
    if not os.path.lexists(settings.home / "postgres"):
        raise NoDatabaseError("database.nothing_here", home=settings.home)
    return EmbeddedPostgres(settings.home).url


def _in_time(url: str) -> str:
    """Return an address with which nobody waits two minutes, psycopg's own patience."""
    if "connect_timeout" in conninfo_to_dict(url):
        return url
    return make_conninfo(url, connect_timeout=CONNECT_SECONDS)
