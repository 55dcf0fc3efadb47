"""Records that name somebody whose own record was closed since: merged into another, or erased."""

from __future__ import annotations

from typing import Any

import pytest

from domain.case_commands import open_case
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.event import Reason
from domain.identifying import merge_persons, request_erasure
from domain.leader import CommunityLeaderRecognised, recognise_leader
from domain.registering import note_about
from domain.registry import ErasureRequested, PersonDied, PersonsMerged
from domain.verification import RegisterInfoVerified, verify_register
from domain.visit import HomeServiceDelivered, HomeVisitAttempted, record_attempt, record_visit
from tests.casework import opening
from tests.register import CHILD, ELDER, OTHER, register
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

WHY = Reason(code="entry_error", text="分钟数录入错误")
DUPLICATE = Reason(code="duplicate", text="同一人重复建档")


@pytest.fixture
def desk() -> MemoryDesk:
    """A desk where three people are registered."""
    desk = MemoryDesk()
    for person in (ELDER, OTHER, CHILD):
        register(desk, person)
    return desk


def visited(desk: MemoryDesk, **more: Any) -> tuple[str, str]:
    """Record a visit to two people."""
    line = Attendance(person=ELDER, **more)
    both = (line, Attendance(person=OTHER))
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=both)
    return named(record_visit(desk, entry(), SCOPE, facts))


def named(receipt: Receipt) -> tuple[str, str]:
    return receipt.stream, receipt.events[0]


def erase(desk: MemoryDesk) -> None:
    request_erasure(desk, entry(), ELDER, ErasureRequested(by="person", reason="本人申请"))


def merge(desk: MemoryDesk) -> None:
    merged = PersonsMerged(kept=CHILD, absorbed=ELDER, reason=DUPLICATE)
    merge_persons(desk, entry(), merged)


GONE = pytest.mark.parametrize("leave", [erase, merge])


@GONE
def test_what_is_said_of_the_visit_is_set_right_void_and_reinstated(
    desk: MemoryDesk, leave: Any
) -> None:
    record = visited(desk)
    leave(desk)
    correct_record(desk, entry(), *record, {"minutes": 45}, WHY)
    void_record(desk, entry(), *record, WHY)
    reinstate_record(desk, entry(), *record, WHY)
    standing = desk.load_stream(record[0]).standing(record[1]).facts
    assert (standing.minutes, [line.person for line in standing.attendance]) == (45, [ELDER, OTHER])


@GONE
def test_nobody_is_put_in_whose_record_is_closed(desk: MemoryDesk, leave: Any) -> None:
    record = visited(desk, status="absent")
    leave(desk)
    lines = [{"person": ELDER}, {"person": OTHER}]
    with refused(f"registry.{'merged' if leave is merge else 'erased'}", "attendance.0.person"):
        correct_record(desk, entry(), *record, {"attendance": lines}, WHY)


def test_the_dead_still_take_no_service_afterwards(desk: MemoryDesk) -> None:
    record = visited(desk)
    void_record(desk, entry(), *record, WHY)
    note_about(desk, entry(), ELDER, PersonDied(died=TODAY.replace(day=1), source="family"))
    with refused("registry.served_after_death", "attendance.0.person"):
        reinstate_record(desk, entry(), *record, WHY)


def attempted(desk: MemoryDesk) -> Receipt:
    facts = HomeVisitAttempted(person=ELDER, workers=(WORKER,), outcome="away")
    return record_attempt(desk, entry(), SCOPE, facts)


def verified(desk: MemoryDesk) -> Receipt:
    facts = RegisterInfoVerified(
        kind="register_verification", person=ELDER, method="visit", outcome="confirmed"
    )
    return verify_register(desk, entry(), SCOPE, facts)


def recognised(desk: MemoryDesk) -> Receipt:
    facts = CommunityLeaderRecognised(kind="community_leader", person=ELDER)
    return recognise_leader(desk, entry(), SCOPE, facts)


def opened(desk: MemoryDesk) -> Receipt:
    return open_case(desk, entry(), SCOPE, opening(client=ELDER))


@GONE
@pytest.mark.parametrize("make", [attempted, verified, recognised, opened])
def test_a_record_of_one_person_is_reinstated_too(desk: MemoryDesk, leave: Any, make: Any) -> None:
    record = named(make(desk))
    void_record(desk, entry(), *record, WHY)
    leave(desk)
    reinstate_record(desk, entry(), *record, WHY)
    assert not desk.load_stream(record[0]).records[record[1]].void
