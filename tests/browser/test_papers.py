"""A worker hands in the photograph of a signed sheet from a phone, and takes it out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.phones import SIZES, wrongs
from tests.browser.village import Village, sign_in
from tests.integration.http import Running
from tests.integration.papers import held

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PHOTO = b"\xff\xd8\xff\xe0 a signed sheet"


def test_a_signed_sheet_is_photographed_handed_in_returned_and_approved(
    chromium: Browser, api: Running, village: Village, tmp_path: Path
) -> None:
    held(api, 0)
    api.follow()
    photo = tmp_path / "sheet.jpg"
    photo.write_bytes(PHOTO)
    width, height = SIZES["small-phone"]
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    with context, village.network():
        page = context.new_page()
        sign_in(page, village)
        page.goto(f"{village.url}/completeness")
        assert wrongs(page) == []
        page.get_by_role("link", name="交这份文书").click()
        assert wrongs(page) == []
        page.get_by_label("照片或扫描件").set_input_files(photo)
        page.get_by_role("button", name="提交审核").click()
        page.wait_for_url(f"{village.url}/papers/*")
        api.follow()
        page.reload()
        expect(page.get_by_text("已提交")).to_be_visible()
        assert wrongs(page) == []
        with page.expect_download() as taken:
            page.get_by_role("link", name="照片").click()
        assert taken.value.path().read_bytes() == PHOTO
        page.get_by_label("审核意见").fill("落款日期看不清")
        page.get_by_role("button", name="退回").click()
        api.follow()
        page.reload()
        expect(page.get_by_text("落款日期看不清")).to_be_visible()
        assert wrongs(page) == []
