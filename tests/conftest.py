"""Real databases for tests: one server a session, a fresh empty database for whoever asks."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings
from deploy.wiring import house
from tests.databases import fresh_database, roomy_memory, walkable_folder
from tests.typed import Typing

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
"""What a property takes depends on who else uses the machine."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A SHILU_HOME that does not exist yet."""
    with walkable_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """Such a home that the tests of one module share."""
    with walkable_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server for the whole session: SHILU_TEST_DATABASE_URL's, or an embedded one."""
    given = os.environ.get("SHILU_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Nothing here must survive a power cut, and a database a test is several times as quick in
    # memory as on a disk. Dropping one looks through all of the server's buffers.
    options = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
    with (
        walkable_folder(roomy_memory()) as folder,
        EmbeddedPostgres(folder / "home", options=options) as postgres,
    ):
        yield postgres.url


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """An empty database of this test's own."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str) -> Iterator[str]:
    """An empty database that the tests of one module share."""
    with fresh_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def house_template(postgres_url: str) -> Iterator[str]:
    """A database that is migrated and has all views' tables, to be copied and never used."""
    with fresh_database(postgres_url) as url, walkable_folder() as folder:
        migrate(url)
        with house(Settings(home=folder), None, url) as built:
            built.follower().prepare()
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def house_url(postgres_url: str, house_template: str) -> Iterator[str]:
    """A database of this test's own, as a house finds it after its first start."""
    with fresh_database(postgres_url, house_template) as url:
        yield url


@pytest.fixture(scope="module")
def module_house_url(postgres_url: str, house_template: str) -> Iterator[str]:
    """Such a database that the tests of one module share."""
    with fresh_database(postgres_url, house_template) as url:
        yield url


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typing:
    """Types commands."""
    return Typing(monkeypatch, capsys)
