"""The two tables of the field's mid-term report (facts.md, S0, section 3.3), from a view's rows.

Which indicator stands in which cell is said by the indicators themselves, so any project's
report comes out of here. Totals are printed with their parts, per column, and lines without a
plan are kept apart: no single percentage is made of different units (figures.md, I0-13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from domain.identity import Id
from domain.schedule_rule import Span
from projections.amounts import counted_in, stated
from projections.completion import (
    Completion,
    Reached,
    completion,
    main_target,
    midterm_of,
    targets_on,
)
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.indicators import CLAIM, CONTRIBUTION, INDICATOR, STATUS, TARGET, UNCERTAIN
from projections.monthly import Month, monthly_of, months_held, span_of
from projections.naming import named
from projections.progress import (
    among_goals,
    amount_of,
    as_counted,
    retired,
    same_subjects,
    statuses_on,
)
from projections.project import PROJECT

State = Literal["done", "partial", "not_done", "ongoing"]
SUMMED = ("times", "person_times")
"""Columns of table B that have a total each."""


class ProjectRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of: one project's rows, contributions of its time, up to its day.

    Targets and statuses are those that stood on the day, whenever its time began. Contributions
    name each subject as the one that it is counted as; `same` says who that is. `span` are the
    days of the project that are told of; without them nothing is said of single months. `midterm`
    is the day until which what is due by the mid-term can be done.
    """

    day: date
    since: date | None = None
    indicators: Sequence[Row]
    targets: Sequence[Row]
    statuses: Sequence[Row]
    contributions: Sequence[Row]
    uncertain: Sequence[Row] = ()
    claims: Sequence[Row] = ()
    same: Mapping[Id, Id] = {}
    span: Span | None = None
    midterm: date | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a line, with the indicator whose contributions it is.

    Its numbers are as counted: in 分 where the unit is 元, in minutes where it is 小时. `low` and
    `high` are what is due `per` month, by the mid-term or in the whole project; they differ where a
    range is. `planned` is None but where one number is due once; `planned_text` says the rest in
    words. `reached` is how far such a number or range is, `months` how each month stands against
    a monthly target. `by_midterm` is what of the figure had been done by the mid-term, where that
    is past and what is told was due by then. `out_of_scope` is what of it no goal named when it
    was written down, though an amendment may since have brought it `in_scope`. `said` is the
    declared status. One that is `replaced` is of a retired indicator whose place another has taken.
    People who came `unnamed` besides, and what of the figure is `estimated`, are as in
    `projections.progress.Progress`.
    """

    indicator: Id
    code: str
    column: str
    measure: str
    unit: str | None
    counted_in: str | None
    in_scope: bool
    qualitative: bool
    per: str | None = None
    low: int | None = None
    high: int | None = None
    planned: int | None = None
    planned_text: str | None = None
    actual: int | None = None
    by_midterm: int | None = None
    out_of_scope: int = 0
    replaced: bool = False
    unnamed: int = 0
    estimated: int = 0
    reached: Reached | None = None
    months: tuple[Month, ...] = ()
    said: str | None = None
    state: State = "not_done"

    @property
    def plan(self) -> int | float | str | None:
        """What is due as the field prints it: a number in the indicator's unit, else in words."""
        return self.planned_text if self.planned is None else stated(self.planned, self.unit)

    @property
    def come(self) -> int | float | None:
        """What was counted, in the indicator's unit."""
        return None if self.actual is None else stated(self.actual, self.unit)

    @property
    def held(self) -> int | None:
        """What of the figure is held to what is due: all of it, or what was done by mid-term."""
        return self.actual if self.by_midterm is None else self.by_midterm

    @property
    def due_once(self) -> bool:
        """Whether a number or a range is due by a day, and not each month."""
        return self.low is not None and self.per != "month"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One printed line: what it is called, its cells by column, and its twin in the other table.

    Of several indicators in one column, as old contracts may place them or where one follows one
    that was retired, the others stand under `column:code`.
    """

    table: str
    line: str
    item: str | None
    planned_name: str | None
    actual_name: str | None
    service_type: str | None
    counterpart: str | None
    in_scope: bool
    cells: dict[str, Cell]


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """A column of table B: its sums, each with the lines that make it.

    What is planned as a range or for each month has no number that could be added, and of one that
    was retired nothing is planned where another has taken its place. Beside what is planned stands
    what was done of it in its time, `actual_of_planned`. A sum that is partly `estimated` is 约 as
    its parts are (counting rule 12).
    """

    planned: int
    actual: int
    actual_of_planned: int
    out_of_scope: int
    estimated: int
    planned_lines: tuple[str, ...]
    actual_lines: tuple[str, ...]


class Midterm(msgspec.Struct, frozen=True, kw_only=True):
    """Both tables on a day, of the work done since another where one is named.

    `unprinted` are the figures of indicators that no table prints, against which claims are held.
    """

    day: date
    since: date | None = None
    lines: tuple[Line, ...]
    unprinted: tuple[Cell, ...] = ()
    totals: dict[str, Total]
    states: dict[State, int]

    def table(self, name: str) -> list[Line]:
        """Return the lines of one table, in order."""
        return [line for line in self.lines if line.table == name]


def gather(answers: Answers, project: Id, day: date, since: date | None = None) -> ProjectRows:
    """Read what the report of a project on a day is made of; of work done since another day."""
    ledger, same = {"ledger": project}, same_subjects(answers, project)
    contracted = answers.rows(PROJECT, where=ledger)
    days: dict[str, Any] = {"since": {"day": since} if since else None, "until": {"day": day}}
    return ProjectRows(
        day=day,
        since=since,
        indicators=answers.rows(INDICATOR, where=ledger, order=("position",)),
        targets=answers.rows(TARGET, where=ledger),
        statuses=answers.rows(STATUS, where=ledger),
        contributions=as_counted(answers.rows(CONTRIBUTION, where=ledger, **days), same),
        uncertain=answers.rows(UNCERTAIN, where=ledger, **days),
        claims=answers.rows(CLAIM, where=ledger, order=("position",)),
        same=same,
        span=span_of(contracted, since),
        midterm=midterm_of(contracted),
    )


def midterm(rows: ProjectRows) -> Midterm:
    """Put the tables together."""
    came, doubts = _by_indicator(rows.contributions), _by_indicator(rows.uncertain)
    held, declared = targets_on(rows.targets, rows.day), statuses_on(rows.statuses, rows.day)
    printed: dict[tuple[str, str], list[tuple[Row, Cell]]] = {}
    unprinted: list[Cell] = []
    for row in rows.indicators:
        indicator = row["indicator"]
        target = main_target(held, indicator, rows.day, rows.midterm)
        cell = _cell(rows, row, target, declared.get(indicator), came.get(indicator, []))
        cell = _doubted(cell, doubts.get(indicator, []))
        if row["report_table"] is None:
            unprinted.append(cell)
        else:
            printed.setdefault((row["report_table"], row["line"]), []).append((row, cell))
    lines = tuple(_line(rows.day, printed[place]) for place in sorted(printed))
    states: dict[State, int] = {"done": 0, "partial": 0, "not_done": 0, "ongoing": 0}
    for line in lines:
        if line.table == "A":
            for cell in line.cells.values():
                states[cell.state] += 1
    totals = {column: _total(lines, column) for column in SUMMED}
    return Midterm(
        day=rows.day,
        since=rows.since,
        lines=lines,
        unprinted=tuple(unprinted),
        totals=totals,
        states=states,
    )


def _by_indicator(rows: Iterable[Row]) -> dict[Id, list[Row]]:
    found: dict[Id, list[Row]] = {}
    for row in rows:
        found.setdefault(row["indicator"], []).append(row)
    return found


def _cell(
    rows: ProjectRows, row: Row, target: Row | None, status: Row | None, came: list[Row]
) -> Cell:
    actual = None if row["qualitative"] else amount_of(row["measure"], came)
    first = None if row["qualitative"] else _by_midterm(rows, row, target, came)
    held = actual if first is None else first
    due = None if target is None else completion(held or 0, target, rows.day)
    cell = Cell(
        indicator=row["indicator"],
        code=row["code"],
        column=row["report_column"],
        measure=row["measure"],
        unit=row["unit"],
        counted_in=counted_in(row["unit"]),
        in_scope=among_goals(row, rows.day),
        qualitative=row["qualitative"],
        per=None if target is None else target["per"],
        low=None if due is None else due.low,
        high=None if due is None else due.high,
        planned_text=None if target is None else _words(target),
        actual=actual,
        by_midterm=first,
        out_of_scope=0 if actual is None else amount_of(row["measure"], _outside(came)),
        said=status["words"] if row["qualitative"] and status else None,
        months=() if actual is None else _months(rows, row, came),
    )
    if target is not None and due is not None and cell.due_once:
        planned = due.low if target["form"] == "number" else None
        reached = None if actual is None else due.reached
        cell = msgspec.structs.replace(cell, planned=planned, reached=reached)
    return msgspec.structs.replace(cell, state=_state(cell, due, status))


def _outside(came: Iterable[Row]) -> list[Row]:
    return [part for part in came if not part["in_scope"]]


def _by_midterm(rows: ProjectRows, row: Row, target: Row | None, came: Iterable[Row]) -> int | None:
    """Return what was done in the time of a target whose mid-term is past; None of any other."""
    midterm = rows.midterm
    if midterm is None or rows.day <= midterm or target is None or target["per"] != "midterm":
        return None
    return amount_of(row["measure"], (part for part in came if part["day"] <= midterm))


def _doubted(cell: Cell, doubts: Iterable[Row]) -> Cell:
    for row in doubts:
        unnamed, estimated = cell.unnamed + row["unnamed"], cell.estimated + row["estimated"]
        cell = msgspec.structs.replace(cell, unnamed=unnamed, estimated=estimated)
    return cell


def _words(target: Row) -> str | None:
    """Return what is due in words: those of the contract, a range, or what each month owes."""
    if target["form"] == "words":
        words: str | None = target["words"]
        return words
    ends = dict.fromkeys((target["low"], target["high"]))
    amount = "–".join(map(str, ends))
    if target["per"] == "month":
        return named("due", "month", "zh").format(amount=amount)
    return amount if target["form"] == "range" else None


def _months(rows: ProjectRows, row: Row, came: list[Row]) -> tuple[Month, ...]:
    parts: dict[str, list[Row]] = {}
    for each in came:
        parts.setdefault(each["month"], []).append(each)
    amounts = {month: amount_of(row["measure"], each) for month, each in parts.items()}
    return months_held(monthly_of(rows.targets, row["indicator"]), amounts, rows.span, rows.day)


def _state(cell: Cell, due: Completion | None, status: Row | None) -> State:
    if cell.actual is None:
        declared: State = status["status"] if status else "not_done"
        return declared
    if cell.per == "month" and due is not None:
        return _state_of_months(cell)
    if due is not None and due.reached != "short":
        return "done"
    if cell.actual == 0:
        return "not_done"
    return "done" if due is None else "partial"


def _state_of_months(cell: Cell) -> State:
    """Return how a monthly target stands: done where no month fell short of what it owed."""
    judged = [month.reached != "short" for month in cell.months if month.judged]
    if judged and all(judged):
        return "done"
    if not cell.actual:
        return "not_done"
    return "partial" if judged else "ongoing"


def _line(day: date, placed: Iterable[tuple[Row, Cell]]) -> Line:
    living_first = sorted(placed, key=lambda each: (retired(each[0], day), each[0]["position"]))
    cells: dict[str, Cell] = {}
    for row, cell in living_first:
        if cell.column in cells:
            replaced = msgspec.structs.replace(cell, replaced=retired(row, day))
            cells[f"{cell.column}:{cell.code}"] = replaced
        else:
            cells[cell.column] = cell
    row = living_first[0][0]
    return Line(
        table=row["report_table"],
        line=row["line"],
        item=row["item"],
        planned_name=row["planned_name"],
        actual_name=row["actual_name"],
        service_type=row["service_type"],
        counterpart=row["counterpart"],
        in_scope=any(cell.in_scope for cell in cells.values()),
        cells=cells,
    )


def _total(lines: Sequence[Line], column: str) -> Total:
    cells = [
        (line.line, cell)
        for line in lines
        for cell in line.cells.values()
        if line.table == "B" and cell.column == column
    ]
    come = [(name, cell, cell.actual) for name, cell in cells if cell.actual is not None]
    # What followed a retired indicator has its plan from then on: both would be due twice over.
    due = [(name, cell) for name, cell in cells if not cell.replaced and cell.planned is not None]
    return Total(
        planned=sum(cell.planned or 0 for _, cell in due),
        actual=sum(actual for _, _, actual in come),
        actual_of_planned=sum(cell.held or 0 for _, cell in due),
        out_of_scope=sum(cell.out_of_scope for _, cell in cells),
        estimated=sum(cell.estimated for _, cell, _ in come),
        planned_lines=tuple(dict.fromkeys(name for name, _ in due)),
        actual_lines=tuple(dict.fromkeys(name for name, _, _ in come)),
    )
