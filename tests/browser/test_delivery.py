"""A worker hands aid over at a door without a network, and photographs what was signed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from domain.evidence_file import AttachmentStored
from domain.need_aid import AidDelivered
from projections.engine.fold import read
from tests.browser.phones import wrongs
from tests.browser.test_recording import ON_DEVICE
from tests.browser.village import Village, at_hand, sign_in, until
from tests.integration.giving import matched, needed
from tests.integration.http import Running
from tests.integration.registered import person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


def test_a_delivery_signed_at_the_door_is_sent_with_its_photograph_once_there_is_a_network(
    phone: BrowserContext, api: Running, village: Village, tmp_path: Path
) -> None:
    head = person(api, "王秀兰")
    formed = {"station": api.station, "head": head, "community": "示例社区", "begins": "2018-07-02"}
    rice = needed(api, household=api.done("/households", formed)["stream"])
    matched(api, rice)
    api.follow()
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        at_hand(page, village)
        page.get_by_role("link", name="发放 过冬大米").click()
        page.screenshot(path=tmp_path / "delivery.png", full_page=True)
        assert wrongs(page) == []
    page.goto(f"{village.url}/needs/{rice}/delivery")
    page.get_by_label("签领凭证（照片）").set_input_files(
        {"name": "sheet.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    )
    page.get_by_label("代签人").fill("李邻居")
    until(page, "everything().then(all => all.some(entry => entry.draft))")
    page.close()  # as a phone does that needs the room for its camera
    page = phone.new_page()
    page.goto(f"{village.url}/needs/{rice}/delivery")
    expect(page.get_by_label("代签人")).to_have_value("李邻居")
    page.locator("[id^='lines.']").first.fill("两袋")
    page.get_by_role("button", name="写下").click()
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    assert "李邻居" not in page.evaluate(ON_DEVICE)
    with village.network():
        page.goto(village.url)
        page.get_by_role("button", name="打开并改正").click()
        expect(page.locator("#said")).to_contain_text("请填写整数")
        page.locator("input[id^='lines.']").fill("2")
        page.get_by_role("button", name="写下").click()
        page.wait_for_url(f"{village.url}/records/*")
    facts = [read(row).facts for row in api.built.journal.read_ledger(api.station)]
    (delivered,) = [each for each in facts if isinstance(each, AidDelivered)]
    (stored,) = [each for each in facts if isinstance(each, AttachmentStored)]
    assert (delivered.receiver, delivered.items) == (head, 2)
    assert stored.sha256 == sha256(PHOTO).hexdigest(), "the photograph, as it was taken"
