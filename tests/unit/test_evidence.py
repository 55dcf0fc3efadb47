"""What may be recorded of form sets, documents and files, and what is refused."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from domain.entry import Scope
from domain.evidence import (
    Document,
    DocumentReturned,
    DocumentVoided,
    PaperOriginalFiled,
    Subject,
    decide_document,
    draft_document,
    file_paper,
    revise_document,
    submit_document,
    supersede_document,
    void_document,
)
from domain.evidence_file import (
    Attachment,
    AttachmentMarkedSensitive,
    AttachmentRedacted,
    check_file,
    mark_sensitive,
    redact_attachment,
    store_attachment,
)
from domain.evidence_form import (
    FormSetRetired,
    RequiredForm,
    form_set_id,
    publish_form_set,
    retire_form_set,
)
from domain.identity import Id, derived_id
from domain.policy import AttachmentPolicy
from domain.visit import HomeServiceDelivered, record_visit
from tests.doors import visit
from tests.papers import APPROVED, MEETING, ROOT, photo, published, s0_sets
from tests.station import OPERATOR, SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, refused


def office() -> tuple[MemoryDesk, Id, Subject]:
    """A desk with a published form set and a visit that documents can be about."""
    desk = MemoryDesk()
    form_set = publish_form_set(desk, entry(), SCOPE, published()).stream
    made = record_visit(desk, entry(), SCOPE, visit())
    return desk, form_set, Subject(stream_type="visit", stream=made.stream)


def draft(desk: MemoryDesk, form_set: Id, subject: Subject, form: str = "minutes") -> Id:
    return draft_document(desk, entry(), SCOPE, form_set, form, subject).stream


def approve(desk: MemoryDesk, document: Id) -> None:
    submit_document(desk, entry(), document)
    decide_document(desk, entry(), document, APPROVED)


def status(desk: MemoryDesk, document: Id) -> str:
    return desk.load(Document, document).status


def test_a_document_is_drafted_returned_revised_approved_and_its_paper_filed() -> None:
    desk, form_set, subject = office()
    document = draft(desk, form_set, subject)
    submit_document(desk, entry(), document)
    returned = DocumentReturned(reviewer=WORKER, comments="缺签名")
    decide_document(desk, entry(), document, returned)
    revise_document(desk, entry(), document, ())
    approve(desk, document)
    file_paper(desk, entry(), document, PaperOriginalFiled(box="2018-03", pages=2))
    drafted = desk.load(Document, document).drafted
    assert (drafted.revision, drafted.name, drafted.form_set_version) == (2, "会议记录", 1)
    assert status(desk, document) == "approved"


def test_an_approved_document_is_not_edited() -> None:
    desk, form_set, subject = office()
    document = draft(desk, form_set, subject)
    approve(desk, document)
    with refused("document.approved_not_edited"):
        revise_document(desk, entry(), document, ())


def test_a_document_of_a_form_that_the_set_does_not_know_is_refused() -> None:
    desk, form_set, subject = office()
    with refused("document.unknown_form", "form"):
        draft(desk, form_set, subject, "minute")
    with refused("document.no_form_set_then", "version"):
        draft_document(desk, entry(), SCOPE, form_set, "minutes", subject, version=2)
    with refused("document.no_form_set_then", "form_set"):
        draft_document(desk, entry(date(2018, 5, 31)), SCOPE, form_set, "minutes", subject)


def test_a_document_is_about_something_that_is_there() -> None:
    desk, form_set, subject = office()
    with refused("not_found", "subject.stream"):
        draft(desk, form_set, Subject(stream_type="visit", stream=WORKER))
    with refused("document.subject_of_another_kind", "subject.stream_type"):
        draft(desk, form_set, Subject(stream_type="case", stream=subject.stream))
    with refused("not_found", "attachments.0"):
        draft_document(
            desk, entry(), SCOPE, form_set, "minutes", subject, attachments=(derived_id("none"),)
        )


@pytest.mark.parametrize(
    "steps", ["approve", "return", "submit submit", "submit revise", "void submit", "void void"]
)
def test_steps_out_of_order_are_refused(steps: str) -> None:
    desk, form_set, subject = office()
    document = draft(desk, form_set, subject)
    *before, last = steps.split()
    for step in before:
        take(desk, document, step)
    with refused("document.wrong_step", "id"):
        take(desk, document, last)


def take(desk: MemoryDesk, document: Id, step: str) -> None:
    match step:
        case "submit":
            submit_document(desk, entry(), document)
        case "approve":
            decide_document(desk, entry(), document, APPROVED)
        case "return":
            returned = DocumentReturned(reviewer=WORKER, comments="缺签名")
            decide_document(desk, entry(), document, returned)
        case "revise":
            revise_document(desk, entry(), document, ())
        case "void":
            void_document(desk, entry(), document, DocumentVoided(reason="重复"))


def test_papers_of_a_void_document_are_not_filed() -> None:
    desk, form_set, subject = office()
    document = draft(desk, form_set, subject)
    take(desk, document, "void")
    with refused("document.wrong_step"):
        file_paper(desk, entry(), document, PaperOriginalFiled(box="2018-03"))


def test_only_an_approved_document_of_the_same_form_and_subject_takes_anothers_place() -> None:
    desk, form_set, subject = office()
    first, second = draft(desk, form_set, subject), draft(desk, form_set, subject)
    other = draft(desk, form_set, subject, "news")
    approve(desk, first)
    approve(desk, other)
    for successor in (second, other, first):
        with refused("document.not_a_successor", "by"):
            supersede_document(desk, entry(), first, successor)
    approve(desk, second)
    supersede_document(desk, entry(), first, second)
    assert status(desk, first) == "superseded"
    with refused("document.wrong_step"):
        take(desk, first, "void")


def test_a_project_has_form_sets_of_its_own_in_its_own_ledger() -> None:
    desk, form_set, _ = office()
    project = derived_id("project")
    scope = Scope(operator=OPERATOR, station=STATION, project=project)
    own = publish_form_set(desk, entry(), scope, published()).stream
    assert own == form_set_id(project, "meeting") != form_set
    assert (desk.streams[own][0].ledger, desk.streams[own][0].station) == (project, None)


def test_a_form_set_is_one_stream_of_its_operator_in_versions() -> None:
    desk, form_set, subject = office()
    assert form_set == form_set_id(OPERATOR, "meeting")
    assert desk.streams[form_set][0].ledger == OPERATOR
    with refused("form_set.version_not_next", "version"):
        publish_form_set(desk, entry(), SCOPE, published(3))
    with refused("form_set.backwards", "effective_from"):
        publish_form_set(desk, entry(), SCOPE, published(2, effective_from=date(2018, 5, 1)))
    publish_form_set(desk, entry(), SCOPE, published(2, forms=MEETING[:1], effective_from=TODAY))
    early = entry(TODAY - timedelta(days=1))
    draft_document(desk, early, SCOPE, form_set, "news", subject)
    with refused("document.unknown_form"):
        draft(desk, form_set, subject, "news")


@pytest.mark.parametrize(
    ("forms", "code"),
    [
        ((), "form_set.no_forms"),
        ((MEETING[0], MEETING[0]), "form_set.form_twice"),
        (
            (MEETING[0], RequiredForm(code="other", name="会议记录", stage="held")),
            "form_set.form_twice",
        ),
        ((RequiredForm(code="x", name="x", stage="held", due_days=-1),), "form_set.due_impossible"),
    ],
)
def test_a_form_set_that_makes_no_sense_is_refused(
    forms: tuple[RequiredForm, ...], code: str
) -> None:
    with refused(code, "forms"):
        publish_form_set(MemoryDesk(), entry(), SCOPE, published(forms=forms))


def test_a_retired_form_set_holds_until_its_day_and_takes_no_version() -> None:
    desk, form_set, subject = office()
    too_early = FormSetRetired(service_type="", effective_from=date(2018, 5, 1), reason="并入")
    with refused("form_set.backwards", "effective_from"):
        retire_form_set(desk, entry(), form_set, too_early)
    retired = FormSetRetired(service_type="", effective_from=TODAY, reason="并入新套表")
    retire_form_set(desk, entry(), form_set, retired)
    with refused("document.no_form_set_then"):
        draft(desk, form_set, subject)
    draft_document(desk, entry(TODAY - timedelta(days=1)), SCOPE, form_set, "minutes", subject)
    with refused("form_set.retired"):
        publish_form_set(desk, entry(), SCOPE, published(2))
    with refused("form_set.retired"):
        retire_form_set(desk, entry(), form_set, retired)


def test_the_bytes_of_an_attachment_are_never_replaced() -> None:
    desk = MemoryDesk()
    attachment = store_attachment(desk, entry(), SCOPE, photo(), id=derived_id("photo")).stream
    with refused("attachment.bytes_replaced", "id"):
        store_attachment(desk, entry(), SCOPE, photo(sha256="cd" * 32), id=attachment)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"sha256": "AB" * 32}, "attachment.bad_hash", "sha256"),
        ({"size": 0}, "attachment.empty", "size"),
        ({"size": 25 * 1024 * 1024 + 1}, "attachment.too_large", "size"),
        ({"mime": "application/x-msdownload"}, "attachment.type_not_taken", "mime"),
    ],
)
def test_what_is_no_evidence_is_refused(wrong: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field):
        store_attachment(MemoryDesk(), entry(), SCOPE, photo(**wrong))


def test_size_and_types_are_the_operators() -> None:
    policy = AttachmentPolicy(limit=100, types=("image/png",))
    with refused("attachment.too_large"):
        check_file(photo(), entry(), policy)
    with refused("attachment.type_not_taken"):
        check_file(photo(size=99), entry(), policy)


def test_nothing_is_captured_in_the_future() -> None:
    now = entry().now
    store_attachment(MemoryDesk(), entry(), SCOPE, photo(captured_at=now))
    with refused("attachment.captured_in_future", "captured_at"):
        late = photo(captured_at=now + timedelta(seconds=1))
        store_attachment(MemoryDesk(), entry(), SCOPE, late)


def test_a_redacted_copy_is_another_file_and_a_mark_is_set_once() -> None:
    desk = MemoryDesk()
    original = store_attachment(desk, entry(), SCOPE, photo()).stream
    same = store_attachment(desk, entry(), SCOPE, photo()).stream
    copy = store_attachment(desk, entry(), SCOPE, photo(sha256="cd" * 32)).stream
    with refused("attachment.same_bytes", "copy"):
        redact_attachment(desk, entry(), original, same)
    redact_attachment(desk, entry(), original, copy)
    assert desk.facts(original)[-1] == AttachmentRedacted(copy=copy, sha256="cd" * 32)
    mark_sensitive(desk, entry(), original, AttachmentMarkedSensitive(reason="儿童面部"))
    with refused("attachment.sensitive_already"):
        mark_sensitive(desk, entry(), original, AttachmentMarkedSensitive(reason="儿童面部"))
    assert desk.load(Attachment, original).sensitive


def test_an_attachment_can_be_part_of_a_document() -> None:
    desk, form_set, subject = office()
    scan = store_attachment(desk, entry(), SCOPE, photo()).stream
    document = draft_document(
        desk, entry(), SCOPE, form_set, "minutes", subject, attachments=(scan,)
    ).stream
    assert desk.load(Document, document).drafted.attachments == (scan,)


def test_the_form_sets_of_s0_are_the_documents_own_lists() -> None:
    report = json.loads((ROOT / "tests" / "data" / "fuyuan_midterm.json").read_text("utf-8"))
    retained = {line["service_type"]: line["retained_documents"] for line in report["table_b"]}
    sets = s0_sets()
    assert {of: [form.name for form in each.forms] for of, each in sets.items()} == retained
    sizes = [len(each.forms) for each in sets.values()]
    assert sizes == [10, 7, 6, 5, 6, 4, 1, 2, 2, 4, 3, 1, 4, 4]


def test_the_form_sets_of_s0_can_be_published_and_no_kind_has_two() -> None:
    desk = MemoryDesk()
    for of, each in s0_sets().items():
        assert each.service_type == of
        publish_form_set(desk, entry(), SCOPE, each)
    kinds = [kind for each in s0_sets().values() for kind in each.kinds]
    assert len(set(kinds)) == len(kinds)


def test_a_document_belongs_to_the_ledger_in_which_it_is_drafted() -> None:
    desk, form_set, subject = office()
    project = derived_id("project")
    scope = Scope(operator=OPERATOR, station=STATION, project=project)
    made = draft_document(desk, entry(), scope, form_set, "minutes", subject)
    assert desk.streams[made.stream][0].ledger == project
    assert isinstance(desk.facts(subject.stream)[0], HomeServiceDelivered)
