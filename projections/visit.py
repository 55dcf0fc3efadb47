"""The register of visits and contacts (台账 R-18), and the visits that are planned."""

from __future__ import annotations

from collections.abc import Iterator

from domain.counting import BENEFICIARY_ROLES, Occurrence, person_times, persons
from domain.identity import Id
from domain.visit import (
    Contact,
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
    VisitPlanAdopted,
    VisitPlanEnded,
    VisitRescheduled,
    VisitScheduled,
    VisitSkipped,
)
from projections.engine.view import Effect, Put, Record, Table, View

VISIT = Table(
    "visit",
    key={"event": "uuid"},
    columns={
        "stream": "uuid",
        "kind": "text",
        "day": "date",
        "started": "moment",
        "minutes": "int",
        "worker": "uuid",
        "person": "uuid",
        "household": "uuid",
        "case_id": "uuid",
        "person_times": "int",
        "outcome": "text",
        "recorded_at": "moment",
    },
    indexes=(("operator", "day"), ("worker", "day"), ("person", "day")),
)
PLAN = Table(
    "visit_plan",
    key={"plan": "uuid"},
    columns={
        "person": "uuid",
        "worker": "uuid",
        "tier": "text",
        "every_days": "int",
        "begins": "date",
        "earliest": "date",
        "latest": "date",
        "ended": "bool",
    },
    indexes=(("operator", "latest"), ("worker", "latest")),
)

visits = View("visits", 2, (VISIT, PLAN))


@visits.on(HomeVisitMade, HomeServiceDelivered, PhoneContactMade)
def contact_made(record: Record[Contact]) -> Iterator[Effect]:
    """One row a contact, keyed by its record, so that a correction replaces it.

    A call that nobody answered stands as `unanswered`, with whom it was meant for.
    """
    facts: Occurrence = record.facts
    seen = persons(facts.attendance) or (() if facts.counts else _called(facts))
    yield Put(
        VISIT,
        (record.id,),
        {
            "stream": record.event.stream,
            "kind": facts.kind,
            "day": record.occurred.day,
            "started": record.occurred.start,
            "minutes": facts.minutes or 0,
            "worker": facts.workers[0] if facts.workers else record.event.actor,
            "person": seen[0] if seen else None,
            "household": facts.household,
            "case_id": record.facts.case,
            "person_times": person_times(facts.attendance),
            "outcome": "made" if facts.counts else "unanswered",
            "recorded_at": record.at,
        },
    )


def _called(facts: Occurrence) -> tuple[Id, ...]:
    """Return the persons whom a call that nobody answered was meant for."""
    named = (line.person for line in facts.attendance if line.role in BENEFICIARY_ROLES)
    return tuple(person for person in named if person is not None)


@visits.on(HomeVisitAttempted)
def visit_attempted(record: Record[HomeVisitAttempted]) -> Iterator[Effect]:
    """An attempt stands in the register and counts as nothing."""
    facts = record.facts
    yield Put(
        VISIT,
        (record.id,),
        {
            "stream": record.event.stream,
            "kind": "attempt",
            "day": record.occurred.day,
            "started": record.occurred.start,
            "minutes": 0,
            "worker": facts.workers[0] if facts.workers else record.event.actor,
            "person": facts.person,
            "household": None,
            "case_id": None,
            "person_times": 0,
            "outcome": facts.outcome,
            "recorded_at": record.at,
        },
    )


@visits.on(VisitPlanAdopted)
def plan_adopted(record: Record[VisitPlanAdopted]) -> Iterator[Effect]:
    """A plan without a window yet."""
    facts = record.facts
    columns = {
        "person": facts.person,
        "worker": facts.worker,
        "tier": facts.tier,
        "every_days": facts.every_days,
        "begins": facts.begins,
    }
    yield Put(PLAN, (record.event.stream,), columns)


@visits.on(VisitScheduled, VisitRescheduled)
def visit_scheduled(record: Record[VisitScheduled | VisitRescheduled]) -> Iterator[Effect]:
    """The window in which the next visit is due."""
    window = {"earliest": record.facts.earliest, "latest": record.facts.latest}
    yield Put(PLAN, (record.event.stream,), window)


@visits.on(VisitSkipped)
def visit_skipped(record: Record[VisitSkipped]) -> Iterator[Effect]:
    """Nothing is due until the next window is set."""
    yield Put(PLAN, (record.event.stream,), {"earliest": None, "latest": None})


@visits.on(VisitPlanEnded)
def plan_ended(record: Record[VisitPlanEnded]) -> Iterator[Effect]:
    """Nothing is due any more; the plan stays in the register."""
    yield Put(PLAN, (record.event.stream,), {"ended": True, "earliest": None, "latest": None})
