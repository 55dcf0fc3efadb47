"""The document sets of S0 (已留存的资料内容): what each line of Table B keeps, filed and approved.

Case and group files are about the case or group; the others are about the project's line.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import msgspec

from deploy.demo.cases import STORIES, case_of, closing_day
from deploy.demo.groups import GATHERINGS, group_of
from deploy.demo.stage import (
    OPERATOR,
    OPERATOR_SCOPE,
    PROJECT,
    PROJECT_SCOPE,
    SUPERVISORS,
    Act,
    act,
    goes_on,
    named,
)
from domain.contract import ContractSheet
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.evidence import (
    DocumentApproved,
    Subject,
    decide_document,
    draft_document,
    submit_document,
)
from domain.evidence_form import FormSetPublished, form_set_id, publish_form_set
from domain.identity import Id

SETS = Path(__file__).parent / "form_sets.json"
SHEET = Path(__file__).parent / "fuyuan.json"
FILED = date(2018, 12, 3)
CASE_LINES = {"elderly": "B06", "disabled": "B10", "family": "B12"}


def form_sets() -> dict[str, FormSetPublished]:
    """Return the sets by service type."""
    return msgspec.json.decode(SETS.read_bytes(), type=dict[str, FormSetPublished])


def documents() -> Iterator[Act]:
    """Yield the sets as they were published, and every document of every line."""
    for name, published in form_sets().items():
        publish = partial(_publish, published)
        yield act(f"forms/{name}", date(2018, 6, 4), publish, role="operator_manager")
    for story in STORIES:
        subject = Subject(
            stream_type="case", stream=case_of(story), line=CASE_LINES[story.audience]
        )
        yield from _set("case", subject, closing_day(story) + timedelta(days=1))
    for gathering in GATHERINGS:
        subject = Subject(stream_type="group", stream=group_of(gathering), line=gathering.line)
        kind = "outing" if gathering.variant == "outing" else "group"
        yield from _set(kind, subject, gathering.days[-1] + timedelta(days=3))
    for line, kind in _other_lines().items():
        yield from _set(kind, Subject(stream_type="project", stream=PROJECT, line=line), FILED)


def _other_lines() -> dict[str, str]:
    """Return the lines whose documents are about the project: line → service type."""
    sheet = msgspec.json.decode(SHEET.read_bytes(), type=ContractSheet)
    placed = (one.definition.placement for one in sheet.indicators)
    lines = {one.line: one.service_type for one in placed if one and one.service_type}
    of_subjects = {*CASE_LINES.values(), *(gathering.line for gathering in GATHERINGS)}
    return {line: kind for line, kind in lines.items() if line not in of_subjects}


def _set(kind: str, subject: Subject, day: date) -> Iterator[Act]:
    for number, form in enumerate(form_sets()[kind].forms):
        id = named("document", subject.stream, subject.line or "", form.code)
        draft = partial(_draft, form_set_id(OPERATOR, kind), form.code, subject, id)
        yield act(f"document/{id}/draft", day, draft, minute=number)
        submit = goes_on(submit_document, id)
        yield act(f"document/{id}/submit", day, submit, hour=11, minute=number)
        approve = goes_on(decide_document, id, DocumentApproved(signer=SUPERVISORS[0]))
        yield act(
            f"document/{id}/approve", day, approve, hour=14, minute=number,
            actor=SUPERVISORS[0], role="supervisor",
        )  # fmt: skip


def _publish(published: FormSetPublished, desk: Desk, entry: Entry) -> Receipt:
    return publish_form_set(desk, entry, OPERATOR_SCOPE, published)


def _draft(form_set: Id, form: str, subject: Subject, id: Id, desk: Desk, entry: Entry) -> Receipt:
    return draft_document(desk, entry, PROJECT_SCOPE, form_set, form, subject, id=id)
