"""What a report must not print unnoticed: tables that disagree, units that change, claims (S0).

A claimed figure and a derived one stand side by side; neither overwrites the other, and every
difference is listed until somebody explains it (figures.md, I0-01 to I0-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from domain.identity import Id
from domain.period import Count, CountedFigure, printed_count, same_report
from projections.amounts import counted, counted_in, stated
from projections.engine.view import Row
from projections.midterm import Cell, Line, Midterm, ProjectRows, midterm
from projections.progress import amount_of

Kind = Literal[
    "tables_differ",
    "unit_changes",
    "claim_differs",
    "claim_in_other_unit",
    "claim_uncounted",  # nothing that is counted speaks of it
]

QUALIFIED_PERCENT = 10
"""How far, of the claimed figure, a count may lie above 余 and below 近 without an explanation."""
SAME_MEASURE: dict[str, str] = {"activities": "times"}
"""Measures that count the same thing in another unit."""


class StatedFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as it is stated in its unit, and the indicator behind a derived one."""

    value: int | float
    unit: str
    indicator: str | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One contradiction: where, what is said, what is counted, and the claim's explanation.

    `what` says of which number two tables speak: planned or actual. `explained` says whether the
    explanation was given for what is counted now.
    """

    kind: Kind
    line: str
    other: str | None = None
    what: str | None = None
    said: StatedFigure | None = None
    counted: tuple[StatedFigure, ...] = ()
    claim: str | None = None
    words: str | None = None
    explanation: str | None = None
    explained: bool = False


def differences(
    report: Midterm, claims: Iterable[Row], contributions: Iterable[Row] = ()
) -> list[Difference]:
    """List what does not agree, table by table, then claim by claim.

    `contributions` are needed for claims about one event.
    """
    lines = {line.line: line for line in report.lines}
    came = list(contributions)
    found = [*_between_tables(report, lines), *_changed_units(report)]
    for claim in claims:
        found += _of_claim(claim, report, came)
    return found


def differing_claims(rows: ProjectRows, report: str) -> dict[Id, Count]:
    """Return the claims of a report that the count does not bear out, in the order of the claims.

    Each with what it is held against.
    """
    made = midterm(rows)
    claims = [row for row in rows.claims if same_report(row["report"], report)]
    found = differences(made, claims, rows.contributions)
    differing = {each.claim for each in found}
    return {
        row["claim"]: _count(_held_against(row, made, rows.contributions))
        for row in claims
        if row["claim"] in differing
    }


def count_of_claim(rows: ProjectRows, claim: Id) -> Count | None:
    """Return what a claim is held against; None for a claim that nobody made."""
    made = midterm(rows)
    counts = (
        _count(_held_against(row, made, rows.contributions))
        for row in rows.claims
        if row["claim"] == claim
    )
    return next(counts, None)


def _between_tables(report: Midterm, lines: dict[str, Line]) -> Iterator[Difference]:
    for line in report.table("A"):
        twin = lines.get(line.counterpart or "")
        if twin is None:
            continue
        for cell in line.cells.values():
            for other in twin.cells.values():
                if _same_thing(cell, other):
                    yield from _compared(line, twin, cell, other)


def _same_thing(cell: Cell, other: Cell) -> bool:
    measures = {SAME_MEASURE.get(each.measure, each.measure) for each in (cell, other)}
    return len(measures) == 1 and not (cell.qualitative or other.qualitative)


def _compared(line: Line, twin: Line, cell: Cell, other: Cell) -> Iterator[Difference]:
    pairs = (
        ("planned", cell.planned, other.planned),
        ("actual", cell.actual, other.actual),
    )
    for what, here, there in pairs:
        if here is not None and there is not None and here != there:
            yield Difference(
                kind="tables_differ",
                line=line.line,
                other=twin.line,
                what=what,
                said=_figure(cell, here),
                counted=(_figure(other, there),),
            )


def _changed_units(report: Midterm) -> Iterator[Difference]:
    """List lines planned in one unit and delivered in another (I0-08: 1 个 planned, 14 次 held)."""
    for line in report.table("B"):
        planned = [cell for cell in line.cells.values() if cell.due_once]
        unplanned = [
            _figure(cell, cell.actual)
            for cell in line.cells.values()
            if cell.column != "minutes" and cell.low is None and cell.actual
        ]
        if len(planned) == 1 and unplanned:
            (cell,) = planned
            yield Difference(
                kind="unit_changes",
                line=line.line,
                said=_figure(cell, cell.low),
                counted=tuple(unplanned),
            )


class PrintedPlace(NamedTuple):
    """A line of a table; what no table prints has no line, and its code stands for one."""

    table: str | None
    line: str


Placed = tuple[PrintedPlace, Cell]
"""A cell, and where it is printed."""

Against = dict[PrintedPlace, list[Cell]]
"""Place → its cells that a claim is held against, where each place must bear it out."""


def _of_claim(claim: Row, report: Midterm, came: Sequence[Row]) -> Iterator[Difference]:
    against = _held_against(claim, report, came)
    explained = claim["explained_for"] == printed_count(_count(against))
    if not against:
        yield _difference("claim_uncounted", claim, claim["line"] or "", (), explained)
    for place, cells in against.items():
        same = [cell for cell in cells if _same_unit(cell, claim)]
        if not any(_agrees(claim, cell.actual or 0) for cell in same):
            kind: Kind = "claim_differs" if same else "claim_in_other_unit"
            figures = tuple(_figure(cell, cell.actual) for cell in cells)
            yield _difference(kind, claim, place.line, figures, explained)


def _held_against(claim: Row, report: Midterm, came: Sequence[Row]) -> Against:
    counted = [each for each in _cells_of(claim, report, came) if each[1].actual is not None]
    found: Against = {}
    for place, cell in _in_unit(claim, counted):
        found.setdefault(place, []).append(cell)
    return found


def _in_unit(claim: Row, counted: Iterable[Placed]) -> Iterator[Placed]:
    """Yield, line by line, the cells of the claim's unit, or all of a line that has none.

    A retired indicator speaks for a line only where none of its unit has taken its place, or where
    the claim names it: else a figure that the line prints no more would bear the claim out.
    """
    of_line: dict[str, list[Placed]] = {}
    for each in counted:
        of_line.setdefault(each[0].line, []).append(each)
    for cells in of_line.values():
        same = [each for each in cells if _same_unit(each[1], claim)]
        yield from [each for each in same if not each[1].replaced] or same or cells


def _same_unit(cell: Cell, claim: Row) -> bool:
    """Say whether both are counted alike: hours are held against minutes, 元 against 分."""
    unit: str = claim["unit"]
    return cell.counted_in == counted_in(unit)


def _count(against: Against) -> Count:
    return tuple(
        CountedFigure(line=place.line, value=cell.actual or 0, unit=cell.counted_in or "")
        for place, cells in against.items()
        for cell in cells
    )


def _cells_of(claim: Row, report: Midterm, came: Sequence[Row]) -> Iterable[Placed]:
    """Return the cells of which a claim speaks: of a line, of an indicator, or of one event.

    A claim of a line is held against that line, whatever else it names: it is the line that people
    read. An indicator tells which of the line's figures is meant; one of another line, as could be
    claimed once, tells nothing.
    """
    printed = [
        (PrintedPlace(line.table, line.line), cell)
        for line in report.lines
        for cell in line.cells.values()
    ]
    beside = [(PrintedPlace(None, cell.code), cell) for cell in report.unprinted]
    if claim["line"] is not None:
        of_line = [each for each in printed if each[0].line == claim["line"]]
        return _of_indicator(claim, of_line) or of_line
    if claim["indicator"] is not None:
        return _of_indicator(claim, [*printed, *beside])
    return _of_event(claim, *([*_parts(claim, each, came)] for each in (printed, beside)))


def _of_indicator(claim: Row, cells: Iterable[Placed]) -> list[Placed]:
    return [each for each in cells if each[1].indicator == claim["indicator"]]


def _of_event(claim: Row, printed: list[Placed], beside: list[Placed]) -> list[Placed]:
    """Prefer what a table prints of an event, unless the claim is in a unit that none prints."""
    if any(_same_unit(cell, claim) for _, cell in printed):
        return printed
    return [each for each in beside if _same_unit(each[1], claim)] or printed or beside


def _parts(claim: Row, cells: Iterable[Placed], came: Sequence[Row]) -> Iterator[Placed]:
    """Yield what one event adds to the figures to which it adds anything."""
    of_event = [row for row in came if row["event"] == claim["event"]]
    for place, cell in cells:
        parts = [row for row in of_event if row["indicator"] == cell.indicator]
        if parts:
            actual = amount_of(cell.measure, parts)
            yield place, msgspec.structs.replace(cell, actual=actual)


def _difference(
    kind: Kind, claim: Row, line: str, counted: tuple[StatedFigure, ...], explained: bool
) -> Difference:
    return Difference(
        kind=kind,
        line=line,
        said=StatedFigure(value=claim["value"], unit=claim["unit"]),
        counted=counted,
        claim=claim["claim"],
        words=claim["words"],
        explanation=claim["explanation"],
        explained=explained,
    )


def _agrees(claim: Row, actual: int) -> bool:
    """Say whether a count bears a claim out: 余 at least, 近 below (rule 12), else to the unit.

    Hours agree as they are told, to a tenth (rule 8).

    Neither by more than `QUALIFIED_PERCENT` of what is claimed: beyond that, a word that says
    little would hide what differs much. 约 says nothing of how near it is, so it never does.
    """
    value = counted(claim["value"], claim["unit"])
    near = abs(actual - value) * 100 <= value * QUALIFIED_PERCENT
    match claim["qualifier"]:
        case "余":
            return near and actual >= value
        case "近":
            return near and actual < value
        case _:
            same: bool = stated(actual, claim["unit"]) == claim["value"]
            return same


def _figure(cell: Cell, value: int | None) -> StatedFigure:
    amount = stated(value or 0, cell.unit)
    return StatedFigure(value=amount, unit=cell.unit or "", indicator=cell.indicator)
