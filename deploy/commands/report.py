"""`shilu report`: the field's reports, computed from events and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deploy.demo.document import numbers_of
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.identity import Id, new_id
from domain.principal import Principal
from projections.contradictions import known as contradicted
from projections.contradictions.coverage import coverage
from projections.contradictions.found import found
from projections.engine.ask import Answers, MemoryAnswers
from projections.engine.fold import fold
from projections.engine.view import View
from projections.finding import told
from projections.indicators import INDICATOR, indicators
from projections.midterm import gather, midterm, printed
from projections.progress import amount_of, figure
from projections.projects import PROJECT, projects
from projections.retained import documents_of_lines, retained
from projections.signals import work as signs
from projections.signals.found import answer

command = typer.Typer(help="Reports / 报表", no_args_is_help=True)
SYSTEM = Principal(actor=new_id(), role="system")

Key = Annotated[str, typer.Option("--project", help="the project's key, for example fuyuan")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="work done up to this day"),
]
CutOff = Annotated[
    datetime | None,
    typer.Option("--cutoff", formats=["%Y-%m-%d"], help="a date before which to look closely"),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Explain = Annotated[
    str | None, typer.Option("--explain", help="list the events behind a line, for example B08")
]


@command.callback()
def reports() -> None:
    """Keep `report` a group."""


@command.command("midterm")
def print_midterm(
    project: Key, as_json: AsJson = False, explain: Explain = None, as_of: AsOf = None
) -> None:
    """Print the two tables of the mid-term report (中期自评), or the events behind a line."""
    day = as_of.date() if as_of else None
    with house(read_settings()) as built:
        ledger = find_project(built, project)
        answers = replayed(built, ledger)
        until = day or built.clock.now().date()
        made = (
            midterm_tables(answers, ledger, until)
            if explain is None
            else explained(answers, ledger, explain, until)
        )
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=1, default=str))
    else:
        show(made)


@command.command("differences")
def print_differences(project: Key, as_json: AsJson = False, as_of: AsOf = None) -> None:
    """Print what a report and its records say against each other (填报数与核算数差异)."""
    with house(read_settings()) as built:
        ledger = find_project(built, project)
        answers = replayed(built, ledger, contradicted.VIEWS)
        day = as_of.date() if as_of else built.clock.now().date()
        made = compared(contradicted.known(answers, ledger, day))
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=1, default=str))
    else:
        show_findings(
            (" ".join(one["document"]) or one["code"], one) for one in made["contradictions"]
        )


def compared(known: contradicted.Known) -> dict[str, Any]:
    """Return every claim that differs, every contradiction, and the matrix of coverage.

    Of the demonstration, `document` says which of its document's contradictions each is.
    """
    demonstration = known.project is not None and known.project["demonstration"]
    return {
        "differences": [msgspec.to_builtins(one) for one in known.differences],
        "contradictions": [
            {"document": numbers_of(one) if demonstration else [], **told(one)}
            for one in found(known)
        ],
        "coverage": coverage(known),
    }


@command.command("signals")
def print_signals(
    project: Key, as_json: AsJson = False, as_of: AsOf = None, cutoff: CutOff = None
) -> None:
    """Print what is worth asking about in a project's records; no verdict (值得了解的情况)."""
    with house(read_settings()) as built:
        ledger = find_project(built, project)
        answers = replayed(built, ledger, signs.VIEWS)
        day = as_of.date() if as_of else built.clock.now().date()
        dates = [cutoff.date()] if cutoff else []
        work = signs.read(answers, signs.Place(project=ledger), day, cutoffs=dates)
        made = answer(work)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=1, default=str))
    else:
        said = ", ".join(f"{days}: {records}" for days, records in made["lag_days"].items())
        typer.echo(f"间隔天数：条数 / days late: records  {said}")
        show_findings((one["code"], one) for one in made["findings"])


def show_findings(findings: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Print findings for people, each under a title."""
    for title, one in findings:
        typer.secho(title, bold=True)
        for language in ("zh", "en"):
            typer.echo(f"  {one['words'][language]}")
        typer.echo(f"  {len(one['events'])} 条记录 / records")


def find_project(built: House, key: str) -> Id:
    """Return the project of a key, once the views know all that was recorded.

    Exits with 2 when there is none, or one with several operators.
    """
    built.catch_up()
    with built.asking.within(SYSTEM) as answers:
        found = answers.rows(PROJECT, where={"slug": key})
    if len(found) != 1:
        typer.echo(f"没有找到项目 / no such project: {key}", err=True)
        raise typer.Exit(2)
    return str(found[0]["project"])


def replayed(
    built: House, ledger: Id, views: tuple[View, ...] = (projects, indicators, retained)
) -> Answers:
    """Return the project's rows, folded from its ledger alone."""
    rows, _ = fold(views, built.journal.read_ledger(ledger))
    return MemoryAnswers(rows, SYSTEM)


def midterm_tables(answers: Answers, ledger: Id, day: date) -> dict[str, Any]:
    """Return both tables and their totals."""
    documents = documents_of_lines(answers, ledger)
    return printed(midterm(gather(answers, ledger, day)), documents)


def explained(answers: Answers, ledger: Id, line: str, day: date) -> dict[str, Any]:
    """Return the events behind each figure of a line, which add up to it."""
    of_line = answers.rows(INDICATOR, where={"line": line, "ledger": ledger}, order=("position",))
    return {
        "line": line,
        "indicators": [_behind(answers, indicator, day) for indicator in of_line],
    }


def _behind(answers: Answers, indicator: dict[str, Any], day: date) -> dict[str, Any]:
    rows = figure(answers, indicator["indicator"], until=day)
    return {
        "code": indicator["code"],
        "measure": indicator["measure"],
        "unit": indicator["unit"],
        "total": amount_of(indicator["measure"], rows),
        "events": [
            {name: row[name] for name in ("event", "day", "kind", "subject", "amount")}
            for row in rows
        ],
    }


def show(made: dict[str, Any]) -> None:
    """Print tables for people: each list of rows as a table."""
    console = Console()
    for title, rows in _lists(made):
        table = Table(title=title)
        for name in rows[0] if rows else ():
            table.add_column(name)
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        console.print(table)
    if "totals" in made:
        console.print(made["totals"])


def _lists(made: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    if "indicators" in made:
        figures = made["indicators"]
        return [
            (f"{one['code']} = {one['total']}", one["events"]) for one in figures if one["events"]
        ]
    return [("A", made["table_a"]), ("B", made["table_b"])]
