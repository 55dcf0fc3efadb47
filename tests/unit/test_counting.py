"""户, 户次 and 人次 of one record (glossary, counting rule 3)."""

from __future__ import annotations

import pytest

from domain.counting import (
    Allocation,
    Attendance,
    Measure,
    Occurrence,
    contributions,
    household_times,
    households,
)
from domain.identity import derived_id
from domain.visit import HomeServiceDelivered, HomeVisitMade, PhoneContactMade

HERE, THERE = derived_id("household here"), derived_id("household there")
WANG = Attendance(person=derived_id("王"), household=HERE, groups=("living_alone",))
LI = Attendance(person=derived_id("李"), household=THERE)
UNNAMED = Attendance(count=3, role="family")


def counted(facts: Occurrence, measure: Measure, *groups: str) -> int:
    """Return what a record adds to an indicator of this measure."""
    allocation = Allocation(indicator=derived_id("indicator"), measure=measure, groups=groups)
    return sum(amount for _, amount in contributions(facts, allocation))


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


def test_a_contact_at_which_people_were_counted_and_not_named_is_one_household_time() -> None:
    facts = HomeVisitMade(kind="home_visit", household=HERE, attendance=(UNNAMED,))
    assert counted(facts, "household_times") == 1
    assert counted(facts, "person_times") == 3


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
