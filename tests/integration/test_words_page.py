"""What is sealed in a record is opened from its page, with a reason, and never unrecorded."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.clock import SystemClock
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.readings import WHY, WORDS, readings, served
from tests.integration.registered import person

REASON = {"code": "entry_error", "text": "分钟数录入错误"}


@pytest.fixture
def who(api: Running) -> str:
    return person(api)


@pytest.fixture
def visit(api: Running, who: str) -> str:
    return str(api.done("/visits", {**served(api, who), "note": WORDS})["events"][0])


def page(reader: TestClient, path: str, **query: str) -> str:
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def key(reader: TestClient, event: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', reader.get(f"/records/{event}/words").text)
    assert found is not None
    return found[1]


def ask(reader: TestClient, event: str, **form: Any) -> httpx.Response:
    sent = {"key": key(reader, event), "field": "note", "reason": WHY, **form}
    return reader.post(f"/records/{event}/words", data=sent, headers=ORIGIN)


def test_words_are_opened_with_a_reason_and_that_is_on_record(
    api: Running, reader: TestClient, visit: str
) -> None:
    shown = page(reader, f"/records/{visit}")
    assert f'href="/records/{visit}/words"' in shown
    for text in (shown, page(reader, f"/records/{visit}/words")):
        assert WORDS not in text
    assert readings(api) == []
    answer = ask(reader, visit)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert WORDS in answer.text
    assert WHY in answer.text
    (row,) = readings(api)
    assert row["actor"] == api.worker
    assert f'href="/records/{row["event"]}"' in answer.text
    assert WORDS not in page(reader, f"/records/{row['event']}")
    english = page(reader, f"/records/{visit}/words", lang="en")
    assert "Open sealed words" in english
    assert "Casework" in english


def test_without_a_reason_nothing_is_opened_and_nothing_typed_is_lost(
    api: Running, reader: TestClient, visit: str
) -> None:
    for form in ({"reason": "看"}, {"reason": ""}, {"field": "nothing"}, {"field": "A b"}):
        answer = ask(reader, visit, **form)
        assert answer.status_code in (404, 422)
        assert WORDS not in answer.text
    assert 'value="看"' in html.unescape(ask(reader, visit, reason="看").text)
    assert "查看原因：" in html.unescape(ask(reader, visit, reason="看").text)
    assert ask(reader, visit, key="zz").status_code == 422
    assert readings(api) == []


def test_a_page_that_is_sent_again_shows_no_words_and_asks_anew(
    api: Running, reader: TestClient, visit: str
) -> None:
    same = key(reader, visit)
    assert WORDS in ask(reader, visit, key=same).text
    again = ask(reader, visit, key=same)
    assert (again.status_code, WORDS in again.text) == (409, False)
    assert "内容只在第一次的回答里显示" in html.unescape(again.text)
    assert len(readings(api)) == 1
    (anew,) = re.findall(r'name="key" value="([^"]+)"', again.text)
    assert WORDS in ask(reader, visit, key=anew).text
    assert len(readings(api)) == 2


def test_evaluators_see_seals_only(api: Running, visit: str) -> None:
    for role in ("evaluator", "administrator"):
        who = Principal(actor=new_id(), role=role, operator=api.operator)
        with browser(api) as client:
            sign_in(client, token(api, who))
            assert "/words" not in page(client, f"/records/{visit}")
            assert client.get(f"/records/{visit}/words").status_code == 403
            sent = {"key": new_id(), "field": "note", "reason": WHY}
            refused = client.post(f"/records/{visit}/words", data=sent, headers=ORIGIN)
            assert (refused.status_code, WORDS in refused.text) == (403, False)
    assert readings(api) == []


def test_another_operators_words_are_not_there(api: Running, visit: str) -> None:
    other = Principal(actor=new_id(), role="worker", operator=new_id())
    with browser(api) as client:
        sign_in(client, token(api, other))
        assert client.get(f"/records/{visit}/words").status_code == 404


def test_what_a_correction_wrote_anew_is_opened_from_it(
    api: Running, reader: TestClient, visit: str, who: str
) -> None:
    anew = {"note": {"person": who, "purpose": "casework", "text": "好多了，想去活动室"}}
    sent = {"facts": anew, "reason": REASON}
    correction = api.done(f"/records/{visit}/corrections", sent)["events"][0]
    assert f'href="/records/{correction}/words"' in page(reader, f"/records/{visit}")
    answer = ask(reader, correction, field="after.facts.note")
    assert "好多了，想去活动室" in answer.text
    assert WORDS not in answer.text


def test_a_record_without_words_offers_none(api: Running, reader: TestClient, who: str) -> None:
    bare = api.done("/visits", served(api, who))["events"][0]
    assert "/words" not in page(reader, f"/records/{bare}")
    assert reader.get(f"/records/{bare}/words").status_code == 404


def test_words_of_somebody_erased_are_said_to_be_gone(
    api: Running, reader: TestClient, visit: str, who: str
) -> None:
    api.built.vault.destroy(who, SystemClock().now(), visit, api.operator)
    answer = ask(reader, visit)
    assert (answer.status_code, WORDS in answer.text) == (200, False)
    assert "无法再读出" in answer.text


def test_staff_are_shown_by_their_open_number(api: Running, reader: TestClient, who: str) -> None:
    hired: dict[str, Any] = {"operator": api.operator, "name": "李示例", "begins": "2018-01-01"}
    api.as_role("operator_manager")
    numbered: Id = api.done("/staff", {**hired, "number": "0346"})["stream"]
    unnumbered: Id = api.done("/staff", {**hired, "name": "赵示例"})["stream"]
    api.as_role("worker")
    visit = api.done("/visits", {**served(api, who), "workers": [numbered, unnumbered]})
    api.follow()
    shown = page(reader, f"/records/{visit['events'][0]}")
    assert "工号 0346" in shown
    assert f">{numbered[-6:].upper()}<" not in shown
    assert unnumbered[-6:].upper() in shown
    assert who[-6:].upper() in shown
    assert "示例" not in shown.replace("示例社会工作服务中心", "").replace("示例街道社工站", "")
    assert "no. 0346" in page(reader, f"/records/{visit['events'][0]}", lang="en")
