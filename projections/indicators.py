"""Indicators as they stand: what is due, what came, and the deliveries that make each figure.

Every contribution is a row, so a figure is a sum whose parts are its own evidence (design.md,
indicators). A row belongs to one station's work: `site` keeps the parts of a project that several
stations carry apart, and who may see one station sees its part. Figures that somebody claimed
(填报数) stand beside the counted ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.counting import DISTINCT, Counted, Occurrence, contributions, reached, uncertain
from domain.indicators import (
    Definition,
    IndicatorDefined,
    IndicatorRetired,
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Placement,
    Target,
)
from domain.period import ClaimReconciled, FigureClaimed, printed_count
from domain.project import ContractAmended
from domain.subject import SubjectsMerged, SubjectsSplit
from projections.engine.view import Add, Drop, Effect, Put, Record, Row, Table, View

INDICATOR = Table(
    "indicator",
    key={"indicator": "uuid"},
    columns={
        "position": "int",
        "code": "text",
        "name": "text",
        "measure": "text",
        "unit": "text",
        "kinds": "text",
        "audiences": "text",
        "goal": "text",
        "in_scope": "bool",
        "in_scope_at_first": "bool",
        "in_scope_from": "date",
        "qualitative": "bool",
        "exclusive_set": "text",
        "retired_from": "date",
        "report_table": "text",
        "line": "text",
        "report_column": "text",
        "item": "text",
        "planned_name": "text",
        "actual_name": "text",
        "service_type": "text",
        "counterpart": "text",
    },
    indexes=(("operator", "code"),),
)
"""Goals name it from the contract on (`in_scope_at_first`), or from the day of an amendment.

Nothing is due of it any more from the day on which it was retired.
"""

STATUS = Table(
    "indicator_status",
    key={"declaration": "uuid"},
    columns={
        "indicator": "uuid",
        "status": "text",
        "words": "text",
        "evidence": "text",
        "day": "date",
        "actor": "uuid",
        "position": "int",
    },
    indexes=(("indicator",),),
)
TARGET = Table(
    "indicator_target",
    key={"target": "uuid"},
    columns={
        "indicator": "uuid",
        "per": "text",
        "form": "text",
        "low": "int",
        "high": "int",
        "words": "text",
        "unit": "text",
        "effective_from": "date",
        "source": "text",
        "amendment": "uuid",
        "correction": "bool",
        "set_on": "date",
        "recorded_at": "moment",
        "position": "int",
    },
    indexes=(("indicator",),),
)
CONTRIBUTION = Table(
    "contribution",
    key={"indicator": "uuid", "event": "uuid", "subject": "text"},
    columns={
        "amount": "int",
        "stream": "uuid",
        "kind": "text",
        "audience": "text",
        "day": "date",
        "month": "text",
        "in_scope": "bool",
        "recorded_at": "moment",
    },
    indexes=(("indicator", "day"), ("ledger", "day")),
)
PROGRESS = Table(
    "indicator_month",
    key={"indicator": "uuid", "month": "text", "site": "text"},
    columns={"amount": "int", "events": "int", "unnamed": "int", "estimated": "int"},
)
"""`events` are deliveries; for what is `unnamed` and `estimated`, see `UNCERTAIN`."""

UNCERTAIN = Table(
    "indicator_uncertain",
    key={"indicator": "uuid", "event": "uuid"},
    columns={
        "unnamed": "int",
        "estimated": "int",
        "stream": "uuid",
        "kind": "text",
        "audience": "text",
        "day": "date",
        "month": "text",
    },
    indexes=(("indicator", "day"), ("ledger", "day")),
)
"""The deliveries that keep a figure from being exact, and by how much (counting rules 2 and 12)."""

SUBJECT = Table(
    "indicator_subject",
    key={"indicator": "uuid", "month": "text", "site": "text", "subject": "text"},
    columns={"events": "int"},
)
MERGED = Table(
    "merged_subject",
    key={"absorbed": "uuid"},
    columns={"kept": "uuid", "because": "uuid"},
)
"""Who is counted as whom, one link a row: the other tables name subjects as they were written."""

OUT_OF_SCOPE = Table(
    "out_of_scope",
    key={"event": "uuid"},
    columns={
        "stream": "uuid",
        "kind": "text",
        "audience": "text",
        "day": "date",
        "month": "text",
        "person_times": "int",
        "indicators": "int",
    },
    indexes=(("operator", "day"),),
)

CLAIM = Table(
    "claim",
    key={"claim": "uuid"},
    columns={
        "report": "text",
        "line": "text",
        "indicator": "uuid",
        "event": "uuid",
        "value": "int",
        "qualifier": "text",
        "unit": "text",
        "words": "text",
        "counts": "text",
        "author": "uuid",
        "day": "date",
        "recorded_at": "moment",
        "position": "int",
        "explanation": "text",
        "explained_by": "uuid",
        "explained_for": "text",
    },
    indexes=(("indicator",), ("operator", "report")),
)
"""`explained_for` is the count that the last explanation was given for; null where not known."""

indicators = View(
    "indicators",
    7,
    (
        INDICATOR,
        STATUS,
        TARGET,
        CONTRIBUTION,
        PROGRESS,
        UNCERTAIN,
        SUBJECT,
        MERGED,
        OUT_OF_SCOPE,
        CLAIM,
    ),
)


@indicators.on(IndicatorDefined)
def indicator_defined(record: Record[IndicatorDefined]) -> Iterator[Effect]:
    """One row an indicator, in the order in which the contract defines them."""
    made = record.facts.definition
    columns = {"position": record.position, "retired_from": None, **_said(made), **_placed(made)}
    yield Put(INDICATOR, (record.facts.indicator,), columns)


def _said(made: Definition) -> Row:
    return {
        "code": made.code,
        "name": made.name,
        "measure": made.measure,
        "unit": made.unit,
        "kinds": " ".join(made.kinds),
        "audiences": " ".join(made.audiences),
        "goal": made.goal,
        "in_scope": made.in_scope,
        "in_scope_at_first": made.in_scope,
        "in_scope_from": None,
        "qualitative": made.qualitative,
        "exclusive_set": made.exclusive_set,
    }


def _placed(made: Definition) -> Row:
    place = made.placement
    return {
        "report_table": place.table if place else None,
        "report_column": place.column if place else None,
        **{
            name: getattr(place, name, None)
            for name in Placement.__struct_fields__
            if name not in ("table", "column")
        },
    }


@indicators.on(IndicatorRetired)
def indicator_retired(record: Record[IndicatorRetired]) -> Iterator[Effect]:
    """It takes nothing more; what it took stays."""
    yield Put(INDICATOR, (record.facts.indicator,), {"retired_from": record.occurred.day})


@indicators.on(ContractAmended)
def contract_amended(record: Record[ContractAmended]) -> Iterator[Effect]:
    """Indicators that an amendment brings among the contract's goals, from its day on."""
    brought = {"in_scope": True, "in_scope_from": record.occurred.day}
    for indicator in record.facts.in_scope:
        yield Put(INDICATOR, (indicator,), brought)


@indicators.on(IndicatorStatusDeclared)
def status_declared(record: Record[IndicatorStatusDeclared]) -> Iterator[Effect]:
    """Every declaration stays; the last one by a day is what is printed."""
    facts = record.facts
    columns = {
        "indicator": facts.indicator,
        "status": facts.status,
        "words": facts.text,
        "evidence": " ".join((*facts.evidence, *record.event.evidence)),
        "day": record.occurred.day,
        "actor": record.event.actor,
        "position": record.position,
    }
    yield Put(STATUS, (record.id,), columns)


@indicators.on(IndicatorTargetSet)
def target_set(record: Record[IndicatorTargetSet]) -> Iterator[Effect]:
    """Every target stays, with the day from which it holds and when it was written down."""
    facts = record.facts
    columns = {
        "indicator": facts.indicator,
        "per": facts.per,
        **_due(facts.target),
        "effective_from": facts.effective_from,
        "source": facts.source,
        "amendment": facts.amendment,
        "correction": facts.correction,
        "set_on": record.occurred.day,
        "recorded_at": record.at,
        "position": record.position,
    }
    yield Put(TARGET, (record.id,), columns)


def _due(target: Target) -> Row:
    numbers = target.numbers
    forms = {0: "words", 1: "number", 2: "range"}
    return {
        "form": forms[len(numbers)],
        "low": numbers[0] if numbers else 0,
        "high": numbers[-1] if numbers else 0,
        "words": target.text,
        "unit": target.unit,
    }


@indicators.on(Counted)
def delivered(record: Record[Counted]) -> Iterator[Effect]:
    """What a delivery adds to each indicator that it counts to, and whether any goal names it."""
    facts, event = record.facts, record.event
    if event.project is None and not facts.allocations:
        return
    month, site = record.occurred.month, event.station or ""
    said = {
        "stream": event.stream,
        "kind": facts.kind,
        "audience": facts.audience,
        "day": record.occurred.day,
        "month": month,
    }
    for allocation in facts.allocations:
        counter = (allocation.indicator, month, site)
        once, came = allocation.measure in DISTINCT, 0
        for named, amount in contributions(facts, allocation):
            # Where each counts once, whatever names nobody is nobody else's either.
            subject = named or (record.id if once else "")
            part = {"amount": amount, "in_scope": allocation.in_scope, "recorded_at": record.at}
            yield Put(CONTRIBUTION, (allocation.indicator, record.id, subject), {**part, **said})
            if subject:
                yield Add(SUBJECT, (*counter, subject), {"events": 1})
            came += amount
        unnamed, estimated = uncertain(facts, allocation)
        if came or unnamed:
            yield Add(PROGRESS, counter, {"amount": came, "events": 1})
        if unnamed or estimated:
            doubt = {"unnamed": unnamed, "estimated": estimated}
            yield Put(UNCERTAIN, (allocation.indicator, record.id), {**doubt, **said})
            yield Add(PROGRESS, counter, doubt)
    if event.project is not None and not any(each.in_scope for each in facts.allocations):
        times = reached(facts) if isinstance(facts, Occurrence) else 0
        counts = {"person_times": times, "indicators": len(facts.allocations)}
        yield Put(OUT_OF_SCOPE, (record.id,), {**said, **counts})


@indicators.on(SubjectsMerged)
def subjects_merged(record: Record[SubjectsMerged]) -> Iterator[Effect]:
    """Two ids are one person from here on, in every month."""
    facts = record.facts
    yield Put(MERGED, (facts.absorbed,), {"kept": facts.kept, "because": facts.because})


@indicators.on(SubjectsSplit)
def subjects_split(record: Record[SubjectsSplit]) -> Iterator[Effect]:
    """They are two people after all."""
    yield Drop(MERGED, (record.facts.absorbed,))


@indicators.on(FigureClaimed)
def figure_claimed(record: Record[FigureClaimed]) -> Iterator[Effect]:
    """A printed figure, beside the counted one."""
    facts = record.facts
    columns = {
        "report": facts.report,
        "line": facts.line,
        "indicator": facts.indicator,
        "event": facts.event,
        "value": facts.value,
        "qualifier": facts.qualifier,
        "unit": facts.unit,
        "words": facts.text,
        "counts": " ".join(facts.counts),
        "author": facts.author,
        "day": record.occurred.day,
        "recorded_at": record.at,
        "position": record.position,
        "explanation": None,
        "explained_by": None,
        "explained_for": None,
    }
    yield Put(CLAIM, (record.id,), columns)


@indicators.on(ClaimReconciled)
def claim_reconciled(record: Record[ClaimReconciled]) -> Iterator[Effect]:
    """Why it differs, from which count."""
    facts = record.facts
    columns = {
        "explanation": facts.explanation,
        "explained_by": record.event.actor,
        "explained_for": None if facts.counted is None else printed_count(facts.counted),
    }
    yield Put(CLAIM, (facts.claim,), columns)
