"""Evaluations over HTTP: commissioned, let in, frozen; and what can be read of one.

Routes of samples are in `evaluation_sample`, of scores, findings and reports in
`evaluation_score`. An evaluator may send commands under `/evaluations/{evaluation}/` only.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.commands import Command, CommandIn, Commanding, Moment, ReceiptOut, Text, Uuid, example
from api.paging import plain
from api.questions import Asked, DatedListed, Page
from api.routing import routes
from api.services import Services
from api.token import OwnUntil
from domain import evaluating
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.evaluation_access import (
    EvaluationCommissioned,
    EvaluatorAccessEnded,
    EvaluatorAccessGranted,
    InterestDeclared,
    Kind,
    Party,
)
from domain.evaluation_sample import ReplaySnapshotFrozen
from domain.identity import Id
from domain.organisation import normal_uscc
from domain.principal import Principal
from domain.refusals import NOT_FOUND, UNAVAILABLE
from projections.catalogue import VIEWS
from projections.evaluation_tables import (
    EVALUATION,
    EVALUATOR,
    FINDING,
    REQUEST,
    SAMPLE,
    SCORE,
    SNAPSHOT,
    STRATUM,
)
from projections.frozen import frozen

router = routes("evaluations")
PERSON = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
PARTS = {
    "evaluators": (EVALUATOR, ("evaluator",)),
    "views": (SNAPSHOT, ("view",)),
    "samples": (SAMPLE, ("drawn_on",)),
    "strata": (STRATUM, ("sample", "stratum")),
    "scores": (SCORE, ("number",)),
    "findings": (FINDING, ("raised_on",)),
    "requests": (REQUEST, ("due",)),
}
"""What is read with one evaluation, and in which order."""


class CommissionIn(CommandIn):
    """Who evaluates (评估机构 and its people, by pseudonymous ids), and as on record when."""

    kind: Kind
    organisation: Uuid
    name: Text
    uscc: Text
    evaluators: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=50)]
    as_of: Moment
    appeal_days: Annotated[int, Field(ge=0, le=90)] = 15

    model_config = example(
        {
            "kind": "midterm",
            "organisation": PERSON,
            "name": "示例评估中心",
            "uscc": "52620102MJ1234567J",
            "evaluators": [PERSON],
            "as_of": "2018-12-31T23:59:59+08:00",
        }
    )


@router.post("/projects/{project}/evaluations", status_code=201)
def commission(project: Uuid, sent: CommissionIn, command: Commanding) -> ReceiptOut:
    """Commission an evaluation (委托评估)."""
    facts = EvaluationCommissioned(
        kind=sent.kind,
        organisation=sent.organisation,
        name=sent.name,
        uscc=normal_uscc(sent.uscc),
        evaluators=tuple(dict.fromkeys(sent.evaluators)),
        as_of=sent.as_of,
        appeal_days=sent.appeal_days,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: evaluating.commission_evaluation(desk, entry, project, facts),
        location="/api/v1/evaluations/{id}",
    )


class CommissionWithdrawalIn(CommandIn):
    """Why a commission is taken back."""

    reason: Text

    model_config = example({"reason": "误选项目，另行委托"})


@router.post("/evaluations/{evaluation}/withdrawal", status_code=201)
def withdraw(evaluation: Uuid, sent: CommissionWithdrawalIn, command: Commanding) -> ReceiptOut:
    """Take back a commission that was put on record by mistake, before anything came of it."""
    receipt = command.carry_out(
        sent,
        lambda desk, entry: evaluating.withdraw_commission(desk, entry, evaluation, sent.reason),
        on=evaluation,
    )
    end_tokens(command, evaluation, receipt)
    return receipt


def end_tokens(command: Command, evaluation: Id, receipt: ReceiptOut) -> None:
    """End the tokens of those whose accesses a recorded end of the evaluation names."""
    found = command.parts.records.find(receipt.events[0])
    if found is None:
        raise UNAVAILABLE("id")
    for evaluator in found[1].facts.accesses:
        command.parts.tokens.revoke_labelled(label(evaluation, evaluator))


class DeclarationIn(CommandIn):
    """Whether an evaluator has a conflict of interest, and of what kind."""

    evaluator: Uuid
    conflict: bool
    relation: Text | None = None

    model_config = example({"evaluator": PERSON, "conflict": False})


@router.post("/evaluations/{evaluation}/declarations", status_code=201)
def declare(evaluation: Uuid, sent: DeclarationIn, command: Commanding) -> ReceiptOut:
    """Put a declaration of interest on record (利益关系声明); a conflict ends the access."""
    facts = InterestDeclared(
        evaluator=sent.evaluator, conflict=sent.conflict, relation=sent.relation
    )
    receipt = command.carry_out(
        sent,
        lambda desk, entry: evaluating.declare_interest(desk, entry, evaluation, facts),
        on=evaluation,
    )
    if sent.conflict:
        command.parts.tokens.revoke_labelled(label(evaluation, sent.evaluator))
    return receipt


class AccessIn(CommandIn):
    """Who may read the project's ledger, until when, and for which parties they score."""

    evaluator: Uuid
    expires: Moment
    parties: Annotated[tuple[Party, ...], Field(max_length=5)] = ()

    model_config = example({"evaluator": PERSON, "expires": "2019-01-31T18:00:00+08:00"})


class AccessOut(BaseModel):
    """The evaluator's token, which is shown this once: None where the grant was sent again."""

    token: str | None
    receipt: ReceiptOut


def label(evaluation: Id, evaluator: Id) -> str:
    """Return what an evaluator's tokens are labelled."""
    return f"evaluation:{evaluation}:{evaluator}"


@router.post("/evaluations/{evaluation}/accesses", status_code=201)
def grant(evaluation: Uuid, sent: AccessIn, command: Commanding, own: OwnUntil) -> AccessOut:
    """Let an evaluator in; earlier tokens of theirs end. The access ends by itself at its hour.

    It opens the whole project, so this is for those who see all of it themselves, and no longer
    than their own token lasts.
    """
    facts = EvaluatorAccessGranted(
        evaluator=sent.evaluator, expires=sent.expires, parties=sent.parties
    )
    receipt = command.carry_out(
        sent,
        lambda desk, entry: evaluating.grant_access(desk, entry, evaluation, facts, own_until=own),
        on=evaluation,
    )
    command.response.headers["Cache-Control"] = "no-store"
    # A grant that is sent again makes no second token: it may have been taken back since.
    token = None if receipt.repeated else _token(command.parts, receipt.events[0])
    return AccessOut(token=token, receipt=receipt)


def _token(parts: Services, event: Id) -> str:
    """Make the token that a recorded grant speaks of, and end those before it."""
    found = parts.records.find(event)
    if found is None:
        raise UNAVAILABLE("token")
    _, made = found
    named = label(made.stream, made.facts.evaluator)
    parts.tokens.revoke_labelled(named)
    who = Principal(
        actor=made.facts.evaluator,
        role="evaluator",
        operator=made.operator,
        ledger=made.ledger,
        evaluation=made.stream,
        until=made.facts.expires,
    )
    return parts.tokens.issue(who, named)


class EndIn(CommandIn):
    """Why an access is taken back."""

    reason: Text

    model_config = example({"reason": "评估人员更换"})


@router.post("/evaluations/{evaluation}/accesses/{evaluator}/end", status_code=201)
def end_access(evaluation: Uuid, evaluator: Uuid, sent: EndIn, command: Commanding) -> ReceiptOut:
    """Take an access back before its time."""
    facts = EvaluatorAccessEnded(evaluator=evaluator, reason=sent.reason)
    receipt = command.carry_out(
        sent,
        lambda desk, entry: evaluating.end_access(desk, entry, evaluation, facts),
        on=evaluation,
    )
    command.parts.tokens.revoke_labelled(label(evaluation, evaluator))
    return receipt


@router.post("/evaluations/{evaluation}/snapshot", status_code=201)
def freeze(evaluation: Uuid, sent: CommandIn, command: Commanding) -> ReceiptOut:
    """冻结: fix what is evaluated, by position, root and the hash of every view."""

    def decide(desk: Desk, entry: Entry) -> Receipt:
        # Before the whole ledger is read.
        found = evaluating.check_freezing(desk, entry, evaluation)
        with command.parts.past.turn():
            made = _frozen(command.parts, found.scope.ledger, found.commissioned)
        return evaluating.freeze_snapshot(desk, entry, evaluation, made)

    return command.carry_out(sent, decide, on=evaluation)


def _frozen(
    parts: Services, project: Id, commissioned: EvaluationCommissioned
) -> ReplaySnapshotFrozen | None:
    whole = Principal(actor=project, role="system", ledger=project)
    reached = parts.past.journal.reached(whole, commissioned.as_of)
    number = reached[0].number if reached else 0
    return frozen(VIEWS, islice(parts.journal.read_ledger(project), number))


@router.get("/evaluations")
def list_evaluations(listed: DatedListed, project: Uuid | None = None) -> Page:
    """Read the evaluations within one's scope, latest first; commissioned from … to …."""
    return listed.within(
        EVALUATION,
        "commissioned_on",
        where={"ledger": project},
        descending=True,
    )


@router.get("/evaluations/{evaluation}")
def read_evaluation(evaluation: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one evaluation: who, what was frozen, samples by stratum, scores, findings, requests."""
    asked.tag(evaluation)
    where = {"evaluation": evaluation}
    with asked.answers() as answers:
        found = answers.rows(EVALUATION, where=where)
        if not found:
            raise NOT_FOUND("evaluation")
        parts = {
            name: [plain(row) for row in answers.rows(table, where=where, order=order)]
            for name, (table, order) in PARTS.items()
        }
    return {**plain(found[0]), **parts}
