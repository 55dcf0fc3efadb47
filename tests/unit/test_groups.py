"""The register of groups: how each stands, its sessions, its members."""

from __future__ import annotations

from typing import Any

from domain.corrections import correct_record, void_record
from domain.counting import Attendance
from domain.event import Reason
from domain.group_commands import close_group, enrol_member, leave_group
from domain.group_facts import GroupClosed, GroupStanding, MemberEnrolled, MemberLeft
from domain.identity import Id
from projections.group import GROUP, groups, lines, members, sessions
from tests.folding import told
from tests.groupwork import (
    MEMBERS,
    STRANGER,
    GroupworkDesk,
    came,
    days,
    enrolled,
    held,
    loaded,
)
from tests.station import MemoryDesk, entry

REASON = Reason(code="entry_error", text="录入时看错了")


def row(desk: MemoryDesk, group: Id) -> dict[str, Any]:
    (found,) = told((groups,), desk.log).rows(GROUP, where={"group_id": group})
    return found


def test_a_row_says_where_the_group_stands() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    held(desk, group, 1)
    shown, stands = row(desk, group), loaded(desk, group).stands
    assert {name: shown[name] for name in GroupStanding.__struct_fields__} == {
        name: getattr(stands, name) for name in GroupStanding.__struct_fields__
    }
    assert (shown["stage"], shown["opened"], shown["completed"]) == ("running", days(7), None)


def test_a_void_first_session_and_a_void_closing_leave_nothing_behind() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    first = held(desk, group, 1).events[0]
    held(desk, group, 2)
    close_group(desk, entry(days(15)), group, minimum=1)
    assert (row(desk, group)["closed"], row(desk, group)["completed"]) == (days(15), True)
    void_record(desk, entry(days(20)), group, first, REASON)
    assert (row(desk, group)["opened"], row(desk, group)["stage"]) == (days(14), "closed")
    closing = next(event.id for event in desk.log if isinstance(event.facts, GroupClosed))
    void_record(desk, entry(days(20)), group, closing, REASON)
    shown = row(desk, group)
    assert (shown["stage"], shown["closed"], shown["completed"]) == ("running", None, None)


def test_a_session_shows_how_many_of_those_enrolled_on_its_day_were_there() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    there = (*came(*MEMBERS[:2]), *came(STRANGER, role="volunteer"))
    visitors = (Attendance(role="resident", count=4),)
    held(desk, group, 1, attendance=there + visitors, entry={"basis": "imported-aggregate"})
    enrol_member(desk, entry(days(8)), group, MemberEnrolled(member=STRANGER))
    (shown,) = sessions(told((groups,), desk.log), group)
    figures = ("enrolled", "present", "person_times", "anonymous", "day", "number")
    assert [shown[name] for name in figures] == [3, 2, 6, 4, days(7), 1]


def test_what_was_held_adds_up_through_corrections() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    first = held(desk, group, 1).events[0]
    held(desk, group, 2)
    correct_record(desk, entry(days(20)), group, first, {"minutes": 60}, REASON)
    answers = told((groups,), desk.log)
    (line,) = lines(answers, answers.rows(GROUP))
    assert (line.held, line.minutes, line.person_times) == (2, 150, 6)
    void_record(desk, entry(days(20)), group, first, REASON)
    answers = told((groups,), desk.log)
    (line,) = lines(answers, answers.rows(GROUP))
    assert (line.held, line.minutes, line.person_times) == (1, 90, 3)


def test_a_group_without_sessions_has_a_line_of_nothing() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    answers = told((groups,), desk.log)
    (line,) = lines(answers, answers.rows(GROUP))
    assert (line.group["group_id"], line.held, line.minutes) == (group, 0, 0)
    assert lines(answers, []) == []


def test_members_are_those_of_a_day() -> None:
    desk = GroupworkDesk()
    group = enrolled(desk)
    leave_group(desk, entry(days(5)), group, MemberLeft(member=MEMBERS[0], reason="moved"))
    wrong = next(
        event.id
        for event in desk.log
        if isinstance(event.facts, MemberEnrolled) and event.facts.member == MEMBERS[2]
    )
    answers = told((groups,), desk.log)
    assert [len(members(answers, group, days(day))) for day in (5, 6)] == [3, 2]
    void_record(desk, entry(days(6)), group, wrong, REASON)
    answers = told((groups,), desk.log)
    shown = {one["person"]: (one["left"], one["reason"]) for one in members(answers, group)}
    assert shown == {MEMBERS[0]: (days(5), "moved"), MEMBERS[1]: (None, None)}
