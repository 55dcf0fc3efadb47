"""What is written about an activity from its day on: that it was held, and what came after.

The rules here look at one held activity alone. Who attends in which role, and what is counted or
estimated, is where the field's reports go wrong most often (figures.md, I0-03, I0-05 to I0-07).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec

from domain.bounds import Heads, Link, Title, Within, Worded
from domain.catalogue import ActivityKind, activity_kind
from domain.counting import Attendance, Counted, Occurrence, Source
from domain.event import Basis, Facts, fact
from domain.identity import Id
from domain.policy import ActivityPolicy
from domain.private import CaseworkWords
from domain.refusals import refusal

ROLE_NOT_OF_KIND = refusal("activity.role_not_of_kind")
ESTIMATE_AS_COUNT = refusal("activity.estimate_as_count")
COUNTED_ONLY = refusal("activity.counted_only")
INDIRECT_WITHOUT_METHOD = refusal("activity.indirect_without_method")
INDIRECT_IMPOSSIBLE = refusal("activity.indirect_impossible")
ZONE_ABOVE_TOTAL = refusal("activity.zone_above_total")
NO_SUPERVISOR = refusal("activity.no_supervisor")
NO_SUPERVISEE = refusal("activity.no_supervisee")
SUPERVISES_SELF = refusal("activity.supervises_self")
NO_ORGANISATION = refusal("activity.no_organisation")
LONGEST = 24 * 60
"""Minutes."""
MINUTES_IMPOSSIBLE = refusal("activity.minutes_impossible")


class Zone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an activity with a count of its own (义诊 50): it never adds to the total."""

    name: Title
    count: Heads
    source: Source = "counted"


class Indirect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Indirect beneficiaries: a declared estimate, always kept apart (counting rule 7)."""

    value: Annotated[int, Within(1, 10**9)]
    method: Annotated[str, Worded(most=500)]
    estimator: Id
    qualifier: Literal["exact", "at_least", "nearly", "about"] = "about"


@fact(corrections=True)
class ActivityHeld(Occurrence, frozen=True, kw_only=True, tag="activity.ActivityHeld@1"):
    """活动举办: one event held, 1 场/次; attendance by role and source 签到/清点/估计.

    Volunteers are entries of their own role. `plan_demanded` and `plan_approved_on` say how the
    plan stood when the activity was recorded, `policy` by which of the operator's own policies.
    """

    described: ClassVar = ("content",)
    fixed: ClassVar = frozenset({"money", "items", "policy"})
    narrower: ClassVar = {"minutes": Within(1, LONGEST)}

    title: Title
    series: Id | None = None
    zones: tuple[Zone, ...] = ()
    indirect: Indirect | None = None
    supervisor: Id | None = None
    organisation: Id | None = None
    content: str | None = None
    note: CaseworkWords | None = None
    plan_demanded: bool = False
    plan_approved_on: date | None = None
    policy: ActivityPolicy | None = None

    @property
    def terms(self) -> ActivityPolicy:
        """The policy that it was decided by; the defaults where the operator had adopted none."""
        return self.policy or ActivityPolicy()

    def late_approval(self, day: date) -> bool:
        """Say whether it was held, on that day, before the plan it needs was approved."""
        approved = self.plan_approved_on
        return self.plan_demanded and (approved is None or approved > day)


@fact()
class ActivityFeedbackRecorded(
    Facts, frozen=True, kw_only=True, tag="activity.ActivityFeedbackRecorded@1"
):
    """反馈: how many answered and how many were satisfied; a person's own words are sealed."""

    happens: ClassVar = True
    described: ClassVar = ("summary",)
    responses: int
    satisfied: int
    summary: str | None = None
    words: CaseworkWords | None = None


@fact(corrections=True)
class ActivityReportPublished(
    Counted, frozen=True, kw_only=True, tag="activity.ActivityReportPublished@1"
):
    """A report or news piece about an activity, 1 份; a needs report is a needs assessment's."""

    title: Title
    channel: Title
    url: Link | None = None
    document: Id | None = None


def check_activity(facts: ActivityHeld) -> None:
    """Refuse a held activity that contradicts its kind or itself."""
    kind = activity_kind(facts.kind, facts.variant)
    if facts.minutes is not None and not 0 < facts.minutes <= LONGEST:
        raise MINUTES_IMPOSSIBLE("minutes")
    if kind.organisation and facts.organisation is None:
        raise NO_ORGANISATION("organisation")
    _check_roles(kind, facts.attendance)
    _check_indirect(facts.indirect)
    _check_zones(facts)
    if kind.supervised:
        _check_supervision(facts)


def check_estimates(facts: ActivityHeld, basis: Basis) -> None:
    """Refuse estimated attendance in a record that does not say it is estimated."""
    if estimated(facts) and basis != "estimated":
        raise ESTIMATE_AS_COUNT("basis")


def estimated(facts: ActivityHeld) -> bool:
    """Say whether any part of the attendance is an estimate."""
    sources = {entry.source for entry in facts.attendance} | {zone.source for zone in facts.zones}
    return "estimated" in sources


def _check_roles(kind: ActivityKind, attendance: tuple[Attendance, ...]) -> None:
    for number, entry in enumerate(attendance):
        if not kind.admits(entry.role):
            raise ROLE_NOT_OF_KIND(f"attendance.{number}.role", roles=", ".join(kind.roles))
        if kind.counted_only and (entry.person is not None or entry.source != "counted"):
            raise COUNTED_ONLY(f"attendance.{number}")


def _check_indirect(indirect: Indirect | None) -> None:
    if indirect is None:
        return
    if not indirect.method.strip():
        raise INDIRECT_WITHOUT_METHOD("indirect.method")
    if indirect.value < 1:
        raise INDIRECT_IMPOSSIBLE("indirect.value")


def _check_zones(facts: ActivityHeld) -> None:
    total = sum(entry.count for entry in facts.attendance if entry.status == "present")
    for number, zone in enumerate(facts.zones):
        if not 0 <= zone.count <= total:
            raise ZONE_ABOVE_TOTAL(f"zones.{number}.count", total=total)


def _check_supervision(facts: ActivityHeld) -> None:
    if facts.supervisor is None:
        raise NO_SUPERVISOR("supervisor")
    present = [entry for entry in facts.attendance if entry.status == "present"]
    supervisees = [entry for entry in present if entry.role == "supervisee"]
    if not supervisees:
        raise NO_SUPERVISEE("attendance")
    if any(entry.person == facts.supervisor for entry in supervisees):
        raise SUPERVISES_SELF("supervisor")
