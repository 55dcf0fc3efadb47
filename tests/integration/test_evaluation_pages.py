"""An evaluation as people read it: the evaluator with their token, the station with its own."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from domain.clock import SystemClock
from domain.identity import Id, new_id
from tests.integration.alarmed import work
from tests.integration.bundled import asked
from tests.integration.evaluated import PassingClock
from tests.integration.evaluating import HOUR, NONCE, PLAN, Evaluating
from tests.integration.http import running
from tests.integration.pages import browser, sign_in, token


@pytest.fixture
def it(house_url: str, tmp_path: Path) -> Iterator[Evaluating]:
    clock = PassingClock(SystemClock().now())
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        yield Evaluating(api, clock, house_url)


@pytest.fixture
def evaluator(it: Evaluating) -> Iterator[TestClient]:
    with browser(it.api) as client:
        sign_in(client, it.token)
        yield client


@pytest.fixture
def station(it: Evaluating) -> Iterator[TestClient]:
    with browser(it.api) as client:
        sign_in(client, token(it.api))
        yield client


def page(it: Evaluating, reader: TestClient, path: str, **query: str) -> str:
    it.api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def drawn(shown: str, records: list[Id]) -> set[Id]:
    return {record for record in records if record in shown}


def test_an_evaluation_is_found_from_its_project_by_both_sides(
    it: Evaluating, evaluator: TestClient, station: TestClient
) -> None:
    it.done("snapshot")
    for reader in (evaluator, station):
        listed = page(it, reader, f"/projects/{it.project}/evaluations")
        assert f"/evaluations/{it.id}" in listed
        assert "中期评估 · 示例评估中心" in listed
    shown = page(it, evaluator, f"/evaluations/{it.id}")
    assert it.read()["frozen_root"] in shown
    assert {row["hash"] for row in it.read()["views"] if row["hash"] not in shown} == set()
    assert "已声明无利益冲突" in shown
    assert '<dt>留存 <span class="quiet code">retained</span></dt>' in shown
    it.done("declarations", {"evaluator": it.evaluator, "conflict": True})
    shown = page(it, station, f"/evaluations/{it.id}")
    assert ("访问已结束" in shown, "自动结束" in shown) == (True, False)


def test_a_drawn_sample_names_no_record_before_its_hour(
    it: Evaluating, evaluator: TestClient, station: TestClient
) -> None:
    sample = it.drawn()
    at_home = it.drawn_at_home(sample)
    one, its = f"/evaluations/{it.id}", f"/evaluations/{it.id}/samples/{sample}"
    for reader in (evaluator, station):
        for path in (one, its):
            shown = page(it, reader, path)
            assert "公布" in shown
            assert drawn(shown, it.visits) == set()
            assert NONCE not in shown
    it.clock.set(it.hour)
    it.done(f"samples/{sample}/revelation", {"nonce": NONCE})
    assert drawn(page(it, station, its), it.visits) == set(at_home)
    shown = page(it, station, one)
    (settled,) = it.read()["samples"]
    assert f'<dt>评估方随机数</dt><dd class="code">{NONCE}</dd>' in shown
    assert f'<dt>系统随机数</dt><dd class="code">{settled["contribution"]}</dd>' in shown
    assert "已被重抽取代" not in shown
    again = {"commitment": "ab" * 32, "visible_from": (it.clock.now() + HOUR).isoformat()}
    it.done("samples", PLAN | again | {"replaces": sample, "reason": "抽样方案有误，重抽"})
    assert page(it, station, one).count("已被重抽取代") == 1


def test_what_was_found_of_a_record_stands_beside_it(it: Evaluating, station: TestClient) -> None:
    sample = it.revealed()
    record, *others = it.drawn_at_home(sample)
    it.done("reviews", {"record": record, "finding": "doubtful", "remark": "签名与前次不同"})
    path = f"/evaluations/{it.id}/samples/{sample}"
    chinese = page(it, station, path)
    assert "存疑" in chinese
    assert "签名与前次不同" in chinese
    english = page(it, station, path, lang="en")
    assert english.count("Not looked at") == len(others)
    assert "Doubtful" in english


def test_a_finding_stands_with_its_day_until_it_is_answered(
    it: Evaluating, station: TestClient
) -> None:
    it.done("snapshot")
    it.as_evaluator()
    due = it.clock.now().date().isoformat()
    raised = {"severity": "major", "statement": "两份计划未经审批", "answer_due": due}
    it.done("findings", raised)
    shown = page(it, station, f"/evaluations/{it.id}")
    assert "两份计划未经审批" in shown
    assert "较重" in shown
    assert "前答复" in shown
    (found,) = it.read()["findings"]
    it.api.as_role("project_lead")
    answer = {"accepted": False, "statement": "审批单在档"}
    it.done(f"findings/{found['finding']}/answers", answer)
    it.as_evaluator()
    it.done(f"findings/{found['finding']}/closure", {"outcome": "withdrawn"})
    shown = page(it, station, f"/evaluations/{it.id}")
    assert "机构不认可：审批单在档" in shown
    assert "已了结 · 撤回" in shown


def test_a_report_says_until_when_it_is_open_to_appeal_and_what_came_of_one(
    it: Evaluating, station: TestClient
) -> None:
    it.done("snapshot")
    it.as_evaluator()
    heard = it.done("interviews", {"party": "community", "people": 2})["events"][0]
    item = {"code": "1", "title": "服务量", "party": "professional", "points": 100}
    sheet = {
        "title": "评分表",
        "parties": [{"party": "professional", "weight": 100}],
        "items": [item],
        "grades": [{"name": "合格", "least": 0}],
    }
    it.done("score-sheet", sheet)
    it.done("scores", {"item": "1", "score": 80, "rationale": "达标", "leans_on": [heard]})
    it.done("reports", {"file": "0" * 64})
    shown = page(it, station, f"/evaluations/{it.id}")
    until = it.read()["appeal_until"]
    year, month, day = map(int, until.split("-"))
    assert f"可申诉到 {year}年{month}月{day}日" in shown
    assert "最近一次申诉" not in shown
    it.api.as_role("project_lead")
    appeal = it.done("appeals", {"grounds": "上门服务漏计"})["events"][0]
    assert "最近一次申诉：待裁定" in page(it, station, f"/evaluations/{it.id}")
    it.api.as_role("administrator", operator=None)
    it.done(f"appeals/{appeal}/decision", {"upheld": True, "statement": "应予重评"})
    assert "last appeal: Upheld" in page(it, station, f"/evaluations/{it.id}", lang="en")


def test_an_access_that_is_over_is_told_as_one_that_has_ended(
    it: Evaluating, station: TestClient
) -> None:
    path = f"/evaluations/{it.id}"
    assert "自动结束" in page(it, station, path)
    it.clock.set(it.expires)
    shown = page(it, station, path)
    assert "访问已于" in shown
    assert "自动结束" not in shown
    earlier = it.expires - timedelta(seconds=1)
    assert "自动结束" in page(it, station, path, at=earlier.isoformat())


def test_an_evaluator_who_was_never_let_in_has_no_access(
    it: Evaluating, station: TestClient
) -> None:
    it.api.as_role("project_lead")
    other = {**it.commission, "evaluators": [new_id()]}
    made = it.api.done(f"/projects/{it.project}/evaluations", other)["stream"]
    assert "尚未开通访问" in page(it, station, f"/evaluations/{made}")


def test_an_evaluation_of_others_is_not_there(it: Evaluating, station: TestClient) -> None:
    assert station.get(f"/evaluations/{new_id()}").status_code == 404
    assert station.get(f"/evaluations/{it.id}/samples/{new_id()}").status_code == 404
    assert station.get("/evaluations/nonsense").status_code == 404


def test_an_evaluator_takes_the_records_away_from_the_projects_page(
    it: Evaluating, evaluator: TestClient
) -> None:
    it.api.follow()
    place = asked(evaluator, it.project)
    work(it.api)
    assert "下载" in evaluator.get(place).text
