"""Activities over HTTP: record that one was held, what people said of it, and read the register."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
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
    example,
    held_to,
)
from api.paging import plain
from api.questions import Asked, AskedNow, DatedListed, Page
from api.routing import routes
from domain import activity, activity_held
from domain.catalogue import activity_kinds
from domain.counting import Attendance, Source
from domain.desk import Desk
from domain.organisation import scope_of_station
from domain.own_words import owner_of
from domain.private import private
from domain.refusals import NOT_FOUND
from projections.activity import HELD
from projections.activity import activity as activity_of

router = routes("activities")
STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"


class ZoneIn(Model):
    """A part of the activity with its own count."""

    name: Text
    count: Annotated[int, Field(ge=0, le=100_000)]
    source: Source = "counted"


class IndirectIn(Model):
    """Indirect beneficiaries, and by which method they were estimated."""

    value: Annotated[int, held_to(activity_held.Indirect, "value")]
    method: Annotated[str, StringConstraints(max_length=500)]
    qualifier: Literal["exact", "at_least", "nearly", "about"] = "about"


class HeldIn(CommandIn):
    """How it was held. An attendance line without a role has that of the kind."""

    kind: Code
    title: Text
    variant: Code | None = None
    audience: Code | None = None
    minutes: Annotated[Minutes, held_to(activity_held.ActivityHeld, "minutes")] | None = None
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
            scope_of_station(desk, sent.station, sent.project, day=entry.day),
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

    def facts(self, desk: Desk) -> activity_held.ActivityFeedbackRecorded:
        """Return the facts. Raises `not_found` for a person who is not registered."""
        if self.person is not None:
            desk.load_any("person", self.person, "person")
        return activity_held.ActivityFeedbackRecorded(
            responses=self.responses,
            satisfied=self.satisfied,
            summary=self.summary,
            words=private(owner_of(desk, self.person), "casework", self.words),
        )


@router.post("/activities/{id}/feedback", status_code=201)
def give_feedback(id: Uuid, sent: FeedbackIn, command: Commanding) -> ReceiptOut:
    """Record feedback; a person's own words are sealed."""
    return command.carry_out(
        sent, lambda desk, entry: activity.record_feedback(desk, entry, id, sent.facts(desk)), on=id
    )


class ActivityReportIn(CommandIn):
    """What was published, and where."""

    title: Text
    published_in: Text
    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://")] | None = None
    document: Uuid | None = None


@router.post("/activities/{id}/reports", status_code=201)
def publish_report(id: Uuid, sent: ActivityReportIn, command: Commanding) -> ReceiptOut:
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
def list_kinds(asked: AskedNow) -> list[KindOut]:
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
    listed: DatedListed,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    audience: Annotated[str | None, Query(max_length=40)] = None,
    late_approval: bool | None = None,
    estimated: bool | None = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of held activities (R-17, R-22), latest first.

    How exactly `started` is known says `precision`: of a `day` or a `month` there is no time of day
    in it.
    """
    return listed.within(
        HELD,
        "day",
        where={
            "kind": kind,
            "audience": audience,
            "late_approval": late_approval,
            "estimated": estimated,
            "ledger": ledger,
        },
        descending=True,
    )


@router.get("/activities/{id}")
def read_activity(id: Uuid, asked: Asked) -> dict[str, Any]:
    """Read all that is known of one activity."""
    asked.tag(id)
    with asked.answers() as answers:
        known = activity_of(answers, id)
    if known is None:
        raise NOT_FOUND("id")
    return {
        part: plain(rows) if isinstance(rows, dict) else [plain(row) for row in rows]
        for part, rows in known.items()
    }
