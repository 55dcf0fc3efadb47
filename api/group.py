"""Groups over HTTP: plan, members, meetings, evaluation and closing; the register with its rosters.

Words about a member are sealed under that member's key; what a group is about names nobody.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from api.commands import (
    AttendanceIn,
    Code,
    Command,
    CommandIn,
    Commanding,
    Minutes,
    Model,
    ReceiptOut,
    Text,
    Uuid,
    Words,
    example,
    held_to,
)
from api.paging import plain
from api.questions import Asked, DatedListed, Page
from api.routing import routes
from domain import group_commands, group_facts
from domain.counting import AttendeeRole
from domain.group_facts import GroupStanding, GroupStep, Phase, Stage
from domain.identity import Id
from domain.organisation import scope_of_station
from domain.private import private
from domain.refusals import NOT_FOUND
from projections.group import GROUP, lines, members, sessions

router = routes("groups")
GROUP_PATH = "/api/v1/groups/{id}"
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
PERSON = "99f68f88-b208-5a9e-84e3-a6e90855c3f6"
Number = Annotated[int, Field(ge=1, le=1000)]


def take(group: Id, sent: CommandIn, command: Command, facts: GroupStep) -> ReceiptOut:
    """Carry out a step of a group."""
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.take_step(desk, entry, group, facts),
        on=group,
        location=GROUP_PATH,
    )


class GroupIn(CommandIn):
    """活动策划: what the group is for, for whom, how often, with how many."""

    station: Uuid
    project: Uuid | None = None
    title: Text
    aims: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    theory: Text | None = None
    audience: Code
    variant: Code | None = None
    leader: Uuid | None = Field(None, description="default: who writes")
    co_leader: Uuid | None = None
    sessions: Annotated[int, held_to(GroupStanding, "sessions")]
    size_min: Annotated[int, held_to(GroupStanding, "size_min")]
    size_max: Annotated[int, held_to(GroupStanding, "size_max")]

    model_config = example(
        {
            "station": STATION,
            "title": "智能，不落伍",
            "audience": "elderly",
            "variant": "learning",
            "sessions": 5,
            "size_min": 8,
            "size_max": 15,
        }
    )

    def standing(self, actor: Id) -> GroupStanding:
        """Return where such a group stands at the start."""
        return GroupStanding(
            stage="planned",
            title=self.title,
            audience=self.audience,
            variant=self.variant,
            leader=self.leader or actor,
            co_leader=self.co_leader,
            sessions=self.sessions,
            size_min=self.size_min,
            size_max=self.size_max,
        )


@router.post("/groups", status_code=201)
def plan_group(sent: GroupIn, command: Commanding) -> ReceiptOut:
    """Plan a group."""
    standing = sent.standing(command.principal.actor)
    facts = group_facts.GroupPlanned(standing=standing, aims=sent.aims, theory=sent.theory)
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.plan_group(
            desk, entry, scope_of_station(desk, sent.station, sent.project), facts
        ),
        location=GROUP_PATH,
    )


class ApprovalIn(CommandIn):
    """The plan is approved by who writes; never by those who lead."""

    model_config = example({"occurred": {"start": "2018-10-26T09:00:00+08:00"}})


@router.post("/groups/{group}/approval", status_code=201)
def approve(group: Uuid, sent: ApprovalIn, command: Commanding) -> ReceiptOut:
    """Approve a group's plan."""
    return take(group, sent, command, group_facts.GroupPlanApproved())


class RecruitmentIn(CommandIn):
    """Through which channels members are sought."""

    channels: Annotated[tuple[Text, ...], Field(max_length=20)] = ()

    model_config = example({"channels": ["微信公众号"]})


@router.post("/groups/{group}/recruitment", status_code=201)
def recruit(group: Uuid, sent: RecruitmentIn, command: Commanding) -> ReceiptOut:
    """Open the recruitment of members."""
    return take(group, sent, command, group_facts.RecruitmentOpened(channels=sent.channels))


class GroupMemberIn(CommandIn):
    """Who joins, and in which role."""

    member: Uuid
    role: AttendeeRole = "client"

    model_config = example({"member": PERSON})


@router.post("/groups/{group}/members", status_code=201)
def enrol(group: Uuid, sent: GroupMemberIn, command: Commanding) -> ReceiptOut:
    """Take a member in, from the day on which it happened."""
    facts = group_facts.MemberEnrolled(member=sent.member, role=sent.role)
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.enrol_member(desk, entry, group, facts),
        on=group,
        location=GROUP_PATH,
    )


class GroupLeavingIn(CommandIn):
    """Who leaves, and why."""

    member: Uuid
    reason: Code
    note: Words | None = None

    model_config = example({"member": PERSON, "reason": "moved"})


@router.post("/groups/{group}/leavings", status_code=201)
def leave(group: Uuid, sent: GroupLeavingIn, command: Commanding) -> ReceiptOut:
    """Let a member go; what was held stays as it was."""
    note = private(sent.member, "casework", sent.note)
    facts = group_facts.MemberLeft(member=sent.member, reason=sent.reason, note=note)
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.leave_group(desk, entry, group, facts),
        on=group,
        location=GROUP_PATH,
    )


class GroupAgreementIn(CommandIn):
    """小组契约: the rules that the members agreed on."""

    rules: Annotated[tuple[Text, ...], Field(max_length=50)] = ()

    model_config = example({"rules": ["准时参加", "互相尊重", "保守秘密"]})


@router.post("/groups/{group}/agreements", status_code=201)
def agree(group: Uuid, sent: GroupAgreementIn, command: Commanding) -> ReceiptOut:
    """Adopt the group's agreement."""
    return take(group, sent, command, group_facts.GroupAgreementAdopted(rules=sent.rules))


class MeetingIn(CommandIn):
    """小组节次: the n-th session. Members of whom nothing is said were absent."""

    number: Annotated[int, held_to(group_facts.GroupSessionHeld, "number")]
    phase: Phase
    minutes: Annotated[Minutes, held_to(group_facts.GroupSessionHeld, "minutes")] | None = None
    place: Text | None = None
    leader: Uuid | None = None
    co_leader: Uuid | None = None
    workers: Annotated[tuple[Uuid, ...], Field(max_length=20)] = ()
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=500)]
    theme: Text | None = None

    model_config = example(
        {
            "number": 1,
            "phase": "formation",
            "minutes": 90,
            "attendance": [{"person": PERSON}, {"role": "volunteer", "count": 2}],
        }
    )

    def facts(self) -> group_facts.GroupSessionHeld:
        """Return the facts."""
        return group_facts.GroupSessionHeld(
            kind="group_session",
            number=self.number,
            phase=self.phase,
            minutes=self.minutes,
            place=self.place,
            leader=self.leader,
            co_leader=self.co_leader,
            workers=self.workers,
            attendance=tuple(line.value() for line in self.attendance),
            theme=self.theme,
        )


@router.post("/groups/{group}/meetings", status_code=201)
def hold_meeting(group: Uuid, sent: MeetingIn, command: Commanding) -> ReceiptOut:
    """Record a session with the roster of its day; the first one opens the group."""
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.hold_session(desk, entry, group, sent.facts()),
        on=group,
        location=GROUP_PATH,
    )


class MeetingCancellationIn(CommandIn):
    """Which planned session does not take place, and why."""

    number: Number
    reason: Text
    planned_for: date | None = None

    model_config = example({"number": 3, "reason": "暴雨", "planned_for": "2018-11-16"})


@router.post("/groups/{group}/cancellations", status_code=201)
def cancel_meeting(group: Uuid, sent: MeetingCancellationIn, command: Commanding) -> ReceiptOut:
    """Cancel a planned session; its number stays free."""
    facts = group_facts.GroupSessionCancelled(
        number=sent.number, reason=sent.reason, planned_for=sent.planned_for
    )
    return take(group, sent, command, facts)


class GroupProgressIn(CommandIn):
    """How one member is getting on."""

    member: Uuid
    number: Number | None = None
    score: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None
    progress: Words | None = None

    model_config = example({"member": PERSON, "score": 4, "progress": "愿意主动发言"})


@router.post("/groups/{group}/progress", status_code=201)
def record_progress(group: Uuid, sent: GroupProgressIn, command: Commanding) -> ReceiptOut:
    """Record a member's progress."""
    facts = group_facts.MemberProgressRecorded(
        member=sent.member,
        number=sent.number,
        score=sent.score,
        progress=private(sent.member, "casework", sent.progress),
    )
    return take(group, sent, command, facts)


class MeasureIn(Model):
    """What an instrument gave before and after, summed over `n` members."""

    instrument: Text
    n: Annotated[int, Field(ge=0, le=1000)]
    before: int | None = None
    after: int | None = None


class GroupEvaluationIn(CommandIn):
    """小组评估: what was measured."""

    measures: Annotated[tuple[MeasureIn, ...], Field(max_length=30)] = ()

    model_config = example(
        {"measures": [{"instrument": "手机使用量表", "n": 12, "before": 30, "after": 48}]}
    )


@router.post("/groups/{group}/evaluations", status_code=201)
def evaluate(group: Uuid, sent: GroupEvaluationIn, command: Commanding) -> ReceiptOut:
    """Evaluate a group."""
    measures = tuple(group_facts.GroupMeasure(**one.model_dump()) for one in sent.measures)
    return take(group, sent, command, group_facts.GroupEvaluated(measures=measures))


class GroupClosingIn(CommandIn):
    """How the group ends: completed, or unfinished with the reason."""

    closure: Literal["completed", "unfinished"] = "completed"
    reason: Text | None = None

    model_config = example({"closure": "completed"})


@router.post("/groups/{group}/closing", status_code=201)
def close(group: Uuid, sent: GroupClosingIn, command: Commanding) -> ReceiptOut:
    """Close a group and count it; completed takes as many sessions as were planned."""
    return command.carry_out(
        sent,
        lambda desk, entry: group_commands.close_group(
            desk, entry, group, completed=sent.closure == "completed", reason=sent.reason
        ),
        on=group,
        location=GROUP_PATH,
    )


class GraduationIn(CommandIn):
    """The community organisation as which the members go on."""

    organisation: Uuid

    model_config = example({"organisation": PERSON})


@router.post("/groups/{group}/graduation", status_code=201)
def graduate(group: Uuid, sent: GraduationIn, command: Commanding) -> ReceiptOut:
    """Record that the members go on as a community organisation."""
    facts = group_facts.GroupGraduatedToCommunityOrg(organisation=sent.organisation)
    return take(group, sent, command, facts)


@router.get("/groups")
def list_groups(
    listed: DatedListed,
    station: Uuid | None = None,
    leader: Uuid | None = None,
    stage: Stage | None = None,
    audience: Annotated[str | None, Query(max_length=40)] = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of groups, latest plan first; `from` and `to` bound its day."""
    where = {"station": station, "leader": leader, "stage": stage}
    return listed.within(
        GROUP,
        "planned",
        where={**where, "audience": audience, "ledger": ledger},
        descending=True,
    )


@router.get("/groups/{group}")
def read_group(group: Uuid, asked: Asked, day: date | None = None) -> dict[str, Any]:
    """Read where a group stands, its sessions, and its members, of a day where one is given."""
    asked.tag(group)
    with asked.answers() as answers:
        found = answers.rows(GROUP, where={"group_id": group})
        if not found:
            raise NOT_FOUND("group")
        (line,) = lines(answers, found)
        held = [plain(row) for row in sessions(answers, group)]
        joined = [plain(row) for row in members(answers, group, day)]
    work = {"held": line.held, "minutes": line.minutes, "person_times": line.person_times}
    return {**plain(line.group), **work, "meetings": held, "members": joined}
