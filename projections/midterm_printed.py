"""The mid-term report as the field prints it: its two tables, in the units of its indicators.

A line has the document's own keys. What the document has no column for stands beside the tables,
under the line's number: a second indicator of one cell, how a range is reached, the months of a
monthly target, what had been done by the mid-term.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from projections.amounts import stated, tenths_of_percent
from projections.engine.view import Row
from projections.midterm import SUMMED, Cell, Line, Midterm


def printed(report: Midterm, documents: Mapping[str, Sequence[str]] | None = None) -> Row:
    """Return the report as the field prints it; `documents` are those retained for each line."""
    kept = documents or {}
    began = {} if report.since is None else {"since": report.since.isoformat()}
    return {
        "as_of": report.day.isoformat(),
        **began,
        "table_a": [row for line in report.table("A") for row in _printed_a(line)],
        "table_b": [_printed_b(line, kept.get(line.line, ())) for line in report.table("B")],
        "extra": {line.line: extra for line in report.lines if (extra := _extra(line))},
        "totals": _printed_totals(report),
        "states": dict(report.states),
    }


def _printed_a(line: Line) -> Iterator[Row]:
    """Yield a row for each indicator of a line; beside the first `count`, each names itself."""
    for place, cell in line.cells.items():
        yield {
            "id": line.line,
            "item": line.item,
            "planned": cell.plan,
            "actual": cell.said if cell.qualitative else cell.come,
            "unit": cell.unit,
            "status": cell.state,
            **({} if place == "count" else {"code": cell.code}),
        }


def _beside(cell: Cell) -> Row:
    """Return how a range stands, and each month of a monthly target, in the indicator's unit.

    After the mid-term, what is due by then is told with what had been done by then. A figure that
    is not exact is told with the people who came `unnamed` besides, or with what is `estimated`.
    Of hours, which are told rounded, stands how many `tenths` of a percent were done.
    """
    beside: Row = {"unnamed": cell.unnamed, "estimated": cell.estimated}
    beside = {name: value for name, value in beside.items() if value}
    if cell.planned and cell.held is not None and cell.unit != cell.counted_in:
        beside["tenths"] = tenths_of_percent(cell.held, cell.planned)
    if cell.by_midterm is not None:
        beside["by_midterm"] = stated(cell.by_midterm, cell.unit)
    if cell.reached is not None and cell.low != cell.high:
        beside["reached"] = cell.reached
    if cell.months:
        beside["months"] = [
            {
                "month": month.month,
                "planned": [
                    stated(end, cell.unit) for end in dict.fromkeys((month.low, month.high))
                ],
                "actual": stated(month.actual, cell.unit),
                "reached": month.reached,
                "ended": month.ended,
            }
            for month in cell.months
        ]
    return beside


def _printed_b(line: Line, documents: Sequence[str]) -> Row:
    times, heads = (line.cells.get(column) for column in SUMMED)
    return {
        "id": line.line,
        "planned_name": line.planned_name,
        "actual_name": line.actual_name,
        "planned_times": _number_due(times),
        "planned_person_times": _number_due(heads),
        "actual_times": times.come if times else None,
        "actual_person_times": heads.come if heads else None,
        "retained_documents": list(documents),
        "service_type": line.service_type,
        "in_scope": line.in_scope,
    }


def _number_due(cell: Cell | None) -> int | float | str | None:
    """Return what is due where it has a number; a plan in words has none to stand in a column."""
    return None if cell is None or cell.low is None else cell.plan


def _extra(line: Line) -> Row:
    """Return what stands beside a line, each under the column that it is about.

    Of table B also words, people, and a second indicator, which its two columns have no place for;
    with its unit where that is not what is counted, as hours under minutes.
    """
    extra: Row = {}
    for column, cell in line.cells.items():
        if line.table == "B" and cell.qualitative:
            extra[column] = cell.said
        elif line.table == "B" and _has_no_column(column, cell):
            extra |= {f"planned_{column}": cell.plan, f"actual_{column}": cell.come}
            if cell.unit != cell.counted_in:
                extra[f"unit_{column}"] = cell.unit
        extra |= {f"{name}_{column}": value for name, value in _beside(cell).items()}
    return extra


def _has_no_column(column: str, cell: Cell) -> bool:
    """Say whether table B prints a cell in neither of its two columns."""
    return column != cell.column or (column not in SUMMED and cell.low is not None)


def _printed_totals(report: Midterm) -> Row:
    totals: Row = {}
    for column, total in report.totals.items():
        totals |= {
            f"planned_{column}": total.planned,
            f"actual_{column}": total.actual,
            f"like_for_like_{column}": [total.actual_of_planned, total.planned],
            f"out_of_scope_{column}": total.out_of_scope,
        }
        if total.estimated:
            totals[f"estimated_{column}"] = total.estimated
    cells = [cell for line in report.lines for cell in line.cells.values()]
    minutes = [cell.actual or 0 for cell in cells if cell.column == "minutes"]
    return totals | {"home_service_minutes": sum(minutes)}
