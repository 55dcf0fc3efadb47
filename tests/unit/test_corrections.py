"""更正, 作废, 恢复 as commands: what is refused, and what happens to indicators and periods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.clock import at
from domain.corrections import correct_record, reinstate_record
from domain.counting import Attendance
from domain.entry import Entry
from domain.event import Effective, Occurred, Reason
from domain.identity import Id
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    Visit,
    record_visit,
)
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

REASON = Reason(code="entry_error", text="分钟数录入错误")
SOMEBODY = Attendance(role="resident", source="counted")


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def record(desk: MemoryDesk) -> tuple[Id, Id]:
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(SOMEBODY,))
    made = record_visit(desk, entry(), SCOPE, facts)
    return made.stream, made.events[0]


def test_only_the_fields_that_are_sent_change(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    correct_record(desk, entry(), *record, {"minutes": 45}, REASON)
    facts = desk.load(Visit, record[0]).standing(record[1]).facts
    assert (facts.minutes, facts.attendance) == (45, (SOMEBODY,))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": "forty"}, "facts.minutes"),
        ({"attendance": [{"role": "king"}]}, "facts.attendance[0].role"),
        ({"allocations": []}, "facts.allocations"),
    ],
)
def test_facts_of_another_form_are_refused(
    desk: MemoryDesk, record: tuple[Id, Id], changes: dict[str, Any], field: str
) -> None:
    with refused("record.bad_facts", field):
        correct_record(desk, entry(), *record, changes, REASON)


def test_a_field_that_comes_sealed_is_refused(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    note = {"person": WORKER, "purpose": "casework", "sealed": "AAAA"}
    with refused("record.sealed_sent", "facts.note"):
        correct_record(desk, entry(), *record, {"note": note}, REASON)


def test_what_is_not_void_is_not_reinstated(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    with refused("record.not_void", "target"):
        reinstate_record(desk, entry(), *record, REASON)


def test_a_record_keeps_its_kind(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    visit = desk.load(Visit, record[0])
    attempt = HomeVisitAttempted(person=WORKER, workers=(WORKER,), outcome="away")
    after = Effective(occurred=visit.standing(record[1]).occurred, facts=attempt)
    with refused("record.other_kind", "facts"):
        visit.correct(entry(), record[1], after, REASON)


def timed(occurred: Occurred) -> Entry:
    return msgspec.structs.replace(entry(), occurred=occurred)


def test_a_time_that_cannot_be_is_refused(desk: MemoryDesk) -> None:
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(SOMEBODY,))
    backwards = Occurred(start=at(TODAY), end=at(TODAY) - timedelta(minutes=5))
    with refused("entry.ends_before_start", "occurred.end"):
        record_visit(desk, timed(backwards), SCOPE, facts)
    with refused("entry.too_long_ago", "occurred.start"):
        record_visit(desk, timed(Occurred(start=at(TODAY).replace(year=1999))), SCOPE, facts)


def test_whatever_is_recorded_has_happened(desk: MemoryDesk) -> None:
    """Also where nothing is counted, and whoever asks for it."""
    attempt = HomeVisitAttempted(person=WORKER, workers=(WORKER,), outcome="away")
    ahead = timed(Occurred(start=at(TODAY) + timedelta(hours=2)))
    with refused("entry.in_future", "occurred.start"):
        Visit.start(ahead, SCOPE, attempt)
