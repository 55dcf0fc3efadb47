"""An operator's policies over HTTP: adopted, read with their history, and told by refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.identity import new_id
from domain.principal import Principal
from tests.integration.http import Running, running
from tests.integration.registered import person


@pytest.fixture
def api(database_url: str, home: Path) -> Iterator[Running]:
    with running(database_url, home) as it:
        it.settle()
        yield it


def path(api: Running, kind: str = "") -> str:
    return f"/operators/{api.operator}/policies{kind}"


def known(api: Running, **query: Any) -> dict[str, Any]:
    return {each["policy"]: each for each in api.get(path(api), **query)}


def test_a_policy_is_adopted_read_with_its_history_and_told_by_refusals(api: Running) -> None:
    today = api.built.clock.now().date()
    later = (today + timedelta(days=9)).isoformat()
    files = {"begins": today.isoformat(), "reason": "存储空间有限", "types": ["image/png"]}
    refused = api.post(path(api, "/attachments"), files)
    assert (refused.status_code, refused.json()["code"]) == (403, "role.may_not")
    assert known(api)["attachments"]["in_force"]["version"] == 0
    api.as_role("supervisor")
    api.done(path(api, "/attachments"), files)
    api.done(path(api, "/attachments"), files | {"begins": later, "types": ["application/pdf"]})
    held = known(api)["attachments"]
    assert [one["terms"]["version"] for one in held["adopted"]] == [1, 2]
    assert held["in_force"] == held["adopted"][0]["terms"]
    assert known(api, day=later)["attachments"]["in_force"]["version"] == 2
    answer = api.client.post(
        "/api/v1/attachments",
        params={"station": api.station},
        content=b"%PDF-1.7",
        headers={"Content-Type": "application/pdf", "Idempotency-Key": new_id()},
    )
    problem = answer.json()
    assert (problem["code"], problem["details"]["policy"]) == ("attachment.type_not_taken", 1)
    assert "第 1 版" in problem["title"]


def test_giving_and_activities_have_policies_too(api: Running) -> None:
    begins = api.built.clock.now().date().isoformat()
    api.as_role("operator_manager")
    why = {"begins": begins, "reason": "机构制度修订"}
    api.done(path(api, "/giving"), why | {"verified_days": 14, "separate_from": 30_000})
    api.done(path(api, "/activities"), why | {"plan_for": ["outing"]})
    unknown = api.post(path(api, "/activities"), why | {"agreements_for": ["nothing"]}).json()
    assert (unknown["code"], unknown["field"]) == ("activity.unknown_kind", "agreements_for")
    strange = api.post(path(api, "/attachments"), why | {"types": ["text/x-shellscript"]}).json()
    assert (strange["code"], strange["field"]) == ("invalid", "types")
    past = api.post(
        path(api, "/giving"),
        {**why, "verified_days": 9, "separate_from": 1} | {"begins": "2018-01-01"},
    ).json()
    assert (past["code"], past["field"]) == ("policy.begins_in_past", "begins")
    found = known(api)
    assert found["giving"]["in_force"]["verified_days"] == 14
    assert found["activities"]["in_force"]["plan_for"] == ["outing"]


def test_how_late_how_often_and_how_long_are_the_operators_own(api: Running) -> None:
    today = api.built.clock.now().date()
    begins = (today - timedelta(days=1)).isoformat()
    api.as_role("operator_manager")
    why = {"begins": today.isoformat(), "reason": "机构制度修订"}
    for kind, terms in (
        ("recording", {"reason_after": 0, "approval_after": 0}),
        ("visits", {"high": 3, "key": 15, "general": 60}),
        ("case-files", {"years": 15}),
    ):
        past = api.post(path(api, f"/{kind}"), why | terms | {"begins": begins}).json()
        assert (past["code"], past["field"]) == ("policy.begins_in_past", "begins")
        api.done(path(api, f"/{kind}"), why | terms)
    found = known(api)
    held = [found[kind]["in_force"] for kind in ("recording", "visits", "case_files")]
    assert held == [
        {"version": 1, "reason_after": 0, "approval_after": 0},
        {"version": 1, "high": 3, "key": 15, "general": 60},
        {"version": 1, "years": 15},
    ]
    assert api.post(path(api, "/case-files"), why | {"years": 0}).status_code == 422
    api.as_role("worker")
    plan = {"station": api.station, "worker": api.worker, "begins": today.isoformat()}
    for tier, more in (("high", {}), ("key", {"every_days": 20})):
        known_person = person(api)
        api.done("/visit-plans", plan | {"person": known_person, "tier": tier} | more)
    assert sorted(each["every_days"] for each in api.get("/visit-plans")["items"]) == [3, 20]


def test_another_operators_policies_are_not_there(api: Running) -> None:
    api.sign_in(Principal(actor=new_id(), role="supervisor", operator=new_id()))
    assert api.client.get(f"/api/v1{path(api)}").status_code == 404
    sent = {"begins": "2999-01-01", "reason": "机构制度修订", "types": ["image/png"]}
    assert api.post(path(api, "/attachments"), sent).status_code == 404
