"""Writing late by an operator's own policy: what is asked, and what is told of as late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.clock import at
from domain.corrections import correct_record
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import Occurred, Reason
from domain.policy import PolicyAdopted, RecordingPolicy, adopt_policy
from domain.refusals import Refusal
from domain.visit import HomeVisitAttempted, record_attempt
from projections.audit import AUDIT, audit
from tests.casework import CLIENT, COLLEAGUE, CaseworkDesk, days
from tests.folding import told
from tests.station import LATE, SCOPE, TODAY, WORKER, entry, principal, refused

STRICT = RecordingPolicy(reason_after=0, approval_after=2)
PATIENT = RecordingPolicy(reason_after=10, approval_after=60)
ATTEMPT = HomeVisitAttempted(person=CLIENT, workers=(WORKER,), outcome="away")
WHY = Reason(code="wrong_time", text="日期录入错误")


def adopted(terms: RecordingPolicy, begins: date = TODAY) -> CaseworkDesk:
    """Return a desk whose operator has adopted how late its records may be."""
    desk = CaseworkDesk()
    worker, desk.principal = desk.principal, principal("supervisor", COLLEAGUE)
    facts = PolicyAdopted(terms=terms, begins=begins, reason="机构制度修订")
    adopt_policy(desk, entry(principal=desk.principal), SCOPE, facts)
    desk.principal = worker
    return desk


def late(number: int, day: date = TODAY, **said: Any) -> Entry:
    """Return how something of a day is written down so many days later."""
    return entry(day, now=at(day) + timedelta(days=number), **said)


def attempt(desk: CaseworkDesk, how: Entry) -> Receipt:
    desk.stand_up()
    return record_attempt(desk, how, SCOPE, ATTEMPT)


def last(desk: CaseworkDesk) -> dict[str, Any]:
    """Return what the audit list says of the last event."""
    *_, row = told((audit,), desk.log).rows(AUDIT, order=("position",))
    return row


def test_a_stricter_operator_asks_sooner_and_shows_sooner_as_late() -> None:
    desk = adopted(STRICT)
    attempt(desk, late(0))
    assert last(desk)["late"] is False
    with refused("entry.late_without_reason", "late_reason"):
        attempt(desk, late(1))
    attempt(desk, late(2, late_reason="村里没有网络"))
    assert (last(desk)["late"], desk.log[-1].late_after) == (True, 0)
    with refused("entry.late_without_approval", "approved_by"):
        attempt(desk, late(3, late_reason="村里没有网络"))
    attempt(desk, late(3, **LATE))


def test_a_more_patient_operator_asks_later() -> None:
    desk = adopted(PATIENT)
    attempt(desk, late(10))
    assert (last(desk)["late"], last(desk)["lag_days"]) == (False, 10)
    with refused("entry.late_without_reason"):
        attempt(desk, late(11))
    attempt(desk, late(60, late_reason="外出培训"))
    with refused("entry.late_without_approval"):
        attempt(desk, late(61, late_reason="外出培训"))


def test_it_goes_by_the_version_of_the_day_on_which_it_happened() -> None:
    desk = adopted(STRICT, days(5))
    attempt(desk, late(3, days(4)))
    assert (last(desk)["late"], desk.log[-1].late_after) == (False, None)
    with refused("entry.late_without_reason"):
        attempt(desk, late(3, days(5)))


def test_the_refusal_says_how_long_a_record_may_wait_and_by_which_version() -> None:
    desk = adopted(PATIENT)
    with pytest.raises(Refusal) as caught:
        attempt(desk, late(12))
    assert caught.value.details == {"days": 12, "limit": 10, "policy": 1, "least": 2}
    assert "至少 2 个字" in caught.value.text("zh")
    assert "at least 2 characters" in caught.value.text("en")
    assert "超过 10 天" in caught.value.text("zh")
    assert "version 1" in caught.value.text("en")


def test_a_correction_that_moves_a_record_back_goes_by_the_policy_too() -> None:
    desk = adopted(STRICT)
    made = attempt(desk, entry(days(9)))
    earlier = Occurred(start=at(days(8)), precision="day")
    desk.stand_up()
    with refused("entry.late_without_reason", "late_reason"):
        correct_record(desk, entry(days(9)), made.stream, made.events[0], {}, WHY, earlier)
    said = entry(days(9), late_reason="日期写错")
    correct_record(desk, said, made.stream, made.events[0], {}, WHY, earlier)
    assert (last(desk)["late"], last(desk)["lag_days"]) == (True, 1)


MONTH = Occurred(start=at(date(2018, 10, 1), 0), precision="month")
WEEKS = Occurred(start=at(date(2018, 10, 1), 9), end=at(date(2018, 10, 19), 17), precision="range")
BEGUN = Occurred(start=at(date(2018, 10, 19), 9), precision="range")
UNSAID = Occurred(start=at(date(2018, 10, 19), 9), precision="unknown")
CAMP = Occurred(start=at(date(2018, 10, 19), 9), end=at(date(2018, 10, 22), 17))


def told_on(day: date, when: Occurred, **said: Any) -> Entry:
    """Return how something is written down on a day, of a time that is known so far."""
    return replace(entry(day, **said), occurred=when)


@pytest.mark.parametrize(
    ("when", "day", "lag"),
    [
        (MONTH, date(2018, 10, 26), 0),
        (MONTH, date(2018, 10, 31), 0),
        (MONTH, date(2018, 11, 3), 3),
        (MONTH, date(2018, 11, 4), 4),
        (replace(MONTH, end=at(date(2018, 11, 2), 0)), date(2018, 12, 4), 4),
        (WEEKS, date(2018, 10, 22), 3),
        (WEEKS, date(2018, 10, 23), 4),
        (BEGUN, date(2018, 10, 23), 4),
        (UNSAID, date(2018, 10, 23), 4),
        (CAMP, date(2018, 10, 23), 4),
    ],
)
def test_lateness_is_reckoned_from_the_last_day_that_a_stated_span_can_mean(
    when: Occurred, day: date, lag: int
) -> None:
    desk = CaseworkDesk()
    if lag > 3:
        with refused("entry.late_without_reason", "late_reason"):
            attempt(desk, told_on(day, when))
    attempt(desk, told_on(day, when, **(LATE if lag > 3 else {})))
    assert (last(desk)["late"], last(desk)["lag_days"]) == (lag > 3, lag)
    assert last(desk)["day"] == when.day


@pytest.mark.parametrize(
    ("first", "then", "lag"),
    [(entry(TODAY).occurred, MONTH, 0), (MONTH, WEEKS, 7), (MONTH, UNSAID, 7), (WEEKS, MONTH, 0)],
)
def test_what_a_correction_leaves_open_is_not_late(
    first: Occurred, then: Occurred, lag: int
) -> None:
    """Moved back is only what could have been later, as it was told until then."""
    desk = CaseworkDesk()
    made = attempt(desk, told_on(TODAY, first, **LATE))
    desk.stand_up()
    if lag > 3:
        with refused("entry.late_without_reason", "late_reason"):
            correct_record(desk, entry(TODAY), made.stream, made.events[0], {}, WHY, then)
    said = LATE if lag > 3 else {}
    correct_record(desk, entry(TODAY, **said), made.stream, made.events[0], {}, WHY, then)
    assert (last(desk)["late"], last(desk)["lag_days"]) == (lag > 3, lag)


def test_an_operator_asks_sooner_of_a_month_that_is_over_too() -> None:
    desk = adopted(STRICT, date(2018, 10, 31))
    attempt(desk, told_on(date(2018, 10, 31), MONTH))
    with refused("entry.late_without_reason", "late_reason"):
        attempt(desk, told_on(date(2018, 11, 1), MONTH))
