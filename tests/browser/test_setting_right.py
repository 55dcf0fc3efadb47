"""A record is set right in a real browser, on a phone: nothing happens before it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from deploy.demo.stage import PROJECT
from domain.visit import HomeServiceDelivered
from projections.engine.fold import read
from tests.browser.phones import SIZES, visit, wrongs
from tests.browser.serving import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shilu(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(module_database_url, tmp_path_factory.mktemp("home")) as it:
        yield it


def a_service(shilu: Served) -> str:
    rows = map(read, shilu.built.journal.read_ledger(PROJECT))
    return next(row.id for row in rows if isinstance(row.facts, HomeServiceDelivered))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["light-zh", "dark-en"])
def test_what_would_change_is_shown_and_then_done(
    chromium: Browser, shilu: Served, size: str, look: str, tmp_path: Path
) -> None:
    options = {"dark": "dark" in look, "english": "en" in look}
    context, at = visit(chromium, shilu, size, without_scripts=False, **options)
    record = f"/records/{a_service(shilu)}"
    wrong = []
    with context:
        at.sign_in()
        page = at.page
        for way in ("voiding", "reinstatement"):
            at.open(record)
            page.locator(f"a[href$='/{way}']").click()
            page.locator("#text").fill("同一次服务重复录入，保留先录的一条")
            wrong += [f"{way} form: {each}" for each in wrongs(page)]
            page.locator("form.ask button").first.click()
            expect(page.locator("#effects")).to_be_visible()
            page.screenshot(path=tmp_path / f"{size}-{look}-{way}.png", full_page=True)
            wrong += [f"{way} shown: {each}" for each in wrongs(page)]
            assert page.locator(".finding").count() > 1
            page.locator("form.ask button").last.click()
            page.wait_for_url(f"{shilu.url}{record}")
        expect(page.locator(".step").last).to_have_class("step reinstated")
        assert wrong == []
        assert at.complaints == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["light-zh", "dark-en"])
def test_a_record_is_corrected_and_a_refusal_keeps_what_was_typed(
    chromium: Browser, shilu: Served, size: str, look: str, tmp_path: Path
) -> None:
    options = {"dark": "dark" in look, "english": "en" in look}
    context, at = visit(chromium, shilu, size, without_scripts=True, **options)
    record = f"/records/{a_service(shilu)}"
    with context:
        at.sign_in()
        page = at.page
        at.open(record)
        page.locator("a[href$='/correction']").click()
        minutes = page.locator("[id='facts.minutes']")
        stood = int(minutes.input_value())
        minutes.fill("四十")
        page.locator("#text").fill("分钟数录入错误，按签到表改")
        wrong = [f"form: {each}" for each in wrongs(page)]
        page.locator("form.ask button").first.click()
        expect(page.locator("#said")).to_be_visible()
        expect(minutes).to_have_value("四十")
        page.screenshot(path=tmp_path / f"{size}-{look}-refused.png", full_page=True)
        wrong += [f"refused: {each}" for each in wrongs(page)]
        minutes.fill(str(stood - 5))
        page.locator("form.ask button").first.click()
        expect(page.locator("#effects")).to_be_visible()
        expect(page.locator(".diff ins").first).to_have_text(str(stood - 5))
        page.screenshot(path=tmp_path / f"{size}-{look}-correction.png", full_page=True)
        wrong += [f"shown: {each}" for each in wrongs(page)]
        page.locator("form.ask button").last.click()
        page.wait_for_url(f"{shilu.url}{record}")
        expect(page.locator(".step").last).to_have_class("step corrected")
        assert wrong == []
        # That something was refused, the browser says of itself; the page says it to people.
        assert [each for each in at.complaints if "422" not in each] == []
