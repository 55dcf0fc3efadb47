"""Setting a closing right: what it may be, when it is void, and whether it comes back."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from domain.case import Case
from domain.case_commands import (
    close_case,
    hold_session,
    open_case,
    reopen_case,
    take_step,
)
from domain.case_crisis_facts import CrisisCleared, CrisisFlagged
from domain.case_facts import (
    CaseClosed,
    CaseReassigned,
    CaseReopened,
    CaseResumed,
    CaseReviewHeld,
    CaseStep,
    CaseSupervised,
    CaseSuspended,
    FollowUpDone,
    ServicePlanRevised,
)
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import CORRECTIONS
from tests.casework import (
    ARCHIVED,
    CLOSED,
    COLLEAGUE,
    EVALUATED,
    LOST,
    SUPERVISOR,
    CaseworkDesk,
    case_at_work,
    closed_case,
    days,
    goal,
    only,
    opening,
    session,
    standing,
)
from tests.setting_right import REASON, correct, record_of, reinstate, void
from tests.station import LATE, SCOPE, entry, refused


def test_a_closure_is_dated_anew_but_not_before_a_session() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    with refused("case.closed_before_session"):
        correct(desk, case, closed, day=6)
    with refused("case.before_opening"):
        correct(desk, case, closed, day=-1)
    correct(desk, case, closed, day=30)
    assert standing(desk, case).closed == days(30)
    with refused("case.session_after_closing"):
        hold_session(desk, entry(days(31)), case, session())


def test_a_closure_that_moves_past_the_reopening_is_refused() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="again"))
    closed = record_of(desk, case, CaseClosed)
    with refused("case.closed_after_reopening", "occurred.start"):
        correct(desk, case, closed, day=41)
    correct(desk, case, closed, day=40)
    assert (standing(desk, case).stage, standing(desk, case).closed) == ("intervening", None)


def test_whether_there_was_an_evaluation_cannot_be_corrected() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    with refused("case.evaluation_fixed"):
        correct(desk, case, closed, variant="not_evaluated")
    correct(desk, case, closed, closure="other")


def test_with_a_void_closure_the_case_is_open_as_it_was() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="hospital"))
    close_case(desk, entry(days(12)), case, LOST)
    take_step(desk, entry(days(13)), case, CaseReassigned(worker=COLLEAGUE, reason="leave"))
    void(desk, case, record_of(desk, case, CaseClosed))
    stands = standing(desk, case)
    assert (stands.stage, stands.closed, stands.suspended) == ("intervening", None, True)
    assert stands.worker == COLLEAGUE
    with refused("case.already_open"):
        open_case(desk, entry(days(50)), SCOPE, opening())
    with refused("case.suspended"):
        hold_session(desk, entry(days(50)), case, session())


@pytest.mark.parametrize("first", ["dated_anew", "void_and_back", "resumed_while_void"])
def test_a_rest_ends_with_the_closing_that_ends_it_however_that_is_set_right(first: str) -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="hospital"))
    closed = only(close_case(desk, entry(days(30)), case, LOST))
    if first == "dated_anew":
        correct(desk, case, closed, day=12)
    else:
        void(desk, case, closed)
        if first == "resumed_while_void":
            take_step(desk, entry(days(14)), case, CaseResumed(reason="home again"))
        reinstate(desk, case, closed)
    rest = desk.load(Case, case).rests[-1]
    ends = {"dated_anew": 12, "void_and_back": 30, "resumed_while_void": 14}
    assert rest.end == days(ends[first])
    reopen_case(desk, entry(days(30)), case, CaseReopened(reason="again"))
    hold_session(desk, entry(days(40)), case, session())


def test_a_rest_that_was_noted_while_a_closing_was_void_ends_with_it() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    closed = only(close_case(desk, entry(days(30)), case, LOST))
    void(desk, case, closed)
    take_step(desk, entry(days(20)), case, CaseSuspended(reason="hospital"))
    reinstate(desk, case, closed)
    reopen_case(desk, entry(days(30)), case, CaseReopened(reason="again"))
    hold_session(desk, entry(days(40)), case, session())


def test_a_closure_is_not_void_where_another_case_was_opened_since() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    open_case(desk, entry(days(40)), SCOPE, opening())
    with refused("case.already_open"):
        void(desk, case, record_of(desk, case, CaseClosed))
    correct(desk, case, record_of(desk, case, CaseClosed), closure="moved_away")


def test_a_reinstated_closure_closes_the_case_unless_it_may_not_be() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    void(desk, case, closed)
    later = only(hold_session(desk, entry(days(45)), case, session()))
    with refused("case.closed_before_session"):
        reinstate(desk, case, closed)
    void(desk, case, later)
    crisis = only(take_step(desk, entry(days(46)), case, CrisisFlagged(type="violence")))
    with refused("case.crisis_open"):
        reinstate(desk, case, closed)
    take_step(desk, entry(days(46)), case, CrisisCleared(crisis=crisis))
    reinstate(desk, case, closed)
    assert (standing(desk, case).stage, standing(desk, case).closed) == ("closed", days(31))
    open_case(desk, entry(days(50)), SCOPE, opening())


def test_a_closure_does_not_come_back_over_work_that_was_done_since() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    void_record(desk, entry(days(32)), case, closed, REASON)
    again = ServicePlanRevised(goals=(goal(1, days(90)),), reason="goes on")
    take_step(desk, entry(days(31)), case, again)
    with refused("case.close_anew", "target"):
        reinstate_record(desk, entry(days(50)), case, closed, REASON)
    take_step(desk, entry(days(31)), case, EVALUATED)
    reinstate_record(desk, entry(days(50)), case, closed, REASON)
    assert standing(desk, case).stage == "closed"


@pytest.mark.parametrize(
    ("step", "back"),
    [
        (CaseReviewHeld(decision="continue"), False),
        (CaseSupervised(supervisor=SUPERVISOR), False),
        (CaseReassigned(worker=COLLEAGUE, reason="leave"), True),
    ],
)
def test_a_closure_comes_back_only_before_what_may_be_done_after_it(
    step: CaseStep, back: bool
) -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    void_record(desk, entry(days(32)), case, closed, REASON)
    take_step(desk, entry(days(31)), case, step)
    reinstate_record(desk, entry(days(40)), case, closed, REASON)
    void_record(desk, entry(days(40)), case, closed, REASON)
    take_step(
        desk,
        entry(days(41)),
        case,
        step if not back else CaseReassigned(worker=SUPERVISOR, reason="leave"),
    )
    with nullcontext() if back else refused("case.close_anew", "target"):
        reinstate_record(desk, entry(days(42)), case, closed, REASON)


def test_a_closure_without_an_evaluation_does_not_come_back_after_one() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    closed = only(close_case(desk, entry(days(12)), case, LOST))
    void_record(desk, entry(days(13)), case, closed, REASON)
    take_step(desk, entry(days(12)), case, EVALUATED)
    with refused("case.close_anew", "target"):
        reinstate_record(desk, entry(days(14)), case, closed, REASON)


def test_a_closure_is_not_dated_before_its_evaluation() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    with refused("case.closed_before_evaluation", "occurred.start"):
        correct(desk, case, closed, day=29)
    correct(desk, case, closed, day=30)
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="again"))
    take_step(desk, entry(days(45)), case, EVALUATED)
    correct(desk, case, closed, day=31)


def test_a_void_closure_does_not_come_back_after_the_case_was_closed_and_opened_again() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    closed = only(close_case(desk, entry(days(12)), case, LOST))
    void(desk, case, closed)
    close_case(desk, entry(days(20)), case, LOST)
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="again"))
    with refused("case.close_anew", "target"):
        reinstate(desk, case, closed)


def test_a_case_closed_anew_does_not_take_its_void_closure_back() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    void(desk, case, closed)
    close_case(desk, entry(days(50)), case, CLOSED)
    with refused("case.wrong_stage"):
        reinstate(desk, case, closed)


@pytest.mark.parametrize("step", [FollowUpDone(status="stable"), ARCHIVED])
def test_a_closure_that_was_followed_by_more_is_not_void(step: CaseStep) -> None:
    """Else the case would take sessions, and a second one be opened, though it stays closed."""
    desk = CaseworkDesk()
    case = closed_case(desk)
    take_step(desk, entry(days(40)), case, step)
    with refused("case.followed_up", "target"):
        void(desk, case, record_of(desk, case, CaseClosed))


def test_a_void_closure_of_a_case_that_was_reopened_leaves_the_figures_and_no_more() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    take_step(desk, entry(days(40)), case, FollowUpDone(status="stable"))
    reopen_case(desk, entry(days(41)), case, CaseReopened(reason="again"))
    closed = record_of(desk, case, CaseClosed)
    void(desk, case, closed)
    assert desk.load(Case, case).effective(CaseClosed) == []
    take_step(desk, entry(days(45)), case, CrisisFlagged(type="violence"))
    reinstate(desk, case, closed)
    assert standing(desk, case).stage == "intervening"


def test_a_case_whose_first_closing_is_void_was_open_until_it_was_reopened() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    closed = only(close_case(desk, entry(days(12)), case, LOST))
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="needs_again"))
    hold_session(desk, entry(days(40)), case, session())
    between = entry(days(35), now=at(days(42)), **LATE)
    with refused("case.session_after_closing", "occurred.start"):
        hold_session(desk, between, case, session())
    void_record(desk, entry(days(41)), case, closed, REASON)
    reinstate_record(desk, entry(days(41)), case, closed, REASON)
    void_record(desk, entry(days(41)), case, closed, REASON)
    held = only(hold_session(desk, between, case, session()))
    with refused("case.closed_before_session", "occurred.start"):
        reinstate_record(desk, entry(days(43)), case, closed, REASON)
    void_record(desk, entry(days(43)), case, held, REASON)
    reinstate_record(desk, entry(days(43)), case, closed, REASON)
    close_case(desk, entry(days(50)), case, LOST)
    void_record(desk, entry(days(50)), case, closed, REASON)
    with refused("case.session_after_closing", "occurred.start"):
        hold_session(desk, entry(days(51)), case, session())


def test_a_closure_void_before_follow_ups_forbade_it_comes_back_without_a_crisis_only() -> None:
    """Such records are in journals: the closing was void while the case was followed up."""
    desk = CaseworkDesk()
    case = closed_case(desk)
    closed = record_of(desk, case, CaseClosed)
    take_step(desk, entry(days(40)), case, FollowUpDone(status="stable"))
    stored = desk.load(Case, case)
    kind = CORRECTIONS[CaseClosed][1]
    stored.record(
        entry(days(50)), kind(target=closed, reason=REASON, before=stored.standing(closed))
    )
    desk.save(entry(days(50)), stored)
    crisis = only(take_step(desk, entry(days(50)), case, CrisisFlagged(type="violence")))
    with refused("case.crisis_open", "target"):
        reinstate(desk, case, closed)
    take_step(desk, entry(days(50)), case, CrisisCleared(crisis=crisis))
    reinstate(desk, case, closed)
    assert standing(desk, case).stage == "following_up"


def test_a_case_is_not_archived_in_a_crisis() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    crisis = only(take_step(desk, entry(days(40)), case, CrisisFlagged(type="violence")))
    with refused("case.crisis_open"):
        take_step(desk, entry(days(41)), case, ARCHIVED)
    take_step(desk, entry(days(41)), case, CrisisCleared(crisis=crisis))
    take_step(desk, entry(days(41)), case, ARCHIVED)


def test_a_corrected_closure_does_not_walk_around_the_evaluation() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    closed = only(close_case(desk, entry(days(31)), case, LOST))
    with refused("case.close_without_evaluation", "closure"):
        correct_record(desk, entry(days(32)), case, closed, {"closure": "goals_met"}, REASON)
    with refused("case.close_without_reason", "reason"):
        correct_record(desk, entry(days(32)), case, closed, {"reason": None}, REASON)
    with refused("case.evaluation_fixed", "facts.variant"):
        changes = {"closure": "goals_met", "variant": "evaluated"}
        correct_record(desk, entry(days(32)), case, closed, changes, REASON)
    correct_record(desk, entry(days(32)), case, closed, {"closure": "moved_away"}, REASON)
