"""Plans of activities over HTTP: plan, review, announce, sign people up, postpone, call off."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from api.commands import (
    Code,
    CommandIn,
    Commanding,
    Fen,
    Model,
    ReceiptOut,
    Statement,
    Text,
    Uuid,
    Words,
    example,
)
from api.paging import Cursor, Limit
from api.questions import Asked, From, Page, To
from api.routing import routes
from domain import activity, activity_plan
from domain.counting import AttendeeRole
from domain.identity import new_id
from domain.organisation import scope_of_station
from domain.private import private
from projections.activity import PLAN

router = routes("activities")
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Count = Annotated[int, Field(ge=1, le=100_000)]


class SectionIn(Model):
    """One section of a plan."""

    heading: activity_plan.Heading
    text: Statement


class ActivityPlanIn(CommandIn):
    """An activity's plan."""

    title: Text
    kind: Code
    aims: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    planned_on: date
    audience: Code | None = None
    variant: Code | None = None
    place: Text | None = None
    series: Uuid | None = None
    expected: Count | None = None
    budget: Fen = 0
    sections: Annotated[tuple[SectionIn, ...], Field(max_length=20)] = ()

    def facts(self) -> activity_plan.ActivityPlanned:
        """Return the facts."""
        sections = tuple(
            activity_plan.PlanSection(heading=each.heading, text=each.text)
            for each in self.sections
        )
        return activity_plan.ActivityPlanned(
            title=self.title,
            kind=self.kind,
            aims=self.aims,
            planned_on=self.planned_on,
            audience=self.audience,
            variant=self.variant,
            place=self.place,
            series=self.series,
            expected=self.expected,
            budget=self.budget,
            sections=sections,
        )


class NewPlanIn(ActivityPlanIn):
    """A new activity's plan, and where it belongs."""

    station: Uuid
    project: Uuid | None = None

    model_config = example(
        {
            "station": STATION,
            "title": "亲近心灵，怀抱自然",
            "kind": "outing",
            "aims": ["增进交往"],
            "planned_on": "2018-10-21",
            "audience": "elderly",
            "expected": 15,
            "sections": [{"heading": "emergency_plan", "text": "随车备急救箱"}],
        }
    )


@router.post("/activities", status_code=201)
def plan_activity(sent: NewPlanIn, command: Commanding) -> ReceiptOut:
    """Plan an activity."""
    return command.carry_out(
        sent,
        lambda desk, entry: activity.plan_activity(
            desk, entry, scope_of_station(desk, sent.station, sent.project), sent.facts()
        ),
        location="/api/v1/activities/{id}",
    )


@router.post("/activities/{id}/plans", status_code=201)
def plan_again(id: Uuid, sent: ActivityPlanIn, command: Commanding) -> ReceiptOut:
    """Hand in a plan that was returned again."""
    return command.carry_out(
        sent, lambda desk, entry: activity.plan_again(desk, entry, id, sent.facts()), on=id
    )


class ActivityPlanReviewIn(CommandIn):
    """How the plan was decided; the reviewer is who writes, unless another is named."""

    outcome: Literal["approved", "returned"]
    reviewer: Uuid | None = None
    comments: Statement | None = None


@router.post("/activities/{id}/reviews", status_code=201)
def review_plan(id: Uuid, sent: ActivityPlanReviewIn, command: Commanding) -> ReceiptOut:
    """Approve or return a plan."""
    facts = activity_plan.ActivityPlanReviewed(
        outcome=sent.outcome,
        reviewer=sent.reviewer or command.principal.actor,
        comments=sent.comments,
    )
    return command.carry_out(
        sent, lambda desk, entry: activity.review_plan(desk, entry, id, facts), on=id
    )


class AnnouncementIn(CommandIn):
    """Through which channels the notice went out."""

    channels: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]


@router.post("/activities/{id}/announcements", status_code=201)
def announce_activity(id: Uuid, sent: AnnouncementIn, command: Commanding) -> ReceiptOut:
    """Record that the notice went out."""
    facts = activity_plan.ActivityAnnounced(channels=sent.channels)
    return command.carry_out(
        sent, lambda desk, entry: activity.announce_activity(desk, entry, id, facts), on=id
    )


class RegistrationIn(CommandIn):
    """A registered person, or `count` people; one who is not registered may give a name."""

    person: Uuid | None = None
    count: Count = 1
    role: AttendeeRole = "client"
    name: Words | None = None


@router.post("/activities/{id}/registrations", status_code=201)
def register(id: Uuid, sent: RegistrationIn, command: Commanding) -> ReceiptOut:
    """Take a registration (报名)."""
    facts = activity_plan.RegistrationTaken(
        person=sent.person,
        count=sent.count,
        role=sent.role,
        name=private(sent.person or new_id(), "identity", sent.name),
    )
    return command.carry_out(
        sent, lambda desk, entry: activity.sign_up(desk, entry, id, facts), on=id
    )


class OutingAgreementIn(CommandIn):
    """Who signed, or how many; for a child, the guardian."""

    person: Uuid | None = None
    count: Count = 1
    guardian: Uuid | None = None


@router.post("/activities/{id}/safety-agreements", status_code=201)
def sign_agreement(id: Uuid, sent: OutingAgreementIn, command: Commanding) -> ReceiptOut:
    """Record a signed safety agreement (安全协议)."""
    facts = activity_plan.SafetyAgreementSigned(
        person=sent.person, count=sent.count, guardian=sent.guardian
    )
    return command.carry_out(
        sent, lambda desk, entry: activity.sign_up(desk, entry, id, facts), on=id
    )


class PostponementIn(CommandIn):
    """To which day, and why."""

    planned_on: date
    reason: Text


@router.post("/activities/{id}/postponements", status_code=201)
def postpone(id: Uuid, sent: PostponementIn, command: Commanding) -> ReceiptOut:
    """Move an activity to another day."""
    facts = activity_plan.ActivityPostponed(planned_on=sent.planned_on, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: activity.put_off_activity(desk, entry, id, facts), on=id
    )


class ActivityCancellationIn(CommandIn):
    """Why."""

    reason: Text


@router.post("/activities/{id}/cancellation", status_code=201)
def cancel(id: Uuid, sent: ActivityCancellationIn, command: Commanding) -> ReceiptOut:
    """Call an activity off."""
    facts = activity_plan.ActivityCancelled(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: activity.put_off_activity(desk, entry, id, facts), on=id
    )


@router.get("/activity-plans")
def list_plans(
    asked: Asked,
    since: From = None,
    until: To = None,
    review: Literal["approved", "returned"] | None = None,
    ledger: Uuid | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page:
    """Read the activities that were planned, by day, and how far each has come."""
    return asked.page(
        PLAN,
        where={"review": review, "ledger": ledger},
        since={"planned_on": since or date.min},
        until={"planned_on": until},
        order=("planned_on",),
        cursor=cursor,
        limit=limit,
    )
