"""Setting a case's records right: sessions, openings and closures keep the rules of new ones."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from domain.case import Case
from domain.case_commands import (
    close_case,
    hold_session,
    open_case,
    receive_enquiry,
    reopen_case,
    take_step,
)
from domain.case_crisis_facts import CrisisCleared, CrisisFlagged
from domain.case_facts import (
    CaseClosed,
    CaseOpened,
    CaseReassigned,
    CaseReopened,
    CaseRestated,
    CaseResumed,
    CaseReviewHeld,
    CaseSessionHeld,
    CaseStep,
    CaseSupervised,
    CaseSuspended,
    FollowUpDone,
    ServicePlanRevised,
)
from domain.claim import holder_of
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Counted
from domain.event import CORRECTIONS, Reason
from domain.identity import Id
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
    goal,
    on,
    only,
    opening,
    session,
    standing,
)
from tests.station import LATE, SCOPE, STATION, entry, refused

REASON = Reason(code="wrong_time", text="日期录入错误")


def record_of(desk: CaseworkDesk, case: Id, kind: type, number: int = 0) -> Id:
    """Return the id of a case's record of a kind, the first unless told otherwise."""
    records = desk.load(Case, case).records
    of_kind = [id for id, one in records.items() if isinstance(one.effective.facts, kind)]
    return of_kind[number]


def correct(
    desk: CaseworkDesk, case: Id, target: Id, day: int | None = None, **fields: Any
) -> None:
    """Correct a record's day or fields, fifty days after the opening."""
    occurred = None if day is None else on(days(day))
    correct_record(desk, entry(days(50), **LATE), case, target, fields, REASON, occurred)


def void(desk: CaseworkDesk, case: Id, target: Id) -> None:
    void_record(desk, entry(days(50)), case, target, REASON)


def reinstate(desk: CaseworkDesk, case: Id, target: Id) -> None:
    reinstate_record(desk, entry(days(50)), case, target, REASON)


# Sessions


def test_a_corrected_session_stays_within_the_case() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    held = record_of(desk, case, CaseSessionHeld)
    with refused("case.session_before_opening"):
        correct(desk, case, held, day=-1)
    with refused("case.session_after_closing"):
        correct(desk, case, held, day=32)
    for minutes in (0, 481):
        with refused("bounds.number", "facts.minutes"):
            correct(desk, case, held, minutes=minutes)
    with refused("case.nobody_met"):
        correct(desk, case, held, attendance=[])
    correct(desk, case, held, day=31)


def test_a_corrected_session_does_not_lie_where_the_case_rested() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="hospital"))
    take_step(desk, entry(days(20)), case, CaseResumed(reason="home"))
    held = record_of(desk, case, CaseSessionHeld)
    with refused("case.suspended"):
        correct(desk, case, held, day=15)
    correct(desk, case, held, day=20)


def test_a_void_session_is_reinstated_only_where_it_may_lie() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    held = only(hold_session(desk, entry(days(9)), case, session()))
    void(desk, case, held)
    close_case(desk, entry(days(8), now=at(days(10))), case, LOST)
    with refused("case.session_after_closing"):
        reinstate(desk, case, held)


def test_a_void_session_does_not_keep_a_case_open() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.closed_before_session"):
        close_case(desk, entry(days(5), now=at(days(7))), case, LOST)
    void(desk, case, record_of(desk, case, CaseSessionHeld))
    close_case(desk, entry(days(5), now=at(days(7))), case, LOST)


# Openings


def test_an_opening_is_dated_anew_but_not_after_a_session() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    opened = record_of(desk, case, CaseOpened)
    with refused("case.session_before_opening"):
        correct(desk, case, opened, day=8)
    correct(desk, case, opened, day=-3)
    assert (standing(desk, case).opened, standing(desk, case).stage) == (days(-3), "closed")
    late = entry(days(-2), now=at(days(50)), late_reason="补录", approved_by=COLLEAGUE)
    hold_session(desk, late, case, session())


def test_an_opening_does_not_move_behind_a_step_of_the_case() -> None:
    desk = CaseworkDesk()
    case = open_case(desk, entry(), SCOPE, opening()).stream
    take_step(desk, entry(days(5)), case, ASSESSED)
    take_step(desk, entry(days(9)), case, PLANNED)
    opened = record_of(desk, case, CaseOpened)
    with refused("case.before_opening", "occurred.start"):
        correct(desk, case, opened, day=6)
    correct(desk, case, opened, day=5)
    assert standing(desk, case).opened == days(5)


def test_an_opening_moves_freely_behind_what_was_before_the_case() -> None:
    desk = CaseworkDesk()
    asked = receive_enquiry(desk, entry(days(-4)), SCOPE, ENQUIRY).stream
    take_step(desk, entry(days(-3)), asked, CrisisFlagged(type="violence"))
    opened = only(open_case(desk, entry(), SCOPE, opening(), enquiry=asked))
    correct(desk, asked, opened, day=20)
    assert standing(desk, asked).opened == days(20)


def test_an_opening_does_not_move_behind_the_closing_of_a_case_without_sessions() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    close_case(desk, entry(days(8)), case, LOST)
    with refused("case.before_opening"):
        correct(desk, case, record_of(desk, case, CaseOpened), day=9)


def test_a_corrected_level_and_audience_hold_from_now_on_and_the_case_says_so() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    opened = record_of(desk, case, CaseOpened)
    urgent = replace(opening().standing, level="urgent", household=HOUSEHOLD, audience="elderly")
    fields = {"audience": "disabled", "standing": to_builtins(urgent)}
    correct(desk, case, opened, **fields)
    stands = standing(desk, case)
    assert (stands.level, stands.audience, stands.stage) == ("urgent", "disabled", "intervening")
    assert desk.facts(case)[-1] == CaseRestated(record=opened, standing=stands)


@pytest.mark.parametrize(
    "change", [{"client": COLLEAGUE}, {"case_type": "relief"}, {"worker": COLLEAGUE}]
)
def test_whose_case_it_is_cannot_be_corrected(change: dict[str, str]) -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    said = to_builtins(replace(opening().standing, household=HOUSEHOLD))
    with refused("case.opening_fixed"):
        correct(desk, case, record_of(desk, case, CaseOpened), standing=said | change)


def test_a_case_opened_in_error_is_withdrawn_and_makes_room_for_the_right_one() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    opened = record_of(desk, case, CaseOpened)
    void(desk, case, opened)
    assert standing(desk, case).stage == "withdrawn"
    with refused("case.wrong_stage"):
        take_step(desk, entry(days(1)), case, ASSESSED)
    with refused("case.wrong_stage"):
        hold_session(desk, entry(days(1)), case, session())
    right = open_case(desk, entry(days(1)), SCOPE, opening()).stream
    assert holder_of(desk, "open_case", (STATION, CLIENT, "loneliness")) == right
    with refused("case.already_open"):
        reinstate(desk, case, opened)


def test_a_reinstated_opening_takes_the_case_back_to_where_it_was() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    opened = record_of(desk, case, CaseOpened)
    void(desk, case, opened)
    reinstate(desk, case, opened)
    assert standing(desk, case).stage == "assessed"
    with refused("case.already_open"):
        open_case(desk, entry(days(1)), SCOPE, opening())


def test_an_opening_is_not_void_while_sessions_or_a_closure_stand() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    opened, held = record_of(desk, case, CaseOpened), record_of(desk, case, CaseSessionHeld)
    with refused("case.records_stand"):
        void(desk, case, opened)
    void(desk, case, held)
    close_case(desk, entry(days(8)), case, LOST)
    with refused("case.records_stand"):
        void(desk, case, opened)
    void(desk, case, record_of(desk, case, CaseClosed))
    void(desk, case, opened)
    assert desk.load(Case, case).effective(Counted) == []
    with refused("case.wrong_stage"):
        reinstate(desk, case, held)


def test_no_closing_of_a_case_that_is_withdrawn_comes_back() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    close_case(desk, entry(days(8)), case, LOST)
    reopen_case(desk, entry(days(9)), case, CaseReopened(reason="again"))
    closed = record_of(desk, case, CaseClosed)
    void(desk, case, closed)
    void(desk, case, record_of(desk, case, CaseOpened))
    with refused("case.wrong_stage"):
        reinstate(desk, case, closed)


# Closures


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
    correct(desk, case, closed, day=39)
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


def test_a_closure_is_not_void_where_another_case_was_opened_since() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    open_case(desk, entry(days(40)), SCOPE, opening())
    with refused("case.already_open"):
        void(desk, case, record_of(desk, case, CaseClosed))


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


def test_an_opening_is_reinstated_only_for_who_could_be_served_then() -> None:
    desk = CaseworkDesk()
    opened = open_case(desk, entry(), SCOPE, opening())
    void_record(desk, entry(), opened.stream, only(opened), REASON)
    desk.client.died_on = days(-1)
    with refused("forbidden", "client"):
        reinstate_record(desk, entry(), opened.stream, only(opened), REASON)
