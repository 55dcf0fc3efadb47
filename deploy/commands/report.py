"""`shilu report`: the field's reports, computed from events and from nothing else."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deploy.changes import show_changes
from deploy.demo.document import numbers_of
from deploy.handed import HandedProject, NotOneProjectError, handed_project, known_rows
from deploy.settings import read_settings
from deploy.wiring import House, house
from domain.identity import Id, new_id
from domain.journal.past import Moment, PastJournal, civil_day, moment_of, reached
from domain.principal import Principal
from domain.refusals import ShiluError
from projections.catalogue import VIEWS
from projections.changes import Register, register_changes, report_changes
from projections.contradictions import known as contradicted
from projections.contradictions.coverage import coverage
from projections.contradictions.found import found
from projections.engine.ask import Answers
from projections.engine.past import Past
from projections.engine.view import View
from projections.finding import told
from projections.indicators import INDICATOR, indicators
from projections.midterm import gather, midterm, printed
from projections.progress import amount_of, figure
from projections.project import PROJECT, projects
from projections.retained import documents_of_lines, retained
from projections.signals import work as signs
from projections.signals.found import answer

command = typer.Typer(help="Reports / 报表", no_args_is_help=True)
SYSTEM = Principal(actor=new_id(), role="system")
TEXTS = Path(__file__).parents[1] / "texts" / "report.toml"
MIDTERM: tuple[View, ...] = (projects, indicators, retained)
"""The views that the mid-term report asks."""

Key = Annotated[str, typer.Option("--project", help="the project's key, for example fuyuan")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="work done up to this day"),
]
OneKey = Annotated[
    str | None, typer.Option("--project", help="the project's key; a bundle of one needs none")
]
Handed = Annotated[
    Path | None, typer.Option("--bundle", help="from a bundle's records alone, with no database")
]
CutOff = Annotated[
    datetime | None,
    typer.Option("--cutoff", formats=["%Y-%m-%d"], help="a date before which to look closely"),
]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="work done on this day or later"),
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="as known at a position, the end of a day, or a zoned time"),
]
Between = Annotated[
    tuple[str, str], typer.Option("--between", help="two moments, as for --known-at")
]
Rows = Annotated[Register | None, typer.Option("--register", help="compare its rows instead")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Explain = Annotated[
    str | None, typer.Option("--explain", help="list the events behind a line, for example B08")
]


def _day(named: datetime | None) -> date | None:
    return None if named is None else named.date()


def moment(text: str) -> Moment:
    """Read a moment on the command line."""
    with refusing():
        return moment_of(text)


@contextmanager
def refusing() -> Iterator[None]:
    """Tell whoever typed the command what is refused of it; exits with 2."""
    try:
        yield
    except ShiluError as error:
        raise typer.BadParameter(f"{error.text('zh')} {error.text('en')}") from error


def check_reached(built: House, *moments: Moment | None) -> None:
    """Refuse a position that the journal has not reached; exits with 2."""
    head = built.journal.max_notification_id() or 0
    with refusing():
        for each in moments:
            if each is not None:
                reached(each, head, "known_at")


@command.callback()
def reports() -> None:
    """Keep `report` a group."""


@command.command("midterm")
def print_midterm(
    project: OneKey = None,
    as_json: AsJson = False,
    explain: Explain = None,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print the two tables of the mid-term report (中期自评), or the events behind a line."""
    known = None if known_at is None else moment(known_at)
    if bundle is None:
        if project is None:
            raise typer.BadParameter("--project / --bundle")
        with house(read_settings()) as built:
            check_reached(built, known)
            ledger = find_project(built, project)
            answers, now = replayed(built, ledger, moment=known), built.clock.now()
            invented = is_invented(built, ledger)
    else:
        handed = from_bundle(bundle, project, known)
        ledger, answers, now = handed.project, handed.answers, handed.made_at
        invented = handed.demonstration
    until = _day(as_of) or civil_day(known, now)
    if explain is None:
        # Read by programs, the tables have the document's keys and no other; people are told.
        made = midterm_tables(answers, ledger, until, _day(since))
    else:
        made = marked(explained(answers, ledger, explain, until, _day(since)), invented)
    tell(made, show, as_json=as_json, invented=invented)


@command.command("differences")
def print_differences(
    project: Key,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
) -> None:
    """Print what a report and its records say against each other (填报数与核算数差异)."""
    known = None if known_at is None else moment(known_at)
    with house(read_settings()) as built:
        check_reached(built, known)
        ledger = find_project(built, project)
        answers = replayed(built, ledger, contradicted.VIEWS, known)
        day = _day(as_of) or civil_day(known, built.clock.now())
        made = compared(contradicted.known(answers, ledger, day, _day(since)))
        invented = is_invented(built, ledger)
    tell(marked(made, invented), show_differences, as_json=as_json, invented=invented)


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
    project: Key,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    cutoff: CutOff = None,
    known_at: KnownAt = None,
) -> None:
    """Print what is worth asking about in a project's records; no verdict (值得了解的情况)."""
    known = None if known_at is None else moment(known_at)
    with house(read_settings()) as built:
        check_reached(built, known)
        ledger = find_project(built, project)
        answers = replayed(built, ledger, signs.VIEWS, known)
        day = _day(as_of) or civil_day(known, built.clock.now())
        dates = [cutoff.date()] if cutoff else []
        work = signs.read(answers, signs.Place(project=ledger), day, _day(since), dates)
        made, invented = answer(work), is_invented(built, ledger)
    tell(marked(made, invented), show_signals, as_json=as_json, invented=invented)


def show_differences(made: dict[str, Any]) -> None:
    """Print contradictions for people, each under its number in the document or its code."""
    show_findings((" ".join(one["document"]) or one["code"], one) for one in made["contradictions"])


def show_signals(made: dict[str, Any]) -> None:
    """Print signals for people, after how late records were written."""
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


@command.command("changes")
def print_changes(
    project: Key,
    between: Between,
    register: Rows = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
) -> None:
    """Print what changed between two moments in the mid-term report, or in one register."""
    first, last = map(moment, between)
    with house(read_settings()) as built, refusing():
        check_reached(built, first, last)
        ledger = find_project(built, project)
        past, moments = Past(PastJournal(built.pool), VIEWS, most=None), (first, last)
        until = _day(as_of) or civil_day(last, built.clock.now())
        made = (
            report_changes(past, SYSTEM, ledger, moments, until, _day(since))
            if register is None
            else register_changes(
                past, SYSTEM, ledger, moments, register, (_day(since), _day(as_of))
            )
        )
        invented = is_invented(built, ledger)
    told = msgspec.to_builtins(made)
    rows = isinstance(told, list)
    shown = [marked(row, invented) for row in told] if rows else marked(told, invented)
    tell(shown, show_changes, as_json=as_json, invented=invented)


def marked(made: dict[str, Any], invented: bool) -> dict[str, Any]:
    """Return the same, which says of what is invented that it is."""
    return {"demonstration": True, **made} if invented else made


def tell(made: Any, show: Callable[[Any], None], *, as_json: bool, invented: bool) -> None:
    """Print as JSON or for people, who are told first when all of it is invented."""
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False, indent=1, default=str))
        return
    if invented:
        words = tomllib.loads(TEXTS.read_text("utf-8"))["demonstration"]
        typer.secho(f"{words['zh']} / {words['en']}", bold=True)
    show(made)


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


def is_invented(built: House, project: Id) -> bool:
    """Say whether a project is a demonstration's, whatever of it was known at a moment."""
    with built.asking.within(SYSTEM) as answers:
        (row,) = answers.rows(PROJECT, where={"project": project})
    return bool(row["demonstration"])


def replayed(
    built: House,
    ledger: Id,
    views: Sequence[View] = MIDTERM,
    moment: Moment | None = None,
) -> Answers:
    """Return the project's rows, folded from its ledger alone, up to a moment."""
    return known_rows(built.journal.read_ledger(ledger), views, moment)


def from_bundle(folder: Path, key: str | None, moment: Moment | None) -> HandedProject:
    """Return a project from a bundle alone. Exits with 2 where there is not just the one."""
    try:
        return handed_project(folder, key, MIDTERM, moment)
    except NotOneProjectError:
        words = "没有找到项目，或须用 --project 指明 / no such project, or name one with --project"
    except (OSError, ValueError, KeyError) as error:
        words = f"不是记录包 / not a bundle: {type(error).__name__} {folder}"
    typer.echo(f"shilu report: {words}", err=True)
    raise typer.Exit(2)


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
        lines = ", ".join(sorted({str(each["line"]) for each in known if each["line"]})) or "–"
        words = f"没有这一行 / no such line: {line} ({lines})"
        typer.echo(f"shilu report: {words}", err=True)
        raise typer.Exit(2)
    return {
        "line": line,
        "indicators": [_behind(answers, indicator, day, since) for indicator in of_line],
    }


def _behind(
    answers: Answers, indicator: dict[str, Any], day: date, since: date | None
) -> dict[str, Any]:
    rows = figure(answers, indicator["indicator"], since=since, until=day)
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
