"""What may be recorded about a person of the register, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.age import Birth
from domain.attending import attend
from domain.clock import at
from domain.counting import Attendance
from domain.event import Effective, Occurred, Reason
from domain.identity import derived_id
from domain.neighbours import Participant
from domain.person import Person
from domain.private import Private, private
from domain.registering import (
    change_details,
    correct_details,
    note_about,
    register_person,
)
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactPointChanged,
    DeathRetracted,
    Details,
    HealthFactRecorded,
    LegalBasisRecorded,
    PersonDetailsChanged,
    PersonDetailsCorrected,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonRegistered,
    PriorityGroupJoined,
    ResidencePeriodRecorded,
    RiskTierSet,
)
from tests.register import (
    BORN,
    BORN_CHILD,
    CHILD,
    ELDER,
    OTHER,
    by_guardian,
    name_of,
    register,
    register_child,
)
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, refused

REASON = Reason(code="entry_error", text="录入时看错了证件")
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


def health(person: str = ELDER) -> HealthFactRecorded:
    return HealthFactRecorded(health=Private(person=person, purpose="health", text="高血压"))


def joined(group: str = "living_alone", begins: date = YESTERDAY) -> PriorityGroupJoined:
    return PriorityGroupJoined(group=group, basis="assessment", begins=begins)  # type: ignore[arg-type]


# Registration and details.


def test_a_person_belongs_to_the_station_whatever_project_found_them() -> None:
    desk = MemoryDesk()
    register(desk, scope=replace(SCOPE, project=derived_id("project")))
    (event,) = desk.log
    assert (event.ledger, event.project) == (STATION, None)
    assert isinstance(event.facts, PersonRegistered)
    assert event.facts.details.name is not None
    assert event.facts.details.name.text is None


@pytest.mark.parametrize("birth", [TOMORROW, date(1887, 10, 26)])
def test_a_birth_in_the_future_or_over_130_years_back_is_refused(birth: date) -> None:
    with refused("registry.birth_impossible", "details.birth"):
        register(MemoryDesk(), birth=Birth(day=birth))


def test_a_name_is_sealed_under_its_own_person(desk: MemoryDesk) -> None:
    with refused("own_words.other_person", "details.name"):
        register(MemoryDesk(), name=name_of(OTHER))
    with refused("own_words.other_person", "value"):
        number = Private(person=OTHER, purpose="contact", text="13800138000")
        note_about(desk, entry(), ELDER, ContactPointChanged(contact="mobile", value=number))


def test_nobody_is_registered_in_the_future() -> None:
    facts = PersonRegistered(details=Details(birth=BORN, community="丹州社区"))
    with refused("entry.in_future", "occurred.start"):
        register_person(MemoryDesk(), entry(now=at(YESTERDAY)), SCOPE, facts, id=ELDER)


def test_what_was_written_wrong_is_corrected_with_a_reason(desk: MemoryDesk) -> None:
    birth = Birth(day=date(1948, 12, 31))
    correct_details(desk, entry(), ELDER, REASON, birth=birth)
    corrected = desk.facts(ELDER)[-1]
    assert isinstance(corrected, PersonDetailsCorrected)
    assert (corrected.before.birth, corrected.after.birth) == (BORN, birth)
    assert corrected.after.name == corrected.before.name
    assert elder(desk).details == corrected.after


def test_a_correction_says_why_and_corrects_something(desk: MemoryDesk) -> None:
    with refused("entry.reason_too_short", "reason.text"):
        correct_details(desk, entry(), ELDER, Reason(code="other", text="错"), sex="male")
    with refused("registry.nothing_changed", "details"):
        correct_details(desk, entry(), ELDER, REASON, sex="female")
    with refused("registry.birth_impossible", "details.birth"):
        correct_details(desk, entry(), ELDER, REASON, birth=Birth(day=TOMORROW))


def test_what_changed_in_the_world_is_a_change_and_a_birth_never_is(desk: MemoryDesk) -> None:
    change_details(desk, entry(), ELDER, TODAY, community="海罗村")
    changed = desk.facts(ELDER)[-1]
    assert isinstance(changed, PersonDetailsChanged)
    assert (changed.before.community, changed.after.community) == ("丹州社区", "海罗村")
    other = replace(changed.after, birth=BORN_CHILD)
    with refused("registry.birth_unchangeable", "details.birth"):
        elder(desk).note(
            entry(), PersonDetailsChanged(before=changed.after, after=other, begins=TODAY)
        )


# Consent, and children.


def test_a_child_under_14_is_registered_with_a_guardians_consent_only() -> None:
    with refused("registry.guardian_consent_missing", "grounds"):
        register(MemoryDesk(), CHILD, birth=BORN_CHILD)
    with refused("registry.guardian_consent_missing", "guardian"):
        own = ConsentGiven(purpose="service", form="oral", begins=TODAY)
        register(MemoryDesk(), CHILD, birth=BORN_CHILD, grounds=(own,))
    duty = LegalBasisRecorded(
        purpose="service", basis="statutory_duty", source="未成年人保护法", begins=TODAY
    )
    with refused("registry.guardian_consent_missing", "grounds"):
        register(MemoryDesk(), CHILD, birth=BORN_CHILD, grounds=(duty,))
    register_child(MemoryDesk())


def test_danger_to_life_stands_in_for_a_guardian() -> None:
    danger = LegalBasisRecorded(
        purpose="service", basis="vital_interest", source="强制报告", begins=TODAY
    )
    register(MemoryDesk(), CHILD, birth=BORN_CHILD, grounds=(danger,))


def test_whoever_may_be_under_14_by_the_year_of_birth_is_guarded() -> None:
    by_year = Birth(day=date(2004, 1, 1), precision="year")
    with refused("registry.guardian_consent_missing", "grounds"):
        register(MemoryDesk(), CHILD, birth=by_year)
    register(MemoryDesk(), CHILD, birth=Birth(day=date(2004, 10, 26)))


def test_nobody_is_their_own_guardian() -> None:
    with refused("registry.own_guardian", "guardian_person"):
        own = by_guardian(guardian=None, guardian_person=CHILD)
        register(MemoryDesk(), CHILD, birth=BORN_CHILD, grounds=(own,))


def test_a_registered_guardian_is_a_living_adult(desk: MemoryDesk) -> None:
    def with_guardian(guardian: str) -> None:
        consent = by_guardian(guardian=None, guardian_person=guardian)
        register(desk, CHILD, birth=BORN_CHILD, grounds=(consent,))

    with refused("not_found", "guardian_person"):
        with_guardian(OTHER)
    register(desk, OTHER, birth=Birth(day=TODAY.replace(year=TODAY.year - 18) + DAY))
    with refused("registry.guardian_unfit", "guardian_person"):
        with_guardian(OTHER)
    note_about(desk, entry(), ELDER, PersonDied(died=YESTERDAY, source="家属"))
    with refused("registry.guardian_unfit", "guardian_person"):
        with_guardian(ELDER)
    note_about(desk, entry(), ELDER, DeathRetracted(reason=REASON))
    with_guardian(ELDER)
    with refused("registry.guardian_unfit", "guardian_person"):
        later = by_guardian(guardian=None, guardian_person=OTHER, purpose="health")
        note_about(desk, entry(), CHILD, later)


def test_nothing_is_added_about_a_child_once_the_guardian_withdrew() -> None:
    desk = MemoryDesk()
    register_child(desk)
    note_about(desk, entry(), CHILD, joined("left_behind_child"))
    note_about(desk, entry(), CHILD, ConsentWithdrawn(purpose="service", ends=TODAY))
    later = entry(TOMORROW)
    for facts in (
        joined("orphan", TOMORROW),
        ContactPointChanged(contact="mobile"),
        ResidencePeriodRecorded(residence="resident", begins=TODAY),
        RiskTierSet(tier="high", assessed_by=WORKER),
    ):
        with refused("registry.guardian_consent_missing", "consent"):
            note_about(desk, later, CHILD, facts)


def test_a_birth_is_not_corrected_to_a_childs_without_a_guardian(desk: MemoryDesk) -> None:
    with refused("registry.guardian_consent_missing", "details.birth"):
        correct_details(desk, entry(), ELDER, REASON, birth=BORN_CHILD)


def test_health_is_recorded_with_consent_or_a_legal_basis_only(desk: MemoryDesk) -> None:
    with refused("registry.no_legal_basis", "health"):
        note_about(desk, entry(), ELDER, health())
    consent = ConsentGiven(purpose="health", form="written", begins=TODAY, valid_to=TODAY)
    note_about(desk, entry(), ELDER, consent)
    note_about(desk, entry(), ELDER, health())
    with refused("registry.no_legal_basis", "health"):
        note_about(desk, entry(TOMORROW), ELDER, health())
    duty = LegalBasisRecorded(
        purpose="health", basis="statutory_duty", source="基本医疗卫生法", begins=TODAY
    )
    note_about(desk, entry(), ELDER, duty)
    note_about(desk, entry(TOMORROW), ELDER, health())


def test_a_childs_health_needs_the_guardian_too() -> None:
    desk = MemoryDesk()
    register_child(desk)
    with refused("registry.guardian_consent_missing", "health"):
        note_about(desk, entry(), CHILD, health(CHILD))
    note_about(desk, entry(), CHILD, by_guardian(purpose="health"))
    note_about(desk, entry(), CHILD, health(CHILD))


def test_a_childs_own_consent_is_worth_nothing_once_the_true_birth_is_known() -> None:
    desk = MemoryDesk()
    register(desk, CHILD, birth=Birth(day=date(2004, 10, 26)))
    own = ConsentGiven(purpose="health", form="oral", begins=TODAY)
    note_about(desk, entry(), CHILD, own)
    note_about(desk, entry(), CHILD, by_guardian())
    correct_details(desk, entry(), CHILD, REASON, birth=BORN_CHILD)
    with refused("registry.guardian_consent_missing", "health"):
        note_about(desk, entry(), CHILD, health(CHILD))


def test_only_a_consent_that_holds_is_withdrawn(desk: MemoryDesk) -> None:
    withdrawn = ConsentWithdrawn(purpose="publicity", ends=TODAY)
    with refused("registry.no_consent", "purpose"):
        note_about(desk, entry(), ELDER, withdrawn)
    consent = ConsentGiven(purpose="publicity", form="online", begins=TODAY)
    note_about(desk, entry(), ELDER, consent)
    note_about(desk, entry(), ELDER, withdrawn)
    with refused("registry.no_consent", "purpose"):
        note_about(desk, entry(), ELDER, replace(withdrawn, ends=TOMORROW))


def test_a_ground_does_not_end_before_it_begins(desk: MemoryDesk) -> None:
    duty = LegalBasisRecorded(
        purpose="health", basis="statutory_duty", source="法", begins=TODAY, valid_to=YESTERDAY
    )
    consent = ConsentGiven(purpose="health", form="oral", begins=TODAY, valid_to=YESTERDAY)
    for ground in (duty, consent):
        with refused("registry.ends_before_begins", "valid_to"):
            note_about(desk, entry(), ELDER, ground)


# Death, moving away, and the services of others.


def test_nobody_is_served_after_their_death(desk: MemoryDesk) -> None:
    note_about(desk, entry(), ELDER, PersonDied(died=YESTERDAY, source="居委会"))
    seen = (Attendance(person=ELDER),)
    attend(desk, entry(YESTERDAY), seen)
    with refused("registry.served_after_death", "attendance.0.person"):
        attend(desk, entry(TODAY), seen)
    attend(desk, entry(TODAY), (Attendance(person=ELDER, status="absent"),))


def test_nobody_is_served_before_they_were_born(desk: MemoryDesk) -> None:
    register_child(desk)
    with refused("registry.before_birth", "attendance.0.person"):
        attend(desk, entry(date(2007, 12, 31)), (Attendance(person=CHILD),))


def test_a_child_is_served_while_a_guardian_consents(desk: MemoryDesk) -> None:
    """given a withdrawn consent / when the child is served after it / then only with another"""
    register_child(desk)
    seen = (Attendance(person=CHILD),)
    attend(desk, entry(TODAY), seen)
    note_about(desk, entry(), CHILD, ConsentWithdrawn(purpose="service", ends=TODAY))
    attend(desk, entry(TODAY), seen)
    with refused("registry.guardian_consent_missing", "attendance.0.person"):
        attend(desk, entry(TOMORROW), seen)
    attend(desk, entry(TOMORROW), (Attendance(person=CHILD, status="absent"),))
    danger = LegalBasisRecorded(
        purpose="service", basis="vital_interest", source="社区报告", begins=TOMORROW
    )
    note_about(desk, entry(TOMORROW), CHILD, danger)
    attend(desk, entry(TOMORROW), seen)


def test_a_death_is_recorded_once_and_retracted_with_a_reason(desk: MemoryDesk) -> None:
    with refused("registry.not_dead", "person"):
        note_about(desk, entry(), ELDER, DeathRetracted(reason=REASON))
    note_about(desk, entry(), ELDER, PersonDied(died=YESTERDAY, source="居委会"))
    with refused("registry.died_already", "person"):
        note_about(desk, entry(), ELDER, PersonDied(died=TODAY, source="家属"))
    with refused("entry.reason_too_short", "reason.text"):
        note_about(desk, entry(), ELDER, DeathRetracted(reason=Reason(code="other", text="错")))
    note_about(desk, entry(), ELDER, DeathRetracted(reason=REASON))
    elder(desk).check_served_on(TODAY, "person")


def test_nobody_dies_or_moves_in_the_future_or_before_birth(desk: MemoryDesk) -> None:
    with refused("registry.in_future", "died"):
        note_about(desk, entry(), ELDER, PersonDied(died=TOMORROW, source="家属"))
    with refused("registry.before_birth", "died"):
        note_about(desk, entry(), ELDER, PersonDied(died=date(1949, 12, 30), source="家属"))
    with refused("registry.in_future", "moved"):
        note_about(desk, entry(), ELDER, PersonMovedAway(moved=TOMORROW))


def test_whoever_moved_away_is_not_served_until_they_return(desk: MemoryDesk) -> None:
    with refused("registry.not_moved", "person"):
        note_about(desk, entry(), ELDER, PersonMovedBack(returned=TODAY))
    note_about(desk, entry(), ELDER, PersonMovedAway(moved=YESTERDAY))
    elder(desk).check_served_on(YESTERDAY, "person")
    with refused("registry.served_after_move", "person"):
        elder(desk).check_served_on(TODAY, "person")
    with refused("registry.moved_already", "person"):
        note_about(desk, entry(), ELDER, PersonMovedAway(moved=TODAY))
    note_about(desk, entry(), ELDER, PersonMovedBack(returned=TODAY))
    elder(desk).check_served_on(TODAY, "person")


def test_whoever_is_back_is_not_served_on_the_days_on_which_they_were_away(
    desk: MemoryDesk,
) -> None:
    moved, returned, between = (TODAY - timedelta(days=n) for n in (20, 5, 10))
    note_about(desk, entry(), ELDER, PersonMovedAway(moved=moved))
    note_about(desk, entry(), ELDER, PersonMovedBack(returned=returned))
    with refused("registry.served_after_move", "person"):
        elder(desk).check_served_on(between, "person")
    for day in (moved, returned):
        elder(desk).check_served_on(day, "person")
    assert desk.facts(ELDER)[-1] == PersonMovedBack(returned=returned, moved=moved)
    # They had been back before: said once more, from the same day on.
    note_about(desk, entry(), ELDER, PersonMovedAway(moved=moved))
    note_about(desk, entry(), ELDER, PersonMovedBack(returned=between))
    elder(desk).check_served_on(between, "person")


@pytest.mark.parametrize("returned", [YESTERDAY, YESTERDAY - timedelta(days=9)])
def test_whoever_had_not_moved_after_all_was_never_away(desk: MemoryDesk, returned: date) -> None:
    note_about(desk, entry(), ELDER, PersonMovedAway(moved=YESTERDAY))
    note_about(desk, entry(), ELDER, PersonMovedBack(returned=returned))
    elder(desk).check_served_on(TODAY, "person")


def test_a_person_is_what_other_slices_see_as_a_participant(desk: MemoryDesk) -> None:
    person: Participant = elder(desk)
    assert isinstance(person, Participant)
    note_about(desk, entry(), ELDER, joined())
    (seen,) = attend(desk, entry(), (Attendance(person=ELDER),))
    assert (seen.groups, seen.household) == (("living_alone",), None)


# The rest of the register.


def test_residence_contact_and_risk_are_noted(desk: MemoryDesk) -> None:
    place = private(ELDER, "contact", "示例街道8号楼2单元301室")
    season = ResidencePeriodRecorded(
        place=place, residence="seasonal", begins=YESTERDAY, ends=TODAY
    )
    number = private(ELDER, "contact", "13800138000")
    noted = (
        season,
        ContactPointChanged(contact="mobile", of="family", value=number),
        RiskTierSet(tier="high", assessed_by=WORKER, next_review=TOMORROW),
    )
    for facts in noted:
        note_about(desk, entry(), ELDER, facts)
    assert [type(facts) for facts in desk.facts(ELDER)[1:]] == [type(facts) for facts in noted]
    with refused("registry.ends_before_begins", "ends"):
        note_about(desk, entry(), ELDER, replace(season, ends=YESTERDAY - DAY))


def test_a_corrected_residence_keeps_the_rules(desk: MemoryDesk) -> None:
    season = ResidencePeriodRecorded(residence="seasonal", begins=YESTERDAY)
    target = note_about(desk, entry(), ELDER, season).events[0]
    person = elder(desk)
    after = Effective(occurred=Occurred(start=at(TODAY)), facts=replace(season, ends=TODAY))
    with refused("registry.ends_before_begins", "ends"):
        wrong = replace(after, facts=replace(season, ends=YESTERDAY - DAY))
        person.correct(entry(), target, wrong, REASON)
    person.correct(entry(), target, after, REASON)
    assert person.effective(ResidencePeriodRecorded) == [after]


def test_nothing_is_noted_in_the_future(desk: MemoryDesk) -> None:
    with refused("entry.in_future", "occurred.start"):
        note_about(desk, entry(TOMORROW, now=at(TODAY, 12)), ELDER, joined())


def test_somebody_of_another_station_is_not_there(desk: MemoryDesk) -> None:
    desk.principal = replace(desk.principal, stations=(derived_id("other station"),))
    with refused("not_found", "person"):
        note_about(desk, entry(), ELDER, joined())
