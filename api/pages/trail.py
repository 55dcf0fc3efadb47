"""The way back: from a record or a case to the page on which somebody opened it.

The browser says which page that was with the request, of our own pages whole; whoever came from
elsewhere goes back to the list.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fastapi import Request

ID = "[0-9a-f-]{36}"
PLACES = {
    r"/": "nav.home",
    r"/caseload": "caseload.title",
    rf"/cases/{ID}": "caseload.case",
    r"/records": "records.title",
    r"/registers/[a-z]+": "registers.title",
    r"/completeness": "completeness.title",
    rf"/persons/{ID}": "registers.one_persons",
    rf"/households/{ID}": "registers.one_households",
    rf"/groups/{ID}": "registers.one_groups",
    rf"/staff/{ID}": "registers.one_staff",
    rf"/files/{ID}": "files.file",
    r"/alerts": "alerts.title",
    rf"/alerts/{ID}": "alerts.title",
    r"/coverage(/members|/contacts)?": "coverage.title",
    rf"/projects/{ID}(/out-of-scope)?": "project.way_indicators",
    rf"/projects/{ID}/indicators/{ID}": "indicator.name",
    rf"/projects/{ID}/contradictions": "project.way_contradictions",
    rf"/projects/{ID}/signals": "project.way_signals",
    rf"/projects/{ID}/changes": "project.way_changes",
    rf"/projects/{ID}/periods/[0-9-]+/[0-9-]+": "project.way_changes",
    rf"/evaluations/{ID}(/.*)?": "project.way_evaluations",
}
"""Pages that lead to records, and what they are called."""


def came_from(request: Request) -> tuple[str, str] | None:
    """Return the address of the page that led here, and its name; None where none of ours did."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    if not page.netloc or page.netloc != request.headers.get("Host"):
        return None
    name = next((name for path, name in PLACES.items() if re.fullmatch(path, page.path)), None)
    if name is None or page.path == request.url.path:
        return None
    return page.path + (f"?{page.query}" if page.query else ""), name
