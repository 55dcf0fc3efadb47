"""The mid-term report (中期自评): its two tables, or the events behind a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Any

import typer

from api.pages.language import percent
from deploy.findings import shown
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
    known_moment,
)
from deploy.reports.showing import Row, cell, heading, marked, share, spread, table, tell, terminal
from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import View
from projections.indicators import INDICATOR, indicators
from projections.midterm import gather, midterm
from projections.midterm_printed import printed
from projections.naming import named
from projections.project import projects
from projections.retained import documents_of_lines, retained

MIDTERM: tuple[View, ...] = (projects, indicators, retained)
"""The views that the mid-term report asks."""
Explain = Annotated[
    str | None, typer.Option("--explain", help="list the events behind a line, for example B08")
]


def print_midterm(
    project: Key = None,
    as_json: AsJson = False,
    explain: Explain = None,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print the two tables of the mid-term report (中期自评), or the events behind a line."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        answers, until = asked.answers(MIDTERM, known), day_until(asked, since, as_of, known)
        if explain is None:
            # Read by programs, the tables have the document's keys and no other; people are told.
            made = midterm_tables(answers, asked.project, until, day_of(since))
        else:
            found = explained(answers, asked.project, explain, until, day_of(since))
            made = marked(found, asked.demonstration)
    tell(
        made,
        show_midterm if explain is None else show_behind,
        as_json=as_json,
        invented=asked.demonstration,
    )


def midterm_tables(
    answers: Answers, ledger: Id, day: date, since: date | None = None
) -> dict[str, Any]:
    """Return both tables and their totals."""
    documents = documents_of_lines(answers, ledger)
    return printed(midterm(gather(answers, ledger, day, since)), documents)


def explained(
    answers: Answers, ledger: Id, line: str, day: date, since: date | None = None
) -> dict[str, Any]:
    """Return the events behind each figure of a line, which add up to it.

    Exits with 2 where the report has no such line.
    """
    known = answers.rows(INDICATOR, where={"ledger": ledger}, order=("position",))
    of_line = [indicator for indicator in known if indicator["line"] == line]
    if not of_line:
        no_line(line, (each["line"] for each in known))
    return {
        "line": line,
        "indicators": [behind(answers, indicator, day, since) for indicator in of_line],
    }


def show_midterm(made: Row) -> None:
    """Print both tables of the mid-term report, and their totals."""
    table_a = table("table_a", "id", "item", "planned", "actual", "unit", "share", "status")
    extra = made.get("extra", {})
    for row in made["table_a"]:
        beside = extra.get(row["id"], {})
        status = "\n".join(map(cell, _standing(row, beside)))
        place = "\n".join(cell(row[name]) for name in ("id", "code") if name in row)
        come = _come(row["actual"], beside, _place(row))
        done = _share(row["actual"], row["planned"], beside, _place(row))
        said = (cell(row["item"]), cell(row["planned"]), come, cell(row["unit"]))
        table_a.add_row(place, *said, done or "–", status)
    table_b = table("table_b", "id", "item", "times", "person_times", "kept")
    for row in made["table_b"]:
        table_b.add_row(
            cell(row["id"]), _item(row), *_columns(row, extra.get(row["id"], {})),
            "、".join(map(cell, row["retained_documents"])),
        )  # fmt: skip
    console = terminal()
    console.print(table_a, table_b)
    _show_totals(made["totals"], made["table_b"])


def _come(actual: Any, told: Row, column: str) -> str:
    """Write what was done, by what is told beside it of those who are not known exactly."""
    return spread(actual, *(told.get(f"{name}_{column}", 0) for name in ("unnamed", "estimated")))


def _share(actual: Any, planned: Any, told: Row, column: str) -> str:
    """Return how much was done of what is due; of hours, by the minutes behind them."""
    tenths = told.get(f"tenths_{column}")
    if tenths is not None:
        return percent(tenths, 1000)
    return share(told.get(f"by_midterm_{column}", actual), planned)


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
    named_pairs = (f"{_name(each, told)}\n{_pair(told, each)}" for each in beside)
    times = [_pair(told, "times"), *named_pairs]
    return "\n".join(filter(None, times)), _pair(told, "person_times")


def _name(column: str, told: Row) -> str:
    """Name a column, and after a colon the indicator that it is the second of there.

    One of time is called by the unit in which it is told.
    """
    name, *code = column.split(":")
    unit = told.get(f"unit_{column}")
    called = named("unit", unit, "zh") if unit else named("column", name, "zh")
    return shown("\n".join((called, *code)))


def _pair(told: Row, what: str) -> str:
    """Return what was done and what was due of it, how much that is in percent, and each month."""
    if what in told:
        return cell(told[what])
    actual, planned = told.get(f"actual_{what}"), told.get(f"planned_{what}")
    if actual is None and planned is None:
        return ""
    done = _share(actual, planned, told, what)
    months = map(_month, told.get(f"months_{what}", ()))
    come = _come(actual, told, what)
    return "\n".join(filter(None, (f"{come} / {cell(planned)}", done, *months)))


def _month(month: Row) -> str:
    due = "–".join(map(str, month["planned"]))
    mark = "" if month["ended"] or month["reached"] != "short" else " …"
    return f"{month['month']} {month['actual']} / {due}{mark}"


def _show_totals(totals: Row, lines: Sequence[Row]) -> None:
    """Print the totals and their parts, which add up; a plan stands beside the work of the lines
    that have one, and no other."""
    for what in ("times", "person_times"):
        actual, planned = totals[f"like_for_like_{what}"]
        whole, outside = totals[f"actual_{what}"], totals[f"out_of_scope_{what}"]
        unplanned = [
            str(line["id"])
            for line in lines
            if line["in_scope"]
            and line[f"actual_{what}"]
            and not isinstance(line[f"planned_{what}"], int | float)
        ]
        values = {
            "all": spread(whole, estimated=totals.get(f"estimated_{what}", 0)),
            "outside": outside,
            "actual": actual,
            "planned": planned,
            "share": share(actual, planned) or "–",
            "rest": whole - actual - outside,
            "lines": shown(", ".join(unplanned)) or "–",
        }
        for text in heading(f"total_{what}").values():
            typer.echo(text.format(**values))
    for text in (*heading("total_minutes").values(), *heading("out_of_scope").values()):
        typer.echo(text.format(minutes=totals["home_service_minutes"]))
