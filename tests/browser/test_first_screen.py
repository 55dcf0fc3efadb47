"""The first screen in a real browser: signing in, reading down to the bytes, phone and desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from deploy.demo.stage import PROJECT
from domain.indicators import indicator_id
from tests.browser.phones import SIZES, visit, wrongs
from tests.browser.serving import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
FIGURE = f"/projects/{PROJECT}/indicators/{indicator_id(PROJECT, 'A02')}"
MONTHLY = f"/projects/{PROJECT}/indicators/{indicator_id(PROJECT, '3-1')}"
SCREENS = {
    "home": "/",
    "indicators": f"/projects/{PROJECT}",
    "stations": f"/projects/{PROJECT}/stations",
    "projects": "/indicators/compared",
    "behind": f"/projects/{PROJECT}?show=behind",
    "figure": FIGURE,
    "figure-by-month": MONTHLY,
    "figure-then": f"{FIGURE}?at=2018-09-30T18:00",
    "outside": f"/projects/{PROJECT}/out-of-scope",
    "contradictions": f"/projects/{PROJECT}/contradictions",
    "signals": f"/projects/{PROJECT}/signals",
    "signals-of-a-kind": f"/projects/{PROJECT}/signals?code=mass_documents",
    "changes": f"/projects/{PROJECT}/changes?since=2018-09-30T18:00",
    "bundles": f"/projects/{PROJECT}/bundles",
    "evaluations": f"/projects/{PROJECT}/evaluations",
    "alerts": "/alerts",
    "caseload": "/caseload",
    "coverage": "/coverage",
    "coverage-then": "/coverage?from=2018-07-01&to=2018-10-31",
    "not-reached": "/coverage/members?reached=false",
    "contacts": "/coverage/contacts?from=&reference=2018-10-31",
    **{
        f"register-of-{name}": f"/registers/{name}"
        for name in (
            "visits",
            "cases",
            "groups",
            "activities",
            "donations",
            "stock",
            "needs",
            "deliveries",
            "persons",
            "staff",
        )
    },
    "register-narrowed": "/registers/visits?kind=home_service&from=2018-10-01",
    "completeness": "/completeness",
    "workbooks": f"/projects/{PROJECT}/workbooks",
    "tasks": "/tasks",
    "recording": "/recording/home_visit",
    "records": "/records",
    "corrected": "/records?show=corrected",
    "nowhere": "/nowhere",
}
FILES = ("persons", "households", "groups", "staff", "donations", "needs", "cases")
"""Registers whose rows lead to a page of each."""
UNMARKED = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let each; each = walk.nextNode();)
        if (/[\u4e00-\u9fff]/.test(each.data) && !each.parentElement.closest('[lang^=zh]'))
            found.push(each.data.trim().slice(0, 60));
    return found;
}"""


@pytest.fixture(scope="module")
def shilu(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(module_database_url, tmp_path_factory.mktemp("home")) as it:
        yield it


def test_a_supervisor_signs_in_and_opens_a_figure_down_to_its_bytes(
    chromium: Browser, shilu: Served
) -> None:
    context, at = visit(chromium, shilu, "phone", without_scripts=True)
    with context:
        at.sign_in()
        page = at.page
        assert page.get_by_text("演示数据").is_visible()
        page.get_by_role("navigation", name="主导航").get_by_role("link", name="指标").click()
        assert "三社联动" in page.get_by_role("heading", level=1).inner_text()
        page.get_by_text("中期报告 表A").click()
        page.get_by_role("link", name='老年人"一对一"上门服务').first.click()
        figure = int(page.locator(".tile b").first.inner_text().split("人")[0])
        amounts = page.locator("#rows tr").count()
        assert min(figure, 50) == amounts
        page.locator("#rows a").first.click()
        assert page.get_by_role("heading", level=1).inner_text() == "上门服务"
        page.get_by_role("link", name="查看原始字节").first.click()
        assert '{"at":"2018-' in page.locator("pre").first.inner_text()
        assert page.get_by_text("叶哈希（SHA-256）").is_visible()
        page.get_by_role("button", name="退出").click()
        assert page.url.endswith("/signin")
        at.open("/caseload")
        assert "/signin" in page.url


def test_the_overdue_case_stands_first_and_opens(chromium: Browser, shilu: Served) -> None:
    context, at = visit(chromium, shilu)
    with context:
        at.sign_in()
        at.page.get_by_role("navigation", name="主导航").get_by_role("link", name="个案").click()
        first = at.page.locator("tbody tr").first
        assert "超期 1 天" in first.inner_text()
        first.locator("th a").click()
        assert at.page.get_by_role("heading", name="目前情况").is_visible()
        assert at.complaints == []


def test_a_corrected_record_shows_before_and_after(chromium: Browser, shilu: Served) -> None:
    context, at = visit(chromium, shilu)
    with context:
        at.sign_in()
        at.open("/records?show=corrected")
        at.page.locator("#rows a").first.click()
        assert at.page.locator(".diff del").count() >= 1
        written = at.page.locator(".step").first.locator("strong").inner_text()
        assert "2018年" in written


def test_more_records_are_put_below_those_already_read(chromium: Browser, shilu: Served) -> None:
    context, at = visit(chromium, shilu)
    with context:
        at.sign_in()
        at.open("/records")
        before = at.page.locator("#rows > li").count()
        at.page.get_by_role("link", name="显示更早的记录").click()
        at.page.wait_for_function("() => document.querySelector('#rows a')")
        if at.page.evaluate("() => !!window.htmx"):
            at.page.wait_for_function(
                f"() => document.querySelectorAll('#rows > li').length > {before}"
            )
        else:
            assert "cursor=" in at.page.url
        assert at.complaints == []


@pytest.mark.parametrize("english", [False, True])
def test_each_month_of_a_figure_stands_on_one_line_of_a_phone(
    chromium: Browser, shilu: Served, english: bool
) -> None:
    context, at = visit(chromium, shilu, "small-phone", english=english)
    with context:
        at.sign_in()
        at.open(MONTHLY)
        cells = at.page.locator(".months tbody th, .months span.whole")
        lines = cells.evaluate_all(
            "all => all.map(one => { const r = document.createRange(); r.selectNodeContents(one);"
            " return new Set([...r.getClientRects()].map(box => box.top)).size; })"
        )
        assert (len(lines) > 10, set(lines)) == (True, {1})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("look", ["light-zh", "dark-en"])
def test_every_screen_fits_reads_and_can_be_pressed(
    chromium: Browser, shilu: Served, size: str, look: str, tmp_path: Path
) -> None:
    options = {"dark": "dark" in look, "english": "en" in look}
    context, at = visit(chromium, shilu, size, **options)
    with context:
        at.open("/signin")
        at.page.screenshot(path=tmp_path / f"{size}-signin.png")
        wrong = [f"signin: {each}" for each in wrongs(at.page)]
        at.sign_in()
        at.open("/records?show=corrected")
        record = at.page.locator("#rows a").first.get_attribute("href")
        files = {name: at.first_of(name) for name in FILES}
        more = {"record": f"{record}", "stored": f"{record}/stored", **files}
        more["meeting"] = f"{files['groups']}/meeting"
        for name, path in {**SCREENS, **more}.items():
            at.open(path)
            at.page.screenshot(path=tmp_path / f"{size}-{look}-{name}.png", full_page=True)
            wrong += [f"{name}: {each}" for each in wrongs(at.page)]
            if "en" in look:
                wrong += [f"{name}: not marked as Chinese: {each}" for each in _unmarked(at.page)]
        assert wrong == []
        assert at.complaints == []


def _unmarked(page: Page) -> list[str]:
    """Return Chinese words on an English page that are not said to be Chinese."""
    found: list[str] = page.evaluate(UNMARKED)
    return found
