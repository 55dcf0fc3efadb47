"""Asking for the monthly workbook (指标月报) of a project; 我的任务 tells how far it is."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.commands import Command, Uuid
from api.pages.asked_language import language_of
from api.pages.language import Speech
from api.pages.progress import terms
from api.pages.reader import KnownAt, Reader, Reading, civil_minute
from api.tasks import WorkbookIn, ask_for_workbook
from domain.identity import Id, new_id
from domain.refusals import INVALID, NOT_FOUND, Refusal
from projections.engine.view import Row

router = APIRouter()
MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
Text = Annotated[str, Form(max_length=40)]


@router.get("/projects/{project}/workbooks")
def workbooks_page(project: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """Of which month the workbook is wanted, and as known when."""
    return _page(reader, project, known_at=Speech("zh").minute(at))


@router.post("/projects/{project}/workbooks")
def ask(
    project: Uuid,
    reader: Reading,
    key: Annotated[Uuid, Form()],
    month: Text = "",
    known_at: Text = "",
) -> Response:
    """Ask for the workbook, once however often it is sent, and go where it can be watched."""
    asked = reader.asked
    content = sha256(f"{asked.principal.actor} {project} {month} {known_at}".encode()).digest()
    command = Command(asked.principal, asked.parts, Response(), key, content, None)
    try:
        at = civil_minute(known_at, "known_at")
        year, number = _month(month)
        said_at = None if at is None else at.isoformat()
        sent = WorkbookIn.model_validate({"year": year, "month": number, "known_at": said_at})
        ask_for_workbook(project, sent, command, asked, Response())
    except Refusal as refused:
        if refused.code == NOT_FOUND.code and refused.field != "month":
            raise
        said = refused.text(language_of(reader.request))
        return _page(reader, project, refused.status, said, month, known_at)
    return RedirectResponse("/tasks", status_code=303)


def _month(text: str) -> tuple[int, int]:
    """Read a month. Raises `invalid`."""
    found = MONTH.fullmatch(text)
    year, month = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (2000 <= year <= 2100 and 1 <= month <= 12):
        raise INVALID("month")
    return year, month


def _page(
    reader: Reader,
    project: Id,
    status: int = 200,
    said: str | None = None,
    month: str = "",
    known_at: str = "",
) -> Response:
    """Show the page; with what was refused, what was typed, under a key of its own."""
    named = terms(reader, project, None)
    answer = reader.page(
        "workbooks.html",
        project=named,
        months=_months(named, reader.asked.today),
        month=month,
        known_at=known_at,
        key=new_id(),
        said=said,
        demonstration=named["demonstration"],
    )
    answer.status_code = status
    return answer


def _months(project: Row, today: date) -> list[str]:
    """Return the months of a project that have begun, the last first."""
    first, last = project["first"], min(project["last"], today)
    count = (last.year - first.year) * 12 + last.month - first.month
    begun = [divmod(first.year * 12 + first.month - 1 + each, 12) for each in range(count + 1)]
    return [f"{year}-{month + 1:02}" for year, month in begun][::-1]
