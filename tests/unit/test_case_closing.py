"""Closing a case, following it up, reopening and archiving it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.case import Case
from domain.case_commands import (
    close_case,
    hold_session,
    open_case,
    reopen_case,
    take_step,
)
from domain.case_facts import (
    CaseArchived,
    CaseClosed,
    CaseReopened,
    CaseSuspended,
    Closure,
    FollowUpDone,
)
from domain.clock import at
from domain.private import private
from tests.casework import (
    ARCHIVED,
    CLIENT,
    CLOSED,
    LOST,
    SUPERVISOR,
    CaseworkDesk,
    assessed_case,
    case_at_work,
    closed_case,
    days,
    evaluated_case,
    opening,
    session,
    standing,
)
from tests.neighbours import House
from tests.station import LATE, SCOPE, STATION, WORKER, entry, refused


@pytest.mark.parametrize("closure", ["goals_met", "other"])
def test_a_case_closes_with_an_evaluation(closure: Closure) -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    reason = private(CLIENT, "casework", "说明")
    with refused("case.close_without_evaluation", "closure"):
        close_case(desk, entry(days(8)), case, replace(CLOSED, closure=closure, reason=reason))


@pytest.mark.parametrize("closure", ["withdrew", "referred", "lost_contact", "died", "moved_away"])
def test_a_case_whose_client_is_gone_closes_without_one_but_with_the_reason(
    closure: Closure,
) -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    with refused("case.close_without_reason", "reason"):
        close_case(desk, entry(days(8)), case, replace(LOST, closure=closure, reason=None))
    close_case(desk, entry(days(8)), case, replace(LOST, closure=closure))
    closed = desk.load(Case, case).effective(CaseClosed)[0].facts
    assert (closed.closure, closed.variant) == (closure, "not_evaluated")


def test_a_case_does_not_close_before_its_last_session_or_its_opening() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.closed_before_session", "occurred.start"):
        close_case(desk, entry(days(6), now=at(days(8))), case, LOST)
    with refused("case.before_opening", "occurred.start"):
        close_case(desk, entry(days(-1), now=at(days(1))), case, LOST)
    with refused("entry.in_future", "occurred.start"):
        close_case(desk, entry(days(9), now=at(days(8))), case, LOST)


def test_a_case_does_not_close_before_its_evaluation() -> None:
    desk = CaseworkDesk()
    case = evaluated_case(desk)
    with refused("case.closed_before_evaluation", "occurred.start"):
        close_case(desk, entry(days(29), now=at(days(40)), **LATE), case, CLOSED)
    close_case(desk, entry(days(30), now=at(days(40)), **LATE), case, CLOSED)


def test_where_the_policy_says_so_a_closure_is_approved_and_not_by_the_worker() -> None:
    desk = CaseworkDesk()
    desk.neighbours["station", STATION] = House({"case_closure_approval": 1})
    case = evaluated_case(desk)
    with refused("case.approval_missing", "approved_by"):
        close_case(desk, entry(days(31)), case, CLOSED)
    with refused("case.own_approval", "approved_by"):
        own = entry(days(31), approved_by=WORKER)
        close_case(desk, own, case, CLOSED)
    approved = entry(days(31), approved_by=SUPERVISOR)
    close_case(desk, approved, case, CLOSED)
    assert standing(desk, case).stage == "closed"


def test_a_case_that_rests_can_be_closed_and_then_rests_no_more() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="moved"))
    close_case(desk, entry(days(12)), case, replace(LOST, closure="moved_away"))
    assert not standing(desk, case).suspended
    reopen_case(desk, entry(days(20)), case, CaseReopened(reason="back"))
    hold_session(desk, entry(days(21)), case, session())


def test_follow_ups_are_numbered_and_come_after_the_closing() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    with refused("case.before_closing", "occurred.start"):
        early = entry(days(30), now=at(days(31)))
        take_step(desk, early, case, FollowUpDone(status="stable"))
    take_step(desk, entry(days(61)), case, FollowUpDone(status="stable"))
    take_step(desk, entry(days(121)), case, FollowUpDone(status="improved"))
    numbers = [facts.number for facts in desk.facts(case) if isinstance(facts, FollowUpDone)]
    assert numbers == [1, 2]


def test_a_reopened_case_is_worked_on_and_evaluated_anew() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    with refused("case.reason_missing", "reason"):
        reopen_case(desk, entry(days(40)), case, CaseReopened(reason=" "))
    with refused("case.before_closing"):
        reopen_case(desk, entry(days(30), now=at(days(31))), case, CaseReopened(reason="again"))
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="needs_again"))
    assert standing(desk, case).stage == "intervening"
    with refused("case.close_without_evaluation"):
        close_case(desk, entry(days(41)), case, CLOSED)
    with refused("case.already_open"):
        open_case(desk, entry(days(41)), SCOPE, opening())


def test_a_case_cannot_be_reopened_beside_a_new_one() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    open_case(desk, entry(days(40)), SCOPE, opening())
    with refused("case.already_open"):
        reopen_case(desk, entry(days(41)), case, CaseReopened(reason="needs_again"))


def test_an_archived_case_is_not_reopened() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    with refused("case.retention_past", "retention_until"):
        gone = CaseArchived(box="A-07", retention_until=days(32))
        take_step(desk, entry(days(32)), case, gone)
    take_step(desk, entry(days(32)), case, ARCHIVED)
    with refused("case.archived"):
        reopen_case(desk, entry(days(40)), case, CaseReopened(reason="needs_again"))
