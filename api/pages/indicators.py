"""Indicators: plan, actual and pace of each project, opening down to the deliveries behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.commands import Uuid
from api.pages.beside import named
from api.pages.outside import outside
from api.pages.progress import BEHIND, Overview, TargetLine, overview, overviews, terms
from api.pages.reader import KnownAt, Reading, Turn, turned
from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION, OUT_OF_SCOPE, PROGRESS, TARGET, UNCERTAIN
from projections.pace import paces
from projections.progress import as_counted, same_subjects
from projections.side_by_side import by_station

router = APIRouter()
PAGE = 50
Show = Literal["all", "behind"]


@router.get("/indicators")
def list_projects(reader: Reading, at: KnownAt = None) -> Response:
    """Every project in the reader's scope; where there is one, its page at once."""
    found = overviews(reader, at)
    if len(found) == 1:
        page = f"/projects/{found[0].project['project']}"
        query = f"?{reader.request.url.query}" if at else ""
        return RedirectResponse(page + query, status_code=303)
    return reader.page("projects.html", overviews=found, at=at)


@router.get("/projects/{project}")
def project_page(
    project: Uuid, reader: Reading, at: KnownAt = None, show: Show = "all"
) -> Response:
    """One project: each indicator's plan, actual and pace, and what no goal names."""
    found = overview(reader, project, at)
    with reader.asked.at(at).answers() as answers:
        beside = outside(answers, project, found.day)
    lines = [line for line in found.lines if show == "all" or line.state in BEHIND]
    return reader.page(
        "project.html",
        found=found,
        groups=_groups(found, lines),
        outside=beside,
        show=show,
        at=at,
        demonstration=found.project["demonstration"],
    )


@router.get("/projects/{project}/out-of-scope")
def outside_page(
    project: Uuid,
    reader: Reading,
    at: KnownAt = None,
    cursor: Turn = None,
    show: Literal["services", "uncounted"] = "services",
) -> Response:
    """What no goal of the contract names, one by one: services, or what no indicator counts."""
    bounds = {"since" if show == "services" else "until": {"indicators": int(show == "services")}}
    found = terms(reader, project, at)
    with reader.asked.at(at).answers() as answers:
        rows, next = turned(
            answers, OUT_OF_SCOPE, {"ledger": project}, ("day",), cursor, PAGE, **bounds
        )
    return reader.page(
        "outside.html",
        project=found,
        show=show,
        rows=rows,
        next=next,
        at=at,
        demonstration=found["demonstration"],
    )


@router.get("/projects/{project}/indicators/{indicator}")
def indicator_page(
    project: Uuid,
    indicator: Uuid,
    reader: Reading,
    at: KnownAt = None,
    cursor: Turn = None,
    station: Uuid | Literal["none"] | None = None,
) -> Response:
    """One figure: its targets and when they were set, its months, and every part of it.

    `station` shows the records of one station alone, or of none.
    """
    found = overview(reader, project, at)
    lines = [line for line in found.lines if line.indicator["indicator"] == indicator]
    if not lines:
        raise NOT_FOUND("indicator")
    where: dict[str, Any] = {"ledger": project, "indicator": indicator}
    whose = where if station is None else where | {"station": _of_station(station)}
    with reader.asked.at(at).answers() as answers:
        parts, next = turned(answers, CONTRIBUTION, whose, ("day",), cursor, PAGE)
        rows = as_counted(parts, same_subjects(answers, project))
        targets = answers.rows(TARGET, where=where, order=("position",))
        deliveries = answers.total(PROGRESS, "events", where=where)
        doubted = answers.rows(UNCERTAIN, where=whose, order=("day",), descending=True, limit=PAGE)
        (apart,) = by_station(answers, project, found.day, indicators=(indicator,))
    return reader.page(
        "indicator.html",
        found=found,
        lines=lines,
        one=lines[0].one,
        months=_months(found, lines),
        targets=targets,
        rows=rows,
        next=next,
        deliveries=deliveries,
        doubted=doubted,
        apart=apart,
        stations=named(reader, [part.station for part in apart.parts]),
        part=None if station is None else apart.of(_of_station(station)),
        at=at,
        demonstration=found.project["demonstration"],
    )


def _of_station(station: str) -> Id | None:
    return None if station == "none" else station


@dataclass(frozen=True)
class FiguresOfGoal:
    """The figures of a goal, or of a table of the report, each with where its work is counted.

    `count` and `late` are of what is counted here: a line whose twin stands in another table is
    counted there.
    """

    goal: str | None
    table: str | None
    lines: list[tuple[TargetLine, str | None]]
    count: int
    late: int


def _groups(found: Overview, lines: Iterable[TargetLine]) -> list[FiguresOfGoal]:
    """Return the lines as the contract has them: by goal, and those of a report by its table."""
    heads = {id(line): item.lines[0] for item in found.items for line in item.lines}
    items = [(_place(item.lines[0]), item.state) for item in found.items]
    made, placed = [], defaultdict[tuple[str | None, str | None], list[TargetLine]](list)
    for line in lines:
        placed[_place(line)].append(line)
    for place, group in placed.items():
        states = [state for of, state in items if of == place]
        told = [(line, _counted_with(line, heads[id(line)])) for line in group]
        late = sum(state in BEHIND for state in states)
        made.append(FiguresOfGoal(*place, told, len(states), late))
    return made


def _place(line: TargetLine) -> tuple[str | None, str | None]:
    goal, table = line.indicator["goal"], line.indicator["report_table"]
    return (None, table) if table else (goal, None)


def _counted_with(line: TargetLine, head: TargetLine) -> str | None:
    """Return the printed line with which a line is counted; None of one that is counted itself."""
    own, other = (each.indicator["line"] for each in (line, head))
    return None if own == other else str(other)


def _months(found: Overview, lines: Sequence[TargetLine]) -> list[Row]:
    """Return what came in each month, with the light where the month has a target of its own."""
    told: dict[str, Row] = {
        month: {"month": month, "amount": amount, "owed": None, "light": None}
        for month, amount in lines[0].one.months.items()
    }
    for line in lines:
        if line.due is not None and line.monthly:
            for each in paces(found.project, line.one, line.due, found.day, found.thresholds):
                month, owed = each.period, each.target
                held = {"amount": each.actual, "owed": owed, "light": each.light}
                told[month] = {"month": month, **held}
    return [told[month] for month in sorted(told)]
