"""What a report stands on: a project's figures and their hash, in memory that stays the same.

Deliveries are folded through `Spread` and added up as they are read: what is kept grows with the
indicators, the people counted once each and the claims, not with the records of ten years.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from domain.counting import DISTINCT
from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.subject import counted_as
from projections.completion import midterm_of
from projections.engine.spread import LIMIT, Spread, blocks
from projections.engine.view import Kind, Row, Table
from projections.indicators import (
    CLAIM,
    CONTRIBUTION,
    INDICATOR,
    MERGED,
    STATUS,
    TARGET,
    indicators,
)
from projections.midterm import ProjectRows
from projections.monthly import span_of
from projections.progress import as_counted
from projections.project import PROJECT, projects
from projections.tables import made


@dataclass(frozen=True)
class LedgerFigures:
    """A ledger's figures: their hash, the last position, and what a report is made of."""

    position: int
    hash: str
    rows: ProjectRows


def standing(ledger: Iterable[JournalRow], day: date, limit: int = LIMIT) -> LedgerFigures:
    """Return how a project's ledger stands, of work up to a day; all of the project's, always.

    Contributions come added up: one row for each indicator, each of its subjects where these
    count once, each month where one is due for itself, and each event of which a claim speaks; what
    no goal named apart. What is due by a mid-term that is past comes on its day, the rest on the
    last.
    """
    with tempfile.TemporaryDirectory(prefix="shilu-report-") as room:
        spread = Spread((indicators, projects), Path(room), limit)
        position = 0
        for block in blocks(ledger):
            spread.add(block)
            position = block[-1].position
        return LedgerFigures(position, made(indicators, spread.lines).snapshot, _rows(spread, day))


def _rows(spread: Spread, day: date) -> ProjectRows:
    def of(table: Table) -> list[Row]:
        return [_typed(table, line) for line in spread.lines(table)]

    defined = sorted(of(INDICATOR), key=lambda row: row["position"])
    claims = sorted(of(CLAIM), key=lambda row: row["position"])
    targets = of(TARGET)
    contracted = of(PROJECT)
    midterm = midterm_of(contracted)
    cut = Cut(day, midterm, *(_held_to(targets, per) for per in ("month", "midterm")))
    added = _added_up(spread.lines(CONTRIBUTION), cut, defined, claims)
    same = counted_as({row["absorbed"]: row["kept"] for row in of(MERGED)})
    return ProjectRows(
        day=day,
        indicators=defined,
        targets=targets,
        statuses=of(STATUS),
        contributions=as_counted(added, same),
        claims=claims,
        same=same,
        span=span_of(contracted),
        midterm=midterm,
    )


def _held_to(targets: Iterable[Row], per: str) -> set[Id]:
    return {row["indicator"] for row in targets if row["per"] == per}


@dataclass(frozen=True)
class Cut:
    """Where what was done up to a day is kept apart: by month, or at the mid-term."""

    day: date
    midterm: date | None
    by_month: Collection[Id]
    by_midterm: Collection[Id]

    def last(self, indicator: Id, day: str) -> date:
        """Return the last day of the part in which one of the days lies."""
        if self.midterm is None or indicator not in self.by_midterm:
            return self.day
        return min(self.midterm, self.day) if day <= self.midterm.isoformat() else self.day


def _added_up(
    lines: Iterable[bytes], cut: Cut, defined: Iterable[Row], claims: Iterable[Row]
) -> list[Row]:
    once = {row["indicator"] for row in defined if row["measure"] in DISTINCT}
    named = {row["event"] for row in claims}
    names = "indicator", "event", "subject", "month", "day", "in_scope"
    amounts: dict[tuple[Any, ...], int] = {}
    for line in lines:
        row = json.loads(line)
        if row["day"] <= cut.day.isoformat():
            event = row["event"] if row["event"] in named else None
            subject = row["subject"] if row["indicator"] in once else ""
            month = row["month"] if row["indicator"] in cut.by_month else None
            last = cut.last(row["indicator"], row["day"])
            key = row["indicator"], event, subject, month, last, row["in_scope"]
            amounts[key] = amounts.get(key, 0) + row["amount"]
    return [{**dict(zip(names, key, strict=True)), "amount": n} for key, n in amounts.items()]


def _typed(table: Table, line: bytes) -> Row:
    """Return a line as the row that questions get."""
    kinds = table.all_columns
    return {name: _read(kinds[name], value) for name, value in json.loads(line).items()}


def _read(kind: Kind, value: Any) -> Any:
    if value is None or kind not in ("date", "moment"):
        return value
    return (date if kind == "date" else datetime).fromisoformat(value)
