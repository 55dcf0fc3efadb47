"""Who is offered on a form as the one who approves what it writes."""

from __future__ import annotations

from api.pages.reader import Reader
from domain.identity import Id
from domain.refusals import ShiluError
from domain.staff import ADJUSTERS, APPROVING
from projections.engine.view import Row
from projections.staff import held_on

APPROVED_BY = "approved_by"
"""The field in which a form names them, as commands do."""
ADJUSTING = ("period.closed", "period.may_not_approve")
"""The refusals that ask who approves what changes in a closed period."""


def approvers(
    reader: Reader, operator: Id, station: Id | None, refused: ShiluError | None
) -> dict[Id, str]:
    """Return who of an operator's register may approve today but the reader, each with a role;
    none where it keeps no register here.

    In a closed period those are the station's supervisors, and quality leads.
    """
    asked = reader.asked.at(None)
    closed = refused is not None and refused.code in ADJUSTING
    where = {"operator": operator, "role": sorted(ADJUSTERS if closed else APPROVING)}
    with asked.answers() as answers:
        held = held_on(answers, asked.today, where)
    return {
        row["staff"]: row["role"]
        for row in held
        if row["staff"] != reader.actor
        and not (closed and station and _supervises_elsewhere(row, station))
    }


def _supervises_elsewhere(role: Row, station: Id) -> bool:
    return bool(role["role"] == "supervisor" and role["place"] != station)
