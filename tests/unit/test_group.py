"""The life of a group: its plan, its members, its sessions, its end, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.clock import at
from domain.corrections import correct_record
from domain.counting import Attendance, Counted, person_times
from domain.event import Reason
from domain.group_commands import (
    close_group,
    enrol_member,
    hold_session,
    leave_group,
    plan_group,
    take_step,
)
from domain.group_facts import (
    GroupAgreementAdopted,
    GroupClosed,
    GroupEvaluated,
    GroupGraduatedToCommunityOrg,
    GroupOpened,
    GroupPlanApproved,
    GroupPlanned,
    GroupSessionCancelled,
    GroupSessionHeld,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
    MemberProgressRecorded,
    Phase,
    RecruitmentOpened,
)
from domain.identity import derived_id
from domain.private import private
from domain.refusals import FORBIDDEN
from tests.groupwork import (
    COLLEAGUE,
    MEMBERS,
    ORGANISATION,
    STANDING,
    STRANGER,
    GroupworkDesk,
    came,
    days,
    enrolled,
    finished,
    held,
    loaded,
    planned,
    sessions,
)
from tests.neighbours import Choir, House, OneIndicator
from tests.station import SCOPE, STATION, TODAY, WORKER, entry, principal, refused

APPROVED = entry(principal=principal("supervisor", COLLEAGUE))


def test_a_group_goes_from_plan_to_community_organisation() -> None:
    desk = GroupworkDesk()
    desk.neighbours["community_org", ORGANISATION] = Choir(identified_on=TODAY)
    group = planned(desk)
    stages = [loaded(desk, group).stands.stage]

    def then(facts: GroupStep, day: int = 0, **by: Any) -> None:
        take_step(desk, entry(days(day), **by), group, facts)
        stages.append(loaded(desk, group).stands.stage)

    then(GroupPlanApproved(), principal=principal("supervisor", COLLEAGUE))
    then(RecruitmentOpened(channels=("wechat",)))
    for member in MEMBERS:
        enrol_member(desk, entry(), group, MemberEnrolled(member=member))
    then(GroupAgreementAdopted(rules=("on_time",)))
    for number in (1, 2, 3):
        held(desk, group, number)
    then(MemberProgressRecorded(member=MEMBERS[0], score=4), 21)
    then(GroupEvaluated(), 21)
    close_group(desk, entry(days(22)), group)
    then(GroupGraduatedToCommunityOrg(organisation=ORGANISATION), 30)
    assert stages == [
        "planned", "approved", "recruiting", "recruiting", "running", "evaluated", "graduated",
    ]  # fmt: skip
    stands = loaded(desk, group).stands
    assert (stands.planned, stands.opened, stands.closed) == (days(0), days(7), days(22))


def test_a_group_is_opened_with_its_first_session_and_counted_when_it_closes() -> None:
    desk = GroupworkDesk()
    group = finished(desk)
    counted = [
        (facts.kind, facts.audience, facts.variant)
        for facts in desk.facts(group)
        if isinstance(facts, Counted)
    ]
    assert counted == [
        ("group_session", "elderly", "learning"),
        ("group_opened", "elderly", "learning"),
        ("group_session", "elderly", "learning"),
        ("group_session", "elderly", "learning"),
        ("group_closed", "elderly", "learning"),
    ]
    closed = desk.facts(group)[-1]
    assert isinstance(closed, GroupClosed)
    assert (closed.held, closed.enrolled, closed.minimum) == (3, 3, 3)


def test_what_is_counted_is_allocated_where_the_project_says() -> None:
    desk = GroupworkDesk()
    project = derived_id("project")
    desk.neighbours["project", project] = OneIndicator()
    plan = GroupPlanned(standing=STANDING, aims=("use",))
    group = plan_group(desk, entry(), replace(SCOPE, project=project), plan).stream
    block = (Attendance(role="resident", count=4),)
    held(desk, group, attendance=block, entry={"basis": "imported-aggregate"})
    allocated = [
        len(facts.allocations) for facts in desk.facts(group) if isinstance(facts, Counted)
    ]
    assert allocated == [1, 1]


# The plan


def test_a_plan_has_sessions_and_a_size() -> None:
    desk = GroupworkDesk()
    with refused("group.sessions_impossible", "sessions"):
        planned(desk, replace(STANDING, sessions=0))
    for size in ({"size_min": 0}, {"size_min": 16}):
        with refused("group.size_impossible", "size_max"):
            planned(desk, replace(STANDING, **size))


def test_a_leader_does_not_approve_the_own_plan() -> None:
    desk = GroupworkDesk()
    group = planned(desk, replace(STANDING, co_leader=COLLEAGUE))
    for leader in (WORKER, COLLEAGUE):
        with refused("group.own_approval"):
            own = entry(principal=principal("supervisor", leader))
            take_step(desk, own, group, GroupPlanApproved())


def test_where_the_policy_says_so_nothing_begins_before_the_approval() -> None:
    desk = GroupworkDesk()
    desk.neighbours["station", STATION] = House({"group_plan_approval": 1})
    group = enrolled(desk)
    with refused("group.not_approved"):
        take_step(desk, entry(), group, RecruitmentOpened())
    session = GroupSessionHeld(
        kind="group_session", number=1, phase="formation", attendance=came(*MEMBERS)
    )
    with refused("group.not_approved"):
        hold_session(desk, entry(days(1)), group, session)
    take_step(desk, APPROVED, group, GroupPlanApproved())
    take_step(desk, entry(), group, RecruitmentOpened())
    hold_session(desk, entry(days(1)), group, session)


# Members


def test_a_member_is_taken_in_once_and_may_come_back() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    with refused("group.already_member", "member"):
        enrol_member(desk, entry(days(1)), group, MemberEnrolled(member=MEMBERS[0]))
    with refused("group.reason_missing", "reason"):
        leave_group(desk, entry(days(2)), group, MemberLeft(member=MEMBERS[0], reason=""))
    leave_group(desk, entry(days(2)), group, MemberLeft(member=MEMBERS[0], reason="moved"))
    with refused("group.no_such_member", "member"):
        leave_group(desk, entry(days(2)), group, MemberLeft(member=MEMBERS[0], reason="moved"))
    with refused("group.no_such_member", "member"):
        leave_group(desk, entry(days(2)), group, MemberLeft(member=STRANGER, reason="moved"))
    enrol_member(desk, entry(days(9)), group, MemberEnrolled(member=MEMBERS[0]))
    of_day = [len(loaded(desk, group).enrolments(days(day))) for day in (1, 2, 3, 9)]
    assert of_day == [3, 3, 2, 3]


def test_members_are_people_of_the_register_who_can_be_served() -> None:
    desk = GroupworkDesk()
    group = planned(desk)
    with refused("not_found", "member"):
        enrol_member(desk, entry(), group, MemberEnrolled(member=COLLEAGUE))
    desk.neighbours["person", STRANGER].died_on = days(-1)
    with refused(FORBIDDEN.code, "member"):
        enrol_member(desk, entry(), group, MemberEnrolled(member=STRANGER))


def test_nobody_joins_before_the_plan_or_in_the_future() -> None:
    desk = GroupworkDesk()
    group = planned(desk)
    facts = MemberEnrolled(member=MEMBERS[0])
    with refused("group.before_plan", "occurred.start"):
        enrol_member(desk, entry(days(-1), now=at(TODAY)), group, facts)
    with refused("entry.in_future", "occurred.start"):
        enrol_member(desk, entry(days(1), now=at(TODAY)), group, facts)


def test_progress_is_a_members_and_is_kept_sealed() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    with refused("group.no_such_member", "member"):
        take_step(desk, entry(), group, MemberProgressRecorded(member=STRANGER))
    words = private(MEMBERS[0], "casework", "愿意主动发言")
    take_step(desk, entry(), group, MemberProgressRecorded(member=MEMBERS[0], progress=words))
    kept: Any = desk.facts(group)[-1]
    assert (kept.progress.text, kept.progress.field) == (None, "progress")


# Sessions


def test_a_roster_is_that_of_the_day_with_who_was_absent() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1, attendance=came(*MEMBERS[:2]))
    (session,) = sessions(desk, group)
    assert [(line.person, line.status, line.source) for line in session.attendance] == [
        (MEMBERS[0], "present", "sign-in"),
        (MEMBERS[1], "present", "sign-in"),
        (MEMBERS[2], "absent", "roster"),
    ]
    assert (session.enrolled, person_times(session.attendance)) == (3, 2)
    assert session.attendance[0].groups == ("living_alone",)
    assert (session.leader, session.workers) == (WORKER, (WORKER,))


def test_members_who_join_or_leave_later_change_nothing_that_was_held() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    before = sessions(desk, group)
    enrol_member(desk, entry(days(8)), group, MemberEnrolled(member=STRANGER))
    leave_group(desk, entry(days(9)), group, MemberLeft(member=MEMBERS[0], reason="moved"))
    assert sessions(desk, group) == before
    held(desk, group, 2, attendance=came(*MEMBERS[1:], STRANGER))
    assert [session.enrolled for session in sessions(desk, group)] == [3, 3]
    with refused("group.not_a_member", "attendance.0.person"):
        held(desk, group, 3, attendance=came(MEMBERS[0]))


def test_a_session_entered_late_has_the_roster_of_its_own_day() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    enrol_member(desk, entry(days(8)), group, MemberEnrolled(member=STRANGER))
    late: dict[str, Any] = {"now": at(days(9))}
    with refused("group.not_a_member", "attendance.3.person"):
        held(desk, group, 1, attendance=came(*MEMBERS, STRANGER), entry=late)
    held(desk, group, 1, entry=late)
    (session,) = sessions(desk, group)
    assert (session.enrolled, len(session.attendance)) == (3, 3)


REASON = Reason(code="wrong_count", text="到场人数写错了")


def test_a_stranger_comes_as_a_visitor() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    for role in ("client", "family", "resident"):
        with refused("group.not_a_member", "attendance.0.person"):
            held(desk, group, attendance=came(STRANGER, role=role))
    visitors = (*came(STRANGER, role="guest"), Attendance(role="guest", count=2))
    held(desk, group, attendance=came(*MEMBERS) + visitors)
    assert person_times(sessions(desk, group)[0].attendance) == 3


def test_a_block_of_residents_who_are_no_members_is_not_counted() -> None:
    """given a group / when 500 residents are said to have come / then they are guests, or nobody"""
    desk = GroupworkDesk()
    group = enrolled(desk)
    residents = Attendance(role="resident", count=500, source="counted")
    with refused("group.not_a_member", "attendance.3.person"):
        held(desk, group, attendance=(*came(*MEMBERS), residents))
    event = held(desk, group, attendance=came(*MEMBERS)).events[0]
    with refused("group.not_a_member", "attendance.3.person"):
        block = {"role": "resident", "count": 500}
        said = [{"person": one, "role": "client"} for one in MEMBERS]
        correct_record(desk, entry(days(9)), group, event, {"attendance": [*said, block]}, REASON)


def test_members_have_names_except_where_old_papers_give_only_a_number() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    block = (Attendance(role="client", count=15, source="counted"),)
    with refused("group.not_a_member", "attendance.0.person"):
        held(desk, group, attendance=block)
    held(desk, group, attendance=block, entry={"basis": "imported-aggregate"})
    assert person_times(sessions(desk, group)[0].attendance) == 15


def test_volunteers_and_workers_at_a_session_need_not_be_members() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    helpers = came(COLLEAGUE, role="volunteer") + came(WORKER, role="worker")
    held(desk, group, attendance=came(*MEMBERS) + helpers)
    assert person_times(sessions(desk, group)[0].attendance) == 3


@pytest.mark.parametrize(
    "attendance",
    [(), (Attendance(person=MEMBERS[0], status="absent"),), came(WORKER, role="worker")],
)
def test_a_session_has_somebody_there(attendance: tuple[Attendance, ...]) -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    with refused("group.nobody_came", "attendance"):
        held(desk, group, attendance=attendance)


@pytest.mark.parametrize("minutes", [0, 721])
def test_a_session_takes_a_possible_time(minutes: int) -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    with refused("group.minutes_impossible", "minutes"):
        held(desk, group, minutes=minutes)


def test_a_session_number_is_used_once() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    with refused("group.number_used", "number"):
        held(desk, group, 1, day=8)
    with refused("group.number_impossible", "number"):
        held(desk, group, 0, day=8)


def test_a_cancelled_session_leaves_its_number_free() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    with refused("group.reason_missing", "reason"):
        take_step(desk, entry(days(7)), group, GroupSessionCancelled(number=1, reason=" "))
    take_step(desk, entry(days(7)), group, GroupSessionCancelled(number=1, reason="rain"))
    held(desk, group, 1, day=8)
    with refused("group.held_already", "number"):
        take_step(desk, entry(days(9)), group, GroupSessionCancelled(number=1, reason="rain"))


@pytest.mark.parametrize(
    ("number", "phase"), [(3, "formation"), (1, "maturity"), (3, "preparation")]
)
def test_phases_go_forward_only(number: int, phase: Phase) -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 2, phase="transition")
    with refused("group.phase_backwards", "phase"):
        held(desk, group, number, day=15, phase=phase)
    held(desk, group, 3, phase="transition")


def test_a_session_lies_between_plan_and_closing() -> None:
    desk = GroupworkDesk()
    group = finished(desk)
    with refused("group.session_before_plan", "occurred.start"):
        early: dict[str, Any] = {"now": at(days(1))}
        held(desk, group, 4, day=-1, phase="ending", entry=early)
    with refused("group.session_after_closing", "occurred.start"):
        held(desk, group, 4, day=23, phase="ending")
    with refused("entry.in_future", "occurred.start"):
        held(desk, group, 4, day=21, phase="ending", entry={"now": at(days(20))})
    held(desk, group, 4, day=22, phase="ending")


def test_an_earlier_session_entered_later_is_when_the_group_was_opened() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 2, day=9)
    held(desk, group, 1, day=8, entry={"now": at(days(10))})
    (opened,) = loaded(desk, group).effective(GroupOpened)
    assert opened.occurred.day == loaded(desk, group).stands.opened == days(8)


# Groups of staff and volunteers


@pytest.mark.parametrize(
    ("audience", "role"), [("staff", "supervisee"), ("volunteer", "volunteer")]
)
def test_groups_of_staff_and_volunteers_are_never_counted_as_clients(
    audience: str, role: Any
) -> None:
    desk = GroupworkDesk()
    group = planned(desk, replace(STANDING, audience=audience))
    enrol_member(desk, entry(), group, MemberEnrolled(member=COLLEAGUE, role=role))
    for client in ("client", "family", "resident"):
        with refused("group.staff_not_clients", "attendance.0.role"):
            held(desk, group, attendance=came(MEMBERS[0], role=client))
    with refused("group.not_a_member", "attendance.0.person"):
        held(desk, group, attendance=came(WORKER, role=role))
    with refused("group.nobody_came", "attendance"):
        held(desk, group, attendance=came(WORKER, role="worker"))
    held(desk, group, attendance=came(COLLEAGUE, role=role))
    close_group(desk, entry(days(8)), group, minimum=1)
    kinds = [facts.kind for facts in desk.facts(group) if isinstance(facts, Counted)]
    assert kinds == [f"{audience}_group_{what}" for what in ("session", "opened", "closed")]
    assert person_times(sessions(desk, group)[0].attendance) == 0


# Closing


def test_a_group_with_too_few_sessions_closes_as_unfinished_and_counts_apart() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    with refused("group.too_few_sessions"):
        close_group(desk, entry(days(8)), group)
    with refused("group.unfinished_without_reason", "reason"):
        close_group(desk, entry(days(8)), group, completed=False)
    close_group(desk, entry(days(8)), group, completed=False, reason="venue_lost")
    closed = desk.facts(group)[-1]
    assert isinstance(closed, GroupClosed)
    assert (closed.kind, closed.completed) == ("group_unfinished", False)


def test_a_policy_may_ask_for_fewer_sessions_than_were_planned() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    close_group(desk, entry(days(8)), group, minimum=1)
    assert loaded(desk, group).stands.stage == "closed"


def test_a_group_does_not_close_before_its_last_session() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    with refused("group.closed_before_session", "occurred.start"):
        close_group(desk, entry(days(6), now=at(days(8))), group, minimum=1)


def test_a_group_graduates_to_an_organisation_that_is_there() -> None:
    desk = GroupworkDesk()
    group = finished(desk)
    with refused("not_found", "organisation"):
        there_is_none = GroupGraduatedToCommunityOrg(organisation=ORGANISATION)
        take_step(desk, entry(days(30)), group, there_is_none)


# Every step in a wrong stage
