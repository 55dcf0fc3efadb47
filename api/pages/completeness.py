"""Documents for people (文书完整): what is missing in whose file, since when, and where it is kept.

It reckons nothing: what is demanded of a ledger on a day, and what is kept, is the completeness
that alerts and the API tell of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.commands import Uuid
from api.pages.reader import KnownAt, Reader, Reading
from domain.identity import Id
from projections.activity import HELD
from projections.activity import PLAN as ACTIVITY
from projections.case import CASE
from projections.completeness import completeness
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.group import GROUP
from projections.project import PROJECT

router = APIRouter()
PAGE = 50
MISSING = ("overdue", "due")
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]


@dataclass(frozen=True)
class Missing:
    """A document that is demanded and not kept: in whose file, and by when it was due."""

    file: Row
    form: Row
    days: int | None
    """How many days it is overdue; None where no day can be told."""


@dataclass(frozen=True)
class About:
    """What a file is about: its name, who answers for it, whom it is about, and its page."""

    name: str | None
    page: str | None
    worker: Id | None = None
    person: Id | None = None


@router.get("/completeness")
def completeness_page(
    reader: Reading,
    ledger: Annotated[Uuid | None, Query()] = None,
    station: Annotated[Uuid | None, Query()] = None,
    kind: Annotated[str, Query(max_length=100)] = "",
    at: KnownAt = None,
    number: Number = 1,
) -> Response:
    """What one ledger's files keep of what is demanded, and each document that is missing."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        ledgers = _ledgers(reader, answers)
        chosen = ledger or next(iter(ledgers), None)
        if chosen is None:
            return reader.page("completeness.html", chosen=None, ledgers=ledgers, at=at)
        today = asked.day_of(chosen)
        known = completeness(answers, chosen, today, station=station)
        missing = sorted(_missing(known["files"], kind, today), key=_place)
        shown = missing[(number - 1) * PAGE : number * PAGE]
        told = about(answers, {each.file["subject"] for each in shown})
    return reader.page(
        "completeness.html",
        chosen=chosen,
        ledgers=ledgers,
        station=station,
        wanted=kind,
        day_asked=today,
        sums=known["service_types"],
        missing=shown,
        count=len(missing),
        about=told,
        next=number + 1 if len(missing) > number * PAGE else None,
        at=at,
        demonstration=reader.invents(chosen),
    )


def _ledgers(reader: Reader, answers: Answers) -> Mapping[Id, str]:
    """Return the projects in the reader's scope, then the stations for their own work."""
    projects = answers.rows(PROJECT, order=("slug",))
    return {row["project"]: row["name"] for row in projects} | reader.stations


def _missing(files: Iterable[Row], kind: str, today: date) -> Iterable[Missing]:
    for file in files:
        if kind and file["service_type"] != kind:
            continue
        for form in file["forms"]:
            if form["state"] in MISSING:
                due = form["due_on"]
                days = (today - due).days if due is not None and due < today else None
                yield Missing(file, form, days)


def _place(one: Missing) -> tuple[Any, ...]:
    """Put what is longest overdue first, what nothing dates last."""
    due = one.form["due_on"] or date.max
    return one.form["state"] != "overdue", due, one.file["subject"], one.form["form"]


def about(answers: Answers, subjects: set[Id]) -> dict[Id, About]:
    """Return what the files are about that have a name or a page."""
    if not subjects:
        return {}
    wanted = sorted(subjects)
    told: dict[Id, About] = {}
    for row in answers.rows(ACTIVITY, where={"activity": wanted}):
        told[row["activity"]] = About(row["title"], f"/files/{row['activity']}")
    for row in answers.rows(HELD, where={"activity": wanted}):
        page = f"/records/{row['event']}"
        told[row["activity"]] = About(row["title"], page, worker=row["worker"])
    for row in answers.rows(GROUP, where={"group_id": wanted}):
        page = f"/groups/{row['group_id']}"
        told[row["group_id"]] = About(row["title"], page, worker=row["leader"])
    for row in answers.rows(CASE, where={"case_id": wanted}):
        told[row["case_id"]] = About(
            row["number"], f"/cases/{row['case_id']}", row["worker"], row["client"]
        )
    return told
