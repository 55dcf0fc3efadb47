"""What AL-01 is told of a case: its contacts as they were set right, its rests, and whose it is."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from domain.case_commands import close_case, open_case, reopen_case, take_step
from domain.case_facts import CaseClosed, CaseOpened, CaseReopened, CaseResumed, CaseSuspended
from domain.contact_rule import Contact, FollowedCase, Time
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.event import Occurred
from domain.identity import Id
from domain.visit import HomeServiceDelivered, HomeVisitMade, record_visit
from projections.contact_rule import TURN, followed, followups, open_cases
from tests.casework import (
    CLIENT,
    LOST,
    CaseworkDesk,
    case_at_work,
    closed_case,
    days,
    on,
    only,
    opening,
)
from tests.folding import told
from tests.setting_right import REASON, correct, record_of
from tests.station import LATE, SCOPE, STATION, entry


def known(desk: CaseworkDesk, case: Id) -> FollowedCase:
    """Return what AL-01 knows of a case."""
    ((_, found),) = followed(told((followups,), desk.log), [case])
    return found


def contact(desk: CaseworkDesk, case: Id, event: Id) -> Contact:
    return next(each for each in known(desk, case).contacts if each.event == event)


def visited(desk: CaseworkDesk, case: Id, day: date) -> tuple[Id, Id]:
    """Visit a case's client at home; return the visit and its event."""
    met = HomeVisitMade(kind="home_visit", attendance=(Attendance(person=CLIENT),), case=case)
    receipt = record_visit(desk, entry(day), SCOPE, met)
    return receipt.stream, only(receipt)


def test_a_contact_that_was_another_cases_is_void_here_and_was_written_down_there_late() -> None:
    """Given a visit for one case, when it is corrected to another a month later, then the one had
    no such contact, and the other has it as of then: it was told of only that day."""
    desk = CaseworkDesk()
    one = case_at_work(desk)
    other = open_case(desk, entry(), SCOPE, opening(case_type="rights")).stream
    visit, event = visited(desk, one, days(10))
    moving = entry(days(40), **LATE)
    correct_record(desk, moving, visit, event, {"case": other}, REASON, on(days(10)))
    assert contact(desk, one, event).void
    moved = contact(desk, other, event)
    assert (moved.void, moved.day, moved.recorded) == (False, days(10), days(40))
    assert moved.changed == contact(desk, one, event).changed != event


def test_a_service_that_turns_out_to_be_of_a_case_is_a_contact_of_it_as_long_as_it_is() -> None:
    """Given a home service told of no case, when it is corrected to be of one and back again, then
    it was a contact of that case in between, written down with the correction; of no case, none."""
    desk = CaseworkDesk()
    case = case_at_work(desk)
    met = HomeServiceDelivered(
        kind="home_service", minutes=40, attendance=(Attendance(person=CLIENT),)
    )
    made = record_visit(desk, entry(days(10)), SCOPE, met)
    late = entry(days(40), **LATE)
    correct_record(desk, late, made.stream, only(made), {"case": case}, REASON)
    told_of = contact(desk, case, only(made))
    assert (told_of.void, told_of.day, told_of.recorded) == (False, days(10), days(40))
    correct_record(desk, late, made.stream, only(made), {"case": None}, REASON)
    assert contact(desk, case, only(made)).void
    assert {row["case_id"] for row in told((followups,), desk.log).rows(TURN)} == {case}


def test_a_contact_that_is_reinstated_was_written_down_when_it_first_was() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    visit, event = visited(desk, case, days(10))
    void_record(desk, entry(days(40)), visit, event, REASON)
    reinstate_record(desk, entry(days(41)), visit, event, REASON)
    stands = contact(desk, case, event)
    assert (stands.void, stands.day, stands.recorded) == (False, days(10), days(10))


def test_a_contact_is_held_to_the_days_that_its_operator_lets_a_record_wait() -> None:
    """Given an operator who calls late what waited two days, when a visit is written down, and is
    corrected to another day once records may wait three, then it is held to the two and the three.
    """
    desk = CaseworkDesk()
    case = case_at_work(desk)
    visit, event = visited(desk, case, days(10))

    def held_to(days: int) -> int:
        desk.log[-1] = msgspec.structs.replace(desk.log[-1], late_after=days)
        return contact(desk, case, event).late_after

    assert held_to(2) == 2
    correct_record(desk, entry(days(40), **LATE), visit, event, {}, REASON, on(days(12)))
    assert held_to(3) == 3


def test_a_case_was_open_on_the_days_that_its_corrected_opening_and_closing_say() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    assert known(desk, case).stage == "closed"
    correct(desk, case, record_of(desk, case, CaseOpened), -3)
    correct(desk, case, record_of(desk, case, CaseClosed), 35)
    assert known(desk, case).times == [Time(begin=days(-3), end=days(35))]
    assert [each.day for each in known(desk, case).openings] == [days(-3)]
    assert [each.day for each in known(desk, case).contacts] == [days(7)]


def test_a_contact_moved_to_another_day_was_written_down_on_that_of_its_correction() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    visit, event = visited(desk, case, days(10))
    correct_record(desk, entry(days(40), **LATE), visit, event, {}, REASON, on(days(12)))
    moved = contact(desk, case, event)
    assert (moved.day, moved.recorded) == (days(12), days(40))


def test_what_else_is_corrected_of_a_contact_leaves_when_it_was_written_down() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    visit, event = visited(desk, case, days(10))
    correct_record(desk, entry(days(40), **LATE), visit, event, {"minutes": 30}, REASON)
    kept = contact(desk, case, event)
    assert (kept.day, kept.recorded) == (days(10), days(10))


def test_a_contact_corrected_to_some_day_of_its_month_may_have_been_on_the_last() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    visit, event = visited(desk, case, days(10))
    month = Occurred(start=on(days(10)).start, precision="month")
    correct_record(desk, entry(days(40), **LATE), visit, event, {}, REASON, month)
    last = (days(10).replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert contact(desk, case, event).latest == last


def test_a_rest_ends_when_the_case_is_closed_and_another_begins_by_itself() -> None:
    """Given a case that rested when it was closed, when it is reopened and rests again, then there
    are two rests, and the time between belongs to neither."""
    desk = CaseworkDesk()
    case = case_at_work(desk)
    rest = CaseSuspended(reason="away", until=days(30))
    take_step(desk, entry(days(8)), case, rest)
    close_case(desk, entry(days(12)), case, LOST)
    reopen_case(desk, entry(days(20)), case, CaseReopened(reason="needs_again"))
    take_step(desk, entry(days(22)), case, rest)
    take_step(desk, entry(days(25)), case, CaseResumed(reason="back"))
    assert known(desk, case).rests == [
        Time(begin=days(8), end=days(12)),
        Time(begin=days(22), end=days(25)),
    ]


def test_the_cases_of_a_station_that_are_followed_are_those_at_work() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    answers = told((followups,), desk.log)
    assert [row["case_id"] for row in open_cases(answers, STATION, demonstration=False)] == [case]
    assert open_cases(answers, STATION, demonstration=True) == []
    over = CaseworkDesk()
    closed_case(over)
    assert open_cases(told((followups,), over.log), STATION, demonstration=False) == []
