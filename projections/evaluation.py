"""Evaluations (RP-14): how far each is, its samples once they are shown, scores and findings.

Rows say what the events say: a sample has no records here before it is revealed, and nobody who
is called has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.evaluation_access import (
    CommissionWithdrawn,
    EvaluationCommissioned,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
)
from domain.evaluation_evidence import (
    CallListIssued,
    EvidenceProvided,
    EvidenceRequested,
    Finding,
    InterviewDone,
    PhoneSpotCheckDone,
    RecordReviewed,
)
from domain.evaluation_finding import (
    AppealDecided,
    AppealFiled,
    EvaluationClosed,
    EvaluationReportIssued,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    RectificationDone,
    RectificationDue,
)
from domain.evaluation_sample import ReplaySnapshotFrozen, SampleDrawn, SampleRevealed
from domain.evaluation_score import ItemScored, ScoreSheetAdopted
from projections.engine.view import Add, Effect, Put, Record, Row, View
from projections.evaluation_tables import (
    CALL,
    DRAWN,
    EVALUATION,
    EVALUATOR,
    FINDING,
    REQUEST,
    SAMPLE,
    SCORE,
    SNAPSHOT,
    STRATUM,
)

evaluations = View(
    "evaluations",
    2,
    (
        EVALUATION,
        EVALUATOR,
        SNAPSHOT,
        SAMPLE,
        STRATUM,
        DRAWN,
        CALL,
        REQUEST,
        SCORE,
        FINDING,
    ),
)


def _put(record: Record[Any], columns: Row) -> Put:
    return Put(EVALUATION, (record.event.stream,), columns)


@evaluations.on(EvaluationCommissioned)
def commissioned(record: Record[EvaluationCommissioned]) -> Iterator[Effect]:
    """One row an evaluation, one each of its evaluators."""
    facts = record.facts
    columns = {name: getattr(facts, name) for name in ("kind", "organisation", "name", "as_of")}
    columns |= {"commissioned_on": record.occurred.day, "state": "commissioned"}
    yield _put(record, columns)
    for evaluator in facts.evaluators:
        columns = {"declared": False, "conflict": False, "ended": False}
        yield Put(EVALUATOR, (record.event.stream, evaluator), columns)


@evaluations.on(InterestDeclared)
def declared(record: Record[InterestDeclared]) -> Iterator[Effect]:
    """What they declared last; a conflict ends their access."""
    columns: Row = {"declared": True, "conflict": record.facts.conflict}
    if record.facts.conflict:
        columns["ended"] = True
    yield Put(EVALUATOR, (record.event.stream, record.facts.evaluator), columns)


@evaluations.on(EvaluatorAccessGranted)
def granted(record: Record[EvaluatorAccessGranted]) -> Iterator[Effect]:
    """Until when they may read."""
    columns = {"expires": record.facts.expires, "ended": False}
    yield Put(EVALUATOR, (record.event.stream, record.facts.evaluator), columns)


@evaluations.on(EvaluatorAccessEnded)
def access_ended(record: Record[EvaluatorAccessEnded]) -> Iterator[Effect]:
    """It was taken back."""
    yield Put(EVALUATOR, (record.event.stream, record.facts.evaluator), {"ended": True})


@evaluations.on(ReplaySnapshotFrozen)
def frozen(record: Record[ReplaySnapshotFrozen]) -> Iterator[Effect]:
    """What is evaluated, by position, root and the hash of each view."""
    facts = record.facts
    columns = {
        "state": "frozen",
        "frozen_position": facts.position,
        "frozen_number": facts.number,
        "frozen_root": facts.root,
    }
    yield _put(record, columns)
    for one in facts.views:
        columns = {"version": one.version, "hash": one.hash}
        yield Put(SNAPSHOT, (record.event.stream, one.view), columns)


@evaluations.on(SampleDrawn)
def drawn(record: Record[SampleDrawn]) -> Iterator[Effect]:
    """A sample as it is settled: its plan and how many of each stratum."""
    facts, plan, evaluation = record.facts, record.facts.plan, record.event.stream
    columns = {
        "evaluation": evaluation,
        "records": plan.records,
        "strata": ",".join(plan.strata),
        "method": plan.method.by,
        "amount": plan.method.amount,
        "minimum": plan.method.minimum,
        "population": facts.population,
        "population_size": sum(stratum.size for stratum in facts.strata),
        "size": sum(stratum.drawn for stratum in facts.strata),
        "commitment": facts.commitment,
        "contribution": facts.contribution,
        "drawn_on": record.occurred.day,
        "visible_from": facts.visible_from,
        "replaces": facts.replaces,
        "reason": facts.reason,
        "revealed": False,
    }
    yield Put(SAMPLE, (record.id,), columns)
    for stratum in facts.strata:
        columns = {"evaluation": evaluation, "size": stratum.size, "drawn": stratum.drawn}
        yield Put(STRATUM, (record.id, stratum.name), columns)


@evaluations.on(SampleRevealed)
def revealed(record: Record[SampleRevealed]) -> Iterator[Effect]:
    """The hour has come: one row for each record that was drawn."""
    facts = record.facts
    columns: Row = {"revealed": True, "nonce": facts.nonce, "seed": facts.seed}
    yield Put(SAMPLE, (facts.sample,), columns)
    for stratum in facts.strata:
        for one in stratum.records:
            columns = {"evaluation": record.event.stream, "stratum": stratum.name}
            yield Put(DRAWN, (facts.sample, one), columns)


@evaluations.on(RecordReviewed)
def reviewed(record: Record[RecordReviewed]) -> Iterator[Effect]:
    """What was found last; the stratum's counts follow."""
    facts = record.facts
    columns = {
        "finding": facts.finding,
        "remark": facts.remark or None,
        "reviewed_on": record.occurred.day,
        "reviewer": record.event.actor,
    }
    yield Put(DRAWN, (facts.sample, facts.record), columns)
    yield Add(STRATUM, (facts.sample, facts.stratum), {_column(facts.finding): 1})
    if facts.before is not None:
        yield Add(STRATUM, (facts.sample, facts.stratum), {_column(facts.before): -1})


def _column(finding: Finding) -> str:
    return f"found_{finding}"


@evaluations.on(InterviewDone)
def interviewed(record: Record[InterviewDone]) -> Iterator[Effect]:
    """Interviews and those who were asked, added up."""
    counted = {"interviews": 1, "interviewed": record.facts.people}
    yield Add(EVALUATION, (record.event.stream,), counted)


@evaluations.on(CallListIssued)
def listed(record: Record[CallListIssued]) -> Iterator[Effect]:
    """Whom to call, by pseudonymous ids; the last list's numbers stand at the sample."""
    facts = record.facts
    columns: Row = {"listed": len(facts.persons), "without_consent": facts.without_consent}
    yield Put(SAMPLE, (facts.sample,), columns)
    for person in facts.persons:
        columns = {"evaluation": record.event.stream, "listed_on": record.occurred.day}
        yield Put(CALL, (facts.sample, person), columns)


@evaluations.on(PhoneSpotCheckDone)
def called(record: Record[PhoneSpotCheckDone]) -> Iterator[Effect]:
    """What came of the last call to somebody, and all calls of the sample added up."""
    facts = record.facts
    columns = {
        "called_on": record.occurred.day,
        "reached": facts.reached,
        "confirmed": facts.confirmed,
    }
    yield Put(CALL, (facts.sample, facts.person), columns)
    counted = {"calls": 1, "reached": int(facts.reached), "confirmed": int(facts.confirmed is True)}
    yield Add(SAMPLE, (facts.sample,), counted)


@evaluations.on(EvidenceRequested)
def requested(record: Record[EvidenceRequested]) -> Iterator[Effect]:
    """What is asked for, and by when."""
    facts = record.facts
    columns = {
        "evaluation": record.event.stream,
        "what": facts.what,
        "record": facts.record,
        "due": facts.due,
    }
    yield Put(REQUEST, (record.id,), columns)


@evaluations.on(EvidenceProvided)
def provided(record: Record[EvidenceProvided]) -> Iterator[Effect]:
    """When it was last handed in, and how many files there are by now."""
    key = (record.facts.request,)
    yield Put(REQUEST, key, {"provided_on": record.occurred.day})
    yield Add(REQUEST, key, {"files": len(record.facts.files)})


@evaluations.on(ScoreSheetAdopted)
def sheet_adopted(record: Record[ScoreSheetAdopted]) -> Iterator[Effect]:
    """One row an item, in the sheet's order."""
    facts = record.facts
    weights = {each.party: each.weight for each in facts.parties}
    yield _put(record, {"sheet": facts.title})
    for number, item in enumerate(facts.items, 1):
        columns = {
            "number": number,
            "title": item.title,
            "party": item.party,
            "weight": weights[item.party],
            "points": item.points,
            "score_type": item.score_type,
            "scored": False,
        }
        yield Put(SCORE, (record.event.stream, item.code), columns)


@evaluations.on(ItemScored)
def scored(record: Record[ItemScored]) -> Iterator[Effect]:
    """The score in force."""
    facts = record.facts
    columns = {
        "scored": True,
        "score": facts.score,
        "rationale": facts.rationale,
        "leans_on": len(facts.leans_on),
        "scored_on": record.occurred.day,
        "scored_by": record.event.actor,
    }
    yield Put(SCORE, (record.event.stream, facts.item), columns)


@evaluations.on(FindingRaised)
def raised(record: Record[FindingRaised]) -> Iterator[Effect]:
    """One row a finding."""
    facts = record.facts
    columns = {
        "evaluation": record.event.stream,
        "severity": facts.severity,
        "statement": facts.statement,
        "record": facts.record,
        "raised_on": record.occurred.day,
        "state": "raised",
        "answer_due": facts.answer_due,
    }
    yield Put(FINDING, (record.id,), columns)


@evaluations.on(FindingAnswered)
def answered(record: Record[FindingAnswered]) -> Iterator[Effect]:
    """The operator was heard; that alone moves nothing that is to be set right."""
    facts = record.facts
    columns = {"accepted": facts.accepted, "answer": facts.statement}
    yield Put(FINDING, (facts.finding,), columns)


@evaluations.on(RectificationDue)
def to_rectify(record: Record[RectificationDue]) -> Iterator[Effect]:
    """What must be set right by when."""
    facts = record.facts
    columns = {
        "state": "to_rectify",
        "rectification": facts.what,
        "rectification_due": facts.due,
    }
    yield Put(FINDING, (facts.finding,), columns)


@evaluations.on(RectificationDone)
def rectified(record: Record[RectificationDone]) -> Iterator[Effect]:
    """The operator says that it is set right."""
    yield Put(FINDING, (record.facts.finding,), {"state": "rectified"})


@evaluations.on(FindingClosed)
def finding_closed(record: Record[FindingClosed]) -> Iterator[Effect]:
    """It is done with."""
    columns = {"state": "closed", "outcome": record.facts.outcome}
    yield Put(FINDING, (record.facts.finding,), columns)


@evaluations.on(EvaluationReportIssued)
def reported(record: Record[EvaluationReportIssued]) -> Iterator[Effect]:
    """The last edition of the report."""
    facts = record.facts
    columns = {
        "state": "reported",
        "edition": facts.edition,
        "total": facts.total,
        "grade": facts.grade,
        "report_file": facts.file,
        "appeal_until": facts.appeal_until,
    }
    yield _put(record, columns)


@evaluations.on(AppealFiled)
def appealed(record: Record[AppealFiled]) -> Iterator[Effect]:
    """An appeal waits to be decided."""
    yield _put(record, {"appeal": record.id, "appeal_state": "pending"})


@evaluations.on(AppealDecided)
def appeal_decided(record: Record[AppealDecided]) -> Iterator[Effect]:
    """It was decided."""
    yield _put(record, {"appeal_state": "upheld" if record.facts.upheld else "rejected"})


@evaluations.on(EvaluationClosed)
def closed(record: Record[EvaluationClosed]) -> Iterator[Effect]:
    """It is over, and the accesses that it names."""
    yield from _over(record, "closed")


@evaluations.on(CommissionWithdrawn)
def withdrawn(record: Record[CommissionWithdrawn]) -> Iterator[Effect]:
    """It was commissioned by mistake, and is over before it began."""
    yield from _over(record, "withdrawn")


def _over(
    record: Record[EvaluationClosed] | Record[CommissionWithdrawn], state: str
) -> Iterator[Effect]:
    yield _put(record, {"state": state})
    for evaluator in record.facts.accesses:
        yield Put(EVALUATOR, (record.event.stream, evaluator), {"ended": True})
