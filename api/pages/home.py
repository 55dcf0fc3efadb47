"""The first page: what needs somebody today."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.pages.reader import Reading
from api.pages.records import written
from projections.audit import AUDIT

router = APIRouter()
LATEST = 6


@router.get("/")
def home(reader: Reading) -> Response:
    """The latest records, and what was late or changed."""
    with reader.asked.live() as answers:
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
    return reader.page("home.html", latest=latest, changed=changed)
