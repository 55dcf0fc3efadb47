"""The first page: what needs somebody today."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.caseload import caseload
from api.pages.progress import overviews
from api.pages.reader import Reading
from api.pages.records import written
from projections.audit import AUDIT

router = APIRouter()
LATEST = 5
MOST = 6


@router.get("/")
def home(reader: Reading) -> Response:
    """Indicators that are behind, cases left alone, the latest records and changes."""
    with reader.asked.answers() as answers:
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
        latest=latest,
        changed=changed,
        overviews=overviews(reader),
        cases=caseload(reader),
        most=MOST,
    )
