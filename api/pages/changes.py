"""What a project's report says now and did not say before, line by line, and by whose records."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.commands import Uuid
from api.pages.progress import terms
from api.pages.reader import KnownAt, Reader, Reading, civil_minute
from api.pages.records import written
from api.pages.telling import BOOKKEEPING, OFFICE
from domain.identity import Id
from projections.adjustments import adjusted
from projections.audit import AUDIT
from projections.changes import LineChange, moved_cells, report_changes
from projections.period import chosen, closings, closings_of
from projections.project import SUBMISSION

router = APIRouter()
BEFORE = timedelta(days=30)
"""How far is looked back from the last work, where no moment is named and no report handed in."""


def earlier(
    since: Annotated[str | None, Query(max_length=40, description="compared with then")] = None,
) -> datetime | None:
    """Read the earlier moment. Raises `invalid`."""
    return civil_minute(since, "since")


Earlier = Annotated[datetime | None, Depends(earlier)]


@router.get("/projects/{project}/changes")
def changes_page(
    project: Uuid, reader: Reading, since: Earlier = None, at: KnownAt = None
) -> Response:
    """Compare the two tables of the report at two moments; without one, with the last report."""
    named = terms(reader, project, at)
    # The minute that is going on is meant whole, as any that is named.
    asked, later = reader.asked.at(at), at or reader.now.replace(second=59, microsecond=999_999)
    handed_in = _handed_in(reader, project, at)
    first = since or handed_in or min(later, _last_work(reader, project, at) or later) - BEFORE
    backwards = first > later
    found: list[LineChange] = []
    if not backwards:
        between = (first, asked.known)
        found = report_changes(
            asked.parts.past, asked.principal, project, between, asked.today
        ).lines
    with asked.answers() as answers:
        closed = closings(answers, project)
    answer = reader.page(
        "changes.html",
        project=named,
        periods=closed[::-1],
        lines=[(line, list(moved_cells(line.before, line.after))) for line in found],
        backwards=backwards,
        since=first,
        handed_in=handed_in,
        at=at,
        demonstration=named["demonstration"],
    )
    answer.status_code = 422 if backwards else 200
    return answer


@router.get("/projects/{project}/periods/{first}/{last}")
def period_page(
    project: Uuid,
    first: date,
    last: date,
    reader: Reading,
    at: KnownAt = None,
    closing: Uuid | None = None,
) -> Response:
    """Show a closed period: as it was reported, as known now, and what made the adjustment.

    Held against is the last closing of its days, or whichever is named; all of them are listed.
    """
    named = terms(reader, project, at)
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        of_days = closings_of(answers, project, (first, last))
    row = chosen(of_days, closing)
    found = adjusted(asked.parts.past, asked.principal, project, row, asked.known)
    return reader.page(
        "period.html",
        project=named,
        period=found,
        closings=of_days[::-1],
        at=at,
        demonstration=named["demonstration"],
    )


def _last_work(reader: Reader, project: Id, at: datetime | None) -> datetime | None:
    """Return when work of a project was last written down: of one that is over, long ago."""
    with reader.asked.at(at).answers() as answers:
        rows = answers.rows(
            AUDIT,
            where={"ledger": project, "type": written(besides=(*BOOKKEEPING, *OFFICE))},
            order=("position",),
            descending=True,
            limit=1,
        )
    found: datetime | None = rows[0]["recorded_at"] if rows else None
    return found


def _handed_in(reader: Reader, project: Id, at: datetime | None) -> datetime | None:
    """Return when a report was last handed in."""
    with reader.asked.at(at).answers() as answers:
        rows = answers.rows(
            SUBMISSION, where={"ledger": project}, order=("recorded_at",), descending=True, limit=1
        )
    found: datetime | None = rows[0]["recorded_at"] if rows else None
    return found
