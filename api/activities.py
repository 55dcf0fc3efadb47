"""Activities over HTTP: plan one, have it reviewed, sign people up, record that it was held."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints

from api.commands import (
    AttendanceIn,
    Code,
    CommandIn,
    Commanding,
    Minutes,
    Model,
    ReceiptOut,
    Statement,
    Text,
    Uuid,
    Words,
    Yuan,
    example,
)
from api.questions import Asked, Cursor, Limit, Page, plain
from domain import activity, activity_held, activity_plan
from domain.catalogue import activity_kinds
from domain.counting import Attendance, AttendeeRole, Source
from domain.identity import new_id
from domain.organisation import scope_of_station
from domain.private import private
from domain.refusals import NOT_FOUND
from projections import activities
from projections.activities import HELD, PLAN

router = APIRouter(tags=["activities"])
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Count = Annotated[int, Field(ge=1, le=100_000)]


class SectionIn(Model):
    """One section of a plan."""

    heading: activity_plan.Heading
    text: Statement


class PlanIn(CommandIn):
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
    budget: Yuan = 0
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


class NewPlanIn(PlanIn):
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
def plan_again(id: Uuid, sent: PlanIn, command: Commanding) -> ReceiptOut:
    """Hand in a plan that was returned again."""
    return command.carry_out(
        sent, lambda desk, entry: activity.plan_again(desk, entry, id, sent.facts()), on=id
    )


class ReviewIn(CommandIn):
    """How the plan was decided; the reviewer is who writes, unless another is named."""

    outcome: Literal["approved", "returned"]
    reviewer: Uuid | None = None
    comments: Statement | None = None


@router.post("/activities/{id}/reviews", status_code=201)
def review_plan(id: Uuid, sent: ReviewIn, command: Commanding) -> ReceiptOut:
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


class AgreementIn(CommandIn):
    """Who signed, or how many; for a child, the guardian."""

    person: Uuid | None = None
    count: Count = 1
    guardian: Uuid | None = None


@router.post("/activities/{id}/safety-agreements", status_code=201)
def sign_agreement(id: Uuid, sent: AgreementIn, command: Commanding) -> ReceiptOut:
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


class CancellationIn(CommandIn):
    """Why."""

    reason: Text


@router.post("/activities/{id}/cancellation", status_code=201)
def cancel(id: Uuid, sent: CancellationIn, command: Commanding) -> ReceiptOut:
    """Call an activity off."""
    facts = activity_plan.ActivityCancelled(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: activity.put_off_activity(desk, entry, id, facts), on=id
    )


class ZoneIn(Model):
    """A part of the activity with its own count."""

    name: Text
    count: Annotated[int, Field(ge=0, le=100_000)]
    source: Source = "counted"


class IndirectIn(Model):
    """Indirect beneficiaries, and by which method they were estimated."""

    value: int
    method: Annotated[str, StringConstraints(max_length=500)]
    qualifier: Literal["exact", "at_least", "nearly", "about"] = "about"


class HeldIn(CommandIn):
    """How it was held. An attendance line without a role has that of the kind."""

    kind: Code
    title: Text
    variant: Code | None = None
    audience: Code | None = None
    minutes: Minutes | None = None
    place: Text | None = None
    workers: Annotated[tuple[Uuid, ...], Field(max_length=50)] = ()
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=500)] = ()
    zones: Annotated[tuple[ZoneIn, ...], Field(max_length=50)] = ()
    indirect: IndirectIn | None = None
    series: Uuid | None = None
    supervisor: Uuid | None = None
    organisation: Uuid | None = None
    content: Statement | None = None

    model_config = example(
        {
            "kind": "integration",
            "title": "倾注爱心一点，收获温馨无限",
            "audience": "disabled",
            "minutes": 180,
            "attendance": [{"count": 17}, {"count": 3, "role": "volunteer"}],
        }
    )

    def facts(self, actor: str) -> activity_held.ActivityHeld:
        """Return the facts; who is not named as worker is the one who writes."""
        indirect = self.indirect
        return activity_held.ActivityHeld(
            kind=self.kind,
            title=self.title,
            variant=self.variant,
            audience=self.audience,
            minutes=self.minutes,
            place=self.place,
            workers=self.workers or (actor,),
            attendance=tuple(self._attended(line) for line in self.attendance),
            zones=tuple(activity_held.Zone(**zone.model_dump()) for zone in self.zones),
            indirect=activity_held.Indirect(estimator=actor, **indirect.model_dump())
            if indirect
            else None,
            series=self.series,
            supervisor=self.supervisor,
            organisation=self.organisation,
            content=self.content,
        )

    def _attended(self, line: AttendanceIn) -> Attendance:
        kind = activity_kinds().get(self.kind)
        if kind is None or "role" in line.model_fields_set:
            return line.value()
        return line.model_copy(update={"role": kind.role}).value()


@router.post("/activities/{id}/holding", status_code=201)
def hold_activity(id: Uuid, sent: HeldIn, command: Commanding) -> ReceiptOut:
    """Record that a planned activity was held."""
    return command.carry_out(
        sent,
        lambda desk, entry: activity.hold_activity(
            desk, entry, id, sent.facts(command.principal.actor)
        ),
        on=id,
        location="/api/v1/activities/{id}",
    )


class UnplannedIn(HeldIn):
    """An activity that was never planned here, or stands under the plan of its series."""

    station: Uuid
    project: Uuid | None = None

    model_config = example(
        {
            "station": STATION,
            "kind": "joint_meeting",
            "title": "三方联席会议",
            "minutes": 90,
            "attendance": [{"count": 8}],
        }
    )


@router.post("/held-activities", status_code=201)
def record_activity(sent: UnplannedIn, command: Commanding) -> ReceiptOut:
    """Record an activity that was held without a plan of its own."""
    return command.carry_out(
        sent,
        lambda desk, entry: activity.record_activity(
            desk,
            entry,
            scope_of_station(desk, sent.station, sent.project),
            sent.facts(command.principal.actor),
        ),
        location="/api/v1/activities/{id}",
    )


class FeedbackIn(CommandIn):
    """How many answered, and how many of them were satisfied."""

    responses: Annotated[int, Field(ge=0, le=100_000)]
    satisfied: Annotated[int, Field(ge=0, le=100_000)]
    summary: Statement | None = None
    person: Uuid | None = None
    words: Words | None = None


@router.post("/activities/{id}/feedback", status_code=201)
def give_feedback(id: Uuid, sent: FeedbackIn, command: Commanding) -> ReceiptOut:
    """Record feedback; a person's own words are sealed."""
    facts = activity_held.ActivityFeedbackRecorded(
        responses=sent.responses,
        satisfied=sent.satisfied,
        summary=sent.summary,
        words=private(sent.person or new_id(), "casework", sent.words),
    )
    return command.carry_out(
        sent, lambda desk, entry: activity.record_feedback(desk, entry, id, facts), on=id
    )


class ReportIn(CommandIn):
    """What was published, and where."""

    title: Text
    published_in: Text
    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://")] | None = None
    document: Uuid | None = None


@router.post("/activities/{id}/reports", status_code=201)
def publish_report(id: Uuid, sent: ReportIn, command: Commanding) -> ReceiptOut:
    """Record a report or news piece about a held activity."""
    facts = activity_held.ActivityReportPublished(
        kind="activity_report",
        title=sent.title,
        channel=sent.published_in,
        url=sent.url,
        document=sent.document,
    )
    return command.carry_out(
        sent, lambda desk, entry: activity.publish_report(desk, entry, id, facts), on=id
    )


class KindOut(BaseModel):
    """A kind of activity, and what it demands."""

    code: str
    zh: str
    en: str
    role: str
    roles: tuple[str, ...]
    variants: tuple[str, ...]
    plan: bool
    agreements: bool
    registration: bool


@router.get("/activity-kinds")
def list_kinds(asked: Asked) -> list[KindOut]:
    """Read the catalogue of kinds of activity."""
    return [
        KindOut(
            code=code,
            zh=kind.zh,
            en=kind.en,
            role=kind.role,
            roles=kind.roles,
            variants=kind.variants,
            plan=kind.plan,
            agreements=kind.agreements,
            registration=kind.registration,
        )
        for code, kind in activity_kinds().items()
    ]


@router.get("/activities")
def list_activities(
    asked: Asked,
    since: date | None = None,
    until: date | None = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    audience: Annotated[str | None, Query(max_length=40)] = None,
    late_approval: bool | None = None,
    estimated: bool | None = None,
    ledger: Uuid | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page:
    """Read the register of held activities (R-17, R-22), latest first."""
    return asked.page(
        HELD,
        where={
            "kind": kind,
            "audience": audience,
            "late_approval": late_approval,
            "estimated": estimated,
            "ledger": ledger,
        },
        since={"day": since},
        until={"day": until},
        order=("day",),
        descending=True,
        cursor=cursor,
        limit=limit,
    )


@router.get("/activity-plans")
def list_plans(
    asked: Asked,
    since: date | None = None,
    until: date | None = None,
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


@router.get("/activities/{id}")
def read_activity(id: Uuid, asked: Asked) -> dict[str, Any]:
    """Read all that is known of one activity."""
    with asked.live() as answers:
        known = activities.activity(answers, id)
    if known is None:
        raise NOT_FOUND("id")
    return {
        part: plain(rows) if isinstance(rows, dict) else [plain(row) for row in rows]
        for part, rows in known.items()
    }
