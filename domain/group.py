"""Groupwork (小组): planned, recruited, held session by session, evaluated, closed (BC5).

The group knows its members of any day, its sessions and how it stands; the rules of a session
are in `group_session`, the commands in `group_commands`. Sessions, the opening and the closing
are counted, so they can be corrected and declared void; the opening follows the sessions.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.attending import served
from domain.entry import Entry, check_possible
from domain.event import AnyEvent, Effective, Reason
from domain.group_facts import (
    GroupAgreementAdopted,
    GroupClosed,
    GroupEvaluated,
    GroupGraduatedToCommunityOrg,
    GroupOpened,
    GroupPlanApproved,
    GroupRestated,
    GroupSessionCancelled,
    GroupSessionHeld,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
    MemberProgressRecorded,
    RecruitmentOpened,
    Stage,
)
from domain.group_history import BEFORE_SESSIONS, GroupHistory
from domain.group_session import MEMBER_ROLES, check_session, moved_roster
from domain.identity import Id
from domain.project_work import check_periods
from domain.references import check_colleague
from domain.refusals import Conflict, NotFound, refusal

WRONG_STAGE = refusal("group.wrong_stage", Conflict)
BEFORE_PLAN = refusal("group.before_plan")
OWN_APPROVAL = refusal("group.own_approval")
ALREADY_MEMBER = refusal("group.already_member", Conflict)
NO_SUCH_MEMBER = refusal("group.no_such_member", NotFound)
REASON_MISSING = refusal("group.reason_missing")
HELD_ALREADY = refusal("group.held_already", Conflict)
OPENING_FOLLOWS = refusal("group.opening_follows_sessions")
TOO_FEW_SESSIONS = refusal("group.too_few_sessions")
CLOSED_AS_COMPLETED = refusal("group.closed_as_completed", Conflict)
CLOSED_BEFORE_SESSION = refusal("group.closed_before_session")
GRADUATED = refusal("group.graduated", Conflict)
OTHER_CLOSURE = refusal("group.other_closure")

OPEN: tuple[Stage, ...] = (*BEFORE_SESSIONS, "running", "evaluated")

STEPS: dict[type[GroupStep], tuple[frozenset[Stage], Stage | None]] = {
    GroupPlanApproved: (frozenset({"planned"}), "approved"),
    RecruitmentOpened: (frozenset({"planned", "approved"}), "recruiting"),
    GroupAgreementAdopted: (frozenset(OPEN), None),
    GroupSessionCancelled: (frozenset(OPEN), None),
    MemberProgressRecorded: (frozenset(OPEN), None),
    GroupEvaluated: (frozenset({"running"}), "evaluated"),
    GroupGraduatedToCommunityOrg: (frozenset({"closed"}), "graduated"),
}
"""Each step → the stages in which it may be taken, and the one it leads to."""


class Group(GroupHistory):
    """One group: what may be done with it, and how its records are set right."""

    kind = "group"

    # Members

    def enrol(self, entry: Entry, facts: MemberEnrolled) -> AnyEvent:
        """Take somebody in, once at a time."""
        self.check_stage(frozenset(OPEN))
        self.check_day(entry)
        self._check_enrolment(None, facts.member, entry.day)
        return self.record(entry, facts)

    def leave(self, entry: Entry, facts: MemberLeft) -> AnyEvent:
        """Let a member go; what was held stays as it was."""
        self.check_stage(frozenset(OPEN))
        self.check_day(entry)
        _check_said(facts.reason)
        enrolment = self.enrolments(entry.day).get(facts.member)
        if enrolment is None or enrolment in self.left:
            raise NO_SUCH_MEMBER("member")
        return self.record(entry, replace(facts, enrolment=enrolment))

    def _check_enrolment(self, target: Id | None, member: Id, day: date) -> None:
        """Refuse somebody who is a member on that day, or becomes one later and is to stay one."""
        for id, written in self.records.items():
            facts = written.effective.facts
            same = isinstance(facts, MemberEnrolled) and facts.member == member
            if not same or written.void or id == target:
                continue
            if id not in self.left or day <= self.left[id]:
                raise ALREADY_MEMBER("member")

    # Steps

    def take(self, entry: Entry, facts: GroupStep) -> AnyEvent:
        """Take a step. Raises `group.wrong_stage`, `group.before_plan`, and the step's own."""
        stages, leads_to = STEPS[type(facts)]
        self.check_stage(stages)
        self.check_day(entry)
        self._check_step(entry, facts)
        return self.record(entry, self.standing_after(facts, stage=leads_to or self.stands.stage))

    def _check_step(self, entry: Entry, facts: GroupStep) -> None:
        match facts:
            case GroupPlanApproved():
                if entry.principal.actor in (self.stands.leader, self.stands.co_leader):
                    raise OWN_APPROVAL()
            case GroupSessionCancelled(number=number, reason=reason):
                _check_said(reason)
                if any(held.facts.number == number for held in self.effective(GroupSessionHeld)):
                    raise HELD_ALREADY("number", number=number)
            case MemberProgressRecorded(member=member):
                if member not in self.enrolments(entry.day):
                    raise NO_SUCH_MEMBER("member")

    def check_stage(self, stages: frozenset[Stage]) -> None:
        """Refuse what cannot be done in the stage that the group is in."""
        if self.stands.stage not in stages:
            raise WRONG_STAGE(stage=self.stands.stage)

    def check_day(self, entry: Entry) -> None:
        """Refuse a day in the future, or before the plan."""
        check_possible(entry.occurred, entry.now)
        if self.stands.planned is not None and entry.day < self.stands.planned:
            raise BEFORE_PLAN("occurred.start")

    # Setting right

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold corrected, void and reinstated records to the rules of new ones."""
        said = after or before
        match said and said.facts:
            case GroupSessionHeld():
                self._check_session_change(target, before, after)
            case MemberEnrolled() if after is not None:
                self._check_enrolment_change(target, after)
            case GroupOpened():
                self._check_opening(before, after)
            case GroupClosed() if after is not None:
                self._check_closing_change(target, before, after)
            case GroupClosed():
                self._check_void_closing()

    def _check_session_change(
        self, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        if after is not None:
            check_session(self, after.facts, after.occurred, target, before or after)
            return
        held = len(self.effective(GroupSessionHeld)) - 1
        for closed in self.effective(GroupClosed):
            if closed.facts.completed and held < closed.facts.minimum:
                raise CLOSED_AS_COMPLETED("target", held=held, minimum=closed.facts.minimum)

    def _check_enrolment_change(self, target: Id, after: Effective[Any]) -> None:
        day = after.occurred.day
        if self.stands.planned is not None and day < self.stands.planned:
            raise BEFORE_PLAN("occurred.start")
        if target in self.left and self.left[target] < day:
            raise NO_SUCH_MEMBER("occurred.start")
        self._check_enrolment(target, after.facts.member, day)

    def _check_opening(self, before: Effective[Any] | None, after: Effective[Any] | None) -> None:
        first = self.first_session()
        agrees = (first is None) == (after is None)
        if before is not None and after is not None and first is not None:
            id, session = first
            agrees = after.occurred == session.occurred and after.facts.session == id
        if not agrees:
            raise OPENING_FOLLOWS("target")

    def _check_closing_change(
        self, target: Id, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        if before is not None and after.facts.minimum != before.facts.minimum:
            raise OTHER_CLOSURE("facts.minimum")
        if target in self.undone:
            self.check_stage(frozenset(OPEN))
        self.check_closing(after.facts, after.occurred.day)

    def _check_void_closing(self) -> None:
        """Refuse to take the closing away from under a graduation, which nothing takes back.

        The group would be neither running nor closed, and no closing would stand to be counted.
        """
        if self.stands.stage == "graduated":
            raise GRADUATED("target")

    def check_closing(self, facts: GroupClosed, day: date) -> None:
        """Refuse a closing before a session, or as completed with too few of them."""
        if facts.kind not in (self.kind_of("closed"), self.kind_of("unfinished")):
            raise OTHER_CLOSURE("facts.kind")
        sessions = self.effective(GroupSessionHeld)
        if any(day < session.occurred.day for session in sessions):
            raise CLOSED_BEFORE_SESSION("occurred.start")
        if facts.completed and len(sessions) < facts.minimum:
            raise TOO_FEW_SESSIONS("closure", held=len(sessions), minimum=facts.minimum)

    def of_day(self, facts: Any, before: Any, day: date) -> Any:
        """Give a session that is moved the roster of its new day."""
        if isinstance(facts, GroupSessionHeld):
            return moved_roster(self, facts, before, day)
        return facts

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse as member whoever could not be taken in on that day; who is one already stays."""
        if isinstance(after.facts, MemberEnrolled):
            stood = before is not None and before.facts.member == after.facts.member
            check_member(desk, entry, self, after, stood=stood)

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Let the opening follow the sessions, and say anew where the group stands."""
        target = made.facts.target
        match self.records[target].effective.facts:
            case GroupSessionHeld():
                self.settle_opening(desk, entry, target, made.facts.reason)
            case GroupClosed():
                self.record(entry, GroupRestated(record=target, standing=self.stands))
        return ()

    def settle_opening(self, desk: Any, entry: Entry, session: Id, reason: Reason) -> None:
        """Make the opening the first session's after `session` came or changed, and say so.

        It is counted: neither out of a closed period nor into one does it move without approval.
        """
        if self.opening is None:
            return
        version, before = self.version, self.standing(self.opening)
        self._settle_opening(entry, self.opening, reason)
        if self.version != version:
            days = (before.occurred, self.standing(self.opening).occurred)
            check_periods(desk, entry, self.scope, *days)
            self.record(entry, GroupRestated(record=session, standing=self.stands))

    def _settle_opening(self, entry: Entry, opening: Id, reason: Reason) -> None:
        first, written = self.first_session(), self.records[opening]
        if first is None:
            if not written.void:
                self.void(entry, opening, reason)
            return
        if written.void:
            self.reinstate(entry, opening, reason)
        id, session = first
        facts = replace(written.effective.facts, session=id)
        after = Effective(occurred=session.occurred, facts=facts)
        if after != written.effective:
            self.correct(entry, opening, after, reason)

    def kind_of(self, what: str) -> Any:
        """Return the kind of service, apart for groups of staff and of volunteers."""
        whose = self.stands.audience
        return f"{whose}_group_{what}" if whose in ("staff", "volunteer") else f"group_{what}"


def check_member(
    desk: Any, entry: Entry, group: Group, enrolled: Effective[Any], *, stood: bool = False
) -> None:
    """Refuse as member who cannot be served; staff and volunteers are in registers of their own.

    `stood` says that they are one by the same enrolment.
    """
    member, audience = enrolled.facts.member, group.stands.audience
    if audience == "staff":
        check_colleague(desk, entry, group.scope.operator, member, "member")
    elif audience not in MEMBER_ROLES:
        served(desk, member, enrolled.occurred.day, "member", stood=stood)


def _check_said(reason: str) -> None:
    if not reason.strip():
        raise REASON_MISSING("reason")
