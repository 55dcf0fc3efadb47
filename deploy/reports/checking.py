"""What a report and its records say against each other, and what is worth asking about in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
import typer

from deploy.findings import said, shown
from deploy.reports.document import numbers_of
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
from deploy.reports.showing import Row, both, cell, heading, marked, table, tell, terminal
from domain.identity import Id
from projections.audit import AUDIT, audit
from projections.contradictions import known as contradicted
from projections.contradictions.coverage import coverage
from projections.contradictions.found import found
from projections.engine.ask import Answers
from projections.finding import told
from projections.signals import work as signs
from projections.signals.found import answer

CutOff = Annotated[
    datetime | None,
    typer.Option("--cutoff", formats=["%Y-%m-%d"], help="a date before which to look closely"),
]
FEW = 10
"""How many records of a finding are printed; JSON has them all."""


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
        made = compared(contradicted.known(answers, asked.project, day, day_of(since)))
        unknown = () if asked.knows_staff else ("staff_elsewhere",)
        behind = records_behind(answers, made["contradictions"])
    made = marked({**made, "not_known": untold(unknown)}, asked.demonstration)
    tell(
        made,
        partial(show_differences, records=behind),
        as_json=as_json,
        invented=asked.demonstration,
    )


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
        place = signs.RecordsOf(project=asked.project)
        made = answer(signs.read(answers, place, day, day_of(since), dates))
        behind = records_behind(answers, made["findings"])
    made = marked({**made, "not_known": untold(("people_elsewhere",))}, asked.demonstration)
    tell(made, partial(show_signals, records=behind), as_json=as_json, invented=asked.demonstration)


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


def show_differences(made: Row, records: Mapping[str, Row]) -> None:
    """Print for people the claims that differ, then what is contradicted and by what.

    A contradiction stands under its number in the document and its title.
    """
    claims = table("claims", "id", "said", "counted", "explanation")
    for one in (each for each in made["differences"] if each["claim"]):
        counted = "、".join(map(_in_unit, one["counted"])) or both("uncounted")
        said = shown(one["words"]) if one["words"] else _in_unit(one["said"])
        claims.add_row(cell(one["line"]), said, counted, _explanation(one))
    if claims.rows:
        terminal().print(claims)
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
