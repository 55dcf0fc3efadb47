"""Names are put beside the ids of a page once their reader says why, and leave with the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from deploy.demo.stage import STATION
from domain.reading import SensitiveFieldViewed
from projections.engine.fold import read
from tests.browser.phones import SIZES, visit, wrongs
from tests.browser.serving import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LIST = "/registers/persons"
WHY = "核对名单上的人"


@pytest.fixture(scope="module")
def shilu(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(module_database_url, tmp_path_factory.mktemp("home")) as it:
        yield it


def readings(shilu: Served) -> int:
    rows = map(read, shilu.built.journal.read_ledger(STATION))
    return sum(isinstance(row.facts, SensitiveFieldViewed) for row in rows)


@pytest.mark.parametrize("size", SIZES)
def test_names_of_a_list_are_shown_and_are_gone_on_the_next_page(
    chromium: Browser, shilu: Served, size: str, tmp_path: Path
) -> None:
    context, at = visit(chromium, shilu, size, without_scripts=False, dark=False, english=False)
    before = readings(shilu)
    with context:
        at.sign_in()
        page = at.page
        at.open(LIST)
        people = page.locator("[data-person]")
        code = people.first.inner_text()
        page.get_by_role("button", name="显示姓名").click()
        reason = page.get_by_label("查看原因")
        expect(reason).to_be_focused()
        page.get_by_role("button", name="记下原因并查看").click()
        expect(people.first).to_have_text(code)
        reason.fill(WHY)
        wrong = [f"asked: {each}" for each in wrongs(page)]
        page.screenshot(path=tmp_path / f"{size}-asked.png")
        page.get_by_role("button", name="记下原因并查看").click()
        expect(people.first).not_to_have_text(code)
        page.screenshot(path=tmp_path / f"{size}-named.png", full_page=True)
        wrong += [f"named: {each}" for each in wrongs(page)]
        assert readings(shilu) - before == people.count()
        at.open(LIST)
        expect(people.first).to_have_text(code)
        page.get_by_role("button", name="显示姓名").click()
        expect(reason).to_have_value(WHY)
        page.get_by_role("button", name="不看").click()
        expect(people.first).to_have_text(code)
        assert wrong == []
        assert at.complaints == []
