"""What the API and the workers may do in the database: less than its owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

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
