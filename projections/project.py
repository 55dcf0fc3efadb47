"""Projects and what was decided under them: goals, amendments, periods, allocations by hand."""

from __future__ import annotations

from collections.abc import Iterator

from domain.indicators import GoalDefined
from domain.period import PeriodClosed, PeriodReopened, ReportSubmitted
from domain.project import (
    ContractAmended,
    DeliveryAllocated,
    DeliveryDeallocated,
    ProjectContracted,
    ProjectEnded,
    ProjectResumed,
    ProjectSuspended,
)
from projections.engine.view import Effect, Put, Record, Row, Table, View

PROJECT = Table(
    "project",
    key={"project": "uuid"},
    columns={
        "slug": "text",
        "number": "text",
        "name": "text",
        "purchaser": "text",
        "first": "date",
        "last": "date",
        "midterm": "date",
        "budget": "int",
        "state": "text",
        "ended_on": "date",
        "demonstration": "bool",
    },
    indexes=(("operator", "slug"),),
)
GOAL = Table("goal", key={"code": "text"}, columns={"title": "text", "position": "int"})
AMENDMENT = Table(
    "amendment",
    key={"amendment": "uuid"},
    columns={"clause": "text", "document": "text", "day": "date", "position": "int"},
)
PERIOD = Table(
    "period",
    key={"closing": "uuid"},
    columns={
        "first": "date",
        "last": "date",
        "snapshot": "int",
        "hash": "text",
        "approver": "uuid",
        "position": "int",
        "recorded_at": "moment",
    },
)
"""Closings, under the event that closed: the same days may be closed again after a reopening, and
what the earlier closing reported stays its own row. Which one stands is told by `period`."""
REOPENING = Table(
    "reopening",
    key={"reopening": "uuid"},
    columns={
        "first": "date",
        "last": "date",
        "reason": "text",
        "approver": "uuid",
        "position": "int",
        "recorded_at": "moment",
    },
)
DECISION = Table(
    "allocation",
    key={"decision": "uuid"},
    columns={
        "stream": "uuid",
        "event": "uuid",
        "indicator": "uuid",
        "counts": "bool",
        "reason": "text",
        "actor": "uuid",
        "day": "date",
        "position": "int",
    },
    indexes=(("event",), ("indicator",)),
)
SUBMISSION = Table(
    "submission",
    key={"submission": "uuid"},
    columns={
        "report": "text",
        "until": "date",
        "snapshot": "int",
        "hash": "text",
        "differing": "text",
        "no_figures": "bool",
        "actor": "uuid",
        "day": "date",
        "recorded_at": "moment",
    },
)
"""Reports that were handed in: `differing` are the claims, explained, that the count did not bear
out; `snapshot` and `hash` say on what figures; with `no_figures` somebody says that there are none
in it that anybody typed."""

projects = View("projects", 2, (PROJECT, GOAL, AMENDMENT, PERIOD, REOPENING, DECISION, SUBMISSION))


@projects.on(ProjectContracted)
def contracted(record: Record[ProjectContracted]) -> Iterator[Effect]:
    """One row a project."""
    facts = record.facts
    columns: Row = {
        "slug": facts.key,
        "number": facts.number,
        "name": facts.name,
        "purchaser": facts.purchaser,
        "first": facts.first,
        "last": facts.last,
        "midterm": facts.midterm,
        "budget": facts.budget or 0,
        "state": "running",
        "ended_on": None,
        "demonstration": record.event.demonstration,
    }
    yield Put(PROJECT, (record.event.stream,), columns)


@projects.on(ContractAmended)
def amended(record: Record[ContractAmended]) -> Iterator[Effect]:
    """The amendment, and what it changes of the terms."""
    facts = record.facts
    said = {"clause": facts.clause, "document": facts.document}
    when = {"day": record.occurred.day, "position": record.position}
    yield Put(AMENDMENT, (record.id,), said | when)
    changed: Row = {"last": facts.end, "budget": facts.budget}
    changed = {name: value for name, value in changed.items() if value is not None}
    if changed:
        yield Put(PROJECT, (record.event.stream,), changed)


@projects.on(ProjectSuspended, ProjectResumed)
def stopped_or_resumed(record: Record[ProjectSuspended | ProjectResumed]) -> Iterator[Effect]:
    """Whether it stands still."""
    state = "suspended" if isinstance(record.facts, ProjectSuspended) else "running"
    yield Put(PROJECT, (record.event.stream,), {"state": state})


@projects.on(ProjectEnded)
def ended(record: Record[ProjectEnded]) -> Iterator[Effect]:
    """It is over."""
    columns = {"state": "ended", "ended_on": record.occurred.day}
    yield Put(PROJECT, (record.event.stream,), columns)


@projects.on(GoalDefined)
def goal_defined(record: Record[GoalDefined]) -> Iterator[Effect]:
    """A goal, under its number."""
    columns = {"title": record.facts.title, "position": record.position}
    yield Put(GOAL, (record.facts.code,), columns)


@projects.on(PeriodClosed)
def period_closed(record: Record[PeriodClosed]) -> Iterator[Effect]:
    """One row a closing, on its snapshot."""
    facts = record.facts
    columns = {
        "first": facts.first,
        "last": facts.last,
        "snapshot": facts.position,
        "hash": facts.hash,
        "approver": facts.approver,
        "position": record.position,
        "recorded_at": record.at,
    }
    yield Put(PERIOD, (record.id,), columns)


@projects.on(PeriodReopened)
def period_reopened(record: Record[PeriodReopened]) -> Iterator[Effect]:
    """One row a reopening; the closing that it ends keeps its own."""
    facts = record.facts
    columns = {
        "first": facts.first,
        "last": facts.last,
        "reason": facts.reason,
        "approver": facts.approver,
        "position": record.position,
        "recorded_at": record.at,
    }
    yield Put(REOPENING, (record.id,), columns)


@projects.on(DeliveryAllocated, DeliveryDeallocated)
def decided(record: Record[DeliveryAllocated | DeliveryDeallocated]) -> Iterator[Effect]:
    """Somebody decided by hand where a delivery counts."""
    facts = record.facts
    columns = {
        "stream": facts.stream,
        "event": facts.event,
        "indicator": facts.indicator,
        "counts": isinstance(facts, DeliveryAllocated),
        "reason": facts.reason,
        "actor": record.event.actor,
        "day": record.occurred.day,
        "position": record.position,
    }
    yield Put(DECISION, (record.id,), columns)


@projects.on(ReportSubmitted)
def submitted(record: Record[ReportSubmitted]) -> Iterator[Effect]:
    """One row an edition."""
    facts = record.facts
    columns = {
        "report": facts.report,
        "until": facts.day,
        "snapshot": facts.position,
        "hash": facts.hash,
        "differing": " ".join(facts.differing),
        "no_figures": facts.no_figures,
        "actor": record.event.actor,
        "day": record.occurred.day,
        "recorded_at": record.at,
    }
    yield Put(SUBMISSION, (record.id,), columns)
