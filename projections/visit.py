"""The register of visits and contacts (台账 R-18), and the visits that are planned."""

from __future__ import annotations

from collections.abc import Iterator

from domain.counting import BENEFICIARY_ROLES, Occurrence, persons, reached
from domain.identity import Id
from domain.visit import (
    Contact,
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
)
from domain.visit_plan import (
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
        "precision": "text",
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
        "skipped": "date",
        "ended": "bool",
    },
    indexes=(("operator", "ended"), ("worker", "ended")),
)
"""`earliest` and `latest` are what was scheduled, met or not; `skipped` is the day on which a visit
was left out since. When the next is due: `projections.visit_plan`."""
ALSO_MET = Table(
    "visit_also_met",
    key={"event": "uuid", "person": "uuid"},
    columns={"day": "date"},
    indexes=(("person", "day"),),
)
"""Who was met by a contact made, beside the `person` of its row."""

visits = View("visits", 6, (VISIT, PLAN, ALSO_MET))


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
            "precision": record.occurred.precision,
            "minutes": facts.minutes or 0,
            "worker": facts.workers[0] if facts.workers else record.writer,
            "person": seen[0] if seen else None,
            "household": facts.household,
            "case_id": record.facts.case,
            "person_times": reached(facts),
            "outcome": "made" if facts.counts else "unanswered",
            "recorded_at": record.at,
        },
    )
    for person in seen[1:] if facts.counts else ():
        yield Put(ALSO_MET, (record.id, person), {"day": record.occurred.day})


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
            "precision": record.occurred.precision,
            "minutes": 0,
            "worker": facts.workers[0] if facts.workers else record.writer,
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
        "ended": False,
    }
    yield Put(PLAN, (record.event.stream,), columns)


@visits.on(VisitScheduled, VisitRescheduled)
def visit_scheduled(record: Record[VisitScheduled | VisitRescheduled]) -> Iterator[Effect]:
    """The window in which the next visit is due."""
    facts = record.facts
    window = {"earliest": facts.earliest, "latest": facts.latest, "skipped": None}
    yield Put(PLAN, (record.event.stream,), window)


@visits.on(VisitSkipped)
def visit_skipped(record: Record[VisitSkipped]) -> Iterator[Effect]:
    """No window stands, and the next visit is reckoned from here."""
    window = {"earliest": None, "latest": None, "skipped": record.occurred.day}
    yield Put(PLAN, (record.event.stream,), window)


@visits.on(VisitPlanEnded)
def plan_ended(record: Record[VisitPlanEnded]) -> Iterator[Effect]:
    """Nothing is due any more; the plan stays in the register."""
    yield Put(PLAN, (record.event.stream,), {"ended": True, "earliest": None, "latest": None})
