"""Activities that are planned, approved and held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.activity import (
    Activity,
    plan_activity,
    review_plan,
)
from domain.activity_held import (
    ActivityHeld,
)
from domain.activity_plan import (
    ActivityPlanned,
    ActivityPlanReviewed,
)
from domain.counting import Attendance
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.policy import ActivityPolicy, PolicyAdopted, adopt_policy
from tests.station import SCOPE, TODAY, MemoryDesk, entry, principal

REASON = Reason(code="wrong_count", text="签到表漏数一人")


YESTERDAY = TODAY - timedelta(days=1)


LENIENT = PolicyAdopted(terms=ActivityPolicy(plan_first=False), begins=TODAY, reason="试行")


def elders(count: int, **more: Any) -> Attendance:
    return Attendance(count=count, **more)


def held(kind: str = "integration", *attendance: Attendance, **facts: Any) -> ActivityHeld:
    return ActivityHeld(kind=kind, title="倾注爱心一点", attendance=attendance, **facts)


def planned(kind: str = "integration", **facts: Any) -> ActivityPlanned:
    given: dict[str, Any] = {"title": "融合活动", "aims": ("融入",), "planned_on": TODAY}
    return ActivityPlanned(kind=kind, **given | facts)


def plan(desk: MemoryDesk, kind: str = "integration", *, approved: bool = True, **facts: Any) -> Id:
    """Plan an activity yesterday, and have the plan approved."""
    activity = plan_activity(desk, entry(YESTERDAY), SCOPE, planned(kind, **facts)).stream
    if approved:
        review_plan(desk, entry(YESTERDAY), activity, approval())
    return activity


def approval() -> ActivityPlanReviewed:
    return ActivityPlanReviewed(outcome="approved", reviewer=derived_id("lead"))


def recorded(desk: MemoryDesk, activity: Id) -> ActivityHeld:
    effective = desk.load(Activity, activity).held
    assert effective is not None
    return effective.facts


def adopt(desk: MemoryDesk) -> None:
    """Let plans be approved late."""
    who, desk.principal = desk.principal, principal("supervisor")
    adopt_policy(desk, entry(principal=desk.principal), SCOPE, LENIENT)
    desk.principal = who
