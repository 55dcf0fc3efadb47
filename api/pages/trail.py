"""The way back: from a record or a case to the page on which somebody opened it.

The browser says which page that was with the request, of our own pages whole; whoever came from
elsewhere goes back to the list.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

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
    rf"/projects/{ID}/stations": "project.way_stations",
    r"/indicators/compared": "beside.projects",
    rf"/projects/{ID}/contradictions": "project.way_contradictions",
    rf"/projects/{ID}/signals": "project.way_signals",
    rf"/projects/{ID}/changes": "project.way_changes",
    rf"/projects/{ID}/periods/[0-9-]+/[0-9-]+": "project.way_changes",
    rf"/evaluations/{ID}(/.*)?": "project.way_evaluations",
}
"""Pages that lead to records, and what they are called."""


BACK = "back"
"""By which name a page's own address keeps the way back, once the browser can tell it no more."""


def came_from(request: Request) -> tuple[str, str] | None:
    """Return the address of the page that led here, and its name; None where none of ours did.

    Whoever asked the page anew, in another language or as of another moment, comes from itself:
    then its address keeps the way, or the address before did.
    """
    kept = request.query_params.get(BACK)
    if kept is not None:
        return _ours(kept)
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    if not page.netloc or page.netloc != request.headers.get("Host"):
        return None
    if page.path == request.url.path:
        return _ours(dict(parse_qsl(page.query)).get(BACK, ""))
    return _ours(page.path + (f"?{page.query}" if page.query else ""))


def _ours(address: str) -> tuple[str, str] | None:
    """Return an address of a page of ours that leads to records, and its name."""
    try:
        page = urlsplit(address)
    except ValueError:
        return None
    name = next((name for path, name in PLACES.items() if re.fullmatch(path, page.path)), None)
    if name is None or page.scheme or page.netloc:
        return None
    # Who has chosen another language since is not led back into the one before.
    query = "&".join(each for each in page.query.split("&") if not each.startswith("lang="))
    return page.path + (f"?{query}" if query else ""), name
