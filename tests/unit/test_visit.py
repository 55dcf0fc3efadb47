"""What may be recorded of a visit, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.case_commands import open_case
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance, Occurrence, person_times
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import Effective, Occurred, Reason, ReasonCode
from domain.identity import Id, derived_id
from domain.indicators import Definition
from domain.principal import Principal
from domain.private import private
from domain.project import Project, ProjectContracted
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
    Visit,
    VisitPlan,
    VisitPlanAdopted,
    record_attempt,
    record_visit,
)
from domain.worker_day import PossibleDuplicateDetected, WorkerEngaged
from tests.casework import CLIENT, HOUSEHOLD, CaseworkDesk, opening
from tests.neighbours import Neighbour, Neighbourhood, OneIndicator
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

HERE, THERE = derived_id("here"), derived_id("there")
SOMEBODY = Attendance(role="resident", source="counted")
REASON = Reason(code="entry_error", text="分钟数录入错误")


def visit(**facts: object) -> HomeServiceDelivered:
    given = {"kind": "home_service", "minutes": 40, "attendance": (SOMEBODY,)} | facts
    return HomeServiceDelivered(**given)  # type: ignore[arg-type]


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


def test_a_visit_plan_is_scheduled_moved_skipped_and_ended() -> None:
    adopted = VisitPlanAdopted(
        person=WORKER, worker=WORKER, tier="high", every_days=7, begins=TODAY
    )
    plan = VisitPlan.start(entry(), SCOPE, adopted)
    plan.schedule(entry(), TODAY, TODAY + timedelta(days=2))
    with refused("visit.window_backwards", "latest"):
        plan.reschedule(entry(), TODAY, TODAY - timedelta(days=1), "下雨")
    plan.skip(entry(), "住院")
    plan.end(entry(), "迁出")
    with refused("visit.plan_ended"):
        plan.schedule(entry(), TODAY, TODAY)


def test_private_words_are_sealed_before_they_are_kept() -> None:
    desk = MemoryDesk()
    facts = visit(note=private(WORKER, "casework", "情绪低落"))
    made = record_visit(desk, entry(), SCOPE, facts)
    kept = desk.facts(made.stream)[0]
    assert isinstance(kept, HomeServiceDelivered)
    assert kept.note is not None
    assert (kept.note.text, kept.note.event, kept.note.field) == (None, made.events[0], "note")


def at_door(household: str, **more: object) -> HomeServiceDelivered:
    return visit(workers=(WORKER,), household=household, **more)


def test_a_worker_cannot_be_at_two_doors_at_once() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    record_visit(desk, entry(), SCOPE, at_door(HERE))
    half_past = at(TODAY, 9, 20)
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, entry(half_past), SCOPE, at_door(THERE))
    record_visit(desk, entry(half_past), SCOPE, at_door(HERE))
    record_visit(desk, entry(at(TODAY, 9, 50)), SCOPE, at_door(THERE))


def test_a_visit_of_no_minutes_holds_its_worker_until_its_end() -> None:
    """given a visit from ten to eleven with no minutes / when another begins then / then not"""
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    hour = Occurred(start=at(TODAY, 10), end=at(TODAY, 11))
    at_ten = msgspec.structs.replace(entry(now=at(TODAY, 12)), occurred=hour)

    def called(household: str) -> HomeVisitMade:
        return HomeVisitMade(
            kind="home_visit", workers=(WORKER,), household=household, attendance=(SOMEBODY,)
        )

    record_visit(desk, at_ten, SCOPE, called(HERE))
    again = msgspec.structs.replace(at_ten, event=derived_id("again"))
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, again, SCOPE, called(THERE))


def test_two_of_one_household_are_met_at_one_door() -> None:
    desk = CaseworkDesk()
    other = derived_id("who lives with the client")
    for person in (CLIENT, other):
        desk.neighbours["person", person] = Neighbour(household=HOUSEHOLD)
    desk.neighbours["household", HOUSEHOLD] = Neighbour()
    for person in (CLIENT, other):
        there = visit(workers=(WORKER,), attendance=(Attendance(person=person),))
        record_visit(desk, entry(), SCOPE, there)
    assert len({facts.place for facts in desk.facts() if isinstance(facts, WorkerEngaged)}) == 1


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


def test_a_correction_moves_the_worker_and_a_void_frees_them() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    made = record_visit(desk, entry(), SCOPE, at_door(HERE))
    target = made.events[0]
    later = Occurred(start=at(TODAY, 14))
    evening = entry(now=at(TODAY, 20))
    correct_record(desk, evening, made.stream, target, {}, REASON, later)
    record_visit(desk, entry(), SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        record_visit(desk, entry(at(TODAY, 14, 10)), SCOPE, at_door(THERE))
    void_record(desk, evening, made.stream, target, REASON)
    record_visit(desk, entry(at(TODAY, 14, 10)), SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        reinstate_record(desk, evening, made.stream, target, REASON)


def test_who_is_at_a_door_over_midnight_is_at_no_other_on_either_day() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    late, morning = at(TODAY, 23, 40), entry(now=at(TODAY + timedelta(days=1), 9))
    again = msgspec.structs.replace(morning, occurred=Occurred(start=late))
    made = record_visit(desk, again, SCOPE, at_door(HERE, minutes=60))
    after_midnight = Occurred(start=at(TODAY + timedelta(days=1), 0, 10))
    early = msgspec.structs.replace(entry(now=morning.now), occurred=after_midnight)
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, early, SCOPE, at_door(THERE))
    void_record(desk, entry(now=morning.now), made.stream, made.events[0], REASON)
    record_visit(desk, early, SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        reinstate_record(desk, entry(now=morning.now), made.stream, made.events[0], REASON)


def test_of_two_that_say_the_same_one_is_voided_and_names_the_one_that_stays() -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first, again = (record_visit(desk, entry(), SCOPE, facts) for _ in range(2))
    call = record_visit(
        desk,
        entry(),
        SCOPE,
        PhoneContactMade(kind="phone_contact", attendance=(Attendance(person=CLIENT),)),
    )

    def void(which: Receipt, kept: Receipt, code: ReasonCode = "duplicate") -> Receipt:
        reason = Reason(code=code, text="同一次走访重复录入", duplicate_of=kept.events[0])
        return void_record(
            desk, entry(), which.stream, which.events[0], reason, kept_in=kept.stream
        )

    with refused("record.no_duplicate", "reason.code"):
        void(again, first, "entry_error")
    for kept in (again, call):
        with refused("record.nothing_kept", "duplicate_of"):
            void(again, kept)
    made = void(again, first)
    voided: Any = desk.facts(again.stream)[-1]
    assert (voided.reason.duplicate_of, made.stream) == (first.events[0], again.stream)
    with refused("record.nothing_kept", "duplicate_of"):
        void(first, again)
    assert [len(desk.load(Visit, each.stream).records) for each in (first, again)] == [1, 1]


def warned(receipt: Receipt) -> list[tuple[str, Id]]:
    return [(told.code, told.other) for told in receipt.warnings]


def test_a_visit_said_again_is_kept_and_warned_of() -> None:
    desk = CaseworkDesk()
    colleague = derived_id("colleague")
    facts = with_client(workers=(WORKER, colleague))
    first = record_visit(desk, entry(at(TODAY, 9)), SCOPE, facts)
    assert first.warnings == ()
    seconds_later = at(TODAY, 9) + timedelta(seconds=40)
    again = record_visit(desk, entry(seconds_later), SCOPE, facts)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    detected = [each for each in desk.facts() if isinstance(each, PossibleDuplicateDetected)]
    assert {each.worker for each in detected} == {WORKER, colleague}
    assert all(len(desk.load(Visit, made.stream).records) == 1 for made in (first, again))


@pytest.mark.parametrize(
    "other",
    [
        visit(attendance=(Attendance(person=derived_id("neighbour")),), household=HOUSEHOLD),
        visit(attendance=(Attendance(person=CLIENT),), kind="other_service", household=HOUSEHOLD),
        visit(attendance=(Attendance(person=CLIENT),), workers=(derived_id("colleague"),)),
    ],
)
def test_other_people_another_kind_or_another_worker_is_another_visit(
    other: HomeServiceDelivered,
) -> None:
    desk = CaseworkDesk()
    desk.neighbours["person", derived_id("neighbour")] = Neighbour(household=HOUSEHOLD)
    record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,), household=HOUSEHOLD))
    made = record_visit(
        desk, entry(), SCOPE, msgspec.structs.replace(other, workers=other.workers or (WORKER,))
    )
    assert made.warnings == ()


def test_a_call_said_again_is_warned_of_and_binds_nobody() -> None:
    desk = CaseworkDesk()
    call = PhoneContactMade(
        kind="phone_contact", workers=(WORKER,), attendance=(Attendance(person=CLIENT),), minutes=40
    )
    first = record_visit(desk, entry(), SCOPE, call)
    assert record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,))).warnings == ()
    again = record_visit(desk, entry(), SCOPE, call)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    midnight = entry(at(TODAY, 0))
    early = record_visit(desk, midnight, SCOPE, call)
    again = record_visit(desk, midnight, SCOPE, call)
    assert warned(again) == [("visit.possible_duplicate", early.events[0])]


def test_what_was_voided_is_repeated_by_nothing_and_a_correction_can_repeat() -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first = record_visit(desk, entry(), SCOPE, facts)
    void_record(desk, entry(), first.stream, first.events[0], REASON)
    second = record_visit(desk, entry(), SCOPE, facts)
    assert second.warnings == ()
    later = record_visit(desk, entry(at(TODAY, 11)), SCOPE, facts)
    moved = correct_record(
        desk, entry(at(TODAY, 12)), later.stream, later.events[0], {}, REASON, entry().occurred
    )
    assert warned(moved) == [("visit.possible_duplicate", second.events[0])]
    back = reinstate_record(desk, entry(), first.stream, first.events[0], REASON)
    assert {other for _, other in warned(back)} == {second.events[0], later.events[0]}


def test_a_short_overlap_at_another_door_is_warned_of() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    first = record_visit(desk, entry(), SCOPE, at_door(HERE))
    short = record_visit(desk, entry(at(TODAY, 9, 25)), SCOPE, at_door(THERE))
    assert warned(short) == [("visit.short_overlap", first.events[0])]
    after = record_visit(desk, entry(at(TODAY, 10, 5)), SCOPE, at_door(HERE))
    assert after.warnings == ()


def test_a_time_known_only_by_its_day_holds_no_worker() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    some_time = Occurred(start=at(TODAY), precision="day")
    for household in (HERE, THERE):
        dated = msgspec.structs.replace(entry(), occurred=some_time)
        record_visit(desk, dated, SCOPE, at_door(household))
    assert len(desk.log) == 2


def with_client(**facts: object) -> HomeServiceDelivered:
    return visit(attendance=(Attendance(person=CLIENT),), **facts)


def case_of(desk: MemoryDesk, **standing: Id | None) -> Id:
    return open_case(desk, entry(), SCOPE, opening(**standing)).stream


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


def call(**facts: object) -> PhoneContactMade:
    return PhoneContactMade(kind="phone_contact", **facts)  # type: ignore[arg-type]


def made_of(desk: MemoryDesk, stream: Id) -> Any:
    (made,) = desk.load(Visit, stream).records.values()
    return made.effective.facts


def telephoned(desk: CaseworkDesk) -> Scope:
    """A project with one indicator, of telephone contacts."""
    contract = Project(THERE, SCOPE)
    contract.contract = ProjectContracted(
        number="1", key="k", name="项目", purchaser="街道", start=TODAY, end=TODAY
    )
    contract.indicators.defined[THERE] = Definition(
        code="C1", name="电访", measure="times", unit="次", kinds=("phone_contact",)
    )
    desk.neighbours["project", THERE] = contract
    return msgspec.structs.replace(SCOPE, project=THERE)


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
