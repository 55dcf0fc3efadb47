"""Findings are answered, set right and closed; reports are appealed against; then it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.evaluating import (
    declare_interest,
    file_appeal,
    freeze_snapshot,
    issue_report,
    reveal_sample,
)
from domain.evaluation_access import (
    InterestDeclared,
)
from domain.evaluation_evidence import InterviewDone
from domain.evaluation_finding import (
    EvaluationClosed,
    EvaluationReportIssued,
    FindingAnswered,
    FindingClosed,
    RectificationDone,
    RectificationDue,
)
from domain.evaluation_sample import Plan
from domain.identity import Id, derived_id
from domain.refusals import ShiluError
from tests.evaluations import (
    EVALUATOR,
    HOUR,
    OTHER,
    PLAN,
    POPULATION,
    SHEET,
    SNAPSHOT,
    Evaluated,
)
from tests.station import TODAY, refused

NOWHERE = derived_id("nowhere")
DAY = timedelta(days=1)


def answered(it: Evaluated, finding: Id) -> None:
    it.answer(FindingAnswered(finding=finding, accepted=True, statement="情况属实"))


def rectified(it: Evaluated, finding: Id) -> None:
    due = it.now.date() + 3 * DAY
    it.step(RectificationDue(finding=finding, what="补交签到表", due=due))
    it.answer(RectificationDone(finding=finding, statement="已补交"))


def appealed(it: Evaluated) -> Id:
    lead = it.as_role("project_lead")
    return file_appeal(it.desk, lead, it.id, "服务量漏计", ("p1",)).events[0]


def test_a_finding_lives_from_raised_to_closed() -> None:
    it = Evaluated().opened()
    finding = it.raise_finding()
    answered(it, finding)
    rectified(it, finding)
    it.step(FindingClosed(finding=finding, outcome="rectified"))
    with refused("evaluation.finding_closed", "finding"):
        answered(it, finding)
    with refused("evaluation.finding_closed", "finding"):
        it.step(RectificationDue(finding=finding, what="补交签到表", due=it.now.date()))
    with refused("evaluation.finding_unknown", "finding"):
        answered(it, NOWHERE)


def test_a_finding_leaves_time_to_answer() -> None:
    it = Evaluated().opened()
    with refused("evaluation.answer_past", "answer_due"):
        it.raise_finding(days=-1)
    it.raise_finding(days=0)


def test_what_is_to_be_set_right_is_asked_for_and_done() -> None:
    it = Evaluated().opened()
    finding = it.raise_finding()
    with refused("evaluation.no_rectification_due", "finding"):
        it.answer(RectificationDone(finding=finding, statement="已补交"))
    with refused("evaluation.due_past", "due"):
        due = it.now.date() - DAY
        it.step(RectificationDue(finding=finding, what="补交签到表", due=due))
    with refused("evaluation.not_rectified", "outcome"):
        it.step(FindingClosed(finding=finding, outcome="rectified"))
    rectified(it, finding)
    due = it.now.date() + 9 * DAY
    it.step(RectificationDue(finding=finding, what="仍缺两份", due=due))
    with refused("evaluation.not_rectified", "outcome"):
        it.step(FindingClosed(finding=finding, outcome="rectified"))


@pytest.mark.parametrize("outcome", ["withdrawn", "noted"])
def test_a_serious_finding_is_not_merely_noted(outcome: str) -> None:
    it = Evaluated().opened()
    minor, serious = it.raise_finding("minor"), it.raise_finding("serious")
    it.step(FindingClosed(finding=minor, outcome="noted"))
    if outcome == "noted":
        with refused("evaluation.serious_noted", "outcome"):
            it.step(FindingClosed(finding=serious, outcome="noted"))
    else:
        it.step(FindingClosed(finding=serious, outcome="withdrawn"))


def test_the_operator_is_heard_before_a_report() -> None:
    it = Evaluated().scored()
    finding = it.raise_finding(days=5)
    with refused("evaluation.finding_unanswered", "id"):
        it.report()
    answered(it, finding)
    taken_back = it.raise_finding(days=5)
    it.step(FindingClosed(finding=taken_back, outcome="withdrawn"))
    it.report()


def test_who_does_not_answer_in_time_is_waited_for_no_longer() -> None:
    it = Evaluated().scored()
    it.raise_finding(days=5)
    it.now += 5 * DAY
    with refused("evaluation.finding_unanswered", "id"):
        it.report()
    it.now += DAY
    it.report()


def test_a_report_names_its_file_and_is_issued_once() -> None:
    it = Evaluated().scored()
    with refused("evaluation.bad_hash", "file"):
        issue_report(it.desk, it.as_evaluator(), it.id, "报告.docx")
    it.report()
    with refused("evaluation.reported_already", "id"):
        it.report()
    with refused("evaluation.reported_already", "id"):
        it.score("f1", 90, reason="重新核算预算")


def test_a_grade_rests_on_a_frozen_position() -> None:
    """Given every item scored on an interview with nothing frozen, when a report is issued, then
    it is refused until the position is frozen that it is about."""
    it = Evaluated().opened()
    interview = it.step(InterviewDone(party="purchaser", people=1))
    it.step(SHEET)
    for item, score in (("p1", 60), ("p2", 40), ("f1", 100)):
        it.score(item, score, interview)
    with refused("evaluation.not_frozen", "id"):
        it.report()
    freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)
    it.report()


def test_a_sample_that_was_settled_is_shown_before_the_report_or_replaced_with_a_reason() -> None:
    """Given two samples of visits, the first replaced, and one of cases, when a report is issued,
    then it is refused until the one of visits that stands and that of cases are in the open; the
    one that was given up need not be."""
    it = Evaluated().drawn()
    interview = it.step(InterviewDone(party="purchaser", people=1))
    it.step(SHEET)
    for item, score in (("p1", 60), ("p2", 40), ("f1", 100)):
        it.score(item, score, interview)
    unrevealed(it, 1)
    nonces = {"1a" * 32: PLAN, "2a" * 32: Plan(records="cases", method=PLAN.method)}
    given_up = {"replaces": it.sample, "reason": "随机数遗失"}
    samples = {
        nonce: it.draw(nonce, plan=plan, **(given_up if plan is PLAN else {}))
        for nonce, plan in nonces.items()
    }
    it.now = HOUR
    for left, (nonce, sample) in zip((2, 1), samples.items(), strict=True):
        unrevealed(it, left)
        reveal_sample(it.desk, it.as_evaluator(), it.id, sample, nonce, POPULATION)
    it.report()


def unrevealed(it: Evaluated, samples: int) -> None:
    with pytest.raises(ShiluError) as caught:
        it.report()
    assert (caught.value.code, caught.value.field) == ("evaluation.sample_unrevealed", "id")
    assert caught.value.details["samples"] == samples


def test_what_was_reported_before_anything_was_frozen_goes_on() -> None:
    """Given a report that was issued with nothing frozen, as it once could be, when an appeal
    against it is upheld, then the next edition waits for the snapshot; without an appeal the
    evaluation ends."""
    for upheld in (True, False):
        it = Evaluated().opened()
        interview = it.step(InterviewDone(party="purchaser", people=1))
        it.step(SHEET)
        for item, score in (("p1", 60), ("p2", 40), ("f1", 100)):
            it.score(item, score, interview)
        stored_report(it)
        if upheld:
            it.decide(appealed(it), upheld=True)
            it.score("p1", 50, interview, reason="申诉后复核服务量")
            with refused("evaluation.not_frozen", "id"):
                it.report()
            freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)
            it.report()
        it.now += 16 * DAY
        it.step(EvaluationClosed())


def stored_report(it: Evaluated) -> None:
    found = it.found
    issued = EvaluationReportIssued(
        edition=1, total=10_000, grade="优秀", file="0e" * 32, appeal_until=TODAY + 15 * DAY
    )
    found.record(it.as_evaluator(), issued)
    it.desk.save(it.as_evaluator(), found)


def test_scores_of_an_evaluator_with_a_conflict_are_given_again_by_another() -> None:
    it = Evaluated().scored()
    it.let_in(OTHER)
    review = next(iter(it.found.evidence.events))
    it.score("f1", 70, reason="另一人复核", by=OTHER)
    conflict = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="亲属")
    declare_interest(it.desk, it.as_evaluator(), it.id, conflict)
    for item, score in (("p1", 50), ("p2", 30)):
        with refused("evaluation.scores_not_independent", "id"):
            it.report(by=OTHER)
        it.score(item, score, review, reason="原打分人员有利益冲突", by=OTHER)
    it.report(by=OTHER)


def test_whom_the_operator_took_on_neither_scores_reports_nor_decides() -> None:
    it = Evaluated().scored()
    it.let_in(OTHER)
    it.hires(EVALUATOR)
    with refused("evaluation.own_staff", "evaluator"):
        it.report()
    with refused("evaluation.scores_not_independent", "id"):
        it.report(by=OTHER)
    other = Evaluated().reported()
    appeal = appealed(other)
    other.let_in(OTHER)
    other.hires(OTHER)
    with refused("evaluation.own_staff", "evaluator"):
        other.decide(appeal, upheld=True, by=other.as_evaluator(OTHER))


def test_an_appeal_that_is_upheld_opens_the_scores_again() -> None:
    it = Evaluated().reported()
    appeal = appealed(it)
    with refused("evaluation.appeal_pending", "id"):
        appealed(it)
    it.decide(appeal, upheld=True)
    with refused("evaluation.appeal_unknown", "appeal"):
        it.decide(appeal, upheld=True)
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.score("p1", 60, reviewed(it), reason="申诉后复核服务量")
    it.report()
    report = it.desk.facts(it.id)[-1]
    assert isinstance(report, EvaluationReportIssued)
    # 70 % of 60 + 30, and 30 % of 80: 87.00 points.
    assert (report.edition, report.total, report.grade) == (2, 8700, "优秀")
    with refused("evaluation.reported_already", "id"):
        it.score("p1", 50, reviewed(it), reason="再次复核服务量")


def reviewed(it: Evaluated) -> Id:
    return next(iter(it.found.evidence.events))


def test_an_appeal_opens_what_it_names_and_no_more() -> None:
    it = Evaluated().reported()
    it.decide(appealed(it), upheld=True)
    with refused("evaluation.item_not_appealed", "item"):
        it.score("f1", 0, reason="申诉后复核预算")
    with refused("evaluation.not_scored_again", "id"):
        it.report()


def test_what_was_scored_again_is_scored_once_more_when_another_appeal_is_upheld() -> None:
    it = Evaluated().reported()
    it.decide(appealed(it), upheld=True)
    it.score("p1", 60, reviewed(it), reason="申诉后复核服务量")
    it.decide(appealed(it), upheld=True)
    with refused("evaluation.not_scored_again", "id"):
        it.report()
    it.score("p1", 58, reviewed(it), reason="申诉后再次复核")
    it.report()


def test_an_appeal_against_the_whole_opens_every_item() -> None:
    it = Evaluated().reported()
    lead = it.as_role("project_lead")
    it.decide(file_appeal(it.desk, lead, it.id, "评分标准有误").events[0], upheld=True)
    with refused("evaluation.not_scored_again", "id"):
        it.report()
    it.score("f1", 100, reason="申诉后复核预算")
    it.score("p2", 40, reviewed(it), reason="申诉后复核档案")
    it.report()


def test_an_appeal_opens_what_an_evaluator_with_a_conflict_scored_too() -> None:
    it = Evaluated().reported()
    it.let_in(OTHER)
    late = InterestDeclared(evaluator=EVALUATOR, conflict=True)
    declare_interest(it.desk, it.as_role("project_lead"), it.id, late)
    it.decide(appealed(it), upheld=True)
    it.score("p1", 60, reviewed(it), reason="申诉后复核服务量", by=OTHER)
    with refused("evaluation.scores_not_independent", "id"):
        it.report(by=OTHER)
    it.score("p2", 30, reviewed(it), reason="原打分人员有利益冲突", by=OTHER)
    it.score("f1", 80, reason="原打分人员有利益冲突", by=OTHER)
    it.report(by=OTHER)


def test_whoever_scores_for_one_party_neither_reports_nor_closes_for_all() -> None:
    it = Evaluated().scored()
    it.let_in(OTHER, parties=("financial",))
    with refused("evaluation.part_only", "role"):
        it.report(by=OTHER)
    it.report()
    it.now += 16 * DAY
    with refused("evaluation.part_only", "role"):
        it.step(EvaluationClosed(), by=OTHER)
    it.step(EvaluationClosed())


def test_whoever_gave_the_grade_does_not_decide_about_it() -> None:
    """The evaluator scored and reported; the operator appeals; neither decides."""
    it = Evaluated().reported()
    appeal = appealed(it)
    with refused("evaluation.own_grade", "role"):
        it.decide(appeal, upheld=False, by=it.as_evaluator())
    for role in ("operator_manager", "project_lead", "station_head", "worker"):
        with refused("forbidden", "role"):
            it.decide(appeal, upheld=True, by=it.as_role(role))
    with refused("access.ended"):
        it.decide(appeal, upheld=False, by=it.as_evaluator(OTHER))
    it.let_in(OTHER)
    it.decide(appeal, upheld=False, by=it.as_evaluator(OTHER))
    with refused("evaluation.appeal_unknown", "appeal"):
        it.decide(NOWHERE, upheld=False)


def test_neither_who_only_scored_nor_who_only_reported_decides_about_it() -> None:
    it = Evaluated().scored()
    it.let_in(OTHER)
    it.report(OTHER)
    appeal = appealed(it)
    for one in (EVALUATOR, OTHER):
        with refused("evaluation.own_grade", "role"):
            it.decide(appeal, upheld=False, by=it.as_evaluator(one))


def test_an_appeal_that_is_rejected_changes_nothing() -> None:
    it = Evaluated().reported()
    appeal = appealed(it)
    it.decide(appeal, upheld=False)
    with refused("evaluation.reported_already", "id"):
        it.score("f1", 90, reason="重新核算预算")
    with refused("evaluation.reported_already", "id"):
        it.report()


@pytest.mark.parametrize("items", [("f1",), ()])
def test_an_appeal_that_is_rejected_ends_nobodys_time_to_appeal(items: tuple[str, ...]) -> None:
    """Given a report with 15 days to appeal, when an appeal against an item of it, or against the
    whole, is rejected at once, then the evaluation does not end before the days are over, and
    another appeal is taken on the last of them."""
    it = Evaluated().reported()
    lead = it.as_role("project_lead")
    first = file_appeal(it.desk, lead, it.id, "预算执行算错了", items).events[0]
    it.decide(first, upheld=False)
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.now += 15 * DAY
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.decide(appealed(it), upheld=False)
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.now += DAY
    it.step(EvaluationClosed())


def test_a_new_edition_is_open_to_appeal_for_all_of_its_own_days() -> None:
    """Given an appeal upheld on the last day, when the next edition is issued, then its days run
    from then, and the evaluation waits for them."""
    it = Evaluated().reported()
    it.now += 15 * DAY
    it.decide(appealed(it), upheld=True)
    it.score("p1", 60, reviewed(it), reason="申诉后复核服务量")
    it.report()
    it.now += DAY
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.decide(appealed(it), upheld=False)


def test_a_pending_appeal_stands_before_a_report_and_an_end() -> None:
    it = Evaluated().reported()
    first = appealed(it)
    it.decide(first, upheld=True)
    appealed(it)
    with refused("evaluation.appeal_pending", "id"):
        it.report()
    with refused("evaluation.appeal_pending", "id"):
        it.step(EvaluationClosed())


def test_an_appeal_has_its_time_a_report_and_items_of_the_sheet() -> None:
    it = Evaluated().scored()
    with refused("evaluation.no_report", "id"):
        appealed(it)
    with refused("evaluation.no_report", "id"):
        it.step(EvaluationClosed())
    it.report()
    with refused("evaluation.item_unknown", "item"):
        file_appeal(it.desk, it.as_role("project_lead"), it.id, "服务量漏计", ("p9",))
    with refused("forbidden", "role"):
        file_appeal(it.desk, it.as_evaluator(), it.id, "服务量漏计")
    it.now += 16 * DAY
    with refused("evaluation.appeal_late", "id"):
        appealed(it)


def test_it_does_not_end_while_something_serious_or_an_appeal_is_open() -> None:
    it = Evaluated().scored()
    finding = it.raise_finding()
    answered(it, finding)
    it.report()
    it.now += 15 * DAY
    with refused("evaluation.serious_open", "id"):
        it.step(EvaluationClosed())
    rectified(it, finding)
    it.step(FindingClosed(finding=finding, outcome="rectified"))
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
    it.now += DAY
    it.step(EvaluationClosed())
    with refused("evaluation.closed", "id"):
        answered(it, finding)


def test_it_does_not_end_before_an_upheld_appeal_has_its_report_however_late() -> None:
    it = Evaluated().reported()
    it.decide(appealed(it), upheld=True)
    it.now += 16 * DAY
    with refused("evaluation.appeal_open", "id"):
        it.step(EvaluationClosed())
