"""What a project did beside its goals (项目目标未涉及): as its report tells it.

The lines of the report come first, so that the page and the report say the same. Records that no
indicator counts at all stand apart: most are steps of work that is counted elsewhere, such as the
opening of a case, and no service of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from domain.identity import Id
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.indicators import OUT_OF_SCOPE
from projections.midterm import SUMMED, Cell, Line, ProjectRows, gather, midterm


@dataclass(frozen=True)
class Sum:
    """Deliveries and person-times: of a line of the report, of a kind of service, or of them all.

    `said` is what a line says in place of a number; then the records of it are told beside, and
    are in no sum of the report.
    """

    times: int
    person_times: int
    line: str | None = None
    name: str | None = None
    kind: str | None = None
    said: str | None = None


@dataclass(frozen=True)
class Outside:
    """What no goal names: the report's lines and their sum, other services, and other records."""

    lines: list[Sum]
    total: Sum | None
    services: list[Sum]
    uncounted: list[Sum]


def outside(answers: Answers, project: Id, day: date) -> Outside:
    """Return what a project did beside its goals up to a day."""
    rows = gather(answers, project, day)
    report = midterm(rows)
    done = answers.rows(
        OUT_OF_SCOPE, where={"ledger": project}, until={"day": day}, order=("kind",)
    )
    printed = [line for line in report.table("B") if not line.in_scope or _any(line)]
    behind = {line.line: _events(rows, line) for line in printed}
    told = frozenset().union(*behind.values())
    times, heads = (report.totals[column].out_of_scope for column in SUMMED)
    return Outside(
        lines=[_sum(line, [row for row in done if row["event"] in behind[line.line]])
               for line in printed],
        total=Sum(times, heads) if printed else None,
        services=_by_kind(row for row in done if row["indicators"] and row["event"] not in told),
        uncounted=_by_kind(row for row in done if not row["indicators"]),
    )  # fmt: skip


def _any(line: Line) -> bool:
    return any(cell.out_of_scope for cell in line.cells.values())


def _events(rows: ProjectRows, line: Line) -> frozenset[Id]:
    own = {cell.indicator for cell in line.cells.values()}
    return frozenset(part["event"] for part in rows.contributions if part["indicator"] in own)


def _sum(line: Line, done: Sequence[Row]) -> Sum:
    """Tell a line as the report does; of one in words, the records of it."""
    times, heads = (line.cells.get(column) for column in SUMMED)
    said = times.said if times is not None and times.qualitative else None
    return Sum(
        times=len(done) if said is not None else _outside(times),
        person_times=_added(done) if said is not None else _outside(heads),
        line=line.line,
        name=line.actual_name or line.planned_name,
        said=said,
    )


def _outside(cell: Cell | None) -> int:
    return 0 if cell is None else cell.out_of_scope


def _by_kind(rows: Iterable[Row]) -> list[Sum]:
    """Return records counted by kind; they come in order of it."""
    found = []
    for kind, group in groupby(rows, lambda row: row["kind"]):
        each = list(group)
        found.append(Sum(len(each), _added(each), kind=kind))
    return found


def _added(rows: Iterable[Row]) -> int:
    return sum(row["person_times"] for row in rows)
