"""What somebody asked for that takes long: how far each is, and where to fetch what was made."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from api.bundle import DUTY
from api.pages.asked_language import language_of
from api.pages.reader import Reader, Reading, Turn
from api.tasks import TaskOut, file_of, own_tasks, rows_of
from domain.identity import Id
from domain.refusals import catalogue
from projections.naming import Language
from projections.project import PROJECT

router = APIRouter()
PAGE = 20


@dataclass(frozen=True)
class ShownTask:
    """A task as it is shown: of what, how many records a bundle has, where it is watched, whether
    its file is there, what went wrong in words."""

    task: TaskOut
    of: str | None
    rows: int | None
    watched: bool
    file: bool
    said: str | None


@router.get("/tasks")
def tasks_page(reader: Reading, cursor: Turn = None) -> Response:
    """What the reader asked for, the newest first; looked at again while any is being made."""
    page = own_tasks(reader.asked, cursor, PAGE)
    projects = _projects(reader, {one.ledger for one in page.items if one.ledger is not None})
    language = language_of(reader.request)
    lines = [_line(reader, one, projects, language) for one in page.items]
    waiting = any(one.state in ("asked", "running") for one in page.items)
    return reader.page(
        "tasks.html", lines=lines, next=page.next, first=cursor is None, waiting=waiting
    )


def _line(reader: Reader, task: TaskOut, projects: dict[Id, str], language: Language) -> ShownTask:
    ledger = task.ledger or ""
    elsewhere = reader.stations.get(ledger) or reader.organisations.get(ledger, {}).get("name")
    return ShownTask(
        task=task,
        of=projects.get(ledger, elsewhere),
        rows=_rows(reader, task),
        watched=task.duty == DUTY and ledger in projects,
        file=task.state == "done" and file_of(reader.asked, task.result) is not None,
        said=_said(task.error, language) if task.state != "done" else None,
    )


def _rows(reader: Reader, task: TaskOut) -> int | None:
    """Return how many records a bundle has; None of what is none."""
    one = reader.asked.parts.register.find(task.task) if task.duty == DUTY else None
    return None if one is None else rows_of(reader.asked, one)


def _projects(reader: Reader, ledgers: set[Id]) -> dict[Id, str]:
    """Return the names of those ledgers that are projects', by their ids."""
    with reader.asked.at(None).answers() as answers:
        rows = answers.rows(PROJECT, where={"project": sorted(ledgers)})
    return {row["project"]: row["name"] for row in rows}


def _said(code: str | None, language: Language) -> str | None:
    """Return what a code of what went wrong says; None for one that is nobody's to read."""
    words = catalogue().get(code or "", {}).get(language)
    return None if words is None or "{" in words else words
