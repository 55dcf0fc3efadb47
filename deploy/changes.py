"""Changes as a terminal shows them: what, from what to what, and by which events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from domain.clock import SHANGHAI


def show_changes(told: Any) -> None:
    """Print changes for people: what changed, from what to what, and by which events."""
    console = Console()
    for one in told["lines"] if isinstance(told, dict) else told:
        fields = one["changes"] if "changes" in one else _cells(one["before"], one["after"])
        title = one.get("line") or f"{one['table']} {' '.join(map(str, one['key'].values()))}"
        table = Table("", "前 / before", "后 / after", title=title)
        for field in fields:
            sides = (field[name] for name in ("field", "before", "after"))
            table.add_row(*("" if side is None else str(side) for side in sides))
        console.print(table)
        for event in one["events"]:
            why = event["reason"] or {"text": event["late_reason"] or ""}
            words = (_minute(event["recorded_at"]), event["event"], event["change"], why["text"])
            typer.echo(" ".join(("  ", *words)).rstrip())


def _minute(moment: str) -> str:
    """Write a moment in civil time, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _cells(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return what differs in a line of the report, cell by cell."""
    was, now = ((line or {}).get("cells", {}) for line in (before, after))
    sides = [
        (f"{column} {name}", was.get(column, {}).get(name), now.get(column, {}).get(name))
        for column in sorted(was | now)
        for name in ("planned", "planned_text", "actual", "said", "state")
    ]
    return [{"field": name, "before": old, "after": new} for name, old, new in sides if old != new]
