"""Whose tasks somebody sees: their own, and those about what they may read all of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.clock import SimulatedClock, SystemClock
from domain.identity import Id, new_id
from domain.principal import Principal, Role
from tests.integration.elsewhere import another_station
from tests.integration.evaluated import contracted, evaluator, visited
from tests.integration.http import Running, running


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(SystemClock().now())


@pytest.fixture
def api(house_url: str, tmp_path: Path, clock: SimulatedClock) -> Iterator[Running]:
    with running(house_url, tmp_path / "home", clock) as it:
        it.settle()
        yield it


def sign_in(api: Running, role: Role, *stations: Id, actor: Id | None = None) -> Principal:
    who = Principal(actor=actor or new_id(), role=role, operator=api.operator, stations=stations)
    api.sign_in(who)
    return who


def bundle(api: Running, *ledgers: Id) -> Id:
    answer = api.post("/bundles", {"ledgers": list(ledgers)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task"])


def workbook(api: Running, project: Id) -> Id:
    answer = api.post(f"/projects/{project}/workbooks", {"year": 2018, "month": 10})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task"])


def answers(api: Running, task: Id) -> set[Any]:
    """Return what is answered about a task in each way in which it can be asked about."""
    one = f"/api/v1/tasks/{task}"
    told = [api.client.get(one), api.client.get(f"{one}/file"), api.client.post(f"{one}/retries")]
    return {(answer.status_code, answer.json().get("code")) for answer in told}


def test_a_colleague_of_another_station_sees_no_task_of_a_ledger_that_they_do_not_see_whole(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    api.follow()
    tasks = [bundle(api, project), workbook(api, project), bundle(api, api.station)]
    api.as_role("operator_manager")
    tasks += [bundle(api, api.operator), bundle(api, project, api.station)]
    sign_in(api, "station_head", new_id())
    unknown = answers(api, new_id())
    assert unknown == {(404, "not_found")}
    for task in tasks:
        assert answers(api, task) == unknown
    seen = api.client.get(f"/api/v1/tasks/{tasks[0]}").json()
    assert seen == api.client.get(f"/api/v1/tasks/{new_id()}").json()
    assert api.get("/unfinished-tasks") == []


def test_whoever_sees_all_that_a_task_is_about_sees_how_far_it_is(
    api: Running, clock: SimulatedClock
) -> None:
    other = another_station(api)
    project = contracted(api, clock)
    shared = contracted(api, clock, "shared")
    amendment = {"clause": "第二条", "document": "补充协议", "stations": [other]}
    api.done(f"/projects/{shared}/amendments", amendment)
    of_one, of_two = bundle(api, project), bundle(api, shared)
    sign_in(api, "station_head", api.station)
    assert api.get(f"/tasks/{of_one}")["state"] == "asked"
    assert answers(api, of_two) == {(404, "not_found")}
    sign_in(api, "station_head", api.station, other)
    assert api.get(f"/tasks/{of_two}")["state"] == "asked"
    sign_in(api, "worker")
    for task in (of_one, of_two):
        assert api.get(f"/tasks/{task}")["state"] == "asked"
    assert {one["task"] for one in api.get("/unfinished-tasks")} == {of_one, of_two}


def test_whoever_asked_sees_it_though_held_to_a_station_since(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    task = bundle(api, project)
    sign_in(api, "project_lead", new_id(), actor=api.worker)
    assert api.get(f"/tasks/{task}")["state"] == "asked"
    sign_in(api, "worker", new_id(), actor=api.worker)
    assert answers(api, task) == {(404, "not_found")}


def test_an_evaluator_sees_tasks_of_the_evaluated_ledger_alone(
    api: Running, clock: SimulatedClock
) -> None:
    project, other = contracted(api, clock), contracted(api, clock, "other")
    visited(api, project)
    tasks = bundle(api, project), bundle(api, other), bundle(api, project, other)
    evaluator(api, project, clock.now() + timedelta(hours=1))
    own = bundle(api, project)
    for task in (own, tasks[0]):
        assert api.get(f"/tasks/{task}")["state"] == "asked"
    for task in tasks[1:]:
        assert api.client.get(f"/api/v1/tasks/{task}").status_code == 404


def test_a_workbook_is_for_those_who_see_all_of_the_project(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    path, month = f"/projects/{project}/workbooks", {"year": 2018, "month": 10}
    api.follow()
    sign_in(api, "station_head", api.station)
    workbook(api, project)
    sign_in(api, "project_lead", new_id())
    refused = api.post(path, month)
    assert (refused.status_code, refused.json()["code"]) == (403, "export.not_whole")


def test_two_who_come_upon_the_same_key_have_a_task_each(
    api: Running, clock: SimulatedClock
) -> None:
    project, key = contracted(api, clock), new_id()
    path, month = f"/projects/{project}/workbooks", {"year": 2018, "month": 10}
    api.follow()
    tasks = []
    for role in ("worker", "worker", "supervisor"):
        api.as_role(role)
        tasks.append(api.post(path, month, **{"Idempotency-Key": key}).json()["task"])
    assert tasks[0] == tasks[1] != tasks[2]


@pytest.mark.parametrize("nonsense", ["x", "0", "%00", "0C6783B3-DDC4-5E68-9CE2-62C07EA2074B"])
def test_nonsense_for_an_id_is_refused(api: Running, nonsense: str) -> None:
    answer = api.client.get(f"/api/v1/tasks/{nonsense}")
    assert answer.status_code in {404, 422}
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_workbook_is_fetched_by_whoever_asked_while_they_see_all_of_the_project(
    api: Running, clock: SimulatedClock
) -> None:
    project = contracted(api, clock)
    api.follow()
    path = f"/api/v1/tasks/{workbook(api, project)}/file"

    def told() -> tuple[int, str]:
        answer = api.client.get(path)
        return answer.status_code, answer.json()["code"]

    assert told() == (422, "task.not_ready")
    sign_in(api, "project_lead", new_id(), actor=api.worker)
    assert told() == (403, "export.not_whole")
    sign_in(api, "project_lead", api.station, new_id(), actor=api.worker)
    assert told() == (422, "task.not_ready")
    sign_in(api, "project_lead", actor=new_id())
    assert told() == (404, "not_found")
    sign_in(api, "operator_manager", actor=api.worker)
    assert told() == (404, "not_found")
    evaluator(api, project, clock.now() + timedelta(hours=1))
    assert told() == (404, "not_found")
