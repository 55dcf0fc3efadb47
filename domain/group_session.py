"""What a session of a group must be: its number, its phase, its day, and who may be on its roster.

The same rules hold for a session that is recorded and for one that is corrected or reinstated
(events.md, BC5). Whoever stood on the roster of that day may stay there, whatever became of
the membership since; a session that is moved has the roster of its new day. Nobody is counted as
served who was no member: visitors are `guest`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from domain.counting import BENEFICIARY_ROLES, Attendance
from domain.event import Effective, Occurred
from domain.group_facts import LONGEST_SESSION, PHASES, GroupSessionHeld
from domain.group_history import GroupHistory
from domain.identity import Id
from domain.refusals import Conflict, refusal

MEMBER_ROLES: dict[str, frozenset[str]] = {
    "staff": frozenset({"supervisee"}),
    "volunteer": frozenset({"volunteer"}),
}
"""Audience → the roles of its members, where they are not `client` and `family`."""

NUMBER_IMPOSSIBLE = refusal("group.number_impossible")
NUMBER_USED = refusal("group.number_used", Conflict)
PHASE_BACKWARDS = refusal("group.phase_backwards")
MINUTES_IMPOSSIBLE = refusal("group.minutes_impossible")
SESSION_BEFORE_PLAN = refusal("group.session_before_plan")
SESSION_AFTER_CLOSING = refusal("group.session_after_closing")
NOBODY_CAME = refusal("group.nobody_came")
NOT_A_MEMBER = refusal("group.not_a_member")
STAFF_NOT_CLIENTS = refusal("group.staff_not_clients")
ROSTER_FIXED = refusal("group.roster_fixed")


def check_session(
    group: GroupHistory,
    facts: GroupSessionHeld,
    occurred: Occurred,
    target: Id | None = None,
    kept: Effective[Any] | None = None,
    *,
    aggregate: bool = False,
) -> None:
    """Refuse a session that cannot have been.

    `target` is the record that is changed, and `kept` what it said. With `aggregate`, members
    may be a block without names, as old papers give them.
    """
    _check_place(group, facts, target)
    _check_day(group, facts, occurred)
    day, known = occurred.day, _known(occurred.day, kept)
    _check_roster(group, facts.attendance, day, known, aggregate)
    stood = kept is not None and kept.occurred.day == day and kept.facts.enrolled == facts.enrolled
    if not stood and facts.enrolled != len(group.enrolments(day)):
        raise ROSTER_FIXED("facts.enrolled")


def _known(day: date, kept: Effective[Any] | None) -> tuple[Attendance, ...]:
    """Return who took part by what the record said; blocks without names on whatever day."""
    if kept is None:
        return ()
    attendance: tuple[Attendance, ...] = kept.facts.attendance
    if kept.occurred.day == day:
        return attendance
    return tuple(line for line in attendance if line.person is None)


def _check_place(group: GroupHistory, facts: GroupSessionHeld, target: Id | None) -> None:
    """Hold number and phase against the other sessions: phases only go forward."""
    if facts.number < 1:
        raise NUMBER_IMPOSSIBLE("number")
    for id, written in group.records.items():
        other = written.effective.facts
        if id == target or written.void or not isinstance(other, GroupSessionHeld):
            continue
        if other.number == facts.number:
            raise NUMBER_USED("number", number=facts.number)
        first, second = sorted((other, facts), key=lambda session: session.number)
        if PHASES.index(second.phase) < PHASES.index(first.phase):
            raise PHASE_BACKWARDS("phase", number=other.number)


def _check_day(group: GroupHistory, facts: GroupSessionHeld, occurred: Occurred) -> None:
    if facts.minutes is not None and not 0 < facts.minutes <= LONGEST_SESSION:
        raise MINUTES_IMPOSSIBLE("minutes")
    if group.stands.planned is not None and occurred.day < group.stands.planned:
        raise SESSION_BEFORE_PLAN("occurred.start")
    if group.stands.closed is not None and occurred.day > group.stands.closed:
        raise SESSION_AFTER_CLOSING("occurred.start")


def _check_roster(
    group: GroupHistory,
    attendance: tuple[Attendance, ...],
    day: date,
    known: tuple[Attendance, ...],
    aggregate: bool,
) -> None:
    apart = group.stands.audience in MEMBER_ROLES
    taking_part = member_roles(group.stands.audience)
    of_members = taking_part | BENEFICIARY_ROLES
    members = group.enrolments(day)
    before = {(line.person, line.role) for line in known}
    for number, line in enumerate(attendance):
        if apart and line.role in BENEFICIARY_ROLES:
            raise STAFF_NOT_CLIENTS(f"attendance.{number}.role")
        if line.role not in of_members or (line.person, line.role) in before:
            continue
        if line.person not in members and not (aggregate and line.person is None):
            raise NOT_A_MEMBER(f"attendance.{number}.person")
    roles = taking_part if apart else BENEFICIARY_ROLES
    if not any(line.status == "present" and line.role in roles for line in attendance):
        raise NOBODY_CAME("attendance")


def member_roles(audience: str | None) -> frozenset[str]:
    """Return the roles in which the members of a group for this audience take part."""
    return MEMBER_ROLES.get(audience or "", frozenset({"client", "family"}))


def full_roster(
    group: GroupHistory, attendance: tuple[Attendance, ...], day: date
) -> tuple[Attendance, ...]:
    """Put in the members of that day of whom nothing is said, as absent."""
    said = {line.person for line in attendance}
    absent = tuple(
        Attendance(person=member, role=group.role_of(enrolment), status="absent", source="roster")
        for member, enrolment in group.enrolments(day).items()
        if member not in said
    )
    return attendance + absent


def moved_roster(
    group: GroupHistory, facts: GroupSessionHeld, before: GroupSessionHeld, day: date
) -> GroupSessionHeld:
    """Return a session with the roster of the day that it is moved to.

    Whoever was put in as absent without a word said of them goes where they were no member then.
    How many were enrolled is told anew, unless a correction says another number itself.
    """
    members = group.enrolments(day)
    said = tuple(line for line in facts.attendance if line.source != "roster")
    kept = tuple(
        line for line in facts.attendance if line.source == "roster" and line.person in members
    )
    unsaid = facts.enrolled == before.enrolled
    return replace(
        facts,
        attendance=full_roster(group, said + kept, day),
        enrolled=len(members) if unsaid else facts.enrolled,
    )
