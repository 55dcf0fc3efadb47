"""A group to work with in tests: planned, with members, some of its sessions held."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain.counting import Attendance
from domain.desk import Receipt
from domain.event import Facts
from domain.group import Group
from domain.group_commands import (
    close_group,
    enrol_member,
    hold_session,
    plan_group,
)
from domain.group_facts import (
    GroupAgreementAdopted,
    GroupEvaluated,
    GroupGraduatedToCommunityOrg,
    GroupPlanApproved,
    GroupPlanned,
    GroupSessionCancelled,
    GroupSessionHeld,
    GroupStanding,
    MemberEnrolled,
    MemberLeft,
    MemberProgressRecorded,
    Phase,
    RecruitmentOpened,
)
from domain.identity import Id, derived_id
from tests.neighbours import Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry

MEMBERS = tuple(derived_id("member", str(number)) for number in range(3))
STRANGER, COLLEAGUE = derived_id("stranger"), derived_id("colleague")
STANDING = GroupStanding(
    stage="planned",
    title="智能，不落伍",
    audience="elderly",
    leader=WORKER,
    sessions=3,
    size_min=2,
    size_max=15,
    variant="learning",
)


def days(number: int) -> date:
    """Return the day so many days after the plan."""
    return TODAY + timedelta(days=number)


class GroupworkDesk(Neighbourhood):
    """A desk that knows three members and a stranger."""

    def __init__(self) -> None:
        super().__init__()
        for person in (*MEMBERS, STRANGER):
            self.neighbours["person", person] = Neighbour(groups=("living_alone",))


def planned(desk: MemoryDesk, standing: GroupStanding = STANDING) -> Id:
    """Plan a group on the first day."""
    return plan_group(desk, entry(), SCOPE, GroupPlanned(standing=standing, aims=("use",))).stream


def enrolled(desk: MemoryDesk, standing: GroupStanding = STANDING) -> Id:
    """Plan a group and take in its three members."""
    group = planned(desk, standing)
    for member in MEMBERS:
        enrol_member(desk, entry(), group, MemberEnrolled(member=member))
    return group


def came(*people: Id, role: Any = "client") -> tuple[Attendance, ...]:
    """Return who was there."""
    return tuple(Attendance(person=person, role=role) for person in people)


def held(
    desk: MemoryDesk,
    group: Id,
    number: int = 1,
    day: int | None = None,
    *,
    phase: Phase = "formation",
    **facts: Any,
) -> Receipt:
    """Hold the n-th session, a week after the one before unless told otherwise."""
    when = entry(days(7 * number if day is None else day), **facts.pop("entry", {}))
    given: dict[str, Any] = {"minutes": 90, "attendance": came(*MEMBERS), **facts}
    session = GroupSessionHeld(kind="group_session", number=number, phase=phase, **given)
    return hold_session(desk, when, group, session)


def loaded(desk: MemoryDesk, group: Id) -> Group:
    """Return the group as it is now."""
    return desk.load(Group, group)


def sessions(desk: MemoryDesk, group: Id) -> list[GroupSessionHeld]:
    """Return the sessions that stand."""
    return [session.facts for session in loaded(desk, group).effective(GroupSessionHeld)]


ORGANISATION = derived_id("organisation")


def finished(desk: GroupworkDesk) -> str:
    """Return a group that held its three sessions and was closed."""
    group = enrolled(desk)
    for number in (1, 2, 3):
        held(desk, group, number)
    close_group(desk, entry(days(22)), group)
    return group


STEPS: list[tuple[Facts, set[str]]] = [
    (GroupPlanApproved(), {"planned"}),
    (RecruitmentOpened(), {"planned"}),
    (GroupAgreementAdopted(), {"planned", "running", "evaluated"}),
    (GroupSessionCancelled(number=9, reason="rain"), {"planned", "running", "evaluated"}),
    (MemberProgressRecorded(member=MEMBERS[0]), {"planned", "running", "evaluated"}),
    (GroupEvaluated(), {"running"}),
    (GroupGraduatedToCommunityOrg(organisation=ORGANISATION), {"closed"}),
    (MemberEnrolled(member=STRANGER), {"planned", "running", "evaluated"}),
    (MemberLeft(member=MEMBERS[0], reason="moved"), {"planned", "running", "evaluated"}),
]
