"""Which figures a change of the record would move: indicators, and those of closed periods.

A figure of a closed period is told three times: as it was reported when the period was closed, as
it stands now, and as it would become (events.md, "Corrections").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from domain.identity import Id
from projections.amounts import counted_in
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION
from projections.period import Days, closings
from projections.progress import (
    Progress,
    amount_of,
    as_counted,
    progress,
    same_subjects,
)


class FigureChange(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator whose figure would change, altogether and in each month, from → to.

    In the unit in which it is counted: minutes where hours are due, 分 where 元 are. It changes too
    where only others come `unnamed` besides, or more or less of it is `estimated`.
    """

    indicator: Id
    code: str
    name: str
    measure: str
    unit: str | None
    table: str | None
    line: str | None
    before: int
    after: int
    months: dict[str, tuple[int, int]]
    unnamed: tuple[int, int] = (0, 0)
    estimated: tuple[int, int] = (0, 0)

    @property
    def counted(self) -> bool:
        """Whether what is counted would change, and not only how exactly it is known."""
        return self.before != self.after or bool(self.months)


class ClosedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of a closed period: as it was reported, as it stands, and as it would become."""

    indicator: Id
    code: str
    name: str
    unit: str | None
    as_reported: int
    known_now: int
    would_become: int


class ClosedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A closed period in which the record lies, or would: to change it needs an approval."""

    first: date
    last: date
    snapshot: int
    figures: list[ClosedFigure]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked on either side: indicators, and their figures of some periods."""

    indicators: dict[Id, Progress] = {}
    periods: dict[Days, dict[Id, int]] = {}


def closed_over(answers: Answers, project: Id | None, days: Sequence[date]) -> list[Row]:
    """Return the closed periods of a project in which some days lie, each once."""
    if project is None:
        return []
    rows = [row for row in closings(answers, project) if row["closed"]]
    return [row for row in rows if any(row["first"] <= day <= row["last"] for day in days)]


def figures_of(answers: Answers, project: Id, periods: Sequence[Days], today: date) -> Figures:
    """Return a project's indicators up to a day, and their figures of some periods."""
    found = progress(answers, project, today)
    come = {one.indicator["indicator"]: one for one in found}
    return Figures(
        indicators=come,
        periods={days: _of_period(answers, project, come, days) for days in periods},
    )


def _of_period(
    answers: Answers, project: Id, come: dict[Id, Progress], days: Days
) -> dict[Id, int]:
    """Return each indicator's figure of certain days: people who count once count once in them."""
    parts: dict[Id, list[Row]] = {indicator: [] for indicator in come}
    came = answers.rows(CONTRIBUTION, since={"day": days[0]}, until={"day": days[1]})
    for row in as_counted(came, same_subjects(answers, project)):
        if row["indicator"] in parts:
            parts[row["indicator"]].append(row)
    return {
        indicator: amount_of(come[indicator].indicator["measure"], rows)
        for indicator, rows in parts.items()
    }


def figure_changes(before: Figures, after: Figures) -> list[FigureChange]:
    """Return the indicators whose figures differ, in the contract's order."""
    return [
        FigureChange(
            indicator=indicator,
            code=one.indicator["code"],
            name=one.indicator["name"],
            measure=one.indicator["measure"],
            unit=counted_in(one.indicator["unit"]),
            table=one.indicator["report_table"],
            line=one.indicator["line"],
            before=was.total,
            after=one.total,
            months={
                month: (was.months.get(month, 0), one.months.get(month, 0))
                for month in sorted(was.months.keys() | one.months.keys())
                if was.months.get(month, 0) != one.months.get(month, 0)
            },
            unnamed=(was.unnamed, one.unnamed),
            estimated=(was.estimated, one.estimated),
        )
        for indicator, one in after.indicators.items()
        if _says(was := before.indicators[indicator]) != _says(one)
    ]


def _says(one: Progress) -> tuple[object, ...]:
    return one.months, one.total, one.unnamed, one.estimated


def closed_period(row: Row, reported: Figures, before: Figures, after: Figures) -> ClosedPeriod:
    """Return a closed period with those of its figures that would change, as known at three times.

    `reported` is what was known when it was closed.
    """
    days = (row["first"], row["last"])
    then, now, would = (side.periods.get(days, {}) for side in (reported, before, after))
    return ClosedPeriod(
        first=row["first"],
        last=row["last"],
        snapshot=row["snapshot"],
        figures=[
            ClosedFigure(
                indicator=indicator,
                code=one.indicator["code"],
                name=one.indicator["name"],
                unit=counted_in(one.indicator["unit"]),
                as_reported=then.get(indicator, 0),
                known_now=now[indicator],
                would_become=would[indicator],
            )
            for indicator, one in after.indicators.items()
            if now[indicator] != would[indicator]
        ],
    )
