"""What people read before they hand a report in: claims beside counts, and what is worth asking."""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.clock import SystemClock
from domain.identity import new_id
from domain.principal import Principal
from domain.refusals import catalogue
from tests.integration.counted import PRINTED, contract, page, row, today, visit
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token

LATE_DAYS = 9


def late_visit(api: Running, project: str) -> str:
    start = today().replace(hour=10, minute=0, second=0, microsecond=0) - timedelta(days=LATE_DAYS)
    sent: dict[str, Any] = {
        "station": api.station,
        "project": project,
        "kind": "home_service",
        "minutes": 40,
        "workers": [new_id()],
        "attendance": [{"role": "resident", "source": "counted"}],
        "occurred": {"start": start.isoformat()},
        "late_reason": "平板没有网络",
    }
    event: str = api.done("/visits", sent)["events"][0]
    return event


def claim(api: Running, project: str, value: int) -> str:
    sent = {"report": "midterm", "value": value, "unit": "次", "line": PRINTED["line"]}
    event: str = api.done(f"/projects/{project}/claims", sent)["events"][0]
    return event


def test_a_claim_that_differs_stands_beside_the_count_until_it_is_explained(
    api: Running, reader: TestClient
) -> None:
    project = contract(api, printed=PRINTED)
    for _ in range(4):
        visit(api, project)
    api.follow()
    made = claim(api, project, 6)
    shown = page(api, reader, f"/projects/{project}/contradictions")
    claims = shown.partition('id="claims"')[2]
    assert f"/records/{made}" in claims
    assert "尚无说明" in claims
    assert re.search(r"6\s*次.*4\s*次", claims, re.DOTALL)

    api.done(
        f"/projects/{project}/claims/{made}/reconciliations", {"explanation": "两次未留存签到"}
    )
    explained = page(api, reader, f"/projects/{project}/contradictions").partition('id="claims"')[2]
    assert "两次未留存签到" in explained
    assert "尚无说明" not in explained


def test_who_may_not_see_the_staff_is_told_that_nobody_looked(api: Running) -> None:
    project = contract(api, printed=PRINTED)
    visit(api, project)
    path = f"/projects/{project}/contradictions"
    lead = Principal(actor=new_id(), role="project_lead", operator=api.operator)
    outside = Principal(
        actor=new_id(),
        role="evaluator",
        operator=api.operator,
        ledger=project,
        evaluation=new_id(),
        until=SystemClock().now() + timedelta(hours=1),
    )
    api.follow()
    seen = []
    for who in (lead, outside):
        api.sign_in(who)
        answer = api.client.get(f"/api/v1{path}")
        assert isinstance(answer.json(), list)
        with browser(api) as client:
            sign_in(client, token(api, who))
            told = "团队变动没有查" in client.get(path).text
        seen.append((answer.headers.get("Shilu-Not-Known"), told))
    assert seen == [(None, False), ("staff_elsewhere", True)]


def test_late_records_are_told_with_their_lag_and_open_to_the_records(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    events = [late_visit(api, project) for _ in range(6)]
    visit(api, project)
    shown = page(api, reader, f"/projects/{project}/signals")
    assert row(shown, "当天").split() == ["当天", "1"]
    assert row(shown, "8-30 天").split() == ["8-30", "天", "6"]
    assert f"最长 {LATE_DAYS} 天" in shown
    listed = [event for event in events if f"/records/{event}" in shown]
    assert len(listed) == 5, "one of six is left to the page of this kind"
    assert "其余 1 条记录" in shown

    alone = page(api, reader, f"/projects/{project}/signals", code="record_lag", lang="en")
    assert [event for event in events if f"/records/{event}" not in alone] == []
    assert "Records written late" in alone
    assert "Worth asking why" in alone


def test_nothing_found_is_said(api: Running, reader: TestClient) -> None:
    project = contract(api)
    visit(api, project)
    shown = page(api, reader, f"/projects/{project}/signals")
    assert "没有发现。" in shown
    assert "服务对象去世登记在社工站" in shown, "what was not looked for is no finding"


def test_what_was_found_by_then_is_what_was_known_by_then(api: Running, reader: TestClient) -> None:
    project = contract(api)
    visit(api, project)
    before = today()
    for _ in range(6):
        late_visit(api, project)
    now = page(api, reader, f"/projects/{project}/signals")
    then = page(api, reader, f"/projects/{project}/signals", at=before.isoformat())
    assert "录入间隔" in now
    assert "录入间隔" not in then


@pytest.mark.parametrize("about", ["contradictions", "signals"])
def test_a_project_that_is_not_there_is_not_found(
    api: Running, reader: TestClient, about: str
) -> None:
    assert reader.get(f"/projects/{new_id()}/{about}").status_code == 404
    assert reader.get(f"/projects/nonsense/{about}").status_code == 404


@pytest.mark.parametrize("sort", ["signals", "contradictions"])
def test_a_kind_of_finding_that_there_is_not_is_no_clean_bill(
    api: Running, reader: TestClient, sort: str
) -> None:
    path = f"/projects/{contract(api)}/{sort}"
    other = {"signals": "figure_differs", "contradictions": "record_lag"}[sort]
    words = catalogue()["page.no_such_finding"]
    for code in ("nope", other):
        for language in ("zh", "en"):
            said = escape(words[language].format(asked=code))
            answer = reader.get(path, params={"code": code, "lang": language})
            assert (answer.status_code, said in answer.text) == (422, True)
