"""Changes as a terminal shows them: what, from what to what, and by which events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer
from rich.table import Table

from deploy.findings import shown
from deploy.showing import terminal
from domain.clock import SHANGHAI
from projections.changes import moved_cells
from projections.naming import named

ADJUSTED = ("填报时\nas reported", "现知\nas known now", "调整\nadjustment")


def show_changes(told: Any) -> None:
    """Print changes for people: what changed, from what to what, and by which events."""
    console = terminal()
    for one in told["lines"] if isinstance(told, dict) else told:
        fields = one["changes"] if "changes" in one else _cells(one)
        title = one.get("line") or f"{one['table']} {' '.join(map(str, one['key'].values()))}"
        table = Table("", "前 / before", "后 / after", title=shown(title))
        for field in fields:
            sides = (field[name] for name in ("field", "before", "after"))
            table.add_row(*("" if side is None else shown(str(side)) for side in sides))
        console.print(table)
        for event in one["events"]:
            why = event["reason"] or {"text": event["late_reason"] or ""}
            words = (_minute(event["recorded_at"]), event["event"], event["change"], why["text"])
            typer.echo(shown(" ".join(("  ", *words)).rstrip()))


def show_adjustments(told: Any) -> None:
    """Print closed periods for people: figures as reported, as known now, and what lies between."""
    console = terminal()
    for period in told:
        title = f"{period['first']} – {period['last']}"
        columns = (
            "指标 / indicator",
            "填报时 / as reported",
            "现知 / as known now",
            "调整 / adjustment",
        )
        table = Table(*columns, title=title)
        for figure in period["figures"]:
            unit = figure["unit"] or ""
            sides = (f"{figure[name]} {unit}" for name in ("as_reported", "known_now"))
            name = shown(f"{figure['code']} {figure['name']}")
            table.add_row(name, *map(shown, sides), f"{figure['adjustment']:+}")
        console.print(table)
    if not told:
        typer.echo("没有结过账的期间 / no period has been closed")


def _cells(line: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what moved in a line of the report, each with its name."""
    found = moved_cells(line["before"], line["after"])
    return [{**cell, "field": f"{_named(cell['column'])} {_named(cell['what'])}"} for cell in found]


def _named(code: str) -> str:
    return named("column", code, "zh")


def _minute(moment: str) -> str:
    """Write a moment in civil time, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
