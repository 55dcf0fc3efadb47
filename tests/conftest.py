"""Real databases for tests: one server a session, a fresh empty database for whoever asks."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.postgres import EmbeddedPostgres
from tests.databases import fresh_database, walkable_folder


@pytest.fixture
def home() -> Iterator[Path]:
    """A SHILU_HOME that does not exist yet."""
    with walkable_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real server for the whole session: SHILU_TEST_DATABASE_URL's, or an embedded one."""
    given = os.environ.get("SHILU_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Nothing here must survive a power cut, and a database a test is twice as quick without.
    options = {"fsync": "off", "full_page_writes": "off"}
    with (
        walkable_folder() as folder,
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
