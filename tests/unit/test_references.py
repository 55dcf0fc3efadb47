"""Whoever is named beside those served: who may approve, and who is staff of the operator."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest

from domain.activity import plan_activity, review_plan
from domain.activity_plan import ActivityPlanReviewed
from domain.case_commands import close_case, open_case, reopen_case, take_step
from domain.case_facts import CaseClosed, CaseOpened, CaseReassigned, CaseReopened, CaseStanding
from domain.corrections import correct_record
from domain.counting import Attendance
from domain.entry import Scope
from domain.event import Reason
from domain.evidence import (
    DocumentApproved,
    DocumentReturned,
    Subject,
    decide_document,
    draft_document,
    submit_document,
)
from domain.evidence_form import publish_form_set
from domain.household import Household, HouseholdFormed, form_household
from domain.identifying import merge_persons, request_erasure, split_persons
from domain.identity import Id, derived_id
from domain.need import NeedMatched, NeedRecorded
from domain.need_giving import match_need, record_need
from domain.organisation import (
    OperatorOrg,
    OperatorRegistered,
    StaffRegisterBegun,
    suspend_operator,
)
from domain.person import Person
from domain.principal import Principal
from domain.private import Private
from domain.registering import note_about
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    ErasureRequested,
    PersonDied,
    PersonsMerged,
    PersonsSplit,
)
from domain.staff import Post, StaffAssigned, StaffHired, StaffLeft, StaffMember
from domain.staffing import assign, end_role, hire, leave
from domain.station import Station, StationClosed, StationEstablished, close_station
from domain.subject import SubjectsMerged, settle_subjects
from domain.visit import HomeServiceDelivered, HomeVisitAttempted, record_attempt, record_visit
from tests.activities import planned
from tests.contracts import contracted
from tests.papers import published
from tests.register import ELDER, register
from tests.station import (
    OPERATOR,
    SCOPE,
    STATION,
    TODAY,
    WORKER,
    MemoryDesk,
    entry,
    principal,
    refused,
)

DAY = timedelta(days=1)
HIRED = TODAY - 100 * DAY
HEAD, OTHER, STRANGER = derived_id("head"), derived_id("other"), derived_id("stranger")
CONSENT = ConsentGiven(purpose="service", form="written", begins=TODAY)
REASON = Reason(code="entry_error", text="分钟数录入错误")


def take_on(desk: MemoryDesk, id: Id, role: Post) -> None:
    name = Private(person=id, purpose="identity", text="王小明")
    hire(desk, entry(), OPERATOR, StaffHired(name=name, begins=HIRED), id=id)
    assign(desk, entry(), id, StaffAssigned(station=STATION, role=role, begins=HIRED))


@pytest.fixture
def desk() -> MemoryDesk:
    """An operator with a station, that keeps no register of its staff."""
    desk = MemoryDesk()
    operator = OperatorRegistered(name="慧灵", uscc="91110000600037341L")
    scope = Scope(operator=OPERATOR)
    by_administrator = entry(role="administrator")
    desk.save(by_administrator, OperatorOrg.start(by_administrator, scope, operator, id=OPERATOR))
    station = StationEstablished(name="站", region_code="620102", purchaser="街道", overseer="民政")
    desk.save(entry(), Station.start(entry(), SCOPE, station, id=STATION))
    return desk


@pytest.fixture
def staffed(desk: MemoryDesk) -> MemoryDesk:
    """The same with a worker and a supervisor on record."""
    take_on(desk, WORKER, "worker")
    take_on(desk, HEAD, "supervisor")
    return desk


def visit(desk: MemoryDesk, *, written: date = TODAY, **more: Any) -> Id:
    """Record a visit of two months ago, which asks for an approval."""
    facts = HomeServiceDelivered(
        kind="home_service", minutes=40, attendance=(Attendance(role="resident"),)
    )
    before = entry(TODAY - 60 * DAY, now=entry(written).now, late_reason="补录", **more)
    return record_visit(desk, before, SCOPE, facts).stream


def test_the_first_member_of_staff_begins_the_register(staffed: MemoryDesk) -> None:
    begun = [event for event in staffed.log if isinstance(event.facts, StaffRegisterBegun)]
    assert [event.stream for event in begun] == [OPERATOR]
    assert staffed.load(OperatorOrg, OPERATOR).keeps_staff


def test_nobody_approves_what_they_write_or_what_is_written_in_their_name(
    desk: MemoryDesk,
) -> None:
    before = len(desk.log)
    with refused("entry.own_approval", "approved_by"):
        visit(desk, approved_by=WORKER)
    with refused("entry.own_approval", "approved_by"):
        visit(desk, approved_by=HEAD, on_behalf_of=HEAD)
    assert len(desk.log) == before
    visit(desk, approved_by=HEAD)


def test_where_staff_is_on_record_an_approver_is_one_with_a_role_for_it(
    staffed: MemoryDesk,
) -> None:
    take_on(staffed, OTHER, "worker")
    with refused("not_found", "approved_by"):
        visit(staffed, approved_by=derived_id("nobody"))
    with refused("not_found", "approved_by"):
        visit(staffed, approved_by=STATION)
    with refused("entry.may_not_approve", "approved_by"):
        visit(staffed, approved_by=OTHER)
    visit(staffed, approved_by=HEAD)


def test_an_approval_is_given_while_the_role_is_held(staffed: MemoryDesk) -> None:
    end_role(staffed, entry(), HEAD, station=STATION, role="supervisor", ends=TODAY)
    visit(staffed, approved_by=HEAD)  # the last day of it
    with refused("entry.may_not_approve", "approved_by"):
        visit(staffed, approved_by=HEAD, written=TODAY + DAY)


def test_who_has_left_approves_nothing_more(staffed: MemoryDesk) -> None:
    leave(staffed, entry(), HEAD, StaffLeft(last_day=TODAY - DAY), ())
    with refused("entry.may_not_approve", "approved_by"):
        visit(staffed, approved_by=HEAD)


def test_who_has_left_is_named_in_what_was_while_they_were_here(staffed: MemoryDesk) -> None:
    """given a colleague whose last day was yesterday / when records name them / then by the day."""
    last = TODAY - DAY
    take_on(staffed, OTHER, "worker")
    leave(staffed, entry(), OTHER, StaffLeft(last_day=last), ())
    attendance = (Attendance(role="resident"),)

    def serve(day: date, **more: Any) -> Id:
        facts = HomeServiceDelivered(
            kind="home_service", minutes=40, attendance=attendance, workers=more.pop("workers", ())
        )
        return record_visit(
            staffed, entry(day, now=entry().now, late_reason="补录", **more), SCOPE, facts
        ).stream

    with refused("staff.has_left", "workers.0"):
        serve(TODAY, workers=(OTHER,))
    with refused("staff.has_left", "on_behalf_of"):
        serve(TODAY, on_behalf_of=OTHER)
    with refused("staff.before_hired", "workers.0"):
        serve(HIRED - DAY, workers=(OTHER,), approved_by=HEAD)
    stream = serve(last, workers=(OTHER,), on_behalf_of=OTHER)
    target = staffed.streams[stream][0].id
    correct_record(staffed, entry(), stream, target, {"minutes": 41}, REASON)
    later = serve(TODAY)
    with refused("staff.has_left", "workers.0"):
        correct_record(
            staffed, entry(), later, staffed.streams[later][0].id, {"workers": [OTHER]}, REASON
        )


def test_whoever_writes_may_name_themselves_though_they_are_not_on_record(
    staffed: MemoryDesk,
) -> None:
    office, nobody = derived_id("of the head office"), derived_id("nobody")
    by = entry(principal=principal(actor=office))

    def serve(worker: Id, supervised: Id) -> None:
        there = (Attendance(role="resident"), Attendance(person=supervised, role="supervisee"))
        facts = HomeServiceDelivered(
            kind="home_service", minutes=40, attendance=there, workers=(worker,)
        )
        record_visit(staffed, by, SCOPE, facts)

    serve(office, office)
    with refused("not_found", "workers.0"):
        serve(nobody, office)
    with refused("not_found", "attendance.1.person"):
        serve(office, nobody)


def test_a_closed_case_is_taken_up_again_under_a_colleague_who_is_still_here(
    staffed: MemoryDesk,
) -> None:
    register(staffed, ELDER)
    standing = CaseStanding(stage="accepted", case_type="care", worker=WORKER, client=ELDER)
    opened = CaseOpened(kind="case_opened", standing=standing)
    case = open_case(staffed, entry(TODAY - 9 * DAY), SCOPE, opened).stream
    why = Private(person=ELDER, purpose="casework", text="多次上门无人，电话不通")
    lost = CaseClosed(kind="case_closed", closure="lost_contact", reason=why)
    close_case(staffed, entry(TODAY - 8 * DAY), case, lost)
    reopen_case(staffed, entry(), case, CaseReopened(reason="服务对象又联系上了"))


def test_what_named_a_colleague_before_staff_was_on_record_is_set_right_all_the_same(
    desk: MemoryDesk,
) -> None:
    """given a visit by somebody who is never taken on / when its minutes are wrong."""
    there = (Attendance(role="resident"),)
    facts = HomeServiceDelivered(
        kind="home_service", minutes=40, attendance=there, workers=(OTHER,)
    )
    stream = record_visit(desk, entry(), SCOPE, facts).stream
    take_on(desk, WORKER, "worker")
    target = desk.streams[stream][0].id
    correct_record(desk, entry(), stream, target, {"minutes": 41}, REASON)
    with refused("not_found", "workers.1"):
        correct_record(desk, entry(), stream, target, {"workers": [OTHER, STRANGER]}, REASON)


def test_who_is_named_as_having_decided_on_a_plan_or_a_paper_is_of_the_staff(
    staffed: MemoryDesk,
) -> None:
    activity = plan_activity(staffed, entry(), SCOPE, planned()).stream
    forms = publish_form_set(staffed, entry(), SCOPE, published()).stream
    about = Subject(stream_type="activity", stream=activity)
    paper = draft_document(staffed, entry(), SCOPE, forms, "minutes", about).stream
    submit_document(staffed, entry(), paper)
    for who, known in ((STRANGER, False), (HEAD, True)):
        review = ActivityPlanReviewed(outcome="returned", reviewer=who)
        with nullcontext() if known else refused("not_found", "reviewer"):
            review_plan(staffed, entry(), activity, review)
        returned = DocumentReturned(reviewer=who, comments="缺签名")
        with nullcontext() if known else refused("not_found", "by"):
            decide_document(staffed, entry(), paper, returned)
    submit_document(staffed, entry(), paper)
    with refused("not_found", "by"):
        decide_document(staffed, entry(), paper, DocumentApproved(signer=STRANGER))


def test_who_has_left_gets_no_case(staffed: MemoryDesk) -> None:
    take_on(staffed, OTHER, "worker")
    leave(staffed, entry(), OTHER, StaffLeft(last_day=TODAY - DAY), ())
    served = derived_id("household of the case")
    home = HouseholdFormed(community="新村", head=derived_id("head of it"), begins=TODAY)
    staffed.save(entry(), Household.start(entry(), SCOPE, home, id=served))

    def opened(worker: Id) -> CaseOpened:
        standing = CaseStanding(stage="accepted", case_type="care", worker=worker, household=served)
        return CaseOpened(kind="case_opened", standing=standing)

    with refused("staff.has_left", "worker"):
        open_case(staffed, entry(), SCOPE, opened(OTHER))
    case = open_case(staffed, entry(), SCOPE, opened(WORKER)).stream
    with refused("staff.has_left", "worker"):
        take_step(staffed, entry(), case, CaseReassigned(worker=OTHER, reason="换人跟进"))


def test_a_correction_is_approved_by_somebody_else_too(staffed: MemoryDesk) -> None:
    stream = visit(staffed, approved_by=HEAD)
    target = staffed.streams[stream][0].id
    for approver, code in ((WORKER, "entry.own_approval"), (OTHER, "not_found")):
        with refused(code, "approved_by"):
            changes = {"minutes": 41}
            correct_record(staffed, entry(approved_by=approver), stream, target, changes, REASON)
    correct_record(staffed, entry(approved_by=HEAD), stream, target, {"minutes": 41}, REASON)


def test_who_is_named_as_approver_of_a_match_is_one(staffed: MemoryDesk) -> None:
    need = NeedRecorded(category="service", item="陪护", purpose="care")
    id = record_need(staffed, entry(), SCOPE, need).stream
    with refused("not_found", "approver"):
        match_need(
            staffed, entry(), id, NeedMatched(match=OTHER, match_kind="volunteer", approver=OTHER)
        )
    for approver in (WORKER, HEAD):
        matched = NeedMatched(match=derived_id(approver), match_kind="volunteer", approver=approver)
        match_need(staffed, entry(), id, matched)


# What another operator has on record


ELSEWHERE = Scope(operator=derived_id("another operator"), station=derived_id("another station"))


@pytest.fixture
def two() -> MemoryDesk:
    """Two operators, each with somebody on its register, at the desk of who sees both."""
    desk = MemoryDesk(Principal(actor=WORKER, role="administrator"))
    register(desk, ELDER)
    desk.stand_up()
    register(desk, STRANGER, scope=ELSEWHERE)
    desk.stand_up()
    return desk


def test_a_record_names_nobody_of_another_operator(two: MemoryDesk) -> None:
    def seen(person: Id) -> HomeServiceDelivered:
        there = (Attendance(person=person),)
        return HomeServiceDelivered(kind="home_service", minutes=40, attendance=there)

    before = len(two.log)
    with refused("not_found", "attendance.0.person"):
        record_visit(two, entry(), SCOPE, seen(STRANGER))
    assert len(two.log) == before
    two.stand_up()
    attempt = HomeVisitAttempted(person=STRANGER, workers=(), outcome="refused")
    with refused("not_found", "person"):
        record_attempt(two, entry(), SCOPE, attempt)
    two.stand_up()
    stream = record_visit(two, entry(), SCOPE, seen(ELDER)).stream
    target, attendance = two.streams[stream][0].id, [{"person": STRANGER}]
    with refused("not_found", "attendance.0.person"):
        correct_record(two, entry(), stream, target, {"attendance": attendance}, REASON)


def test_a_record_names_no_household_of_another_operator(two: MemoryDesk) -> None:
    home = HouseholdFormed(community="新村", head=STRANGER, begins=TODAY)
    theirs = form_household(two, entry(), ELSEWHERE, home).stream
    facts = HomeServiceDelivered(
        kind="home_service", minutes=40, attendance=(Attendance(role="resident"),), household=theirs
    )
    with refused("not_found", "household"):
        record_visit(two, entry(), SCOPE, facts)


@pytest.mark.parametrize("field", ["approved_by", "on_behalf_of"])
def test_nobody_of_another_operators_staff_approves_or_is_written_for(
    staffed: MemoryDesk, field: str
) -> None:
    """Who sees both could name them: given a supervisor elsewhere, who may approve there."""
    staffed.principal = Principal(actor=derived_id("administrator"), role="administrator")
    theirs = StaffHired(
        name=Private(person=STRANGER, purpose="identity", text="王小明"), begins=HIRED
    )
    member = StaffMember.start(entry(), ELSEWHERE, theirs, id=STRANGER)
    post = StaffAssigned(station=derived_id("another station"), role="supervisor", begins=HIRED)
    member.assign(entry(), post)
    staffed.save(entry(), member)
    named: dict[str, Any] = {"approved_by": HEAD, field: STRANGER}
    with refused("not_found", field):
        visit(staffed, **named)


def test_two_people_of_two_operators_are_not_merged(two: MemoryDesk) -> None:
    with refused("not_found", "kept"):
        merge_persons(two, entry(), PersonsMerged(kept=ELDER, absorbed=STRANGER, reason=REASON))


# A station that has closed, and an operator that is suspended


def suspend(desk: MemoryDesk) -> None:
    """Suspend the operator, as its installation's administrator does."""
    by = Principal(actor=derived_id("administrator"), role="administrator")
    who, desk.principal = desk.principal, by
    suspend_operator(desk, entry(principal=by), OPERATOR, "停业整顿")
    desk.principal = who


def test_a_closed_station_serves_nobody_after_its_last_day(desk: MemoryDesk) -> None:
    last, after = TODAY, TODAY + DAY
    register(desk, ELDER)
    opened = CaseOpened(
        kind="case_opened",
        standing=CaseStanding(stage="accepted", case_type="care", worker=WORKER, client=ELDER),
    )
    case = open_case(desk, entry(TODAY - 9 * DAY), SCOPE, opened).stream
    early = entry(TODAY - 8 * DAY)
    said = Private(person=ELDER, purpose="casework", text="多次上门无人，电话不通")
    closed = CaseClosed(kind="case_closed", closure="lost_contact", reason=said)
    close_case(desk, early, case, closed)
    close_station(desk, entry(), STATION, StationClosed(last_day=last, reason="到期"), ())
    there = (Attendance(role="resident"),)
    served = HomeServiceDelivered(kind="home_service", minutes=40, attendance=there)
    with refused("station.ended", "station"):
        record_visit(desk, entry(after), SCOPE, served)
    with refused("station.ended", "station"):
        reopen_case(desk, entry(after), case, CaseReopened(reason="服务对象又联系上了"))
    stream = record_visit(desk, entry(last, now=entry(after).now), SCOPE, served).stream
    target = desk.streams[stream][0].id
    correct_record(desk, entry(after), stream, target, {"minutes": 41}, REASON)
    note_about(desk, entry(after), ELDER, PersonDied(died=after, source="family"))


def test_a_suspended_operator_writes_nothing_and_sets_nothing_right(desk: MemoryDesk) -> None:
    register(desk, ELDER, grounds=(CONSENT,))
    there = (Attendance(person=ELDER),)
    served = HomeServiceDelivered(kind="home_service", minutes=40, attendance=there)
    stream = record_visit(desk, entry(), SCOPE, served).stream
    target = desk.streams[stream][0].id
    suspend(desk)
    with refused("organisation.operator_suspended", "operator"):
        record_visit(desk, entry(), SCOPE, served)
    with refused("organisation.operator_suspended", "operator"):
        note_about(desk, entry(), ELDER, PersonDied(died=TODAY, source="family"))
    with refused("organisation.operator_suspended", "operator"):
        correct_record(desk, entry(), stream, target, {"minutes": 41}, REASON)


def test_what_a_person_may_ask_for_carries_nothing_else_through_a_suspension(
    desk: MemoryDesk,
) -> None:
    register(desk, ELDER, grounds=(CONSENT,))
    suspend(desk)
    person = desk.load(Person, ELDER)
    person.note(entry(), ConsentWithdrawn(purpose="service", ends=TODAY))
    person.note(entry(), PersonDied(died=TODAY, source="family"))
    with refused("organisation.operator_suspended", "operator"):
        desk.save(entry(), person)


def test_a_project_still_hears_whom_the_register_had_merged_before_the_suspension(
    desk: MemoryDesk,
) -> None:
    """Workers may come to it only then; the register itself is not changed any more."""
    register(desk, ELDER)
    register(desk, STRANGER)
    project = contracted(desk)
    two = PersonsMerged(kept=ELDER, absorbed=STRANGER, reason=REASON)
    because = merge_persons(desk, entry(), two).events[0]
    suspend(desk)
    with refused("organisation.operator_suspended", "operator"):
        split_persons(desk, entry(), PersonsSplit(kept=ELDER, absorbed=STRANGER, reason=REASON))
    desk.stand_up()
    settle_subjects(desk, entry(), project, (STRANGER,))
    told = SubjectsMerged(kept=ELDER, absorbed=STRANGER, because=because)
    assert desk.facts()[-1] == told


def test_what_people_ask_for_and_what_ends_an_operator_goes_on_while_it_is_suspended(
    desk: MemoryDesk,
) -> None:
    register(desk, ELDER, grounds=(CONSENT,))
    suspend(desk)
    note_about(desk, entry(), ELDER, ConsentWithdrawn(purpose="service", ends=TODAY))
    request_erasure(desk, entry(), ELDER, ErasureRequested(by="person", reason="本人要求"))
    close_station(desk, entry(), STATION, StationClosed(last_day=TODAY, reason="停办"), ())
