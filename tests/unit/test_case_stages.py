"""Every step of a case in every stage: taken where it belongs, refused everywhere else."""

from __future__ import annotations

import pytest

from domain.case_commands import close_case, open_case, receive_enquiry, reopen_case, take_step
from domain.case_facts import (
    CaseCollateralContactMade,
    CaseInterventionStarted,
    CaseNumberAssigned,
    CaseReassigned,
    CaseRejected,
    CaseReopened,
    CaseReviewHeld,
    CaseStep,
    CaseSupervised,
    CaseSuspended,
    FollowUpDone,
    GoalProgressRecorded,
    ServiceAgreementSigned,
    ServicePlanRevised,
)
from tests.casework import (
    ARCHIVED,
    ASSESSED,
    COLLEAGUE,
    ENQUIRY,
    EVALUATED,
    LOST,
    SUPERVISOR,
    CaseworkDesk,
    case_at_work,
    closed_case,
    days,
    evaluated_case,
    goal,
    opening,
)
from tests.station import SCOPE, entry, refused

STEPS: dict[CaseStep, set[str]] = {
    CaseRejected(reason="not_ours"): {"received"},
    CaseNumberAssigned(number="C1"): {"accepted", "intervening", "evaluated", "closed"},
    ServiceAgreementSigned(): {"accepted", "intervening", "evaluated"},
    ASSESSED: {"accepted", "intervening"},
    ServicePlanRevised(goals=(goal(),), reason="x"): {"intervening", "evaluated"},
    CaseInterventionStarted(): set(),
    CaseCollateralContactMade(contacted="school"): {
        "received", "accepted", "intervening", "evaluated", "closed",
    },
    GoalProgressRecorded(goal=1): {"intervening", "evaluated"},
    CaseReviewHeld(decision="continue"): {"accepted", "intervening", "evaluated"},
    CaseSupervised(supervisor=SUPERVISOR): {"received", "accepted", "intervening", "evaluated"},
    CaseReassigned(worker=COLLEAGUE, reason="leave"): {
        "received", "accepted", "intervening", "evaluated", "closed",
    },
    CaseSuspended(reason="hospital"): {"accepted", "intervening", "evaluated"},
    EVALUATED: {"intervening"},
    FollowUpDone(status="stable"): {"closed"},
    ARCHIVED: {"closed"},
}  # fmt: skip


def case_in(desk: CaseworkDesk, stage: str) -> str:
    match stage:
        case "received":
            return receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
        case "accepted":
            return open_case(desk, entry(), SCOPE, opening()).stream
        case "intervening":
            return case_at_work(desk)
        case "evaluated":
            return evaluated_case(desk)
        case "closed":
            return closed_case(desk)
        case "rejected":
            case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
            take_step(desk, entry(), case, CaseRejected(reason="not_ours"))
            return case
    case = closed_case(desk)
    take_step(desk, entry(days(32)), case, ARCHIVED)
    return case


@pytest.mark.parametrize(
    "stage",
    ["received", "rejected", "accepted", "intervening", "evaluated", "closed", "archived"],
)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_each_step_is_taken_in_its_stages_and_refused_in_all_others(
    stage: str, step: CaseStep
) -> None:
    desk = CaseworkDesk()
    case = case_in(desk, stage)
    if stage in STEPS[step]:
        take_step(desk, entry(days(40)), case, step)
    else:
        with refused("case.wrong_stage"):
            take_step(desk, entry(days(40)), case, step)


@pytest.mark.parametrize("stage", ["received", "rejected", "closed", "archived"])
def test_only_an_open_case_is_closed(stage: str) -> None:
    desk = CaseworkDesk()
    case = case_in(desk, stage)
    with refused("case.wrong_stage"):
        close_case(desk, entry(days(40)), case, LOST)


@pytest.mark.parametrize("stage", ["received", "rejected", "accepted", "intervening", "evaluated"])
def test_only_a_closed_case_is_reopened(stage: str) -> None:
    desk = CaseworkDesk()
    case = case_in(desk, stage)
    with refused("case.wrong_stage"):
        reopen_case(desk, entry(days(40)), case, CaseReopened(reason="again"))
