"""The first page: what needs somebody today."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.caseload import caseload
from api.pages.progress import overviews
from api.pages.reader import KnownAt, Reading
from api.pages.records import written
from projections.audit import AUDIT

router = APIRouter()
LATEST = 5
MOST = 6


@router.get("/")
def home(reader: Reading, at: KnownAt = None) -> Response:
    """Indicators that are behind, cases left alone, the latest records and changes; now, or as
    all this was known and due at a moment."""
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        latest = answers.rows(
            AUDIT, where={"type": written()}, order=("position",), descending=True, limit=LATEST
        )
        changed = answers.rows(
            AUDIT,
            where={"change": ("corrected", "voided", "reinstated")},
            order=("position",),
            descending=True,
            limit=LATEST,
        )
    return reader.page(
        "home.html",
        at=at,
        today=asked.today,
        latest=latest,
        changed=changed,
        overviews=overviews(reader, at),
        cases=caseload(reader, at=at),
        most=MOST,
    )
