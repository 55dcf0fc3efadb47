"""Where no database answers, or none that is ready, whoever types a command is told so."""

from __future__ import annotations

import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from deploy import migrate, wiring
from deploy.database import NoDatabaseError
from deploy.settings import Settings
from tests.integration.http import Running
from tests.typed import Typing


@pytest.mark.parametrize(
    "words",
    [
        "demo",
        "bundle fuyuan --out {home}.out",
        "keys show",
        "migrate",
        "receipt 01653b18-b680-7b5d-9f18-1328681410ef",
        "report midterm --project fuyuan",
        "tasks list",
        "tokens list",
        "views list",
    ],
)
def test_a_command_says_that_no_database_answers_and_makes_no_folder(
    words: str, home: Path, monkeypatch: pytest.MonkeyPatch, typed: Typing
) -> None:
    monkeypatch.setattr(wiring, "POOL_SECONDS", 0.2)
    monkeypatch.delenv("SHILU_DATABASE_URL", raising=False)
    ended = typed(*words.format(home=home).split(), home=home)
    said = ended.err
    assert ended.code == 2, said
    assert "make up" in said
    assert "SHILU_HOME" in said
    assert str(home) in said
    assert "Traceback" not in said
    assert not home.exists(), "a mistyped SHILU_HOME would stand there as an empty one"


def test_a_home_whose_database_has_ended_is_told_from_one_without(
    home: Path, monkeypatch: pytest.MonkeyPatch, typed: Typing
) -> None:
    monkeypatch.setattr(wiring, "POOL_SECONDS", 0.2)
    monkeypatch.delenv("SHILU_DATABASE_URL", raising=False)
    (home / "postgres").mkdir(parents=True)
    ended = typed("views", "list", home=home)
    assert (ended.code, "SHILU_DATABASE_URL" in ended.err) == (2, True)


def test_a_database_that_is_reached_and_says_nothing_is_given_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "POOL_SECONDS", 0.2)
    monkeypatch.setattr("deploy.database.CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/shilu"
        settings = Settings(home=home, database_url=SecretStr(url))
        began = time.monotonic()
        with pytest.raises(NoDatabaseError) as caught, wiring.house(settings):
            pass
    assert caught.value.code == "database.silent"
    assert time.monotonic() - began < 15


def test_with_a_database_elsewhere_a_mistyped_home_gets_no_folder_either(
    api: Running, house_url: str, home: Path, typed: Typing
) -> None:
    """Its keys lie in another home."""
    ended = typed("views", "list", home=home, url=house_url)
    assert ended.code == 1
    assert "master.key 不在" in ended.err
    assert not home.exists()


@pytest.fixture
def stranger(house_url: str) -> Iterator[str]:
    """The URL of a login that may not become the role of the API."""
    name = f"test_{secrets.token_hex(6)}"
    login = sql.Identifier(name)
    with psycopg.connect(house_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'strange'").format(login))
        place = urlsplit(house_url)
        at = place.netloc.rpartition("@")[2]
        yield place._replace(netloc=f"{name}:strange@{at}").geturl()
        owner.execute(sql.SQL("DROP ROLE {}").format(login))


@pytest.fixture
def older(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of a release that knew of no such role."""
    files = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, files)
    for one in sorted(files.glob("*.sql")):
        if one.name >= "0018":
            one.unlink()
    with monkeypatch.context() as then:
        then.setattr(migrate, "MIGRATIONS", files)
        migrate.migrate(database_url)
    return database_url


@pytest.fixture
def behind(house_url: str) -> str:
    """A database of the release before: it has all but the migration of today."""
    with psycopg.connect(house_url) as owner:
        owner.execute("DELETE FROM migration WHERE name = (SELECT max(name) FROM migration)")
    return house_url


@pytest.mark.parametrize(
    ("which", "why"),
    [
        ("database_url", "may not become the role"),
        ("stranger", "may not become the role"),
        ("older", "0018_a_role_that_owns_nothing.sql"),
        ("behind", "lacks 1 of its migrations"),
    ],
)
def test_a_command_says_that_the_database_that_answers_is_not_ready(
    which: str, why: str, home: Path, request: pytest.FixtureRequest, typed: Typing
) -> None:
    ended = typed("views", "list", home=home, url=request.getfixturevalue(which))
    said = ended.err
    assert ended.code == 2, said
    assert "shilu migrate" in said
    assert why in said
    assert "No database" not in said
    assert "Traceback" not in said
    assert not (home / "keys").exists()


@pytest.mark.parametrize("what", ["database.too_old", "database.migration_changed"])
def test_a_database_that_cannot_be_migrated_says_why(
    what: str,
    older: str,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: Typing,
) -> None:
    """Given a server before the oldest that will do, or a file that was changed after it was
    applied, when it is migrated, then nothing is, and whoever typed it reads what to do."""
    if what == "database.too_old":
        monkeypatch.setattr(migrate, "OLDEST", 99)
    else:
        files = tmp_path / "changed"
        shutil.copytree(migrate.MIGRATIONS, files)
        first = min(files.glob("*.sql"))
        first.write_text(first.read_text("utf-8") + "-- changed\n", "utf-8")
        monkeypatch.setattr(migrate, "MIGRATIONS", files)
    ended = typed("migrate", home=home, url=older)
    said = ended.err
    assert ended.code == 1, said
    assert {"database.too_old": "99", "database.migration_changed": "0001"}[what] in said
    with psycopg.connect(older) as connection:
        (applied,) = connection.execute("SELECT max(name) FROM migration").fetchone() or ("",)
    assert applied < "0018"


def test_a_user_who_may_not_migrate_a_database_is_told_so(
    stranger: str, home: Path, typed: Typing
) -> None:
    ended = typed("migrate", home=home, url=stranger)
    said = ended.err
    assert (ended.code, len(said.splitlines())) == (1, 1)
    assert "permission denied" in said
    assert "docs/settings.md" in said
