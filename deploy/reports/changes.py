"""What changed between two moments, and what closed periods are adjusted by: by which events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from api.pages.language import LANGUAGES, Speech
from deploy.asked import READER
from deploy.findings import said, shown
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
    known_moment,
    moment_in,
)
from deploy.reports.showing import heading, marked, spread, tell, terminal
from domain.clock import SHANGHAI
from domain.journal.past import in_order
from projections.adjustments import adjusted
from projections.changes import Register, moved_cells, register_changes, report_changes
from projections.period import closings
from projections.project import projects

ELSEWHERE: frozenset[Register] = frozenset({"households", "organisations", "persons", "staff"})
"""Registers whose records lie in a station's or an operator's ledger, but for a few."""
Between = Annotated[
    tuple[str, str], typer.Option("--between", help="two moments, as for --known-at")
]
Rows = Annotated[Register | None, typer.Option("--register", help="compare its rows instead")]


def print_changes(
    between: Between,
    project: Key = None,
    register: Rows = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    bundle: Handed = None,
) -> None:
    """Print what changed between two moments in the mid-term report, or in one register."""
    with asking(project, bundle) as asked:
        first, last = (moment_in(asked, text, "--between") for text in between)
        in_order(day_of(since), day_of(as_of))
        made = (
            report_changes(
                asked.past, READER, asked.project, (first, last),
                day_until(asked, since, as_of, last), day_of(since),
            )
            if register is None
            else register_changes(
                asked.past, READER, asked.project, (first, last), register,
                (day_of(since), day_of(as_of)),
            )
        )  # fmt: skip
    if register in ELSEWHERE:
        words = heading("register_elsewhere")
        typer.echo(f"※ {words['zh']}\n  {words['en']}", err=True)
    told, invented = msgspec.to_builtins(made), asked.demonstration
    rows = isinstance(told, list)
    shown = [marked(row, invented) for row in told] if rows else marked(told, invented)
    tell(shown, show_changes, as_json=as_json, invented=invented)


def print_adjustments(
    project: Key = None, as_json: AsJson = False, known_at: KnownAt = None, bundle: Handed = None
) -> None:
    """Print each closing of a period as reported, as known now, and the adjustment (锁期调整)."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        rows = closings(asked.answers((projects,), known), asked.project)[::-1]
        until = asked.keeper.now if known is None else known
        made = [
            marked(
                msgspec.to_builtins(adjusted(asked.past, READER, asked.project, row, until)),
                asked.demonstration,
            )
            for row in rows
        ]
    tell(made, show_adjustments, as_json=as_json, invented=asked.demonstration)


def show_changes(told: Any) -> None:
    """Print changes for people: what changed, from what to what, and by which events."""
    console = terminal()
    changed = told["lines"] if isinstance(told, dict) else told
    for one in changed:
        fields = one["changes"] if "changes" in one else _cells(one)
        table = Table(title=shown(_title(one)))
        for column in ("", said("report", "before"), said("report", "after")):
            table.add_column(column, overflow="fold")
        for field in fields:
            sides = (_said(field["field"], field[name]) for name in ("before", "after"))
            table.add_row(shown(_field(field["field"])), *map(shown, sides))
        console.print(table)
        for event in one["events"]:
            why = event["reason"] or {"text": event["late_reason"] or ""}
            change = _both("change", event["change"])
            words = (_minute(event["recorded_at"]), event["event"], change, why["text"])
            typer.echo(shown(" ".join(("  ", *words)).rstrip()))
    if not changed:
        typer.echo(said("report", "nothing_changed"))


def _title(one: dict[str, Any]) -> str:
    """Name a line of the report as its table does, a row of a register by its key."""
    if "line" not in one:
        return " ".join(map(str, (one["table"], *one["key"].values())))
    line = one["after"] or one["before"]
    names = (line.get(name) for name in ("item", "actual_name", "planned_name"))
    return f"{one['line']} {next(filter(None, names), '')}".rstrip()


def _field(name: str) -> str:
    """Name a column of a register as records' fields are named, or else as columns are."""
    called = _both("field", name)
    return _both("column", name) if called == name else called


def _said(field: str, value: Any) -> str:
    """Write a value; a code by its names in both languages."""
    if isinstance(value, str):
        return _in_both(lambda speech: speech.value(field, value))
    return "" if value is None else str(value)


def _both(section: str, code: str) -> str:
    return _in_both(lambda speech: speech.word(section, code))


def _in_both(say: Callable[[Speech], str]) -> str:
    """Say something in both languages, and once where it has no name in either."""
    return " / ".join(dict.fromkeys(say(Speech(language)) for language in LANGUAGES))


def show_adjustments(told: Any) -> None:
    """Print closed periods for people: figures as reported, as known now, and what lies between."""
    console = terminal()
    for period in told:
        title = "\n".join((f"{period['first']} – {period['last']}", *_closing(period)))
        columns = ("indicator", "as_reported", "known_now", "adjustment")
        table = Table(*(said("report", column) for column in columns), title=title)
        for figure in period["figures"]:
            unit = figure["unit"] or ""
            sides = (f"{_come(figure, name)} {unit}" for name in ("as_reported", "known_now"))
            name = shown(f"{figure['code']} {figure['name']}")
            table.add_row(name, *map(shown, sides), f"{figure['adjustment']:+}")
        console.print(table)
    if not told:
        typer.echo(said("report", "none_closed"))


def _come(figure: dict[str, Any], side: str) -> str:
    return spread(figure[side], figure[f"{side}_unnamed"], figure[f"{side}_estimated"])


def _closing(period: dict[str, Any]) -> Iterator[str]:
    """Yield when a period was closed and opened again, and whether it was closed anew since."""
    for name, moment in (("closed", "recorded_at"), ("reopened", "reopened_at")):
        if period[moment] is not None:
            yield _text(f"changes.{name}", moment=_minute(period[moment]))
    if period["superseded_by"] is not None:
        yield _text("changes.superseded")


def _text(key: str, **values: str) -> str:
    return _in_both(lambda speech: speech.text(key, **values))


def _cells(line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what moved in a line of the report, each with its name, and what is kept of it."""
    for cell in moved_cells(line["before"], line["after"]):
        sides = {name: cell[name] for name in ("before", "after")}
        section = {"state": "status", "unit": "unit"}.get(cell["what"])
        if section is not None:
            sides = {name: code and _both(section, code) for name, code in sides.items()}
        column, what = (_both(*names) for names in (cell["called"], ("column", cell["what"])))
        yield {"field": f"{column} · {what}", **sides}
    kept = {
        name: "、".join((line[name] or {}).get("retained_documents", ()))
        for name in ("before", "after")
    }
    if kept["before"] != kept["after"]:
        yield {"field": said("report", "column_kept"), **kept}


def _minute(moment: str) -> str:
    """Write a moment in civil time, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
