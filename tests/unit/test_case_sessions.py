"""When a case takes sessions, how long they are and whom they meet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.case_commands import (
    hold_session,
    receive_enquiry,
    reopen_case,
    take_step,
)
from domain.case_facts import (
    CaseCollateralContactMade,
    CaseReopened,
    CaseResumed,
    CaseSuspended,
)
from domain.clock import at
from domain.counting import Attendance
from domain.event import Occurred
from tests.casework import (
    ARCHIVED,
    CLIENT,
    ENQUIRY,
    EVALUATED,
    CaseworkDesk,
    assessed_case,
    case_at_work,
    closed_case,
    days,
    session,
    standing,
)
from tests.station import SCOPE, TODAY, WORKER, entry, refused


def test_a_session_before_opening_or_after_closing_is_refused_and_one_on_closing_day_is_held() -> (
    None
):
    desk = CaseworkDesk()
    case = closed_case(desk)
    with refused("case.session_before_opening", "occurred.start"):
        before = entry(days(-1), now=at(days(1)))
        hold_session(desk, before, case, session())
    with refused("case.session_after_closing", "occurred.start"):
        hold_session(desk, entry(days(32)), case, session())
    hold_session(desk, entry(days(31)), case, session())


def test_a_case_that_was_never_opened_has_no_sessions() -> None:
    desk = CaseworkDesk()
    case = receive_enquiry(desk, entry(), SCOPE, ENQUIRY).stream
    with refused("case.session_before_opening"):
        hold_session(desk, entry(), case, session())


def test_between_closing_and_reopening_there_are_no_sessions() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="needs_again"))
    with refused("case.session_after_closing"):
        hold_session(desk, entry(days(35), now=at(days(37))), case, session())
    hold_session(desk, entry(days(40)), case, session())


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_session_takes_time(minutes: int) -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    with refused("case.minutes_impossible", "minutes"):
        hold_session(desk, entry(), case, session(minutes=minutes))


def test_a_session_takes_at_most_eight_hours() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    hold_session(desk, entry(), case, session(minutes=480))
    with refused("case.session_too_long", "minutes"):
        hold_session(desk, entry(), case, session(minutes=481))
    start = at(TODAY)
    long = Occurred(start=start, end=start + timedelta(hours=8, minutes=1))
    with refused("case.session_too_long", "minutes"):
        late = replace(entry(now=at(TODAY, 20)), occurred=long)
        hold_session(desk, late, case, session(minutes=None))


def test_a_session_in_the_future_is_refused() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    with refused("entry.in_future", "occurred.start"):
        hold_session(desk, entry(days(2), now=at(days(1))), case, session())


def test_a_session_meets_the_client_or_family() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    for attendance in (
        (),
        (Attendance(person=WORKER, role="worker"),),
        (Attendance(person=CLIENT, status="absent"),),
    ):
        with refused("case.nobody_met", "attendance"):
            hold_session(desk, entry(), case, session(attendance=attendance))
    others = CaseCollateralContactMade(contacted="school")
    take_step(desk, entry(), case, others)


def test_a_case_that_rests_has_no_sessions_until_it_is_resumed() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.until_past", "until"):
        suspended = CaseSuspended(reason="hospital", until=days(9))
        take_step(desk, entry(days(10)), case, suspended)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="hospital", until=days(20)))
    assert standing(desk, case).suspended
    with refused("case.suspended"):
        hold_session(desk, entry(days(11)), case, session())
    with refused("case.suspended"):
        take_step(desk, entry(days(11)), case, EVALUATED)
    with refused("case.suspended"):
        take_step(desk, entry(days(11)), case, CaseSuspended(reason="again"))
    with refused("case.resumed_before_suspension", "occurred.start"):
        early = entry(days(9), now=at(days(20)))
        take_step(desk, early, case, CaseResumed(reason="home_again"))
    take_step(desk, entry(days(20)), case, CaseResumed(reason="home_again"))
    assert not standing(desk, case).suspended
    hold_session(desk, entry(days(20)), case, session())
    with refused("case.not_suspended"):
        take_step(desk, entry(days(21)), case, CaseResumed(reason="again"))
    with refused("case.reason_missing"):
        take_step(desk, entry(days(21)), case, CaseSuspended(reason=""))


def test_an_archived_case_takes_no_sessions() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    take_step(desk, entry(days(32)), case, ARCHIVED)
    with refused("case.wrong_stage"):
        hold_session(desk, entry(days(31), now=at(days(32))), case, session())
