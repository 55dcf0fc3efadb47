"""The register of staff: who does what where, who is away, and who is paired with whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.entry import Scope
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.private import Private
from domain.staff import (
    QualificationRecorded,
    StaffAbsenceRecorded,
    StaffAssigned,
    StaffHired,
    StaffLeft,
    StaffMember,
    StaffReturned,
)
from domain.staffing import (
    assign_mentor,
    come_back,
    leave,
    record_absence,
    record_qualification,
    set_backup,
    set_supervisor,
)
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row
from projections.spans import OPEN
from projections.staff import (
    ABSENCE,
    QUALIFICATION,
    ROLE,
    STAFF,
    staff,
)
from tests.folding import told
from tests.station import OPERATOR, STATION, TODAY, MemoryDesk, entry

A, B, C = (derived_id(name) for name in ("staff a", "staff b", "staff c"))
PROJECT = derived_id("project")
DAY = timedelta(days=1)


@pytest.fixture
def desk() -> MemoryDesk:
    """Three of staff, of whom C is an intern; A is a worker at the station and in a project."""
    desk = MemoryDesk()
    for id in (A, B, C):
        name = Private(person=id, purpose="identity", text="王小明")
        hired = StaffHired(name=name, begins=TODAY - 10 * DAY, intern=id == C, number="0346")
        member = StaffMember.start(entry(), Scope(operator=OPERATOR), hired, id=id)
        if id == A:
            role = StaffAssigned(station=STATION, role="worker", begins=TODAY)
            member.assign(entry(), role)
            role = StaffAssigned(station=STATION, role="worker", begins=TODAY, project=PROJECT)
            member.assign(entry(), role)
        desk.save(entry(), member)
    return desk


def asked(desk: MemoryDesk) -> MemoryAnswers:
    return told((staff,), desk.log)


def row(desk: MemoryDesk, id: Id = A) -> Row:
    (found,) = asked(desk).rows(STAFF, where={"staff": id})
    return found


def away(desk: MemoryDesk, id: Id) -> Id:
    absence = StaffAbsenceRecorded(begins=TODAY, ends=TODAY + DAY, reason="sick")
    return record_absence(desk, entry(), id, absence).events[0]


def test_staff_are_rows_without_names(desk: MemoryDesk) -> None:
    found = row(desk, C)
    assert (found["intern"], found["number"], found["ends"]) == (True, "0346", OPEN)
    assert "王小明" not in str(found)


def test_roles_at_the_station_and_in_a_project_are_two_and_end_with_leaving(
    desk: MemoryDesk,
) -> None:
    held = asked(desk).rows(ROLE, where={"staff": A})
    assert {(each["within"], each["project"], each["ends"]) for each in held} == {
        (STATION, None, OPEN),
        (PROJECT, PROJECT, OPEN),
    }
    leave(desk, entry(), A, StaffLeft(last_day=TODAY, handed_to=B), ())
    held = asked(desk).rows(ROLE, where={"staff": A})
    assert {each["ends"] for each in held} == {TODAY}
    assert (row(desk)["ends"], row(desk)["handed_to"]) == (TODAY, B)
    come_back(desk, entry(), A, StaffReturned(begins=TODAY, reason="合同续签"))
    assert (row(desk)["ends"], row(desk)["handed_to"]) == (OPEN, None)


def test_an_absence_is_a_row_until_it_is_void(desk: MemoryDesk) -> None:
    absence = away(desk, A)
    assert [(one["staff"], one["begins"]) for one in asked(desk).rows(ABSENCE)] == [(A, TODAY)]
    member = desk.load(StaffMember, A)
    member.void(entry(), absence, Reason(code="entry_error", text="录入时选错了人"))
    desk.save(entry(), member)
    assert asked(desk).rows(ABSENCE) == []


def test_backups_supervisors_and_mentors_are_known(desk: MemoryDesk) -> None:
    set_backup(desk, entry(), A, C, TODAY)
    set_supervisor(desk, entry(), A, B, TODAY)
    assign_mentor(desk, entry(), C, A, TODAY)
    assert (row(desk)["backup"], row(desk)["supervisor"]) == (C, B)
    assert row(desk, C)["mentor"] == A


def test_a_qualification_is_a_row_without_its_number(desk: MemoryDesk) -> None:
    number = Private(person=A, purpose="identity", text="2018001234")
    facts = QualificationRecorded(level="social_worker", certificate=number, valid_to=TODAY)
    record_qualification(desk, entry(), A, facts)
    (found,) = asked(desk).rows(QUALIFICATION)
    assert (found["staff"], found["level"], found["valid_to"]) == (A, "social_worker", TODAY)
