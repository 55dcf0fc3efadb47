"""The caseload: where cases stand, what was done, and when contact is due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from domain.case_commands import close_case, hold_session, open_case, reopen_case, take_step
from domain.case_crisis_facts import CrisisFlagged
from domain.case_facts import (
    CaseClosed,
    CaseOpened,
    CaseReassigned,
    CaseReopened,
    CaseResumed,
    CaseReviewHeld,
    CaseStanding,
    CaseSuspended,
)
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.principal import Principal
from domain.visit import HomeVisitMade, PhoneContactMade, record_visit
from projections.case import CASE, SESSION, CaseLine, caseload, lines, loads, open_cases
from projections.followups import followups
from tests.casework import (
    ASSESSED,
    CLIENT,
    COLLEAGUE,
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
from tests.folding import told
from tests.station import LATE, OPERATOR, SCOPE, STATION, WORKER, MemoryDesk, entry, principal

USUAL = {OPERATOR: 7}
"""After how many days contact is due where an operator sets nothing else (AL-01)."""
REASON = Reason(code="entry_error", text="录入时看错了")


def row(desk: MemoryDesk, case: Id) -> dict[str, Any]:
    (found,) = told((caseload,), desk.log).rows(CASE, where={"case_id": case})
    return found


def line(desk: MemoryDesk, case: Id, day: date) -> CaseLine:
    answers = told((caseload, followups), desk.log)
    (found,) = lines(answers, answers.rows(CASE, where={"case_id": case}), day, USUAL)
    return found


def overdue_after(desk: MemoryDesk, case: Id) -> int:
    """Return the first day on which the case is overdue, in days after the opening."""
    return next(n for n in range(100) if line(desk, case, days(n)).overdue)


def test_a_row_says_all_that_the_last_step_said() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(8)), case, CaseReviewHeld(decision="continue", level="key"))
    take_step(desk, entry(days(9)), case, CrisisFlagged(type="neglect"))
    take_step(desk, entry(days(9)), case, CaseReassigned(worker=COLLEAGUE, reason="leave"))
    shown, stands = row(desk, case), standing(desk, case)
    assert {name: shown[name] for name in CaseStanding.__struct_fields__} == {
        name: getattr(stands, name) for name in CaseStanding.__struct_fields__
    }
    assert (shown["worker"], shown["level"], shown["in_crisis"]) == (COLLEAGUE, "key", True)
    assert (shown["station"], shown["step"]) == (STATION, desk.log[-1].id)


def test_a_closed_case_says_how_and_a_reopened_one_no_more() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    assert (row(desk, case)["closure"], row(desk, case)["closed"]) == ("goals_met", days(31))
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="again"))
    assert (row(desk, case)["closure"], row(desk, case)["closed"]) == (None, None)


def test_corrected_openings_and_closures_leave_the_case_where_it_stands() -> None:
    desk = CaseworkDesk()
    case = closed_case(desk)
    opened = next(event.id for event in desk.log if isinstance(event.facts, CaseOpened))
    earlier = entry(days(-2)).occurred
    correct_record(desk, entry(days(40), **LATE), case, opened, {}, REASON, earlier)
    shown = row(desk, case)
    figures = (shown["stage"], shown["opened"], shown["closed"], shown["closure"])
    assert figures == ("closed", days(-2), days(31), "goals_met")
    closed = next(event.id for event in desk.log if isinstance(event.facts, CaseClosed))
    correct_record(desk, entry(days(40)), case, closed, {"closure": "other"}, REASON)
    assert row(desk, case)["closure"] == "other"
    void_record(desk, entry(days(40)), case, closed, REASON)
    shown = row(desk, case)
    assert (shown["stage"], shown["closed"], shown["closure"]) == ("evaluated", None, None)


def test_a_withdrawn_case_stays_in_the_register_and_carries_no_load() -> None:
    desk = CaseworkDesk()
    receipt = open_case(desk, entry(), SCOPE, opening())
    void_record(desk, entry(days(1)), receipt.stream, only(receipt), REASON)
    assert row(desk, receipt.stream)["stage"] == "withdrawn"
    assert open_cases(told((caseload,), desk.log), {"worker": WORKER}) == []
    reinstate_record(desk, entry(days(1)), receipt.stream, only(receipt), REASON)
    assert row(desk, receipt.stream)["stage"] == "accepted"


def test_sessions_and_their_minutes_add_up_through_corrections() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    held = only(hold_session(desk, entry(days(9)), case, session(minutes=30)))
    assert totals(desk, case) == (2, 80)
    correct_record(desk, entry(days(10)), case, held, {"minutes": 45}, REASON)
    assert totals(desk, case) == (2, 95)
    void_record(desk, entry(days(10)), case, held, REASON)
    assert totals(desk, case) == (1, 50)
    sessions = told((caseload,), desk.log).rows(SESSION, where={"case_id": case})
    assert [(one["day"], one["method"]) for one in sessions] == [(days(7), "home")]


def totals(desk: MemoryDesk, case: Id) -> tuple[int, int]:
    found = line(desk, case, days(10))
    return found.sessions, found.minutes


# When contact is due


def test_without_contact_a_case_is_overdue_on_the_eighth_day() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    assert line(desk, case, days(7)).due == days(7)
    assert overdue_after(desk, case) == 8
    hold_session(desk, entry(days(5)), case, session())
    assert (overdue_after(desk, case), line(desk, case, days(6)).last_contact) == (13, days(5))


def test_each_case_is_judged_by_its_own_operators_threshold() -> None:
    desk = CaseworkDesk()
    mild = assessed_case(desk)
    answers = told((caseload, followups), desk.log)
    rows = answers.rows(CASE, where={"case_id": mild})
    strict = [{**row, "operator": derived_id("another operator")} for row in rows]
    every = {OPERATOR: 14, derived_id("another operator"): 3}
    found = lines(answers, [*strict, *rows], days(4), every)
    assert [(one.due, one.overdue) for one in found] == [(days(3), True), (days(14), False)]


def test_linked_visits_and_answered_calls_are_contacts_and_others_are_not() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    client = (Attendance(person=CLIENT),)
    call: dict[str, Any] = {"kind": "phone_contact", "attendance": client}
    record_visit(desk, entry(days(2)), SCOPE, PhoneContactMade(**call, answered=False, case=case))
    record_visit(desk, entry(days(3)), SCOPE, PhoneContactMade(**call))
    assert overdue_after(desk, case) == 8
    record_visit(desk, entry(days(4)), SCOPE, PhoneContactMade(**call, case=case))
    assert overdue_after(desk, case) == 12
    visit = HomeVisitMade(kind="home_visit", attendance=client, case=case)
    project = replace(SCOPE, project=None)
    made = record_visit(desk, entry(days(6)), project, visit)
    assert overdue_after(desk, case) == 14
    void_record(desk, entry(days(7)), made.stream, only(made), REASON)
    assert overdue_after(desk, case) == 12


def test_a_case_that_rests_is_not_due_and_one_under_evaluation_neither() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    take_step(desk, entry(days(4)), case, CaseSuspended(reason="hospital"))
    assert line(desk, case, days(30)).due is None
    take_step(desk, entry(days(24)), case, CaseResumed(reason="home"))
    assert overdue_after(desk, case) == 28


def test_a_day_in_the_past_knows_nothing_of_later_contacts() -> None:
    desk = CaseworkDesk()
    case = assessed_case(desk)
    hold_session(desk, entry(days(20)), case, session())
    assert line(desk, case, days(10)).overdue
    assert line(desk, case, days(10)).last_contact == days(0)


# Who carries what


def test_a_session_that_names_no_worker_any_more_is_not_of_who_set_it_right() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    held = only(hold_session(desk, entry(days(9)), case, session()))
    right = entry(days(10), principal=principal(actor=COLLEAGUE))
    correct_record(desk, right, case, held, {"workers": []}, REASON)
    rows = told((caseload,), desk.log).rows(SESSION, where={"event": held})
    assert [row["worker"] for row in rows] == [WORKER]


def test_a_load_counts_cases_by_worker_and_never_those_that_are_closed() -> None:
    desk = CaseworkDesk()
    case_at_work(desk)
    urgent = opening(case_type="relief", level="urgent")
    open_case(desk, entry(days(1)), SCOPE, urgent)
    other = open_case(desk, entry(), SCOPE, opening(case_type="housing")).stream
    take_step(desk, entry(), other, ASSESSED)
    take_step(desk, entry(), other, PLANNED)
    take_step(desk, entry(days(1)), other, CaseReassigned(worker=COLLEAGUE, reason="leave"))
    take_step(desk, entry(days(2)), other, CaseSuspended(reason="hospital"))
    closed = open_case(desk, entry(), SCOPE, opening(case_type="debt")).stream
    close_case(desk, entry(days(3)), closed, LOST)
    answers = told((caseload, followups), desk.log)
    carried = {
        load.worker: load for load in loads(lines(answers, all_open(answers), days(12), USUAL))
    }
    mine, theirs = carried[WORKER], carried[COLLEAGUE]
    assert (mine.open, mine.urgent, mine.overdue, mine.sessions) == (2, 1, 1, 1)
    assert (theirs.open, theirs.suspended, theirs.overdue) == (1, 1, 0)


def all_open(answers: Any) -> list[dict[str, Any]]:
    return open_cases(answers, {"station": STATION})


def test_another_stations_cases_are_not_shown() -> None:
    desk = CaseworkDesk()
    case_at_work(desk)
    elsewhere = (derived_id("another station"),)
    who = Principal(actor=WORKER, role="worker", operator=OPERATOR, stations=elsewhere)
    assert told((caseload,), desk.log, who).rows(CASE) == []


def test_lines_of_no_cases_ask_nothing() -> None:
    assert lines(told((caseload, followups), ()), [], days(0) + timedelta(days=1), USUAL) == []
