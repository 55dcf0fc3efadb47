"""The life of a case, stage by stage, and what each stage refuses."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from domain.case_commands import (
    close_case,
    hold_session,
    open_case,
    receive_enquiry,
    reopen_case,
    take_step,
)
from domain.case_facts import (
    AssessedDimension,
    CaseAssessed,
    CaseClosed,
    CaseEvaluated,
    CaseInterventionStarted,
    CaseNumberAssigned,
    CaseOpened,
    CaseReassigned,
    CaseRejected,
    CaseReopened,
    CaseReviewHeld,
    CaseSessionHeld,
    CaseStep,
    CaseSupervised,
    CaseSuspended,
    FollowUpDone,
    GoalAttainment,
    GoalProgressRecorded,
    PlanGoal,
    ServiceAgreementSigned,
    ServicePlanAdopted,
    ServicePlanRevised,
)
from domain.clock import at
from domain.identity import derived_id
from domain.private import private
from tests.casework import (
    ARCHIVED,
    ASSESSED,
    CLIENT,
    CLOSED,
    COLLEAGUE,
    ENQUIRY,
    EVALUATED,
    HOUSEHOLD,
    LOST,
    PLANNED,
    SUPERVISOR,
    CaseworkDesk,
    assessed_case,
    case_at_work,
    closed_case,
    days,
    evaluated_case,
    goal,
    only,
    opening,
    session,
    standing,
)
from tests.neighbours import Neighbour
from tests.station import LATE, SCOPE, TODAY, WORKER, entry, principal, refused


def test_a_case_goes_from_enquiry_to_archive_and_every_step_says_where_it_stands() -> None:
    desk = CaseworkDesk()
    case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
    open_case(desk, entry(), SCOPE, opening(), enquiry=case)
    steps: list[tuple[int, CaseStep]] = [
        (0, CaseNumberAssigned(number="ELD-C001")),
        (0, ServiceAgreementSigned()),
        (1, ASSESSED),
        (2, PLANNED),
    ]
    for day, step in steps:
        take_step(desk, entry(days(day)), case, step)
    hold_session(desk, entry(days(7)), case, session())
    take_step(desk, entry(days(8)), case, GoalProgressRecorded(goal=1, value=48))
    take_step(desk, entry(days(30)), case, EVALUATED)
    close_case(desk, entry(days(31)), case, CLOSED)
    take_step(desk, entry(days(61)), case, FollowUpDone(status="stable"))
    take_step(desk, entry(days(62)), case, ARCHIVED)

    stages = [facts.standing.stage for facts in desk.facts(case) if hasattr(facts, "standing")]
    assert [stages[0]] + [after for before, after in pairwise(stages) if after != before] == [
        "received", "accepted", "assessed", "planned", "intervening", "evaluated", "closed",
        "following_up", "archived",
    ]  # fmt: skip
    stands = standing(desk, case)
    assert (stands.client, stands.household, stands.audience) == (CLIENT, HOUSEHOLD, "elderly")
    assert (stands.number, stands.opened, stands.plan_due) == ("ELD-C001", TODAY, days(60))


def test_opening_and_closing_are_counted_with_their_audience() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    counted = [
        (facts.kind, facts.audience, facts.variant)
        for facts in desk.facts(case)
        if isinstance(facts, CaseOpened | CaseClosed)
    ]
    assert counted == [("case_opened", "elderly", None), ("case_closed", "elderly", "evaluated")]


def test_a_session_carries_who_was_there_and_whose_case_it_is() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    hold_session(desk, entry(days(3)), case, session())
    held = desk.facts(case)[-1]
    assert isinstance(held, CaseSessionHeld)
    assert (held.kind, held.audience, held.workers) == ("case_session", "elderly", (WORKER,))
    assert held.attendance[0].groups == ("living_alone",)
    assert held.household == HOUSEHOLD
    assert held.content is not None
    assert (held.content.purpose, held.content.text) == ("casework", None)


def test_the_first_session_under_the_plan_starts_the_intervention_and_an_earlier_one_does_not() -> (
    None
):
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    take_step(desk, entry(days(1)), case, ASSESSED)
    take_step(desk, entry(days(2)), case, PLANNED)
    hold_session(desk, entry(days(1), now=at(days(2), 12)), case, session())
    assert standing(desk, case).stage == "planned"
    held = hold_session(desk, entry(days(2)), case, session())
    assert standing(desk, case).stage == "intervening"
    assert desk.facts(case)[-1] == CaseInterventionStarted(
        session=only(held), standing=standing(desk, case)
    )


def test_work_other_than_sessions_can_start_the_intervention() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    take_step(desk, entry(), case, PLANNED)
    take_step(desk, entry(days(1)), case, CaseInterventionStarted())
    assert standing(desk, case).stage == "intervening"


# Opening


def test_an_enquiry_may_be_rejected_and_is_then_over() -> None:
    desk = CaseworkDesk()
    case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
    with refused("case.reason_missing", "reason"):
        take_step(desk, entry(), case, CaseRejected(reason=" "))
    take_step(desk, entry(), case, CaseRejected(reason="not_our_area", referred_to="区救助站"))
    assert standing(desk, case).stage == "rejected"
    with refused("case.wrong_stage"):
        open_case(desk, entry(), SCOPE, opening(), enquiry=case)


def test_an_enquiry_may_come_from_somebody_not_registered_but_a_case_serves_somebody() -> None:
    desk = CaseworkDesk()
    unknown = replace(ENQUIRY, standing=replace(ENQUIRY.standing, client=None))
    case = receive_enquiry(desk, entry(), SCOPE, unknown).stream
    with refused("case.no_client", "client"):
        open_case(desk, entry(), SCOPE, opening(client=None), enquiry=case)
    open_case(desk, entry(), SCOPE, opening(), enquiry=case)
    assert standing(desk, case).client == CLIENT


def test_a_case_serves_the_client_of_its_enquiry() -> None:
    desk = CaseworkDesk()
    desk.neighbours["person", COLLEAGUE] = Neighbour()
    case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
    with refused("case.other_client", "client"):
        open_case(desk, entry(), SCOPE, opening(client=COLLEAGUE), enquiry=case)


def test_an_enquiry_in_the_future_is_refused() -> None:
    with refused("entry.in_future", "occurred.start"):
        receive_enquiry(CaseworkDesk(), entry(now=at(days(-1))), SCOPE, ENQUIRY)


def test_a_household_may_have_a_case_of_its_own() -> None:
    desk = CaseworkDesk()
    whole = opening(client=None, household=HOUSEHOLD, case_type="relief")
    case = open_case(desk, entry(), SCOPE, whole).stream
    assert standing(desk, case).household == HOUSEHOLD
    with refused("case.already_open"):
        open_case(desk, entry(), SCOPE, whole)
    with refused("not_found", "household"):
        open_case(desk, entry(), SCOPE, opening(client=None, household=COLLEAGUE))


def test_no_case_is_opened_for_somebody_who_had_died_or_is_not_registered() -> None:
    desk = CaseworkDesk()
    desk.client.died_on = days(-1)
    with refused("forbidden", "client"):
        open_case(desk, entry(), SCOPE, opening())
    with refused("not_found", "client"):
        open_case(desk, entry(), SCOPE, opening(client=COLLEAGUE))


def test_a_person_has_one_open_case_of_a_type_at_a_station() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    with refused("case.already_open", "client"):
        open_case(desk, entry(days(1)), SCOPE, opening())
    open_case(desk, entry(days(1)), SCOPE, opening(case_type="relief"))
    elsewhere = replace(SCOPE, station=derived_id("another station"))
    open_case(desk, entry(days(1)), elsewhere, opening())
    close_case(desk, entry(days(2)), case, LOST)
    open_case(desk, entry(days(3)), SCOPE, opening())


def test_what_a_caller_says_of_the_standing_beyond_the_opening_is_not_believed() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening(stage="closed", number="X", suspended=True))
    stands = standing(desk, case.stream)
    assert (stands.stage, stands.number, stands.suspended) == ("accepted", None, False)


# Assessment, plan, evaluation


def test_a_plan_before_the_assessment_is_refused() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    with refused("case.plan_before_assessment", "occurred.start"):
        take_step(desk, entry(), case, PLANNED)
    take_step(desk, entry(days(2)), case, ASSESSED)
    with refused("case.plan_before_assessment", "occurred.start"):
        take_step(desk, entry(days(1), now=at(days(2), 12)), case, PLANNED)


def test_an_assessment_finds_something() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    with refused("case.assessment_empty", "dimensions"):
        take_step(desk, entry(), case, CaseAssessed(dimensions=()))


@pytest.mark.parametrize(
    ("goals", "code"),
    [
        ((), "case.plan_without_goals"),
        ((goal(1), goal(1, days(61))), "case.goal_twice"),
        ((goal(1, days(-1)),), "case.goal_due_in_past"),
    ],
)
def test_a_plan_has_goals_that_can_be_reached(goals: tuple[PlanGoal, ...], code: str) -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    with refused(code):
        take_step(desk, entry(), case, ServicePlanAdopted(goals=goals))


def test_a_revised_plan_is_the_next_version_and_may_keep_goals_that_are_due() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    goals = (goal(2, days(90)), goal(1), goal(3, days(70)))
    take_step(desk, entry(days(70)), case, ServicePlanRevised(goals=goals, reason="new_need"))
    revised = desk.facts(case)[-1]
    assert isinstance(revised, ServicePlanRevised)
    assert (revised.version, standing(desk, case).plan_due) == (2, days(90))
    with refused("case.goal_due_in_past", "goals.0.due"):
        moved = ServicePlanRevised(goals=(goal(1, days(65)),), reason="new_need")
        take_step(desk, entry(days(71)), case, moved)
    take_step(desk, entry(days(71)), case, GoalProgressRecorded(goal=2))


def test_a_plan_that_is_revised_before_anything_was_done_is_a_plan_still() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    take_step(desk, entry(), case, PLANNED)
    take_step(desk, entry(), case, ServicePlanRevised(goals=(goal(),), reason="new_need"))
    assert standing(desk, case).stage == "planned"


def test_a_plan_revised_after_the_evaluation_takes_the_case_back_to_work() -> None:
    desk = CaseworkDesk()
    case = evaluated_case(desk)
    take_step(desk, entry(days(31)), case, ServicePlanRevised(goals=(goal(),), reason="not_met"))
    assert standing(desk, case).stage == "intervening"
    with refused("case.close_without_evaluation"):
        close_case(desk, entry(days(32)), case, CLOSED)


def test_progress_and_attainment_name_goals_of_the_plan() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.no_such_goal", "goal"):
        take_step(desk, entry(days(8)), case, GoalProgressRecorded(goal=2))
    attained = CaseEvaluated(attainment=(GoalAttainment(goal=2, attained="met"),))
    with refused("case.no_such_goal", "attainment.0.goal"):
        take_step(desk, entry(days(8)), case, attained)


@pytest.mark.parametrize("rating", [0, 6])
def test_a_client_rates_from_one_to_five(rating: int) -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.rating_impossible", "client_rating"):
        take_step(desk, entry(days(8)), case, CaseEvaluated(client_rating=rating))


def test_a_review_may_set_another_level() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(8)), case, CaseReviewHeld(decision="continue", level="key"))
    assert (standing(desk, case).level, standing(desk, case).reviewed) == ("key", days(8))
    take_step(desk, entry(days(9)), case, CaseReviewHeld(decision="close"))
    assert standing(desk, case).level == "key"


def test_a_case_that_rests_is_reviewed_and_supervised_all_the_same() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(8)), case, CaseSuspended(reason="hospital"))
    take_step(desk, entry(days(9)), case, CaseReviewHeld(decision="continue"))
    take_step(desk, entry(days(9)), case, CaseSupervised(supervisor=SUPERVISOR))
    assert standing(desk, case).suspended


def test_the_primary_worker_does_not_supervise_the_own_case() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.own_supervisor", "supervisor"):
        take_step(desk, entry(days(8)), case, CaseSupervised(supervisor=WORKER))
    take_step(desk, entry(days(8)), case, CaseSupervised(supervisor=SUPERVISOR))


# Who has it


def test_supervision_is_held_to_the_primary_worker_of_its_day() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(8)), case, CaseReassigned(worker=COLLEAGUE, reason="leave"))
    take_step(desk, entry(days(9)), case, CaseReassigned(worker=WORKER, reason="back"))
    take_step(desk, entry(days(9)), case, CaseReassigned(worker=SUPERVISOR, reason="leave"))
    whose = {3: WORKER, 7: WORKER, 8: COLLEAGUE, 9: SUPERVISOR, 12: SUPERVISOR}
    for number, worker in whose.items():
        late = entry(days(number), now=at(days(20)), **LATE)
        for somebody in {WORKER, COLLEAGUE, SUPERVISOR} - {worker}:
            take_step(desk, late, case, CaseSupervised(supervisor=somebody))
        with refused("case.own_supervisor", "supervisor"):
            take_step(desk, late, case, CaseSupervised(supervisor=worker))


def test_a_case_is_handed_over_with_a_reason_to_somebody_else() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.same_worker", "worker"):
        take_step(desk, entry(days(8)), case, CaseReassigned(worker=WORKER, reason="leave"))
    with refused("case.reason_missing", "reason"):
        take_step(desk, entry(days(8)), case, CaseReassigned(worker=COLLEAGUE, reason=""))
    take_step(desk, entry(days(8)), case, CaseReassigned(worker=COLLEAGUE, reason="leave"))
    handed = desk.facts(case)[-1]
    assert isinstance(handed, CaseReassigned)
    assert (handed.previous, standing(desk, case).worker) == (WORKER, COLLEAGUE)


def test_a_file_is_numbered_once() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    take_step(desk, entry(), case, CaseNumberAssigned(number="C001"))
    with refused("case.numbered_already", "number"):
        take_step(desk, entry(), case, CaseNumberAssigned(number="C002"))


def test_no_step_lies_before_the_opening_or_in_the_future() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    with refused("case.before_opening", "occurred.start"):
        take_step(desk, entry(days(-1), now=at(TODAY)), case, ASSESSED)
    with refused("entry.in_future", "occurred.start"):
        take_step(desk, entry(days(1), now=at(TODAY)), case, ASSESSED)


def test_a_case_out_of_scope_is_not_there() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    desk.principal = replace(principal(), stations=(derived_id("another station"),))
    with refused("not_found", "case"):
        take_step(desk, entry(), case, ASSESSED)
    with refused("not_found", "case"):
        hold_session(desk, entry(), case, session())
    with refused("not_found", "case"):
        close_case(desk, entry(), case, LOST)
    with refused("not_found", "case"):
        reopen_case(desk, entry(), case, CaseReopened(reason="again"))


def test_words_about_the_client_are_kept_sealed() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    words = private(CLIENT, "casework", "独居，少与人来往")
    found = CaseAssessed(dimensions=(AssessedDimension(dimension="social", finding=words),))
    take_step(desk, entry(), case, found)
    kept: Any = desk.facts(case)[-1]
    finding = kept.dimensions[0].finding
    assert (finding.text, finding.field) == (None, "dimensions.0.finding")
