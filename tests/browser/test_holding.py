"""A worker ticks on a phone, out of the network's reach, who came to an outing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from domain.activity_held import ActivityHeld
from domain.identity import Id
from projections.engine.fold import read
from tests.browser.phones import SIZES, wrongs
from tests.browser.village import Village, at_hand, sign_in
from tests.integration.giving import approved, registered
from tests.integration.http import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def held(api: Running) -> list[dict[Id | str, str]]:
    """Who came to each activity on record, and who did not."""
    rows = map(read, api.built.journal.read_ledger(api.station))
    return [
        {line.person or line.role: line.status for line in row.facts.attendance}
        for row in rows
        if isinstance(row.facts, ActivityHeld)
    ]


def test_an_outing_ticked_without_a_network_is_sent_once_there_is_one(
    phone: BrowserContext, api: Running, village: Village
) -> None:
    outing = approved(api, kind="outing", title="重阳登高")
    came, away = registered(api, outing, 2)
    api.follow()
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        at_hand(page, village)
    page.goto(f"{village.url}/activities/{outing}/holding")
    page.locator(f"label [data-person='{came}']").first.click()
    page.get_by_label("志愿者人数").fill("2")
    page.get_by_role("button", name="写下").click()
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    assert held(api) == []
    with village.network():
        page.goto(village.url)
        expect(page.locator("#queue")).to_contain_text("已送出 1 条")
    assert held(api) == [{came: "present", away: "absent", "volunteer": "present"}]


def test_the_forms_stand_on_a_small_phone(
    chromium: Browser, api: Running, village: Village, tmp_path: Path
) -> None:
    outing = approved(api, kind="outing", title="亲近心灵，怀抱自然——重阳节长者登高活动")
    registered(api, outing, 3)
    api.follow()
    width, height = SIZES["small-phone"]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    with context, village.network():
        page = context.new_page()
        sign_in(page, village)
        page.get_by_role("link", name="记一次服务").click()
        page.get_by_role("link", name="活动 亲近心灵").click()
        assert wrongs(page) == []
        page.get_by_text("会议、培训、督导等").click()
        page.get_by_role("link", name="督导", exact=True).click()
        page.wait_for_url(f"{village.url}/held-activities/supervision")
        assert wrongs(page) == []
        page.screenshot(path=tmp_path / "supervision.png", full_page=True)
