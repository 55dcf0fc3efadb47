"""When an evaluation is over so are its accesses, and only what comes out late is still told."""

from __future__ import annotations

from datetime import timedelta

from domain.evaluating import (
    declare_interest,
    end_access,
    evaluate,
    freeze_snapshot,
    grant_access,
    withdraw_commission,
)
from domain.evaluation_access import (
    CommissionWithdrawn,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import InterviewDone
from domain.evaluation_finding import EvaluationClosed
from tests.evaluations import EVALUATOR, EXPIRES, SNAPSHOT, Evaluated
from tests.station import TODAY, refused

DAY = timedelta(days=1)


def closed() -> Evaluated:
    """An evaluation that is over while its evaluator's access would have lasted four more days."""
    it = Evaluated().reported()
    it.now += 16 * DAY
    it.step(EvaluationClosed())
    return it


def test_the_end_of_an_evaluation_is_the_end_of_its_accesses() -> None:
    it = closed()
    assert it.now < EXPIRES
    (event,) = [each for each in it.desk.facts(it.id) if isinstance(each, EvaluationClosed)]
    assert event.accesses == (EVALUATOR,)
    with refused("access.ended", "Authorization"):
        evaluate(it.desk, it.as_evaluator(), it.id, InterviewDone(party="client", people=1))
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=it.now + DAY)
    with refused("evaluation.closed", "id"):
        grant_access(it.desk, it.as_role("project_lead"), it.id, granted)


def test_an_access_that_outlived_its_evaluation_is_taken_back() -> None:
    """Closed before closing ended accesses: the event names none."""
    it = Evaluated().reported()
    found = it.found
    found.record(it.as_evaluator(), EvaluationClosed())
    it.desk.save(it.as_evaluator(), found)
    with refused("evaluation.closed", "id"):
        evaluate(it.desk, it.as_evaluator(), it.id, InterviewDone(party="client", people=1))
    ended = EvaluatorAccessEnded(evaluator=EVALUATOR, reason="评估已结束")
    end_access(it.desk, it.as_role("project_lead"), it.id, ended)
    with refused("evaluation.no_access", "evaluator"):
        end_access(it.desk, it.as_role("project_lead"), it.id, ended)


def test_a_conflict_that_comes_out_late_goes_on_record() -> None:
    it = closed()
    late = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="亲属")
    declare_interest(it.desk, it.as_role("project_lead"), it.id, late)
    assert it.desk.facts(it.id)[-1] == late
    before = it.as_role("project_lead", day=TODAY - DAY)
    with refused("evaluation.before_commission", "occurred.start"):
        declare_interest(it.desk, before, it.id, late)


MISTAKEN = "误选项目，另行委托"


def test_a_commission_by_mistake_is_taken_back_with_the_accesses_to_it() -> None:
    """Commissioned, declared and let in, and nothing evaluated yet."""
    it = Evaluated().opened()
    withdraw_commission(it.desk, it.as_role("project_lead"), it.id, MISTAKEN)
    assert it.desk.facts(it.id)[-1] == CommissionWithdrawn(reason=MISTAKEN, accesses=(EVALUATOR,))
    with refused("access.ended", "Authorization"):
        evaluate(it.desk, it.as_evaluator(), it.id, InterviewDone(party="client", people=1))
    with refused("evaluation.closed", "id"):
        freeze_snapshot(it.desk, it.as_role("project_lead"), it.id, SNAPSHOT)
    with refused("evaluation.closed", "id"):
        withdraw_commission(it.desk, it.as_role("project_lead"), it.id, MISTAKEN)
    late = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="亲属")
    declare_interest(it.desk, it.as_role("project_lead"), it.id, late)
    assert it.desk.facts(it.id)[-1] == late


def test_once_an_evaluation_has_begun_its_commission_stands() -> None:
    frozen, at_work = Evaluated().frozen(), Evaluated().opened()
    at_work.step(InterviewDone(party="client", people=1))
    for it in (frozen, at_work):
        with refused("evaluation.begun", "id"):
            withdraw_commission(it.desk, it.as_role("project_lead"), it.id, MISTAKEN)


def test_whoever_commissions_takes_back_with_a_reason() -> None:
    it = Evaluated().opened()
    with refused("forbidden"):
        withdraw_commission(it.desk, it.as_evaluator(), it.id, MISTAKEN)
    with refused("entry.reason_too_short", "reason"):
        withdraw_commission(it.desk, it.as_role("project_lead"), it.id, "")
    before = it.as_role("project_lead", day=TODAY - DAY)
    with refused("evaluation.before_commission", "occurred.start"):
        withdraw_commission(it.desk, before, it.id, MISTAKEN)
