"""How reports look on a terminal: tables that fit it, in the words of the field, not cut off."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.findings import said, shown, words_of
from projections.naming import named

Row = dict[str, Any]
FEW = 10
"""How many records of a finding are printed; JSON has them all."""


def heading(name: str) -> dict[str, str]:
    """Return what a report says under a name, in both languages."""
    return words_of("report")[name]


def both(name: str) -> str:
    """Return a heading in both languages, one above the other."""
    words = heading(name)
    return f"{words['zh']}\n{words['en']}"


def tell(made: Any, show: Callable[[Any], None], *, as_json: bool, invented: bool) -> None:
    """Print as JSON or for people, who are told first when all of it is invented."""
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=1, default=str))
        return
    if invented:
        typer.secho(said("report", "demonstration"), bold=True)
    show(made)


def terminal() -> Console:
    """Return a console that takes nothing in a text for a command: bundles come from others."""
    return Console(markup=False, emoji=False, highlight=False)


def show_midterm(made: Row) -> None:
    """Print both tables of the mid-term report, and their totals."""
    table_a = _table("table_a", "id", "item", "planned", "actual", "unit", "share", "status")
    extra = made.get("extra", {})
    for row in made["table_a"]:
        beside = extra.get(row["id"], {})
        status = "\n".join(map(_cell, _standing(row, beside)))
        place = "\n".join(_cell(row[name]) for name in ("id", "code") if name in row)
        said = (row[name] for name in ("item", "planned", "actual", "unit"))
        share = _share(beside.get(f"by_midterm_{_place(row)}", row["actual"]), row["planned"])
        table_a.add_row(place, *map(_cell, said), share or "–", status)
    table_b = _table("table_b", "id", "item", "times", "person_times", "kept")
    for row in made["table_b"]:
        table_b.add_row(
            _cell(row["id"]), _item(row), *_columns(row, extra.get(row["id"], {})),
            "、".join(map(_cell, row["retained_documents"])),
        )  # fmt: skip
    console = terminal()
    console.print(table_a, table_b)
    _show_totals(made["totals"], made["table_b"])


def _place(row: Row) -> str:
    """Return the column under which a line of table A is told of beside the table."""
    return f"count:{row['code']}" if "code" in row else "count"


def _standing(row: Row, beside: Row) -> Iterator[str]:
    """Yield how a line stands: in a word, what was done by a mid-term that is past, whether above
    its range, and each month that is due."""
    words, status, place = heading("statuses"), str(row["status"]), _place(row)
    yield words.get(status, status)
    if f"by_midterm_{place}" in beside:
        yield words["by_midterm"].format(amount=beside[f"by_midterm_{place}"])
    if beside.get(f"reached_{place}") == "over":
        yield words["over"]
    yield from map(_month, beside.get(f"months_{place}", ()))


def _item(row: Row) -> str:
    """Name a line of table B as it was done, and as it was planned where that differs."""
    planned, actual = row["planned_name"], row["actual_name"]
    name = shown(actual or planned or "")
    if planned and actual and planned != actual:
        name += f"\n{heading('planned_as')['zh'].format(name=shown(planned))}"
    return name if row["in_scope"] else f"{name} ※"


def _columns(row: Row, extra: Row) -> tuple[str, str]:
    """Return times and person-times; what the document has no column for stands with the times."""
    told = row | extra
    beside = [name.removeprefix("actual_") for name in extra if name.startswith("actual_")]
    times = [_pair(told, "times"), *(f"{_name(each)}\n{_pair(told, each)}" for each in beside)]
    return "\n".join(filter(None, times)), _pair(told, "person_times")


def _name(column: str) -> str:
    """Name a column, and after a colon the indicator that it is the second of there."""
    name, *code = column.split(":")
    return shown("\n".join((named("column", name, "zh"), *code)))


def _pair(told: Row, what: str) -> str:
    """Return what was done and what was due of it, how much that is in percent, and each month."""
    if what in told:
        return _cell(told[what])
    actual, planned = told.get(f"actual_{what}"), told.get(f"planned_{what}")
    if actual is None and planned is None:
        return ""
    share = _share(told.get(f"by_midterm_{what}", actual), planned)
    months = map(_month, told.get(f"months_{what}", ()))
    return "\n".join(filter(None, (f"{_cell(actual)} / {_cell(planned)}", share, *months)))


def _month(month: Row) -> str:
    due = "–".join(map(str, month["planned"]))
    mark = "" if month["ended"] or month["reached"] != "short" else " …"
    return f"{month['month']} {month['actual']} / {due}{mark}"


def _share(actual: Any, planned: Any) -> str:
    """Return how much of a number was done, in percent rounded half up; else nothing is said."""
    if not isinstance(actual, int | float) or not isinstance(planned, int | float) or not planned:
        return ""
    tenths = floor(Fraction(str(actual)) / Fraction(str(planned)) * 1000 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}%"


def _cell(value: Any) -> str:
    return "–" if value is None else shown(str(value))


def _show_totals(totals: Row, lines: Sequence[Row]) -> None:
    """Print the totals and their parts, which add up; a plan stands beside the work of the lines
    that have one, and no other."""
    for what in ("times", "person_times"):
        actual, planned = totals[f"like_for_like_{what}"]
        whole, outside = totals[f"actual_{what}"], totals[f"out_of_scope_{what}"]
        unplanned = [
            str(line["id"])
            for line in lines
            if line["in_scope"] and line[f"actual_{what}"] and line[f"planned_{what}"] is None
        ]
        values = {
            "all": whole,
            "outside": outside,
            "actual": actual,
            "planned": planned,
            "share": _share(actual, planned) or "–",
            "rest": whole - actual - outside,
            "lines": shown(", ".join(unplanned)) or "–",
        }
        for text in heading(f"total_{what}").values():
            typer.echo(text.format(**values))
    for text in (*heading("total_minutes").values(), *heading("out_of_scope").values()):
        typer.echo(text.format(minutes=totals["home_service_minutes"]))


def show_behind(made: Row, names: Mapping[str, str] | None = None) -> None:
    """Print the events behind each figure of a line, or behind each station's part of one."""
    console = terminal()
    for one in made["indicators"]:
        table = _table(None, "event", "day", "kind", "amount")
        table.title = shown(_heading(one))
        if "station" in one:
            whose = (names or {}).get(one["station"], one["station"]) or both("no_station")
            table.title = f"{shown(whose)}\n{table.title}"
        table.columns[0].no_wrap = True
        for row in one["events"]:
            of = (_cell(named("code", row["kind"], "zh")), _cell(row["amount"]))
            whom = f"\n  {_cell(row['subject'])}" if row["subject"] else ""
            table.add_row(f"{_cell(row['event'])}{whom}", _cell(row["day"]), *of)
        console.print(table)


def _heading(one: Row) -> str:
    """Name a figure with its amount; of what is declared in words, those, and the records of it."""
    if one.get("qualitative"):
        return heading("declared")["zh"].format(
            code=one["code"], said=one["said"] or "–", records=len(one["events"])
        )
    return f"{one['code']} = {one['total']} {one['counted_in'] or ''}".rstrip()


def show_differences(made: Row, records: Mapping[str, Row]) -> None:
    """Print for people the claims that differ, then what is contradicted and by what.

    A contradiction stands under its number in the document and its title.
    """
    table = _table("claims", "id", "said", "counted", "explanation")
    for one in (each for each in made["differences"] if each["claim"]):
        counted = "、".join(map(_in_unit, one["counted"])) or both("uncounted")
        said = shown(one["words"]) if one["words"] else _in_unit(one["said"])
        table.add_row(_cell(one["line"]), said, counted, _explanation(one))
    if table.rows:
        terminal().print(table)
    show_findings(((" ".join(one["document"]), one) for one in made["contradictions"]), records)
    show_untold(made)


def _in_unit(figure: Row) -> str:
    return shown(f"{figure['value']} {figure['unit']}".rstrip())


def _explanation(one: Row) -> str:
    """Tell how a claim is explained: not at all, of another count than today's, or as it stands."""
    if one["explanation"] is None:
        return both("unexplained")
    said = shown(one["explanation"])
    return said if one["explained"] else f"{both('outdated')}\n{said}"


def show_signals(made: Row, records: Mapping[str, Row]) -> None:
    """Print signals for people, after how late records were written."""
    late = ", ".join(f"{days}: {records}" for days, records in made["lag_days"].items())
    typer.echo(said("report", "days_late", late=late))
    show_findings((("", one) for one in made["findings"]), records)
    show_untold(made)


def show_untold(made: Row) -> None:
    """Print what was not looked for, since other ledgers would have to tell."""
    for one in made["not_known"]:
        typer.echo(f"※ {one['words']['zh']}\n  {one['words']['en']}")


def show_findings(findings: Iterable[tuple[str, Row]], records: Mapping[str, Row]) -> None:
    """Print findings for people, each under its title, after a number where it has one.

    Whom it is about and the first of its records follow by their ids, each record with its day and
    whoever wrote it.
    """
    for number, one in findings:
        title = f"{one['title']['zh']} / {one['title']['en']} ({one['code']})"
        typer.secho(shown(f"{number} {title}".lstrip()), bold=True)
        for language in ("zh", "en"):
            typer.echo(f"  {shown(one['words'][language])}")
        for whom in one.get("about", ()):
            kind = heading("about").get(whom["kind"], whom["kind"])
            typer.echo(shown(f"  {kind} {whom['id']}"))
        typer.echo(f"  {said('report', 'records', count=len(one['events']))}")
        for event in one["events"][:FEW]:
            typer.echo(f"    {_record(event, records.get(event))}")
        if len(one["events"]) > FEW:
            for text in heading("more_records").values():
                typer.echo(f"    {text.format(count=len(one['events']) - FEW)}")


def _record(event: str, row: Row | None) -> str:
    """Name a record, with its day and whoever wrote it where it is at hand."""
    if row is None:
        return shown(event)
    return shown(f"{row['day']}  {event}  {said('report', 'written_by')} {row['actor']}")


def _table(title: str | None, *columns: str) -> Table:
    table = Table(title=None if title is None else said("report", title))
    for name in columns:
        number = name in ("planned", "actual", "times", "person_times", "amount")
        table.add_column(
            both(f"column_{name}"), overflow="fold", justify="right" if number else "left"
        )
    return table
