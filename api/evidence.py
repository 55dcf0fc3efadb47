"""Form sets and documents over HTTP: what is demanded, written, approved, and what is missing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Query
from pydantic import Field, StringConstraints

from api.commands import (
    Code,
    CommandIn,
    Commanding,
    Model,
    ReceiptOut,
    Statement,
    Text,
    Uuid,
    example,
)
from api.paging import plain
from api.questions import Asked, DatedListed, From, Listed, Page, To
from api.routing import routes
from domain import evidence, evidence_form
from domain.desk import Desk
from domain.entry import Scope
from domain.identity import Id
from domain.neighbours import Contract
from domain.organisation import scope_of_operator, scope_of_station
from domain.refusals import NOT_FOUND
from projections.completeness import completeness
from projections.evidence import DOCUMENT, FORM

router = routes("documents")
EXAMPLE_ID = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$")]
Line = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,3}$")]


class FormIn(Model):
    """A form of the set, due so many days after its stage."""

    code: Code
    name: Text
    stage: Code
    due_days: Annotated[int, Field(ge=0, le=366)] = 3


class FormSetIn(CommandIn):
    """A version of a service type's set, of an operator or of one project."""

    operator: Uuid
    project: Uuid | None = None
    service_type: Code
    version: Annotated[int, Field(ge=1, le=1000)]
    effective_from: date
    kinds: Annotated[tuple[Kind, ...], Field(max_length=50)] = ()
    forms: Annotated[tuple[FormIn, ...], Field(max_length=100)]

    model_config = example(
        {
            "operator": EXAMPLE_ID,
            "service_type": "meeting",
            "version": 1,
            "effective_from": "2018-06-01",
            "kinds": ["joint_meeting", "supervision"],
            "forms": [{"code": "minutes", "name": "会议记录", "stage": "held"}],
        }
    )

    def facts(self) -> evidence_form.FormSetPublished:
        """Return the facts."""
        return evidence_form.FormSetPublished(
            service_type=self.service_type,
            version=self.version,
            forms=tuple(evidence_form.RequiredForm(**form.model_dump()) for form in self.forms),
            effective_from=self.effective_from,
            kinds=self.kinds,
        )


@router.post("/form-sets", status_code=201)
def publish_form_set(sent: FormSetIn, command: Commanding) -> ReceiptOut:
    """Publish a version of a form set (套表)."""
    return command.carry_out(
        sent,
        lambda desk, entry: evidence_form.publish_form_set(
            desk, entry, _scope_of_set(desk, sent.operator, sent.project), sent.facts()
        ),
    )


def _scope_of_set(desk: Desk, operator: Id, project: Id | None) -> Scope:
    scope = scope_of_operator(desk, operator)
    if project is None:
        return scope
    contract: Contract = desk.load_any("project", project, "project")
    if contract.scope.operator != operator:
        raise NOT_FOUND("project")
    return msgspec.structs.replace(scope, project=project)


class FormSetRetirementIn(CommandIn):
    """From which day the set demands nothing new, and why."""

    effective_from: date
    reason: Text


@router.post("/form-sets/{id}/retirement", status_code=201)
def retire_form_set(id: Uuid, sent: FormSetRetirementIn, command: Commanding) -> ReceiptOut:
    """Retire a form set."""
    facts = evidence_form.FormSetRetired(
        service_type="", effective_from=sent.effective_from, reason=sent.reason
    )
    return command.carry_out(
        sent, lambda desk, entry: evidence_form.retire_form_set(desk, entry, id, facts), on=id
    )


@router.get("/form-sets")
def list_forms(
    listed: Listed,
    service_type: Annotated[str | None, Query(max_length=40)] = None,
) -> Page:
    """Read the forms of all versions of the form sets, in their order.

    Forms hold over many days: those that were known on one are asked with `known_at`.
    """
    return listed.page(
        FORM,
        where={"service_type": service_type},
        order=("service_type", "version", "number"),
    )


class SubjectIn(Model):
    """What the document is about: a stream, or a line of the project's report."""

    stream_type: Code
    stream: Uuid
    line: Line | None = None


class FiledDocumentIn(CommandIn):
    """A document of a form, by its code; the words are in its attachments."""

    station: Uuid
    project: Uuid | None = None
    form_set: Uuid
    form: Code
    version: Annotated[int, Field(ge=1, le=1000)] | None = None
    subject: SubjectIn
    attachments: Annotated[tuple[Uuid, ...], Field(max_length=50)] = ()

    model_config = example(
        {
            "station": EXAMPLE_ID,
            "form_set": EXAMPLE_ID,
            "form": "minutes",
            "subject": {"stream_type": "activity", "stream": EXAMPLE_ID},
        }
    )


@router.post("/documents", status_code=201)
def draft_document(sent: FiledDocumentIn, command: Commanding) -> ReceiptOut:
    """Draft a document about a subject."""
    subject = evidence.Subject(**sent.subject.model_dump())
    return command.carry_out(
        sent,
        lambda desk, entry: evidence.draft_document(
            desk,
            entry,
            scope_of_station(desk, sent.station, sent.project),
            sent.form_set,
            sent.form,
            subject,
            version=sent.version,
            attachments=sent.attachments,
        ),
        location="/api/v1/streams/{id}",
    )


class RevisionIn(CommandIn):
    """The attachments as they are now."""

    attachments: Annotated[tuple[Uuid, ...], Field(max_length=50)]


@router.post("/documents/{id}/revisions", status_code=201)
def revise_document(id: Uuid, sent: RevisionIn, command: Commanding) -> ReceiptOut:
    """Change a draft, or a document that was returned."""
    return command.carry_out(
        sent,
        lambda desk, entry: evidence.revise_document(desk, entry, id, sent.attachments),
        on=id,
    )


class StepIn(CommandIn):
    """Nothing but the step itself."""


@router.post("/documents/{id}/submissions", status_code=201)
def submit_document(id: Uuid, sent: StepIn, command: Commanding) -> ReceiptOut:
    """Hand a document in for approval."""
    return command.carry_out(
        sent, lambda desk, entry: evidence.submit_document(desk, entry, id), on=id
    )


class DocumentReviewIn(CommandIn):
    """How it was decided; who writes is the reviewer or signer, unless another is named."""

    outcome: Literal["approved", "returned"]
    by: Uuid | None = None
    comments: Statement | None = None

    def facts(self, actor: Id) -> evidence.DocumentApproved | evidence.DocumentReturned:
        """Return the facts."""
        if self.outcome == "approved":
            return evidence.DocumentApproved(signer=self.by or actor)
        return evidence.DocumentReturned(reviewer=self.by or actor, comments=self.comments or "")


@router.post("/documents/{id}/reviews", status_code=201)
def decide_document(id: Uuid, sent: DocumentReviewIn, command: Commanding) -> ReceiptOut:
    """Approve a document, or return it."""
    facts = sent.facts(command.principal.actor)
    return command.carry_out(
        sent, lambda desk, entry: evidence.decide_document(desk, entry, id, facts), on=id
    )


class SuccessorIn(CommandIn):
    """The approved document that takes its place."""

    by: Uuid


@router.post("/documents/{id}/supersession", status_code=201)
def supersede_document(id: Uuid, sent: SuccessorIn, command: Commanding) -> ReceiptOut:
    """Let another approved document take this one's place."""
    return command.carry_out(
        sent,
        lambda desk, entry: evidence.supersede_document(desk, entry, id, sent.by),
        on=id,
    )


class DocumentVoidingIn(CommandIn):
    """Why."""

    reason: Text


@router.post("/documents/{id}/voiding", status_code=201)
def void_document(id: Uuid, sent: DocumentVoidingIn, command: Commanding) -> ReceiptOut:
    """Declare a document void."""
    facts = evidence.DocumentVoided(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: evidence.void_document(desk, entry, id, facts), on=id
    )


class PaperIn(CommandIn):
    """In which box the paper lies."""

    box: Text
    pages: Annotated[int, Field(ge=1, le=10_000)] | None = None


@router.post("/documents/{id}/papers", status_code=201)
def file_paper(id: Uuid, sent: PaperIn, command: Commanding) -> ReceiptOut:
    """Record where the signed paper lies."""
    facts = evidence.PaperOriginalFiled(box=sent.box, pages=sent.pages)
    return command.carry_out(
        sent, lambda desk, entry: evidence.file_paper(desk, entry, id, facts), on=id
    )


@router.get("/documents")
def list_documents(
    listed: DatedListed,
    subject: Uuid | None = None,
    line: Annotated[str | None, Query(max_length=4)] = None,
    status: evidence.Status | None = None,
    ledger: Uuid | None = None,
) -> Page:
    """Read the register of documents (R-21), latest drafted first; drafted from … to …."""
    return listed.within(
        DOCUMENT,
        "drafted_on",
        where={"subject": subject, "line": line, "status": status, "ledger": ledger},
        descending=True,
    )


@router.get("/completeness")
def read_completeness(
    asked: Asked,
    ledger: Annotated[Uuid, Query(description="the project's, or a station's for its own work")],
    on: date | None = None,
    since: From = None,
    until: To = None,
    subject: Uuid | None = None,
) -> dict[str, Any]:
    """Read what each file keeps of what is demanded on a day, what is due, and what is overdue.

    Of subjects that reached their last stage from … to …; on that last day, where none is named.
    """
    day = on or asked.last_day(since, until, ledger)
    with asked.answers() as answers:
        known = completeness(answers, ledger, day, since=since, until=until, subject=subject)
    files = [
        {**plain(file), "forms": [plain(form) for form in file["forms"]]} for file in known["files"]
    ]
    return {**plain(known), "files": files}
