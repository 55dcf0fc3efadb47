"""户, 户次, 人次 and 人数 of one record (glossary, counting rules 2, 3 and 12)."""

from __future__ import annotations

import pytest

from domain.counting import (
    Allocation,
    Attendance,
    Counted,
    Measure,
    Occurrence,
    anonymous_person_times,
    contributions,
    household_times,
    households,
    uncertain,
)
from domain.identity import derived_id
from domain.visit import HomeServiceDelivered, HomeVisitMade, PhoneContactMade

HERE, THERE = derived_id("household here"), derived_id("household there")
WANG = Attendance(person=derived_id("王"), household=HERE, groups=("living_alone",))
LI = Attendance(person=derived_id("李"), household=THERE)
UNNAMED = Attendance(count=3, role="family")
HELPER = Attendance(count=2, role="volunteer")
INDICATOR = derived_id("indicator")


def counted(facts: Occurrence, measure: Measure, *groups: str, roles: tuple[str, ...] = ()) -> int:
    """Return what a record adds to an indicator of this measure."""
    allocation = Allocation(indicator=INDICATOR, measure=measure, roles=roles, groups=groups)
    return sum(amount for _, amount in contributions(facts, allocation))


def doubted(facts: Occurrence, measure: Measure, roles: tuple[str, ...] = ()) -> tuple[int, int]:
    """Return who came unnamed besides, and what of the amount is estimated."""
    return uncertain(facts, Allocation(indicator=INDICATOR, measure=measure, roles=roles))


@pytest.mark.parametrize("kind", [HomeVisitMade, HomeServiceDelivered, PhoneContactMade])
def test_a_contact_at_one_door_is_one_household_time_whoever_was_there(
    kind: type[Occurrence],
) -> None:
    """Given a visit at a door where only the people of another household are met,
    when it is counted, then it is one 户次, of the door, and a 人次 for each."""
    facts = kind(kind="visit", household=THERE, attendance=(WANG,))
    assert counted(facts, "household_times") == 1
    assert households(facts) == (THERE,)
    assert counted(facts, "person_times") == 1


def test_a_contact_that_names_no_door_is_with_the_household_of_whom_it_met_first() -> None:
    facts = HomeVisitMade(kind="home_visit", attendance=(WANG, LI))
    assert counted(facts, "household_times") == 1
    assert households(facts) == (HERE,)
    assert counted(facts, "person_times") == 2


def test_a_contact_with_a_household_in_no_register_is_a_household_time_and_no_household() -> None:
    facts = HomeVisitMade(kind="home_visit", attendance=(Attendance(person=derived_id("王")),))
    assert counted(facts, "household_times") == 1
    assert counted(facts, "households") == 0


@pytest.mark.parametrize("kind", [HomeVisitMade, HomeServiceDelivered, PhoneContactMade])
def test_a_contact_that_names_nobody_is_one_household_time_and_no_person_times(
    kind: type[Occurrence],
) -> None:
    """Given three people at a door whom nobody named, when they are counted, then none is."""
    facts = kind(kind="visit", household=HERE, attendance=(UNNAMED, HELPER))
    assert counted(facts, "household_times") == 1
    assert (counted(facts, "person_times"), doubted(facts, "persons")) == (0, (0, 0))
    assert counted(facts, "person_times", roles=("volunteer",)) == 2


def test_where_one_at_a_door_is_named_all_who_were_there_are_counted() -> None:
    facts = HomeVisitMade(kind="home_visit", household=HERE, attendance=(WANG, UNNAMED))
    assert counted(facts, "person_times") == 4
    assert (counted(facts, "persons"), doubted(facts, "persons")) == (1, (3, 0))


def test_of_people_who_were_counted_and_not_named_only_a_range_is_known() -> None:
    """Rule 2: they cannot be told apart, so they are no persons, and said to have come besides."""
    facts = Occurrence(kind="activity", attendance=(WANG, LI, UNNAMED, HELPER))
    assert (counted(facts, "persons"), doubted(facts, "persons")) == (2, (3, 0))
    assert (counted(facts, "person_times"), doubted(facts, "person_times")) == (5, (0, 0))
    assert doubted(facts, "times") == (0, 0)


def test_of_person_times_those_estimated_are_told() -> None:
    """Rule 12: a sum of which a part is an estimate is one itself."""
    crowd = Attendance(count=30, role="resident", source="estimated")
    by_hand = Attendance(count=5, role="resident", source="counted")
    gone = Attendance(count=7, status="absent", source="estimated")
    facts = Occurrence(kind="activity", attendance=(WANG, crowd, by_hand, gone))
    assert (counted(facts, "person_times"), doubted(facts, "person_times")) == (36, (0, 30))
    assert anonymous_person_times(facts.attendance) == 35
    assert doubted(facts, "person_times", roles=("family",)) == (0, 0)


def test_an_activity_reaches_each_household_of_those_present_once() -> None:
    brother = Attendance(person=derived_id("王弟"), household=HERE)
    absent = Attendance(person=derived_id("赵"), household=derived_id("third"), status="absent")
    helper = Attendance(person=derived_id("义"), household=derived_id("fourth"), role="volunteer")
    facts = Occurrence(kind="activity", attendance=(WANG, brother, LI, absent, helper, UNNAMED))
    assert households(facts) == (HERE, THERE)
    assert household_times(facts) == counted(facts, "households") == 2
    assert counted(facts, "person_times") == 6


def test_of_population_groups_only_their_households_are_counted() -> None:
    facts = Occurrence(kind="activity", attendance=(WANG, LI))
    assert counted(facts, "household_times", "living_alone") == 1
    assert counted(facts, "households", "living_alone") == 1
    assert counted(facts, "household_times", "disabled") == 0
    assert counted(facts, "persons", "disabled", "living_alone") == 1


def test_work_that_names_nobody_present_is_no_groups() -> None:
    """given a case that was opened / when an indicator counts a population group / then it adds
    nothing there, since nobody says who came."""
    facts = Counted(kind="case_opened")
    for groups in ((), ("living_alone",)):
        allocation = Allocation(indicator=INDICATOR, measure="times", groups=groups)
        assert contributions(facts, allocation) == (() if groups else (("", 1),))
