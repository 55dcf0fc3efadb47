"""Setting a case's records right: sessions, openings and closures keep the rules of new ones."""

from __future__ import annotations

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
from domain.case_crisis_facts import CrisisFlagged
from domain.case_facts import (
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseRestated,
    CaseResumed,
    CaseSessionHeld,
    CaseSuspended,
)
from domain.claim import holder_of
from domain.clock import at
from domain.corrections import reinstate_record, void_record
from domain.counting import Counted
from tests.casework import (
    ASSESSED,
    CLIENT,
    COLLEAGUE,
    ENQUIRY,
    HOUSEHOLD,
    LOST,
    PLANNED,
    CaseworkDesk,
    assessed_case,
    case_at_work,
    closed_case,
    days,
    only,
    opening,
    session,
    standing,
)
from tests.setting_right import REASON, correct, record_of, reinstate, void
from tests.station import SCOPE, STATION, entry, refused

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


def test_an_opening_is_reinstated_only_for_who_could_be_served_then() -> None:
    desk = CaseworkDesk()
    opened = open_case(desk, entry(), SCOPE, opening())
    void_record(desk, entry(), opened.stream, only(opened), REASON)
    desk.client.died_on = days(-1)
    with refused("forbidden", "client"):
        reinstate_record(desk, entry(), opened.stream, only(opened), REASON)
