"""The events behind a figure, which make it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NoReturn

from deploy.findings import refuse, shown
from deploy.reports.showing import Row, both, cell, heading, spread, table, terminal
from projections.amounts import counted_in
from projections.engine.ask import Answers
from projections.indicators import STATUS
from projections.naming import named
from projections.progress import amount_of, doubts, figure, statuses_on
from projections.side_by_side import Part


def no_line(line: str, known: Iterable[str | None]) -> NoReturn:
    """Tell whoever typed the command which lines there are, and end it with 2."""
    lines = ", ".join(sorted({str(each) for each in known if each})) or "–"
    refuse("report", "no_line", line=line, lines=lines)


def behind(
    answers: Answers,
    indicator: dict[str, Any],
    day: date,
    since: date | None,
    part: Part | None = None,
) -> dict[str, Any]:
    """Return a figure with the events that make it up, and those of which somebody was not named.

    Of a station's `part`, those of that station.
    """
    rows = figure(answers, indicator["indicator"], since=since, until=day)
    doubted = doubts(answers, indicator["indicator"], since=since, until=day)
    if part is not None:
        rows, doubted = (
            [row for row in each if row["station"] == part.station] for each in (rows, doubted)
        )
    statuses = answers.rows(STATUS, where={"indicator": indicator["indicator"]})
    declared = statuses_on(statuses, day).get(indicator["indicator"])
    return {
        "code": indicator["code"],
        "measure": indicator["measure"],
        "unit": indicator["unit"],
        "counted_in": counted_in(indicator["unit"]),
        "qualitative": indicator["qualitative"],
        "said": declared["words"] if indicator["qualitative"] and declared else None,
        "total": amount_of(indicator["measure"], rows),
        "unnamed": sum(row["unnamed"] for row in doubted),
        "estimated": sum(row["estimated"] for row in doubted),
        "events": [
            {name: row[name] for name in ("event", "day", "kind", "subject", "amount")}
            for row in rows
        ],
        "uncertain": [
            {name: row[name] for name in ("event", "day", "kind", "unnamed", "estimated")}
            for row in doubted
        ],
    }


def show_behind(made: Row, names: Mapping[str, str] | None = None) -> None:
    """Print the events behind each figure of a line, or behind each station's part of one."""
    console = terminal()
    for one in made["indicators"]:
        listed = table(None, "event", "day", "kind", "amount")
        listed.title = shown(_heading(one))
        if "station" in one:
            whose = (names or {}).get(one["station"], one["station"]) or both("no_station")
            listed.title = f"{shown(whose)}\n{listed.title}"
        listed.columns[0].no_wrap = True
        for row in one["events"]:
            of = (cell(named("code", row["kind"], "zh")), cell(row["amount"]))
            whom = f"\n  {cell(row['subject'])}" if row["subject"] else ""
            listed.add_row(f"{cell(row['event'])}{whom}", cell(row["day"]), *of)
        console.print(listed)


def _heading(one: Row) -> str:
    """Name a figure with its amount; of what is declared in words, those, and the records of it."""
    if one.get("qualitative"):
        return heading("declared")["zh"].format(
            code=one["code"], said=one["said"] or "–", records=len(one["events"])
        )
    counts = (one.get(name, 0) for name in ("total", "unnamed", "estimated"))
    return f"{one['code']} = {spread(*counts)} {one['counted_in'] or ''}".rstrip()
