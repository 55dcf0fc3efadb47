"""Who lives together, on the household's record and on each member's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.attending import attend
from domain.case import Case
from domain.case_commands import open_case
from domain.clock import at
from domain.corrections import correct_record
from domain.counting import Attendance
from domain.event import Effective, Occurred, Reason
from domain.household import (
    HardshipAssessed,
    Household,
    HouseholdDissolved,
    HouseholdFormed,
    HouseholdHeadChanged,
    MemberAdded,
    MemberLeft,
    add_member,
    assess_hardship,
    change_head,
    dissolve_household,
    form_household,
    remove_member,
)
from domain.identifying import merge_persons
from domain.identity import Id, derived_id
from domain.person import Person
from domain.private import Private
from domain.registering import note_about
from domain.registry import HouseholdLeft, PersonDied, PersonsMerged
from domain.visit import HomeServiceDelivered, Visit, record_visit
from projections.household import MEMBER, households
from projections.person import PERSON, persons
from tests.casework import opening
from tests.folding import told
from tests.register import CHILD, ELDER, OTHER, register, register_child
from tests.station import LATE, SCOPE, STATION, TODAY, MemoryDesk, entry, refused

HOME, SECOND_HOME = derived_id("home"), derived_id("second home")
THIRD, THIRD_HOME = derived_id("third"), derived_id("third home")
DAY = timedelta(days=1)
FORMED = TODAY - 10 * DAY
REASON = Reason(code="entry_error", text="录入时看错了")


def formed(head: Id = ELDER, **facts: Any) -> HouseholdFormed:
    address = Private(person=head, purpose="contact", text="丹州社区 3 号楼")
    given: dict[str, Any] = {"community": "丹州社区", "begins": FORMED, "address": address}
    return HouseholdFormed(head=head, **given | facts)


def child(**facts: Any) -> MemberAdded:
    given: dict[str, Any] = {"person": CHILD, "role": "grandchild", "begins": TODAY}
    return MemberAdded(**given | facts)


@pytest.fixture
def desk() -> MemoryDesk:
    """An elder who heads a household, a child and a neighbour without one."""
    desk = MemoryDesk()
    register(desk)
    register_child(desk)
    register(desk, OTHER)
    form_household(desk, entry(), SCOPE, formed(), id=HOME)
    return desk


def household_of(desk: MemoryDesk, person: Id) -> Id | None:
    return desk.load(Person, person).household


def test_a_household_begins_with_its_head_on_both_records(desk: MemoryDesk) -> None:
    home = desk.load(Household, HOME)
    assert (home.head, list(home.members)) == (ELDER, [ELDER])
    assert (household_of(desk, ELDER), household_of(desk, CHILD)) == (HOME, None)
    ids = [event.id for event in desk.log]
    assert len(set(ids)) == len(ids)


def test_a_household_belongs_to_the_station(desk: MemoryDesk) -> None:
    project = replace(SCOPE, project=derived_id("project"))
    form_household(desk, entry(), project, formed(OTHER), id=SECOND_HOME)
    assert {event.ledger for event in desk.streams[SECOND_HOME]} == {STATION}


def test_the_address_is_sealed_under_the_head(desk: MemoryDesk) -> None:
    with refused("own_words.other_person", "address"):
        address = Private(person=ELDER, purpose="contact", text="丹州社区")
        form_household(desk, entry(), SCOPE, formed(OTHER, address=address))


def test_whoever_is_present_is_counted_with_their_household(desk: MemoryDesk) -> None:
    (line,) = attend(desk, entry(), (Attendance(person=ELDER),))
    assert line.household == HOME


def test_they_are_counted_with_the_household_of_that_day(desk: MemoryDesk) -> None:
    """Given a child that moved yesterday, when what happened before is recorded,
    then it is counted where it lived then, and nowhere before it lived anywhere."""
    form_household(desk, entry(), SCOPE, formed(OTHER), id=SECOND_HOME)
    add_member(desk, entry(), HOME, child(begins=FORMED))
    moved = TODAY - DAY
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=moved))
    add_member(desk, entry(), SECOND_HOME, child(begins=moved))

    def home(day: date) -> Id | None:
        (line,) = attend(desk, entry(day), (Attendance(person=CHILD, status="absent"),))
        return line.household

    assert home(FORMED - DAY) is None
    assert (home(FORMED), home(moved - DAY)) == (HOME, HOME)
    assert (home(moved), home(TODAY)) == (SECOND_HOME, SECOND_HOME)
    mistaken = MemberLeft(person=CHILD, ends=TODAY, reason="entry_error")
    remove_member(desk, entry(), SECOND_HOME, mistaken)
    assert (home(moved - DAY), home(moved), home(TODAY)) == (HOME, HOME, None)


@pytest.mark.parametrize(
    ("day", "expected"), [(FORMED + DAY, HOME), (TODAY, SECOND_HOME), (FORMED - DAY, None)]
)
def test_work_that_is_moved_to_another_day_counts_where_they_lived_on_that_one(
    desk: MemoryDesk, day: date, expected: Id | None
) -> None:
    """Given somebody who moved today, when a service of before turns out to have been on
    another day, then it is of the household in which they lived on that one."""
    add_member(desk, entry(), HOME, child(person=OTHER, role="other", begins=FORMED))
    served = (Attendance(person=OTHER),)
    facts = HomeServiceDelivered(kind="home_service", minutes=30, attendance=served)
    made = record_visit(desk, entry(FORMED), SCOPE, facts)
    remove_member(desk, entry(), HOME, MemberLeft(person=OTHER, ends=TODAY - DAY))
    form_household(desk, entry(), SCOPE, formed(OTHER, begins=TODAY), id=SECOND_HOME)
    record = made.stream, made.events[0]
    correct_record(desk, entry(**LATE), *record, {"minutes": 40}, REASON)
    assert home_in(desk, *record) == HOME
    correct_record(desk, entry(**LATE), *record, {}, REASON, Occurred(start=at(day)))
    assert home_in(desk, *record) == expected


def home_in(desk: MemoryDesk, stream: Id, event: Id) -> Id | None:
    (line,) = desk.load(Visit, stream).standing(event).facts.attendance
    home: Id | None = line.household
    return home


@pytest.mark.parametrize(("ago", "expected"), [(1, HOME), (0, None)])
def test_a_case_is_of_the_household_in_which_its_client_lived_on_the_day_of_its_opening(
    desk: MemoryDesk, ago: int, expected: Id | None
) -> None:
    """Given somebody whose last day there was yesterday, when a case is written down later."""
    add_member(desk, entry(), HOME, child(person=OTHER, role="other", begins=FORMED))
    remove_member(desk, entry(), HOME, MemberLeft(person=OTHER, ends=TODAY - DAY))
    written = entry(TODAY - ago * DAY, now=at(TODAY, 12))
    case = open_case(desk, written, SCOPE, opening(client=OTHER)).stream
    assert desk.load(Case, case).stands.household == expected


def test_a_child_of_two_households_was_counted_in_the_one_that_was_no_mistake(
    desk: MemoryDesk,
) -> None:
    """Given a child in shared custody, when living in the first is said to have been an error,
    then it is counted in the second from the day on which it lived there."""
    form_household(desk, entry(), SCOPE, formed(OTHER), id=SECOND_HOME)
    add_member(desk, entry(), HOME, child(begins=FORMED))
    second = child(begins=FORMED + DAY, shared_custody=True)
    add_member(desk, entry(), SECOND_HOME, second)
    person = desk.load(Person, CHILD)
    assert (person.home_on(FORMED), person.home_on(TODAY)) == (HOME, HOME)
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY, reason="entry_error"))
    person = desk.load(Person, CHILD)
    days = (FORMED, FORMED + DAY, TODAY)
    assert [person.home_on(day) for day in days] == [None, SECOND_HOME, SECOND_HOME]


def test_a_member_is_added_once(desk: MemoryDesk) -> None:
    add_member(desk, entry(), HOME, child())
    assert household_of(desk, CHILD) == HOME
    with refused("household.member_already", "person"):
        add_member(desk, entry(), HOME, child())


def test_nobody_lives_in_two_households(desk: MemoryDesk) -> None:
    with refused("registry.two_households", "person"):
        form_household(desk, entry(), SCOPE, formed())
    form_household(desk, entry(), SCOPE, formed(OTHER), id=SECOND_HOME)
    with refused("registry.two_households", "person"):
        add_member(desk, entry(), HOME, child(person=OTHER, role="spouse"))


def test_nobody_lived_in_two_households_by_the_dates(desk: MemoryDesk) -> None:
    """given somebody who moved out yesterday / when they join another from before / then not"""
    second = formed(OTHER, begins=FORMED)
    form_household(desk, entry(), SCOPE, second, id=SECOND_HOME)
    moving = child(begins=FORMED)
    add_member(desk, entry(), HOME, moving)
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY - DAY))
    with refused("registry.two_households", "person"):
        add_member(desk, entry(), SECOND_HOME, child(begins=TODAY - 2 * DAY))
    add_member(desk, entry(), SECOND_HOME, child(begins=TODAY - DAY))


def test_a_stay_that_is_over_is_noted_after_later_ones_and_overlaps_none(
    desk: MemoryDesk,
) -> None:
    """given somebody who lived in one household until lately, and in another since /
    when a stay before both is noted / then each day has one household, in the view as here"""
    register(desk, THIRD)
    for head, home in ((OTHER, SECOND_HOME), (THIRD, THIRD_HOME)):
        form_household(desk, entry(), SCOPE, formed(head, begins=FORMED), id=home)
    add_member(desk, entry(), HOME, child(begins=TODAY - 4 * DAY))
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY - 3 * DAY))
    add_member(desk, entry(), SECOND_HOME, child(begins=TODAY - DAY))
    past = child(begins=TODAY - 9 * DAY)
    for begins, ends in ((9, 3), (3, 0), (1, 0), (9, 0)):
        with refused("registry.two_households", "person"):
            stay = child(begins=TODAY - begins * DAY)
            add_member(desk, entry(), THIRD_HOME, stay, TODAY - ends * DAY)
    on_file = ((HOME, "household.stayed_already"), (SECOND_HOME, "household.member_already"))
    for home, code in on_file:
        with refused(code, "person"):
            add_member(desk, entry(), home, past, TODAY - 6 * DAY)
    with refused("registry.in_future", "ends"):
        add_member(desk, entry(), THIRD_HOME, past, TODAY + DAY)
    add_member(desk, entry(), THIRD_HOME, past, TODAY - 6 * DAY)
    person = desk.load(Person, CHILD)
    homes = [person.home_on(TODAY - day * DAY) for day in (10, 9, 6, 5, 4, 3, 2, 1, 0)]
    third, first, second = THIRD_HOME, HOME, SECOND_HOME
    assert homes == [None, third, third, None, first, first, None, second, second]
    shown = told((persons, households), desk.log)
    assert shown.rows(PERSON, where={"person": CHILD})[0]["household"] == SECOND_HOME
    rows = shown.rows(MEMBER, where={"person": CHILD})
    stays = {(row["household"], row["begins"]) for row in rows}
    assert stays == {(third, past.begins), (first, TODAY - 4 * DAY), (second, TODAY - DAY)}
    with refused("registry.two_households", "person"):
        add_member(desk, entry(), THIRD_HOME, child(begins=TODAY - 7 * DAY))


def test_a_stay_that_was_recorded_by_mistake_stands_in_nobodys_way(desk: MemoryDesk) -> None:
    form_household(desk, entry(), SCOPE, formed(OTHER), id=SECOND_HOME)
    add_member(desk, entry(), HOME, child(begins=FORMED))
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY, reason="entry_error"))
    add_member(desk, entry(), SECOND_HOME, child(begins=FORMED))
    assert household_of(desk, CHILD) == SECOND_HOME


def test_nobody_lives_or_leaves_anywhere_in_the_future(desk: MemoryDesk) -> None:
    with refused("registry.in_future", "begins"):
        form_household(desk, entry(), SCOPE, formed(OTHER, begins=TODAY + DAY))
    with refused("registry.in_future", "begins"):
        add_member(desk, entry(), HOME, child(begins=TODAY + 400 * DAY))
    add_member(desk, entry(), HOME, child())
    with refused("registry.in_future", "ends"):
        remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY + DAY))
    with refused("registry.in_future", "last_day"):
        ended = HouseholdDissolved(last_day=TODAY + DAY, reason="全家搬迁")
        dissolve_household(desk, entry(), HOME, ended)


def test_a_child_in_shared_custody_lives_in_two(desk: MemoryDesk) -> None:
    form_household(desk, entry(), SCOPE, formed(OTHER), id=SECOND_HOME)
    add_member(desk, entry(), HOME, child())
    with refused("registry.two_households", "person"):
        add_member(desk, entry(), SECOND_HOME, child())
    add_member(desk, entry(), SECOND_HOME, child(shared_custody=True))
    assert household_of(desk, CHILD) == HOME
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY))
    assert household_of(desk, CHILD) == SECOND_HOME


def test_custody_of_an_adult_is_not_shared(desk: MemoryDesk) -> None:
    with refused("household.custody_of_adult", "shared_custody"):
        add_member(desk, entry(), HOME, child(person=OTHER, shared_custody=True))


def test_the_dead_move_in_nowhere(desk: MemoryDesk) -> None:
    note_about(desk, entry(), OTHER, PersonDied(died=TODAY - DAY, source="家属"))
    with refused("registry.served_after_death", "person"):
        add_member(desk, entry(), HOME, child(person=OTHER, role="sibling"))


def test_a_member_leaves_on_both_records(desk: MemoryDesk) -> None:
    add_member(desk, entry(), HOME, child())
    with refused("household.ends_before_begins", "ends"):
        remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY - DAY))
    remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY))
    assert household_of(desk, CHILD) is None
    with refused("household.not_a_member", "person"):
        remove_member(desk, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY))


def test_the_head_is_changed_before_they_leave(desk: MemoryDesk) -> None:
    add_member(desk, entry(), HOME, child(person=OTHER, role="spouse"))
    with refused("household.head_leaves", "person"):
        remove_member(desk, entry(), HOME, MemberLeft(person=ELDER, ends=TODAY))
    change_head(desk, entry(), HOME, OTHER, TODAY)
    assert desk.facts(HOME)[-1] == HouseholdHeadChanged(head=OTHER, before=ELDER, begins=TODAY)
    remove_member(desk, entry(), HOME, MemberLeft(person=ELDER, ends=TODAY))


def test_only_another_member_becomes_head_and_nobody_joins_as_head(desk: MemoryDesk) -> None:
    with refused("household.not_a_member", "head"):
        change_head(desk, entry(), HOME, OTHER, TODAY)
    with refused("household.head_already", "head"):
        change_head(desk, entry(), HOME, ELDER, TODAY)
    with refused("household.head_by_change", "role"):
        add_member(desk, entry(), HOME, child(person=OTHER, role="head"))


def test_hardship_is_assessed_for_a_time_and_corrected_by_the_same_rule(desk: MemoryDesk) -> None:
    assessed = HardshipAssessed(
        kinds=("minimum_living", "illness"),
        income_band="under_1000",
        begins=TODAY,
        valid_to=TODAY + 365 * DAY,
    )
    wrong = replace(assessed, valid_to=TODAY - DAY)
    with refused("household.ends_before_begins", "valid_to"):
        assess_hardship(desk, entry(), HOME, wrong)
    target = assess_hardship(desk, entry(), HOME, assessed).events[0]
    home = desk.load(Household, HOME)
    with refused("household.ends_before_begins", "valid_to"):
        after = Effective(occurred=Occurred(start=at(TODAY)), facts=wrong)
        home.correct(entry(), target, after, REASON)
    assert [held.facts for held in home.effective(HardshipAssessed)] == [assessed]


def test_a_dissolved_household_lets_everyone_go_and_takes_nothing_more(desk: MemoryDesk) -> None:
    add_member(desk, entry(), HOME, child())
    written = entry()
    receipt = dissolve_household(
        desk, written, HOME, HouseholdDissolved(last_day=TODAY, reason="全家搬迁")
    )
    assert len(set(receipt.events)) == 5
    assert (household_of(desk, ELDER), household_of(desk, CHILD)) == (None, None)
    assert desk.streams[HOME][-1].id == written.event
    with refused("household.dissolved", "household"):
        add_member(desk, entry(), HOME, child())
    with refused("household.dissolved", "household"):
        change_head(desk, entry(), HOME, ELDER, TODAY)
    with refused("household.dissolved", "household"):
        assess_hardship(desk, entry(), HOME, HardshipAssessed(kinds=(), begins=TODAY))
    with refused("household.dissolved", "household"):
        remove_member(desk, entry(), HOME, MemberLeft(person=ELDER, ends=TODAY))


def test_somebody_who_lives_in_a_household_is_not_absorbed(desk: MemoryDesk) -> None:
    merged = PersonsMerged(kept=OTHER, absorbed=ELDER, reason=REASON)
    with refused("registry.two_households", "absorbed"):
        merge_persons(desk, entry(), merged)


def test_nobody_leaves_a_household_that_is_not_theirs(desk: MemoryDesk) -> None:
    with refused("registry.not_in_household", "person"):
        left = HouseholdLeft(household=HOME, ends=TODAY)
        desk.load(Person, OTHER).leave_household(entry(), left)
