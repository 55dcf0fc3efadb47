"""A case has a page of its own, and every record says where it belongs and what it counts to."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.cases import opened, plan
from tests.integration.contracted import contracted, named, service
from tests.integration.groups import planned
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person

WORDS = "夜里常常独自哭泣"
HERE = "http://testserver"


def page(api: Running, reader: TestClient, path: str, came: str = "", **query: Any) -> str:
    api.follow()
    headers = {"Referer": HERE + came} if came else None
    answer = reader.get(path, params=query or None, headers=headers)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


@pytest.fixture
def client(api: Running) -> Id:
    return person(api)


@pytest.fixture
def case(api: Running, client: Id) -> Id:
    case = opened(api, client)
    dimensions = [{"dimension": "social"}]
    api.done(f"/cases/{case}/assessments", {"dimensions": dimensions, "tools": ["UCLA-20"]})
    api.done(f"/cases/{case}/plans", plan(api))
    held = {"minutes": 50, "method": "home", "attendance": [{"person": client}], "content": WORDS}
    api.done(f"/cases/{case}/sessions", held)
    return case


def test_the_caseload_leads_to_a_page_of_the_case(
    api: Running, reader: TestClient, case: Id, client: Id
) -> None:
    assert f'href="/cases/{case}"' in page(api, reader, "/caseload")
    shown = page(api, reader, f"/cases/{case}", came="/caseload?worker=x")
    for words in ("介入", "孤独", "UCLA-20", "第 1 版", "50 分钟", "入户", "下次应联系", "正常"):
        assert words in shown
    for kind in ("个案开案", "个案预估", "制定服务计划", "个案面谈"):
        assert kind in shown
    assert 'href="/caseload?worker=x">个案量' in shown
    assert client[-6:].upper() in shown
    assert WORDS not in shown
    assert "王示例" not in shown
    english = page(api, reader, f"/cases/{case}", lang="en")
    for words in ("Intervention", "version 1", "50 minutes", "Next due", "Case session"):
        assert words in english


def test_a_crisis_and_what_was_done_about_it_stand_on_the_page(
    api: Running, reader: TestClient, case: Id
) -> None:
    flagged = api.done(f"/cases/{case}/crises", {"type": "suicide", "signs": WORDS})["events"][0]
    shown = page(api, reader, f"/cases/{case}")
    for words in ("自杀", "未解除", "前处置"):
        assert words in shown
    assert f"/records/{flagged}" in shown
    assert WORDS not in shown


def test_a_case_is_told_as_it_was_known(api: Running, reader: TestClient, case: Id) -> None:
    first = datetime.fromisoformat(api.get(f"/streams/{case}")[0]["recorded_at"])
    before = (first - timedelta(minutes=2)).isoformat()
    assert reader.get(f"/cases/{case}", params={"at": before}).status_code == 404


def test_others_cases_and_other_ids_have_no_page(
    api: Running, reader: TestClient, case: Id
) -> None:
    api.follow()
    for id in (new_id(), api.station):
        assert reader.get(f"/cases/{id}").status_code == 404
    other = Principal(actor=new_id(), role="worker", operator=new_id())
    with browser(api) as stranger:
        sign_in(stranger, token(api, other))
        assert stranger.get(f"/cases/{case}").status_code == 404


def test_a_record_leads_to_its_case_and_back_to_where_one_came_from(
    api: Running, reader: TestClient, case: Id
) -> None:
    event = api.get(f"/streams/{case}")[-1]["event"]
    shown = page(api, reader, f"/records/{event}", came=f"/cases/{case}?at=2026-01-01T10:00")
    assert f'href="/cases/{case}?at=2026-01-01T10:00">个案</a>' in shown
    assert f'href="/cases/{case}">' in shown
    assert "示例街道社工站" in shown
    for came in ("/signin", "/assets/x.css", "//evil.example/", "/projects/../records"):
        assert 'href="/records">记录与审计' in page(api, reader, f"/records/{event}", came=came)
    foreign = reader.get(f"/records/{event}", headers={"Referer": "http://elsewhere/caseload"})
    assert 'href="/records">记录与审计' in foreign.text
    broken = reader.get(f"/records/{event}", headers={"Referer": "http://[zz/caseload"})
    assert broken.status_code == 200


def test_the_way_back_is_kept_when_the_page_is_asked_for_in_the_other_language(
    api: Running, reader: TestClient, case: Id
) -> None:
    event = api.get(f"/streams/{case}")[-1]["event"]
    way = f"/cases/{case}?at=2026-01-01T10:00"
    shown = page(api, reader, f"/records/{event}", came=f"{way}&lang=zh")
    (link,) = re.findall(r'href="([^"]*lang=en[^"]*)"', shown)
    english = page(api, reader, link, came=f"/records/{event}")
    assert f'href="{way}">Case</a>' in english
    again = page(api, reader, f"/records/{event}", came=link, at="2026-01-02T10:00")
    assert f'href="{way}">Case</a>' in again, "nor when it is asked for as of another moment"


@pytest.mark.parametrize(
    "back",
    ["//evil.example/", "https://evil.example/caseload", "/signin", "javascript:x", "/[", "zz"],
)
def test_no_address_sends_one_back_to_what_is_no_page_of_ours(
    api: Running, reader: TestClient, case: Id, back: str
) -> None:
    event = api.get(f"/streams/{case}")[-1]["event"]
    shown = page(api, reader, f"/records/{event}", back=back)
    assert 'href="/records">记录与审计' in shown
    assert f'href="{back}"' not in shown


def test_a_record_says_which_indicators_it_counts_to(api: Running, reader: TestClient) -> None:
    project = contracted(api)
    event = service(api, project, attendance=named(api))["events"][0]
    shown = page(api, reader, f"/records/{event}")
    assert f'href="/projects/{project}">' in shown
    counted = [
        row["indicator"]
        for row in api.get(f"/projects/{project}/progress")
        if row["total"] or row["unnamed"]
    ]
    assert counted
    for indicator in counted:
        assert f'href="/projects/{project}/indicators/{indicator}"' in shown
    assert "Counts to" in page(api, reader, f"/records/{event}", lang="en")
    reason = {"reason": {"code": "entry_error", "text": "分钟数录入错误"}}
    api.done(f"/records/{event}/voidings", reason)
    void = page(api, reader, f"/records/{event}", lang="zh")
    assert "不计入任何指标" in void
    assert "/indicators/" not in void.partition('id="belongs"')[2]


def test_a_record_of_a_group_says_which(api: Running, reader: TestClient) -> None:
    group = planned(api)
    first = api.get(f"/streams/{group}")[0]["event"]
    assert "智能，不落伍" in page(api, reader, f"/records/{first}").partition('id="belongs"')[2]
