"""Who asks for what is not there, or asks it wrongly, keeps the ways and what they typed."""

from __future__ import annotations

import html
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.http import Running
from tests.integration.pages import browser
from tests.integration.visited import visit


def refused(reader: TestClient, path: str, status: int, **query: Any) -> str:
    answer = reader.get(path, params=query or None)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def test_a_page_that_is_not_there_keeps_the_ways(reader: TestClient) -> None:
    shown = refused(reader, "/nowhere", 404)
    for words in ("没有找到", 'aria-label="主导航"', 'href="/records"', "退出"):
        assert words in shown
    assert "Not found" in refused(reader, "/nowhere", 404, lang="en")


def test_who_is_not_signed_in_is_shown_no_ways(api: Running) -> None:
    with browser(api) as stranger:
        answer = stranger.get("/nowhere")
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/nowhere")
        for _ in range(11):
            last = stranger.post(
                "/signin", data={"token": "x"}, headers={"Origin": "http://testserver"}
            )
        assert last.status_code == 429
        assert "主导航" not in last.text


@pytest.mark.parametrize("path", ["/coverage", "/coverage/members", "/coverage/contacts"])
def test_days_the_wrong_way_round_stand_in_their_form_again(
    api: Running, reader: TestClient, path: str
) -> None:
    api.follow()
    days = {"from": "2018-10-31", "to": "2018-07-01", "station": api.station}
    shown = refused(reader, path, 422, **days)
    alert, _, form = shown.partition('role="alert"')[2].partition("<form")
    assert "自（空着即不限）" in alert
    for name, value in days.items():
        assert f'name="{name}"' in form
        assert f'value="{value}"' in form
    assert f'action="{path}"' in shown
    assert 'aria-label="主导航"' in shown


def test_a_moment_to_come_stands_in_its_form_again_with_what_else_was_asked(
    api: Running, reader: TestClient
) -> None:
    visit(api)
    api.follow()
    shown = refused(reader, "/registers/visits", 422, at="2099-01-01T10:00", kind="home_service")
    form = shown.partition('<form class="known-at"')[2].partition("</form>")[0]
    assert 'name="at" type="datetime-local" value="2099-01-01T10:00"' in form
    assert '<input type="hidden" name="kind" value="home_service">' in form


def test_what_nobody_can_put_right_leads_home(reader: TestClient) -> None:
    shown = refused(reader, "/registers/visits", 422, cursor="zz")
    assert 'href="/">回到总览' in shown
