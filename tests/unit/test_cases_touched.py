"""Which cases are looked at again for AL-01 when something is recorded."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from domain.alert import Alert, AlertRaised
from domain.counting import Attendance
from domain.event import AnyEvent, Effective, Reason
from domain.identity import derived_id
from domain.visit import HomeServiceDelivered, Visit
from tests.concerns import CONCERN
from tests.station import SCOPE, entry
from workers.case import CHECK_CASE, cases_touched

WRONG = Reason(code="entry_error", text="记到了另一个个案")


def decided(**more: Any) -> AnyEvent:
    facts = AlertRaised(concern=replace(CONCERN, **more))
    (event,) = Alert.start(entry(), SCOPE, facts).collect_events()
    return event


def test_a_case_is_looked_at_once_more_when_its_own_alert_was_decided_on() -> None:
    """What that rested on may have changed while it was being recorded."""
    assert cases_touched(decided()) == (CONCERN.subject,)
    assert cases_touched(decided(rule="AL-15")) is None
    task = CHECK_CASE.asked_by(decided(), position=7)
    assert task is not None
    assert (task.subjects, task.position) == ((CONCERN.subject,), 7)


def test_a_contact_that_turns_out_to_be_of_another_case_concerns_both() -> None:
    one, other = derived_id("one case"), derived_id("another case")
    there = (Attendance(role="resident"),)
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=there, case=one)
    visit = Visit.start(entry(), SCOPE, facts)
    (made,) = visit.collect_events()
    after = Effective(occurred=made.occurred, facts=replace(facts, case=other))
    visit.correct(entry(), made.id, after, WRONG)
    visit.correct(entry(), made.id, replace(after, facts=replace(after.facts, minutes=41)), WRONG)
    visit.void(entry(), made.id, WRONG)
    moved, lengthened, voided = visit.collect_events()
    assert cases_touched(made) == (one,)
    assert cases_touched(moved) == (one, other)
    assert cases_touched(lengthened) == cases_touched(voided) == (other,)


def test_work_that_is_of_no_case_brings_no_case_nearer_to_an_alert() -> None:
    facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(Attendance(),))
    (event,) = Visit.start(entry(), SCOPE, facts).collect_events()
    assert cases_touched(event) is None
