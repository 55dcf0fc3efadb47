"""Figures side by side over HTTP (RP-17): a project's by station, and those of several projects."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from api.commands import Uuid
from api.questions import Asked, From, To
from api.routing import routes
from domain.refusals import NOT_FOUND
from projections.progress import progress
from projections.project import PROJECT
from projections.side_by_side import by_station, side_by_side, told_beside, told_by_station

router = routes("indicators")
MOST_PROJECTS = 20
Named = Annotated[
    list[Uuid] | None,
    Query(
        max_length=MOST_PROJECTS,
        description=f"these projects; default: the latest {MOST_PROJECTS} within one's scope",
    ),
]


@router.get("/projects/{project}/stations")
def read_by_station(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> list[dict[str, Any]]:
    """Read each indicator of a project by the stations whose work counts to it.

    Where it `adds_up`, the stations' parts are the figure. Where each person, household or leader
    counts once, whoever several stations met is in the part of each, and in `total` once: these
    parts are not to be added. Targets are the project's, no station has one of its own. A `station`
    of null is work that belongs to none; a station of which nothing counts is not named. Amounts
    are in `counted_in`; each part opens to `/indicators/{indicator}/contributions?station=`.
    """
    with asked.answers() as answers:
        found = by_station(answers, project, asked.last_day(since, until, project), since)
    return [told_by_station(one) for one in found]


@router.get("/progress")
def read_side_by_side(
    asked: Asked, project: Named = None, since: From = None, until: To = None
) -> list[dict[str, Any]]:
    """Read the indicators of several projects side by side.

    Figures of one name, measure and unit stand together. They are never added: each is held to what
    is `due` by its own contract, `low` and `high` in the target's own `unit`, and what a project
    has twice under one name stands in two entries.
    """
    with asked.answers() as answers:
        rows = answers.rows(
            PROJECT,
            where={"project": project} if project else {},
            order=("first",),
            descending=True,
            limit=MOST_PROJECTS,
        )
        if project and len(rows) < len(set(project)):
            raise NOT_FOUND("project")
        found = {
            id: progress(answers, id, asked.last_day(since, until, id), since)
            for id in (row["project"] for row in rows)
        }
    return [told_beside(one) for one in side_by_side(found)]
