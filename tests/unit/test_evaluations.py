"""The view of evaluations: how far each is, and of a sample nothing before it is revealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.evaluating import (
    declare_interest,
    file_appeal,
    reveal_sample,
    withdraw_commission,
)
from domain.evaluation_access import InterestDeclared
from domain.evaluation_evidence import EvidenceProvided, EvidenceRequested, InterviewDone
from domain.evaluation_evidence import PhoneSpotCheckDone as Call
from domain.evaluation_finding import (
    EvaluationClosed,
    FindingAnswered,
    FindingClosed,
    RectificationDone,
    RectificationDue,
)
from domain.evaluation_sample import Plan
from domain.evidence_file import AttachmentStored, store_attachment
from domain.identity import Id, derived_id
from domain.sampling import Method
from projections.engine.view import Table
from projections.evaluation import evaluations
from projections.evaluation_tables import (
    CALL,
    DRAWN,
    EVALUATION,
    EVALUATOR,
    FINDING,
    REQUEST,
    SAMPLE,
    SCORE,
    SNAPSHOT,
    STRATUM,
)
from tests.contracts import within
from tests.evaluations import EVALUATOR as SOMEBODY
from tests.evaluations import OTHER, POPULATION, Evaluated
from tests.evaluations import SNAPSHOT as FROZEN
from tests.folding import told
from tests.station import TODAY, entry


def rows(it: Evaluated, table: Table) -> list[dict[str, Any]]:
    events = [event for event in it.desk.log if event.stream == it.id]
    return told((evaluations,), events).rows(table)


def state(it: Evaluated) -> str:
    (row,) = rows(it, EVALUATION)
    return str(row["state"])


def test_an_evaluation_goes_from_commissioned_to_closed() -> None:
    assert state(Evaluated().opened()) == "commissioned"
    assert state(Evaluated().frozen()) == "frozen"
    it = Evaluated().reported()
    (row,) = rows(it, EVALUATION)
    assert (row["state"], row["total"], row["grade"]) == ("reported", 8350, "合格")
    it.now += timedelta(days=16)
    assert {row["ended"] for row in rows(it, EVALUATOR)} == {False}
    it.step(EvaluationClosed())
    assert state(it) == "closed"
    assert {row["evaluator"]: row["ended"] for row in rows(it, EVALUATOR)} == {
        SOMEBODY: True,
        OTHER: False,  # was never let in
    }


def test_a_commission_taken_back_is_shown_as_that_and_its_accesses_as_ended() -> None:
    it = Evaluated().opened()
    withdraw_commission(it.desk, it.as_role("project_lead"), it.id, "误选项目，另行委托")
    assert state(it) == "withdrawn"
    assert {row["evaluator"]: row["ended"] for row in rows(it, EVALUATOR)} == {
        SOMEBODY: True,
        OTHER: False,  # was never let in
    }


def test_a_conflict_that_is_declared_ends_the_access_that_is_shown() -> None:
    it = Evaluated().opened()
    conflict = InterestDeclared(evaluator=SOMEBODY, conflict=True, relation="亲属")
    declare_interest(it.desk, it.as_role("project_lead"), it.id, conflict)
    assert [row["ended"] for row in rows(it, EVALUATOR) if row["evaluator"] == SOMEBODY] == [True]


def test_evaluators_and_the_frozen_views_are_shown() -> None:
    it = Evaluated().frozen()
    shown = {row["evaluator"]: row for row in rows(it, EVALUATOR)}
    names = ("declared", "conflict", "ended")
    assert [shown[SOMEBODY][name] for name in names] == [True, False, False]
    assert [shown[OTHER][name] for name in names] == [False, False, False]
    (view,) = rows(it, SNAPSHOT)
    assert (view["view"], view["hash"]) == ("visits", FROZEN.views[0].hash)


def test_a_sample_has_no_records_before_it_is_revealed() -> None:
    it = Evaluated().drawn()
    (row,) = rows(it, SAMPLE)
    assert (row["size"], row["population_size"], row["revealed"]) == (4, 10, False)
    assert (row["nonce"], row["seed"]) == (None, None)
    assert rows(it, DRAWN) == []
    shown = str([rows(it, table) for table in evaluations.tables])
    assert not any(member.id in shown for member in POPULATION)
    open_now = Evaluated().revealed()
    assert [row["revealed"] for row in rows(open_now, SAMPLE)] == [True]
    assert {row["record"] for row in rows(open_now, DRAWN)} == set(open_now.records())


def test_reviews_count_in_their_stratum_as_found_last() -> None:
    it = Evaluated().revealed()
    first, second, *_ = it.records()
    it.review(first, "missing", "缺签到表")
    it.review(second)
    it.review(first)
    visits, phones = rows(it, STRATUM)
    counts = ("found_true", "found_doubtful", "found_missing")
    assert [visits[name] for name in counts] == [2, 0, 0]
    assert [phones[name] for name in counts] == [0, 0, 0]
    (row,) = [row for row in rows(it, DRAWN) if row["record"] == first]
    assert (row["finding"], row["remark"], row["reviewer"]) == ("true", None, SOMEBODY)


def test_a_record_that_is_drawn_again_is_reviewed_in_each_sample_for_itself() -> None:
    it = Evaluated().revealed()
    first, sample = it.records()[0], it.sample
    it.review(first)
    whole = Plan(records="visits", method=Method(by="share", amount=100), strata=("kind",))
    nonce = "1a" * 32
    it.sample = it.draw(nonce, plan=whole, replaces=sample, reason="首批样本太小，不足以下结论")
    it.now += timedelta(hours=1)
    reveal_sample(it.desk, it.as_evaluator(), it.id, it.sample, nonce, POPULATION)
    it.review(first)
    it.review(first, "missing", "缺签到表")
    counted = {
        row["sample"]: (row["found_true"], row["found_missing"])
        for row in rows(it, STRATUM)
        if row["stratum"] == "kind=home_visit"
    }
    assert counted == {sample: (1, 0), it.sample: (0, 1)}


def test_calls_and_interviews_add_up() -> None:
    it = Evaluated().revealed()
    one, other = derived_id("one"), derived_id("other")
    it.call_list(one, other, without_consent=3)
    it.step(Call(person=one, sample=it.sample, reached=True, confirmed=False))
    it.step(Call(person=other, sample=it.sample, reached=False))
    it.step(InterviewDone(party="purchaser", people=2))
    (row,) = rows(it, SAMPLE)
    counts = ("listed", "without_consent", "calls", "reached", "confirmed")
    assert [row[name] for name in counts] == [2, 3, 2, 1, 0]
    assert {(row["person"], row["reached"], row["confirmed"]) for row in rows(it, CALL)} == {
        (one, True, False),
        (other, False, None),
    }
    (whole,) = rows(it, EVALUATION)
    assert (whole["interviews"], whole["interviewed"]) == (1, 2)


def test_scores_stand_in_the_sheets_order_with_what_they_weigh() -> None:
    it = Evaluated().scored()
    shown = {row["number"]: (row["item"], row["score"], row["weight"]) for row in rows(it, SCORE)}
    assert shown == {1: ("p1", 55, 70), 2: ("p2", 30, 70), 3: ("f1", 80, 30)}


@pytest.mark.parametrize(("upheld", "expected"), [(True, "upheld"), (False, "rejected")])
def test_an_appeal_shows_how_it_was_decided(upheld: bool, expected: str) -> None:
    it = Evaluated().reported()
    lead = it.as_role("project_lead")
    appeal = file_appeal(it.desk, lead, it.id, "服务量漏计", ("p1",)).events[0]
    assert [row["appeal_state"] for row in rows(it, EVALUATION)] == ["pending"]
    it.decide(appeal, upheld=upheld)
    assert [row["appeal_state"] for row in rows(it, EVALUATION)] == [expected]


def test_material_shows_when_it_came() -> None:
    it = Evaluated().opened()
    request = it.step(EvidenceRequested(what="签到表", due=TODAY))
    (row,) = rows(it, REQUEST)
    assert (row["provided_on"], row["files"]) == (None, 0)
    facts = AttachmentStored(sha256="ab" * 32, size=10, mime="application/pdf")
    file = store_attachment(it.desk, entry(), within(it.project), facts).stream
    it.answer(EvidenceProvided(request=request, files=()), (file,))
    (row,) = rows(it, REQUEST)
    assert (row["provided_on"], row["files"]) == (TODAY, 1)


def test_a_finding_shows_where_it_stands() -> None:
    it = Evaluated().opened()

    def seen() -> tuple[str, Any]:
        (row,) = rows(it, FINDING)
        return row["state"], row["accepted"]

    finding: Id = it.raise_finding()
    assert seen() == ("raised", None)
    it.answer(FindingAnswered(finding=finding, accepted=False, statement="不属实"))
    assert seen() == ("raised", False)
    it.step(RectificationDue(finding=finding, what="补交签到表", due=TODAY))
    assert seen() == ("to_rectify", False)
    it.answer(RectificationDone(finding=finding, statement="已补交"))
    assert seen() == ("rectified", False)
    it.step(FindingClosed(finding=finding, outcome="rectified"))
    assert seen() == ("closed", False)
