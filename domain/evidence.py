"""Documents and evidence: which forms a service needs, the documents written, the files attached.

Which documents a kind of service must keep differs between operators and years (S0 keeps ten a
case, S1 eight in all), so a form set is published in versions and never code. A document goes
from draft to approval and is then closed to edits; a file's bytes are never replaced.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

import msgspec

from domain.aggregate import Aggregate
from domain.bounds import Reference
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.evidence_form import FormSet
from domain.identity import Id
from domain.references import check_colleague
from domain.refusals import Conflict, refusal

WRONG_STEP = refusal("document.wrong_step", Conflict)
APPROVED_NOT_EDITED = refusal("document.approved_not_edited", Conflict)
NOT_A_SUCCESSOR = refusal("document.not_a_successor")
SUBJECT_OF_ANOTHER_KIND = refusal("document.subject_of_another_kind")

Status = Literal["draft", "submitted", "returned", "approved", "superseded", "voided"]

STEPS: dict[Status, frozenset[Status]] = {
    "draft": frozenset({"draft", "submitted", "voided"}),
    "submitted": frozenset({"returned", "approved", "voided"}),
    "returned": frozenset({"draft", "submitted", "voided"}),
    "approved": frozenset({"superseded", "voided"}),
    "superseded": frozenset(),
    "voided": frozenset(),
}
"""From which status a document goes to which."""


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a document is about: a stream, or a line of its report (B07 of a project)."""

    stream_type: str
    stream: Id
    line: str | None = None


@fact()
class DocumentDrafted(Facts, frozen=True, kw_only=True, tag="evidence.DocumentDrafted@1"):
    """A form of a form set was filled in, or its draft changed: `revision` 1, 2, …

    The words are in the attachments; here stands only what they are.
    """

    happens: ClassVar = True
    form_set: Id
    form_set_version: int
    service_type: str
    form: str
    name: str
    stage: str
    subject: Subject
    revision: int = 1
    attachments: tuple[Id, ...] = ()


@fact()
class DocumentSubmitted(Facts, frozen=True, kw_only=True, tag="evidence.DocumentSubmitted@1"):
    """It was handed in for approval."""

    happens: ClassVar = True
    revision: int


@fact()
class DocumentReturned(Facts, frozen=True, kw_only=True, tag="evidence.DocumentReturned@1"):
    """It was returned, with what is to be set right."""

    happens: ClassVar = True
    reviewer: Id
    comments: str


@fact()
class DocumentApproved(Facts, frozen=True, kw_only=True, tag="evidence.DocumentApproved@1"):
    """It was approved and signed; from now on it is superseded or void, never edited."""

    happens: ClassVar = True
    signer: Id


@fact()
class DocumentSuperseded(Facts, frozen=True, kw_only=True, tag="evidence.DocumentSuperseded@1"):
    """Another document stands in its place."""

    by: Id


@fact()
class DocumentVoided(Facts, frozen=True, kw_only=True, tag="evidence.DocumentVoided@1"):
    """It counts no more."""

    happens: ClassVar = True
    reason: str


@fact()
class PaperOriginalFiled(Facts, frozen=True, kw_only=True, tag="evidence.PaperOriginalFiled@1"):
    """The signed paper lies in a box."""

    happens: ClassVar = True
    box: Reference
    pages: int | None = None


REACHES: dict[type[Facts], Status] = {
    DocumentDrafted: "draft",
    DocumentSubmitted: "submitted",
    DocumentReturned: "returned",
    DocumentApproved: "approved",
    DocumentSuperseded: "superseded",
    DocumentVoided: "voided",
}


class Document(Aggregate):
    """One document about one subject."""

    kind = "document"
    drafted: DocumentDrafted
    status: Status = "draft"

    def evolve(self, event: AnyEvent) -> None:
        """Keep the draft and the status."""
        if isinstance(event.facts, DocumentDrafted):
            self.drafted = event.facts
        self.status = REACHES.get(type(event.facts), self.status)

    def revise(self, entry: Entry, attachments: tuple[Id, ...]) -> None:
        """Change a draft, or what was returned."""
        if self.status == "approved":
            raise APPROVED_NOT_EDITED("id")
        again = msgspec.structs.replace(
            self.drafted, revision=self.drafted.revision + 1, attachments=attachments
        )
        self.step(entry, again)

    def step(self, entry: Entry, facts: Facts) -> None:
        """Go on, where the document's status allows it."""
        if REACHES[type(facts)] not in STEPS[self.status]:
            raise WRONG_STEP("id", status=self.status)
        self.record(entry, facts)

    def supersede(self, entry: Entry, successor: Document) -> None:
        """Let another approved document of the same form and subject stand in its place."""
        same = (self.drafted.subject, self.drafted.form) == (
            successor.drafted.subject,
            successor.drafted.form,
        )
        if not same or successor.id == self.id or successor.status != "approved":
            raise NOT_A_SUCCESSOR("by")
        self.step(entry, DocumentSuperseded(by=successor.id))

    def file_paper(self, entry: Entry, facts: PaperOriginalFiled) -> None:
        """Say where the paper lies; papers of void documents are not filed."""
        if self.status == "voided":
            raise WRONG_STEP("id", status=self.status)
        self.record(entry, facts)


def draft_document(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    form_set: Id,
    form: str,
    subject: Subject,
    *,
    version: int | None = None,
    attachments: tuple[Id, ...] = (),
    id: Id | None = None,
) -> Receipt:
    """Draft a document of a form (its code) about a subject.

    `version` of the form set is that in force on the day where none is named. Refused: a form
    that the set does not know, a version that was not in force since the subject began, a subject
    or attachment that is not there.
    """
    published_forms = desk.load(FormSet, form_set, "form_set")
    about = desk.load_stream(subject.stream, "subject.stream")
    published, required = published_forms.form(form, version, entry.day, _begun(about))
    if about.kind != subject.stream_type:
        raise SUBJECT_OF_ANOTHER_KIND("subject.stream_type")
    _check_attached(desk, attachments)
    facts = DocumentDrafted(
        form_set=form_set,
        form_set_version=published.version,
        service_type=published.service_type,
        form=required.code,
        name=required.name,
        stage=required.stage,
        subject=subject,
        attachments=attachments,
    )
    return desk.save(entry, Document.start(entry, scope, facts, id=id))


def revise_document(desk: Desk, entry: Entry, id: Id, attachments: tuple[Id, ...]) -> Receipt:
    """Change the draft of a document."""
    document = desk.load(Document, id)
    _check_attached(desk, attachments)
    document.revise(entry, attachments)
    return desk.save(entry, document)


def submit_document(desk: Desk, entry: Entry, id: Id) -> Receipt:
    """Hand a document in."""
    document = desk.load(Document, id)
    document.step(entry, DocumentSubmitted(revision=document.drafted.revision))
    return desk.save(entry, document)


def decide_document(
    desk: Desk, entry: Entry, id: Id, facts: DocumentReturned | DocumentApproved
) -> Receipt:
    """Approve a document that was handed in, or return it; whoever is named as having done so, as
    `by`, must be of the staff.
    """
    document = desk.load(Document, id)
    by = facts.signer if isinstance(facts, DocumentApproved) else facts.reviewer
    check_colleague(desk, entry, document.scope.operator, by, "by")
    document.step(entry, facts)
    return desk.save(entry, document)


def supersede_document(desk: Desk, entry: Entry, id: Id, by: Id) -> Receipt:
    """Let an approved document stand in the place of another."""
    document, successor = desk.load(Document, id), desk.load(Document, by, "by")
    document.supersede(entry, successor)
    return desk.save(entry, document)


def void_document(desk: Desk, entry: Entry, id: Id, facts: DocumentVoided) -> Receipt:
    """Declare a document void."""
    document = desk.load(Document, id)
    document.step(entry, facts)
    return desk.save(entry, document)


def file_paper(desk: Desk, entry: Entry, id: Id, facts: PaperOriginalFiled) -> Receipt:
    """Record where the signed paper lies."""
    document = desk.load(Document, id)
    document.file_paper(entry, facts)
    return desk.save(entry, document)


def _begun(about: Aggregate) -> date:
    """Return the first day that is told of a subject, as its records are held to be now."""
    held = (each.effective.occurred.day for each in about.records.values() if not each.void)
    return min((about.first_day, *held))


def _check_attached(desk: Desk, attachments: tuple[Id, ...]) -> None:
    for number, attachment in enumerate(attachments):
        desk.load_any("attachment", attachment, f"attachments.{number}")
