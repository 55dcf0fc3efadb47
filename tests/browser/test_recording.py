"""A worker writes down a visit on a phone, with a network and without: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect

from deploy.settings import Settings
from deploy.wiring import house
from domain.clock import SHANGHAI
from domain.identity import new_id
from tests.browser.phones import wrongs
from tests.browser.village import FORM, Village, at_hand, sign_in, until
from tests.integration.http import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WORDS = "帮忙换了灯泡，老人说近来睡得好些"


ON_DEVICE = """() => stored("queue", "readonly", queue => queue.getAll()).then(all => all.map(
    each => JSON.stringify(each) + new TextDecoder().decode(each.sealed)).join())"""
"""What lies in the browser's storage of what was written, as text."""


@pytest.fixture
def village(house_url: str, tmp_path: Path) -> Iterator[Village]:
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        api.follow()
        station, operator = api.station, api.operator
    with house(Settings(home=tmp_path / "home"), None, house_url) as built:
        yield Village(built, station, operator)


def ready(phone: BrowserContext, village: Village) -> Page:
    """Sign in and open the form while there is a network, which is then gone."""
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        at_hand(page, village)
    return page


def write(page: Page, minutes: str) -> None:
    page.get_by_label("时长（分钟）").fill(minutes)
    page.get_by_label("情况记录").fill(WORDS)
    page.get_by_role("button", name="写下").click()


def all_sent(page: Page, count: int) -> None:
    until(page, "kept().then(all => all.length === 0)")
    expect(page.locator("#queue")).to_have_text(
        f"先前留在这台设备上的记录，已送出 {count} 条，不用再写。"
    )


def test_a_service_is_written_on_a_phone_from_the_first_page(
    phone: BrowserContext, village: Village, tmp_path: Path
) -> None:
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        page.get_by_role("link", name="记一次服务").click()
        page.get_by_role("link", name="上门服务").click()
        page.screenshot(path=tmp_path / "form.png", full_page=True)
        assert wrongs(page) == []
        write(page, "四十")
        expect(page.locator("#said")).to_contain_text("请填写整数")
        expect(page.get_by_label("情况记录")).to_have_value(WORDS)
        write(page, "40")
        page.wait_for_url(f"{village.url}/records/*")
        (record,) = village.services
        assert record.facts.minutes == 40
        assert page.locator("#queue").is_hidden()


def test_what_is_written_without_a_network_is_sent_once_there_is_one(
    phone: BrowserContext, village: Village, tmp_path: Path
) -> None:
    page = ready(phone, village)
    page.goto(village.url + "/caseload")
    expect(page.locator("#queue")).to_contain_text("现在没有网络")
    page.goto(village.url + FORM)
    for minutes in ("30", "45"):
        write(page, minutes)
        expect(page.get_by_label("时长（分钟）")).to_have_value("")
        page.locator("[id='occurred.precision']").select_option("day")
    expect(page.locator("#queue")).to_contain_text("有 2 条")
    on_device = page.evaluate(ON_DEVICE)
    assert (FORM in on_device, WORDS in on_device) == (True, False)
    page.screenshot(path=tmp_path / "offline.png", full_page=True)
    assert wrongs(page) == []
    page.close()  # the phone is put away, and taken out again where there is a network
    page = phone.new_page()
    with village.network():
        page.goto(village.url)
        all_sent(page, 2)
        assert [row.facts.minutes for row in village.services] == [30, 45]
        assert all(row.event.captured_at < row.at for row in village.services)
        page.reload()
        assert len(village.services) == 2


def test_what_is_refused_later_stays_until_it_is_set_right_or_dropped(
    phone: BrowserContext, village: Village
) -> None:
    page = ready(phone, village)
    for minutes in ("三十", "很久"):
        write(page, minutes)
        expect(page.get_by_label("时长（分钟）")).to_have_value("")
    with village.network():
        page.goto(village.url)
        told = page.locator("#queue")
        expect(told.get_by_text("没有被收下")).to_have_count(2)
        assert wrongs(page) == []
        told.get_by_role("button", name="打开并改正").first.click()
        expect(page.get_by_label("时长（分钟）")).to_have_value("三十")
        expect(page.get_by_label("情况记录")).to_have_value(WORDS)
        write(page, "30")
        page.wait_for_url(f"{village.url}/records/*")
        expect(told.get_by_text("没有被收下")).to_have_count(1)
        page.on("dialog", lambda asked: asked.accept())
        told.get_by_role("button", name="不要了").click()
        expect(told).to_be_hidden()
        assert [row.facts.minutes for row in village.services] == [30]


def test_what_somebody_wrote_is_never_sent_in_anothers_name(
    phone: BrowserContext, village: Village
) -> None:
    page = ready(phone, village)
    write(page, "30")
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    with village.network():
        phone.clear_cookies()
        sign_in(page, village, who=1)
        expect(page.locator("#queue")).to_contain_text("另一位同事")
        assert village.services == []
        phone.clear_cookies()
        sign_in(page, village)
        all_sent(page, 1)
        assert [row.facts.minutes for row in village.services] == [30]


def test_who_is_signed_out_while_writing_finds_it_sent_once_they_are_back(
    phone: BrowserContext, village: Village
) -> None:
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        page.goto(village.url + FORM)
        phone.clear_cookies()
        write(page, "30")
        page.wait_for_url(f"{village.url}/signin**")
        sign_in(page, village)
        all_sent(page, 1)
        (record,) = village.services
        assert record.event.captured_at < record.at


def test_what_was_refused_and_set_right_without_a_network_leaves_the_form_empty(
    phone: BrowserContext, village: Village
) -> None:
    page = phone.new_page()
    with village.network():
        sign_in(page, village)
        page.goto(village.url + FORM)
        write(page, "三十")
        expect(page.locator("#said a")).to_be_focused()
    write(page, "30")
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    expect(page.get_by_label("情况记录")).to_have_value("")
    expect(page.locator("#said")).to_have_count(0)
    with village.network():
        page.goto(village.url)
        all_sent(page, 1)


def test_a_form_goes_by_the_clock_of_the_server_and_by_the_telephones_only_without_it(
    phone: BrowserContext, village: Village
) -> None:
    now = village.built.clock.now().astimezone(SHANGHAI)
    phone.clock.set_fixed_time(now + timedelta(hours=5))
    page, start = phone.new_page(), "[id='occurred.start']"
    with village.network():
        sign_in(page, village)
        at_hand(page, village)
        assert page.locator(start).input_value() < f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}"
        page.goto(f"{village.url}/nowhere")  # which takes nothing away
    page.goto(f"{village.url}{FORM}?whom=person:{(who := new_id())}")
    assert page.locator(start).input_value() == f"{now + timedelta(hours=5):%Y-%m-%dT%H:%M}"
    expect(page.get_by_label("服务对象")).to_have_value(f"person:{who}")
    page.get_by_label("服务对象").select_option("")
    page.locator(start).fill(f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    write(page, "30")
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    with village.network():
        page.goto(village.url)
        all_sent(page, 1)


def test_what_is_typed_is_not_left_without_asking_nor_given_up_for_an_answer_not_ours(
    phone: BrowserContext, village: Village
) -> None:
    page, asked = phone.new_page(), list[str]()

    def heard(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", heard)
    with village.network():
        sign_in(page, village)
        page.goto(village.url + FORM)
        page.get_by_label("情况记录").press_sequentially("刚")
        page.get_by_role("link", name="走访未遇").click()
        expect(page.get_by_label("情况记录")).to_have_value("刚")
        assert asked == ["beforeunload"]
        page.route("**/recording/*", lambda route: route.fulfill(status=403, body="Blocked"))
        write(page, "30")
        expect(page.locator("#queue")).to_contain_text("有 1 条")
        page.unroute("**/recording/*")
        page.goto(village.url)
        all_sent(page, 1)


def test_what_was_not_written_to_its_end_stands_in_the_form_when_it_is_opened_again(
    phone: BrowserContext, village: Village
) -> None:
    with village.network():
        page = phone.new_page()
        sign_in(page, village)
        page.goto(village.url + FORM)
        page.get_by_label("情况记录").fill(WORDS)
        page.get_by_label("时长（分钟）").fill("30")
        page.get_by_text("精神慰藉").click()
        until(page, "everything().then(all => all.some(entry => entry.draft))")
        assert WORDS not in page.evaluate(ON_DEVICE)
        page.close()  # as a phone throws a page away, without a word
        page = phone.new_page()
        page.goto(village.url + "/recording/attempt")
        expect(page.get_by_text("没写完的内容")).to_have_count(0)
        page.goto(village.url + FORM)
        expect(page.get_by_text("没写完的内容")).to_be_visible()
        assert wrongs(page) == []
        expect(page.get_by_label("情况记录")).to_have_value(WORDS)
        expect(page.get_by_label("精神慰藉")).to_be_checked()
        expect(page.locator("#queue")).to_be_hidden()
        page.get_by_role("button", name="写下").click()
        page.wait_for_url(f"{village.url}/records/*")
        assert [row.facts.minutes for row in village.services] == [30]
        page.goto(village.url + FORM)
        expect(page.get_by_label("情况记录")).to_have_value("")
        page.get_by_label("情况记录").fill("写错了地方")
        until(page, "everything().then(all => all.some(entry => entry.draft))")
        page.on("dialog", lambda asked: asked.accept())
        page.reload()
        page.get_by_role("button", name="不要了").click()
        expect(page.get_by_label("情况记录")).to_have_value("")
        until(page, "everything().then(all => all.length === 0)")


def test_what_a_colleague_did_not_finish_is_shown_to_nobody_else(
    phone: BrowserContext, village: Village
) -> None:
    with village.network():
        page = phone.new_page()
        sign_in(page, village)
        page.goto(village.url + FORM)
        page.get_by_label("情况记录").fill(WORDS)
        until(page, "everything().then(all => all.some(entry => entry.draft))")
        page.on("dialog", lambda asked: asked.accept())
        page.get_by_role("button", name="退出").click()
        page.wait_for_url(f"{village.url}/signin*")
        sign_in(page, village, 1)
        page.goto(village.url + FORM)
        until(page, "kept().then(all => all.length === 0)")
        expect(page.get_by_label("情况记录")).to_have_value("")
        expect(page.locator("#queue")).to_be_hidden()
