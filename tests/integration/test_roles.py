"""What the API and the workers may do in the database: less than its owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import CheckViolation, InsufficientPrivilege

from deploy.settings import Settings
from deploy.workroom import workroom
from domain.journal.tasks import Doorbell
from projections.catalogue import VIEWS
from tests.integration.http import Running, running

READ = [table.name for view in VIEWS for table in view.tables]
COUNT = sql.SQL("SELECT count(*) FROM {}")
FORBIDDEN = (
    "UPDATE journal SET state = state",
    "DELETE FROM journal",
    "TRUNCATE journal",
    "INSERT INTO journal SELECT * FROM journal",
    "UPDATE head SET position = position - 1",
    "UPDATE ledger SET size = size - 1",
    "INSERT INTO ledger SELECT * FROM ledger",
    "INSERT INTO command SELECT * FROM command",
    "UPDATE command SET last = last",
    "DELETE FROM ledger",
    "UPDATE view_state SET position = 0",
    "INSERT INTO signing_decision SELECT * FROM signing_decision",
    "UPDATE checkpoint SET note = note",
    "DELETE FROM tile",
    "DELETE FROM person_key",
    "UPDATE person_key SET operator = operator",
    "UPDATE access_token SET role = role",
    "UPDATE access_token SET hash = hash",
    "DELETE FROM access_token",
    "DELETE FROM bookmark",
    "UPDATE due SET at = at",
    "DROP TABLE journal",
    "CREATE TABLE mine (a int)",
    "ALTER TABLE journal DISABLE ROW LEVEL SECURITY",
)


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        it.follow()
        yield it


@pytest.fixture(params=["pool", "lane"])
def connection(api: Running, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection that questions are asked with, and the one that events are appended with."""
    if request.param == "pool":
        with api.built.pool.connection() as pooled:
            yield pooled
    else:
        with api.built.journal.connect() as its_own:
            its_own.autocommit = True
            yield its_own


def test_the_clock_listens_as_no_more_than_that(
    api: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who: list[object] = []

    def noting(bell: Doorbell, seconds: float) -> None:
        row = bell._open().execute("SELECT current_user").fetchone()
        who.append(row and row[0])
        stop.set()

    stop = Event()
    monkeypatch.setattr(Doorbell, "wait", noting)
    with workroom(Settings(home=tmp_path / "home"), api.built) as room:
        room.keeper.run(stop)
    assert who == ["shilu_app"]


def test_it_owns_nothing(connection: psycopg.Connection) -> None:
    assert connection.execute("SELECT current_user").fetchone() == ("shilu_app",)
    owned = connection.execute(
        "SELECT relname FROM pg_class WHERE relowner = current_user::regrole"
    ).fetchall()
    assert owned == []


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_changes_nothing_that_was_recorded_or_signed(
    connection: psycopg.Connection, statement: str
) -> None:
    with pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())


APPEND = "SELECT journal_append('[]', %b::bytea[], %s, NULL, %s, now())"


def test_it_adds_nothing_but_groups_that_follow_on_the_last(
    connection: psycopg.Connection,
) -> None:
    row = connection.execute("SELECT position FROM head").fetchone()
    assert row is not None
    for last in (row[0], row[0] + 2, 1):
        with pytest.raises(CheckViolation):
            connection.execute(APPEND, ([b"{}"], "[]", last))
    shrunk = connection.execute(
        "SELECT json_build_array(json_build_object('ledger', ledger, 'operator', operator,"
        " 'demonstration', demonstration, 'size', size - 1, 'edge', '', 'at', at))::text"
        " FROM ledger LIMIT 1"
    ).fetchone()
    assert shrunk is not None
    with pytest.raises(CheckViolation):
        connection.execute(APPEND, ([b"{}"], shrunk[0], row[0] + 1))


def test_nobody_else_adds_to_the_journal(connection: psycopg.Connection) -> None:
    for call in ("journal_open('{}')", "journal_append('[]', '{}', '[]', NULL, 1, now())"):
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL ROLE shilu_reader")
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"SELECT {call}".encode())


def test_a_table_of_the_session_is_not_taken_for_the_journal(
    api: Running, connection: psycopg.Connection
) -> None:
    before = connection.execute("SELECT position FROM head").fetchone()
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE TEMP TABLE head AS SELECT 0::bigint AS position, now() AS at")
        opened = connection.execute(
            "SELECT journal_open('{}')->>'position', position FROM pg_temp.head"
        ).fetchone()
    assert before is not None
    assert opened == (str(before[0]), 0)


def test_what_appends_names_its_tables_or_where_they_are(api: Running) -> None:
    """Else a table of the session could stand in for one of them."""
    with api.built.connect() as owner:
        rows = owner.execute(
            "SELECT proname, prosrc, proconfig FROM pg_proc"
            " WHERE prosecdef AND proname ~ '^journal_'"
        ).fetchall()
    assert len(rows) == 4
    for name, body, settings in rows:
        tables = re.findall(r"(?<!DISTINCT )(?:FROM|INTO|UPDATE) +(?!SET)([a-z_.]+)", body)
        named = all(each.startswith(("public.", "json_")) for each in tables)
        assert settings == ["search_path=public, pg_temp"] or named, (name, tables)


def test_a_token_that_has_ended_stays_ended(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE access_token SET revoked_at = now()")
    for otherwise in (b"revoked_at = NULL", b"revoked_at = revoked_at + interval '1 day'"):
        with pytest.raises(InsufficientPrivilege):
            connection.execute(b"UPDATE access_token SET " + otherwise)


def test_a_view_is_read_within_somebodys_scope_or_not_at_all(
    connection: psycopg.Connection,
) -> None:
    for table in READ:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(COUNT.format(sql.Identifier(table)))


def test_with_a_scope_that_was_forgotten_nothing_is_found(connection: psycopg.Connection) -> None:
    with connection.transaction():
        connection.execute("SET LOCAL ROLE shilu_reader")
        for table in ("journal", *READ):
            row = connection.execute(COUNT.format(sql.Identifier(table))).fetchone()
            assert row == (0,)


def test_an_operator_that_was_registered_is_there_for_its_owner(api: Running) -> None:
    """Else the tests above would find nothing in tables that are empty."""
    with api.built.connect() as owner:
        row = owner.execute("SELECT count(*) FROM journal").fetchone()
    assert row is not None
    assert row[0] > 1
