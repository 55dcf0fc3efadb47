"""`shilu report`: the field's reports, computed from events and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from deploy.asked import (
    READER,
    AskedProject,
    InJournal,
    Keeper,
    NotOneProjectError,
    asked_of,
    asked_project,
)
from deploy.beside import show_projects, show_stations
from deploy.changes import show_adjustments, show_changes
from deploy.demo.document import numbers_of
from deploy.findings import refuse
from deploy.handed import BeyondBundleError, open_bundle
from deploy.settings import read_settings
from deploy.showing import (
    heading,
    show_behind,
    show_differences,
    show_midterm,
    show_signals,
    tell,
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
from projections.progress import amount_of, doubts, figure, progress, statuses_on
from projections.project import PROJECT, projects
from projections.retained import documents_of_lines, retained
from projections.side_by_side import (
    ByStation,
    Part,
    by_station,
    side_by_side,
    stations_of,
    told_beside,
    told_by_station,
)
from projections.signals import work as signs
from projections.signals.found import answer

command = typer.Typer(help="Reports / 报表", no_args_is_help=True)
INDICATORS: tuple[View, ...] = (projects, indicators)
"""The views that what is counted is asked of."""
MIDTERM: tuple[View, ...] = (*INDICATORS, retained)
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
Keys = Annotated[
    list[str] | None,
    typer.Option("--project", help="a project's key, once or several times; without, all"),
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
ExplainCode = Annotated[
    str | None,
    typer.Option("--explain", help="list the events behind an indicator, for example B08.times"),
]


def _day(named: datetime | None) -> date | None:
    return None if named is None else named.date()


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
    if folder is None and key is None:
        refuse("report", "nothing_named")
    with keeping(folder) as keeper:
        yield one_project(keeper, key)


@contextmanager
def keeping(folder: Path | None) -> Iterator[Keeper]:
    """Open the journal, or a bundle with no database. Exits with 2 where the folder is none."""
    if folder is None:
        with house(read_settings()) as built, refusing():
            yield InJournal(built)
        return
    with refusing():
        try:
            yield open_bundle(folder)
        except (OSError, ValueError, msgspec.MsgspecError):
            refuse("report", "no_bundle", path=folder)


def one_project(keeper: Keeper, key: str | None) -> AskedProject:
    """Return the project of a key. Exits with 2 where there is none, or one too many."""
    try:
        return asked_project(keeper, key)
    except NotOneProjectError:
        refuse("report", "not_one_project" if key is None else "no_project", key=key)


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
        refuse("report", "beyond", position=error.position, at=error.at)
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


@command.command("stations")
def print_stations(
    project: Key = None,
    as_json: AsJson = False,
    explain: ExplainCode = None,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print a project's indicators by station (各站对照), or the events behind one of them."""
    with asking(project, bundle) as asked:
        known = known_moment(asked, known_at)
        answers, until = asked.answers(INDICATORS, known), day_until(asked, since, as_of, known)
        found = by_station(answers, asked.project, until, _day(since))
        names = asked.names_of(station for station in stations_of(found) if station is not None)
        if explain is None:
            made: dict[str, Any] = {"indicators": [told_by_station(one) for one in found]}
            show = partial(show_stations, names=names)
        else:
            made = behind_stations(answers, found, explain, until, _day(since))
            show = partial(show_behind, names=names)
    tell(marked(made, asked.demonstration), show, as_json=as_json, invented=asked.demonstration)


@command.command("projects")
def print_projects(
    project: Keys = None,
    as_json: AsJson = False,
    as_of: AsOf = None,
    since: From = None,
    known_at: KnownAt = None,
    bundle: Handed = None,
) -> None:
    """Print the indicators of several projects side by side (各项目对照)."""
    figures, terms, invented = {}, [], []
    with keeping(bundle) as keeper:
        for asked in several_projects(keeper, project or []):
            known = known_moment(asked, known_at)
            answers = asked.answers(INDICATORS, known)
            until = day_until(asked, since, as_of, known)
            figures[asked.project] = progress(answers, asked.project, until, _day(since))
            terms += answers.rows(PROJECT, where={"ledger": asked.project})
            invented.append(asked.demonstration)
    made = {
        "projects": [
            {name: row[name] for name in ("project", "slug", "number", "name")} for row in terms
        ],
        "figures": [told_beside(line) for line in side_by_side(figures)],
    }
    all_invented = bool(invented) and all(invented)
    tell(marked(made, all_invented), show_projects, as_json=as_json, invented=all_invented)


def several_projects(keeper: Keeper, keys: Sequence[str]) -> list[AskedProject]:
    """Return the projects of some keys; where none is named, all that are kept."""
    if keys:
        return [one_project(keeper, key) for key in dict.fromkeys(keys)]
    return [asked_of(keeper, row) for row in keeper.projects(None)]


def behind_stations(
    answers: Answers, found: Sequence[ByStation], code: str, day: date, since: date | None
) -> dict[str, Any]:
    """Return the events behind each station's part of an indicator, which make it up.

    Exits with 2 where the project has no such indicator.
    """
    one = next((each for each in found if each.indicator["code"] == code), None)
    if one is None:
        no_line(code, (each.indicator["code"] for each in found))
    return {
        "code": code,
        "adds_up": one.adds_up,
        "indicators": [
            {"station": part.station, **_behind(answers, one.indicator, day, since, part)}
            for part in one.parts
        ],
    }


def no_line(line: str, known: Iterable[str | None]) -> NoReturn:
    """Tell whoever typed the command which lines there are, and end it with 2."""
    lines = ", ".join(sorted({str(each) for each in known if each})) or "–"
    refuse("report", "no_line", line=line, lines=lines)


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
    return [{"why": name, "words": heading(name)} for name in names]


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
        words = heading("register_elsewhere")
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
        no_line(line, (each["line"] for each in known))
    return {
        "line": line,
        "indicators": [_behind(answers, indicator, day, since) for indicator in of_line],
    }


def _behind(
    answers: Answers,
    indicator: dict[str, Any],
    day: date,
    since: date | None,
    part: Part | None = None,
) -> dict[str, Any]:
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
