"""Traces: what signals know of each record, one row a record, corrected as records are."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.activity import record_activity
from domain.activity_held import ActivityHeld
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.event import Occurred, Reason
from domain.identity import Id, derived_id
from domain.private import private
from domain.visit import HomeVisitAttempted, HomeVisitMade, record_attempt, record_visit
from projections.signals.trace import TRACE, traces
from tests.folding import told
from tests.groupwork import MEMBERS, GroupworkDesk, came, enrolled, held
from tests.neighbours import Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, principal

SOMEBODY, HOME, FILE = derived_id("somebody"), derived_id("home"), derived_id("file")
FORM = derived_id("form")
REASON = Reason(code="entry_error", text="分钟数录入错误")
NOTE = "情绪平稳，愿意聊家常"


class Street(Neighbourhood):
    def __init__(self) -> None:
        super().__init__()
        self.neighbours["person", SOMEBODY] = Neighbour()
        self.neighbours["household", HOME] = Neighbour()


def made(desk: MemoryDesk, **facts: Any) -> tuple[Id, Id]:
    given: dict[str, Any] = {
        "kind": "home_visit",
        "minutes": 40,
        "attendance": (Attendance(person=SOMEBODY),),
        "condition": private(SOMEBODY, "casework", NOTE),
    }
    more = facts.pop("entry", {})
    receipt = record_visit(desk, entry(**more), SCOPE, HomeVisitMade(**given | facts))
    return receipt.stream, receipt.events[0]


def rows(desk: MemoryDesk) -> dict[Id, dict[str, Any]]:
    return {row["event"]: row for row in told((traces,), desk.log).rows(TRACE)}


def test_a_visit_says_when_where_by_whom_and_with_whom() -> None:
    desk = Street()
    volunteers = Attendance(role="volunteer", count=2)
    absent = Attendance(role="family", status="absent")
    _, event = made(
        desk,
        household=HOME,
        attendance=(Attendance(person=SOMEBODY), volunteers, absent),
        entry={"evidence": (FILE,)},
    )
    row = rows(desk)[event]
    assert (row["started"], row["ends"]) == (at(TODAY), at(TODAY, 9, 40))
    assert (row["workers"], row["people"], row["place"]) == (WORKER, SOMEBODY, HOME)
    assert (row["beneficiaries"], row["volunteers"], row["staff"]) == (1, 2, 0)
    assert row["evidence"] == FILE
    assert len(row["words"]) == 16


def test_a_corrected_visit_says_what_holds_and_a_void_one_nothing() -> None:
    desk = Street()
    stream, event = made(desk)
    correct_record(desk, entry(), stream, event, {"minutes": 35}, REASON)
    assert rows(desk)[event]["ends"] == at(TODAY, 9, 35)
    void_record(desk, entry(), stream, event, REASON)
    assert rows(desk) == {}


def test_what_supports_a_record_supports_it_corrected_and_reinstated_too() -> None:
    """Given a visit with a photograph, when its minutes are corrected with a form added,
    then both stand beside it, also after it was void for a while."""
    desk = Street()
    stream, event = made(desk, entry={"evidence": (FILE,)})
    correct_record(desk, entry(evidence=(FORM,)), stream, event, {"minutes": 35}, REASON)
    assert rows(desk)[event]["evidence"] == f"{FILE} {FORM}"
    void_record(desk, entry(), stream, event, REASON)
    assert rows(desk) == {}
    reinstate_record(desk, entry(), stream, event, REASON)
    assert rows(desk)[event]["evidence"] == f"{FILE} {FORM}"


def test_an_attempt_that_is_void_leaves_no_trace() -> None:
    desk = Street()
    attempted = HomeVisitAttempted(person=SOMEBODY, workers=(WORKER,), outcome="away")
    receipt = record_attempt(desk, entry(evidence=(FILE,)), SCOPE, attempted)
    assert rows(desk)[receipt.events[0]]["evidence"] == FILE
    void_record(desk, entry(), receipt.stream, receipt.events[0], REASON)
    assert rows(desk) == {}


def test_of_a_day_or_without_length_it_has_no_end() -> None:
    desk = Street()
    _, event = made(desk, minutes=None)
    assert rows(desk)[event]["ends"] is None
    vague = replace(entry(), occurred=Occurred(start=at(TODAY), precision="day"))
    facts = HomeVisitMade(kind="home_visit", minutes=40, attendance=(Attendance(person=SOMEBODY),))
    receipt = record_visit(desk, vague, SCOPE, facts)
    assert rows(desk)[receipt.events[0]]["ends"] is None


def test_where_it_was_is_told_by_the_home_the_one_person_met_or_the_address() -> None:
    desk = Street()
    nobody = (Attendance(role="resident", source="counted"),)
    nowhere = private(WORKER, "contact", "示例路1号")

    def place(hour: int, **facts: Any) -> Id:
        _, event = made(desk, condition=None, entry={"day": at(TODAY, hour)}, **facts)
        return str(rows(desk)[event]["place"])

    assert place(9) == SOMEBODY
    assert place(11, household=HOME) == HOME
    door = place(13, attendance=nobody, address=nowhere)
    assert door == place(15, attendance=nobody, address=nowhere)
    assert door not in {SOMEBODY, HOME, *(event.stream for event in desk.log)}


def test_who_supervised_an_activity_was_there() -> None:
    desk, supervisor = Street(), derived_id("supervisor")
    there = (Attendance(role="resident", count=12, source="counted"),)
    facts = ActivityHeld(
        kind="drop_in", title="茶话会", workers=(WORKER,), supervisor=supervisor, attendance=there
    )
    event = record_activity(desk, entry(), SCOPE, facts).events[0]
    assert rows(desk)[event]["workers"].split() == [WORKER, supervisor]


def test_who_copies_from_paper_is_not_taken_for_who_was_there() -> None:
    desk = Street()
    _, event = made(desk, entry={"channel": "paper-transcribed"})
    assert rows(desk)[event]["workers"] == ""


@pytest.mark.parametrize(("channel", "workers"), [("web", WORKER), ("paper-transcribed", "")])
def test_who_sets_a_record_right_is_not_taken_for_who_was_there(channel: str, workers: str) -> None:
    desk = Street()
    stream, event = made(desk, entry={"channel": channel})
    colleague = principal(actor=derived_id("colleague"))
    for minutes in (35, 30):
        right = entry(principal=colleague)
        correct_record(desk, right, stream, event, {"minutes": minutes}, REASON)
    void_record(desk, entry(principal=colleague), stream, event, REASON)
    reinstate_record(desk, entry(principal=colleague), stream, event, REASON)
    assert rows(desk)[event]["workers"] == workers


def test_a_group_session_is_its_leaders_with_its_roster() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    leader = derived_id("leader")
    event = held(desk, group, leader=leader, attendance=came(*MEMBERS[:2])).events[0]
    row = rows(desk)[event]
    assert (row["workers"], row["stream"], row["stream_type"]) == (leader, group, "group")
    assert row["people"].split() == list(MEMBERS[:2])
    assert (row["beneficiaries"], row["enrolled"]) == (2, 3)


def test_what_is_no_work_has_a_row_only_for_its_words_or_files() -> None:
    desk = Street()
    attempt = HomeVisitAttempted(person=SOMEBODY, workers=(WORKER,), outcome="no_answer")
    record_attempt(desk, entry(), SCOPE, attempt)
    assert rows(desk) == {}
    shown = record_attempt(desk, entry(evidence=(FILE,)), SCOPE, attempt)
    row = rows(desk)[shown.events[0]]
    assert (row["kind"], row["evidence"]) == (None, FILE)


def test_staff_who_are_named_as_present_were_there_too() -> None:
    desk = Street()
    trainee, absent = derived_id("trainee"), derived_id("absent")
    there = Attendance(person=trainee, role="worker")
    away = Attendance(person=absent, role="worker", status="absent")
    _, event = made(desk, attendance=(Attendance(person=SOMEBODY), there, away))
    row = rows(desk)[event]
    assert row["workers"].split() == [WORKER, trainee]
    assert (row["people"], row["staff"]) == (SOMEBODY, 1)


def test_volunteers_who_are_named_helped_there() -> None:
    desk = Street()
    helper = derived_id("helper")
    there = Attendance(person=helper, role="volunteer")
    away = Attendance(person=derived_id("absent"), role="volunteer", status="absent")
    attendance = (Attendance(person=SOMEBODY), there, away, Attendance(role="volunteer", count=2))
    _, event = made(desk, household=HOME, attendance=attendance)
    row = rows(desk)[event]
    assert (row["helpers"], row["volunteers"]) == (helper, 3)
    assert (row["people"], row["household"]) == (SOMEBODY, HOME)
