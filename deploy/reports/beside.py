"""Figures side by side (RP-17): of a project by station (各站对照), of projects (各项目对照)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table

from api.pages.language import percent
from deploy.asked import AskedProject, LedgerKeeper, asked_of
from deploy.findings import said, shown
from deploy.reports.behind import behind, no_line, show_behind
from deploy.reports.options import (
    AsJson,
    AsOf,
    From,
    Handed,
    Key,
    KnownAt,
    asking,
    day_of,
    day_until,
    keeping,
    known_moment,
    one_project,
)
from deploy.reports.showing import Row, both, heading, marked, spread, tell, terminal
from domain.identity import Id
from projections.amounts import written
from projections.engine.ask import Answers
from projections.engine.view import View
from projections.indicators import indicators
from projections.progress import progress
from projections.project import PROJECT, projects
from projections.side_by_side import (
    ByStation,
    by_station,
    side_by_side,
    stations_of,
    told_beside,
    told_by_station,
)

INDICATORS: tuple[View, ...] = (projects, indicators)
"""The views that what is counted is asked of."""
Keys = Annotated[
    list[str] | None,
    typer.Option("--project", help="a project's key, once or several times; without, all"),
]
ExplainCode = Annotated[
    str | None,
    typer.Option("--explain", help="list the events behind an indicator, for example B08.times"),
]


def print_stations(
    project: Key = None,
    as_json: AsJson = False,
    explain: ExplainCode = None,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print a project's indicators by station (各站对照), or the events behind one of them."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        answers, until = asked.answers(INDICATORS, known), day_until(asked, since, as_of, known)
        found = by_station(answers, asked.project, until, day_of(since))
        names = asked.names_of(station for station in stations_of(found) if station is not None)
        if explain is None:
            made: dict[str, Any] = {"indicators": [told_by_station(one) for one in found]}
            show = partial(show_stations, names=names)
        else:
            made = behind_stations(answers, found, explain, until, day_of(since))
            show = partial(show_behind, names=names)
    tell(marked(made, asked.demonstration), show, as_json=as_json, invented=asked.demonstration)


def print_projects(
    project: Keys = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print the indicators of several projects side by side (各项目对照)."""
    figures, terms, invented = {}, [], []
    with keeping(bundle) as keeper:
        for asked in several_projects(keeper, project or []):
            known = known_moment(asked, known_at)
            answers = asked.answers(INDICATORS, known)
            until = day_until(asked, since, as_of, known)
            figures[asked.project] = progress(answers, asked.project, until, day_of(since))
            terms += answers.rows(PROJECT, where={"ledger": asked.project})
            invented.append(asked.demonstration)
    made = {
        "projects": [
            {name: row[name] for name in ("project", "slug", "number", "name")} for row in terms
        ],
        "figures": [told_beside(line) for line in side_by_side(figures)],
    }
    all_invented = bool(invented) and all(invented)
    tell(marked(made, all_invented), show_projects, as_json=as_json, invented=all_invented)


def several_projects(keeper: LedgerKeeper, keys: Sequence[str]) -> list[AskedProject]:
    """Return the projects of some keys; where none is named, all that are kept."""
    if keys:
        return [one_project(keeper, key) for key in dict.fromkeys(keys)]
    return [asked_of(keeper, row) for row in keeper.projects(None)]


def behind_stations(
    answers: Answers, found: Sequence[ByStation], code: str, day: date, since: date | None
) -> dict[str, Any]:
    """Return the events behind each station's part of an indicator, which make it up.

    Exits with 2 where the project has no such indicator.
    """
    one = next((each for each in found if each.indicator["code"] == code), None)
    if one is None:
        no_line(code, (each.indicator["code"] for each in found))
    return {
        "code": code,
        "adds_up": one.adds_up,
        "indicators": [
            {"station": part.station, **behind(answers, one.indicator, day, since, part)}
            for part in one.parts
        ],
    }


def show_stations(made: Row, names: Mapping[Id, str]) -> None:
    """Print each figure of a project with the parts of its stations; what nobody has is counted."""
    some = [one for one in made["indicators"] if one["stations"]]
    stations = list(dict.fromkeys(part["station"] for one in some for part in one["stations"]))
    table = _table("side_by_side", "whole", *(_name(station, names) for station in stations))
    for one in some:
        parts = {part["station"]: part for part in one["stations"]}
        mark = "" if one["adds_up"] else " ※"
        figures = (_figure(each, one["unit"]) for each in (one, *map(parts.get, stations)))
        table.add_row(_title(one["code"], one, mark), *figures)
    terminal().print(table)
    none = len(made["indicators"]) - len(some)
    for name in ("once_each",) * any(not one["adds_up"] for one in some) + ("nothing_counts",):
        for text in heading(name).values():
            typer.echo(text.format(count=none))


def show_projects(made: Row) -> None:
    """Print what projects count under one name, each with what is due of it."""
    projects = made["projects"]
    table = _table(
        "projects_beside", *(f"{shown(each['name'])}\n{shown(each['number'])}" for each in projects)
    )
    for line in made["figures"]:
        figures = {one["project"]: one for one in line["projects"]}
        table.add_row(
            _title(None, line, ""),
            *(_due(figures.get(each["project"]), line["unit"]) for each in projects),
        )
    terminal().print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=said("report", title))
    table.add_column(both("column_item"), overflow="fold")
    for name in columns:
        column = both(f"column_{name}") if name == "whole" else name
        table.add_column(column, overflow="fold", justify="right")
    return table


def _name(station: Id | None, names: Mapping[Id, str]) -> str:
    return both("no_station") if station is None else shown(names.get(station, station))


def _title(code: str | None, one: Row, mark: str) -> str:
    return shown(" ".join(filter(None, (code, one["name"], f"({one['unit'] or '–'})")))) + mark


def _figure(one: Row | None, unit: str | None) -> str:
    if one is None:
        return "–"
    return spread(
        one["total"], one["unnamed"], one["estimated"], lambda amount: written(amount, unit)
    )


def _due(one: Row | None, unit: str | None) -> str:
    """Write a project's figure with what is due of it and how much of that it is."""
    if one is None:
        return "–"
    due = (f"{_per(each)} {_planned(each)}" for each in one["due"])
    return "\n".join((_figure(one, unit), *due))


def _per(due: Row) -> str:
    return heading("per")[due["per"]]


def _planned(due: Row) -> str:
    if due["form"] == "words":
        return shown(due["words"])
    numbers = dict.fromkeys((due["low"], due["high"]))
    planned = "–".join(map(str, numbers))
    return planned if due["tenths"] is None else f"{planned} {percent(due['tenths'], 1000)}"
