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
from projections.indicators import CONTRIBUTION, INDICATOR, MERGED
from projections.period import Days
from projections.preview_figures import Figures, figures_of
from projections.project import PROJECT

ASKED = (INDICATOR, CONTRIBUTION, MERGED, PROJECT)
"""What the figures of a period are made of, and the project's days by which they are due."""


class AdjustedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator's figure of the period's days, in the unit in which it is counted.

    `events` are what moved it: none where nothing did.
    """

    indicator: Id
    code: str
    name: str
    unit: str | None
    as_reported: int
    known_now: int
    adjustment: int
    events: list[Row]


class AdjustedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One closing of a period, on which snapshot, and its figures that are not 0 then and now.

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
        return figures_of(answers, project, [days], days[1])

    between = (period["snapshot"], known)
    found = compare(past, principal, project, between, ASKED, ask)
    columns = {name: period[name] for name in COLUMNS}
    return AdjustedPeriod(**columns, figures=_figures(found, days))


def _figures(found: Compared[Figures], days: Days) -> list[AdjustedFigure]:
    then, now = (side.periods.get(days, {}) for side in (found.before, found.after))
    return [
        AdjustedFigure(
            indicator=indicator,
            code=one.indicator["code"],
            name=one.indicator["name"],
            unit=counted_in(one.indicator["unit"]),
            as_reported=then.get(indicator, 0),
            known_now=now[indicator],
            adjustment=now[indicator] - then.get(indicator, 0),
            events=_behind(found.changes, one.indicator, days),
        )
        for indicator, one in found.after.indicators.items()
        if then.get(indicator, 0) or now[indicator]
    ]


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
    if change.table is not CONTRIBUTION or change.key["indicator"] != indicator["indicator"]:
        return False
    sides = [row for row in (change.before, change.after) if row is not None]
    return any(days[0] <= row["day"] <= days[1] for row in sides)
