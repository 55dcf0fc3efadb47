"""The first screen in a real browser: signing in, reading down to the bytes, phone and desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from deploy.demo.stage import PROJECT
from domain.indicators import indicator_id
from tests.browser.serving import Served, served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"phone": (390, 844), "small-phone": (320, 640), "desk": (1280, 860)}
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
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, summary')]
    .filter(each => each.type !== 'hidden' && each.checkVisibility())
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([_, box]) => box.bottom > 0 && (box.height < 43.9 || box.width < 24))
    .map(([html, box]) => `${html} ${box.width}×${box.height}`)"""
UNMARKED = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    for (let each; each = walk.nextNode();)
        if (/[\u4e00-\u9fff]/.test(each.data) && !each.parentElement.closest('[lang^=zh]'))
            found.push(each.data.trim().slice(0, 60));
    return found;
}"""
SMALL_TEXT = """() => parseFloat(getComputedStyle(document.body).fontSize)"""
LOW_CONTRAST = """() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgb = colour => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
    const ground = each => {
        for (; each; each = each.parentElement) {
            const colour = rgb(getComputedStyle(each).backgroundColor);
            if (colour[3] > 250) return colour;
        }
        return rgb('white');
    };
    return [...document.querySelectorAll('body *')]
        .filter(each => [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .filter(each => each.checkVisibility() && !each.closest('.unseen, .skip, svg'))
        .map(each => {
            const [a, b] = [light(rgb(getComputedStyle(each).color)), light(ground(each))];
            return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), each.outerHTML.slice(0, 90)];
        })
        .filter(([ratio]) => ratio < 4.5);
}"""


@pytest.fixture(scope="module")
def shilu(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(module_database_url, tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page, and what its console complained about."""

    def __init__(self, context: BrowserContext, shilu: Served) -> None:
        self.page: Page = context.new_page()
        self.shilu = shilu
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        # That a page is missing, the browser says of itself; the page says it to people.
        if message.type in ("error", "warning") and "404" not in message.text:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        self.page.goto(self.shilu.url + path)

    def first_of(self, register: str) -> str:
        """Return the page of the first in a register."""
        self.open(f"/registers/{register}")
        return f"{self.page.locator('#rows th a').first.get_attribute('href')}"

    def sign_in(self) -> None:
        self.open("/")
        self.page.get_by_label("访问令牌").or_(self.page.get_by_label("Access token")).fill(
            self.shilu.token
        )
        self.page.locator("main button").click()
        self.page.wait_for_url(self.shilu.url + "/")


def visit(
    chromium: Browser, shilu: Served, size: str = "desk", **options: object
) -> tuple[BrowserContext, Visit]:
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB" if options.get("english") else "zh-CN",
        color_scheme="dark" if options.get("dark") else "light",
        java_script_enabled=not options.get("without_scripts"),
    )
    return context, Visit(context, shilu)


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
        wrong = [f"signin: {each}" for each in _wrongs(at.page)]
        at.sign_in()
        at.open("/records?show=corrected")
        record = at.page.locator("#rows a").first.get_attribute("href")
        files = {name: at.first_of(name) for name in FILES}
        more = {"record": f"{record}", "stored": f"{record}/stored", **files}
        more["meeting"] = f"{files['groups']}/meeting"
        for name, path in {**SCREENS, **more}.items():
            at.open(path)
            at.page.screenshot(path=tmp_path / f"{size}-{look}-{name}.png", full_page=True)
            wrong += [f"{name}: {each}" for each in _wrongs(at.page)]
            if "en" in look:
                wrong += [f"{name}: not marked as Chinese: {each}" for each in _unmarked(at.page)]
        assert wrong == []
        assert at.complaints == []


def _unmarked(page: Page) -> list[str]:
    """Return Chinese words on an English page that are not said to be Chinese."""
    found: list[str] = page.evaluate(UNMARKED)
    return found


def _wrongs(page: Page) -> list[str]:
    """Return what is too wide, too small or too faint on a page."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    found = [f"scrolls sideways by {wide} px"] if wide > 0 else []
    found += [f"too small to press: {each}" for each in page.evaluate(SMALL_TARGETS)]
    found += [f"too faint: {each}" for each in page.evaluate(LOW_CONTRAST)]
    if page.evaluate(SMALL_TEXT) < 16:
        found.append("text is too small")
    return found
