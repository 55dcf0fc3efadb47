"""Figures side by side: a project's by station, and those of several projects (RP-17)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.commands import Uuid
from api.pages.language import short
from api.pages.progress import Overview, TargetLine, overviews, terms
from api.pages.reader import KnownAt, Reader, Reading
from domain.identity import Id
from projections.engine.view import Row
from projections.side_by_side import Beside, by_station, side_by_side, stations_of

router = APIRouter()


@router.get("/projects/{project}/stations")
def stations_page(project: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """Each figure of a project with the parts of its stations. Raises `not_found`."""
    found = terms(reader, project, at)
    asked = reader.asked.at(at)
    with asked.answers() as answers:
        figures = by_station(answers, project, asked.today)
    some = [one for one in figures if one.parts]
    return reader.page(
        "stations.html",
        project=found,
        figures=some,
        stations=named(reader, stations_of(some)),
        none=len(figures) - len(some),
        as_of=asked.today,
        at=at,
        demonstration=found["demonstration"],
    )


def named(reader: Reader, stations: list[Id | None]) -> list[tuple[Id | None, str | None]]:
    """Return stations with their names, by name; work of no station comes last and has none."""
    found = [
        (one, None if one is None else reader.stations.get(one, short(one))) for one in stations
    ]
    return sorted(found, key=lambda each: (each[1] is None, each[1] or ""))


@router.get("/indicators/compared")
def compared_page(reader: Reading, at: KnownAt = None) -> Response:
    """The indicators of the latest projects in the reader's scope, side by side."""
    found = overviews(reader, at)
    by_project = {each.project["project"]: each for each in found}
    lines = side_by_side(
        {
            id: list({line.indicator["indicator"]: line.one for line in each.lines}.values())
            for id, each in by_project.items()
        }
    )
    return reader.page(
        "compared.html",
        overviews=found,
        lines=[(line, _lines(line, by_project)) for line in lines if len(line.projects) > 1],
        alone=sum(len(line.projects) == 1 for line in lines),
        at=at,
    )


def _lines(line: Beside, by_project: dict[Id, Overview]) -> list[tuple[Row, list[TargetLine]]]:
    """Return each project that counts it, with its figure against each of its targets."""
    return [
        (
            by_project[id].project,
            [
                each
                for each in by_project[id].lines
                if each.indicator["indicator"] == one.indicator["indicator"]
            ],
        )
        for id, one in line.projects.items()
    ]
