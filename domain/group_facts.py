"""What is recorded of a group (小组): a closed set of members who meet several times with aims.

Phases are those of MZ/T 095-2017. A session carries the roster of its own day, so that members
who join or leave later change nothing that was held (events.md, BC5).
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from domain.bounds import AtLeastOne, Signed, Title, Within
from domain.counting import AttendeeRole, Counted, Occurrence
from domain.event import Facts, fact
from domain.identity import Id
from domain.private import CaseworkWords

Stage = Literal[
    "planned",  # 已策划
    "approved",  # 已审批
    "recruiting",  # 招募中
    "running",  # 开展中
    "evaluated",  # 已评估
    "closed",  # 已结束
    "graduated",  # 转为社区社会组织
]
Phase = Literal[
    "preparation",  # 筹备期
    "formation",  # 形成期
    "transition",  # 转折期
    "maturity",  # 成熟期
    "ending",  # 结束期
]
PHASES: tuple[Phase, ...] = ("preparation", "formation", "transition", "maturity", "ending")
GroupKind = Literal[
    "group_session", "group_opened", "group_closed", "group_unfinished",
    "staff_group_session", "staff_group_opened", "staff_group_closed", "staff_group_unfinished",
    "volunteer_group_session", "volunteer_group_opened", "volunteer_group_closed",
    "volunteer_group_unfinished",
]  # fmt: skip
"""Groups of staff and of volunteers are kinds of their own, so that no indicator for clients
counts them; one that means them says so."""


class GroupStanding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a group stands after a step: all that a register shows of it.

    `sessions` is how many are planned; `opened` the day of the first that was held; `closed` the
    day of closing. `variant` is a short code such as `outing` or `learning`.
    """

    stage: Stage
    title: Title
    audience: Title
    leader: Id
    sessions: AtLeastOne
    size_min: AtLeastOne
    size_max: AtLeastOne
    variant: Title | None = None
    co_leader: Id | None = None
    planned: date | None = None
    opened: date | None = None
    closed: date | None = None


class GroupStep(Facts, frozen=True, kw_only=True):
    """Base of the steps of a group. Whoever asks for a step leaves `standing` out."""

    happens: ClassVar[bool] = True
    standing: GroupStanding | None = None


class GroupMeasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an instrument gave before and after, summed over `n` members, in whole points."""

    instrument: str
    n: int
    before: Signed | None = None
    after: Signed | None = None


@fact()
class GroupPlanned(GroupStep, frozen=True, kw_only=True, tag="group.GroupPlanned@1"):
    """活动策划: what the group is for, for whom, how often and with how many it will meet."""

    standing: GroupStanding
    aims: tuple[str, ...]
    theory: str | None = None


@fact()
class GroupPlanApproved(GroupStep, frozen=True, kw_only=True, tag="group.GroupPlanApproved@1"):
    """Somebody other than its leaders approved the plan."""


@fact()
class RecruitmentOpened(GroupStep, frozen=True, kw_only=True, tag="group.RecruitmentOpened@1"):
    """Members are sought, through these channels."""

    channels: tuple[str, ...] = ()


@fact(corrections=True)
class MemberEnrolled(Facts, frozen=True, kw_only=True, tag="group.MemberEnrolled@1"):
    """Somebody is a member from this day on."""

    member: Id
    role: AttendeeRole = "client"


@fact()
class MemberLeft(Facts, frozen=True, kw_only=True, tag="group.MemberLeft@1"):
    """Somebody is no member after this day. `enrolment` is the event by which they joined."""

    member: Id
    reason: str
    enrolment: Id | None = None
    note: CaseworkWords | None = None


@fact()
class GroupAgreementAdopted(
    GroupStep, frozen=True, kw_only=True, tag="group.GroupAgreementAdopted@1"
):
    """小组契约: the rules that the members agreed on."""

    rules: tuple[str, ...] = ()


LONGEST_SESSION = 12 * 60
"""Minutes. An outing lasts a day."""


@fact(corrections=True)
class GroupSessionHeld(Occurrence, frozen=True, kw_only=True, tag="group.GroupSessionHeld@1"):
    """小组节次: the n-th session. `kind` is `group_session`.

    `attendance` is the roster of that day with who was absent, and visitors; `enrolled` the
    number of members on that day. The record of the process is evidence of its event.
    """

    fixed: ClassVar = Occurrence.fixed | {"audience"}
    narrower: ClassVar = {"minutes": Within(1, LONGEST_SESSION)}

    kind: GroupKind
    number: AtLeastOne
    phase: Phase
    leader: Id | None = None
    co_leader: Id | None = None
    enrolled: int = 0
    theme: Title | None = None


@fact(corrections=True)
class GroupOpened(Counted, frozen=True, kw_only=True, tag="group.GroupOpened@1"):
    """A group is opened when its first session is held: counted on that day.

    It follows the sessions: void when all of them are, dated anew when the first one is.
    """

    session: Id


@fact()
class GroupSessionCancelled(
    GroupStep, frozen=True, kw_only=True, tag="group.GroupSessionCancelled@1"
):
    """A planned session does not take place; its number stays free."""

    number: int
    reason: str
    planned_for: date | None = None


@fact()
class MemberProgressRecorded(
    GroupStep, frozen=True, kw_only=True, tag="group.MemberProgressRecorded@1"
):
    """How one member is getting on."""

    member: Id
    number: int | None = None
    score: Signed | None = None
    progress: CaseworkWords | None = None


@fact()
class GroupEvaluated(GroupStep, frozen=True, kw_only=True, tag="group.GroupEvaluated@1"):
    """小组评估: what was measured before and after; the report is evidence of its event."""

    measures: tuple[GroupMeasure, ...] = ()


@fact(corrections=True)
class GroupClosed(Counted, frozen=True, kw_only=True, tag="group.GroupClosed@1"):
    """A group ends: counted as completed (`group_closed`) on that day (counting rule 6).

    One that ends before the sessions it was to have is `group_unfinished` and counts as no
    completed group. `minimum` is how many it was to have, `held` how many there had been.
    """

    fixed: ClassVar = frozenset({"audience", "variant", "held", "enrolled"})

    standing: GroupStanding | None = None
    minimum: int = 0
    held: int = 0
    enrolled: int = 0
    reason: str | None = None

    @property
    def completed(self) -> bool:
        """Say whether it had its sessions."""
        return not self.kind.endswith("unfinished")


@fact()
class GroupGraduatedToCommunityOrg(
    GroupStep, frozen=True, kw_only=True, tag="group.GroupGraduatedToCommunityOrg@1"
):
    """The members go on by themselves, as a community organisation."""

    organisation: Id


@fact()
class GroupRestated(GroupStep, frozen=True, kw_only=True, tag="group.GroupRestated@1"):
    """Where the group stands since a counted record was made or set right; `record` is which."""

    happens: ClassVar = False
    record: Id
