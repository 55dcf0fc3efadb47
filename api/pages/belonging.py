"""Where a record belongs: project, station, group or case; and the figures that it counts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.reader import Reader
from api.questions import Question
from domain.event import Correction, Effective
from domain.identity import Id
from projections.activity import PLAN as ACTIVITY
from projections.case import CASE
from projections.engine.ask import Answers
from projections.engine.view import Record, Row, Table
from projections.group import GROUP
from projections.indicators import CONTRIBUTION, INDICATOR, OUT_OF_SCOPE, UNCERTAIN
from projections.project import PROJECT

FILES: dict[str, tuple[Table, str, str]] = {
    "case": (CASE, "case_id", "number"),
    "group": (GROUP, "group_id", "title"),
    "activity": (ACTIVITY, "activity", "title"),
}
"""Files that have a name of their own: by the kind of their stream → table, its key, the name."""


@dataclass(frozen=True)
class CountedTo:
    """An indicator that a record counts to, and how much of it comes from the record."""

    indicator: Row
    amount: int


@dataclass(frozen=True)
class Belonging:
    """What a record is part of; what its reader may not see is left out."""

    project: Row | None
    station: str | None
    operator: str | None
    kind: str
    file: Id
    name: str | None
    begun: Id
    figures: list[CountedTo]
    outside: bool
    counts: bool
    """Whether it is a kind of record that figures are made of."""


def belonging(
    reader: Reader, asked: Question, records: Sequence[Record[Any]], target: Id
) -> Belonging | None:
    """Return where a record belongs, as known when asked; None where it was not known."""
    written = next((each for each in records if each.id == target), None)
    if written is None:
        return None
    event = written.event
    with asked.answers() as answers:
        rows = answers.rows(PROJECT, where={"project": event.project}) if event.project else []
        name = _name(answers, event.stream_type, event.stream)
        figures, outside = _figures(answers, records, written)
    return Belonging(
        project=next(iter(rows), None),
        station=reader.stations.get(event.station or ""),
        operator=reader.organisations.get(event.operator, {}).get("name"),
        kind=event.stream_type,
        file=event.stream,
        name=name,
        begun=records[0].id,
        figures=figures,
        outside=outside,
        counts=hasattr(written.facts, "allocations"),
    )


def _name(answers: Answers, kind: str, stream: Id) -> str | None:
    """Return what a file is called; None where it has no name, or is none that has a page."""
    if kind not in FILES:
        return None
    table, key, column = FILES[kind]
    rows = answers.rows(table, where={key: stream})
    return rows[0][column] if rows else None


def _figures(
    answers: Answers, records: Sequence[Record[Any]], written: Record[Any]
) -> tuple[list[CountedTo], bool]:
    """Return what a record counts to, and whether no goal of its project names it."""
    says = _says(records, written)
    if says is None:
        return [], False
    # Its day besides its id: by days, deliveries are found without reading all of a ledger.
    when = {"day": says.occurred.day}
    where = {"ledger": written.event.ledger, "event": written.id}
    bounds: Any = {"where": where, "since": when, "until": when}
    amounts: dict[Id, int] = {}
    for row in answers.rows(CONTRIBUTION, **bounds):
        amounts[row["indicator"]] = amounts.get(row["indicator"], 0) + row["amount"]
    for row in answers.rows(UNCERTAIN, **bounds):
        amounts.setdefault(row["indicator"], 0)
    outside = bool(answers.rows(OUT_OF_SCOPE, **bounds))
    wanted = {"ledger": written.event.ledger, "indicator": list(amounts)}
    rows = answers.rows(INDICATOR, where=wanted, order=("position",)) if amounts else []
    return [CountedTo(row, amounts[row["indicator"]]) for row in rows], outside


def _says(records: Sequence[Record[Any]], written: Record[Any]) -> Effective[Any] | None:
    """Return what the record says after its last step; None where it is void."""
    says: Effective[Any] | None = Effective(occurred=written.occurred, facts=written.facts)
    for each in records:
        if isinstance(each.facts, Correction) and each.facts.target == written.id:
            says = each.facts.after
    return says
