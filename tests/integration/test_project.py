"""A project over HTTP: contracted, delivered to, reported; every figure down to its deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.identity import new_id
from domain.indicators import indicator_id
from domain.journal.bundle import entries
from projections.catalogue import VIEWS
from projections.engine.fold import canonical, fold
from projections.indicators import indicators
from projections.project import projects
from projections.replay import Replay
from projections.snapshot import snapshot
from projections.statements import hold
from tests.bundles import write
from tests.integration.contracted import SHEET, cell, contract, contracted, named, service
from tests.integration.days import today_here
from tests.integration.http import Running
from tests.tables import read_table

REASON = {"code": "entry_error", "text": "人数录入错误"}


def test_a_whole_contract_is_adopted_at_once_and_shown(api: Running) -> None:
    project = contracted(api)
    shown = api.get(f"/projects/{project}")
    assert (shown["slug"], shown["state"], len(shown["goals"])) == ("fuyuan", "running", 7)
    assert [row["project"] for row in api.get("/projects")["items"]] == [project]
    listed = api.get(f"/projects/{project}/indicators", limit=200)["items"]
    assert [row["code"] for row in listed] == [
        each["definition"]["code"] for each in SHEET["indicators"]
    ]
    again = api.post("/projects", contract(api))
    assert (again.status_code, again.json()["code"]) == (409, "project.key_taken")


def test_a_figure_opens_to_its_deliveries_and_follows_their_correction(api: Running) -> None:
    project = contracted(api)
    first, _ = service(api, project), service(api, project)
    figure = cell(api, project, "B05", "minutes")
    assert figure["actual"] == 80
    parts = api.get(f"/indicators/{figure['indicator']}/contributions")["items"]
    assert [(row["amount"], row["day"]) for row in parts] == [(40, today_here().isoformat())] * 2
    event = first["events"][0]
    before = api.built.journal.max_notification_id()
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 50}, "reason": REASON})
    assert cell(api, project, "B05", "minutes")["actual"] == 90
    report = api.get(f"/projects/{project}/midterm", known_at=before)
    assert [line["retained_documents"] for line in report["table_b"]] == [[]] * 20
    assert report["totals"]["home_service_minutes"] == 80
    api.done(f"/records/{event}/voidings", {"reason": REASON})
    assert cell(api, project, "B05", "times")["actual"] == 1


def test_progress_tells_months_targets_and_completion(api: Running) -> None:
    project = contracted(api)
    service(api, project, attendance=named(api))
    come = {row["code"]: row for row in api.get(f"/projects/{project}/progress")}
    made = come["B05.person_times"]
    assert (made["total"], made["months"]) == (1, {f"{today_here():%Y-%m}": 1})
    (due,) = made["due"]
    assert due["target"]["low"] == 88
    assert (due["completion"]["numerator"], due["completion"]["tenths"]) == (1, 11)
    assert come["1-2"]["due"][0]["completion"] is None


def test_progress_names_the_unit_in_which_hours_are_counted(api: Running) -> None:
    project = contracted(api)
    made = {"code": "8-2", "name": "上门服务时长", "measure": "minutes", "unit": "小时"}
    api.done(f"/projects/{project}/indicators", {"definition": {**made, "kinds": ["home_service"]}})
    target = {
        "indicator": indicator_id(project, "8-2"),
        "per": "project",
        "target": {"value": 2, "unit": "小时"},
        "effective_from": today_here().isoformat(),
        "source": "补充协议",
    }
    api.done(f"/projects/{project}/targets", target)
    service(api, project)
    come = {row["code"]: row for row in api.get(f"/projects/{project}/progress")}
    hours = come["8-2"]
    assert (hours["total"], hours["unit"], hours["counted_in"]) == (40, "小时", "分钟")
    assert hours["due"][0]["completion"]["low"] == 120
    assert {row["counted_in"] for row in come.values() if row["unit"] == "人次"} == {"人次"}


def test_where_a_delivery_counts_is_decided_by_hand_over_http(api: Running) -> None:
    project = contracted(api)
    event = service(api, project)["events"][0]
    indicator = indicator_id(project, "B14.times")
    decision = {"event": event, "indicator": indicator, "reason": "督导核实后计入"}
    path = f"/projects/{project}/allocations"
    exclusive = api.post(path, decision)
    assert (exclusive.status_code, exclusive.json()["code"]) == (409, "allocation.exclusive")
    withdrawn = decision | {"indicator": indicator_id(project, "B05.times"), "counts": False}
    api.done(path, withdrawn)
    api.done(path, decision)
    assert cell(api, project, "B05", "times")["actual"] == 0
    assert cell(api, project, "B14", "times")["actual"] == 1
    assert len(api.get(f"/projects/{project}")["allocations"]) == 2
    life = api.get(f"/records/{event}")
    assert [step["change"] for step in life] == ["written", "corrected", "corrected"]


def test_targets_goals_and_indicators_change_only_as_the_contract_allows(api: Running) -> None:
    project = contracted(api)
    target = {
        "indicator": indicator_id(project, "B05.times"),
        "per": "midterm",
        "target": {"value": 60, "unit": "次"},
        "effective_from": today_here().isoformat(),
        "source": "补充协议",
    }
    refused = api.post(f"/projects/{project}/targets", target).json()
    assert refused["code"] == "indicator.target_without_amendment"
    amendment = {"clause": "第四条", "document": "补充协议一"}
    event = api.done(f"/projects/{project}/amendments", amendment)["events"][0]
    api.done(f"/projects/{project}/targets", target | {"amendment": event})
    assert cell(api, project, "B05", "times")["planned"] == 60
    api.done(f"/projects/{project}/goals", {"code": "8", "title": "社区安全"})
    made = {"code": "8-1", "name": "讲座", "measure": "times", "unit": "次", "goal": "8"}
    api.done(f"/projects/{project}/indicators", {"definition": made})
    retired = indicator_id(project, "8-1")
    why = {"reason": "合同第四条取消"}
    api.done(f"/projects/{project}/indicators/{retired}/retirement", why)
    codes = {row["code"]: row for row in api.get(f"/projects/{project}/progress")}
    assert codes["8-1"]["retired_from"] is not None
    assert (codes["8-1"]["due"], codes["A13"]["retired_from"]) == ([], None)
    gone = api.client.delete(f"/api/v1/projects/{project}/indicators/{retired}")
    assert gone.status_code in (404, 405)


def test_statuses_claims_and_differences_are_told(api: Running) -> None:
    project = contracted(api)
    status = {
        "indicator": indicator_id(project, "A13"),
        "status": "done",
        "text": "已完成",
        "shown_by": [new_id()],
    }
    api.done(f"/projects/{project}/statuses", status)
    claim = {"report": "midterm", "line": "B16", "value": 240, "unit": "人次", "text": "共计240"}
    made = api.done(f"/projects/{project}/claims", claim)["events"][0]
    path = f"/projects/{project}/differences"
    (differs,) = [one for one in api.get(path) if one["kind"] == "claim_differs"]
    assert (differs["said"]["value"], differs["counted"][0]["value"]) == (240, 0)
    words = {"explanation": "含志愿者和社工90人次"}
    api.done(f"/projects/{project}/claims/{made}/reconciliations", words)
    (row,) = api.get(f"/projects/{project}/claims")["items"]
    assert (row["explanation"], row["author"]) == (words["explanation"], api.worker)
    assert cell(api, project, "A13", "count")["said"] == "已完成"
    nothing = claim | {"unit": ""}
    assert api.post(f"/projects/{project}/claims", nothing).json()["code"] == "figure.no_unit"


def test_a_report_is_handed_in_once_its_differences_are_explained(api: Running) -> None:
    project = contracted(api)
    service(api, project)
    claim = {"report": "midterm", "line": "B16", "value": 240, "unit": "人次", "text": "共计240"}
    made = api.done(f"/projects/{project}/claims", claim)["events"][0]
    path, report = f"/projects/{project}/submissions", {"report": "midterm"}
    problem = api.post(path, report)
    assert problem.status_code == 409
    told = problem.json()
    assert (told["code"], told["field"]) == ("report.unexplained", "claims")
    assert told["details"]["claims"] == made
    assert "B16 240人次" in told["title"]
    words = {"explanation": "含志愿者和社工90人次"}
    api.done(f"/projects/{project}/claims/{made}/reconciliations", words)
    api.done(path, report)
    (handed_in,) = api.get(path)["items"]
    assert (handed_in["report"], handed_in["differing"]) == ("midterm", made)
    known = [
        row
        for row in api.built.journal.read_ledger(project)
        if row.position <= handed_in["snapshot"]
    ]
    assert snapshot(indicators, fold((indicators,), known)[0]) == handed_in["hash"]
    assert len(api.get(f"/projects/{project}")["submissions"]) == 1


def test_a_line_is_not_claimed_by_the_indicator_of_another(api: Running) -> None:
    """Given B05 at 1 次, when 0 次 is claimed of it with an indicator of B16 that stands at 0, then
    it is refused; of the line alone it is taken, listed, and holds the report up."""
    project = contracted(api)
    service(api, project)
    claim = {"report": "midterm", "line": "B05", "value": 0, "unit": "次", "text": "0次"}
    path = f"/projects/{project}/claims"
    told = api.post(path, claim | {"indicator": indicator_id(project, "B16.times")}).json()
    assert (told["code"], told["field"]) == ("figure.other_line", "indicator")
    made = api.done(path, claim)["events"][0]
    listed = [one["claim"] for one in api.get(f"/projects/{project}/differences")]
    assert made in listed
    refused = api.post(f"/projects/{project}/submissions", {"report": "midterm"}).json()
    assert (refused["code"], refused["details"]["claims"]) == ("report.unexplained", made)


def test_a_report_cannot_be_handed_in_past_its_figures_under_another_name(api: Running) -> None:
    project = contracted(api)
    claim = {"report": "midterm", "line": "B16", "value": 240, "unit": "人次", "text": "共计240"}
    made = api.done(f"/projects/{project}/claims", claim)["events"][0]
    path = f"/projects/{project}/submissions"
    for name in ("Midterm", "mid-term", "MIDTERM"):
        told = api.post(path, {"report": name}).json()
        assert (told["code"], told["details"]["claims"]) == ("report.unexplained", made), name
    told = api.post(path, {"report": "half-year"}).json()
    assert (told["code"], told["field"]) == ("report.no_figures", "report")
    api.done(path, {"report": "half-year", "no_figures": True})
    (handed_in,) = api.get(path)["items"]
    assert (handed_in["report"], handed_in["no_figures"]) == ("half-year", True)


def test_an_explanation_holds_no_longer_once_the_count_is_another(api: Running) -> None:
    project = contracted(api)
    done = [service(api, project)["events"][0] for _ in range(2)]
    claim = {"report": "midterm", "line": "B05", "value": 240, "unit": "次", "text": "共计240"}
    made = api.done(f"/projects/{project}/claims", claim)["events"][0]
    explain = f"/projects/{project}/claims/{made}/reconciliations"
    words = {"explanation": "含志愿者和社工90人次"}
    api.done(explain, words | {"until": today_here().isoformat()})
    (row,) = api.get(f"/projects/{project}/claims")["items"]
    assert row["explained_for"] == "B05 2次"
    api.done(f"/records/{done[0]}/voidings", {"reason": REASON})
    found = api.get(f"/projects/{project}/differences")
    (differs,) = [one for one in found if one["kind"] == "claim_differs"]
    assert (differs["explanation"], differs["explained"]) == (words["explanation"], False)
    path, report = f"/projects/{project}/submissions", {"report": "midterm"}
    problem = api.post(path, report).json()
    assert (problem["code"], problem["details"]["outdated"]) == ("report.unexplained", 1)
    assert "B05 240次 (B05 1次)" in problem["title"]
    yesterday = today_here(-1).isoformat()
    api.done(explain, words | {"until": yesterday})
    assert api.post(path, report).json()["code"] == "report.unexplained"
    api.done(explain, words)
    api.done(path, report)


def test_contradictions_and_coverage_are_told_with_what_is_behind_them(api: Running) -> None:
    project = contracted(api)
    done = service(api, project, attendance=named(api))
    claim = {"report": "midterm", "line": "9.9", "value": 30, "unit": "人", "text": "30人"}
    made = api.done(f"/projects/{project}/claims", claim)
    found = api.get(f"/projects/{project}/contradictions")
    (alone,) = [one for one in found if one["code"] == "claim_without_line"]
    assert (alone["events"], alone["details"]["codes"]) == (made["events"], "9.9 30人")
    assert "9.9 30人" in alone["words"]["zh"]
    assert alone["words"]["en"]
    path = f"/projects/{project}/contradictions"
    before = api.get(path, known_at=done["position"])
    assert "claim_without_line" not in {one["code"] for one in before}
    tomorrow = today_here(1).isoformat()
    later = {"from": tomorrow, "to": tomorrow}
    (none,) = [one for one in api.get(path, **later) if one["code"] == "indicator_without_work"]
    (some,) = [one for one in found if one["code"] == "indicator_without_work"]
    assert "A02" in none["details"]["codes"].split(", ")
    assert "A02" not in some["details"]["codes"].split(", ")
    nothing = api.get(f"/projects/{project}/coverage", **later)
    assert not any(one["events"] for goal in nothing["goals"] for one in goal["indicators"])
    shown = api.get(f"/projects/{project}/coverage")
    assert [one["line"] for one in shown["claims_of_no_line"]] == ["9.9"]
    counted = {one["code"]: one["events"] for goal in shown["goals"] for one in goal["indicators"]}
    assert counted["A02"] == 1


def test_a_period_is_closed_on_a_hash_that_anyone_can_make_again(api: Running) -> None:
    project = contracted(api)
    service(api, project)
    first, last = today_here(-40), today_here(-1)
    days = {"first": first.isoformat(), "last": last.isoformat()}
    path = f"/projects/{project}/periods"
    assert api.post(path, days).json()["code"] == "period.no_approver"
    approved = days | {"approved_by": new_id()}
    api.done(path, approved)
    assert api.post(path, approved).json()["code"] == "period.closed_twice"
    (period,) = api.get(f"/projects/{project}")["periods"]
    journal = api.built.journal
    then = [row for row in journal.read_ledger(project) if row.position <= period["snapshot"]]
    assert snapshot(indicators, fold((indicators,), then)[0]) == period["hash"]
    late = {
        "occurred": {"start": datetime.combine(last, datetime.min.time(), UTC).isoformat()},
    }
    given = {
        "station": api.station,
        "project": project,
        "kind": "home_service",
        "minutes": 40,
        "attendance": [{"role": "client"}],
    }
    closed = api.post("/visits", given | late)
    assert (closed.status_code, closed.json()["code"]) == (409, "period.closed")
    api.done("/visits", given | late | {"approved_by": new_id()})
    api.done(f"/projects/{project}/reopenings", approved | {"reason": "评估整改需要补录"})
    api.done("/visits", given | late | {"workers": [new_id()]})


def test_a_project_is_suspended_resumed_and_ended(api: Running) -> None:
    project = contracted(api)
    api.done(f"/projects/{project}/suspension", {"reason": "经费未到"})
    assert api.get(f"/projects/{project}")["state"] == "suspended"
    api.done(f"/projects/{project}/resumption", {})
    api.done(f"/projects/{project}/end", {"reason": "合同期满"})
    assert api.get(f"/projects/{project}")["state"] == "ended"


def test_what_no_goal_names_is_listed_over_http(api: Running) -> None:
    project = contracted(api)
    service(api, project, kind="phone_contact")
    rows = api.get(f"/projects/{project}/out-of-scope")["items"]
    assert [row["kind"] for row in rows] == ["phone_contact"]


def test_another_operators_project_is_as_if_it_were_not_there(api: Running) -> None:
    project = contracted(api)
    event = service(api, project)["events"][0]
    api.as_role("operator_manager", operator=new_id())
    assert api.get("/projects")["items"] == []
    assert api.get(f"/projects/{project}/progress") == []
    assert api.get(f"/projects/{project}/claims")["items"] == []
    figure = indicator_id(project, "B05.times")
    assert api.get(f"/indicators/{figure}/contributions")["items"] == []
    for path in ("", "/midterm", "/differences", "/contradictions", "/midterm?known_at=1"):
        assert api.client.get(f"/api/v1/projects/{project}{path}").status_code == 404
    decision = {"event": event, "indicator": figure, "reason": "督导核实后计入"}
    commands: dict[str, dict[str, Any]] = {
        "end": {"reason": "合同期满"},
        "goals": {"code": "9", "title": "别人的目标"},
        "allocations": decision,
        "periods": {"first": "2018-01-01", "last": "2018-01-31", "approved_by": new_id()},
    }
    for command, body in commands.items():
        assert api.post(f"/projects/{project}/{command}", body).status_code == 404
    assert api.post("/projects", contract(api)).status_code == 404


def test_a_closed_period_is_borne_out_by_whoever_replays_the_bundle(
    api: Running, tmp_path: Path
) -> None:
    project = contracted(api)
    service(api, project)
    first, last = today_here(-40), today_here(-1)
    days = {"first": first.isoformat(), "last": last.isoformat(), "approved_by": new_id()}
    api.done(f"/projects/{project}/periods", days)
    service(api, project)
    size = sum(1 for _ in api.built.journal.read_ledger(project))
    write(api.built, tmp_path / "bundle", (project, size))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = Replay(tmp_path / "bundle", project, VIEWS, scratch).run()
    (closed,) = made.statements
    assert (closed.kind, closed.view) == ("project.PeriodClosed@1", "indicators")
    assert closed.held is True
    closed.hash = "0" * 64
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    hold([closed], entries(tmp_path / "bundle", project, 100), elsewhere)
    assert closed.held is False


def test_followed_tables_are_the_fold_of_the_journal(api: Running) -> None:
    project = contracted(api)
    made = [service(api, project) for _ in range(3)]
    path = f"/records/{made[0]['events'][0]}"
    api.done(f"{path}/corrections", {"facts": {"minutes": 50}, "reason": REASON})
    api.done(f"/records/{made[1]['events'][0]}/voidings", {"reason": REASON})
    api.follow()
    rows, folder = fold((indicators, projects), api.built.journal.read(0, 10_000))
    assert not folder.parked
    with api.built.connect() as connection:
        for view in (indicators, projects):
            for table in view.tables:
                assert canonical(table, read_table(connection, table)) == rows.dump(table)
