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
    ServicePlanRevised,
)
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.principal import Principal
from domain.visit import HomeVisitMade, PhoneContactMade, record_visit
from projections.case import CASE, SESSION, CaseLine, carried_on, caseload, lines, loads
from projections.contact_rule import followups
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
    evaluated_case,
    goal,
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
    assert carried_on(told((caseload,), desk.log), {"worker": WORKER}, days(1)) == []
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


def test_a_day_in_the_past_counts_the_sessions_up_to_it() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    for number in (14, 21):
        hold_session(desk, entry(days(number)), case, session())
    found = line(desk, case, days(10))
    assert (found.sessions, found.minutes, found.last_contact) == (1, 50, days(7))
    assert [line(desk, case, days(n)).sessions for n in (6, 7, 14, 21)] == [0, 1, 2, 3]


def test_a_rest_is_none_before_it_began_and_runs_until_it_ends() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(20)), case, CaseSuspended(reason="hospital"))
    before, within = line(desk, case, days(16)), line(desk, case, days(20))
    assert (before.due, before.overdue, before.case["suspended"]) == (days(14), True, False)
    assert (within.due, within.overdue, within.case["suspended"]) == (None, False, True)
    take_step(desk, entry(days(30)), case, CaseResumed(reason="home"))
    assert line(desk, case, days(29)).due is None
    assert line(desk, case, days(30)).due == days(24)


def test_a_case_was_due_until_it_was_evaluated_and_again_once_its_plan_was_revised() -> None:
    desk = CaseworkDesk()
    case = evaluated_case(desk)
    assert [line(desk, case, days(n)).due for n in (29, 30)] == [days(14), None]
    again = ServicePlanRevised(goals=(goal(1, days(90)),), reason="needs more")
    take_step(desk, entry(days(33)), case, again)
    assert [line(desk, case, days(n)).due for n in (32, 33)] == [None, days(14)]
    close_case(desk, entry(days(40)), case, LOST)
    closed = only_closing(desk)
    assert [line(desk, case, days(n)).due for n in (39, 40)] == [days(14), None]
    void_record(desk, entry(days(41)), case, closed, REASON)
    assert line(desk, case, days(40)).due == days(14)


def only_closing(desk: MemoryDesk) -> Id:
    return next(event.id for event in desk.log if isinstance(event.facts, CaseClosed))


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
        load.worker: load for load in loads(lines(answers, every_case(answers), days(12), USUAL))
    }
    mine, theirs = carried[WORKER], carried[COLLEAGUE]
    assert (mine.open, mine.urgent, mine.overdue, mine.sessions) == (2, 1, 1, 1)
    assert (theirs.open, theirs.suspended, theirs.overdue) == (1, 1, 0)


def every_case(answers: Any) -> list[dict[str, Any]]:
    return carried_on(answers, {"station": STATION}, days(12))


def test_a_load_of_a_day_counts_the_cases_open_then() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    close_case(desk, entry(days(31)), case, LOST)
    reopen_case(desk, entry(days(40)), case, CaseReopened(reason="returned"))
    hold_session(desk, entry(days(41)), case, session())
    open_case(desk, entry(days(45)), SCOPE, opening(case_type="debt"))
    assert [carried(desk, n) for n in (-1, 0, 7, 30, 31, 39, 40, 41, 45)] == [
        (0, 0), (1, 0), (1, 1), (1, 1), (0, 0), (0, 0), (1, 1), (1, 2), (2, 2),
    ]  # fmt: skip
    close_case(desk, entry(days(50)), case, LOST)
    assert [carried(desk, n) for n in (7, 35, 41, 49, 50)] == [
        (1, 1), (0, 0), (1, 2), (2, 2), (1, 0),
    ]  # fmt: skip


def carried(desk: MemoryDesk, number: int) -> tuple[int, int]:
    """Return how many open cases there were on a day, and how many sessions on them."""
    answers, day = told((caseload, followups), desk.log), days(number)
    cases = carried_on(answers, {"station": STATION}, day)
    found = loads(lines(answers, cases, day, USUAL))
    return sum(load.open for load in found), sum(load.sessions for load in found)


def test_cases_of_a_day_are_read_a_page_at_a_time_whether_they_were_closed_since_or_not() -> None:
    desk = CaseworkDesk()
    for number, kind in enumerate(("debt", "housing", "relief", "loneliness")):
        case = open_case(desk, entry(days(number)), SCOPE, opening(case_type=kind)).stream
        if number % 2 == 0:
            close_case(desk, entry(days(9)), case, LOST)
    answers, where = told((caseload,), desk.log), {"station": STATION}
    everything = carried_on(answers, where, days(8))
    assert [each["opened"] for each in everything] == [days(n) for n in range(4)]
    first = carried_on(answers, where, days(8), limit=3)
    last = first[-1]
    rest = carried_on(answers, where, days(8), (last["opened"], last["case_id"], last["ledger"]))
    assert first + rest == everything


def test_another_stations_cases_are_not_shown() -> None:
    desk = CaseworkDesk()
    case_at_work(desk)
    elsewhere = (derived_id("another station"),)
    who = Principal(actor=WORKER, role="worker", operator=OPERATOR, stations=elsewhere)
    assert told((caseload,), desk.log, who).rows(CASE) == []


def test_lines_of_no_cases_ask_nothing() -> None:
    assert lines(told((caseload, followups), ()), [], days(0) + timedelta(days=1), USUAL) == []
