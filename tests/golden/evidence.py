"""Samples of form sets, documents and attachments."""

from domain.evidence import (
    DocumentApproved,
    DocumentDrafted,
    DocumentReturned,
    DocumentSubmitted,
    DocumentSuperseded,
    DocumentVoided,
    PaperOriginalFiled,
    Subject,
)
from domain.evidence_file import (
    AttachmentMarkedSensitive,
    AttachmentRedacted,
    AttachmentStored,
)
from domain.evidence_form import FormSetPublished, FormSetRetired, RequiredForm
from domain.identity import derived_id
from tests.golden import DAY, OCCURRED, OPERATOR, PROJECT, WORKER, sample, sealed

OF_OPERATOR = {"station": None, "ledger": OPERATOR}
IN_PROJECT = {"project": PROJECT, "ledger": PROJECT}
SCAN, FORM_SET = derived_id("golden", "scan"), derived_id("golden", "stream", "form_set")
FORM = RequiredForm(code="minutes", name="会议记录", stage="held", due_days=7)

SAMPLES = [
    sample(
        "form_set",
        FormSetPublished(
            service_type="meeting",
            version=1,
            forms=(FORM,),
            effective_from=DAY,
            kinds=("supervision", "group_session/outing"),
        ),
        **OF_OPERATOR,
    ),
    sample(
        "form_set",
        FormSetRetired(service_type="meeting", effective_from=DAY, reason="并入新套表"),
        **OF_OPERATOR,
    ),
    sample(
        "document",
        DocumentDrafted(
            form_set=FORM_SET,
            form_set_version=1,
            service_type="meeting",
            form="minutes",
            name="会议记录",
            stage="held",
            subject=Subject(stream_type="project", stream=PROJECT, line="B02"),
            revision=2,
            attachments=(SCAN,),
        ),
        **IN_PROJECT,
    ),
    sample("document", DocumentSubmitted(revision=2), **IN_PROJECT),
    sample("document", DocumentReturned(reviewer=WORKER, comments="缺签名"), **IN_PROJECT),
    sample("document", DocumentApproved(signer=WORKER), **IN_PROJECT),
    sample("document", DocumentSuperseded(by=derived_id("golden", "document")), **IN_PROJECT),
    sample("document", DocumentVoided(reason="重复"), **IN_PROJECT),
    sample("document", PaperOriginalFiled(box="2018-03", pages=2), **IN_PROJECT),
    sample(
        "attachment",
        AttachmentStored(
            sha256="ab" * 32,
            size=120_000,
            mime="image/jpeg",
            captured_at=OCCURRED.start,
            exif_stripped=True,
            name=sealed("name", "casework"),
        ),
    ),
    sample("attachment", AttachmentMarkedSensitive(reason="儿童面部")),
    sample("attachment", AttachmentRedacted(copy=SCAN, sha256="cd" * 32)),
]
