"""Visits over HTTP: record one, read the register, keep visit plans."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from api.commands import (
    AttendanceIn,
    CommandIn,
    Commanding,
    Minutes,
    ReceiptOut,
    Text,
    Uuid,
    Whereabouts,
    Words,
    example,
    held_to,
)
from api.paging import turn
from api.questions import DatedListed, Listed, Page
from api.routing import routes
from domain import visit, visit_plan
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.neighbours import ServedCase
from domain.organisation import scope_of_station
from domain.own_words import first_served, owner_of
from domain.private import private
from domain.refusals import refusal
from projections.visit import PLAN, VISIT
from projections.visit_plan import visit_plans

router = routes("visits")
CLIENT_SEEN: dict[str, Any] = {
    "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
    "attendance": [{"person": "99f68f88-b208-5a9e-84e3-a6e90855c3f6", "role": "client"}],
}
SERVICE: dict[str, Any] = {
    **CLIENT_SEEN,
    "kind": "home_service",
    "minutes": 40,
    "services": ["emotional support", "housework"],
}
HOME_VISIT: dict[str, Any] = {
    **CLIENT_SEEN,
    "kind": "home_visit",
    "purpose": "needs",
    "note": "独居，精神尚可",
    "needs": "想装扶手",
    "risk_signs": "厨房燃气软管老化",
}

OF_A_HOME_VISIT = ("explanation", "needs", "risk_signs")
"""Words that only a home visit keeps."""
KEPT_BY = {
    **dict.fromkeys(("purpose", "household_size", *OF_A_HOME_VISIT), "home_visit"),
    "services": "home_service",
    **dict.fromkeys(("answered", "verified"), "phone_contact"),
}
"""What contacts of one kind alone keep."""
NOT_KEPT = refusal("visit.not_kept")


class VisitIn(CommandIn):
    """A visit or contact. What is said about the first person served is sealed: where it was, a
    `note`, of a home visit how they were found, and there besides their needs and signs of risk.
    """

    station: Uuid
    project: Uuid | None = None
    kind: Literal["home_visit", "home_service", "phone_contact"]
    audience: Text | None = None
    minutes: Annotated[Minutes, held_to(visit.HomeServiceDelivered, "minutes")] | None = None
    place: Whereabouts = None
    workers: Annotated[tuple[Uuid, ...], Field(max_length=20)] = ()
    attendance: Annotated[tuple[AttendanceIn, ...], Field(max_length=500)]
    household: Uuid | None = None
    household_size: Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="asked of the register where the household is in it"
    )
    case: Uuid | None = None
    purpose: visit.Purpose = "call"
    services: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    answered: bool = True
    verified: bool = False
    note: Words | None = None
    explanation: Words | None = Field(
        None, description="why more people were seen than the household has; sealed as the note is"
    )
    needs: Words | None = Field(None, description="what a home visit found is needed; sealed")
    risk_signs: Words | None = Field(
        None, description="signs of danger that a home visit found; sealed"
    )

    model_config = example(SERVICE, HOME_VISIT)

    def facts(self, actor: Id, desk: Desk) -> visit.Contact:
        """Return the facts; who is not named as worker is the one who writes.

        Raises `visit.not_kept` where something is said that contacts of this kind do not keep.
        """
        for name, kind in KEPT_BY.items():
            if self.kind != kind and getattr(self, name) != VisitIn.model_fields[name].default:
                raise NOT_KEPT(name)
        attendance = tuple(line.value() for line in self.attendance)
        about = self._about(desk, first_served(attendance))
        core: dict[str, Any] = {
            "kind": self.kind,
            "audience": self.audience,
            "minutes": self.minutes,
            "address": private(about, "contact", self.place),
            "workers": self.workers or (actor,),
            "attendance": attendance,
            "household": self.household,
            "case": self.case,
        }
        note = private(about, "casework", self.note)
        match self.kind:
            case "home_visit":
                size = self.household_size
                return visit.HomeVisitMade(
                    **core,
                    purpose=self.purpose,
                    household_size=size,
                    explanation=private(about, "casework", self.explanation),
                    condition=note,
                    needs=private(about, "casework", self.needs),
                    risk_signs=private(about, "casework", self.risk_signs),
                )
            case "home_service":
                return visit.HomeServiceDelivered(**core, services=self.services, note=note)
            case "phone_contact":
                return visit.PhoneContactMade(
                    **core, answered=self.answered, verified=self.verified, note=note
                )

    def _about(self, desk: Desk, seen: Id | None) -> Id:
        """Return under whose key the words go: of whom was seen, the case's client, the home."""
        client = household = None
        if self.case is not None:
            case: ServedCase = desk.load_any("case", self.case, "case")
            client, household = case.serves
        return owner_of(desk, seen or client, self.household or household)


@router.post("/visits", status_code=201)
def record_visit(sent: VisitIn, command: Commanding) -> ReceiptOut:
    """Record a home visit, a home service or a telephone contact."""
    return command.carry_out(
        sent,
        lambda desk, entry: visit.record_visit(
            desk,
            entry,
            scope_of_station(desk, sent.station, sent.project, day=entry.day),
            sent.facts(command.principal.actor, desk),
        ),
        location="/api/v1/streams/{id}",
    )


class AttemptIn(CommandIn):
    """Somebody went and saw nobody."""

    station: Uuid
    project: Uuid | None = None
    person: Uuid
    workers: Annotated[tuple[Uuid, ...], Field(max_length=20)] = ()
    outcome: Literal["no_answer", "refused", "away"]


@router.post("/visit-attempts", status_code=201)
def record_attempt(sent: AttemptIn, command: Commanding) -> ReceiptOut:
    """Record an attempt; it counts as nothing."""
    facts = visit.HomeVisitAttempted(
        person=sent.person,
        workers=sent.workers or (command.principal.actor,),
        outcome=sent.outcome,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: visit.record_attempt(
            desk, entry, scope_of_station(desk, sent.station, sent.project, day=entry.day), facts
        ),
        location="/api/v1/streams/{id}",
    )


@router.get("/visits")
def list_visits(
    listed: DatedListed,
    worker: Uuid | None = None,
    person: Uuid | None = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of visits and contacts (R-18), latest first.

    `outcome` is `made` for a contact that was made, `unanswered` for a call in vain; of an attempt
    `no_answer`, `refused` or `away`. How exactly `started` is known says `precision`: of a `day` or
    a `month` there is no time of day in it.
    """
    return listed.within(
        VISIT,
        "day",
        where={"worker": worker, "person": person, "kind": kind, "ledger": ledger},
        descending=True,
    )


class VisitPlanIn(CommandIn):
    """How often a person is to be visited."""

    station: Uuid
    person: Uuid
    worker: Uuid
    tier: visit_plan.Tier = "general"
    every_days: Annotated[int, Field(ge=1, le=366)] | None = None
    begins: date


@router.post("/visit-plans", status_code=201)
def adopt_plan(sent: VisitPlanIn, command: Commanding) -> ReceiptOut:
    """Adopt a visit plan; without a frequency, the tier's by the operator's policy of visits.

    The first visit is due within it.
    """

    def adopt(desk: Desk, entry: Entry) -> Receipt:
        scope = scope_of_station(desk, sent.station)
        facts = visit_plan.VisitPlanAdopted(
            person=sent.person,
            worker=sent.worker,
            tier=sent.tier,
            every_days=sent.every_days
            or visit_plan.usual_days(desk, scope.operator, sent.tier, sent.begins),
            begins=sent.begins,
        )
        return visit_plan.adopt_plan(desk, entry, scope, facts)

    return command.carry_out(sent, adopt)


class WindowIn(CommandIn):
    """The days between which the next visit is due."""

    earliest: date
    latest: date
    reason: Text | None = None


@router.post("/visit-plans/{plan}/windows", status_code=201)
def schedule_visit(plan: Uuid, sent: WindowIn, command: Commanding) -> ReceiptOut:
    """Schedule the next visit; with a reason, move the one that is scheduled."""
    return command.carry_out(
        sent,
        lambda desk, entry: visit_plan.schedule_visit(
            desk, entry, plan, sent.earliest, sent.latest, sent.reason
        ),
        on=plan,
    )


class VisitReasonIn(CommandIn):
    """Why."""

    reason: Text


@router.post("/visit-plans/{plan}/skips", status_code=201)
def skip_visit(plan: Uuid, sent: VisitReasonIn, command: Commanding) -> ReceiptOut:
    """Leave the due visit out; the next is due `every_days` after the day of this."""
    return command.carry_out(
        sent, lambda desk, entry: visit_plan.skip_visit(desk, entry, plan, sent.reason), on=plan
    )


@router.post("/visit-plans/{plan}/end", status_code=201)
def end_plan(plan: Uuid, sent: VisitReasonIn, command: Commanding) -> ReceiptOut:
    """End a plan."""
    return command.carry_out(
        sent, lambda desk, entry: visit_plan.end_plan(desk, entry, plan, sent.reason), on=plan
    )


@router.get("/visit-plans")
def list_plans(
    listed: Listed,
    worker: Uuid | None = None,
    person: Uuid | None = None,
    due_until: date | None = None,
) -> Page:
    """Read the visit plans, each with the window in which the next visit is due.

    Windows are as they stand today, or on the day that `known_at` names. With `due_until`, those
    whose window ends by then. A contact that anybody of the station makes with the person within
    or after the window meets it, answered calls too; the next is due `every_days` later, unless
    one is scheduled for after that contact.
    """
    asked = listed.asked
    named = {"operator": asked.principal.operator, "worker": worker, "person": person}
    where = {name: value for name, value in named.items() if value is not None}
    with asked.answers() as answers:
        rows, more = turn(
            PLAN,
            (),
            listed.cursor,
            listed.limit,
            lambda after, most: visit_plans(
                answers, where, asked.today, due_until=due_until, after=after, limit=most
            ),
        )
    return asked.told(rows, more)
