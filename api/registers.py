"""What the registers' pages share: spans without an end, and no more of a birth than its year."""

from __future__ import annotations

from api.questions import Page
from projections.registers import HIDDEN
from projections.spans import OPEN


def open_ended(page: Page) -> Page:
    """Return a page as people read it: what goes on has no last day."""
    never = OPEN.isoformat()
    items = [
        {name: None if value == never else value for name, value in item.items()}
        for item in page.items
    ]
    return page.model_copy(update={"items": items})


def without_births(page: Page) -> Page:
    """Return a page of people, with the year of birth only."""
    shown = open_ended(page)
    items = [
        {name: value for name, value in item.items() if name not in HIDDEN} for item in shown.items
    ]
    return shown.model_copy(update={"items": items})
