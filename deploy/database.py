"""Which PostgreSQL to use: the one that the settings name, or else the embedded one.

Who types a command where none answers is told in a sentence what to do.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings


class NoDatabaseError(Exception):
    """No database answers; the words say what to do about it, and nothing of its address."""

    def __init__(self) -> None:
        super().__init__(
            "数据库没有应答：请先运行 make up（或 shilu up），或检查 SHILU_DATABASE_URL。"
            " / No database answers: start `make up` (or `shilu up`) first,"
            " or check SHILU_DATABASE_URL."
        )


class NothingHereError(NoDatabaseError):
    """Nothing was ever begun in this home, which may be mistyped; so none is made in its place."""

    def __init__(self, home: Path) -> None:
        Exception.__init__(
            self,
            f"{home} 里还没有数据：请核对 SHILU_HOME，或先在那里运行 make up（或 shilu up）。"
            f" / Nothing has been begun in {home} yet: check SHILU_HOME, or start `make up`"
            " (or `shilu up`) there first.",
        )


class NotReadyError(Exception):
    """A database answers, and is not one that can be worked with yet; the words say what to do."""

    def __init__(self) -> None:
        super().__init__(
            "数据库尚未升级，或者所用的数据库账号不能担任角色 shilu_app：请先运行 shilu migrate"
            "（make up 会自动运行）；账号需要的权限见 docs/settings.md。"
            " / The database is not up to date, or its user may not become the role shilu_app:"
            " run `shilu migrate` first (`make up` does); docs/settings.md says what the user"
            " needs to be."
        )


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
