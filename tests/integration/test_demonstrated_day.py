"""From the first page of a demonstration whose terms are over, one goes back to its last work."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.clock import at
from domain.identity import new_id
from tests.integration.evaluated import PassingClock, contracted, visited
from tests.integration.http import USCC, Running, running
from tests.integration.pages import browser, sign_in, token

NIGHT = at(date(2018, 11, 2), 1, 30)
"""A civil day that had not begun in UTC."""
YEARS_LATER = at(date(2026, 3, 4))
LINK = re.compile(r'<a href="(/\?at=[^"]+)">看 (.+?) 的情形</a>')


@pytest.fixture
def clock() -> PassingClock:
    return PassingClock(at(date(2018, 10, 25)))


@pytest.fixture
def api(house_url: str, tmp_path: Path, clock: PassingClock) -> Iterator[Running]:
    """A demonstration with a project and one visit, written down in the night."""
    with running(house_url, tmp_path / "home", clock) as it:
        operator = {"name": "演示中心", "uscc": USCC, "demonstration": True}
        it.operator = it.done("/operators", operator)["stream"]
        station = {
            "operator": it.operator,
            "name": "示例街道社工站",
            "region_code": "620102001",
            "purchaser": "示例街道办事处",
            "overseer": "示例区民政局",
        }
        it.station, it.worker = it.done("/stations", station)["stream"], new_id()
        project = contracted(it, clock)
        clock.set(NIGHT)
        it.as_role("worker")
        visited(it, project)
        yield it


def told(api: Running) -> list[tuple[str, str]]:
    """Return where the first page leads back to, and which day it names."""
    api.follow()
    with browser(api) as client:
        sign_in(client, token(api))
        return LINK.findall(html.unescape(client.get("/").text))


def test_years_later_one_is_led_to_the_civil_day_of_the_last_work(
    api: Running, clock: PassingClock
) -> None:
    clock.set(YEARS_LATER)
    assert told(api) == [("/?at=2018-11-02T01:30", "2018年11月2日")]


def test_a_token_that_is_issued_years_later_is_no_work_of_the_demonstration(
    api: Running, clock: PassingClock
) -> None:
    clock.set(YEARS_LATER)
    api.as_role("operator_manager")
    api.done(f"/operators/{api.operator}/tokens", {"role": "worker"})
    assert told(api) == [("/?at=2018-11-02T01:30", "2018年11月2日")]


def test_while_its_terms_run_there_is_nothing_to_go_back_to(api: Running) -> None:
    assert told(api) == []
