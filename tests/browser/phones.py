"""A phone, a tablet and a desk, in both languages, and what is wrong on their screens."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.serving import Served

CHROMIUM = Path("/usr/bin/chromium")


FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


SIZES = {"phone": (390, 844), "small-phone": (320, 640), "desk": (1280, 860)}


SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, summary')]
    .filter(each => each.type !== 'hidden' && each.checkVisibility())
    .map(each => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([_, box]) => box.bottom > 0 && (box.height < 43.9 || box.width < 24))
    .map(([html, box]) => `${html} ${box.width}×${box.height}`)"""


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


def wrongs(page: Page) -> list[str]:
    """Return what is too wide, too small or too faint on a page."""
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    found = [f"scrolls sideways by {wide} px"] if wide > 0 else []
    found += [f"too small to press: {each}" for each in page.evaluate(SMALL_TARGETS)]
    found += [f"too faint: {each}" for each in page.evaluate(LOW_CONTRAST)]
    if page.evaluate(SMALL_TEXT) < 16:
        found.append("text is too small")
    return found
