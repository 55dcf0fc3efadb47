"""A database is put back from an older copy under processes that go on: what is gone counts not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.integration.http import Running, running
from tests.integration.registered import person
from tests.integration.test_remembered import visit
from tests.lanes import check_whole


@pytest.fixture
def other(api: Running, house_url: str, tmp_path: Path) -> Iterator[Running]:
    """Another process of the same house, signed in as its administrator."""
    with running(house_url, tmp_path / "home") as another:
        another.operator, another.station = api.operator, api.station
        yield another


@pytest.fixture
def put_back(house_url: str, postgres_url: str) -> Iterator[Callable[[], Callable[[], None]]]:
    """Take a copy of the database; what is returned puts it back. Both cut all connections."""
    house, copy = urlsplit(house_url).path[1:], f"test_{secrets.token_hex(6)}"

    def execute(*statements: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as server:
            for statement in statements:
                names = {"house": sql.Identifier(house), "copy": sql.Identifier(copy)}
                server.execute(sql.SQL(statement).format(**names, name=sql.Literal(house)))

    alone = (
        "ALTER DATABASE {house} ALLOW_CONNECTIONS false",
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {name}",
    )

    def restore() -> None:
        execute(*alone, "DROP DATABASE {house}", "ALTER DATABASE {copy} RENAME TO {house}")

    def take() -> Callable[[], None]:
        execute(
            *alone,
            "CREATE DATABASE {copy} TEMPLATE {house}",
            "ALTER DATABASE {house} ALLOW_CONNECTIONS true",
        )
        return restore

    yield take
    execute("DROP DATABASE IF EXISTS {copy} WITH (FORCE)")


def alias(api: Running, name: str) -> None:
    api.done(f"/operators/{api.operator}/aliases", {"alias": name})


def test_who_remembers_what_is_lost_records_nothing_on_it(
    api: Running, other: Running, put_back: Callable[[], Callable[[], None]]
) -> None:
    """Given that an operator is remembered with an event that the copy does not hold, when another
    one stands in its place, then the next command is decided on that one."""
    api.done("/visits", visit(api))
    restore = put_back()
    alias(other, "示例社工")
    key = {"Idempotency-Key": "visit-1"}
    lost = api.post("/visits", visit(api), **key)
    assert lost.status_code == 201
    restore()
    other.done(f"/operators/{api.operator}/suspensions", {"reason": "年检未过"})
    refused = api.post("/visits", visit(api))
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation.operator_suspended")
    other.done(f"/operators/{api.operator}/resumptions", {"reason": "年检通过"})
    again = api.post("/visits", visit(api), **key)
    assert (again.status_code, again.json()["repeated"]) == (201, False)
    assert len(api.get("/visits")["items"]) == 2
    check_whole(api.built.journal)


def test_who_has_seen_a_record_that_the_copy_holds_too_is_not_told_that_it_moved(
    api: Running, put_back: Callable[[], Callable[[], None]]
) -> None:
    who = person(api)
    api.follow()
    seen = {"If-Match": api.client.get(f"/api/v1/persons/{who}").headers["ETag"]}
    put_back()()
    moved = {"place": "另一社区", "residence": "seasonal", "begins": "2026-01-01"}
    answer = api.post(f"/persons/{who}/residences", moved, **seen)
    assert answer.status_code == 201, answer.text
