"""Periods and claims over HTTP: closed on a hash, and printed figures kept beside the counted."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from api.commands import CommandIn, Commanding, PaperCode, ReceiptOut, Uuid, example
from api.contract_sheet import Count, Why
from api.questions import DatedListed, Page
from api.routing import routes
from domain import reporting
from domain.counting import AttendeeRole
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.period import (
    ClaimCount,
    ClaimReconciled,
    FigureClaimed,
    Qualifier,
    ReportSubmitted,
)
from projections.differences import count_of_claim, differing_claims
from projections.indicators import CLAIM, indicators
from projections.project import SUBMISSION
from projections.reported import standing

router = routes("projects")


class PeriodIn(CommandIn):
    """The days that are closed; `approved_by` is needed."""

    first: date
    last: date

    model_config = example(
        {
            "first": "2026-01-01",
            "last": "2026-01-31",
            "approved_by": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
        }
    )


@router.post("/projects/{project}/periods", status_code=201)
def close_period(project: Uuid, sent: PeriodIn, command: Commanding) -> ReceiptOut:
    """锁期: close a period on the figures as they are known now; their hash is kept."""
    journal = command.parts.journal

    def decide(desk: Desk, entry: Entry) -> Receipt:
        desk.load_any("project", project, "project")  # before its whole ledger is read
        stood = standing(journal.read_ledger(project), sent.last)
        return reporting.close_period(
            desk, entry, project, sent.first, sent.last, stood.position, stood.hash,
            indicators.version,
        )  # fmt: skip

    return command.carry_out(sent, decide, on=project)


class PeriodReopeningIn(PeriodIn):
    """The closed days that are opened again, and why."""

    reason: Why

    model_config = example(
        {
            "first": "2026-01-01",
            "last": "2026-01-31",
            "reason": "评估整改需要补录",
            "approved_by": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
        }
    )


@router.post("/projects/{project}/reopenings", status_code=201)
def reopen_period(project: Uuid, sent: PeriodReopeningIn, command: Commanding) -> ReceiptOut:
    """Open a closed period again."""
    return command.carry_out(
        sent,
        lambda desk, entry: reporting.reopen_period(
            desk, entry, project, sent.first, sent.last, sent.reason
        ),
        on=project,
    )


class ClaimIn(CommandIn):
    """填报数: a figure as a report prints it, word for word; of a line, an indicator or an event.

    An indicator beside a line is one that the line prints.
    """

    report: PaperCode
    value: Count
    unit: Annotated[str, StringConstraints(max_length=10)]
    line: PaperCode | None = None
    indicator: Uuid | None = None
    event: Uuid | None = None
    qualifier: Qualifier | None = None
    text: Annotated[str, StringConstraints(max_length=200)] = ""
    counts: Annotated[tuple[AttendeeRole, ...], Field(max_length=10)] = ()
    author: Uuid | None = None

    model_config = example(
        {
            "report": "midterm",
            "line": "B16",
            "value": 240,
            "unit": "人次",
            "text": "社工、志愿者、服务对象共计240人次",
            "counts": ["worker", "volunteer", "client"],
        }
    )


@router.post("/projects/{project}/claims", status_code=201)
def claim_figure(project: Uuid, sent: ClaimIn, command: Commanding) -> ReceiptOut:
    """Keep a printed figure beside the counted one; without an author, whoever sends it."""
    given = sent.model_dump(include=set(FigureClaimed.__struct_fields__))
    given["author"] = sent.author or command.principal.actor
    return command.carry_out(
        sent,
        lambda desk, entry: reporting.claim_figure(desk, entry, project, FigureClaimed(**given)),
        on=project,
    )


@router.get("/projects/{project}/claims")
def list_claims(project: Uuid, listed: DatedListed) -> Page:
    """Read the printed figures of a project, in the order in which they were claimed.

    `from` and `to` bound the day of the claim.
    """
    return listed.within(CLAIM, "day", where={"ledger": project}, order=("position",))


class ExplanationIn(CommandIn):
    """Why a claim differs from what is counted up to a day; default: the day given."""

    explanation: Why
    until: date | None = None

    model_config = example({"explanation": "含志愿者和社工90人次", "until": "2026-06-30"})


@router.post("/projects/{project}/claims/{claim}/reconciliations", status_code=201)
def reconcile_claim(
    project: Uuid, claim: Uuid, sent: ExplanationIn, command: Commanding
) -> ReceiptOut:
    """Explain a difference; both figures stay.

    The count is kept with it, and it explains no other: name the day up to which the report counts.
    """
    parts = command.parts

    def decide(desk: Desk, entry: Entry) -> Receipt:
        desk.load_any("project", project, "project")  # before its whole ledger is read
        day = sent.until or entry.day
        stood = standing(parts.journal.read_ledger(project), day)
        facts = ClaimReconciled(
            claim=claim,
            explanation=sent.explanation,
            counted=count_of_claim(stood.rows, claim),
            day=day,
        )
        return reporting.reconcile_claim(desk, entry, project, facts)

    return command.carry_out(sent, decide, on=project)


class SubmissionIn(CommandIn):
    """Which report is handed in, and up to which day it counts; default: the day given.

    `report` names it as its claims do. `no_figures` says of one that no claim names that nobody
    typed a figure into it.
    """

    report: PaperCode
    until: date | None = None
    no_figures: bool = False

    model_config = example({"report": "midterm", "until": "2026-06-30"})


@router.post("/projects/{project}/submissions", status_code=201)
def submit_report(project: Uuid, sent: SubmissionIn, command: Commanding) -> ReceiptOut:
    """Hand a report in on the figures as they are known now; their hash is kept.

    Refused (`report.unexplained`, with the claims) while a printed figure differs from what is
    counted and nobody has explained it as it is counted now. A report that no claim names is
    refused too (`report.no_figures`), unless one says that it has no figure that anybody typed.
    """
    parts = command.parts

    def decide(desk: Desk, entry: Entry) -> Receipt:
        desk.load_any("project", project, "project")  # before its whole ledger is read
        day = sent.until or entry.day
        stood = standing(parts.journal.read_ledger(project), day)
        differing = differing_claims(stood.rows, sent.report)
        facts = ReportSubmitted(
            report=sent.report,
            day=day,
            position=stood.position,
            hash=stood.hash,
            version=indicators.version,
            differing=tuple(differing),
            counts=tuple(ClaimCount(claim=one, counted=said) for one, said in differing.items()),
            no_figures=sent.no_figures,
        )
        return reporting.submit_report(desk, entry, project, facts)

    return command.carry_out(sent, decide, on=project)


@router.get("/projects/{project}/submissions")
def list_submissions(project: Uuid, listed: DatedListed) -> Page:
    """Read the editions of a project's reports that were handed in; from … to …."""
    return listed.within(SUBMISSION, "day", where={"ledger": project})
