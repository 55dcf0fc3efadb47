"""AL-01: when a case counts as left alone, and what puts an end to that."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.contact_rule import (
    Contact,
    FollowedCase,
    Time,
    as_of,
    ended_by,
    is_late,
    look,
    silence,
)
from domain.identity import Id, new_id

MONDAY = date(2018, 10, 1)
STEP = new_id()


def day(number: int) -> date:
    """The day so many days after the opening."""
    return MONDAY + timedelta(days=number)


def contact(on: int, recorded: int | None = None, changed: Id | None = None) -> Contact:
    event = new_id()
    written = day(on if recorded is None else recorded)
    return Contact(
        event=event, day=day(on), latest=day(on), recorded=written, changed=changed or event
    )


OPENING = contact(0)


def case(*contacts: Contact, **more: Any) -> FollowedCase:
    given: dict[str, Any] = {
        "case": new_id(),
        "stage": "intervening",
        "suspended": False,
        "step": STEP,
        "openings": (OPENING,),
    }
    return FollowedCase(**given | more, contacts=contacts)


def overdue_from(followed: FollowedCase, days: int = 7) -> int | None:
    """The first day on which it is overdue, in days after the opening."""
    found = silence(followed, days)
    if found is None:
        return None
    return next(n for n in range(1000) if found.overdue_on(day(n)))


def test_seven_days_are_in_time_and_the_eighth_is_not() -> None:
    assert overdue_from(case()) == 8
    assert overdue_from(case(contact(5))) == 13


def test_the_latest_contact_counts_in_whatever_order_they_were_written() -> None:
    assert overdue_from(case(contact(9), contact(3), contact(6))) == 17


def test_a_contact_of_which_only_the_month_is_known_is_no_later_than_its_first_day() -> None:
    some_day = msgspec.structs.replace(contact(2), latest=day(30))
    assert overdue_from(case(some_day)) == 10
    assert overdue_from(case(some_day, contact(5))) == 13


def test_other_thresholds_hold_where_the_operator_set_them() -> None:
    assert overdue_from(case(), days=14) == 15


def test_the_episode_is_named_after_the_contact_it_began_with() -> None:
    met = contact(3)
    first, then = silence(case(), 7), silence(case(met), 7)
    assert first is not None
    assert then is not None
    assert (first.last.event, then.last.event) == (OPENING.event, met.event)
    again = contact(60)
    interview = contact(60)
    reopened = silence(case(interview, openings=(OPENING, again)), 7)
    assert reopened is not None
    assert reopened.last == interview


@pytest.mark.parametrize("stage", ["received", "evaluated", "closed", "archived", "withdrawn"])
def test_a_case_that_is_not_worked_on_is_not_followed(stage: str) -> None:
    assert silence(case(stage=stage), 7) is None


@pytest.mark.parametrize("stage", ["accepted", "assessed", "planned", "intervening"])
def test_from_acceptance_to_intervention_it_is(stage: str) -> None:
    assert silence(case(stage=stage), 7) is not None


def test_while_it_rests_it_is_not_followed_and_the_days_of_rest_do_not_count() -> None:
    assert silence(case(suspended=True, rests=(Time(begin=day(4)),)), 7) is None
    assert overdue_from(case(rests=(Time(begin=day(4), end=day(24)),))) == 28


def test_a_rest_before_the_last_contact_changes_nothing() -> None:
    assert overdue_from(case(contact(30), rests=(Time(begin=day(4), end=day(24)),))) == 38
    assert overdue_from(case(contact(20), rests=(Time(begin=day(4), end=day(24)),))) == 32


@pytest.mark.parametrize(
    ("spans", "rested"),
    [
        (((2, 12), (4, 10)), 10),  # one within the other, in whatever order they were written
        (((4, 10), (2, 12)), 10),
        (((2, 6), (4, 10)), 8),
        (((2, 4), (4, 6)), 4),
        (((2, 4), (2, 4)), 2),
        (((5, 3), (6, 8)), 2),  # an end before its begin, as could once be written
    ],
)
def test_a_day_on_which_it_rested_twice_over_is_one_day(
    spans: tuple[tuple[int, int], ...], rested: int
) -> None:
    rests = [Time(begin=day(begin), end=day(end)) for begin, end in spans]
    assert overdue_from(case(rests=rests)) == 8 + rested


def test_a_reopened_case_begins_anew() -> None:
    again = contact(60)
    followed = case(contact(2), openings=(OPENING, again))
    found = silence(followed, 7)
    assert found is not None
    assert found.last == again
    assert overdue_from(followed) == 68


def test_a_past_day_is_told_by_what_had_happened_by_then() -> None:
    """given a case that was met, rested, closed and reopened / when asked of each day."""
    early, late, again = contact(3), contact(9), contact(60)
    void = msgspec.structs.replace(contact(5), void=True)
    followed = case(
        early, void, late, openings=(OPENING, again),
        rests=(Time(begin=day(4), end=day(6)), Time(begin=day(12), end=day(20))),
        times=(Time(begin=day(0), end=day(50)), Time(begin=day(60))),
        evaluations=(Time(begin=day(40), end=day(50)),),
    )  # fmt: skip

    def told(on: int) -> tuple[Id, int] | None:
        found = silence(as_of(followed, day(on)), 7)
        return None if found is None else (found.last.event, (found.due - MONDAY).days)

    assert [told(on) for on in (0, 3)] == [(OPENING.event, 7), (early.event, 10)]
    assert [told(on) for on in (6, 8)] == [(early.event, 12)] * 2
    assert [told(on) for on in (9, 11)] == [(late.event, 16)] * 2
    assert told(20) == (late.event, 24)
    assert [told(on) for on in (5, 12, 40, 50, 59)] == [None] * 5
    assert told(60) == (again.event, 67)


def test_a_case_that_was_opened_in_error_is_not_followed() -> None:
    assert silence(case(openings=(msgspec.structs.replace(OPENING, void=True),)), 7) is None


def test_it_ends_by_the_next_contact_a_step_or_a_correction() -> None:
    met = contact(10)
    assert ended_by(case(met), OPENING.event, day(0)) == (met.event, met)
    assert ended_by(case(stage="closed"), OPENING.event, day(0)) == (STEP, None)
    assert ended_by(case(suspended=True), OPENING.event, day(0)) == (STEP, None)
    correction = new_id()
    moved = contact(4, changed=correction)
    assert ended_by(case(moved), moved.event, day(2)) == (correction, None)
    of_another_case_by_now = new_id()
    assert ended_by(case(met), of_another_case_by_now, day(4)) == (met.event, met)


def test_where_its_beginning_is_set_right_no_contact_from_before_ended_it() -> None:
    correction, before = new_id(), contact(2)
    earlier = contact(1, recorded=5, changed=correction)
    for since in (5, 2):
        assert ended_by(case(before, earlier), earlier.event, day(since)) == (correction, None)


def test_it_ends_by_a_step_where_nothing_but_the_case_has_changed() -> None:
    met, again = contact(3), contact(20)
    rested = (Time(begin=day(4), end=day(24)),)
    assert ended_by(case(met, rests=rested), met.event, day(3)) == (STEP, None)
    reopened = case(met, openings=(OPENING, again))
    assert ended_by(reopened, met.event, day(3)) == (again.event, None)


def test_a_void_contact_counts_for_nothing_and_its_voiding_ends_what_it_began() -> None:
    voiding = new_id()
    void = msgspec.structs.replace(contact(5, changed=voiding), void=True)
    assert overdue_from(case(void)) == 8
    assert ended_by(case(void), void.event, day(5)) == (voiding, None)


@pytest.mark.parametrize(
    ("on", "recorded", "raised", "late"),
    [
        (9, 9, 8, False),  # made and written after the alarm
        (9, 12, 8, False),  # written within three days
        (9, 13, 8, True),  # written later than that
        (6, 9, 8, True),  # had been made before anyone was alarmed
        (6, 8, 8, True),  # and was written on the very day
        (8, 8, 8, False),  # made on the day of the alarm
    ],
)
def test_what_was_written_down_late_is_marked(
    on: int, recorded: int, raised: int, late: bool
) -> None:
    assert is_late(contact(on, recorded), day(raised)) is late


def test_a_contact_of_which_only_the_month_is_known_is_late_by_the_months_end() -> None:
    some_day = msgspec.structs.replace(contact(0, recorded=33), latest=day(30))
    assert not is_late(some_day, day(8))
    assert is_late(some_day, day(31))
    assert is_late(msgspec.structs.replace(some_day, recorded=day(34)), day(8))


def test_what_is_late_is_what_the_operator_calls_late() -> None:
    patient = msgspec.structs.replace(contact(9, 13), late_after=10)
    assert not is_late(patient, day(8))
    assert is_late(msgspec.structs.replace(contact(9, 11), late_after=1), day(8))


def test_what_is_overdue_asks_for_one_alert_and_what_is_not_ends_those_that_stand() -> None:
    met = contact(3)
    left = case(met)
    assert look(left, 7, day(10), ()) == ((), None)
    assert look(left, 7, day(11), ()) == ((), silence(left, 7))
    assert look(left, 7, day(11), (met.event,)) == ((), None)
    assert look(left, 7, day(11), (OPENING.event,)) == ((OPENING.event,), silence(left, 7))
    assert look(left, 7, day(10), (met.event,)) == ((met.event,), None)
    assert look(left, 7, day(11), (), (OPENING.event,)) == ((), silence(left, 7))
    assert look(case(met, stage="closed"), 7, day(11), (met.event,)) == ((met.event,), None)


def test_a_silence_is_one_however_many_contacts_there_were_on_the_day_that_it_began() -> None:
    met, later = contact(3), contact(3, recorded=12)
    void = msgspec.structs.replace(met, void=True)
    for left in (case(met, later), case(later, met), case(void, later)):
        assert look(left, 7, day(12), (met.event,), (met.event,)) == ((), None)
        again = look(left, 7, day(12), (), (met.event, later.event))
        assert again[1] is not None
        assert again[1].last.event == met.event


def test_the_intake_interview_of_the_day_of_opening_begins_no_other_silence() -> None:
    interview = contact(0, recorded=9)
    assert look(case(interview), 7, day(9), (OPENING.event,), (OPENING.event,)) == ((), None)
