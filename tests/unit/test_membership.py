"""Who belongs to a priority group, from which day to which."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.attending import attend
from domain.counting import Attendance
from domain.person import Person
from domain.registering import leave_group, note_about, note_past_membership
from domain.registry import PriorityGroupJoined, PriorityGroupLeft
from projections.person import MEMBERSHIP, persons
from tests.folding import told
from tests.register import ELDER, register
from tests.station import TODAY, MemoryDesk, entry, refused

DAY = timedelta(days=1)
YESTERDAY, TOMORROW = TODAY - DAY, TODAY + DAY


@pytest.fixture
def desk() -> MemoryDesk:
    """A desk where an elder of 68 is registered."""
    desk = MemoryDesk()
    register(desk)
    return desk


def elder(desk: MemoryDesk) -> Person:
    return desk.load(Person, ELDER)


def joined(group: str = "living_alone", begins: date = YESTERDAY) -> PriorityGroupJoined:
    return PriorityGroupJoined(group=group, basis="assessment", begins=begins)  # type: ignore[arg-type]


def test_membership_is_held_by_day_with_both_ends(desk: MemoryDesk) -> None:
    note_about(desk, entry(), ELDER, joined(begins=TODAY - 10 * DAY))
    leave_group(desk, entry(), ELDER, "living_alone", TODAY - 5 * DAY)
    days = [TODAY - n * DAY for n in (11, 10, 5, 4)]
    assert [elder(desk).groups_on(day) for day in days] == [
        (),
        ("living_alone",),
        ("living_alone",),
        (),
    ]


def test_memberships_of_one_group_do_not_overlap(desk: MemoryDesk) -> None:
    note_about(desk, entry(), ELDER, joined())
    for begins in (YESTERDAY - 10 * DAY, YESTERDAY, TOMORROW):
        with refused("registry.membership_overlaps", "begins"):
            note_about(desk, entry(max(begins, TODAY)), ELDER, joined(begins=begins))
    note_about(desk, entry(), ELDER, joined("empty_nest"))
    leave_group(desk, entry(), ELDER, "living_alone", TODAY)
    with refused("registry.membership_overlaps", "begins"):
        note_about(desk, entry(), ELDER, joined(begins=TODAY))
    note_about(desk, entry(TOMORROW), ELDER, joined(begins=TOMORROW))
    assert elder(desk).groups_on(TOMORROW) == ("empty_nest", "living_alone")
    late = entry(YESTERDAY - DAY, now=entry(TOMORROW).now)
    (then,) = attend(desk, late, (Attendance(person=ELDER),))
    assert then.groups == ()


def test_a_membership_that_is_over_is_noted_after_a_later_one_and_overlaps_none(
    desk: MemoryDesk,
) -> None:
    first, last = YESTERDAY - 30 * DAY, YESTERDAY - 10 * DAY
    note_about(desk, entry(), ELDER, joined())
    past = joined(begins=first)
    for ends in (YESTERDAY, TODAY):
        with refused("registry.membership_overlaps", "begins"):
            note_past_membership(desk, entry(), ELDER, past, ends)
    with refused("registry.ends_before_begins", "ends"):
        note_past_membership(desk, entry(), ELDER, past, first - DAY)
    note_past_membership(desk, entry(), ELDER, past, last)
    days = (first - DAY, first, last, last + DAY, YESTERDAY, TODAY)
    groups = [elder(desk).groups_on(day) == ("living_alone",) for day in days]
    assert groups == [False, True, True, False, True, True]
    with refused("registry.membership_overlaps", "begins"):
        note_past_membership(desk, entry(), ELDER, joined(begins=last), last + DAY)
    leave_group(desk, entry(), ELDER, "living_alone", TODAY)
    assert desk.facts(ELDER)[-1] == PriorityGroupLeft(
        group="living_alone", begins=YESTERDAY, ends=TODAY
    )
    rows = told((persons,), desk.log).rows(MEMBERSHIP)
    assert {(row["begins"], row["ends"]) for row in rows} == {(first, last), (YESTERDAY, TODAY)}


def test_only_a_group_that_is_held_is_left_and_not_before_it_began(desk: MemoryDesk) -> None:
    with refused("registry.not_a_member", "group"):
        leave_group(desk, entry(), ELDER, "living_alone", TODAY)
    note_about(desk, entry(), ELDER, joined())
    with refused("registry.ends_before_begins", "ends"):
        leave_group(desk, entry(), ELDER, "living_alone", YESTERDAY - DAY)
    leave_group(desk, entry(), ELDER, "living_alone", YESTERDAY)
    assert desk.facts(ELDER)[-1] == PriorityGroupLeft(
        group="living_alone", begins=YESTERDAY, ends=YESTERDAY
    )


def test_a_membership_recorded_by_mistake_was_never_held(desk: MemoryDesk) -> None:
    note_about(desk, entry(), ELDER, joined())
    leave_group(desk, entry(), ELDER, "living_alone", TODAY, "entry_error")
    assert elder(desk).groups_on(YESTERDAY) == ()
    note_about(desk, entry(), ELDER, joined())


def test_advanced_age_follows_from_the_birth_and_is_never_recorded(desk: MemoryDesk) -> None:
    with refused("registry.age_group_derived", "group"):
        note_about(desk, entry(), ELDER, joined("advanced_age"))
    eighty = date(2029, 12, 31)
    assert elder(desk).groups_on(eighty - DAY) == ()
    assert elder(desk).groups_on(eighty) == ("advanced_age",)


def test_nobody_is_in_a_group_before_birth(desk: MemoryDesk) -> None:
    with refused("registry.before_birth", "begins"):
        note_about(desk, entry(), ELDER, joined(begins=date(1949, 12, 30)))
    note_about(desk, entry(), ELDER, joined(begins=date(1949, 12, 31)))


def test_nobody_joins_a_group_in_the_future(desk: MemoryDesk) -> None:
    with refused("registry.in_future", "begins"):
        note_about(desk, entry(), ELDER, joined(begins=TOMORROW))
