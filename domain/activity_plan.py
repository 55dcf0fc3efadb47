"""What is written about an activity before its day: plan, review, notice, who signed up.

The plan passes an internal review (S4: passed 内部审核) before the activity is held; a returned
plan is handed in again. Registrations and safety agreements can be set right one by one.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from domain.bounds import Fen, Heads
from domain.counting import Attendance, AttendeeRole
from domain.event import Facts, fact
from domain.identity import Id
from domain.private import IdentityWords

Heading = Literal["flow", "division_of_work", "emergency_plan", "budget", "supplies", "evaluation"]
"""流程, 分工, 应急预案, 预算, 物资, 评估."""

STAFF_ROLES: frozenset[str] = frozenset({"worker", "supervisee", "volunteer", "partner"})
"""Who works at an activity rather than taking part in it: they sign no agreement for it."""


class PlanSection(msgspec.Struct, frozen=True, kw_only=True):
    """One section of a plan. It is about the activity and names nobody who is served."""

    heading: Heading
    text: str


@fact()
class ActivityPlanned(Facts, frozen=True, kw_only=True, tag="activity.ActivityPlanned@1"):
    """An activity is planned, or its returned plan handed in again.

    `series` is the activity whose approved plan covers this one too (系列活动). `budget` is in 分.
    """

    happens: ClassVar = True
    title: str
    kind: str
    aims: tuple[str, ...]
    planned_on: date
    audience: str | None = None
    variant: str | None = None
    place: str | None = None
    series: Id | None = None
    expected: int | None = None
    budget: Fen = 0
    sections: tuple[PlanSection, ...] = ()


@fact()
class ActivityPlanReviewed(Facts, frozen=True, kw_only=True, tag="activity.ActivityPlanReviewed@1"):
    """The plan was approved or returned.

    `late` says that the activity had been held by then, or had been planned for an earlier day.
    """

    happens: ClassVar = True
    outcome: Literal["approved", "returned"]
    reviewer: Id
    comments: str | None = None
    late: bool = False


@fact()
class ActivityAnnounced(Facts, frozen=True, kw_only=True, tag="activity.ActivityAnnounced@1"):
    """The notice went out, through these channels."""

    happens: ClassVar = True
    channels: tuple[str, ...]


@fact(corrections=True)
class RegistrationTaken(Facts, frozen=True, kw_only=True, tag="activity.RegistrationTaken@1"):
    """报名: a person registered, or `count` people whom the register does not know."""

    happens: ClassVar = True
    person: Id | None = None
    count: Heads = 1
    role: AttendeeRole = "client"
    name: IdentityWords | None = None


@fact(corrections=True)
class SafetyAgreementSigned(
    Facts, frozen=True, kw_only=True, tag="activity.SafetyAgreementSigned@1"
):
    """安全协议: signed by a person or for one by a guardian, or by `count` unregistered people."""

    happens: ClassVar = True
    person: Id | None = None
    count: Heads = 1
    guardian: Id | None = None


@fact()
class ActivityPostponed(Facts, frozen=True, kw_only=True, tag="activity.ActivityPostponed@1"):
    """It will be held on another day."""

    happens: ClassVar = True
    planned_on: date
    reason: str


@fact()
class ActivityCancelled(Facts, frozen=True, kw_only=True, tag="activity.ActivityCancelled@1"):
    """It will not be held."""

    happens: ClassVar = True
    reason: str


Signing = RegistrationTaken | SafetyAgreementSigned


def uncovered(attendance: tuple[Attendance, ...], signings: list[Signing]) -> int:
    """How many who took part have not signed, so that n agreements mean n participants.

    A person's own signature covers nobody else; what was signed without names covers as many.
    """
    present = [
        entry for entry in attendance if entry.status == "present" and entry.role not in STAFF_ROLES
    ]
    by_name = {signing.person for signing in signings if signing.person is not None}
    by_number = sum(signing.count for signing in signings if signing.person is None)
    needed = sum(entry.count for entry in present if entry.person not in by_name)
    return max(0, needed - by_number)
