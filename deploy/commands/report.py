"""`shilu report`: the field's reports, computed from events and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from deploy.asked import READER, AskedProject, InJournal, Keeper, NotOneProjectError, asked_project
from deploy.changes import show_adjustments, show_changes
from deploy.demo.document import numbers_of
from deploy.findings import shown
from deploy.handed import BeyondBundleError, open_bundle
from deploy.settings import read_settings
from deploy.showing import (
    show_behind,
    show_differences,
    show_midterm,
    show_signals,
    tell,
    words_of,
)
from deploy.wiring import house
from domain.identity import Id
from domain.journal.past import Moment, in_order, last_day, moment_of
from domain.refusals import ShiluError
from projections.adjustments import adjusted
from projections.amounts import counted_in
from projections.audit import AUDIT, audit
from projections.changes import Register, register_changes, report_changes
from projections.contradictions import known as contradicted
from projections.contradictions.coverage import coverage
from projections.contradictions.found import found
from projections.engine.ask import Answers
from projections.engine.view import View
from projections.finding import told
from projections.indicators import INDICATOR, STATUS, indicators
from projections.midterm import gather, midterm
from projections.midterm_printed import printed
from projections.period import closings
from projections.progress import amount_of, doubts, figure, statuses_on
from projections.project import projects
from projections.retained import documents_of_lines, retained
from projections.signals import work as signs
from projections.signals.found import answer

command = typer.Typer(help="Reports / 报表", no_args_is_help=True)
TEXTS = Path(__file__).parents[1] / "texts" / "report.toml"
MIDTERM: tuple[View, ...] = (projects, indicators, retained)
"""The views that the mid-term report asks."""
ELSEWHERE: frozenset[Register] = frozenset({"households", "organisations", "persons", "staff"})
"""Registers whose records lie in a station's or an operator's ledger, but for a few."""

AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="work done up to this day"),
]
Key = Annotated[
    str | None,
    typer.Option("--project", help="the project's key (fuyuan); a bundle of one needs none"),
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


def refuse(name: str, **details: object) -> typer.Exit:
    """Tell whoever typed the command why there is no answer; return what ends it with 2."""
    words = {language: text.format(**details) for language, text in words_of(name).items()}
    typer.echo(f"shilu report: {words['zh']} / {words['en']}", err=True)
    return typer.Exit(2)


@contextmanager
def refusing() -> Iterator[None]:
    """Tell whoever typed the command what is refused of it; exits with 2."""
    try:
        yield
    except ShiluError as error:
        raise typer.BadParameter(f"{error.text('zh')} {error.text('en')}") from error


@contextmanager
def asking(key: str | None, folder: Path | None) -> Iterator[AskedProject]:
    """Open what is asked about: a project of the journal, or of a bundle with no database.

    Exits with 2 where there is not just the one, and where the folder is no bundle.
    """
    if folder is None:
        if key is None:
            raise refuse("nothing_named")
        with house(read_settings()) as built, refusing():
            yield one_project(InJournal(built), key)
        return
    with refusing():
        try:
            yield one_project(open_bundle(folder), key)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise refuse("no_bundle", path=shown(str(folder))) from error


def one_project(keeper: Keeper, key: str | None) -> AskedProject:
    """Return the project of a key. Exits with 2 where there is none, or one too many."""
    try:
        return asked_project(keeper, key)
    except NotOneProjectError:
        raise refuse("not_one_project" if key is None else "no_project", key=key) from None


def known_moment(asked: AskedProject, text: str | None) -> Moment | None:
    """Read a moment where one is named; else all is asked that is known."""
    return None if text is None else moment_in(asked, text, "--known-at")


def moment_in(asked: AskedProject, text: str, option: str) -> Moment:
    """Read a moment out of an option.

    Exits with 2 where nobody here can know what had been recorded by then.
    """
    moment = moment_of(text, option)
    try:
        asked.keeper.check(asked.project, moment)
    except BeyondBundleError as error:
        raise refuse("beyond", position=error.position, at=error.at) from None
    return moment


@command.callback()
def reports() -> None:
    """Keep `report` a group."""


@command.command("midterm")
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
            made = midterm_tables(answers, asked.project, until, _day(since))
        else:
            behind = explained(answers, asked.project, explain, until, _day(since))
            made = marked(behind, asked.demonstration)
    tell(
        made,
        show_midterm if explain is None else show_behind,
        as_json=as_json,
        invented=asked.demonstration,
    )


def day_until(
    asked: AskedProject, since: datetime | None, as_of: datetime | None, known: Moment | None
) -> date:
    """Return the day up to which work is told of. Raises `days.backwards`."""
    return last_day(_day(since), _day(as_of), asked.day(known))


@command.command("differences")
def print_differences(
    project: Key = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print what a report and its records say against each other (填报数与核算数差异)."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        answers = asked.answers_with_staff((*contradicted.VIEWS, audit), known)
        day = day_until(asked, since, as_of, known)
        made = compared(contradicted.known(answers, asked.project, day, _day(since)))
        unknown = () if asked.knows_staff else ("staff_elsewhere",)
        behind = records_behind(answers, made["contradictions"])
    made = marked({**made, "not_known": untold(unknown)}, asked.demonstration)
    tell(
        made,
        partial(show_differences, records=behind),
        as_json=as_json,
        invented=asked.demonstration,
    )


def records_behind(
    answers: Answers, findings: Iterable[dict[str, Any]]
) -> dict[Id, dict[str, Any]]:
    """Return the records behind findings by their ids, as the audit trail has them."""
    named = sorted({event for one in findings for event in one["events"]})
    rows = answers.rows(AUDIT, where={"event": named}) if named else []
    return {row["event"]: row for row in rows}


def untold(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return what other ledgers would have to tell, each in words."""
    return [{"why": name, "words": words_of(name)} for name in names]


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
    project: Key = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    cutoff: CutOff = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print what is worth asking about in a project's records; no verdict (值得了解的情况)."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        answers = asked.answers((*signs.VIEWS, audit), known)
        day = day_until(asked, since, as_of, known)
        dates = [cutoff.date()] if cutoff else []
        place = signs.Place(project=asked.project)
        made = answer(signs.read(answers, place, day, _day(since), dates))
        behind = records_behind(answers, made["findings"])
    made = marked({**made, "not_known": untold(("people_elsewhere",))}, asked.demonstration)
    tell(made, partial(show_signals, records=behind), as_json=as_json, invented=asked.demonstration)


@command.command("changes")
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
        in_order(_day(since), _day(as_of))
        made = (
            report_changes(
                asked.past, READER, asked.project, (first, last),
                day_until(asked, since, as_of, last), _day(since),
            )
            if register is None
            else register_changes(
                asked.past, READER, asked.project, (first, last), register,
                (_day(since), _day(as_of)),
            )
        )  # fmt: skip
    if register in ELSEWHERE:
        words = words_of("register_elsewhere")
        typer.echo(f"※ {words['zh']}\n  {words['en']}", err=True)
    told, invented = msgspec.to_builtins(made), asked.demonstration
    rows = isinstance(told, list)
    shown = [marked(row, invented) for row in told] if rows else marked(told, invented)
    tell(shown, show_changes, as_json=as_json, invented=invented)


@command.command("adjustments")
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


def marked(made: dict[str, Any], invented: bool) -> dict[str, Any]:
    """Return the same, which says of what is invented that it is."""
    return {"demonstration": True, **made} if invented else made


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
    doubted = doubts(answers, indicator["indicator"], since=since, until=day)
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
