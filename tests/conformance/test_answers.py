"""One suite for everything that answers questions about views: the live tables, and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.event import Facts
from domain.identity import Id, derived_id
from domain.principal import Principal
from projections.engine.ask import Answers, Asking, MemoryAnswers
from projections.engine.fold import Rows
from projections.engine.store import READER, create
from projections.engine.view import Put, Row, Table, View
from tests.golden import sample

OURS, THEIRS = derived_id("ours"), derived_id("theirs")
HERE, THERE = derived_id("here"), derived_id("there")
DAY = date(2018, 10, 1)
TABLE = Table(
    "answered",
    key={"event": "uuid"},
    columns={"day": "date", "worker": "text", "minutes": "int", "note": "text"},
    indexes=(("operator", "day"),),
)
VIEW = View("answers", 1, (TABLE,))
Ask = Callable[[Principal], AbstractContextManager[Answers]]


def somebody(operator: Id | None, *stations: Id) -> Principal:
    return Principal(
        actor=derived_id("asker"), role="supervisor", operator=operator, stations=stations
    )


def folded() -> Rows:
    """Return ten rows of ours at two stations and three of another operator's."""
    rows = Rows((VIEW,))
    for number in range(13):
        operator = OURS if number < 10 else THEIRS
        station = HERE if number % 2 else THERE
        event = sample("answered", Nothing(), operator=operator, station=station, ledger=station)
        columns = {
            "day": DAY + timedelta(days=number // 3),
            "worker": f"w{number % 4}",
            "minutes": number,
            "note": None if number % 3 else "seen",
        }
        rows.apply(event, [Put(TABLE, (derived_id("row", str(number)),), columns)])
    return rows


class Nothing(Facts, frozen=True, kw_only=True, tag="test.Nothing@1"):
    """Facts that say nothing."""


@pytest.fixture(params=["memory", "postgresql"])
def ask(request: pytest.FixtureRequest, database_url: str) -> Iterator[Ask]:
    rows = folded()
    if request.param == "memory":

        @contextmanager
        def in_memory(principal: Principal) -> Iterator[Answers]:
            yield MemoryAnswers(rows, principal)

        yield in_memory
        return
    migrate(database_url)
    fill(database_url, rows)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        yield Asking(pool, [VIEW]).within


def fill(url: str, rows: Rows) -> None:
    with psycopg.connect(url) as connection:
        create(connection, VIEW)
        names = list(TABLE.all_columns)
        statement = sql.SQL("INSERT INTO {} VALUES ({})").format(
            sql.Identifier(TABLE.name), sql.SQL(", ").join([sql.Placeholder()] * len(names))
        )
        for row in rows.records(TABLE):
            connection.execute(statement, [row[name] for name in names])


def minutes(rows: list[Row]) -> list[int]:
    return [row["minutes"] for row in rows]


def test_rows_are_those_of_the_askers_scope(ask: Ask) -> None:
    expected = {(OURS,): set(range(10)), (THEIRS,): {10, 11, 12}, (OURS, HERE): {1, 3, 5, 7, 9}}
    for scope, seen in expected.items():
        with ask(somebody(*scope)) as answers:
            assert set(minutes(answers.rows(TABLE))) == seen
            assert answers.total(TABLE, "minutes") == sum(seen)
    for ledger, seen in ((HERE, {1, 3, 5, 7, 9}), (THERE, {0, 2, 4, 6, 8}), (THEIRS, set())):
        held = msgspec.structs.replace(somebody(OURS), ledger=ledger)
        with ask(held) as answers:
            assert set(minutes(answers.rows(TABLE))) == seen


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({"where": {"worker": "w1"}}, [1, 5, 9]),
        ({"where": {"worker": ["w1", "w2"]}}, [1, 2, 5, 6, 9]),
        ({"where": {"note": None}}, [1, 2, 4, 5, 7, 8]),
        ({"where": {"worker": []}}, []),
        ({"since": {"day": DAY + timedelta(days=2)}}, [6, 7, 8, 9]),
        ({"until": {"minutes": 2}}, [0, 1, 2]),
        ({"since": {"minutes": 3}, "until": {"minutes": 4}}, [3, 4]),
        ({"limit": 0}, []),
    ],
)
def test_rows_are_chosen(ask: Ask, asked: dict[str, Any], seen: list[int]) -> None:
    with ask(somebody(OURS)) as answers:
        assert sorted(minutes(answers.rows(TABLE, **asked))) == seen


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", [("day",), ("worker", "day"), ("minutes",), ("note",)])
def test_pages_follow_each_other_without_gap_or_repeat(
    ask: Ask, order: tuple[str, ...], descending: bool
) -> None:
    with ask(somebody(OURS)) as answers:
        whole = answers.rows(TABLE, order=order, descending=descending)
        walked: list[Row] = []
        after: tuple[Any, ...] | None = None
        while page := answers.rows(TABLE, order=order, descending=descending, after=after, limit=3):
            assert len(page) <= 3
            walked += page
            columns = dict.fromkeys((*order, "event", "ledger"))
            after = tuple(page[-1][name] for name in columns)
        assert walked == whole
        assert len(whole) == 10
        keys = [[(row[name] is None, str(row[name])) for name in order] for row in whole]
        assert keys == sorted(keys, reverse=descending)


def test_who_forgets_to_name_a_scope_sees_nothing(database_url: str) -> None:
    migrate(database_url)
    fill(database_url, folded())
    with psycopg.connect(database_url) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(READER)))
        for table in (TABLE.name, "journal"):
            statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert connection.execute(statement).fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM person_key")


def test_a_connection_keeps_neither_the_role_nor_the_scope_of_whoever_asked(
    database_url: str,
) -> None:
    migrate(database_url)
    fill(database_url, folded())
    with ConnectionPool(database_url, min_size=1, max_size=1, kwargs={"autocommit": True}) as pool:
        with Asking(pool, [VIEW]).within(somebody(OURS, HERE)) as answers:
            assert answers.rows(TABLE)
        with pool.connection() as connection:
            left = connection.execute(
                "SELECT current_user = session_user, current_setting('shilu.operator', true),"
                " current_setting('shilu.stations', true), current_setting('shilu.ledger', true)"
            ).fetchone()
    assert left == (True, "", "", "")
