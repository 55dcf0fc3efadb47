"""A worker writes down on a page what was done, and finds it on record and in the views."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.pages.writing_down import ANOTHER_WRITER, WRITTEN_OTHERWISE
from domain.clock import SHANGHAI
from domain.identity import new_id
from domain.principal import Principal
from tests.integration.cases import opened
from tests.integration.contracted import contract
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.recorded import WHY, written
from tests.integration.registered import person

WORDS = "独居，灶台边堆着纸箱"


def asked(api: Running, reader: TestClient, kind: str = "home_visit", **query: str) -> str:
    api.follow()
    answer = reader.get(f"/recording/{kind}", params=query)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def form(api: Running, **typed: str) -> dict[str, str]:
    """What a browser sends of an untouched form, and what was typed into it."""
    begins = api.built.clock.now().astimezone(SHANGHAI)
    sent = {"key": new_id(), "writer": api.worker, "whom": "", "station": api.station}
    return {**sent, "occurred.start": f"{begins:%Y-%m-%dT%H:%M}", **typed}


def send(api: Running, reader: TestClient, kind: str, **typed: str) -> httpx.Response:
    api.follow()
    return reader.post(f"/recording/{kind}", data=form(api, **typed), headers=ORIGIN)


def test_the_first_page_leads_to_a_form_that_offers_the_workers_own_people(
    api: Running, reader: TestClient
) -> None:
    seen, planned = person(api), person(api)
    case = opened(api, seen)
    plan = {"station": api.station, "person": planned, "worker": api.worker}
    today = api.built.clock.now().astimezone(SHANGHAI).date().isoformat()
    api.done("/visit-plans", plan | {"begins": today})
    api.follow()
    assert 'href="/recording/home_visit"' in reader.get("/").text
    shown = asked(api, reader)
    assert (f'value="case:{case}"' in shown, f'value="person:{planned}"' in shown) == (True, True)
    assert f'value="person:{seen}"' not in shown, "whose case is offered already"
    another = Principal(actor=new_id(), role="worker", operator=api.operator)
    with browser(api) as colleague:
        sign_in(colleague, token(api, another))
        assert f'value="case:{case}"' in asked(api, colleague), "who has nobody is offered these"
        plan["worker"], plan["person"] = another.actor, person(api)
        api.done("/visit-plans", plan | {"begins": today})
        shown = asked(api, colleague)
        assert f'value="person:{plan["person"]}"' in shown
        assert f'value="case:{case}"' not in shown
    assert f'value="{api.station}"' in shown
    assert f"/recording/home_visit?whom=person:{seen}" in reader.get(f"/persons/{seen}").text
    assert f"/recording/case_session?whom=case:{case}" in reader.get(f"/cases/{case}").text
    assert "Record a service" in asked(api, reader, lang="en")


def test_a_visit_is_on_record_as_if_a_device_had_sent_it_and_its_words_are_sealed(
    api: Running, reader: TestClient
) -> None:
    who = person(api)
    answer = send(
        api, reader, "home_visit", whom=f"person:{who}", minutes="40", purpose="needs",
        others="2", note=WORDS, needs="想装扶手",
    )  # fmt: skip
    facts = written(api, answer)["facts"]
    assert (facts["@type"], facts["minutes"]) == ("visit.HomeVisitMade@1", 40)
    assert facts["purpose"] == "needs"
    assert facts["workers"] == [api.worker]
    client, family = facts["attendance"]
    assert client["person"] == who
    assert (family["count"], family["role"], "person" in family) == (2, "family", False)
    assert WORDS not in answer.text + str(facts)
    (row,) = api.get("/visits", person=who)["items"]
    assert (row["minutes"], row["outcome"]) == (40, "made")
    page = html.unescape(reader.get(answer.headers["location"]).text)
    assert "入户走访" in page


@pytest.mark.parametrize(
    ("kind", "typed", "type", "said"),
    [
        ("home_service", {"minutes": "45", "services": "housework"}, "visit.HomeServiceDelivered",
         {"minutes": 45, "services": ["housework"]}),
        ("phone_contact", {"answered": "false", "verified": "false"}, "visit.PhoneContactMade",
         {"answered": False}),
        ("attempt", {"outcome": "away"}, "visit.HomeVisitAttempted", {"outcome": "away"}),
        ("case_session", {"minutes": "50", "method": "home", "next_step": "下周陪同就诊"},
         "case.CaseSessionHeld", {"minutes": 50, "method": "home"}),
    ],
)  # fmt: skip
def test_each_kind_is_written_of_whom_a_case_serves(
    api: Running, reader: TestClient, kind: str, typed: dict[str, str], type: str,
    said: dict[str, Any],
) -> None:  # fmt: skip
    who = person(api)
    case = opened(api, who)
    facts = written(api, send(api, reader, kind, whom=f"case:{case}", **typed))["facts"]
    assert facts["@type"].partition("@")[0] == type
    assert {name: facts.get(name) for name in said} == said
    assert who in str(facts)


def test_somebody_who_is_not_registered_is_counted_and_one_by_their_id_is_known(
    api: Running, reader: TestClient
) -> None:
    facts = written(api, send(api, reader, "home_service", minutes="30", others="1"))["facts"]
    (met,) = facts["attendance"]
    assert (met["count"], met["role"], "person" in met) == (2, "resident", False)
    who = person(api)
    typed = {"other_id": who, "minutes": "30", "occurred.precision": "day"}
    assert who in str(written(api, send(api, reader, "home_service", **typed))["facts"])


def test_what_is_sent_twice_is_written_once(api: Running, reader: TestClient) -> None:
    sent = form(api, minutes="30")
    places = set()
    for captured in ("2026-01-01T00:00:00Z", ""):
        sent["captured_at"] = captured
        answer = reader.post("/recording/home_service", data=sent, headers=ORIGIN)
        assert answer.status_code == 303, answer.text
        places.add(answer.headers["location"])
    assert len(places) == 1
    assert len(api.get("/visits")["items"]) == 1
    changed = sent | {"minutes": "31", "occurred.precision": "day"}
    other = reader.post("/recording/home_service", data=changed, headers=ORIGIN)
    assert WRITTEN_OTHERWISE.code == "page.written_otherwise"
    assert (other.status_code, WRITTEN_OTHERWISE().text("zh") in other.text) == (409, True)
    assert 'href="#Idempotency-Key"' not in other.text, "which is no field of the form"
    (key,) = re.findall(r'name="key" value="([^"]+)"', other.text)
    again = reader.post("/recording/home_service", data=changed | {"key": key}, headers=ORIGIN)
    assert written(api, again)["facts"]["minutes"] == 31


def test_a_telephone_whose_clock_is_wrong_says_nothing_of_when_it_was_written(
    api: Running, reader: TestClient
) -> None:
    now = api.built.clock.now()
    day = {"minutes": "30", "occurred.precision": "day"}
    for told in (now + timedelta(hours=5), now - timedelta(minutes=5)):
        answer = send(api, reader, "home_service", captured_at=told.isoformat(), **day)
        captured = datetime.fromisoformat(written(api, answer)["captured_at"])
        assert (captured == told) == (told < now)
        assert captured <= api.built.clock.now()


def test_what_is_written_of_a_case_belongs_to_its_project_or_to_none(
    api: Running, reader: TestClient
) -> None:
    case = opened(api, person(api))
    elsewhere = api.done("/projects", contract(api, goals=[], indicators=[]))["stream"]
    typed = {"minutes": "30", "project": elsewhere, "occurred.precision": "day"}
    written(api, send(api, reader, "home_service", **typed))
    of_case = send(api, reader, "home_service", whom=f"case:{case}", **typed)
    written(api, of_case)
    rows = api.get("/visits")["items"]
    assert {row["ledger"]: row["case_id"] for row in rows} == {elsewhere: None, api.station: case}


@pytest.mark.parametrize(
    ("kind", "typed", "wrong", "words"),
    [
        ("home_service", {"minutes": "三十"}, "minutes", "时长（分钟）：请填写整数"),
        ("home_service", {"minutes": "9999"}, "minutes", "时长（分钟）："),
        ("home_service", {"minutes": ""}, "minutes", "时长（分钟）："),
        ("home_visit", {"purpose": "zz"}, "purpose", "目的："),
        ("home_visit", {"occurred.start": "zz"}, "occurred.start", "开始时间："),
        ("home_visit", {"occurred.start": "2990-01-01T10:00"}, "occurred.start", "开始时间："),
        ("home_visit", {"whom": "zz"}, "whom", "服务对象："),
        ("home_visit", {"other_id": new_id()}, "other_id", "人员或个案的编号："),
        ("home_visit", {"others": "-3"}, "others", "另外见到的人数（未登记）："),
        ("home_visit", {"station": ""}, "station", "社工站："),
        ("home_visit", {"station": "zz"}, "station", "社工站："),
        ("home_visit", {"project": "zz"}, "project", "项目："),
        ("home_visit", {"note": "长" * 5000}, "note", "所见情况："),
        ("case_session", {"minutes": "30"}, "whom", "服务对象："),
        ("attempt", {"outcome": "away"}, "whom", "服务对象："),
    ],
)  # fmt: skip
def test_what_is_refused_comes_back_with_all_that_was_typed_and_names_its_field(
    api: Running, reader: TestClient, kind: str, typed: dict[str, str], wrong: str, words: str
) -> None:
    sent = {"next_step": "下周再来", "note": "要留下的话", "late_reason": "回来补录", **typed}
    answer = send(api, reader, kind, **sent)
    text = html.unescape(answer.text)
    assert answer.status_code in (404, 409, 422), text
    assert words in text
    assert f'href="#{wrong}"' in text
    for name in (*typed, "late_reason"):
        assert sent[name] in text
    assert api.get("/visits")["items"] == []


def test_more_people_than_a_household_has_are_explained_in_a_field_that_then_stands_there(
    api: Running, reader: TestClient
) -> None:
    who = person(api)
    today = api.built.clock.now().astimezone(SHANGHAI).date().isoformat()
    home = {"station": api.station, "head": who, "community": "示例社区", "begins": today}
    api.done("/households", home)
    typed = {"whom": f"person:{who}", "minutes": "30", "others": "3"}
    assert 'name="explanation"' not in asked(api, reader)
    refused = send(api, reader, "home_visit", **typed)
    assert (refused.status_code, 'name="explanation"' in refused.text) == (422, True)
    written(api, send(api, reader, "home_visit", explanation="邻居来串门", **typed))


def test_what_is_written_late_is_asked_for_its_reason_and_who_approves(
    api: Running, reader: TestClient
) -> None:
    begins = api.built.clock.now().astimezone(SHANGHAI) - timedelta(days=40)
    typed = {"minutes": "30", "occurred.start": f"{begins:%Y-%m-%dT%H:%M}"}
    late = send(api, reader, "home_service", **typed)
    assert (late.status_code, 'name="late_reason"' in late.text) == (422, True)
    unapproved = send(api, reader, "home_service", late_reason=WHY, **typed)
    assert 'name="approved_by"' in unapproved.text
    typed |= {"late_reason": WHY, "approved_by": new_id()}
    assert written(api, send(api, reader, "home_service", **typed))["late_reason"] == WHY


def test_nobody_writes_in_anothers_name_nor_what_no_page_writes(
    api: Running, reader: TestClient
) -> None:
    foreign = send(api, reader, "home_service", minutes="30", writer=new_id())
    assert ANOTHER_WRITER.code == "page.another_writer"
    assert (foreign.status_code, ANOTHER_WRITER().text("zh") in foreign.text) == (409, True)
    assert reader.get("/recording/donation").status_code == 404
    assert send(api, reader, "donation").status_code == 404
    evaluator = Principal(
        actor=new_id(), role="evaluator", operator=api.operator, evaluation=new_id()
    )
    with browser(api) as client:
        sign_in(client, token(api, evaluator))
        assert client.get("/recording/home_visit").status_code == 403
        assert send(api, client, "home_service", minutes="30").status_code == 403
    assert api.get("/visits")["items"] == []
