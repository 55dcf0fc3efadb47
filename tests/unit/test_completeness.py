"""Which documents are demanded of whom by when, and how many of them are kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.activity import hold_activity, record_activity
from domain.activity_held import ActivityHeld
from domain.corrections import void_record
from domain.counting import Attendance
from domain.entry import Entry, Scope
from domain.evidence import (
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
    AttachmentMarkedSensitive,
    mark_sensitive,
    redact_attachment,
    store_attachment,
)
from domain.evidence_form import (
    FormSetPublished,
    FormSetRetired,
    RequiredForm,
    publish_form_set,
    retire_form_set,
)
from domain.identity import Id
from projections.completeness import completeness, percent
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row
from projections.evidence import ATTACHMENT, DOCUMENT, FORM_SET, documents
from projections.retained import documents_of_lines, retained
from tests.activities import REASON, plan
from tests.contracts import contracted, within
from tests.folding import told
from tests.papers import APPROVED, photo, s0_sets
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, refused

PLAN = RequiredForm(code="plan", name="活动策划", stage="planned", due_days=3)
SHEET = RequiredForm(code="sheet", name="签到表", stage="held", due_days=0)
NEWS = RequiredForm(code="news", name="新闻稿", stage="held", due_days=7)
CLOSING = RequiredForm(code="closing", name="总结", stage="closed", due_days=7)
FORMS = (PLAN, SHEET, NEWS, CLOSING)
TOMORROW = TODAY + timedelta(days=1)


def asked(desk: MemoryDesk) -> MemoryAnswers:
    return told((documents,), desk.log)


def integration(*forms: RequiredForm, version: int = 1, **more: Any) -> FormSetPublished:
    given: dict[str, Any] = {
        "service_type": "integration_activity",
        "kinds": ("integration",),
        "effective_from": date(2018, 6, 1),
    }
    return FormSetPublished(version=version, forms=forms or FORMS, **given | more)


def office(*forms: RequiredForm) -> tuple[MemoryDesk, Id, Id]:
    """A desk with a form set, and an activity held today that it applies to."""
    desk = MemoryDesk()
    form_set = publish_form_set(desk, entry(), SCOPE, integration(*forms)).stream
    activity = plan(desk)
    facts = ActivityHeld(kind="integration", title="融合", attendance=(Attendance(count=20),))
    hold_activity(desk, entry(), activity, facts)
    return desk, form_set, activity


def write(desk: MemoryDesk, form_set: Id, subject: Subject, form: str, scope: Scope = SCOPE) -> Id:
    return draft_document(desk, entry(), scope, form_set, form, subject).stream


def keep(desk: MemoryDesk, form_set: Id, activity: Id, form: str) -> Id:
    """Write a document and hand it in."""
    subject = Subject(stream_type="activity", stream=activity)
    document = write(desk, form_set, subject, form)
    submit_document(desk, entry(), document)
    return document


def file(desk: MemoryDesk, on: date = TODAY, ledger: Id = STATION, **more: Any) -> Row:
    (found,) = completeness(asked(desk), ledger, on, **more)["files"]
    row: Row = found
    return row


def states(row: Row) -> dict[str, str]:
    return {form["form"]: form["state"] for form in row["forms"]}


def test_a_form_is_demanded_once_its_stage_is_reached_and_overdue_after_its_days() -> None:
    desk, form_set, activity = office()
    keep(desk, form_set, activity, "plan")
    row = file(desk)
    assert states(row) == {"plan": "kept", "sheet": "due", "news": "due", "closing": "not_yet"}
    assert (row["kept"], row["demanded"], row["percent"]) == (1, 3, "33.3")
    due = {form["form"]: form["due_on"] for form in row["forms"]}
    assert due == {
        "plan": TODAY + timedelta(days=2),
        "sheet": TODAY,
        "news": TODAY + timedelta(days=7),
        "closing": None,
    }
    assert states(file(desk, TOMORROW))["sheet"] == "overdue"
    assert file(desk, TODAY + timedelta(days=8))["overdue"] == 2


def test_a_draft_or_returned_document_is_not_kept_and_an_approved_one_is() -> None:
    desk, form_set, activity = office(SHEET)
    document = write(desk, form_set, Subject(stream_type="activity", stream=activity), "sheet")
    for step in (
        lambda: None,
        lambda: submit_document(desk, entry(), document),
        lambda: decide_document(
            desk, entry(), document, DocumentReturned(reviewer=WORKER, comments="缺签名")
        ),
        lambda: revise_document(desk, entry(), document, ()),
        lambda: submit_document(desk, entry(), document),
        lambda: decide_document(desk, entry(), document, APPROVED),
        lambda: void_document(desk, entry(), document, DocumentVoided(reason="重复")),
    ):
        step()
        (form,) = file(desk)["forms"]
        kept = form["status"] in ("submitted", "approved")
        assert form["state"] == ("kept" if kept else "due")
    assert form["status"] is None


def test_a_document_stands_on_a_day_as_it_stood_then() -> None:
    """Given a sheet drafted today, returned, approved and void on later days, when the days in
    between are asked about, then each tells what was so by its evening."""
    desk, form_set, activity = office(SHEET)
    document = write(desk, form_set, Subject(stream_type="activity", stream=activity), "sheet")

    def on(day: int) -> Entry:
        return entry(TODAY + timedelta(days=day))

    def told(day: int) -> tuple[str | None, str]:
        (form,) = file(desk, TODAY + timedelta(days=day))["forms"]
        return form["status"], form["state"]

    submit_document(desk, on(5), document)
    assert [told(day) for day in (4, 5)] == [("draft", "overdue"), ("submitted", "kept")]
    back = DocumentReturned(reviewer=WORKER, comments="缺签名")
    decide_document(desk, on(7), document, back)
    assert [told(day) for day in (6, 7)] == [("submitted", "kept"), ("returned", "overdue")]
    revise_document(desk, on(8), document, ())
    assert [told(day)[0] for day in (6, 7, 8)] == ["submitted", "returned", "draft"]
    submit_document(desk, on(10), document)
    decide_document(desk, on(12), document, APPROVED)
    void_document(desk, on(20), document, DocumentVoided(reason="重复"))
    assert [told(day) for day in (8, 10, 12, 20)] == [
        ("draft", "overdue"),
        ("submitted", "kept"),
        ("approved", "kept"),
        (None, "overdue"),
    ]


def test_a_superseded_document_leaves_its_place_to_the_one_that_took_it() -> None:
    desk, form_set, activity = office(SHEET)
    first, second = (keep(desk, form_set, activity, "sheet") for _ in range(2))
    for document in (first, second):
        decide_document(desk, entry(), document, APPROVED)
    supersede_document(desk, entry(), first, second)
    (form,) = file(desk)["forms"]
    assert form["document"] == second
    (row,) = asked(desk).rows(DOCUMENT, where={"document": first})
    assert (row["status"], row["superseded_by"]) == ("superseded", second)


def test_a_line_of_the_report_retains_what_is_approved_and_not_superseded_nor_void() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    form_set = publish_form_set(desk, entry(), SCOPE, integration(SHEET)).stream
    line = Subject(stream_type="project", stream=project, line="B05")

    def kept() -> dict[str, list[str]]:
        return documents_of_lines(told((retained,), desk.log), project)

    first, second = (write(desk, form_set, line, "sheet", within(project)) for _ in range(2))
    for document in (first, second):
        submit_document(desk, entry(), document)
        assert kept() == ({"B05": ["签到表"]} if document == second else {})
        decide_document(desk, entry(), document, APPROVED)
    supersede_document(desk, entry(), first, second)
    assert kept() == {"B05": ["签到表"]}
    void_document(desk, entry(), second, DocumentVoided(reason="签错了对象"))
    assert kept() == {}


def test_void_work_demands_nothing() -> None:
    desk = MemoryDesk()
    publish_form_set(desk, entry(), SCOPE, integration(SHEET, kinds=("drop_in",)))
    made = record_activity(desk, entry(), SCOPE, ActivityHeld(kind="drop_in", title="日间服务"))
    assert file(desk)["demanded"] == 1
    void_record(desk, entry(), made.stream, made.events[0], REASON)
    assert completeness(asked(desk), STATION, TODAY)["files"] == []


def test_what_was_begun_under_a_version_stays_measured_by_it() -> None:
    desk, form_set, activity = office(SHEET, NEWS)
    keep(desk, form_set, activity, "sheet")
    stricter = integration(*FORMS, version=2, effective_from=TOMORROW)
    publish_form_set(desk, entry(), SCOPE, stricter)
    assert len(file(desk, TOMORROW)["forms"]) == 2
    other = plan(desk)
    held = ActivityHeld(kind="integration", title="融合", attendance=(Attendance(count=9),))
    hold_activity(desk, entry(TOMORROW), other, held)
    rows = completeness(asked(desk), STATION, TOMORROW, subject=other)["files"]
    assert [len(row["forms"]) for row in rows] == [2]
    third = record_activity(
        desk, entry(TOMORROW), SCOPE, ActivityHeld(kind="drop_in", title="日间服务")
    )
    assert completeness(asked(desk), STATION, TOMORROW, subject=third.stream)["files"] == []


def test_the_version_in_force_when_the_subject_began_decides_what_is_demanded() -> None:
    """Given an activity held under a set of four forms, when a sheet is drafted by a version that
    asks for nothing else, then it is refused before its day, and demands no less after it."""
    desk, form_set, activity = office()
    about = Subject(stream_type="activity", stream=activity)
    publish_form_set(desk, entry(), SCOPE, integration(SHEET, version=2, effective_from=TOMORROW))
    with refused("document.version_not_in_force", "version"):
        draft_document(desk, entry(), SCOPE, form_set, "sheet", about, version=2)
    document = draft_document(desk, entry(TOMORROW), SCOPE, form_set, "sheet", about, version=2)
    submit_document(desk, entry(TOMORROW), document.stream)
    row = file(desk, TOMORROW)
    assert (row["kept"], row["demanded"], len(row["forms"])) == (1, 3, 4)
    draft_document(desk, entry(TOMORROW), SCOPE, form_set, "news", about, version=1)


def test_a_version_that_was_superseded_or_retired_when_the_subject_began_is_not_taken() -> None:
    desk = MemoryDesk()
    form_set = publish_form_set(desk, entry(), SCOPE, integration(SHEET)).stream
    publish_form_set(desk, entry(), SCOPE, integration(*FORMS, version=2, effective_from=TODAY))
    held = ActivityHeld(kind="drop_in", title="日间服务")
    activity = record_activity(desk, entry(), SCOPE, held).stream
    about = Subject(stream_type="activity", stream=activity)
    with refused("document.version_not_in_force", "version"):
        draft_document(desk, entry(), SCOPE, form_set, "sheet", about, version=1)
    retired = FormSetRetired(service_type="", effective_from=TOMORROW, reason="并入")
    retire_form_set(desk, entry(), form_set, retired)
    draft_document(desk, entry(TOMORROW), SCOPE, form_set, "sheet", about, version=2)
    new = record_activity(desk, entry(TOMORROW), SCOPE, held).stream
    with refused("document.version_not_in_force", "version"):
        after = Subject(stream_type="activity", stream=new)
        draft_document(desk, entry(TOMORROW), SCOPE, form_set, "sheet", after, version=2)


def test_a_retired_set_demands_nothing_new() -> None:
    desk, form_set, _ = office(SHEET)
    gone = FormSetRetired(service_type="", effective_from=TOMORROW, reason="并入")
    retire_form_set(desk, entry(), form_set, gone)
    late = ActivityHeld(kind="integration", title="融合", attendance=(Attendance(count=9),))
    other = plan(desk, approved=True)
    hold_activity(desk, entry(TOMORROW), other, late)
    found = completeness(asked(desk), STATION, TOMORROW)["files"]
    assert len(found) == 2  # both were planned while it held
    (row,) = asked(desk).rows(FORM_SET)
    assert row["retired_from"] == TOMORROW


def test_a_projects_own_set_goes_before_its_operators() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    scope = within(project)
    publish_form_set(desk, entry(), SCOPE, integration(*FORMS, kinds=("drop_in",)))
    publish_form_set(desk, entry(), scope, integration(SHEET, kinds=("drop_in",)))
    record_activity(desk, entry(), scope, ActivityHeld(kind="drop_in", title="日间服务"))
    assert len(file(desk, ledger=project)["forms"]) == 1


def test_one_kind_is_told_apart_by_its_variant() -> None:
    desk = MemoryDesk()
    publish_form_set(desk, entry(), SCOPE, integration(SHEET, kinds=("needs_contact/interview",)))
    for variant in ("interview", "questionnaire"):
        facts = ActivityHeld(kind="needs_contact", variant=variant, title="需求调研")
        record_activity(desk, entry(), SCOPE, facts)
    assert file(desk)["demanded"] == 1


def test_lines_of_a_report_that_keep_the_lists_of_s0_are_complete() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    scope = within(project)
    for number, published in enumerate(s0_sets().values()):
        form_set = publish_form_set(desk, entry(), SCOPE, published).stream
        subject = Subject(stream_type="project", stream=project, line=f"B{number:02d}")
        for form in published.forms:
            submit_document(desk, entry(), write(desk, form_set, subject, form.code, scope))
    sums = completeness(asked(desk), project, TODAY)["service_types"]
    assert {row["service_type"]: row["kept"] for row in sums} == {
        name: len(published.forms) for name, published in s0_sets().items()
    }
    assert {row["percent"] for row in sums} == {"100.0"}


def test_a_line_of_the_report_answers_for_the_work_of_its_service_type() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    scope = within(project)
    form_set = publish_form_set(desk, entry(), SCOPE, integration(SHEET, NEWS, kinds=("drop_in",)))
    record_activity(desk, entry(), scope, ActivityHeld(kind="drop_in", title="日间服务"))
    line = Subject(stream_type="project", stream=project, line="B20")
    write(desk, form_set.stream, line, "sheet", scope)
    row = file(desk, ledger=project)
    assert (row["line"], row["demanded"], row["kept"], row["overdue"]) == ("B20", 2, 0, 0)


def test_older_subjects_are_left_out_by_a_day() -> None:
    desk, _, _ = office(SHEET)
    assert completeness(asked(desk), STATION, TOMORROW, since=TOMORROW)["files"] == []
    assert len(completeness(asked(desk), STATION, TOMORROW, since=TODAY)["files"]) == 1
    assert len(completeness(asked(desk), STATION, TOMORROW, until=TODAY)["files"]) == 1
    yesterday = TODAY - timedelta(days=1)
    assert completeness(asked(desk), STATION, TOMORROW, until=yesterday)["files"] == []


def test_files_and_papers_stand_in_the_register() -> None:
    desk, form_set, activity = office(SHEET)
    document = keep(desk, form_set, activity, "sheet")
    file_paper(desk, entry(), document, PaperOriginalFiled(box="2018-03"))
    (row,) = asked(desk).rows(DOCUMENT)
    assert (row["box"], row["status"], row["name"]) == ("2018-03", "submitted", "签到表")
    original = store_attachment(desk, entry(), SCOPE, photo()).stream
    copy = store_attachment(desk, entry(), SCOPE, photo(sha256="cd" * 32)).stream
    mark_sensitive(desk, entry(), original, AttachmentMarkedSensitive(reason="儿童面部"))
    redact_attachment(desk, entry(), original, copy)
    (row,) = asked(desk).rows(ATTACHMENT, where={"attachment": original})
    assert (row["sensitive"], row["redacted"], row["stored_by"]) == (True, copy, WORKER)


@pytest.mark.parametrize(
    ("share", "printed"),
    [((1, 3), "33.3"), ((2, 3), "66.7"), ((1, 2000), "0.1"), ((5, 5), "100.0"), ((0, 0), None)],
)
def test_a_share_is_printed_to_one_decimal_half_up(
    share: tuple[int, int], printed: str | None
) -> None:
    assert percent(*share) == printed
