"""The commands of groupwork: plan, members, any step, session, closing.

Each loads what the rules must know, lets the group decide, and saves once.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from domain.attending import attend
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_possible
from domain.event import Effective, Reason
from domain.group import OPEN, Group, check_member
from domain.group_facts import (
    GroupClosed,
    GroupGraduatedToCommunityOrg,
    GroupOpened,
    GroupPlanned,
    GroupRestated,
    GroupSessionHeld,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
    RecruitmentOpened,
)
from domain.group_session import check_session, full_roster
from domain.identity import Id
from domain.project_work import allocated
from domain.references import check_named, has_policy
from domain.refusals import Conflict, refusal

SESSIONS_IMPOSSIBLE = refusal("group.sessions_impossible")
SIZE_IMPOSSIBLE = refusal("group.size_impossible")
NOT_APPROVED = refusal("group.not_approved", Conflict)
UNFINISHED_WITHOUT_REASON = refusal("group.unfinished_without_reason")

PLAN_APPROVAL = "group_plan_approval"
"""A station that has adopted the policy of this name begins no group without an approval."""
FIRST_SESSION_CHANGED = Reason(code="information_updated", text="首节小组有变更")
"""Why the opening is dated anew when a session is entered that becomes the first."""


def plan_group(
    desk: Desk, entry: Entry, scope: Scope, facts: GroupPlanned, *, id: Id | None = None
) -> Receipt:
    """Plan a group; `facts.standing` says for whom, by whom, how often and with how many."""
    check_possible(entry.occurred, entry.now)
    given = facts.standing
    if given.sessions < 1:
        raise SESSIONS_IMPOSSIBLE("sessions")
    if not 1 <= given.size_min <= given.size_max:
        raise SIZE_IMPOSSIBLE("size_max")
    check_named(desk, entry, scope.operator, given)
    standing = replace(given, stage="planned", planned=entry.day, opened=None, closed=None)
    return desk.save(entry, Group.start(entry, scope, replace(facts, standing=standing), id=id))


def take_step(desk: Desk, entry: Entry, group: Id, facts: GroupStep) -> Receipt:
    """Take any step of `domain.group.STEPS`.

    Where the station's policy says so, recruiting waits for the plan's approval. A group that
    graduates names a community organisation that is there.
    """
    taken = desk.load(Group, group, "group")
    if isinstance(facts, RecruitmentOpened):
        _check_approved(desk, taken)
    if isinstance(facts, GroupGraduatedToCommunityOrg):
        desk.load_any("community_org", facts.organisation, "organisation")
    taken.take(entry, facts)
    return desk.save(entry, taken)


def enrol_member(desk: Desk, entry: Entry, group: Id, facts: MemberEnrolled) -> Receipt:
    """Take somebody in who can be served; staff and volunteers are in registers of their own."""
    joined = desk.load(Group, group, "group")
    check_member(desk, entry, joined, Effective(occurred=entry.occurred, facts=facts))
    joined.enrol(entry, facts)
    return desk.save(entry, joined)


def leave_group(desk: Desk, entry: Entry, group: Id, facts: MemberLeft) -> Receipt:
    """Let a member go."""
    left = desk.load(Group, group, "group")
    left.leave(entry, facts)
    return desk.save(entry, left)


def hold_session(desk: Desk, entry: Entry, group: Id, facts: GroupSessionHeld) -> Receipt:
    """Record a session with the roster of its day; with the first, the group is opened.

    Refused: a number that was used, a phase that goes back, a day before the plan or after the
    closing, members of other groups, clients in a group of staff or volunteers, nobody there; a
    plan that is not approved where the station's policy asks for it; an earlier first session
    that takes the opening out of a closed period without approval.
    """
    held = desk.load(Group, group, "group")
    _check_approved(desk, held)
    check_named(desk, entry, held.scope.operator, facts)
    roster = full_roster(held, facts.attendance, entry.day)
    facts = replace(
        facts,
        **_core(held),
        kind=held.kind_of("session"),
        attendance=attend(desk, entry, roster),
        enrolled=len(held.enrolments(entry.day)),
        leader=facts.leader or held.stands.leader,
        co_leader=facts.co_leader or held.stands.co_leader,
    )
    facts = replace(facts, workers=_workers(facts))
    check_session(held, facts, entry.occurred, aggregate=entry.basis == "imported-aggregate")
    made = held.record(entry, allocated(desk, entry, held.scope, facts))
    _open(desk, entry, held, made.id)
    return desk.save(entry, held)


def close_group(
    desk: Desk,
    entry: Entry,
    group: Id,
    *,
    completed: bool = True,
    minimum: int | None = None,
    reason: str | None = None,
) -> Receipt:
    """Close a group and count it, as completed or unfinished.

    Completed takes at least `minimum` sessions, by default as many as were planned; else it is
    unfinished, with the reason.
    """
    closing = desk.load(Group, group, "group")
    closing.check_stage(frozenset(OPEN))
    closing.check_day(entry)
    if not completed and not (reason or "").strip():
        raise UNFINISHED_WITHOUT_REASON("reason")
    facts = GroupClosed(
        **_core(closing),
        kind=closing.kind_of("closed" if completed else "unfinished"),
        minimum=closing.stands.sessions if minimum is None else minimum,
        held=len(closing.effective(GroupSessionHeld)),
        enrolled=len(closing.enrolments(entry.day)),
        reason=reason,
        standing=replace(closing.stands, stage="closed", closed=entry.day),
    )
    closing.check_closing(facts, entry.day)
    closing.record(entry, allocated(desk, entry, closing.scope, facts))
    return desk.save(entry, closing)


def _check_approved(desk: Desk, group: Group) -> None:
    if not group.approved and has_policy(desk, group.scope.station, PLAN_APPROVAL):
        raise NOT_APPROVED()


def _core(group: Group) -> dict[str, Any]:
    """Return what indicators tell groups apart by."""
    return {"audience": group.stands.audience, "variant": group.stands.variant}


def _workers(facts: GroupSessionHeld) -> tuple[Id, ...]:
    """Put those who lead among those who worked, once each, and first."""
    everybody = (facts.leader, facts.co_leader, *facts.workers)
    return tuple(dict.fromkeys(worker for worker in everybody if worker is not None))


def _open(desk: Desk, entry: Entry, group: Group, session: Id) -> None:
    """Open the group with its first session; date the opening anew when an earlier one comes."""
    if group.opening is not None:
        group.settle_opening(desk, entry, session, FIRST_SESSION_CHANGED)
        return
    opened = GroupOpened(**_core(group), kind=group.kind_of("opened"), session=session)
    group.record(entry, allocated(desk, entry, group.scope, opened))
    group.record(entry, GroupRestated(record=session, standing=group.stands))
