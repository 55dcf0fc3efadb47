"""The registers of people, households and staff, as folds of what was recorded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.age import Birth
from domain.counting import Attendance
from domain.entry import Scope
from domain.event import Effective, Reason
from domain.household import (
    HardshipAssessed,
    Household,
    HouseholdDissolved,
    HouseholdFormed,
    MemberAdded,
    MemberLeft,
    add_member,
    assess_hardship,
    change_head,
    dissolve_household,
    form_household,
    remove_member,
)
from domain.identifying import (
    complete_erasure,
    merge_persons,
    record_identity_document,
    request_erasure,
    split_persons,
)
from domain.identity import Id, derived_id
from domain.leader import CommunityLeaderRecognised, recognise_leader
from domain.person import Person
from domain.registering import correct_details, leave_group, note_about
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    DeathRetracted,
    ErasureRequested,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonsMerged,
    PersonsSplit,
    PriorityGroupJoined,
    ResidencePeriodRecorded,
    RiskTierSet,
)
from domain.verification import RegisterInfoVerified, verify_register
from domain.visit import PhoneContactMade, record_visit
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row, Table
from projections.household import HARDSHIP, HOUSEHOLD, MEMBER, households
from projections.person import (
    CONSENT,
    DOCUMENT,
    LEADER,
    MEMBERSHIP,
    PERSON,
    RESIDENCE,
    VERIFICATION,
    persons,
)
from projections.registers import (
    Check,
    age_bands,
    last_checks,
    members_on,
    person_by_digest,
    records_of,
    registered_on,
    without_birth,
)
from projections.spans import OPEN
from tests.folding import told
from tests.register import CHILD, ELDER, OTHER, register, register_child
from tests.station import OPERATOR, SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, principal

DAY = timedelta(days=1)
YESTERDAY, TOMORROW = TODAY - DAY, TODAY + DAY
NUMBER = "11010519491231002X"
HOME, SECOND_HOME = derived_id("home"), derived_id("second home")
REASON = Reason(code="entry_error", text="录入时看错了")


@pytest.fixture
def desk() -> MemoryDesk:
    """An elder of 68, another, and a child of ten."""
    desk = MemoryDesk()
    register(desk)
    register(desk, OTHER)
    register_child(desk)
    return desk


def asked(desk: MemoryDesk) -> MemoryAnswers:
    return told((persons, households), desk.log)


def row(desk: MemoryDesk, person: Id = ELDER) -> Row:
    (found,) = asked(desk).rows(PERSON, where={"person": person})
    return found


def rows(desk: MemoryDesk, table: Table) -> list[Row]:
    return asked(desk).rows(table)


def people(found: list[Row]) -> list[Id]:
    return sorted(each["person"] for each in found)


def join(desk: MemoryDesk, person: Id, begins: date = YESTERDAY) -> None:
    joined = PriorityGroupJoined(group="living_alone", basis="assessment", begins=begins)
    note_about(desk, entry(max(begins, TODAY)), person, joined)


def test_a_person_is_a_row_without_a_word_of_theirs(desk: MemoryDesk) -> None:
    found = row(desk)
    assert (found["sex"], found["birth_year"], found["community"]) == ("female", 1949, "丹州社区")
    assert (found["registered"], found["alive_until"]) == (TODAY, OPEN)
    assert "张秀兰" not in str(found)
    seen = without_birth(found)
    assert (seen["alive_until"], "born" in seen) == (None, False)


def test_corrected_details_and_the_risk_tier_show(desk: MemoryDesk) -> None:
    correct_details(desk, entry(), ELDER, REASON, birth=Birth(day=date(1948, 1, 1)), sex="male")
    note_about(desk, entry(), ELDER, RiskTierSet(tier="high", assessed_by=WORKER))
    found = row(desk)
    assert (found["birth_year"], found["sex"], found["tier"]) == (1948, "male", "high")


def test_the_dead_leave_the_register_on_the_day_of_death(desk: MemoryDesk) -> None:
    note_about(desk, entry(TOMORROW), ELDER, PersonDied(died=TOMORROW, source="家属"))
    assert ELDER in people(registered_on(asked(desk), TODAY))
    assert ELDER not in people(registered_on(asked(desk), TOMORROW))
    note_about(desk, entry(TOMORROW), ELDER, DeathRetracted(reason=REASON))
    assert ELDER in people(registered_on(asked(desk), TOMORROW))


def test_whoever_moved_away_comes_back_and_a_death_does_not_undo_a_move(desk: MemoryDesk) -> None:
    note_about(desk, entry(), ELDER, PersonMovedAway(moved=TODAY))
    assert ELDER not in people(registered_on(asked(desk), TODAY))
    note_about(desk, entry(), ELDER, PersonDied(died=TODAY, source="家属"))
    note_about(desk, entry(), ELDER, DeathRetracted(reason=REASON))
    assert ELDER not in people(registered_on(asked(desk), TODAY))
    note_about(desk, entry(), ELDER, PersonMovedBack(returned=TODAY))
    assert ELDER in people(registered_on(asked(desk), TODAY))


def test_whoever_is_back_stays_out_of_the_days_on_which_they_were_away(desk: MemoryDesk) -> None:
    days = [TODAY + timedelta(days=n) for n in range(12)]
    note_about(desk, entry(days[11]), ELDER, PersonMovedAway(moved=days[2]))
    note_about(desk, entry(days[11]), ELDER, PersonMovedBack(returned=days[9]))

    def there() -> list[bool]:
        return [ELDER in people(registered_on(asked(desk), day)) for day in days]

    assert there() == [True] * 2 + [False] * 7 + [True] * 3
    note_about(desk, entry(days[11]), ELDER, PersonMovedAway(moved=days[2]))
    note_about(desk, entry(days[11]), ELDER, PersonMovedBack(returned=days[5]))
    assert there() == [True] * 2 + [False] * 3 + [True] * 7
    note_about(desk, entry(days[11]), ELDER, PersonMovedAway(moved=days[2]))
    note_about(desk, entry(days[11]), ELDER, PersonMovedBack(returned=days[2]))
    assert there() == [True] * 12


def test_a_return_that_was_stored_without_the_day_of_the_move_ends_it(desk: MemoryDesk) -> None:
    person = desk.load(Person, ELDER)
    person.record(entry(), PersonMovedAway(moved=TODAY))
    person.record(entry(TOMORROW), PersonMovedBack(returned=TOMORROW))
    desk.save(entry(TOMORROW), person)
    assert ELDER in people(registered_on(asked(desk), TODAY))


def test_nobody_is_in_the_register_before_they_were_registered(desk: MemoryDesk) -> None:
    assert registered_on(asked(desk), YESTERDAY) == []


def test_the_last_day_that_there_is_may_be_asked_about(desk: MemoryDesk) -> None:
    assert ELDER in people(registered_on(asked(desk), date.max))
    assert registered_on(asked(desk), date.min) == []
    assert sum(age_bands(asked(desk), date.max, [(0, None)])) == 3


def test_an_absorbed_record_is_not_counted_beside_the_kept_one(desk: MemoryDesk) -> None:
    merged = PersonsMerged(kept=ELDER, absorbed=OTHER, reason=REASON)
    merge_persons(desk, entry(), merged)
    assert people(registered_on(asked(desk), TODAY)) == sorted((ELDER, CHILD))
    assert row(desk, OTHER)["merged_into"] == ELDER
    split_persons(desk, entry(), PersonsSplit(kept=ELDER, absorbed=OTHER, reason=REASON))
    assert len(registered_on(asked(desk), TODAY)) == 3


def test_a_record_absorbed_at_another_station_stays_one_row_there(desk: MemoryDesk) -> None:
    away = derived_id("person away")
    elsewhere = Scope(operator=OPERATOR, station=derived_id("other station"))
    register(desk, away, scope=elsewhere)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=away, reason=REASON))
    (found,) = asked(desk).rows(PERSON, where={"person": away})
    assert (found["station"], found["merged_into"]) == (elsewhere.station, ELDER)


def test_members_of_a_group_on_a_day_are_alive_then(desk: MemoryDesk) -> None:
    for person in (ELDER, OTHER):
        join(desk, person)
    leave_group(desk, entry(), OTHER, "living_alone", TODAY)
    assert people(members_on(asked(desk), "living_alone", TODAY)) == sorted((ELDER, OTHER))
    assert people(members_on(asked(desk), "living_alone", TOMORROW)) == [ELDER]
    note_about(desk, entry(), ELDER, PersonDied(died=TODAY, source="家属"))
    assert people(members_on(asked(desk), "living_alone", TODAY)) == [OTHER]
    assert members_on(asked(desk), "orphan", TODAY) == []


def test_who_leaves_a_group_and_comes_back_has_two_rows_and_a_mistake_none(
    desk: MemoryDesk,
) -> None:
    join(desk, ELDER)
    leave_group(desk, entry(), ELDER, "living_alone", TODAY)
    join(desk, ELDER, TOMORROW)
    join(desk, OTHER)
    leave_group(desk, entry(), OTHER, "living_alone", TODAY, "entry_error")
    held = [(each["person"], each["begins"], each["ends"]) for each in rows(desk, MEMBERSHIP)]
    assert held == [(ELDER, YESTERDAY, TODAY), (ELDER, TOMORROW, OPEN)]


def test_advanced_age_is_reckoned_for_the_day(desk: MemoryDesk) -> None:
    eighty = date(2029, 12, 31)
    assert members_on(asked(desk), "advanced_age", eighty - DAY) == []
    assert people(members_on(asked(desk), "advanced_age", eighty)) == sorted((ELDER, OTHER))


def test_age_bands_share_no_ends(desk: MemoryDesk) -> None:
    register(desk, derived_id("seventy"), birth=Birth(day=TODAY.replace(year=TODAY.year - 70)))
    bands = ((60, 70), (70, 80), (80, None))
    assert age_bands(asked(desk), TODAY, bands) == [2, 1, 0]
    assert age_bands(asked(desk), TODAY, bands, community="海罗村") == [0, 0, 0]


def test_a_number_is_found_by_its_hash_until_the_person_is_erased(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), ELDER, "id_card", NUMBER)
    assert person_by_digest(asked(desk), desk.digest(NUMBER)) == ELDER
    assert person_by_digest(asked(desk), desk.digest("0")) is None
    request_erasure(desk, entry(), ELDER, ErasureRequested(by="person", reason="本人申请"))
    assert row(desk)["erasure"] == "requested"
    complete_erasure(desk, entry(), ELDER)
    assert row(desk)["erasure"] == "completed"
    assert rows(desk, DOCUMENT) == []


def test_a_number_of_an_absorbed_record_leads_to_the_kept_one(desk: MemoryDesk) -> None:
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=OTHER, reason=REASON))
    assert person_by_digest(asked(desk), desk.digest(NUMBER)) == ELDER


def test_a_number_leads_to_who_was_kept_last_or_as_far_as_the_reader_sees(
    desk: MemoryDesk,
) -> None:
    away = derived_id("person away")
    register(desk, away, scope=Scope(operator=OPERATOR, station=derived_id("other station")))
    record_identity_document(desk, entry(), OTHER, "id_card", NUMBER)
    for kept, absorbed in ((ELDER, OTHER), (away, ELDER)):
        facts = PersonsMerged(kept=kept, absorbed=absorbed, reason=REASON)
        merge_persons(desk, entry(), facts)
    assert person_by_digest(asked(desk), desk.digest(NUMBER)) == away
    here = replace(principal(), stations=(STATION,))
    assert person_by_digest(told((persons,), desk.log, here), desk.digest(NUMBER)) == away


def test_consents_show_until_when_they_hold(desk: MemoryDesk) -> None:
    def held() -> list[tuple[str, date, bool]]:
        found = asked(desk).rows(CONSENT, where={"person": (ELDER, CHILD)})
        return [(each["purpose"], each["ends"], each["by_guardian"]) for each in found]

    note_about(desk, entry(), ELDER, ConsentGiven(purpose="health", form="oral", begins=TODAY))
    assert sorted(held()) == [("health", OPEN, False), ("service", OPEN, True)]
    note_about(desk, entry(), ELDER, ConsentWithdrawn(purpose="health", ends=TOMORROW))
    assert sorted(held()) == [("health", TOMORROW, False), ("service", OPEN, True)]


def test_a_residence_is_a_row_that_a_correction_replaces(desk: MemoryDesk) -> None:
    season = ResidencePeriodRecorded(residence="seasonal", begins=TODAY)
    target = note_about(desk, entry(), ELDER, season).events[0]
    person = desk.load(Person, ELDER)
    facts = ResidencePeriodRecorded(residence="registered_elsewhere", begins=TODAY, ends=TOMORROW)
    after = Effective(occurred=person.standing(target).occurred, facts=facts)
    person.correct(entry(), target, after, REASON)
    desk.save(entry(), person)
    (found,) = rows(desk, RESIDENCE)
    assert (found["event"], found["ends"]) == (target, TOMORROW)
    assert found["residence"] == "registered_elsewhere"
    person.void(entry(), target, REASON)
    desk.save(entry(), person)
    assert rows(desk, RESIDENCE) == []


def test_checks_are_known_by_person_and_a_call_may_be_one(desk: MemoryDesk) -> None:
    checked = RegisterInfoVerified(
        kind="register_verification", person=ELDER, method="visit", outcome="changed"
    )
    verify_register(desk, entry(YESTERDAY), SCOPE, checked)
    for verified, day in ((True, TODAY), (False, TOMORROW)):
        call = PhoneContactMade(
            kind="phone_contact",
            attendance=(Attendance(person=OTHER),),
            verified=verified,
            workers=(WORKER,),
        )
        record_visit(desk, entry(day), SCOPE, call)
    everyone = (ELDER, OTHER, CHILD)
    first, last = Check(YESTERDAY, ELDER), Check(TODAY, OTHER)
    assert last_checks(asked(desk), everyone, TOMORROW) == {ELDER: first, OTHER: last}
    assert last_checks(asked(desk), everyone, YESTERDAY) == {ELDER: first}
    assert {each["worker"] for each in rows(desk, VERIFICATION)} == {WORKER}


def test_what_an_absorbed_record_says_is_told_of_the_one_that_was_kept(desk: MemoryDesk) -> None:
    third = derived_id("third person")
    register(desk, third)
    join(desk, ELDER)
    join(desk, OTHER)
    checked = RegisterInfoVerified(
        kind="register_info", person=ELDER, method="phone", outcome="confirmed", worker=WORKER
    )
    verify_register(desk, entry(), SCOPE, checked)
    chain = [(OTHER, ELDER), (third, OTHER)]
    for kept, absorbed in chain:
        merge_persons(desk, entry(), PersonsMerged(kept=kept, absorbed=absorbed, reason=REASON))
    answers = asked(desk)
    members = members_on(answers, "living_alone", TODAY)
    assert [(row["person"], row["noted_on"]) for row in members] == [
        (third, sorted((ELDER, OTHER)))
    ]
    everyone, check = (ELDER, OTHER, third), Check(TODAY, ELDER)
    assert last_checks(answers, everyone, TODAY) == dict.fromkeys(everyone, check)
    assert records_of(answers, (OTHER,)) == {OTHER: [OTHER, ELDER]}
    split_persons(desk, entry(), PersonsSplit(kept=OTHER, absorbed=ELDER, reason=REASON))
    answers = asked(desk)
    assert last_checks(answers, everyone, TODAY) == {ELDER: check}
    assert {
        row["person"]: row["noted_on"] for row in members_on(answers, "living_alone", TODAY)
    } == {
        ELDER: [ELDER],
        third: [OTHER],
    }


def test_a_leader_is_a_row(desk: MemoryDesk) -> None:
    recognised = CommunityLeaderRecognised(kind="community_leader", person=ELDER, theme="合唱")
    recognise_leader(desk, entry(), SCOPE, recognised)
    (found,) = rows(desk, LEADER)
    assert (found["person"], found["day"], found["theme"]) == (ELDER, TODAY, "合唱")


# Households.


def members(desk: MemoryDesk, household: Id = HOME) -> dict[Id, tuple[str, date]]:
    found = asked(desk).rows(MEMBER, where={"household": household})
    return {each["person"]: (each["role"], each["ends"]) for each in found}


@pytest.fixture
def home(desk: MemoryDesk) -> MemoryDesk:
    """The elder heads a household in which the child lives."""
    formed = HouseholdFormed(community="丹州社区", head=ELDER, begins=TODAY)
    form_household(desk, entry(), SCOPE, formed, id=HOME)
    added = MemberAdded(person=CHILD, role="grandchild", begins=TODAY)
    add_member(desk, entry(), HOME, added)
    return desk


def test_a_household_its_members_and_where_they_are_counted(home: MemoryDesk) -> None:
    (found,) = rows(home, HOUSEHOLD)
    assert (found["head"], found["community"], found["ends"]) == (ELDER, "丹州社区", OPEN)
    assert members(home) == {ELDER: ("head", OPEN), CHILD: ("grandchild", OPEN)}
    assert (row(home)["household"], row(home, CHILD)["household"]) == (HOME, HOME)


def test_a_child_of_two_households_is_counted_in_the_first(home: MemoryDesk) -> None:
    formed = HouseholdFormed(community="海罗村", head=OTHER, begins=TODAY)
    form_household(home, entry(), SCOPE, formed, id=SECOND_HOME)
    shared = MemberAdded(person=CHILD, role="child", begins=TODAY, shared_custody=True)
    add_member(home, entry(), SECOND_HOME, shared)
    assert row(home, CHILD)["household"] == HOME
    remove_member(home, entry(), HOME, MemberLeft(person=CHILD, ends=TODAY))
    assert row(home, CHILD)["household"] == SECOND_HOME
    assert members(home)[CHILD] == ("grandchild", TODAY)


def test_the_head_changes_and_a_dissolved_household_is_empty(home: MemoryDesk) -> None:
    change_head(home, entry(), HOME, CHILD, TODAY)
    assert members(home) == {ELDER: ("other", OPEN), CHILD: ("head", OPEN)}
    dissolved = HouseholdDissolved(last_day=TODAY, reason="全家搬迁")
    dissolve_household(home, entry(), HOME, dissolved)
    assert {ends for _, ends in members(home).values()} == {TODAY}
    assert rows(home, HOUSEHOLD)[0]["ends"] == TODAY
    assert row(home)["household"] is None


def test_hardship_is_a_row_a_kind_and_goes_with_a_void(home: MemoryDesk) -> None:
    assessed = HardshipAssessed(
        kinds=("minimum_living", "illness"), begins=TODAY, valid_to=TOMORROW
    )
    target = assess_hardship(home, entry(), HOME, assessed).events[0]
    assert [each["kind"] for each in rows(home, HARDSHIP)] == ["illness", "minimum_living"]
    household = home.load(Household, HOME)
    household.void(entry(), target, REASON)
    home.save(entry(), household)
    assert rows(home, HARDSHIP) == []
