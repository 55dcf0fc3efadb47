"""Scratch databases for one measurement, on the server that is configured, dropped afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings


@contextmanager
def scratch(settings: Settings, databases: int = 1) -> Iterator[list[str]]:
    """Give the URLs of so many empty, migrated databases.

    The embedded server is started if need be. Raises EmbeddedPostgresError when it does not start.
    """
    with _server(settings) as where, ExitStack() as stack:
        yield [stack.enter_context(_database(where)) for _ in range(databases)]


@contextmanager
def _database(where: str) -> Iterator[str]:
    name = f"shilu_bench_{secrets.token_hex(4)}"
    _execute(where, "CREATE DATABASE {}", name)
    try:
        url = urlsplit(where)._replace(path=f"/{name}").geturl()
        migrate(url)
        yield url
    finally:
        _execute(where, "DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with EmbeddedPostgres(settings.home) as embedded:
        yield embedded.url


def _execute(url: str, statement: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
