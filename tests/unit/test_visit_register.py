"""The register of visits and contacts: what was made, what was tried, what was called in vain."""

from __future__ import annotations

from msgspec.structs import replace

from domain.corrections import correct_record
from domain.counting import Attendance
from domain.evaluation_sample import Plan
from domain.event import Occurred
from domain.identity import new_id
from domain.sampling import Method
from domain.visit import HomeVisitAttempted, HomeVisitMade, record_attempt, record_visit
from projections.engine.view import Row
from projections.person import VERIFICATION, persons
from projections.population import VIEWS_OF, population
from projections.visit import VISIT, visits
from tests.casework import CLIENT, COLLEAGUE, CaseworkDesk
from tests.doors import REASON, call, with_client
from tests.folding import rows_of, told
from tests.station import SCOPE, WORKER, MemoryDesk, entry, principal

NAMED = (Attendance(person=CLIENT),)


def register(desk: MemoryDesk) -> list[Row]:
    return told((visits,), desk.log).rows(VISIT)


def drawn_from(desk: MemoryDesk) -> set[str]:
    """Return the contacts of which an evaluator draws a sample."""
    plan = Plan(records="visits", method=Method(by="total", amount=1))
    return {one.id for one in population(plan, rows_of(VIEWS_OF["visits"], desk.log))}


def test_a_call_that_nobody_answered_is_no_contact_made() -> None:
    desk = CaseworkDesk()
    made = record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,)))
    silent = record_visit(desk, entry(), SCOPE, call(answered=False, attendance=NAMED))
    shown = {row["stream"]: (row["outcome"], row["person_times"]) for row in register(desk)}
    assert shown == {made.stream: ("made", 1), silent.stream: ("unanswered", 0)}
    assert drawn_from(desk) == {made.events[0]}


def test_what_is_known_to_the_day_is_not_shown_as_if_the_hour_were_known() -> None:
    """A visit of which only the day was said was listed with the second at which it was sent."""
    desk = CaseworkDesk()
    exactly = entry()
    of_the_day = replace(entry(), occurred=Occurred(start=exactly.occurred.start, precision="day"))
    for said in (exactly, of_the_day):
        record_visit(desk, said, SCOPE, with_client(workers=(new_id(),)))
    assert {row["precision"] for row in register(desk)} == {"instant", "day"}


def test_a_call_in_vain_stands_with_whom_it_was_meant_for() -> None:
    desk = CaseworkDesk()
    others = (Attendance(person=WORKER, role="worker"), *NAMED)
    record_visit(desk, entry(), SCOPE, call(answered=False, attendance=others))
    record_visit(desk, entry(), SCOPE, call(answered=False))
    assert {row["person"] for row in register(desk)} == {CLIENT, None}


def test_the_worker_of_a_record_that_names_none_is_not_who_set_it_right() -> None:
    desk = CaseworkDesk()
    made = record_visit(desk, entry(), SCOPE, call(attendance=NAMED, verified=True))
    right = entry(principal=principal(actor=COLLEAGUE))
    correct_record(desk, right, made.stream, made.events[0], {"minutes": 7}, REASON)
    answers = told((visits, persons), desk.log)
    (visit,), (check,) = answers.rows(VISIT), answers.rows(VERIFICATION)
    assert (visit["minutes"], visit["worker"], check["worker"]) == (7, WORKER, WORKER)


def test_an_attempt_stands_with_what_came_of_it() -> None:
    desk = CaseworkDesk()
    tried = HomeVisitAttempted(person=CLIENT, workers=(WORKER,), outcome="away")
    record_attempt(desk, entry(), SCOPE, tried)
    (row,) = register(desk)
    assert (row["outcome"], row["person"], row["person_times"]) == ("away", CLIENT, 0)
    assert drawn_from(desk) == set()


def test_the_register_follows_a_correction_that_says_whether_anybody_answered() -> None:
    desk = CaseworkDesk()
    made = record_visit(desk, entry(), SCOPE, call(attendance=NAMED))
    absent = {"answered": False, "attendance": [{"person": CLIENT, "status": "absent"}]}
    correct_record(desk, entry(), made.stream, made.events[0], absent, REASON)
    assert [row["outcome"] for row in register(desk)] == ["unanswered"]
    present = {"answered": True, "attendance": [{"person": CLIENT}]}
    correct_record(desk, entry(), made.stream, made.events[0], present, REASON)
    assert [row["outcome"] for row in register(desk)] == ["made"]
    assert drawn_from(desk) == {made.events[0]}


def test_whoever_was_not_there_is_not_named_by_a_visit() -> None:
    desk = CaseworkDesk()
    somebody = Attendance(role="resident", source="counted")
    absent = Attendance(person=CLIENT, status="absent")
    facts = HomeVisitMade(kind="home_visit", attendance=(somebody, absent))
    record_visit(desk, entry(), SCOPE, facts)
    assert [(row["outcome"], row["person"]) for row in register(desk)] == [("made", None)]
