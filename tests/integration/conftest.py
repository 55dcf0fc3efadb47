"""What most tests of HTTP begin with: the real application, and somebody signed in to its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.integration.http import Running, running
from tests.integration.pages import browser, sign_in, token


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    """The API over an empty database of its own, asked by a worker of its one station."""
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        yield it


@pytest.fixture
def reader(api: Running) -> Iterator[TestClient]:
    """A browser in which that worker has signed in."""
    with browser(api) as client:
        sign_in(client, token(api))
        yield client
