"""Who may evaluate: independent people without a conflict, until their access ends."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from domain.evaluating import (
    commission_evaluation,
    declare_interest,
    end_access,
    evaluate,
    grant_access,
)
from domain.evaluation_access import (
    Accesses,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import InterviewDone
from domain.identity import derived_id, new_id
from tests.evaluations import (
    EVALUATOR,
    EXPIRES,
    OTHER,
    OWN_USCC,
    SHEET,
    Evaluated,
    commission,
)
from tests.station import OPERATOR, TODAY, refused

INTERVIEW = InterviewDone(party="community", people=2)


def test_an_evaluation_belongs_to_the_ledger_of_its_project() -> None:
    it = Evaluated().commissioned()
    (event,) = it.desk.streams[it.id]
    assert (event.ledger, event.project) == (it.project, it.project)


def test_nobody_evaluates_themselves() -> None:
    it = Evaluated()
    lead = it.as_role("project_lead")
    for facts in (commission(organisation=OPERATOR), commission(uscc=OWN_USCC)):
        with refused("evaluation.own_operator", "uscc"):
            commission_evaluation(it.desk, lead, it.project, facts)
    it.hires(OTHER)
    with refused("evaluation.own_staff", "evaluators.1"):
        commission_evaluation(it.desk, lead, it.project, commission())
    with refused("evaluation.no_evaluators", "evaluators"):
        commission_evaluation(it.desk, lead, it.project, commission(evaluators=()))


def test_only_those_in_charge_commission_and_let_in() -> None:
    it = Evaluated()
    with refused("forbidden", "role"):
        commission_evaluation(it.desk, it.as_role("worker"), it.project, commission())
    it.opened()
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    for who in (it.as_role("worker"), it.as_evaluator()):
        with refused("forbidden", "role"):
            grant_access(it.desk, who, it.id, granted)
    with refused("forbidden", "role"):
        declare_interest(
            it.desk,
            it.as_evaluator(),
            it.id,
            InterestDeclared(evaluator=OTHER, conflict=True),
        )


def test_only_who_sees_the_whole_project_lets_somebody_in() -> None:
    it = Evaluated().commissioned()
    none = InterestDeclared(evaluator=EVALUATOR, conflict=False)
    declare_interest(it.desk, it.as_role("project_lead"), it.id, none)
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    head = it.as_role("station_head")
    elsewhere = msgspec.structs.replace(head.principal, stations=(new_id(),))
    with refused("evaluation.more_reach", "evaluator"):
        grant_access(it.desk, msgspec.structs.replace(head, principal=elsewhere), it.id, granted)
    with refused("evaluation.more_reach", "expires"):
        grant_access(it.desk, head, it.id, granted, own_until=EXPIRES - timedelta(seconds=1))
    with refused("forbidden", "role"):
        grant_access(it.desk, it.as_administrator(), it.id, granted)
    grant_access(it.desk, head, it.id, granted, own_until=EXPIRES)


def test_access_wants_a_declaration_without_a_conflict() -> None:
    it = Evaluated().commissioned()
    lead = it.as_role("project_lead")
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    with refused("evaluation.no_declaration", "evaluator"):
        grant_access(it.desk, lead, it.id, granted)
    declared = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="former_employee")
    declare_interest(it.desk, it.as_role("project_lead"), it.id, declared)
    with refused("evaluation.conflict", "evaluator"):
        grant_access(it.desk, lead, it.id, granted)


def test_a_conflict_that_is_declared_later_ends_all_acting() -> None:
    it = Evaluated().opened()
    it.step(INTERVIEW)
    declared = InterestDeclared(evaluator=EVALUATOR, conflict=True)
    declare_interest(it.desk, it.as_evaluator(), it.id, declared)
    with refused("evaluation.conflict", "evaluator"):
        it.step(INTERVIEW)


def test_a_conflict_is_not_declared_away() -> None:
    it = Evaluated().opened()
    conflict = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="former_employee")
    declare_interest(it.desk, it.as_evaluator(), it.id, conflict)
    none = InterestDeclared(evaluator=EVALUATOR, conflict=False)
    for who in (it.as_role("project_lead"), it.as_administrator(), it.as_evaluator()):
        with refused("evaluation.conflict_stands", "conflict"):
            declare_interest(it.desk, who, it.id, none)
    more = InterestDeclared(evaluator=EVALUATOR, conflict=True, relation="亲属")
    declare_interest(it.desk, it.as_role("project_lead"), it.id, more)


def test_a_conflict_that_was_declared_away_before_that_was_refused_stands() -> None:
    it = Evaluated().opened()
    found = it.found
    for conflict in (True, False):
        facts = InterestDeclared(evaluator=EVALUATOR, conflict=conflict)
        found.record(it.as_evaluator(), facts)
    it.desk.save(it.as_evaluator(), found)
    with refused("evaluation.conflict", "evaluator"):
        it.step(INTERVIEW)
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    with refused("evaluation.conflict", "evaluator"):
        grant_access(it.desk, it.as_role("project_lead"), it.id, granted)


def test_whom_the_operator_took_on_since_is_not_let_in() -> None:
    it = Evaluated().commissioned()
    none = InterestDeclared(evaluator=EVALUATOR, conflict=False)
    declare_interest(it.desk, it.as_role("project_lead"), it.id, none)
    it.hires(EVALUATOR)
    granted = EvaluatorAccessGranted(evaluator=EVALUATOR, expires=EXPIRES)
    with refused("evaluation.own_staff", "evaluator"):
        grant_access(it.desk, it.as_role("project_lead"), it.id, granted)


def test_only_who_was_commissioned_gets_access() -> None:
    it = Evaluated().commissioned()
    stranger = derived_id("stranger")
    granted = EvaluatorAccessGranted(evaluator=stranger, expires=EXPIRES)
    with refused("evaluation.not_commissioned", "evaluator"):
        grant_access(it.desk, it.as_role("project_lead"), it.id, granted)
    with refused("evaluation.not_commissioned", "evaluator"):
        declare_interest(
            it.desk,
            it.as_role("project_lead"),
            it.id,
            InterestDeclared(evaluator=stranger, conflict=False),
        )


def test_an_access_ends_in_the_future_and_within_half_a_year() -> None:
    it = Evaluated()
    with refused("evaluation.expiry_past", "expires"):
        it.opened(expires=it.now)
    with refused("evaluation.expiry_far", "expires"):
        it.opened(expires=it.now + timedelta(days=180, seconds=1))
    it.opened(expires=it.now + timedelta(days=180))


def test_an_access_ends_by_itself() -> None:
    it = Evaluated().opened()
    it.now = EXPIRES - timedelta(microseconds=1)
    it.step(INTERVIEW)
    it.now = EXPIRES
    with refused("access.ended", "Authorization"):
        it.step(INTERVIEW)


def test_an_access_that_ended_by_itself_lives_no_more() -> None:
    known = Accesses()
    known.apply(commission())
    for evaluator, expires in ((EVALUATOR, EXPIRES), (OTHER, EXPIRES - timedelta(hours=1))):
        known.apply(EvaluatorAccessGranted(evaluator=evaluator, expires=expires))
    assert known.living(EXPIRES - timedelta(hours=2)) == (EVALUATOR, OTHER)
    assert known.living(EXPIRES - timedelta(hours=1)) == (EVALUATOR,)
    assert known.living(EXPIRES) == ()


def test_an_access_can_be_taken_back() -> None:
    it = Evaluated().opened()
    ended = EvaluatorAccessEnded(evaluator=EVALUATOR, reason="人员更换")
    end_access(it.desk, it.as_role("project_lead"), it.id, ended)
    with refused("access.ended"):
        it.step(INTERVIEW)
    with refused("evaluation.no_access", "evaluator"):
        end_access(it.desk, it.as_role("project_lead"), it.id, ended)


def test_an_evaluator_acts_in_their_own_evaluation_only() -> None:
    it = Evaluated().opened()
    other = Evaluated().opened()
    foreign = msgspec.structs.replace(
        it.as_evaluator().principal, evaluation=other.id, ledger=other.project
    )
    for who in (
        it.as_evaluator(actor=OTHER).principal,  # commissioned, and not yet let in
        it.as_role("project_lead").principal,
        foreign,
    ):
        written = msgspec.structs.replace(it.as_evaluator(), principal=who)
        expected = "access.ended" if who.actor == OTHER else "evaluation.not_its_evaluator"
        with refused(expected):
            evaluate(it.desk, written, it.id, INTERVIEW)


def test_nothing_happens_before_the_commission() -> None:
    it = Evaluated().opened()
    before = it.as_evaluator(day=TODAY - timedelta(days=1))
    with refused("evaluation.before_commission", "occurred.start"):
        evaluate(it.desk, before, it.id, INTERVIEW)
    ahead = it.as_evaluator(day=TODAY + timedelta(days=1))
    with refused("entry.in_future"):
        evaluate(it.desk, ahead, it.id, INTERVIEW)


@pytest.mark.parametrize("parties", [("financial",), ("financial", "purchaser")])
def test_whoever_scores_for_one_party_does_not_for_another(parties: tuple[str, ...]) -> None:
    it = Evaluated().opened(parties=parties)
    with refused("evaluation.part_only", "role"):
        it.step(SHEET)
    it.let_in(OTHER)
    it.step(SHEET, by=OTHER)
    with refused("evaluation.other_party", "item"):
        it.score("p1", 10)
    it.score("f1", 10)


def test_whoever_scores_for_every_party_of_a_sheet_adopts_it() -> None:
    it = Evaluated().opened(parties=("financial", "professional", "purchaser"))
    it.step(SHEET)
