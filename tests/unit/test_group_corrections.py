"""Setting a group's records right: sessions, members, the opening that follows, the closing."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins

from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import Reason
from domain.group_commands import close_group, enrol_member, leave_group, take_step
from domain.group_facts import (
    GroupClosed,
    GroupEvaluated,
    GroupGraduatedToCommunityOrg,
    GroupOpened,
    GroupRestated,
    GroupSessionHeld,
    MemberEnrolled,
    MemberLeft,
    RecruitmentOpened,
)
from domain.identity import Id, derived_id
from domain.refusals import FORBIDDEN
from tests.groupwork import (
    COLLEAGUE,
    MEMBERS,
    STRANGER,
    GroupworkDesk,
    came,
    days,
    enrolled,
    held,
    loaded,
    sessions,
)
from tests.neighbours import Choir
from tests.station import LATE, entry, refused

REASON = Reason(code="entry_error", text="节次录入错误")
NOW = days(50)
CHOIR = derived_id("choir")


def correct(
    desk: GroupworkDesk, group: Id, target: Id, *, day: int | None = None, **fields: Any
) -> None:
    occurred = None if day is None else entry(days(day)).occurred
    correct_record(desk, entry(NOW, **LATE), group, target, fields, REASON, occurred)


def void(desk: GroupworkDesk, group: Id, target: Id) -> None:
    void_record(desk, entry(NOW), group, target, REASON)


def reinstate(desk: GroupworkDesk, group: Id, target: Id) -> None:
    reinstate_record(desk, entry(NOW), group, target, REASON)


def with_two(desk: GroupworkDesk) -> tuple[Id, Id, Id]:
    """Return a group and its two sessions, on days 7 and 14."""
    group = enrolled(desk)
    first, second = (held(desk, group, number).events[0] for number in (1, 2))
    return group, first, second


def record_of(desk: GroupworkDesk, group: Id, kind: type) -> Id:
    records = loaded(desk, group).records
    return next(id for id, one in records.items() if isinstance(one.effective.facts, kind))


def opened_on(desk: GroupworkDesk, group: Id) -> list[Any]:
    return [one.occurred.day for one in loaded(desk, group).effective(GroupOpened)]


def test_a_corrected_session_keeps_the_rules_of_a_new_one() -> None:
    desk = GroupworkDesk()
    group, first, second = with_two(desk)
    with refused("group.number_used"):
        correct(desk, group, second, number=1)
    with refused("group.phase_backwards"):
        correct(desk, group, first, phase="ending")
    with refused("bounds.number", "facts.minutes"):
        correct(desk, group, first, minutes=0)
    with refused("group.session_before_plan"):
        correct(desk, group, first, day=-1)
    with refused("group.nobody_came"):
        correct(desk, group, first, attendance=[])
    with refused("group.not_a_member", "attendance.0.person"):
        correct(desk, group, first, attendance=to_builtins(came(STRANGER)))
    with refused("group.roster_fixed", "facts.enrolled"):
        correct(desk, group, first, enrolled=4)
    correct(desk, group, first, minutes=60, day=8)
    assert [session.minutes for session in sessions(desk, group)] == [60, 90]


def test_a_session_after_the_closing_is_refused_as_a_correction_too() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    with refused("group.session_after_closing"):
        correct(desk, group, first, day=16)


def test_who_stood_on_the_roster_stays_although_the_membership_was_set_right_since() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    void(desk, group, record_of(desk, group, MemberEnrolled))
    assert len(loaded(desk, group).enrolments(days(7))) == 2
    correct(desk, group, first, minutes=60)
    corrected = sessions(desk, group)[0]
    assert (corrected.enrolled, len(corrected.attendance)) == (3, 3)
    void(desk, group, first)
    reinstate(desk, group, first)
    correct(desk, group, first, enrolled=2)


def test_a_session_that_is_moved_has_the_roster_of_its_new_day() -> None:
    """Of three members one comes to neither session, and left before the day it is moved to."""
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrol_member(desk, entry(days(8)), group, MemberEnrolled(member=STRANGER))
    leave_group(desk, entry(days(9)), group, MemberLeft(member=MEMBERS[2], reason="moved"))
    first = held(desk, group, 1, attendance=came(*MEMBERS[:2])).events[0]
    correct(desk, group, first, day=10)
    (session,) = sessions(desk, group)
    assert [(line.person, line.status) for line in session.attendance] == [
        (MEMBERS[0], "present"),
        (MEMBERS[1], "present"),
        (STRANGER, "absent"),
    ]
    assert session.enrolled == 3
    correct(desk, group, first, day=8)
    (session,) = sessions(desk, group)
    assert (session.enrolled, len(session.attendance)) == (4, 4)
    with refused("group.roster_fixed", "facts.enrolled"):
        correct(desk, group, first, day=10, enrolled=4 + 1)


def test_who_came_is_no_member_of_a_day_before_they_joined() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrol_member(desk, entry(days(8)), group, MemberEnrolled(member=STRANGER))
    second = held(desk, group, 1, day=14, attendance=came(*MEMBERS, STRANGER)).events[0]
    with refused("group.not_a_member", "attendance.3.person"):
        correct(desk, group, second, day=7)
    guest = [*came(*MEMBERS), *came(STRANGER, role="guest")]
    correct(desk, group, second, day=7, attendance=to_builtins(guest))
    (session,) = sessions(desk, group)
    assert [line.role for line in session.attendance] == ["client"] * 3 + ["guest"]
    assert session.enrolled == 3


def test_a_void_number_is_free_and_its_session_comes_back_only_where_it_fits() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    void(desk, group, first)
    held(desk, group, 1, day=15)
    with refused("group.number_used"):
        reinstate(desk, group, first)


# The opening follows the sessions


def test_when_the_first_session_is_void_the_group_was_opened_with_the_next() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    void(desk, group, first)
    assert opened_on(desk, group) == [days(14)]
    reinstate(desk, group, first)
    assert opened_on(desk, group) == [days(7)]
    restated = desk.facts(group)[-1]
    assert isinstance(restated, GroupRestated)
    assert restated.standing is not None
    assert restated.standing.opened == days(7)


def test_when_the_first_session_moves_the_opening_moves_with_it() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    correct(desk, group, first, day=9)
    assert opened_on(desk, group) == [days(9)]
    correct(desk, group, first, day=15, minutes=60)
    assert opened_on(desk, group) == [days(14)]


def test_a_group_of_which_no_session_stands_was_not_opened() -> None:
    desk = GroupworkDesk()
    group, first, second = with_two(desk)
    void(desk, group, first)
    void(desk, group, second)
    assert opened_on(desk, group) == []
    assert loaded(desk, group).stands.opened is None
    held(desk, group, 3, day=21)
    assert opened_on(desk, group) == [days(21)]


def stage_of(desk: GroupworkDesk, group: Id) -> str:
    restated = desk.facts(group)[-1]
    assert isinstance(restated, GroupRestated)
    assert restated.standing == loaded(desk, group).stands
    return loaded(desk, group).stands.stage


def test_a_group_of_which_no_session_stands_does_not_run() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    take_step(desk, entry(days(1)), group, RecruitmentOpened())
    first = held(desk, group).events[0]
    void(desk, group, first)
    assert stage_of(desk, group) == "recruiting"
    with refused("group.wrong_stage"):
        take_step(desk, entry(days(9)), group, GroupEvaluated())
    reinstate(desk, group, first)
    assert stage_of(desk, group) == "running"


def test_a_group_that_is_not_closed_after_all_runs_only_if_it_met() -> None:
    desk = GroupworkDesk()
    group, first, second = with_two(desk)
    close_group(desk, entry(days(15)), group, completed=False, reason="venue_lost")
    for session in (first, second):
        void(desk, group, session)
    closing = record_of(desk, group, GroupClosed)
    void(desk, group, closing)
    assert stage_of(desk, group) == "planned"
    reinstate(desk, group, closing)
    reinstate(desk, group, first)
    void(desk, group, closing)
    assert stage_of(desk, group) == "running"


def test_nothing_more_is_recorded_when_the_opening_stays_as_it_was() -> None:
    desk = GroupworkDesk()
    group, _, second = with_two(desk)
    before = len(desk.facts(group))
    correct(desk, group, second, minutes=60)
    assert len(desk.facts(group)) == before + 1


def test_the_opening_itself_is_not_set_right_by_hand() -> None:
    desk = GroupworkDesk()
    group, _, _ = with_two(desk)
    opening = record_of(desk, group, GroupOpened)
    with refused("group.opening_follows_sessions", "target"):
        void(desk, group, opening)
    with refused("group.opening_follows_sessions", "target"):
        correct(desk, group, opening, day=8)
    empty = GroupworkDesk()
    group, first, second = with_two(empty)
    opening = record_of(empty, group, GroupOpened)
    void(empty, group, first)
    void(empty, group, second)
    with refused("group.opening_follows_sessions", "target"):
        reinstate(empty, group, opening)


# Members


def test_an_enrolment_is_set_right_within_the_rules() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrolment = record_of(desk, group, MemberEnrolled)
    with refused("group.before_plan"):
        correct(desk, group, enrolment, day=-1)
    with refused("group.already_member"):
        correct(desk, group, enrolment, member=MEMBERS[1])
    leave_group(desk, entry(days(5)), group, MemberLeft(member=MEMBERS[0], reason="moved"))
    with refused("group.no_such_member"):
        correct(desk, group, enrolment, day=6)
    correct(desk, group, enrolment, day=3)
    assert MEMBERS[0] not in loaded(desk, group).enrolments(days(2))


def test_an_enrolment_is_corrected_to_people_who_could_have_been_taken_in() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrolment = record_of(desk, group, MemberEnrolled)
    with refused("not_found", "member"):
        correct(desk, group, enrolment, member=derived_id("nobody"))
    desk.neighbours["person", STRANGER].died_on = days(-1)
    with refused(FORBIDDEN.code, "member"):
        correct(desk, group, enrolment, member=STRANGER)
    desk.neighbours["person", STRANGER].died_on = None
    correct(desk, group, enrolment, member=STRANGER)
    assert STRANGER in loaded(desk, group).enrolments(days(2))


def test_a_void_enrolment_comes_back_only_where_there_is_no_other() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrolment = record_of(desk, group, MemberEnrolled)
    void(desk, group, enrolment)
    enrol_member(desk, entry(days(1)), group, MemberEnrolled(member=MEMBERS[0]))
    with refused("group.already_member"):
        reinstate(desk, group, enrolment)


# The closing


def test_sessions_of_a_completed_group_are_not_void_below_its_minimum() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    with refused("group.closed_as_completed", "target"):
        void(desk, group, first)
    closing = record_of(desk, group, GroupClosed)
    correct(desk, group, closing, kind="group_unfinished")
    void(desk, group, first)
    with refused("group.too_few_sessions"):
        correct(desk, group, closing, kind="group_closed")


def test_a_closing_is_corrected_to_completed_or_unfinished_and_no_other() -> None:
    desk = GroupworkDesk()
    group, _, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    closing = record_of(desk, group, GroupClosed)
    with refused("group.other_closure", "facts.kind"):
        correct(desk, group, closing, kind="staff_group_closed")
    with refused("group.other_closure", "facts.minimum"):
        correct(desk, group, closing, minimum=1)
    with refused("group.closed_before_session"):
        correct(desk, group, closing, day=13)
    correct(desk, group, closing, day=16)
    assert loaded(desk, group).stands.closed == days(16)


def test_with_a_void_closing_the_group_runs_on_and_is_closed_again_once() -> None:
    desk = GroupworkDesk()
    group, _, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    closing = record_of(desk, group, GroupClosed)
    void(desk, group, closing)
    assert (loaded(desk, group).stands.stage, loaded(desk, group).stands.closed) == (
        "running",
        None,
    )
    held(desk, group, 3)
    with refused("group.closed_before_session"):
        reinstate(desk, group, closing)
    close_group(desk, entry(days(22)), group)
    with refused("group.wrong_stage"):
        reinstate(desk, group, closing)


def test_a_reinstated_closing_closes_the_group() -> None:
    desk = GroupworkDesk()
    group, _, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    closing = record_of(desk, group, GroupClosed)
    void(desk, group, closing)
    reinstate(desk, group, closing)
    stands = loaded(desk, group).stands
    assert (stands.stage, stands.closed) == ("closed", days(15))
    assert desk.facts(group)[-1] == GroupRestated(record=closing, standing=stands)


def test_the_closing_of_a_group_that_graduated_stands() -> None:
    desk = GroupworkDesk()
    group, _, _ = with_two(desk)
    close_group(desk, entry(days(15)), group, minimum=2)
    desk.neighbours["community_org", CHOIR] = Choir(identified_on=days(0))
    take_step(desk, entry(days(16)), group, GroupGraduatedToCommunityOrg(organisation=CHOIR))
    closing = record_of(desk, group, GroupClosed)
    with refused("group.graduated", "target"):
        void(desk, group, closing)
    correct(desk, group, closing, day=16)
    stands = loaded(desk, group).stands
    assert (stands.stage, stands.closed) == ("graduated", days(16))


def test_the_colleague_who_led_may_be_put_right() -> None:
    desk = GroupworkDesk()
    group, first, _ = with_two(desk)
    correct(desk, group, first, leader=COLLEAGUE, workers=[COLLEAGUE])
    session: GroupSessionHeld = sessions(desk, group)[0]
    assert (session.leader, session.workers) == (COLLEAGUE, (COLLEAGUE,))
