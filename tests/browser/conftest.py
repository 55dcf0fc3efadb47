"""The browser that tests look through, and a phone in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from domain.journal.tokens import Tokens
from domain.principal import Principal
from tests.browser.phones import CHROMIUM, FLAGS, SIZES
from tests.browser.village import Village
from tests.integration.http import Running, running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    width, height = SIZES["phone"]
    with chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN"
    ) as context:
        yield context


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    """A house with an operator and a station."""
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        yield api


@pytest.fixture
def village(api: Running) -> Village:
    """The village of a station, whose worker signs in."""
    village = Village(api.built, api.station, api.operator)
    worker = Principal(actor=api.worker, role="worker", operator=api.operator)
    village.tokens[0] = Tokens(api.built.pool).issue(worker, "browser")
    return village
