"""The score sheet, scores, findings, report and appeal of an evaluation, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from api.commands import (
    Command,
    CommandIn,
    Commanding,
    Model,
    PaperCode,
    ReceiptOut,
    Statement,
    Text,
    Uuid,
    example,
)
from api.evaluation import end_tokens
from api.evaluation_sample import Hash
from api.routing import routes
from domain import evaluating
from domain.evaluation import EvaluatorStep
from domain.evaluation_access import Party
from domain.evaluation_finding import (
    AppealDecided,
    EvaluationClosed,
    FindingAnswered,
    FindingClosed,
    FindingRaised,
    Outcome,
    RectificationDone,
    RectificationDue,
    Severity,
)
from domain.evaluation_score import (
    Grade,
    ItemScored,
    PartyWeight,
    ScoreSheetAdopted,
    ScoreType,
    SheetItem,
)
from domain.identity import Id

router = routes("evaluations")
RECORD = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Points = Annotated[int, Field(ge=0, le=100)]
Files = Annotated[tuple[Uuid, ...], Field(max_length=50)]


def _step(command: Command, sent: CommandIn, evaluation: Id, facts: EvaluatorStep) -> ReceiptOut:
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.evaluate(desk, entry, evaluation, facts),
        on=evaluation,
    )


class PartyIn(Model):
    """How many per cent of the total a party gives."""

    party: Party
    weight: Points


class ItemIn(Model):
    """One line of the sheet; a degree item (程度分) lists the scores of its degrees, falling."""

    code: PaperCode
    title: Text
    party: Party
    points: Points
    score_type: ScoreType = "composite"
    degrees: Annotated[tuple[Points, ...], Field(max_length=20)] = ()
    needs_evidence: bool = True


class GradeIn(Model):
    """A grade, given from so many points on."""

    name: Text
    least: Points


class SheetIn(CommandIn):
    """评分表: parties whose weights come to 100, each with items whose points come to 100."""

    title: Text
    parties: Annotated[tuple[PartyIn, ...], Field(min_length=1, max_length=5)]
    items: Annotated[tuple[ItemIn, ...], Field(min_length=1, max_length=200)]
    grades: Annotated[tuple[GradeIn, ...], Field(min_length=1, max_length=10)]

    model_config = example(
        {
            "title": "中期评估评分表",
            "parties": [{"party": "professional", "weight": 100}],
            "items": [
                {"code": "p1", "title": "服务量", "party": "professional", "points": 60},
                {
                    "code": "p2",
                    "title": "档案规范",
                    "party": "professional",
                    "points": 40,
                    "score_type": "degree",
                    "degrees": [40, 30, 0],
                },
            ],
            "grades": [{"name": "优秀", "least": 85}, {"name": "不合格", "least": 0}],
        }
    )


@router.post("/evaluations/{evaluation}/score-sheet", status_code=201)
def adopt_sheet(evaluation: Uuid, sent: SheetIn, command: Commanding) -> ReceiptOut:
    """Adopt the score sheet, once."""
    facts = ScoreSheetAdopted(
        title=sent.title,
        parties=tuple(PartyWeight(**each.model_dump()) for each in sent.parties),
        items=tuple(SheetItem(**each.model_dump()) for each in sent.items),
        grades=tuple(Grade(**each.model_dump()) for each in sent.grades),
    )
    return _step(command, sent, evaluation, facts)


class SheetScoreIn(CommandIn):
    """A score, why, and the reviews, interviews, calls and material that it leans on."""

    item: PaperCode
    score: Annotated[int, Field(ge=-100, le=1000)]
    rationale: Statement
    leans_on: Annotated[tuple[Uuid, ...], Field(max_length=100)] = ()
    reason: Text | None = Field(None, description="why the item is scored again")

    model_config = example(
        {"item": "p1", "score": 55, "rationale": "指标基本完成", "leans_on": [RECORD]}
    )


@router.post("/evaluations/{evaluation}/scores", status_code=201)
def score(evaluation: Uuid, sent: SheetScoreIn, command: Commanding) -> ReceiptOut:
    """打分: score an item of the sheet."""
    facts = ItemScored(
        item=sent.item,
        score=sent.score,
        rationale=sent.rationale,
        leans_on=tuple(dict.fromkeys(sent.leans_on)),
        reason=sent.reason,
    )
    return _step(command, sent, evaluation, facts)


class FindingIn(CommandIn):
    """What is not as it should be, how grave, and by when the operator may answer."""

    severity: Severity
    statement: Statement
    answer_due: date
    record: Uuid | None = None

    model_config = example(
        {"severity": "serious", "statement": "签到人数与照片不符", "answer_due": "2019-01-20"}
    )


@router.post("/evaluations/{evaluation}/findings", status_code=201)
def raise_finding(evaluation: Uuid, sent: FindingIn, command: Commanding) -> ReceiptOut:
    """Raise a finding (问题); its id is the event's."""
    facts = FindingRaised(
        severity=sent.severity,
        statement=sent.statement,
        answer_due=sent.answer_due,
        record=sent.record,
    )
    return _step(command, sent, evaluation, facts)


class AnswerIn(CommandIn):
    """Whether the operator agrees, and why or why not."""

    accepted: bool
    statement: Statement
    attachments: Files = ()

    model_config = example({"accepted": True, "statement": "情况属实，已补交原件"})


@router.post("/evaluations/{evaluation}/findings/{finding}/answers", status_code=201)
def answer_finding(
    evaluation: Uuid, finding: Uuid, sent: AnswerIn, command: Commanding
) -> ReceiptOut:
    """Answer a finding, for the operator."""
    facts = FindingAnswered(finding=finding, accepted=sent.accepted, statement=sent.statement)
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.respond(desk, entry, evaluation, facts, sent.attachments),
        on=evaluation,
    )


class DueIn(CommandIn):
    """What must be set right by when."""

    what: Statement
    due: date

    model_config = example({"what": "补交十月签到表原件", "due": "2019-02-10"})


@router.post("/evaluations/{evaluation}/findings/{finding}/rectification-dues", status_code=201)
def ask_for_rectification(
    evaluation: Uuid, finding: Uuid, sent: DueIn, command: Commanding
) -> ReceiptOut:
    """限期整改: ask for a finding to be set right."""
    facts = RectificationDue(finding=finding, what=sent.what, due=sent.due)
    return _step(command, sent, evaluation, facts)


class RectificationIn(CommandIn):
    """How it was set right, with files of the project."""

    statement: Statement
    attachments: Files = ()

    model_config = example({"statement": "已补交原件扫描", "attachments": [RECORD]})


@router.post("/evaluations/{evaluation}/findings/{finding}/rectifications", status_code=201)
def rectify(
    evaluation: Uuid, finding: Uuid, sent: RectificationIn, command: Commanding
) -> ReceiptOut:
    """Say, for the operator, that a finding is set right."""
    facts = RectificationDone(finding=finding, statement=sent.statement)
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.respond(desk, entry, evaluation, facts, sent.attachments),
        on=evaluation,
    )


class FindingClosingIn(CommandIn):
    """How a finding ends: 已整改, 记录在案 or 撤回."""

    outcome: Outcome
    statement: Statement | None = None

    model_config = example({"outcome": "rectified", "statement": "核对无误"})


@router.post("/evaluations/{evaluation}/findings/{finding}/closure", status_code=201)
def close_finding(
    evaluation: Uuid, finding: Uuid, sent: FindingClosingIn, command: Commanding
) -> ReceiptOut:
    """Close a finding."""
    facts = FindingClosed(finding=finding, outcome=sent.outcome, statement=sent.statement or "")
    return _step(command, sent, evaluation, facts)


class EvaluationReportIn(CommandIn):
    """The SHA-256 of the report's text; total and grade are reckoned from the scores."""

    file: Hash

    model_config = example({"file": "0" * 64})


@router.post("/evaluations/{evaluation}/reports", status_code=201)
def issue_report(evaluation: Uuid, sent: EvaluationReportIn, command: Commanding) -> ReceiptOut:
    """Issue the report (评估报告), once the snapshot is frozen and every sample is revealed."""
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.issue_report(desk, entry, evaluation, sent.file),
        on=evaluation,
    )


class AppealIn(CommandIn):
    """On what grounds, and against which items; none named: against the whole."""

    grounds: Statement
    items: Annotated[tuple[PaperCode, ...], Field(max_length=200)] = ()

    model_config = example({"grounds": "上门服务漏计二十次", "items": ["p1"]})


@router.post("/evaluations/{evaluation}/appeals", status_code=201)
def appeal(evaluation: Uuid, sent: AppealIn, command: Commanding) -> ReceiptOut:
    """申诉: appeal against the last report, for the operator; its id is the event's."""
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.file_appeal(
            desk, entry, evaluation, sent.grounds, sent.items
        ),
        on=evaluation,
    )


class DecisionIn(CommandIn):
    """Whether an appeal is upheld, and why."""

    upheld: bool
    statement: Statement

    model_config = example({"upheld": True, "statement": "经核对，应予重新计分"})


@router.post("/evaluations/{evaluation}/appeals/{appeal}/decision", status_code=201)
def decide_appeal(
    evaluation: Uuid, appeal: Uuid, sent: DecisionIn, command: Commanding
) -> ReceiptOut:
    """Decide an appeal; where it is upheld, the items it names, or any, are scored again.

    For an evaluator who gave none of the scores and issued no report, or the installation's
    administrator on the purchaser's word.
    """
    facts = AppealDecided(appeal=appeal, upheld=sent.upheld, statement=sent.statement)
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.decide_appeal(desk, entry, evaluation, facts),
        on=evaluation,
    )


@router.post("/evaluations/{evaluation}/closure", status_code=201)
def close(evaluation: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """Close the evaluation: nothing more is recorded in it, and its evaluators' accesses end."""
    receipt = _step(command, sent, evaluation, EvaluationClosed())
    end_tokens(command, evaluation, receipt)
    return receipt
