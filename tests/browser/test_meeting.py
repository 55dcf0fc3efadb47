"""A worker ticks on a phone who came to a group's meeting, with a network and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from domain.group_facts import GroupSessionHeld
from domain.identity import Id, new_id
from domain.journal.tokens import Tokens
from domain.principal import Principal
from projections.engine.fold import read
from tests.browser.phones import SIZES, wrongs
from tests.browser.village import Village, at_hand, sign_in
from tests.integration.groups import enrolled, planned
from tests.integration.http import Running, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
MANY = 60


@dataclass(frozen=True)
class Group:
    """A large group, whose leader signs in to the village's server."""

    api: Running
    village: Village
    id: Id
    members: list[Id]

    @property
    def url(self) -> str:
        """Where its meetings are written down."""
        return f"{self.village.url}/groups/{self.id}/meeting"

    @property
    def meetings(self) -> list[dict[Id | None, str]]:
        """Who came to each meeting on record, and who did not."""
        rows = map(read, self.api.built.journal.read_ledger(self.village.station))
        return [
            {line.person: line.status for line in row.facts.attendance}
            for row in rows
            if isinstance(row.facts, GroupSessionHeld)
        ]


@pytest.fixture
def group(house_url: str, tmp_path: Path) -> Iterator[Group]:
    with running(house_url, tmp_path / "home") as api:
        api.settle()
        leader = Principal(actor=new_id(), role="worker", operator=api.operator)
        id = planned(api, leader=leader.actor, title="智能，不落伍——老年人智能手机学习小组")
        village = Village(api.built, api.station, api.operator)
        village.tokens[0] = Tokens(api.built.pool).issue(leader, "browser")
        group = Group(api, village, id, enrolled(api, id, MANY))
        api.follow()
        yield group


def tick(page: Page, *people: Id) -> None:
    for person in people:
        page.locator(f"label [data-person='{person}']").first.click()


def excuse(page: Page, person: Id) -> None:
    page.locator("li", has=page.locator(f"[data-person='{person}']")).get_by_text("请假").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_sixty_members_stand_on_a_phone_to_be_ticked(
    chromium: Browser, group: Group, tmp_path: Path, scripts: bool
) -> None:
    width, height = SIZES["small-phone"]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=scripts
    )
    with context, group.village.network():
        page = context.new_page()
        sign_in(page, group.village)
        page.get_by_role("link", name="记一次服务").click()
        page.get_by_role("link", name="小组 智能").click()
        assert page.get_by_role("checkbox").count() == 2 * MANY
        assert wrongs(page) == []
        first, second, third, *others = group.members
        tick(page, first, third)
        excuse(page, second)
        expect(page.locator(f"[id='present.{first}']")).to_be_checked()
        page.screenshot(path=tmp_path / "meeting.png", full_page=True)
        page.get_by_role("button", name="写下").click()
        page.wait_for_url(f"{group.village.url}/records/*")
        came = {first: "present", second: "excused", third: "present"}
        assert group.meetings == [came | dict.fromkeys(others, "absent")]


def test_a_meeting_ticked_without_a_network_is_sent_and_asks_for_who_joined_meanwhile(
    phone: BrowserContext, group: Group
) -> None:
    page, first = phone.new_page(), group.members[0]
    with group.village.network():
        sign_in(page, group.village)
        at_hand(page, group.village)
    page.goto(group.url)
    page.get_by_label("主题").fill("认识手机")
    tick(page, first)
    page.get_by_role("button", name="写下").click()
    expect(page.locator("#queue")).to_contain_text("有 1 条")
    expect(page.get_by_label("主题")).to_have_value("")
    (joined,) = enrolled(group.api, group.id, 1)
    group.api.follow()
    with group.village.network():
        page.goto(group.village.url)
        page.get_by_role("button", name="打开并改正").click()
        expect(page.locator("#said")).to_contain_text("应当列上的人与表上所列的不同")
        expect(page.locator("li", has_text="新补上")).to_have_count(1)
        expect(page.locator(f"[id='present.{first}']")).to_be_checked()
        tick(page, joined)
        page.get_by_role("button", name="写下").click()
        page.wait_for_url(f"{group.village.url}/records/*")
        (came,) = group.meetings
        assert {person for person, status in came.items() if status == "present"} == {first, joined}


def test_names_that_were_opened_stay_beside_a_list_that_comes_back(
    phone: BrowserContext, group: Group
) -> None:
    page = phone.new_page()
    with group.village.network():
        sign_in(page, group.village)
        page.goto(group.url)
        page.get_by_role("button", name="显示姓名").click()
        page.get_by_label("查看原因").fill("小组活动点名核对")
        page.locator("dialog button:not([type])").click()
        names = page.locator(".roster label:first-of-type", has_text="王示例")
        expect(names).to_have_count(MANY)
        page.get_by_role("button", name="写下").click()
        expect(page.locator("#said")).to_contain_text("至少应有一名参加者到场")
        expect(names).to_have_count(MANY)
