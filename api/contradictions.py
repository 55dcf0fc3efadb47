"""Contradictions over HTTP: what a report and its records say against each other, and coverage."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.commands import Uuid
from api.questions import Asked, From, Question, To
from api.routing import routes
from domain.principal import Principal
from domain.refusals import NOT_FOUND
from projections.contradictions.coverage import coverage
from projections.contradictions.found import found
from projections.contradictions.known import Known, known
from projections.finding import told

router = routes("projects")

NOT_KNOWN = "Shilu-Not-Known"
"""Names what was not looked for: the answer would stand in a ledger that the asker may not see."""
STAFF_ELSEWHERE = "staff_elsewhere"
"""The code under which reports from a bundle say it as well."""


def knows_staff(principal: Principal) -> bool:
    """Say whether somebody may see who comes and goes: the operator's ledger tells it.

    Without it, that no change of the team is found (`team_changed`) means nothing.
    """
    return principal.ledger is None


def _known(asked: Question, project: str, since: date | None, until: date | None) -> Known:
    """Read what is known. Raises `not_found` where there is no such project."""
    with asked.answers() as answers:
        read = known(answers, project, asked.last_day(since, until, project), since)
    if read.project is None:
        raise NOT_FOUND("project")
    return read


@router.get("/projects/{project}/contradictions")
def list_contradictions(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> list[dict[str, Any]]:
    """Read what stands against what, in figures with their units, and the records behind it.

    Whose token opens the project's ledger alone is told nothing of the team: `Shilu-Not-Known:
    staff_elsewhere` says that `team_changed` was not looked for.
    """
    if not knows_staff(asked.principal):
        asked.headers[NOT_KNOWN] = STAFF_ELSEWHERE
    return [told(one) for one in found(_known(asked, project, since, until))]


@router.get("/projects/{project}/coverage")
def read_coverage(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> dict[str, Any]:
    """Read the matrix of goals, indicators, printed lines and records, and what stands alone."""
    return coverage(_known(asked, project, since, until))
