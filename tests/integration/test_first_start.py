"""What a first start leaves behind before any process runs, and what a later one asks for."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy.commands.migrate import make_first_token, make_tables
from deploy.migrate import migrate
from deploy.settings import Settings
from deploy.wiring import house
from domain.journal.vault import MasterKeyError
from domain.principal import Principal
from projections.catalogue import VIEWS
from tests.integration.http import running
from tests.processes import eventually, free_port


def test_every_view_can_be_asked_before_anybody_follows(database_url: str, home: Path) -> None:
    settings = Settings(home=home)
    migrate(database_url)
    with house(settings, None, database_url) as built:
        for _ in range(2):
            make_tables(built)
            make_first_token(settings, built)
        everything = Principal(actor="01890a5d-ac96-774b-bcce-b302099a8057", role="administrator")
        with built.asking.within(everything) as answers:
            for view in VIEWS:
                assert all(answers.rows(table) == [] for table in view.tables)
    assert (home / "first-token").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_two_databases_of_one_server_are_migrated_at_once(
    database_url: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is just making a role that both want, which only shows as it commits."""
    role = f"test_{secrets.token_hex(6)}"
    making = sql.SQL("CREATE ROLE {}").format(sql.Identifier(role))
    (tmp_path / "0001_role.sql").write_text(
        f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    )
    monkeypatch.setattr("deploy.migrate.MIGRATIONS", tmp_path)
    with (
        psycopg.connect(postgres_url) as other,
        psycopg.connect(database_url, autocommit=True) as watching,
        ThreadPoolExecutor(1) as beside,
    ):
        other.execute(making)
        migrated = beside.submit(migrate, database_url)
        assert eventually(lambda: watching.execute(WAITING).fetchone())
        other.commit()
        assert migrated.result() == ["0001_role.sql"]
        watching.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


WAITING = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def keyless(house_url: str, home: Path) -> Path:
    """A home whose journal holds events, and whose master key is gone."""
    with running(house_url, home) as api:
        api.settle()
    key = home / "keys" / "master.key"
    key.unlink()
    return key


def test_no_house_is_built_over_events_without_their_master_key(
    keyless: Path, house_url: str, home: Path
) -> None:
    for _ in range(2):
        missing = pytest.raises(MasterKeyError, match=r"master_key\.missing")
        with missing, house(Settings(home=home), None, house_url):
            pass
    assert not keyless.exists()


@pytest.mark.parametrize("command", ["api", "up"])
def test_a_missing_master_key_ends_the_command_with_one_sentence(
    command: str, keyless: Path, house_url: str, home: Path
) -> None:
    own = {"SHILU_HOME": str(home), "SHILU_DATABASE_URL": house_url, "SHILU_PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-m", "deploy", command],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    (said,) = [line for line in done.stderr.splitlines() if str(keyless) in line]
    assert said.startswith(f"shilu: 主密钥 {keyless} 不在")
    assert "bring the file back" in said
    assert not keyless.exists()
