"""Documents and evidence (台账 R-21): what forms are demanded, written and attached, since when.

Completeness spans what was demanded, what was done and what was written, so the view keeps the
three apart, and `projections.completeness` puts them together for a ledger and a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.activity_plan import ActivityPlanned
from domain.case_facts import CaseRestated, CaseStep, Stage
from domain.counting import Counted
from domain.evidence import (
    DocumentApproved,
    DocumentDrafted,
    DocumentReturned,
    DocumentSubmitted,
    DocumentSuperseded,
    DocumentVoided,
    PaperOriginalFiled,
)
from domain.evidence_file import (
    AttachmentMarkedSensitive,
    AttachmentRedacted,
    AttachmentStored,
)
from domain.evidence_form import FormSetPublished, FormSetRetired
from domain.group_facts import GroupOpened, GroupRestated, GroupStep
from projections.engine.view import Effect, Put, Record, Table, View

FORM = Table(
    "form",
    key={"form_set": "uuid", "version": "int", "form": "text"},
    columns={
        "service_type": "text",
        "name": "text",
        "stage": "text",
        "due_days": "int",
        "number": "int",
        "effective_from": "date",
    },
)
FORM_KIND = Table(
    "form_kind",
    key={"form_set": "uuid", "version": "int", "kind": "text"},
    columns={"service_type": "text", "effective_from": "date"},
)
FORM_SET = Table(
    "form_set",
    key={"form_set": "uuid"},
    columns={"service_type": "text", "version": "int", "retired_from": "date"},
)
DOCUMENT = Table(
    "document",
    key={"document": "uuid"},
    columns={
        "form_set": "uuid",
        "version": "int",
        "service_type": "text",
        "form": "text",
        "name": "text",
        "stage": "text",
        "subject_type": "text",
        "subject": "uuid",
        "line": "text",
        "status": "text",
        "revision": "int",
        "attachments": "int",
        "drafted_on": "date",
        "submitted_on": "date",
        "decided_on": "date",
        "decided_by": "uuid",
        "returned_on": "date",
        "ended_on": "date",
        "superseded_by": "uuid",
        "box": "text",
    },
    indexes=(("subject",), ("operator", "status"), ("ledger", "line")),
)
REACHED = Table(
    "subject_stage",
    key={"subject": "uuid", "event": "uuid"},
    columns={
        "subject_type": "text",
        "kind": "text",
        "variant": "text",
        "stage": "text",
        "day": "date",
    },
)
ATTACHMENT = Table(
    "attachment",
    key={"attachment": "uuid"},
    columns={
        "sha256": "text",
        "size": "int",
        "mime": "text",
        "captured_at": "moment",
        "exif_stripped": "bool",
        "stored_on": "date",
        "stored_by": "uuid",
        "sensitive": "bool",
        "redacted": "uuid",
    },
    indexes=(("sha256",), ("operator", "stored_on")),
)

WITHDRAWN: Stage = "withdrawn"
"""The stage of a case that never was."""

documents = View("documents", 3, (FORM, FORM_KIND, FORM_SET, DOCUMENT, REACHED, ATTACHMENT))


@documents.on(FormSetPublished)
def published(record: Record[FormSetPublished]) -> Iterator[Effect]:
    """A version of a set: its forms, and the kinds of work to which it applies."""
    facts, form_set = record.facts, record.event.stream
    said: dict[str, Any] = {
        "service_type": facts.service_type,
        "effective_from": facts.effective_from,
    }
    latest = {"service_type": facts.service_type, "version": facts.version}
    yield Put(FORM_SET, (form_set,), latest)
    for number, form in enumerate(facts.forms):
        columns = {
            "name": form.name,
            "stage": form.stage,
            "due_days": form.due_days,
            "number": number,
        }
        yield Put(FORM, (form_set, facts.version, form.code), said | columns)
    for kind in facts.kinds:
        yield Put(FORM_KIND, (form_set, facts.version, kind), said)


@documents.on(FormSetRetired)
def retired(record: Record[FormSetRetired]) -> Iterator[Effect]:
    """Nothing new is demanded by it."""
    yield Put(FORM_SET, (record.event.stream,), {"retired_from": record.facts.effective_from})


@documents.on(DocumentDrafted)
def drafted(record: Record[DocumentDrafted]) -> Iterator[Effect]:
    """A document, or its draft changed."""
    facts = record.facts
    columns = {
        "form_set": facts.form_set,
        "version": facts.form_set_version,
        "service_type": facts.service_type,
        "form": facts.form,
        "name": facts.name,
        "stage": facts.stage,
        "subject_type": facts.subject.stream_type,
        "subject": facts.subject.stream,
        "line": facts.subject.line,
        "status": "draft",
        "revision": facts.revision,
        "attachments": len(facts.attachments),
        "drafted_on": record.occurred.day,
    }
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(DocumentSubmitted)
def submitted(record: Record[DocumentSubmitted]) -> Iterator[Effect]:
    """Handed in; if it had been returned, it is no more."""
    columns = {
        "status": "submitted",
        "submitted_on": record.occurred.day,
        "returned_on": None,
    }
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(DocumentReturned)
def returned(record: Record[DocumentReturned]) -> Iterator[Effect]:
    """To be set right."""
    columns = {
        "status": "returned",
        "decided_on": record.occurred.day,
        "returned_on": record.occurred.day,
        "decided_by": record.facts.reviewer,
    }
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(DocumentApproved)
def approved(record: Record[DocumentApproved]) -> Iterator[Effect]:
    """Signed."""
    columns = {
        "status": "approved",
        "decided_on": record.occurred.day,
        "decided_by": record.facts.signer,
    }
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(DocumentSuperseded)
def superseded(record: Record[DocumentSuperseded]) -> Iterator[Effect]:
    """Another stands in its place."""
    columns = {
        "status": "superseded",
        "superseded_by": record.facts.by,
        "ended_on": record.occurred.day,
    }
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(DocumentVoided)
def voided(record: Record[DocumentVoided]) -> Iterator[Effect]:
    """It counts no more."""
    columns = {"status": "voided", "ended_on": record.occurred.day}
    yield Put(DOCUMENT, (record.event.stream,), columns)


@documents.on(PaperOriginalFiled)
def paper_filed(record: Record[PaperOriginalFiled]) -> Iterator[Effect]:
    """Where the paper lies."""
    yield Put(DOCUMENT, (record.event.stream,), {"box": record.facts.box})


@documents.on(Counted)
def work_done(record: Record[Counted]) -> Iterator[Effect]:
    """A subject reached a stage: the one that its record names, else that it was held.

    A group runs from its opening on.
    """
    facts = record.facts
    standing: Any = getattr(facts, "standing", None)
    held = "running" if isinstance(facts, GroupOpened) else "held"
    yield _reached(record, facts.kind, facts.variant, held if standing is None else standing.stage)


@documents.on(CaseStep)
def case_stage(record: Record[CaseStep]) -> Iterator[Effect]:
    """A case reached the stage of its step.

    None by being restated: the row of the record that was set right says it already, for as long
    as that one stands.
    """
    if record.facts.standing is not None and not isinstance(record.facts, CaseRestated):
        yield _reached(record, "case_session", None, record.facts.standing.stage)


@documents.on(CaseRestated)
def case_withdrawn(record: Record[CaseRestated]) -> Iterator[Effect]:
    """In place of its void opening's row a case has one that says so, until it is reinstated."""
    standing = record.facts.standing
    if standing is None or standing.stage != WITHDRAWN:
        return
    columns = {
        "subject_type": record.event.stream_type,
        "kind": "case_opened",
        "stage": WITHDRAWN,
        "day": standing.opened or record.occurred.day,
    }
    yield Put(REACHED, (record.event.stream, record.facts.record), columns)


@documents.on(GroupStep)
def group_stage(record: Record[GroupStep]) -> Iterator[Effect]:
    """A group reached the stage of its step; as of a case, none by being restated."""
    standing = record.facts.standing
    if standing is not None and not isinstance(record.facts, GroupRestated):
        yield _reached(record, "group_session", standing.variant, standing.stage)


@documents.on(ActivityPlanned)
def activity_planned(record: Record[ActivityPlanned]) -> Iterator[Effect]:
    """An activity was planned."""
    yield _reached(record, record.facts.kind, record.facts.variant, "planned")


def _reached(record: Record[Any], kind: str, variant: str | None, stage: str) -> Effect:
    columns = {
        "subject_type": record.event.stream_type,
        "kind": kind,
        "variant": variant,
        "stage": stage,
        "day": record.occurred.day,
    }
    return Put(REACHED, (record.event.stream, record.id), columns)


@documents.on(AttachmentStored)
def attached(record: Record[AttachmentStored]) -> Iterator[Effect]:
    """A file, by its hash."""
    facts = record.facts
    columns = {
        "sha256": facts.sha256,
        "size": facts.size,
        "mime": facts.mime,
        "captured_at": facts.captured_at,
        "exif_stripped": facts.exif_stripped,
        "stored_on": record.occurred.day,
        "stored_by": record.event.actor,
        "sensitive": False,
    }
    yield Put(ATTACHMENT, (record.event.stream,), columns)


@documents.on(AttachmentMarkedSensitive)
def marked_sensitive(record: Record[AttachmentMarkedSensitive]) -> Iterator[Effect]:
    """Not for everybody."""
    yield Put(ATTACHMENT, (record.event.stream,), {"sensitive": True})


@documents.on(AttachmentRedacted)
def redacted(record: Record[AttachmentRedacted]) -> Iterator[Effect]:
    """A copy that may be shown."""
    yield Put(ATTACHMENT, (record.event.stream,), {"redacted": record.facts.copy})
