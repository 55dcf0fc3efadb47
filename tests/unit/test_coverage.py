"""Coverage (counting rule 9): who of a register was reached in a period, and who was not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

import pytest

from domain.age import Birth
from domain.case_commands import hold_session as hold_case_session
from domain.case_commands import open_case
from domain.case_facts import CaseOpened, CaseSessionHeld, CaseStanding
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance, PriorityGroup
from domain.entry import Scope
from domain.event import Reason
from domain.identifying import merge_persons, split_persons
from domain.identity import Id, derived_id
from domain.registering import leave_group, note_about
from domain.registry import (
    DeathRetracted,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonsMerged,
    PersonsSplit,
    PriorityGroupJoined,
    Residence,
    ResidencePeriodRecorded,
)
from domain.visit import (
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
    Visit,
    record_attempt,
    record_visit,
)
from projections.coverage import (
    CONTACTS,
    COUNTABLE,
    Coverage,
    CoverageRows,
    Period,
    contacts,
    coverage,
    known,
    meetings,
    members,
)
from projections.engine.view import Row
from projections.naming import names
from projections.person import persons
from projections.registers import age_bands, members_on, registered_on
from projections.signals.trace import traces
from projections.visit import visits
from tests.folding import told
from tests.groupwork import MEMBERS, came, enrolled, held
from tests.register import ELDER, OTHER, register
from tests.station import OPERATOR, SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry

DAY = timedelta(days=1)
THIRD, AWAY = derived_id("third person"), derived_id("person away")
LATER = derived_id("person registered later")
ELSEWHERE = Scope(operator=OPERATOR, station=derived_id("other station"))
PLACE = {"operator": OPERATOR, "place": STATION}
REASON = Reason(code="entry_error", text="录入时看错了")


def days(number: int) -> date:
    """Return the day so many days after the people were registered."""
    return TODAY + number * DAY


EVER = Period(last=days(9), reference=days(9))


@pytest.fixture
def desk() -> MemoryDesk:
    """Three elders of 68 in the register of one station, two of them living alone."""
    desk = MemoryDesk()
    for person in (ELDER, OTHER, THIRD):
        register(desk, person)
    for person in (ELDER, OTHER):
        join(desk, person)
    return desk


def join(desk: MemoryDesk, person: Id, group: PriorityGroup = "living_alone", day: int = 0) -> None:
    joined = PriorityGroupJoined(group=group, basis="assessment", begins=days(day))
    note_about(desk, entry(days(max(day, 0))), person, joined)


def visit(
    desk: MemoryDesk, *people: Id, day: int = 1, scope: Scope = SCOPE, **facts: Any
) -> tuple[Id, Id]:
    """Visit people at home; return the visit's stream and record."""
    given: dict[str, Any] = {"kind": "home_visit", "minutes": 40, "attendance": came(*people)}
    receipt = record_visit(desk, entry(days(day)), scope, HomeVisitMade(**given | facts))
    return receipt.stream, receipt.events[0]


def all_of(
    desk: MemoryDesk, reference: int = 9, *, first: int | None = 0, last: int = 9, **more: Any
) -> dict[str | None, Coverage]:
    """Return the coverage of every group, and of the register under None."""
    since = None if first is None else days(first)
    period = Period(first=since, last=days(last), reference=days(reference))
    return {each.group: each for each in coverage(looked_at(desk, period, **more))}


def looked_at(desk: MemoryDesk, period: Period = EVER, **more: Any) -> CoverageRows:
    answers = told((persons, traces, visits), desk.log)
    return known(answers, PLACE, period, **more)


def share(desk: MemoryDesk, *args: int, group: str | None = None, **more: Any) -> tuple[int, int]:
    """Return numerator and denominator of the whole register, or of a group."""
    found = all_of(desk, *args, **more)[group]
    return found.numerator, found.denominator


def alone(desk: MemoryDesk, *args: int, **more: Any) -> tuple[int, int]:
    """Return those of the elders who live alone."""
    return share(desk, *args, group="living_alone", **more)


def test_a_member_is_reached_by_one_contact_and_counts_once_for_many(desk: MemoryDesk) -> None:
    assert alone(desk) == (0, 2)
    visit(desk, ELDER)
    visit(desk, ELDER, day=2)
    assert alone(desk) == (1, 2)
    found = all_of(desk)["living_alone"]
    assert (found.reached, found.unreached) == ((ELDER,), (OTHER,))
    assert (found.tenths, found.formula, found.as_of) == (500, "coverage@1", days(9))


def test_a_share_of_nobody_is_none(desk: MemoryDesk) -> None:
    found = all_of(desk)["orphan"]
    assert (found.numerator, found.denominator, found.tenths) == (0, 0, None)
    assert all_of(MemoryDesk())[None].tenths is None


def test_a_member_of_two_groups_is_in_both_and_once_in_the_register(desk: MemoryDesk) -> None:
    join(desk, ELDER, "disabled")
    visit(desk, ELDER)
    assert (alone(desk), share(desk, group="disabled"), share(desk)) == ((1, 2), (1, 1), (1, 3))
    assert all_of(desk)[None].tenths == 333
    visit(desk, OTHER)
    assert all_of(desk)[None].tenths == 667


def test_days_are_included_on_both_ends_and_without_a_first_all_count(desk: MemoryDesk) -> None:
    visit(desk, ELDER, day=3)
    for first, last, reached in ((3, 3, 1), (4, 9, 0), (0, 2, 0), (None, 3, 1), (None, 2, 0)):
        assert alone(desk, first=first, last=last) == (reached, 2)


def test_the_dead_leave_both_figures_on_the_day_of_death(desk: MemoryDesk) -> None:
    visit(desk, ELDER)
    died = PersonDied(died=days(5), source="家属")
    note_about(desk, entry(days(5)), ELDER, died)
    assert (alone(desk, 4), alone(desk, 5)) == ((1, 2), (0, 1))
    note_about(desk, entry(days(6)), ELDER, DeathRetracted(reason=REASON))
    assert alone(desk, 5) == (1, 2)


def test_whoever_is_away_on_the_reference_date_is_in_neither_figure(desk: MemoryDesk) -> None:
    visit(desk, ELDER)
    note_about(desk, entry(days(9)), ELDER, PersonMovedAway(moved=days(3)))
    assert (alone(desk, 2), alone(desk, 3), alone(desk, 7)) == ((1, 2), (0, 1), (0, 1))
    note_about(desk, entry(days(9)), ELDER, PersonMovedBack(returned=days(6)))
    assert (alone(desk, 5), alone(desk, 6), alone(desk, 9)) == ((0, 1), (1, 2), (1, 2))


def merge(desk: MemoryDesk, kept: Id, absorbed: Id, day: int) -> None:
    merge_persons(
        desk, entry(days(day)), PersonsMerged(kept=kept, absorbed=absorbed, reason=REASON)
    )


def test_a_merged_person_is_registered_from_the_earliest_registration_on(desk: MemoryDesk) -> None:
    visit(desk, ELDER)
    before = share(desk, 3, last=3), alone(desk, 3, last=3)
    register(desk, LATER, day=days(20))
    merge(desk, LATER, ELDER, 21)
    assert (share(desk, 3, last=3), alone(desk, 3, last=3)) == before == ((1, 3), (1, 2))
    asked = told((persons,), desk.log)
    assert {row["person"] for row in members_on(asked, "living_alone", days(3))} == {LATER, OTHER}
    assert age_bands(asked, days(3), [(0, None)]) == [3]
    assert registered_on(asked, days(-1)) == []
    assert [row["person"] for row in registered_on(asked, days(3), person={LATER, OTHER})] == (
        sorted((LATER, OTHER))
    )


def test_a_record_of_another_station_registers_nobody_here(desk: MemoryDesk) -> None:
    register(desk, AWAY, scope=ELSEWHERE)
    register(desk, LATER, day=days(20))
    merge(desk, LATER, AWAY, 21)
    assert (share(desk, 3), share(desk, 20)) == ((0, 3), (0, 4))


def test_a_death_on_the_absorbed_record_is_the_persons(desk: MemoryDesk) -> None:
    visit(desk, ELDER)
    note_about(desk, entry(days(5)), ELDER, PersonDied(died=days(4), source="家属"))
    merge(desk, THIRD, ELDER, 6)
    assert (share(desk, 3), share(desk, 4), alone(desk, 3), alone(desk, 4)) == (
        (1, 2), (0, 1), (1, 2), (0, 1),
    )  # fmt: skip


def test_a_move_on_the_absorbed_record_is_the_persons_until_they_are_registered_again(
    desk: MemoryDesk,
) -> None:
    note_about(desk, entry(days(2)), ELDER, PersonMovedAway(moved=days(2)))
    merge(desk, THIRD, ELDER, 6)
    assert (share(desk, 1), share(desk, 2), alone(desk, 9)) == ((0, 2), (0, 1), (0, 1))
    note_about(desk, entry(days(7)), OTHER, PersonMovedAway(moved=days(3)))
    register(desk, LATER, day=days(8))
    merge(desk, LATER, OTHER, 9)
    assert [alone(desk, n)[1] for n in (1, 2, 3, 7, 8, 9)] == [2, 1, 0, 0, 1, 1]


def test_who_came_back_under_the_absorbed_record_was_away_until_then(desk: MemoryDesk) -> None:
    note_about(desk, entry(days(5)), ELDER, PersonMovedAway(moved=days(2)))
    note_about(desk, entry(days(5)), ELDER, PersonMovedBack(returned=days(4)))
    merge(desk, THIRD, ELDER, 6)
    assert [share(desk, n)[1] for n in (1, 2, 3, 4)] == [2, 1, 1, 2]


def stay(desk: MemoryDesk, person: Id, begins: int, ends: int | None, kind: Residence) -> None:
    last = None if ends is None else days(ends)
    lived = ResidencePeriodRecorded(residence=kind, begins=days(begins), ends=last)
    note_about(desk, entry(days(max(begins, 0))), person, lived)


def test_a_seasonal_guest_is_a_member_during_each_stay(desk: MemoryDesk) -> None:
    """Contradiction I3-07: how many there are to be reached depends on the season."""
    visit(desk, ELDER)
    stay(desk, ELDER, 1, 3, "seasonal")
    stay(desk, ELDER, 6, 7, "seasonal")
    there = [alone(desk, reference)[1] == 2 for reference in range(9)]
    assert there == [True, True, True, True, False, False, True, True, False]
    assert (alone(desk, 3), alone(desk, 4)) == ((1, 2), (0, 1))
    stay(desk, ELDER, 8, None, "resident")
    assert (alone(desk, 5), alone(desk, 8)) == ((0, 1), (1, 2))


def test_only_a_season_ends_and_it_is_of_the_person_whoever_it_is_noted_on(
    desk: MemoryDesk,
) -> None:
    stay(desk, OTHER, 1, 3, "resident")
    stay(desk, THIRD, 1, 3, "seasonal")
    assert share(desk, 4) == (0, 2)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=THIRD, reason=REASON))
    assert all_of(desk, 3)[None].members == tuple(sorted((ELDER, OTHER)))
    assert all_of(desk, 4)[None].members == (OTHER,)


def test_only_who_is_in_the_group_on_the_reference_date_is_a_member(desk: MemoryDesk) -> None:
    """Given who joins and who leaves within the period, a contact before or after either counts:
    it is of the person, and the membership of the day."""
    join(desk, THIRD, day=5)
    leave_group(desk, entry(days(6)), OTHER, "living_alone", days(6))
    visit(desk, THIRD, day=1)
    visit(desk, OTHER, day=8)
    assert alone(desk, 4) == (1, 2)
    assert alone(desk, 5) == (2, 3)
    assert alone(desk, 6) == (2, 3)
    assert alone(desk, 7) == (1, 2)


def test_a_membership_by_mistake_was_never_held(desk: MemoryDesk) -> None:
    leave_group(desk, entry(days(6)), OTHER, "living_alone", days(6), "entry_error")
    assert alone(desk, 3) == (0, 1)


def test_nobody_is_in_the_register_before_they_were_registered(desk: MemoryDesk) -> None:
    assert share(desk, -1) == (0, 0)


def test_advanced_age_follows_from_the_birth(desk: MemoryDesk) -> None:
    eighty = derived_id("eighty soon")
    birth = Birth(day=days(5).replace(year=days(5).year - 80))
    register(desk, eighty, birth=birth)
    assert share(desk, 4, group="advanced_age") == (0, 0)
    visit(desk, eighty)
    assert share(desk, 5, group="advanced_age") == (1, 1)


def test_a_corrected_contact_counts_as_corrected_and_a_void_one_not(desk: MemoryDesk) -> None:
    stream, record = visit(desk, ELDER)
    correct_record(desk, entry(days(1)), stream, record, {"attendance": came(OTHER)}, REASON)
    assert all_of(desk)["living_alone"].reached == (OTHER,)
    void_record(desk, entry(days(1)), stream, record, REASON)
    assert alone(desk) == (0, 2)
    reinstate_record(desk, entry(days(1)), stream, record, REASON)
    assert alone(desk) == (1, 2)


def test_whoever_was_registered_twice_counts_once_and_was_reached_under_either_record(
    desk: MemoryDesk,
) -> None:
    join(desk, OTHER, "disabled")
    visit(desk, OTHER)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=OTHER, reason=REASON))
    found = all_of(desk)
    assert (found["living_alone"].members, found["living_alone"].reached) == ((ELDER,), (ELDER,))
    assert (found["disabled"].members, found["disabled"].reached) == ((ELDER,), (ELDER,))
    assert share(desk) == (1, 2)
    merge_persons(desk, entry(), PersonsMerged(kept=THIRD, absorbed=ELDER, reason=REASON))
    assert all_of(desk)["disabled"].reached == (THIRD,)
    split_persons(desk, entry(), PersonsSplit(kept=THIRD, absorbed=ELDER, reason=REASON))
    split_persons(desk, entry(), PersonsSplit(kept=ELDER, absorbed=OTHER, reason=REASON))
    assert all_of(desk)["living_alone"].reached == (OTHER,)


def test_two_records_of_one_person_at_one_contact_are_one_person_met(desk: MemoryDesk) -> None:
    visit(desk, ELDER, OTHER)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=OTHER, reason=REASON))
    (one,) = contacts(looked_at(desk))
    assert one.met == (ELDER,)


def test_work_and_people_of_another_station_are_its_own(desk: MemoryDesk) -> None:
    register(desk, AWAY, scope=ELSEWHERE)
    visit(desk, ELDER, scope=ELSEWHERE)
    visit(desk, AWAY)
    assert share(desk) == (0, 3)


def test_a_record_of_another_station_that_was_merged_into_ours_was_of_ours(
    desk: MemoryDesk,
) -> None:
    register(desk, AWAY, scope=ELSEWHERE)
    visit(desk, AWAY)
    merge_persons(desk, entry(), PersonsMerged(kept=ELDER, absorbed=AWAY, reason=REASON))
    assert all_of(desk)[None].reached == (ELDER,)


def test_only_who_was_there_in_person_and_by_name_was_met(desk: MemoryDesk) -> None:
    stranger = Attendance(role="resident", count=2, source="counted")
    absent = Attendance(person=OTHER, status="absent")
    helper = Attendance(person=THIRD, role="volunteer")
    visit(desk, attendance=(stranger, absent, helper))
    attempt = HomeVisitAttempted(person=ELDER, workers=(WORKER,), outcome="no_answer")
    record_attempt(desk, entry(days(2)), SCOPE, attempt)
    assert share(desk) == (0, 3)
    visit(desk, attendance=(Attendance(person=OTHER, role="family"), absent_of(ELDER)), day=3)
    assert all_of(desk)[None].reached == (OTHER,)


def absent_of(person: Id) -> Attendance:
    return Attendance(person=person, status="excused")


def call(person: Id, *, answered: bool, status: Any = "present") -> PhoneContactMade:
    there = (Attendance(person=person, status=status),)
    return PhoneContactMade(kind="phone_contact", attendance=there, answered=answered)


def test_a_call_counts_where_somebody_answered(desk: MemoryDesk) -> None:
    for person, answered, status in ((ELDER, True, "present"), (OTHER, False, "absent")):
        facts = call(person, answered=answered, status=status)
        record_visit(desk, entry(days(2)), SCOPE, facts)
    assert all_of(desk)["living_alone"].reached == (ELDER,)


def test_an_old_call_that_nobody_answered_met_nobody_whoever_stands_in_it(desk: MemoryDesk) -> None:
    old = Visit.start(entry(days(2)), SCOPE, call(OTHER, answered=False))
    desk.save(entry(days(2)), old)
    assert alone(desk) == (0, 2)


def test_a_session_of_a_case_is_a_contact(desk: MemoryDesk) -> None:
    opened = CaseOpened(
        kind="case_opened",
        standing=CaseStanding(
            stage="received",
            case_type="loneliness",
            worker=WORKER,
            client=ELDER,
            audience="elderly",
        ),
    )
    case = open_case(desk, entry(), SCOPE, opened).stream
    session = CaseSessionHeld(kind="case_session", minutes=50, attendance=came(ELDER))
    hold_case_session(desk, entry(days(1)), case, session)
    assert all_of(desk)[None].reached == (ELDER,)


def test_whoever_came_to_a_session_of_a_group_was_met_and_no_other_member() -> None:
    desk = MemoryDesk()
    for person in MEMBERS:
        register(desk, person)
    group = enrolled(desk)
    held(desk, group, day=1, attendance=came(*MEMBERS[:2]))
    assert all_of(desk)[None].unreached == MEMBERS[2:]


def test_which_kinds_qualify_is_said_by_who_asks(desk: MemoryDesk) -> None:
    visit(desk, ELDER)
    record_visit(desk, entry(days(2)), SCOPE, call(OTHER, answered=True))
    assert alone(desk) == (2, 2)
    assert alone(desk, kinds=("phone_contact",)) == (1, 2)
    assert alone(desk, kinds=("case_session",)) == (0, 2)


def test_every_kind_that_may_be_asked_for_has_a_name() -> None:
    assert set(CONTACTS) < COUNTABLE
    assert "drop_in" not in COUNTABLE, "nobody is named there"
    assert "training" not in COUNTABLE, "nobody there is a beneficiary"
    assert [kind for kind in COUNTABLE if f"code.{kind}" not in names()] == []


def test_a_village_is_looked_at_by_itself(desk: MemoryDesk) -> None:
    register(desk, AWAY, community="海罗村")
    visit(desk, AWAY)
    assert share(desk, community="海罗村") == (1, 1)
    assert share(desk, community="丹州社区") == (0, 3)


def test_a_figure_opens_to_its_members_and_to_what_reached_them(desk: MemoryDesk) -> None:
    _, first = visit(desk, ELDER, THIRD)
    _, last = visit(desk, ELDER, day=3)
    join(desk, ELDER, "disabled")
    seen = looked_at(desk)
    alone = {row["person"]: row for row in members(seen, "living_alone")}
    assert alone.keys() == {ELDER, OTHER}
    assert alone[ELDER]["groups"] == ["living_alone", "disabled"]
    assert (alone[ELDER]["contacts"], alone[ELDER]["last_contact"]) == (2, days(3))
    assert (alone[OTHER]["contacts"], alone[OTHER]["last_contact"]) == (0, None)
    assert "born" not in alone[ELDER]
    assert people(members(seen, None, reached=True)) == {ELDER, THIRD}
    assert people(members(seen, None, reached=False)) == {OTHER}
    assert people(members(seen, "disabled", reached=False)) == set()
    behind = {row["event"]: row["met"] for row in meetings(seen, "living_alone")}
    assert behind == {first: [ELDER], last: [ELDER]}
    assert [row["met"] for row in meetings(seen, None)] == [[ELDER, THIRD], [ELDER]]
    assert [row["event"] for row in meetings(seen, None, THIRD)] == [first]
    assert meetings(seen, "disabled", THIRD) == []


def people(rows: list[Row]) -> set[Id]:
    return {row["person"] for row in rows}


def test_each_group_has_the_members_that_the_register_tells_of_that_day(desk: MemoryDesk) -> None:
    """A denominator opens to the list of `/priority-groups/{group}/members`."""
    register(desk, AWAY, birth=Birth(day=date(1930, 1, 1)))
    join(desk, AWAY, "disabled", day=3)
    merge_persons(desk, entry(), PersonsMerged(kept=THIRD, absorbed=OTHER, reason=REASON))
    leave_group(desk, entry(days(6)), ELDER, "living_alone", days(6))
    answers = told((persons, traces, visits), desk.log)
    for reference in (0, 3, 6, 7):
        found = all_of(desk, reference)
        for group in get_args(PriorityGroup):
            members = members_on(answers, group, days(reference), station=STATION)
            assert found[group].members == tuple(sorted(row["person"] for row in members))
