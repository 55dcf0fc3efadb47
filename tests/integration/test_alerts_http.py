"""Alerts and tasks over HTTP: who sees them, and what they do about them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

import openpyxl  # type: ignore[import-untyped] # it has no types

from deploy.workroom import workshop_of
from domain.alert import escalate_alert
from domain.clock import SHANGHAI, SystemClock
from domain.contract import define_indicator
from domain.entry import Scope
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.contracts import TERMS, contract_project, definition
from tests.integration.alarmed import raised, work
from tests.integration.http import Running


def test_the_longest_overdue_comes_first_and_only_open_ones(api: Running) -> None:
    later, first, done = raised(api, -1), raised(api, -5), raised(api, -9)
    api.done(f"/alerts/{done}/resolutions", {"reason": "已电话确认平安，本周走访"})
    rows = api.get("/alerts")["items"]
    assert [row["alert"] for row in rows] == [first, later]
    assert len(api.get("/alerts", state="resolved")["items"]) == 1
    assert api.get("/alerts", worker=new_id())["items"] == []


def test_an_alert_is_taken_on_put_off_and_ended(api: Running) -> None:
    alert = raised(api)
    api.done(f"/alerts/{alert}/acknowledgements", {})
    assert api.get(f"/alerts/{alert}")["acknowledged_by"] == api.worker
    again = api.post(f"/alerts/{alert}/acknowledgements", {})
    assert (again.status_code, again.json()["code"]) == (409, "alert.already_acknowledged")
    until = (SystemClock().now().date() + timedelta(days=3)).isoformat()
    api.done(f"/alerts/{alert}/snoozes", {"until": until, "reason": "社工外出培训"})
    assert api.get(f"/alerts/{alert}")["snoozed_until"] == until
    api.done(f"/alerts/{alert}/resolutions", {"reason": "已电话确认平安，本周走访"})
    assert api.get(f"/alerts/{alert}")["state"] == "resolved"
    gone = api.post(f"/alerts/{alert}/resolutions", {"reason": "已电话确认平安，本周走访"})
    assert (gone.status_code, gone.json()["code"]) == (409, "alert.resolved")


def test_mine_are_those_addressed_to_me_or_my_role(api: Running) -> None:
    alert = raised(api)
    assert [row["alert"] for row in api.get("/alerts/mine")] == [alert]
    api.sign_in(Principal(actor=new_id(), role="worker", operator=api.operator))
    assert api.get("/alerts/mine") == []
    api.sign_in(Principal(actor=new_id(), role="supervisor", operator=api.operator))
    assert [row["alert"] for row in api.get("/alerts/mine")] == [alert]


def test_an_alert_that_is_over_is_nobodys_also_of_those_told_later(api: Running) -> None:
    alert = raised(api)
    shop = workshop_of(api.built)
    shop.carry_out(
        api.operator, lambda desk, e: escalate_alert(desk, e, alert, "red", ("station_head",))
    )
    head = Principal(actor=new_id(), role="station_head", operator=api.operator)
    api.sign_in(head)
    assert [row["alert"] for row in api.get("/alerts/mine")] == [alert]
    api.done(f"/alerts/{alert}/resolutions", {"reason": "已电话确认平安，本周走访"})
    assert api.get("/alerts/mine") == []


def test_alerts_of_others_are_as_if_they_were_not_there(api: Running) -> None:
    alert = raised(api)
    api.as_role("supervisor", operator=new_id())
    assert api.get("/alerts")["items"] == []
    api.follow()
    assert api.client.get(f"/api/v1/alerts/{alert}").status_code == 404
    done = api.post(f"/alerts/{alert}/acknowledgements", {})
    assert (done.status_code, done.json()["code"]) == (404, "not_found")


def test_thresholds_are_set_by_version(api: Running) -> None:
    change = {
        "operator": api.operator,
        "thresholds": [{"name": "days", "value": 10}],
        "reason": "机构制度修订",
    }
    assert api.done("/alert-rules/AL-01/changes", change)["version"] == 1
    unknown = api.post("/alert-rules/AL-99/changes", change)
    assert unknown.json()["code"] == "alert_rule.unknown"


def contracted(api: Running) -> Id:
    shop = workshop_of(api.built)
    scope = Scope(operator=api.operator, station=api.station)
    project = shop.carry_out(
        api.operator, lambda desk, e: contract_project(desk, e, scope, TERMS)
    ).stream
    shop.carry_out(api.operator, lambda desk, e: define_indicator(desk, e, project, definition()))
    api.follow()
    return project


def test_a_workbook_is_asked_for_watched_and_fetched(api: Running) -> None:
    project, key = contracted(api), new_id()
    path, month = f"/projects/{project}/workbooks", {"year": 2018, "month": 8}
    answer = api.post(path, month, **{"Idempotency-Key": key})
    again = api.post(path, month, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()) == (202, again.json())
    task = answer.json()["task"]
    assert answer.headers["Location"] == f"/api/v1/tasks/{task}"
    assert api.get(f"/tasks/{task}")["state"] == "asked"
    early = api.client.get(f"/api/v1/tasks/{task}/file")
    assert early.json()["code"] == "task.not_ready"
    work(api)
    done = api.get(f"/tasks/{task}")
    assert (done["state"], done["error"]) == ("done", None)
    file = api.client.get(f"/api/v1/tasks/{task}/file")
    assert "-workbook-2018-08-" in file.headers["Content-Disposition"]
    assert sha256(file.content).hexdigest() == done["result"]
    assert openpyxl.load_workbook(BytesIO(file.content)).sheetnames[0] == "说明"


def test_a_workbook_is_of_what_was_known_at_a_moment(api: Running) -> None:
    project = contracted(api)
    path, month = f"/projects/{project}/workbooks", {"year": 2018, "month": 8}
    known = [row.position for row in api.built.journal.read_ledger(project)]
    today = datetime.now(SHANGHAI).date()
    for moment, position in (
        (str(known[0]), known[0]),
        (str(known[-1]), known[-1]),
        (today.isoformat(), known[-1]),
    ):
        answer = api.post(path, month | {"known_at": moment})
        assert answer.status_code == 202
        task = workshop_of(api.built).register.find(answer.json()["task"])
        assert task is not None
        assert task.position == position
    for wrong, code in (
        ("2018-1-5", "known_at.unclear"),
        ("2018-01-05", "not_found"),
        ((today + timedelta(days=1)).isoformat(), "known_at.in_future"),
        (str(known[-1] + 10**6), "known_at.beyond"),
    ):
        refused = api.post(path, month | {"known_at": wrong}).json()
        assert refused["code"] == code


def test_tasks_of_others_are_as_if_they_were_not_there(api: Running) -> None:
    project = contracted(api)
    task = api.post(f"/projects/{project}/workbooks", {"year": 2018, "month": 8}).json()["task"]
    assert [one["task"] for one in api.get("/unfinished-tasks")] == [task]
    api.as_role("supervisor", operator=new_id())
    assert api.get("/unfinished-tasks") == []
    for path in (f"/tasks/{task}", f"/tasks/{task}/file"):
        assert api.client.get(f"/api/v1{path}").status_code == 404
    assert api.post(f"/projects/{project}/workbooks", {"year": 2018, "month": 8}).status_code == 404


def test_a_failed_task_is_shown_and_tried_again(api: Running) -> None:
    project = contracted(api)
    task = api.post(f"/projects/{project}/workbooks", {"year": 2018, "month": 8}).json()["task"]
    register = workshop_of(api.built).register
    holder = new_id()
    register.begin(task, holder)
    register.fail(task, holder, "NoProjectError", final=True)
    shown = api.get(f"/tasks/{task}")
    assert (shown["state"], shown["error"]) == ("failed", "NoProjectError")
    assert api.client.post(f"/api/v1/tasks/{task}/retries").json()["state"] == "asked"
    time.sleep(0.01)
    work(api)
    assert api.get(f"/tasks/{task}")["state"] == "done"
