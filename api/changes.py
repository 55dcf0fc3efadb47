"""Changes over HTTP: what a report or a register says at one moment and did not at an earlier one.

`compared_with` is the earlier moment, `known_at` the later one; without it, that is now.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import Query

from api.commands import Uuid
from api.paging import Cursor, Limit, plain_value
from api.questions import Asked, From, Page, Question, To
from api.routing import routes
from domain.journal.past import Moment
from domain.refusals import INVALID
from projections.adjustments import adjusted
from projections.changes import Register, register_changes, report_changes
from projections.period import chosen, closings_of

router = routes("changes")
ComparedWith = Annotated[
    str,
    Query(
        max_length=40,
        description="the earlier moment: a position, the end of a civil day, or an RFC 3339 time",
        examples=["2018-10-31"],
    ),
]
Closing = Annotated[
    Uuid | None,
    Query(description="an earlier closing of the same days; without one, the last"),
]


def _between(asked: Question, compared_with: str) -> tuple[Moment, Moment]:
    earlier = asked.reached(compared_with, "compared_with")
    return earlier, asked.known


@router.get("/projects/{project}/changes")
def list_report_changes(
    project: Uuid,
    asked: Asked,
    compared_with: ComparedWith,
    since: From = None,
    until: To = None,
) -> dict[str, Any]:
    """Read which lines of the mid-term report are not what they were, and by which events."""
    between = _between(asked, compared_with)
    asked.mark((project,))
    day = asked.last_day(since, until, project)
    found = report_changes(asked.parts.past, asked.principal, project, between, day, since)
    return {"position": asked.position, **plainly(found)}


@router.get("/projects/{project}/periods/{first}/{last}")
def read_closed_period(
    project: Uuid, first: date, last: date, asked: Asked, closing: Closing = None
) -> dict[str, Any]:
    """Read a closed period's figures: as they were reported, as known now, and the adjustment.

    With the events that moved each. A period that was opened again is read too. `closings` are all
    of the same days: held against is the last, or whichever is named.
    """
    with asked.answers() as answers:
        closings = closings_of(answers, project, (first, last))
    asked.mark((project,))
    period = chosen(closings, closing)
    found = adjusted(asked.parts.past, asked.principal, project, period, asked.known)
    return {"position": asked.position, **plainly(found), "closings": plainly(closings)}


@router.get("/ledgers/{ledger}/changes")
def list_register_changes(
    ledger: Uuid,
    asked: Asked,
    compared_with: ComparedWith,
    register: Register,
    since: From = None,
    until: To = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page:
    """Read which rows of a register are new, gone or changed in a ledger, and by which events."""
    between = _between(asked, compared_with)
    days = (since, until)
    found = register_changes(asked.parts.past, asked.principal, ledger, between, register, days)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
        raise INVALID("cursor", reason="cursor")
    first = int(cursor or 0)
    last = first + limit
    return Page(
        items=plainly(found[first:last]),
        next=str(last) if last < len(found) else None,
        position=asked.position,
        demonstrations=asked.mark((ledger,)),
    )


def plainly(found: Any) -> Any:
    """Return changes as JSON has them, through and through."""
    match found:
        case msgspec.Struct():
            return plainly(msgspec.structs.asdict(found))
        case dict():
            return {name: plainly(value) for name, value in found.items()}
        case list() | tuple():
            return [plainly(value) for value in found]
        case _:
            return plain_value(found)
