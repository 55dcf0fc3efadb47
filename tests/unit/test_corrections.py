"""更正, 作废, 恢复 as commands: what is refused, and what happens to indicators and periods."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.entry import Entry
from domain.event import Effective, Occurred, Reason
from domain.identity import Id, new_id
from domain.private import unsealed
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    Visit,
    record_visit,
)
from projections.audit import AUDIT, audit
from tests.folding import told
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused
from tests.street import PEOPLE, Street

REASON = Reason(code="entry_error", text="分钟数录入错误")
NOBODY = new_id()
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


def test_words_that_come_with_a_correction_are_sealed(
    desk: MemoryDesk, record: tuple[Id, Id]
) -> None:
    note = {"person": WORKER, "purpose": "casework", "text": "服务对象近来情绪低落"}
    correct_record(desk, entry(), *record, {"note": note}, REASON)
    made = desk.log[-1]
    assert not unsealed(made.facts)
    kept = made.facts.after.facts.note
    assert (kept.text, kept.event, kept.field) == (None, made.id, "after.facts.note")
    assert kept.sealed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": "forty"}, "facts.minutes"),
        ({"minutes": "40"}, "facts.minutes"),
        ({"attendance": [{"role": "king"}]}, "facts.attendance[0].role"),
    ],
)
def test_facts_of_another_form_are_refused(
    desk: MemoryDesk, record: tuple[Id, Id], changes: dict[str, Any], field: str
) -> None:
    with refused("record.bad_facts", field):
        correct_record(desk, entry(), *record, changes, REASON)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"allocations": []}, "record.fixed_field", "facts.allocations"),
        ({"kind": "case_session"}, "record.fixed_field", "facts.kind"),
        ({"money": 5}, "record.fixed_field", "facts.money"),
        ({"minutez": 3}, "record.unknown_field", "facts.minutez"),
        ({"@type": "visit.HomeServiceDelivered@1"}, "record.unknown_field", "facts.@type"),
        ({"attendance": [{"rôle": "client"}]}, "record.unknown_field", "facts.attendance.0.rôle"),
        ({"attendance": [{"groups": ["orphan"]}]},
         "record.fixed_field", "facts.attendance.0.groups"),
        ({"attendance": [{"household": NOBODY}]},
         "record.fixed_field", "facts.attendance.0.household"),
        ({"attendance": [{"sealed": "AAAA"}]}, "record.sealed_sent", "facts.attendance.0"),
        ({"attendance": [{"count": 10**12}]}, "bounds.number", "facts.attendance.0.count"),
        ({"attendance": [{}] * 501}, "bounds.too_many", "facts.attendance"),
        ({"workers": ["nonsense"]}, "bounds.no_id", "facts.workers.0"),
        ({"place": "长" * 201}, "text.too_long", "facts.place"),
        ({"note": {"person": NOBODY, "purpose": "casework", "text": "谈话"}},
         "own_words.other_person", "facts.note"),
        ({"note": {"person": WORKER, "purpose": "casework", "text": "谈话", "field": "x"}},
         "record.unknown_field", "facts.note.field"),
    ],
)  # fmt: skip
def test_a_correction_is_held_to_what_a_new_record_is(
    desk: MemoryDesk, record: tuple[Id, Id], changes: dict[str, Any], code: str, field: str
) -> None:
    with refused(code, field):
        correct_record(desk, entry(), *record, changes, REASON)


def test_what_is_fixed_may_be_sent_as_it_stands(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    stands = {"kind": "home_service", "money": 0, "minutes": 45}
    correct_record(desk, entry(), *record, stands, REASON)
    assert desk.load(Visit, record[0]).standing(record[1]).facts.minutes == 45


def test_words_stay_those_of_whom_they_were_about_and_for_their_purpose(
    desk: MemoryDesk, record: tuple[Id, Id]
) -> None:
    note = {"person": WORKER, "purpose": "casework", "text": "谈话"}
    correct_record(desk, entry(), *record, {"note": note}, REASON)
    with refused("private.other_purpose", "facts.note.purpose"):
        correct_record(desk, entry(), *record, {"note": note | {"purpose": "contact"}}, REASON)
    with refused("own_words.other_person", "facts.note"):
        correct_record(desk, entry(), *record, {"note": note | {"person": NOBODY}}, REASON)
    correct_record(desk, entry(), *record, {"note": note | {"text": "谈了很久"}}, REASON)


def serving(desk: MemoryDesk, *whom: Attendance, words_of: Id) -> tuple[Id, Id]:
    """Record a service to some, with words that were noted about one person."""
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=whom)
    made = record_visit(desk, entry(), SCOPE, facts)
    correct_record(desk, entry(), made.stream, made.events[0], noted(words_of), REASON)
    return made.stream, made.events[0]


def noted(person: Id) -> dict[str, Any]:
    return {"note": {"person": person, "purpose": "casework", "text": "谈了很久"}}


def test_words_about_who_was_not_there_may_become_those_of_who_was() -> None:
    desk, (first, second) = Street(), PEOPLE[:2]
    there = (Attendance(person=first), Attendance(person=second))
    record = serving(desk, *there, words_of=first)
    right = {"attendance": [{"person": second}], **noted(second)}
    correct_record(desk, entry(), *record, right, REASON)
    assert desk.load(Visit, record[0]).standing(record[1]).facts.note.person == second


def test_words_about_a_stranger_become_those_of_nobody_who_was_there_all_along() -> None:
    desk, somebody = Street(), PEOPLE[0]
    record = serving(desk, SOMEBODY, words_of=WORKER)
    correct_record(desk, entry(), *record, {"attendance": [{"person": somebody}]}, REASON)
    with refused("own_words.other_person", "facts.note"):
        correct_record(desk, entry(), *record, noted(somebody), REASON)


def test_a_field_that_comes_sealed_is_refused(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    note = {"person": WORKER, "purpose": "casework", "sealed": "AAAA"}
    with refused("record.sealed_sent", "facts.note"):
        correct_record(desk, entry(), *record, {"note": note}, REASON)


def test_a_duplicate_names_a_record_that_there_is(desk: MemoryDesk, record: tuple[Id, Id]) -> None:
    twice = Reason(code="duplicate", text="同一次服务重复录入", duplicate_of=NOBODY)
    with refused("record.nothing_kept", "duplicate_of"):
        void_record(desk, entry(), *record, twice)


def test_the_trail_tells_what_was_done_to_a_record_and_why(
    desk: MemoryDesk, record: tuple[Id, Id]
) -> None:
    correct_record(desk, entry(), *record, {"minutes": 45}, REASON)
    void_record(desk, entry(), *record, Reason(code="wrong_person", text="不是这位服务对象"))
    steps = [row for row in told((audit,), desk.log).rows(AUDIT) if row["record"] == record[1]]
    assert {(row["change"], row["reason_code"]) for row in steps} == {
        ("written", None),
        ("corrected", REASON.code),
        ("voided", "wrong_person"),
    }


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


# Moved to an earlier day


def moved(desk: MemoryDesk, record: tuple[Id, Id], back: int, **said: Any) -> None:
    """Move a record some days back, on the day on which it was written."""
    earlier = Occurred(start=at(TODAY - timedelta(days=back)), precision="day")
    correct_record(desk, entry(**said), *record, {}, REASON, earlier)


@pytest.mark.parametrize(
    ("back", "said", "code", "field"),
    [
        (4, {}, "entry.late_without_reason", "late_reason"),
        (31, {"late_reason": "日期写错"}, "entry.late_without_approval", "approved_by"),
    ],
)
def test_an_earlier_day_needs_what_writing_late_needs(
    desk: MemoryDesk, record: tuple[Id, Id], back: int, said: dict[str, Any], code: str, field: str
) -> None:
    with refused(code, field):
        moved(desk, record, back, **said)


@pytest.mark.parametrize(
    ("back", "said", "late"),
    [
        (3, {}, False),
        (4, {"late_reason": "日期写错"}, True),
        (31, {"late_reason": "日期写错", "approved_by": NOBODY}, True),
    ],
)
def test_an_earlier_day_is_shown_as_late(
    desk: MemoryDesk, record: tuple[Id, Id], back: int, said: dict[str, Any], late: bool
) -> None:
    moved(desk, record, back, **said)
    wrote, corrected = told((audit,), desk.log).rows(AUDIT, order=("position",))
    assert (wrote["late"], wrote["lag_days"]) == (False, 0)
    assert (corrected["late"], corrected["lag_days"]) == (late, back)


def test_a_later_day_needs_no_reason_for_being_late(desk: MemoryDesk) -> None:
    written = at(TODAY + timedelta(days=10))
    long_ago = entry(TODAY, now=written, late_reason="漏记")
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(SOMEBODY,))
    made = record_visit(desk, long_ago, SCOPE, facts)
    later = Occurred(start=at(TODAY + timedelta(days=1)), precision="day")
    correct_record(desk, entry(written), made.stream, made.events[0], {}, REASON, later)
    wrote, corrected = told((audit,), desk.log).rows(AUDIT, order=("position",))
    assert (wrote["late"], corrected["late"]) == (True, False)
