"""Figures side by side as a terminal shows them: stations of a project, projects of an operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from typer import echo

from api.pages.language import percent
from deploy.findings import said, shown
from deploy.showing import both, heading, terminal
from domain.identity import Id
from projections.amounts import written

Row = dict[str, Any]


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
            echo(text.format(count=none))


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
    """Write a figure as pages do: of people not all of whom were named a range, an estimate 约."""
    if one is None:
        return "–"
    amount = written(one["total"], unit)
    if one["unnamed"]:
        amount += f"–{written(one['total'] + one['unnamed'], unit)}"
    return heading("estimated")["zh"].format(amount=amount) if one["estimated"] else amount


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
