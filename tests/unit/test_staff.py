"""Who works where, who stands in for whom, and when somebody may leave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.clock import at
from domain.entry import Scope
from domain.event import Effective, Occurred, Reason
from domain.identity import Id, derived_id
from domain.organisation import OperatorOrg, OperatorRegistered
from domain.private import Private
from domain.staff import (
    KEPT_FOR,
    BackupPairSet,
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffErasureRequested,
    StaffHired,
    StaffLeft,
    StaffMember,
    StaffReturned,
    StaffRoleEnded,
)
from domain.staffing import (
    assign,
    assign_mentor,
    come_back,
    complete_staff_erasure,
    end_role,
    hire,
    leave,
    record_absence,
    record_qualification,
    request_staff_erasure,
    set_backup,
    set_supervisor,
    told_about,
)
from domain.station import Station, StationEstablished
from tests.station import OPERATOR, SCOPE, STATION, TODAY, MemoryDesk, entry, refused

A, B = derived_id("staff a"), derived_id("staff b")
HIRED = TODAY - timedelta(days=100)
ROLE = StaffAssigned(station=STATION, role="worker", begins=HIRED)


def take_on(desk: MemoryDesk, id: Id, **facts: Any) -> None:
    name = Private(person=id, purpose="identity", text="王小明")
    given: dict[str, Any] = {"name": name, "begins": HIRED} | facts
    hire(desk, entry(), OPERATOR, StaffHired(**given), id=id)


@pytest.fixture
def desk() -> MemoryDesk:
    """An operator, a station, a worker A and an intern B."""
    desk = MemoryDesk()
    operator = OperatorRegistered(name="慧灵", uscc="91110000600037341L")
    scope = Scope(operator=OPERATOR)
    by_administrator = entry(role="administrator")
    desk.save(by_administrator, OperatorOrg.start(by_administrator, scope, operator, id=OPERATOR))
    station = StationEstablished(name="站", region_code="620102", purchaser="街道", overseer="民政")
    desk.save(entry(), Station.start(entry(), SCOPE, station, id=STATION))
    take_on(desk, A)
    take_on(desk, B, intern=True)
    return desk


def staff(desk: MemoryDesk, id: Id = A) -> StaffMember:
    return desk.load(StaffMember, id)


def test_staff_belong_to_the_operator_and_their_names_are_sealed(desk: MemoryDesk) -> None:
    hired = desk.streams[A][0]
    assert (hired.ledger, hired.station) == (OPERATOR, None)
    assert hired.facts.name.text is None
    assert hired.facts.name.sealed


def test_a_name_is_sealed_under_its_own_person(desk: MemoryDesk) -> None:
    with refused("own_words.other_person", "name"):
        take_on(desk, derived_id("c"), name=Private(person=A, purpose="identity", text="李四"))
    with refused("own_words.other_person", "certificate"):
        number = Private(person=B, purpose="identity", text="2018001")
        facts = QualificationRecorded(level="social_worker", certificate=number)
        record_qualification(desk, entry(), A, facts)


def test_a_role_is_taken_up_once_and_ended(desk: MemoryDesk) -> None:
    assign(desk, entry(), A, ROLE)
    assert staff(desk).roles == [ROLE]
    with refused("staff.already_assigned", "role"):
        assign(desk, entry(), A, ROLE)
    end_role(desk, entry(), A, station=STATION, role="worker", ends=TODAY, reason="转岗")
    assert desk.facts(A)[-1] == StaffRoleEnded(
        station=STATION, role="worker", begins=HIRED, ends=TODAY, reason="转岗"
    )
    assert staff(desk).roles == []
    with refused("staff.not_assigned", "role"):
        end_role(desk, entry(), A, station=STATION, role="worker", ends=TODAY)


def test_a_role_does_not_end_before_it_began(desk: MemoryDesk) -> None:
    assign(desk, entry(), A, ROLE)
    with refused("staff.ends_before_begins", "ends"):
        before = HIRED - timedelta(days=1)
        end_role(desk, entry(), A, station=STATION, role="worker", ends=before)


def test_nobody_has_a_role_before_they_came(desk: MemoryDesk) -> None:
    with refused("staff.before_hired", "begins"):
        early = StaffAssigned(station=STATION, role="worker", begins=HIRED - timedelta(days=1))
        assign(desk, entry(), A, early)


def test_nobody_stands_in_for_supervises_or_mentors_themselves(desk: MemoryDesk) -> None:
    with refused("staff.own_backup", "backup"):
        set_backup(desk, entry(), A, A, TODAY)
    with refused("staff.own_supervisor", "supervisor"):
        set_supervisor(desk, entry(), A, A, TODAY)
    with refused("staff.own_mentor", "mentor"):
        assign_mentor(desk, entry(), B, B, TODAY)


def test_a_worker_has_a_backup_a_supervisor_and_an_intern_a_mentor(desk: MemoryDesk) -> None:
    set_backup(desk, entry(), A, B, TODAY)
    set_supervisor(desk, entry(), A, B, TODAY)
    assign_mentor(desk, entry(), B, A, TODAY)
    assert staff(desk).backups == [BackupPairSet(worker=A, backup=B, begins=TODAY)]
    mentor = staff(desk, B).mentor
    assert staff(desk).supervisor_on(TODAY) == B
    assert mentor is not None
    assert mentor.mentor == A


def test_only_an_intern_has_a_mentor(desk: MemoryDesk) -> None:
    with refused("staff.not_an_intern", "staff"):
        assign_mentor(desk, entry(), A, B, TODAY)


def test_a_backup_who_has_left_or_is_unknown_is_refused(desk: MemoryDesk) -> None:
    leave(desk, entry(), B, StaffLeft(last_day=TODAY - timedelta(days=1)), ())
    with refused("staff.has_left", "backup"):
        set_backup(desk, entry(), A, B, TODAY)
    with refused("not_found", "backup"):
        set_backup(desk, entry(), A, derived_id("nobody"), TODAY)


def test_an_absence_is_known_by_day_and_not_recorded_twice(desk: MemoryDesk) -> None:
    absence = StaffAbsenceRecorded(begins=TODAY, ends=TODAY + timedelta(days=2), reason="sick")
    receipt = record_absence(desk, entry(), A, absence)
    days = [TODAY + timedelta(days=n) for n in (-1, 0, 2, 3)]
    assert [staff(desk).absent_on(day) for day in days] == [False, True, True, False]
    with refused("staff.absent_already", "begins"):
        record_absence(desk, entry(), A, StaffAbsenceRecorded(begins=days[2], ends=days[3]))
    with refused("staff.ends_before_begins", "ends"):
        record_absence(desk, entry(), A, StaffAbsenceRecorded(begins=days[3], ends=days[2]))
    member = staff(desk)
    member.void(entry(), receipt.events[0], Reason(code="entry_error", text="录入时选错了人"))
    assert not member.absent_on(TODAY)


def test_a_corrected_absence_keeps_the_rules(desk: MemoryDesk) -> None:
    first = StaffAbsenceRecorded(begins=TODAY, ends=TODAY)
    later = TODAY + timedelta(days=5)
    target = record_absence(desk, entry(), A, first).events[0]
    record_absence(desk, entry(), A, StaffAbsenceRecorded(begins=later, ends=later))
    member, reason = staff(desk), Reason(code="entry_error", text="日期录入错误")
    for ends, code in (
        (later, "absent_already"),
        (TODAY - timedelta(days=1), "ends_before_begins"),
    ):
        with refused(f"staff.{code}"):
            facts = StaffAbsenceRecorded(begins=TODAY, ends=ends)
            after = Effective(occurred=Occurred(start=at(TODAY)), facts=facts)
            member.correct(entry(), target, after, reason)
    facts = StaffAbsenceRecorded(begins=TODAY, ends=TODAY + timedelta(days=1))
    after = Effective(occurred=Occurred(start=at(TODAY)), facts=facts)
    member.correct(entry(), target, after, reason)
    assert member.absent_on(TODAY + timedelta(days=1))


def test_the_primary_worker_of_open_cases_does_not_leave(desk: MemoryDesk) -> None:
    with refused("staff.open_cases", "staff"):
        leave(desk, entry(), A, StaffLeft(last_day=TODAY), (derived_id("case"),))


def test_whoever_leaves_holds_no_role_any_more(desk: MemoryDesk) -> None:
    assign(desk, entry(), A, ROLE)
    receipt = leave(desk, entry(), A, StaffLeft(last_day=TODAY, handed_to=B), ())
    ended, left = desk.facts(A)[-2:]
    assert isinstance(ended, StaffRoleEnded)
    assert (ended.ends, left) == (TODAY, StaffLeft(last_day=TODAY, handed_to=B))
    assert len(set(receipt.events)) == 2
    assert staff(desk).roles == []


def test_after_leaving_nothing_begins_until_they_return(desk: MemoryDesk) -> None:
    with refused("staff.has_not_left", "staff"):
        come_back(desk, entry(), A, StaffReturned(begins=TODAY, reason="合同续签"))
    leave(desk, entry(), A, StaffLeft(last_day=TODAY - timedelta(days=1)), ())
    with refused("staff.has_left", "last_day"):
        leave(desk, entry(), A, StaffLeft(last_day=HIRED), ())
    with refused("staff.has_left", "begins"):
        assign(desk, entry(), A, ROLE)
    with refused("staff.has_left", "begins"):
        record_absence(desk, entry(), A, StaffAbsenceRecorded(begins=TODAY, ends=TODAY))
    come_back(desk, entry(), A, StaffReturned(begins=TODAY, reason="合同续签"))
    assign(desk, entry(), A, ROLE)


def test_an_absence_before_leaving_may_be_recorded_after_it(desk: MemoryDesk) -> None:
    leave(desk, entry(), A, StaffLeft(last_day=TODAY), ())
    record_absence(desk, entry(), A, StaffAbsenceRecorded(begins=TODAY, ends=TODAY))
    assert staff(desk).absent_on(TODAY)


def test_the_work_is_handed_to_somebody_who_is_there(desk: MemoryDesk) -> None:
    leave(desk, entry(), B, StaffLeft(last_day=TODAY - timedelta(days=1)), ())
    with refused("staff.has_left", "handed_to"):
        leave(desk, entry(), A, StaffLeft(last_day=TODAY, handed_to=B), ())


def test_nothing_about_staff_happened_in_the_future(desk: MemoryDesk) -> None:
    early = entry(now=at(TODAY) - timedelta(days=1))
    with refused("entry.in_future", "occurred.start"):
        assign(desk, early, A, ROLE)
    with refused("entry.in_future", "occurred.start"):
        hire(desk, early, OPERATOR, StaffHired(name=name(), begins=TODAY), id=A)


def name(person: Id = A, text: str = "王小明") -> Private:
    return Private(person=person, purpose="identity", text=text)


def test_a_qualification_may_end(desk: MemoryDesk) -> None:
    facts = QualificationRecorded(level="social_worker", valid_to=date(2021, 12, 31))
    record_qualification(desk, entry(), A, facts)
    assert [held.facts for held in staff(desk).effective(QualificationRecorded)] == [facts]


# Whom an alert about a worker's cases goes to


def days_of(desk: MemoryDesk, *days: int) -> list[tuple[Id, ...]]:
    return [told_about(desk, A, TODAY + timedelta(days=day)) for day in days]


def test_the_backup_is_told_while_the_worker_is_away_once_the_pair_has_begun(
    desk: MemoryDesk,
) -> None:
    set_backup(desk, entry(), A, B, TODAY + timedelta(days=1))
    away = StaffAbsenceRecorded(begins=TODAY, ends=TODAY + timedelta(days=2))
    event = record_absence(desk, entry(), A, away).events[0]
    assert days_of(desk, -1, 0, 1, 2, 3) == [(A,), (A,), (A, B), (A, B), (A,)]
    member = staff(desk)
    member.void(entry(), event, Reason(code="entry_error", text="录入时选错了人"))
    desk.save(entry(), member)
    assert days_of(desk, 1) == [(A,)]


def test_who_is_away_too_or_has_left_stands_in_for_nobody(desk: MemoryDesk) -> None:
    set_backup(desk, entry(), A, B, TODAY)
    for id, days in ((A, 3), (B, 1)):
        away = StaffAbsenceRecorded(begins=TODAY, ends=TODAY + timedelta(days=days))
        record_absence(desk, entry(), id, away)
    assert days_of(desk, 0, 1, 2, 3) == [(A,), (A,), (A, B), (A, B)]
    leave(desk, entry(), B, StaffLeft(last_day=TODAY + timedelta(days=2)), ())
    assert days_of(desk, 2, 3) == [(A, B), (A,)]


def test_the_supervisor_is_told_from_the_day_set_until_they_leave(desk: MemoryDesk) -> None:
    set_supervisor(desk, entry(), A, B, TODAY + timedelta(days=1))
    leave(desk, entry(), B, StaffLeft(last_day=TODAY + timedelta(days=2)), ())
    assert days_of(desk, 0, 1, 2, 3) == [(A,), (A, B), (A, B), (A,)]


def test_a_pair_yet_to_begin_leaves_the_one_before_in_force(desk: MemoryDesk) -> None:
    c = derived_id("staff c")
    take_on(desk, c, name=Private(person=c, purpose="identity", text="李四"))
    set_supervisor(desk, entry(), A, B, TODAY)
    set_supervisor(desk, entry(), A, c, TODAY + timedelta(days=2))
    assert days_of(desk, 1, 2) == [(A, B), (A, c)]


def test_where_no_staff_is_on_record_the_worker_is_told(desk: MemoryDesk) -> None:
    nobody = derived_id("nobody")
    assert told_about(desk, nobody, TODAY) == (nobody,)


OVER = StaffErasureRequested(by="operator", reason="retention_over")
LONG_AFTER = TODAY + KEPT_FOR + timedelta(days=1)


def approved(day: date, by: Id | None = B) -> Any:
    """Return how something is written on a day, with an approval."""
    return entry(at(day, 9), approved_by=by)


def test_who_left_is_erased_once_the_time_is_over_and_a_colleague_approved(
    desk: MemoryDesk,
) -> None:
    assign(desk, entry(), B, msgspec.structs.replace(ROLE, role="station_head"))
    with refused("staff.has_not_left", "staff"):
        request_staff_erasure(desk, approved(LONG_AFTER), A, OVER)
    leave(desk, entry(), A, StaffLeft(last_day=TODAY), ())
    with refused("staff.kept_until", "staff"):
        request_staff_erasure(desk, approved(TODAY + KEPT_FOR), A, OVER)
    with refused("staff.erasure_not_approved", "approved_by"):
        request_staff_erasure(desk, approved(LONG_AFTER, None), A, OVER)
    with refused("entry.may_not_approve", "approved_by"):
        request_staff_erasure(desk, approved(LONG_AFTER, A), A, OVER)
    request_staff_erasure(desk, approved(LONG_AFTER), A, OVER)
    assert (staff(desk).erasure_request, staff(desk).erased) == (desk.log[-1].id, False)
    complete_staff_erasure(desk, entry(at(LONG_AFTER, 10)), A)
    assert staff(desk).erased


def test_who_was_erased_does_not_come_back_and_has_nothing_added(desk: MemoryDesk) -> None:
    assign(desk, entry(), B, msgspec.structs.replace(ROLE, role="station_head"))
    leave(desk, entry(), A, StaffLeft(last_day=TODAY), ())
    with refused("staff.erased"):
        complete_staff_erasure(desk, entry(), A)
    request_staff_erasure(desk, approved(LONG_AFTER), A, OVER)
    with refused("staff.erased"):
        request_staff_erasure(desk, approved(LONG_AFTER), A, OVER)
    with refused("staff.erased"):
        come_back(desk, entry(), A, StaffReturned(begins=TODAY, reason="续签"))
    with refused("staff.erased"):
        record_qualification(desk, entry(), A, QualificationRecorded(level="other"))
    complete_staff_erasure(desk, entry(at(LONG_AFTER, 10)), A)
    with refused("staff.erased"):
        complete_staff_erasure(desk, entry(at(LONG_AFTER, 11)), A)
