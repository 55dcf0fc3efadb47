"""A mid-term evaluation over HTTP, from the commission to the report, and what may not be seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from domain.clock import SHANGHAI, SystemClock
from domain.identity import new_id
from domain.journal.codec import decode
from domain.journal.tokens import Tokens
from domain.principal import Principal
from domain.reading import FileOpened
from projections.catalogue import VIEWS
from projections.frozen import frozen
from tests.everything import everything
from tests.integration.evaluated import PassingClock
from tests.integration.evaluating import HOUR, NONCE, PLAN, Evaluating
from tests.integration.http import running

DAY = 24 * HOUR
SHEET = {
    "title": "中期评估评分表",
    "parties": [{"party": "professional", "weight": 60}, {"party": "financial", "weight": 40}],
    "items": [
        {"code": "1.1", "title": "服务量", "party": "professional", "points": 100},
        {
            "code": "A-2",
            "title": "预算执行",
            "party": "financial",
            "points": 100,
            "score_type": "degree",
            "degrees": [100, 75, 0],
            "needs_evidence": False,
        },
    ],
    "grades": [{"name": "优秀", "least": 85}, {"name": "合格", "least": 0}],
}


@pytest.fixture
def clock() -> PassingClock:
    return PassingClock(SystemClock().now())


@pytest.fixture
def it(house_url: str, tmp_path: Path, clock: PassingClock) -> Iterator[Evaluating]:
    with running(house_url, tmp_path / "home", clock) as api:
        api.settle()
        yield Evaluating(api, clock, house_url)


def test_what_is_frozen_is_what_was_on_record_and_nothing_later_changes_it(
    it: Evaluating,
) -> None:
    it.done("snapshot")
    seen = it.read()
    journal = it.api.built.journal
    number = seen["frozen_number"]
    ledger = list(islice(journal.read_ledger(it.project), number))
    made = frozen(VIEWS, ledger)
    assert made is not None
    assert ledger[-1].at <= it.as_of < list(journal.read_ledger(it.project))[number].at
    assert (seen["frozen_position"], seen["frozen_root"]) == (made.position, made.root)
    assert {row["view"]: row["hash"] for row in seen["views"]} == {
        one.view: one.hash for one in made.views
    }
    assert {"visits", "indicators", "evaluations"} <= {one.view for one in made.views}
    whole = frozen(VIEWS, journal.read_ledger(it.project))
    assert whole is not None
    assert whole.root != made.root
    assert it.refused("snapshot") == (409, "evaluation.frozen_twice")


def test_nobody_sees_a_sample_before_its_hour_however_they_look(it: Evaluating) -> None:
    sample = it.drawn()
    at_home = it.drawn_at_home(sample)
    assert 3 == len(at_home) == len(set(at_home) & set(it.visits))
    assert it.late not in {one["id"] for one in it.read(f"/samples/{sample}/population")["members"]}
    assert it.refused(f"samples/{sample}/revelation", {"nonce": NONCE}) == (
        422,
        "evaluation.not_visible_yet",
    )
    it.api.as_role("operator_manager")
    assert it.read(f"/samples/{sample}/records")["items"] == []
    told = [
        event
        for event in it.api.client.get("/api/v1/events", params={"limit": 1000}).json()
        if ".evaluation." in event["type"]
    ]
    assert any("SampleDrawn" in event["type"] for event in told)
    written = [*map(str, told), *of_evaluations(it.url)]
    for visit in it.visits:
        assert not any(visit in text for text in written)
    assert not any(NONCE in row for _, row in everything(it.url))
    assert it.refused("reviews", {"record": at_home[0], "finding": "true"}) == (
        403,
        "evaluation.not_its_evaluator",
    )
    it.as_evaluator()
    assert it.refused("reviews", {"record": at_home[0], "finding": "true"}) == (
        422,
        "evaluation.not_in_sample",
    )
    # At its hour the same search finds them: it could have found them before.
    it.clock.set(it.hour)
    it.done(f"samples/{sample}/revelation", {"nonce": NONCE})
    it.api.follow()
    assert all(any(visit in text for text in of_evaluations(it.url)) for visit in at_home)
    assert any(NONCE in row for _, row in everything(it.url))


def of_evaluations(url: str) -> list[str]:
    """Return all that the database keeps of evaluations: their events and their views' rows."""
    return [
        row
        for table, row in everything(url)
        if table.startswith("public.evaluation")
        or (table == "public.journal" and "evaluation." in row)
    ]


def test_at_its_hour_a_sample_is_the_one_that_was_drawn_at_home(it: Evaluating) -> None:
    sample = it.drawn()
    at_home = it.drawn_at_home(sample)
    it.clock.set(it.hour)
    wrong = {"nonce": "0" * 64}
    assert it.refused(f"samples/{sample}/revelation", wrong) == (422, "evaluation.nonce_wrong")
    it.done(f"samples/{sample}/revelation", {"nonce": NONCE})
    it.api.as_role("worker")
    shown = it.read(f"/samples/{sample}/records")["items"]
    assert {row["record"] for row in shown} == set(at_home)
    (row,) = it.read()["samples"]
    assert (row["revealed"], row["size"], row["population_size"]) == (True, 3, 6)
    assert row["nonce"] == NONCE


def test_a_sample_does_not_change_and_a_second_one_says_why(it: Evaluating) -> None:
    first = it.revealed()
    again = PLAN | {"visible_from": it.hour.isoformat(), "commitment": sha256(b"x").hexdigest()}
    assert it.refused("samples", again) == (422, "evaluation.hour_past")
    again["visible_from"] = (it.hour + HOUR).isoformat()
    assert it.refused("samples", again) == (409, "evaluation.drawn_already")
    more = again | {"replaces": first, "reason": "首批样本中有误录的记录"}
    second = it.done("samples", more)["events"][0]
    rows = {row["sample"]: row for row in it.read()["samples"]}
    assert rows[second]["replaces"] == first
    assert rows[first]["revealed"]
    assert rows[first]["contribution"] != rows[second]["contribution"]


def test_a_nonce_that_one_evaluation_knows_is_refused_in_another(it: Evaluating) -> None:
    it.drawn()
    it.api.follow()
    it.api.as_role("operator_manager")
    it.begin()
    it.done("snapshot")
    it.as_evaluator()
    sent = PLAN | {"visible_from": it.hour.isoformat()}
    assert it.refused("samples", sent) == (409, "evaluation.commitment_used")


def test_only_those_who_agreed_are_called_by_ids_alone(it: Evaluating) -> None:
    sample = it.revealed()
    path = f"samples/{sample}"
    assert it.api.client.get(f"/api/v1/persons/{it.agreeing}").status_code == 404
    it.api.follow()
    it.done(f"{path}/call-list")
    (row,) = it.read(f"/{path}/call-list")["items"]
    assert row["person"] == it.agreeing
    assert not {"name", "phone"} & set(row)
    done = {"person": it.agreeing, "reached": True, "confirmed": True}
    it.done(f"{path}/calls", done)
    stranger = {"person": it.silent, "reached": True, "confirmed": True}
    assert it.refused(f"{path}/calls", stranger) == (422, "evaluation.not_on_call_list")
    (seen,) = it.read()["samples"]
    counts = ("listed", "without_consent", "calls", "reached", "confirmed")
    assert [seen[name] for name in counts] == [1, 1, 1, 1, 1]
    it.api.as_role("worker")
    tomorrow = it.clock.now().astimezone(SHANGHAI).date().isoformat()
    withdrawn = {"purpose": "evaluation", "ends": tomorrow}
    it.api.done(f"/persons/{it.agreeing}/consent-withdrawals", withdrawn)
    it.api.follow()
    it.as_evaluator()
    assert it.refused(f"{path}/call-list") == (422, "evaluation.nobody_to_call")


def test_somebody_registered_twice_is_called_once_under_the_record_that_was_kept(
    it: Evaluating,
) -> None:
    sample = it.revealed()
    it.api.as_role("worker")
    reason = {"code": "duplicate", "text": "同一人重复建档"}
    merger = {"kept": it.agreeing, "absorbed": it.silent, "reason": reason}
    it.api.done("/person-mergers", merger)
    it.api.follow()
    it.as_evaluator()
    it.done(f"samples/{sample}/call-list")
    (row,) = it.read(f"/samples/{sample}/call-list")["items"]
    assert row["person"] == it.agreeing
    (seen,) = it.read()["samples"]
    assert (seen["listed"], seen["without_consent"]) == (1, 0)


def test_from_reviews_to_the_report_and_the_appeal(it: Evaluating) -> None:
    sample = it.revealed()
    records = [row["record"] for row in it.read(f"/samples/{sample}/records")["items"]]
    review = it.done("reviews", {"record": records[0], "finding": "true"})["events"][0]
    missing = {"record": records[1], "finding": "missing", "remark": "缺签到表"}
    it.done("reviews", missing)
    it.done("reviews", missing | {"finding": "true"})
    it.done("interviews", {"party": "community", "people": 2})
    it.done("score-sheet", SHEET)
    score = {"item": "1.1", "score": 90, "rationale": "服务量达标"}
    assert it.refused("scores", score) == (422, "evaluation.no_evidence")
    assert it.refused("scores", score | {"score": 101, "leans_on": [review]}) == (
        422,
        "evaluation.score_out_of_range",
    )
    it.done("scores", score | {"leans_on": [review, review]})
    it.done("scores", {"item": "A-2", "score": 75, "rationale": "预算执行基本合理"})
    today = it.clock.now().astimezone(SHANGHAI).date()
    raised = {
        "severity": "serious",
        "statement": "签到人数与照片不符",
        "answer_due": (today + timedelta(days=3)).isoformat(),
        "record": records[1],
    }
    finding = it.done("findings", raised)["events"][0]
    file = {"file": "0" * 64}
    assert it.refused("reports", file) == (422, "evaluation.finding_unanswered")
    it.api.as_role("project_lead")
    it.done(f"findings/{finding}/answers", {"accepted": True, "statement": "情况属实"})
    it.as_evaluator()
    it.done("reports", file)
    it.api.as_role("project_lead")
    appeal = it.done("appeals", {"grounds": "上门服务漏计", "items": ["1.1"]})["events"][0]
    decision = {"upheld": False, "statement": "材料不足"}
    it.api.as_role("operator_manager")
    assert it.refused(f"appeals/{appeal}/decision", decision) == (403, "forbidden")
    it.as_evaluator()
    assert it.refused(f"appeals/{appeal}/decision", decision) == (403, "evaluation.own_grade")
    it.api.as_role("administrator", operator=None)
    it.done(f"appeals/{appeal}/decision", decision)
    it.as_evaluator()
    assert it.refused("closure") == (422, "evaluation.serious_open")
    due = {"what": "补交原件", "due": (today + timedelta(days=9)).isoformat()}
    it.done(f"findings/{finding}/rectification-dues", due)
    it.api.as_role("worker")
    it.done(f"findings/{finding}/rectifications", {"statement": "已补交"})
    it.as_evaluator()
    it.done(f"findings/{finding}/closure", {"outcome": "rectified"})
    assert it.refused("closure") == (422, "evaluation.appeal_open")
    it.clock.set(it.clock.now() + 16 * DAY)
    it.expires = it.clock.now() + HOUR
    it.api.as_role("project_lead")
    it.token = str(it.done("accesses", it.access)["token"])
    it.as_evaluator()
    it.done("closure")
    assert told_that_it_ended(it)
    it.api.as_role("project_lead")
    ended = {"reason": "评估已结束"}
    assert it.refused(f"accesses/{it.evaluator}/end", ended) == (409, "evaluation.no_access")
    it.done("declarations", {"evaluator": it.evaluator, "conflict": True})
    seen = it.read()
    assert [(row["ended"], row["conflict"]) for row in seen["evaluators"]] == [(True, True)]
    # 60 % of 90 and 40 % of 75: 84.00 points.
    assert (seen["state"], seen["total"], seen["grade"]) == ("closed", 8400, "合格")
    assert (seen["appeal_state"], seen["interviewed"]) == ("rejected", 2)
    (stratum,) = seen["strata"]
    assert [stratum[f"found_{each}"] for each in ("true", "doubtful", "missing")] == [2, 0, 0]
    assert [row["state"] for row in seen["findings"]] == ["closed"]
    scores = [(row["item"], row["score"], row["leans_on"]) for row in seen["scores"]]
    assert scores == [("1.1", 90, 1), ("A-2", 75, 0)]


def test_material_is_asked_for_and_handed_in(it: Evaluating) -> None:
    it.as_evaluator()
    today = it.clock.now().astimezone(SHANGHAI).date().isoformat()
    request = it.done("evidence-requests", {"what": "签到表原件", "due": today})["events"][0]
    it.api.as_role("worker")
    stored = it.api.client.post(
        "/api/v1/attachments",
        params={"station": it.api.station, "project": it.project},
        content=b"%PDF-1.7 sign-in sheet",
        headers={"Content-Type": "application/pdf", "Idempotency-Key": new_id()},
    )
    file = stored.json()["stream"]
    digest = sha256(b"%PDF-1.7 sign-in sheet").hexdigest()
    path = f"/api/v1/attachments/{digest}"
    worker = it.api.client.headers["Authorization"]
    it.as_evaluator()
    it.read()
    early = it.api.client.get(path)
    assert (early.status_code, early.json()["code"]) == (403, "attachment.not_handed_in")
    it.api.client.headers["Authorization"] = worker
    it.done(f"evidence-requests/{request}/answers", {"attachments": [file, file]})
    it.as_evaluator()
    (row,) = it.read()["requests"]
    assert (row["files"], row["provided_on"]) == (1, today)
    assert it.api.client.get(path).content.startswith(b"%PDF")
    *_, last = it.api.built.journal.read_ledger(it.project)
    taken = decode(last.state)
    assert (taken.actor, taken.facts) == (
        it.evaluator,
        FileOpened(attachment=file, sha256=digest),
    )


def test_an_evaluator_sees_the_project_and_no_further_until_the_hour(it: Evaluating) -> None:
    it.as_evaluator()
    assert {row["ledger"] for row in it.api.get("/visits")["items"]} == {it.project}
    assert it.api.client.get("/api/v1/persons").json()["items"] == []
    it.clock.set(it.expires)
    answer = it.api.client.get(f"/api/v1/evaluations/{it.id}")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.ended")
    assert it.refused("interviews", {"party": "client", "people": 1}) == (403, "access.ended")


def test_a_station_head_lets_nobody_see_more_than_they_do(it: Evaluating) -> None:
    head = Principal(
        actor=new_id(), role="station_head", operator=it.api.operator, stations=(it.api.station,)
    )
    it.api.sign_in(msgspec.structs.replace(head, stations=(new_id(),)))
    assert it.refused("accesses", it.access) == (403, "evaluation.more_reach")
    it.api.sign_in(head)
    assert it.api.post(f"/evaluations/{it.id}/accesses", it.access).status_code == 201
    token = Tokens(it.api.built.pool).issue(head, "", it.expires - HOUR)
    it.api.client.headers["Authorization"] = f"Bearer {token}"
    assert it.refused("accesses", it.access) == (403, "evaluation.more_reach")
    it.api.sign_in(Principal(actor=new_id(), role="administrator"))
    assert it.refused("accesses", it.access) == (403, "forbidden")


def test_a_token_is_shown_once_and_ends_when_access_is_taken_back(it: Evaluating) -> None:
    path, key = f"/evaluations/{it.id}/accesses", {"Idempotency-Key": "again"}
    first, again = (it.api.post(path, it.access, **key).json() for _ in range(2))
    assert (first["token"] is None, again["token"]) == (False, None)
    lead = it.api.client.headers["Authorization"]
    it.as_evaluator()
    assert told_that_it_ended(it)
    it.token = first["token"]
    it.as_evaluator()
    assert it.api.client.get("/api/v1/visits").status_code == 200
    it.api.client.headers["Authorization"] = lead
    it.done(f"accesses/{it.evaluator}/end", {"reason": "人员更换"})
    it.as_evaluator()
    assert told_that_it_ended(it)


def test_a_conflict_declared_shuts_the_door(it: Evaluating) -> None:
    it.as_evaluator()
    it.done("declarations", {"evaluator": it.evaluator, "conflict": True, "relation": "亲属"})
    assert told_that_it_ended(it)


def test_a_commission_taken_back_shuts_the_door_and_another_is_made(it: Evaluating) -> None:
    mistaken = {"reason": "误选项目，另行委托"}
    it.done("withdrawal", mistaken)
    assert it.read()["state"] == "withdrawn"
    assert it.refused("withdrawal", mistaken) == (409, "evaluation.closed")
    lead = it.api.client.headers["Authorization"]
    it.as_evaluator()
    assert told_that_it_ended(it)
    it.api.client.headers["Authorization"] = lead
    it.begin()
    it.done("snapshot")
    assert it.refused("withdrawal", mistaken) == (409, "evaluation.begun")
    assert it.read()["state"] == "frozen"


def told_that_it_ended(it: Evaluating) -> bool:
    """Say whether an evaluator hears, as a program and on a page, that the access is over."""
    answer = it.api.client.get("/api/v1/visits")
    page = it.api.client.get(f"/projects/{it.project}", follow_redirects=False)
    told = (answer.status_code, answer.json()["code"]) == (403, "access.ended")
    return told and (page.status_code, "已到期或被收回" in page.text) == (403, True)


def test_nobody_else_reads_or_writes_an_evaluation(it: Evaluating) -> None:
    assert it.read()["state"] == "commissioned"
    it.api.as_role("operator_manager", operator=new_id())
    assert it.api.client.get(f"/api/v1/evaluations/{it.id}").status_code == 404
    assert it.refused("snapshot")[0] == 404
    assert it.api.get("/evaluations")["items"] == []
    other = it.api.post(f"/evaluations/{new_id()}/snapshot", {})
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
