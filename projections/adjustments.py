"""What was reported of a closed period, what is known of it now, and the adjustment between them.

A period is closed on a snapshot; what was reported then stays what it was, also where the same days
were closed again since. Whatever is corrected, declared void or written late afterwards shows as an
adjustment, with the events that made it (events.md, "Corrections").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from domain.counting import DISTINCT
from domain.identity import Id
from domain.journal.past import Moment
from domain.principal import Principal
from projections.amounts import counted_in
from projections.changes import step
from projections.engine.ask import Answers
from projections.engine.past import Past
from projections.engine.tracking import Compared, RowChange, compare
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION, INDICATOR, MERGED, UNCERTAIN
from projections.period import Days
from projections.progress import Progress, progress
from projections.project import PROJECT

ASKED = (INDICATOR, CONTRIBUTION, UNCERTAIN, MERGED, PROJECT)
"""What the figures of a period are made of, and the project's days by which they are due."""

Figures = dict[Id, Progress]
"""Each indicator as it came in the period's days."""


class AdjustedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator's figure of the period's days, in the unit in which it is counted.

    Of people, those on record: so many came `unnamed` besides, and of person-times so many are
    `estimated`, then and now (`projections.progress.Progress`). `events` are what moved it, or how
    exactly it is known: none where nothing did.
    """

    indicator: Id
    code: str
    name: str
    unit: str | None
    as_reported: int
    known_now: int
    adjustment: int
    as_reported_unnamed: int
    as_reported_estimated: int
    known_now_unnamed: int
    known_now_estimated: int
    events: list[Row]


class AdjustedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One closing of a period, on which snapshot, and its figures but those of nobody and nothing.

    `closed` is False where it was opened again; what was reported stays so all the same.
    `superseded_by` is the next closing of the same days. `recorded_at` is when it was closed.
    """

    closing: Id
    first: date
    last: date
    closed: bool
    superseded_by: Id | None
    snapshot: int
    hash: str
    recorded_at: datetime
    reopened_at: datetime | None
    figures: list[AdjustedFigure]


COLUMNS = tuple(name for name in AdjustedPeriod.__struct_fields__ if name != "figures")


def adjusted(
    past: Past, principal: Principal, project: Id, period: Row, known: Moment
) -> AdjustedPeriod:
    """Return a closing's figures as they were reported and as they are known at a moment.

    Raises `not_found` and `known_at.too_much`.
    """
    days = (period["first"], period["last"])

    def ask(answers: Answers) -> Figures:
        found = progress(answers, project, days[1], days[0])
        return {one.indicator["indicator"]: one for one in found}

    between = (period["snapshot"], known)
    found = compare(past, principal, project, between, ASKED, ask)
    columns = {name: period[name] for name in COLUMNS}
    return AdjustedPeriod(**columns, figures=_figures(found, days))


def _figures(found: Compared[Figures], days: Days) -> list[AdjustedFigure]:
    return [
        _figure(found.before.get(indicator), now, _behind(found.changes, now.indicator, days))
        for indicator, now in found.after.items()
        if now.most or (indicator in found.before and found.before[indicator].most)
    ]


def _figure(then: Progress | None, now: Progress, events: list[Row]) -> AdjustedFigure:
    reported = then.total if then else 0
    return AdjustedFigure(
        indicator=now.indicator["indicator"],
        code=now.indicator["code"],
        name=now.indicator["name"],
        unit=counted_in(now.indicator["unit"]),
        as_reported=reported,
        known_now=now.total,
        adjustment=now.total - reported,
        as_reported_unnamed=then.unnamed if then else 0,
        as_reported_estimated=then.estimated if then else 0,
        known_now_unnamed=now.unnamed,
        known_now_estimated=now.estimated,
        events=events,
    )


def _behind(changes: Sequence[RowChange], indicator: Row, days: Days) -> list[Row]:
    """Return the events that changed what an indicator's figure of these days is made of."""
    records = {
        record.id: record
        for change in changes
        if _concerns(change, indicator, days)
        for record in change.events
    }
    return [step(each) for each in sorted(records.values(), key=lambda each: each.position)]


def _concerns(change: RowChange, indicator: Row, days: Days) -> bool:
    if change.table is MERGED:  # who is one person matters where people count once
        return indicator["measure"] in DISTINCT
    counted = change.table in (CONTRIBUTION, UNCERTAIN)
    if not counted or change.key["indicator"] != indicator["indicator"]:
        return False
    sides = [row for row in (change.before, change.after) if row is not None]
    return any(days[0] <= row["day"] <= days[1] for row in sides)
