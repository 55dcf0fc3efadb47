"""What may be recorded of a visit, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from domain.case_commands import open_case
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance, Occurrence, person_times
from domain.entry import Scope
from domain.event import Effective, Occurred, Reason
from domain.identity import derived_id
from domain.principal import Principal
from domain.private import private
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
    Visit,
    record_attempt,
    record_visit,
)
from tests.casework import CLIENT, HOUSEHOLD, CaseworkDesk, opening
from tests.doors import (
    HERE,
    REASON,
    SOMEBODY,
    THERE,
    call,
    case_of,
    made_of,
    telephoned,
    visit,
    with_client,
)
from tests.neighbours import Neighbour, OneIndicator
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused


def test_a_home_service_is_recorded_with_its_minutes() -> None:
    desk = MemoryDesk()
    receipt = record_visit(desk, entry(), SCOPE, visit())
    recorded = desk.facts(receipt.stream)
    assert [
        (type(facts), facts.minutes) for facts in recorded if isinstance(facts, Occurrence)
    ] == [(HomeServiceDelivered, 40)]


def test_a_visit_that_saw_nobody_is_refused() -> None:
    with refused("visit.nobody_seen", "attendance"):
        record_visit(MemoryDesk(), entry(), SCOPE, visit(attendance=()))


@pytest.mark.parametrize("minutes", [0, -5, 721])
def test_impossible_minutes_are_refused(minutes: int) -> None:
    with refused("visit.minutes_impossible", "minutes"):
        record_visit(MemoryDesk(), entry(), SCOPE, visit(minutes=minutes))


def test_more_people_than_the_household_need_an_explanation() -> None:
    facts = HomeVisitMade(
        kind="home_visit", household_size=2, attendance=(Attendance(count=3, role="family"),)
    )
    with refused("visit.more_than_household", "attendance"):
        record_visit(MemoryDesk(), entry(), SCOPE, facts)


def test_one_person_counts_once_and_no_block_takes_away() -> None:
    named = Attendance(person=WORKER, role="volunteer")
    with refused("attendance.person_twice", "attendance.2.person"):
        record_visit(MemoryDesk(), entry(), SCOPE, visit(attendance=(SOMEBODY, named, named)))
    for wrong in (Attendance(count=0), Attendance(person=WORKER, role="volunteer", count=2)):
        with refused("attendance.count_impossible", "attendance.1.count"):
            record_visit(MemoryDesk(), entry(), SCOPE, visit(attendance=(SOMEBODY, wrong)))
    desk = MemoryDesk()
    made = record_visit(desk, entry(), SCOPE, visit())
    recorded = desk.load(Visit, made.stream)
    before = recorded.records[made.events[0]].effective
    after = Effective(occurred=before.occurred, facts=visit(attendance=(SOMEBODY, named, named)))
    with refused("attendance.person_twice"):
        recorded.correct(entry(), made.events[0], after, REASON)


def test_the_future_is_refused() -> None:
    with refused("entry.in_future", "occurred.start"):
        record_visit(MemoryDesk(), entry(now=at(TODAY) - timedelta(days=1)), SCOPE, visit())


def test_a_late_entry_says_why_and_a_very_late_one_is_approved() -> None:
    late = at(TODAY) + timedelta(days=4)
    with refused("entry.late_without_reason", "late_reason"):
        record_visit(MemoryDesk(), entry(now=late), SCOPE, visit())
    record_visit(MemoryDesk(), entry(now=late, late_reason="村里没有网络"), SCOPE, visit())
    very_late = at(TODAY) + timedelta(days=31)
    with refused("entry.late_without_approval", "approved_by"):
        record_visit(MemoryDesk(), entry(now=very_late, late_reason="补录"), SCOPE, visit())


def test_a_correction_carries_both_sides_and_a_void_leaves_the_record() -> None:
    desk = MemoryDesk()
    made = record_visit(desk, entry(), SCOPE, visit())
    recorded = desk.load(Visit, made.stream)
    before = recorded.records[made.events[0]].effective
    after = Effective(occurred=before.occurred, facts=visit(minutes=45))
    correction = recorded.correct(entry(), made.events[0], after, REASON)
    assert (correction.facts.before, correction.facts.after) == (before, after)
    recorded.void(entry(), made.events[0], REASON)
    assert recorded.effective(HomeServiceDelivered) == []
    with refused("record.already_void"):
        recorded.correct(entry(), made.events[0], before, REASON)
    recorded.reinstate(entry(), made.events[0], REASON)
    assert recorded.effective(HomeServiceDelivered) == [after]


def test_a_correction_needs_a_reason_a_change_and_a_possible_time() -> None:
    desk = MemoryDesk()
    made = record_visit(desk, entry(), SCOPE, visit())
    recorded, target = desk.load(Visit, made.stream), made.events[0]
    before = recorded.records[target].effective
    after = Effective(occurred=before.occurred, facts=visit(minutes=45))
    with refused("entry.reason_too_short", "reason.text"):
        recorded.correct(entry(), target, after, Reason(code="other", text="错"))
    with refused("record.nothing_changed"):
        recorded.correct(entry(), target, before, REASON)
    tomorrow = Occurred(start=at(TODAY) + timedelta(days=1))
    with refused("entry.in_future"):
        recorded.correct(entry(), target, Effective(occurred=tomorrow, facts=visit()), REASON)
    with refused("visit.minutes_impossible"):
        broken = Effective(occurred=before.occurred, facts=visit(minutes=9999))
        recorded.correct(entry(), target, broken, REASON)


def test_private_words_are_sealed_before_they_are_kept() -> None:
    desk = MemoryDesk()
    facts = visit(note=private(WORKER, "casework", "情绪低落"))
    made = record_visit(desk, entry(), SCOPE, facts)
    kept = desk.facts(made.stream)[0]
    assert isinstance(kept, HomeServiceDelivered)
    assert kept.note is not None
    assert (kept.note.text, kept.note.event, kept.note.field) == (None, made.events[0], "note")


@pytest.mark.parametrize(
    ("hours", "minutes", "field"),
    [(19, 40, "occurred.end"), (47, None, "occurred.end"), (1, 61, "minutes")],
)
def test_a_visit_takes_no_longer_than_from_its_start_to_its_end(
    hours: int, minutes: int | None, field: str
) -> None:
    start = at(TODAY - timedelta(days=2), 9)
    stretch = Occurred(start=start, end=start + timedelta(hours=hours))
    written = msgspec.structs.replace(entry(), occurred=stretch)
    facts = HomeVisitMade(kind="home_visit", minutes=minutes, attendance=(SOMEBODY,))
    with refused("visit.minutes_impossible", field):
        record_visit(MemoryDesk(), written, SCOPE, facts)
    desk = MemoryDesk()
    made = record_visit(
        desk,
        entry(start, now=written.now),
        SCOPE,
        msgspec.structs.replace(facts, minutes=None),
    )
    with refused("visit.minutes_impossible", field):
        changes = {} if minutes is None else {"minutes": minutes}
        correct_record(
            desk, entry(now=written.now), made.stream, made.events[0], changes, REASON, stretch
        )


def test_a_home_service_has_a_length() -> None:
    desk = MemoryDesk()
    with refused("visit.minutes_missing", "minutes"):
        record_visit(desk, entry(), SCOPE, visit(minutes=None))
    hour = Occurred(start=at(TODAY, 9), end=at(TODAY, 9, 50))
    written = msgspec.structs.replace(entry(), occurred=hour)
    made = record_visit(desk, written, SCOPE, visit(minutes=None))
    assert made_of(desk, made.stream).minutes == 50
    with refused("visit.minutes_missing", "minutes"):
        correct_record(desk, entry(), made.stream, made.events[0], {"minutes": None}, REASON)


@pytest.mark.parametrize(
    "facts",
    [
        with_client(),
        PhoneContactMade(kind="phone_contact", attendance=(Attendance(person=CLIENT),)),
        HomeVisitMade(kind="home_visit", attendance=(Attendance(person=CLIENT),)),
    ],
)
def test_a_contact_is_linked_to_a_case_of_the_same_operator_and_station(
    facts: HomeServiceDelivered | PhoneContactMade | HomeVisitMade,
) -> None:
    desk = CaseworkDesk()
    linked = msgspec.structs.replace(facts, case=case_of(desk))
    record_visit(desk, entry(), SCOPE, linked)
    before = len(desk.log)
    # Another operator's people see no such case; the system sees it, and links nothing either.
    desk.principal = Principal(actor=WORKER, role="worker", operator=THERE)
    with refused("not_found", "case"):
        record_visit(desk, entry(), Scope(operator=THERE, station=HERE), linked)
    desk.principal = Principal(actor=WORKER, role="system")
    with refused("not_found", "case"):
        record_visit(desk, entry(), Scope(operator=THERE, station=HERE), linked)
    elsewhere = msgspec.structs.replace(SCOPE, station=THERE)
    with refused("case.of_another_station", "case"):
        record_visit(desk, entry(), elsewhere, linked)
    unknown = msgspec.structs.replace(facts, case=derived_id("no case"))
    with refused("not_found", "case"):
        record_visit(desk, entry(), SCOPE, unknown)
    assert len(desk.log) == before


def test_two_stations_of_one_project_work_on_one_case() -> None:
    desk = CaseworkDesk()
    project = msgspec.structs.replace(SCOPE, project=derived_id("no project"))
    desk.neighbours["project", derived_id("no project")] = OneIndicator()
    case = open_case(desk, entry(), project, opening()).stream
    branch = msgspec.structs.replace(project, station=THERE)
    record_visit(desk, entry(), branch, with_client(case=case))
    with refused("case.of_another_station"):
        record_visit(
            desk, entry(), msgspec.structs.replace(branch, project=None), with_client(case=case)
        )


def test_a_contact_of_a_case_is_one_with_whom_it_serves() -> None:
    desk = CaseworkDesk()
    case = case_of(desk)
    with refused("visit.client_not_seen", "case"):
        record_visit(desk, entry(), SCOPE, visit(case=case))
    absent = Attendance(person=CLIENT, status="absent")
    with refused("visit.client_not_seen", "case"):
        record_visit(desk, entry(), SCOPE, visit(case=case, attendance=(SOMEBODY, absent)))
    household = case_of(desk, client=None, household=HOUSEHOLD)
    with refused("visit.client_not_seen", "case"):
        record_visit(desk, entry(), SCOPE, visit(case=household))
    record_visit(desk, entry(), SCOPE, with_client(case=household))


def test_a_client_who_was_registered_twice_is_met_under_the_id_that_was_kept() -> None:
    desk = CaseworkDesk()
    case, kept = case_of(desk), derived_id("kept")
    desk.neighbours["person", kept] = Neighbour()
    facts = visit(case=case, attendance=(Attendance(person=kept),))
    with refused("visit.client_not_seen"):
        record_visit(desk, entry(), SCOPE, facts)
    desk.client.merged_into = kept
    record_visit(desk, entry(), SCOPE, facts)


def test_a_correction_and_a_reinstatement_are_held_to_the_case_too() -> None:
    desk = CaseworkDesk()
    case = case_of(desk)
    made = record_visit(desk, entry(), SCOPE, with_client(case=case))
    target = made.events[0]
    with refused("not_found", "case"):
        correct_record(desk, entry(), made.stream, target, {"case": THERE}, REASON)
    with refused("visit.client_not_seen", "case"):
        changes = {"attendance": [{"role": "resident"}]}
        correct_record(desk, entry(), made.stream, target, changes, REASON)
    void_record(desk, entry(), made.stream, target, REASON)
    desk.client.died_on = TODAY - timedelta(days=1)
    with refused("forbidden", "attendance.0.person"):
        reinstate_record(desk, entry(), made.stream, target, REASON)
    desk.client.died_on = None
    reinstate_record(desk, entry(), made.stream, target, REASON)


def test_a_call_that_nobody_answered_counts_nothing() -> None:
    desk = CaseworkDesk()
    project = telephoned(desk)
    named = (Attendance(person=CLIENT),)
    nobody = record_visit(desk, entry(), project, call(answered=False))
    assert made_of(desk, nobody.stream).allocations == ()
    silent = record_visit(desk, entry(), project, call(answered=False, attendance=named))
    said = made_of(desk, silent.stream)
    assert (said.allocations, person_times(said.attendance)) == ((), 0)
    with refused("visit.nobody_seen", "attendance"):
        record_visit(desk, entry(), project, call())


def test_a_call_counts_from_the_correction_on_that_says_it_was_answered() -> None:
    desk = CaseworkDesk()
    made = record_visit(
        desk, entry(), telephoned(desk), call(attendance=(Attendance(person=CLIENT),))
    )
    assert len(made_of(desk, made.stream).allocations) == 1
    with refused("visit.unanswered", "attendance"):
        correct_record(desk, entry(), made.stream, made.events[0], {"answered": False}, REASON)
    absent = {"answered": False, "attendance": [{"person": CLIENT, "status": "absent"}]}
    correct_record(desk, entry(), made.stream, made.events[0], absent, REASON)
    assert made_of(desk, made.stream).allocations == ()
    present = {"answered": True, "attendance": [{"person": CLIENT}]}
    correct_record(desk, entry(), made.stream, made.events[0], present, REASON)
    assert len(made_of(desk, made.stream).allocations) == 1


def test_more_than_any_home_holds_need_an_explanation_whoever_lives_there() -> None:
    crowd = HomeVisitMade(kind="home_visit", attendance=(Attendance(role="family", count=51),))
    with refused("visit.more_than_household", "attendance"):
        record_visit(MemoryDesk(), entry(), SCOPE, crowd)
    most = msgspec.structs.replace(crowd, attendance=(Attendance(role="family", count=50),))
    assert record_visit(MemoryDesk(), entry(), SCOPE, most).events


def test_how_many_live_there_is_asked_of_the_register() -> None:
    desk = CaseworkDesk()
    desk.neighbours["household", HOUSEHOLD].size = 2
    seen = (Attendance(person=CLIENT), Attendance(role="family", count=2, source="counted"))
    crowd = HomeVisitMade(kind="home_visit", household_size=9, attendance=seen)
    with refused("visit.more_than_household", "attendance"):
        record_visit(desk, entry(), SCOPE, crowd)
    why = private(CLIENT, "casework", "女儿一家回来探亲")
    told = record_visit(desk, entry(), SCOPE, msgspec.structs.replace(crowd, explanation=why))
    assert made_of(desk, told.stream).household_size == 2
    alone = msgspec.structs.replace(crowd, attendance=seen[:1])
    quiet = record_visit(desk, entry(), SCOPE, alone)
    more = {"attendance": [{"person": CLIENT}, {"role": "family", "count": 2}], "household_size": 9}
    with refused("visit.more_than_household", "attendance"):
        correct_record(desk, entry(), quiet.stream, quiet.events[0], more, REASON)
    correct_record(desk, entry(), quiet.stream, quiet.events[0], {"minutes": 30}, REASON)


def test_an_attempt_is_reinstated_only_where_it_could_be_made() -> None:
    desk = CaseworkDesk()
    attempt = HomeVisitAttempted(person=CLIENT, workers=(WORKER,), outcome="no_answer")
    made = record_attempt(desk, entry(), SCOPE, attempt)
    void_record(desk, entry(), made.stream, made.events[0], REASON)
    desk.client.died_on = TODAY - timedelta(days=1)
    with refused("forbidden", "attendance.0.person"):
        reinstate_record(desk, entry(), made.stream, made.events[0], REASON)
