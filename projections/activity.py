"""The register of activities (台账 R-17, and R-22 for supervision and training), and their plans.

Held activities stand one row a record, with those who came by role: beneficiaries, volunteers and
staff are never one figure. Zones and indirect beneficiaries are beside the total, never in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from domain.activity_held import ActivityFeedbackRecorded, ActivityHeld, ActivityReportPublished
from domain.activity_held import estimated as is_estimated
from domain.activity_plan import (
    ActivityAnnounced,
    ActivityCancelled,
    ActivityPlanned,
    ActivityPlanReviewed,
    ActivityPostponed,
    RegistrationTaken,
    SafetyAgreementSigned,
)
from domain.counting import anonymous_person_times, person_times, persons
from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import Add, Effect, Put, Record, Row, Table, View

PLAN = Table(
    "activity",
    key={"activity": "uuid"},
    columns={
        "title": "text",
        "kind": "text",
        "variant": "text",
        "audience": "text",
        "planned_on": "date",
        "place": "text",
        "series": "uuid",
        "expected": "int",
        "budget": "int",
        "review": "text",
        "reviewer": "uuid",
        "reviewed_on": "date",
        "reviewed_late": "bool",
        "announced_on": "date",
        "cancelled": "bool",
        "registered": "int",
        "agreements": "int",
        "held": "int",
        "reports": "int",
    },
    indexes=(("activity",), ("operator", "planned_on"), ("ledger", "planned_on")),
)
HELD = Table(
    "activity_held",
    key={"event": "uuid"},
    columns={
        "activity": "uuid",
        "title": "text",
        "kind": "text",
        "variant": "text",
        "audience": "text",
        "day": "date",
        "started": "moment",
        "precision": "text",
        "minutes": "int",
        "place": "text",
        "worker": "uuid",
        "supervisor": "uuid",
        "organisation": "uuid",
        "series": "uuid",
        "person_times": "int",
        "named": "int",
        "anonymous": "int",
        "volunteers": "int",
        "staff": "int",
        "partners": "int",
        "guests": "int",
        "indirect": "int",
        "indirect_method": "text",
        "indirect_qualifier": "text",
        "estimated": "bool",
        "late_approval": "bool",
        "recorded_at": "moment",
    },
    indexes=(("operator", "day"), ("ledger", "day"), ("activity",)),
)
ZONE = Table(
    "activity_zone",
    key={"event": "uuid", "number": "int"},
    columns={"name": "text", "count": "int", "source": "text"},
    indexes=(("event",),),
)
FEEDBACK = Table(
    "activity_feedback",
    key={"event": "uuid"},
    columns={"activity": "uuid", "day": "date", "responses": "int", "satisfied": "int"},
    indexes=(("activity",),),
)
REPORT = Table(
    "activity_report",
    key={"event": "uuid"},
    columns={
        "activity": "uuid",
        "day": "date",
        "title": "text",
        "channel": "text",
        "url": "text",
        "document": "uuid",
    },
    indexes=(("activity",), ("operator", "day")),
)

SIGNED = Table(
    "activity_signed",
    key={"event": "uuid"},
    columns={
        "activity": "uuid",
        "what": "text",
        "person": "uuid",
        "count": "int",
        "role": "text",
        "day": "date",
    },
    indexes=(("activity",),),
)
"""Who signed up: `registered` in a role, or `agreed` to the safety agreement; `person` where they
are in the register, else so many."""

activities = View("activities", 4, (PLAN, SIGNED, HELD, ZONE, FEEDBACK, REPORT))


@activities.on(ActivityPlanned)
def planned(record: Record[ActivityPlanned]) -> Iterator[Effect]:
    """The plan as it was last handed in, waiting for its review."""
    facts = record.facts
    columns = {
        "title": facts.title,
        "kind": facts.kind,
        "variant": facts.variant,
        "audience": facts.audience,
        "planned_on": facts.planned_on,
        "place": facts.place,
        "series": facts.series,
        "expected": facts.expected or 0,
        "budget": facts.budget,
        "review": None,
    }
    yield Put(PLAN, (record.event.stream,), columns)


@activities.on(ActivityPlanReviewed)
def reviewed(record: Record[ActivityPlanReviewed]) -> Iterator[Effect]:
    """How the plan was decided, and whether only after the activity."""
    columns = {
        "review": record.facts.outcome,
        "reviewer": record.facts.reviewer,
        "reviewed_on": record.occurred.day,
        "reviewed_late": record.facts.late,
    }
    yield Put(PLAN, (record.event.stream,), columns)


@activities.on(ActivityAnnounced)
def announced(record: Record[ActivityAnnounced]) -> Iterator[Effect]:
    """The day of the notice."""
    yield Put(PLAN, (record.event.stream,), {"announced_on": record.occurred.day})


@activities.on(ActivityPostponed)
def postponed(record: Record[ActivityPostponed]) -> Iterator[Effect]:
    """The new day."""
    yield Put(PLAN, (record.event.stream,), {"planned_on": record.facts.planned_on})


@activities.on(ActivityCancelled)
def cancelled(record: Record[ActivityCancelled]) -> Iterator[Effect]:
    """It stays in the register, as cancelled."""
    yield Put(PLAN, (record.event.stream,), {"cancelled": True})


@activities.on(RegistrationTaken)
def registered(record: Record[RegistrationTaken]) -> Iterator[Effect]:
    """One row a registration, and how many registered."""
    yield _signed(record, "registered", record.facts.role)
    yield Add(PLAN, (record.event.stream,), {"registered": record.facts.count})


@activities.on(SafetyAgreementSigned)
def signed(record: Record[SafetyAgreementSigned]) -> Iterator[Effect]:
    """One row an agreement, and how many signed."""
    yield _signed(record, "agreed", None)
    yield Add(PLAN, (record.event.stream,), {"agreements": record.facts.count})


def _signed(
    record: Record[RegistrationTaken] | Record[SafetyAgreementSigned], what: str, role: str | None
) -> Put:
    columns = {
        "activity": record.event.stream,
        "what": what,
        "person": record.facts.person,
        "count": record.facts.count,
        "role": role,
        "day": record.occurred.day,
    }
    return Put(SIGNED, (record.id,), columns)


@activities.on(ActivityHeld)
def held(record: Record[ActivityHeld]) -> Iterator[Effect]:
    """One row a held activity, its zones beside it."""
    yield Put(HELD, (record.id,), _held_columns(record))
    yield Add(PLAN, (record.event.stream,), {"held": 1})
    for number, zone in enumerate(record.facts.zones):
        columns = {"name": zone.name, "count": zone.count, "source": zone.source}
        yield Put(ZONE, (record.id, number), columns)


def _held_columns(record: Record[ActivityHeld]) -> Row:
    facts, indirect = record.facts, record.facts.indirect
    return {
        "activity": record.event.stream,
        "title": facts.title,
        "kind": facts.kind,
        "variant": facts.variant,
        "audience": facts.audience,
        "day": record.occurred.day,
        "started": record.occurred.start,
        "precision": record.occurred.precision,
        "minutes": facts.minutes or 0,
        "place": facts.place,
        "worker": facts.workers[0] if facts.workers else record.writer,
        "supervisor": facts.supervisor,
        "organisation": facts.organisation,
        "series": facts.series,
        "person_times": person_times(facts.attendance),
        "named": len(persons(facts.attendance)),
        "anonymous": anonymous_person_times(facts.attendance),
        "volunteers": person_times(facts.attendance, ("volunteer",)),
        "staff": person_times(facts.attendance, ("worker", "supervisee")),
        "partners": person_times(facts.attendance, ("partner",)),
        "guests": person_times(facts.attendance, ("guest",)),
        "indirect": indirect.value if indirect else 0,
        "indirect_method": indirect.method if indirect else None,
        "indirect_qualifier": indirect.qualifier if indirect else None,
        "estimated": is_estimated(facts),
        "late_approval": facts.late_approval(record.occurred.day),
        "recorded_at": record.at,
    }


@activities.on(ActivityFeedbackRecorded)
def feedback(record: Record[ActivityFeedbackRecorded]) -> Iterator[Effect]:
    """One row a feedback round."""
    columns = {
        "activity": record.event.stream,
        "day": record.occurred.day,
        "responses": record.facts.responses,
        "satisfied": record.facts.satisfied,
    }
    yield Put(FEEDBACK, (record.id,), columns)


@activities.on(ActivityReportPublished)
def reported(record: Record[ActivityReportPublished]) -> Iterator[Effect]:
    """One row a report."""
    facts = record.facts
    columns = {
        "activity": record.event.stream,
        "day": record.occurred.day,
        "title": facts.title,
        "channel": facts.channel,
        "url": facts.url,
        "document": facts.document,
    }
    yield Put(REPORT, (record.id,), columns)
    yield Add(PLAN, (record.event.stream,), {"reports": 1})


def activity(answers: Answers, id: Id) -> dict[str, Any] | None:
    """Return all that is known of one activity, or None where there is none in scope."""
    of = {"activity": id}
    plans, held_rows = answers.rows(PLAN, where=of), answers.rows(HELD, where=of)
    if not plans:
        return None
    events = [row["event"] for row in held_rows]
    return {
        "plan": plans[0],
        "signed": answers.rows(SIGNED, where=of, order=("day",)),
        "held": held_rows,
        "zones": answers.rows(ZONE, where={"event": events}) if events else [],
        "feedback": answers.rows(FEEDBACK, where=of, order=("day",)),
        "reports": answers.rows(REPORT, where=of, order=("day",)),
    }


def signed_up(answers: Answers, id: Id) -> dict[Id, str]:
    """Return who of the register registered for an activity: person → role."""
    rows = answers.rows(SIGNED, where={"activity": id, "what": "registered"}, order=("day",))
    return {row["person"]: row["role"] for row in rows if row["person"] is not None}


def awaited(
    answers: Answers, stations: Iterable[Id], first: date, last: date, limit: int
) -> list[Row]:
    """Return the activities of stations planned from `first` to `last` that were neither held nor
    called off, the latest first."""
    return answers.rows(
        PLAN,
        where={"station": sorted(stations), "held": 0, "cancelled": None},
        since={"planned_on": first},
        until={"planned_on": last},
        order=("planned_on",),
        descending=True,
        limit=limit,
    )
