"""The first page: what needs somebody today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import partial

from fastapi import APIRouter, Response

from api.pages.caseload import caseload
from api.pages.progress import overviews
from api.pages.reader import KnownAt, Reading
from api.pages.records import written
from api.pages.telling import BOOKKEEPING, OFFICE, with_telling
from domain.case_facts import CaseClosed
from domain.clock import SHANGHAI
from domain.event import topic_of
from projections.audit import AUDIT
from projections.engine.ask import Answers
from projections.engine.view import Row

router = APIRouter()
LATEST = 5
MOST = 6


@router.get("/")
def home(reader: Reading, at: KnownAt = None) -> Response:
    """Indicators that are behind, cases left alone, the latest records and changes; now, or as
    all this was known and due at a moment."""
    asked, found = reader.asked.at(at), overviews(reader, at)
    with asked.answers() as answers:
        latest = answers.rows(
            AUDIT,
            where={"type": written(besides=(*BOOKKEEPING, *OFFICE))},
            order=("position",),
            descending=True,
            limit=LATEST,
        )
        changed = answers.rows(
            AUDIT,
            where={"change": ("corrected", "voided", "reinstated")},
            order=("position",),
            descending=True,
            limit=LATEST,
        )
        find = asked.parts.records.find
        latest, changed = with_telling(latest, find), with_telling(changed, find)
        demonstrated = None
        if at is None and reader.only_demonstrations:
            demonstrated = _demonstrated(answers, (each.project for each in found), asked.today)
    return reader.page(
        "home.html",
        at=at,
        today=asked.today,
        latest=latest,
        changed=changed,
        demonstrated=demonstrated,
        overviews=found,
        cases=caseload(reader, at=at),
        most=MOST,
    )


def _demonstrated(answers: Answers, projects: Iterable[Row], today: date) -> datetime | None:
    """Return when there was most to see of a demonstration; None while its terms still run.

    That is before the last closing of a case but one, when several were open; without such, when
    the last work was written down. What was recorded after its terms, as a token or an export of
    today, is no work of its projects.
    """
    ended = max((project["last"] for project in projects), default=today)
    if ended >= today:
        return None
    until = {"recorded_at": datetime.combine(ended, time.max, SHANGHAI)}
    newest = partial(answers.rows, AUDIT, until=until, order=("position",), descending=True)
    closings = newest(where={"type": topic_of(CaseClosed)}, limit=2)
    if len(closings) == 2:
        before: datetime = closings[1]["recorded_at"] - timedelta(minutes=1)
        return before
    rows = newest(where={"type": written()}, limit=1)
    return rows[0]["recorded_at"] if rows else None
