"""The monthly indicator workbook (指标完成情况月报): what is due, what came, and each delivery.

It is made from the fold of the project's ledger up to one position, so the same question gives
the same file to the byte, today or in ten years. It says itself as of when it is, by which
counting rule, and the hash of the tables that it was made from.

No line adds indicators up. One unit holds cases, groups and activities alike, and one visit counts
to several indicators, so such a sum says nothing (glossary, counting rule 4); what one indicator
comes to stands in its own row.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import msgspec

from domain.clock import SHANGHAI, civil_date
from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.schedule_rule import Span, months
from projections.amounts import COUNTED_IN, stated
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import fold
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION, OUT_OF_SCOPE, indicators
from projections.naming import named
from projections.progress import Due, Progress, as_counted, progress, retired, same_subjects
from projections.project import PROJECT, projects
from projections.snapshot import snapshot
from workers.duty import SYSTEM, Duty, Job, Workshop
from workers.packing import keep
from workers.sheets import Book, Share, Value

COUNTING_RULE = "completion@1"
DELIVERY = ("indicator", "day", "kind", "audience", "amount", "unit", "event", "subject")
OUTSIDE = ("day", "kind", "audience", "person_times", "event")
SECTIONS = {"kind": "code", "audience": "audience"}
"""Columns that hold codes, and where these are named."""
PROGRESS = (
    "code", "name", "unit", "month", "due_month", "total", "unnamed", "estimated", "due_midterm",
    "due_project", "percent", "retired_from",
)  # fmt: skip


class NoProjectError(LookupError):
    """There was no such project at that position."""


class WorkbookContents(msgspec.Struct, frozen=True, kw_only=True):
    """All that a workbook tells: the project, its figures, and as of when they are."""

    project: Row
    day: date
    position: int
    known: datetime
    hash: str
    come: Sequence[Progress]
    deliveries: Sequence[Row]
    outside: Sequence[Row]


def make_workbook(workshop: Workshop, job: Job) -> str:
    """Make the workbook of a project, keep it under the hash of its bytes, and return the hash.

    The task is about a project, as of a position, up to the day of `due`.
    """
    (project,), due = job.task.subjects, job.task.due
    day = civil_date(due or workshop.clock.now())
    told = tell(workshop.journal.read_ledger(project), project, day, job.task.position)
    total = len(told.deliveries) + len(told.outside) + 1
    job.report(1, total)
    made = write(told, lambda reached: job.report(reached, total))
    job.report(total, total)
    return keep(workshop.exports, ".xlsx", lambda draft: draft.write_bytes(made))


def tell(ledger: Iterator[JournalRow], project: Id, day: date, position: int) -> WorkbookContents:
    """Fold a project's ledger up to a position. Raises `NoProjectError`."""
    last: list[JournalRow] = []

    def known() -> Iterator[JournalRow]:
        for row in takewhile(lambda row: row.position <= position, ledger):
            last[:] = [row]
            yield row

    rows, _ = fold((projects, indicators), known())
    answers = MemoryAnswers(rows, SYSTEM)
    found = answers.rows(PROJECT, where={"project": project})
    if not found:
        raise NoProjectError(project)
    until = {"day": day}
    came = answers.rows(CONTRIBUTION, until=until, order=("day", "indicator"))
    return WorkbookContents(
        project=found[0],
        day=day,
        position=last[0].position,
        known=last[0].at.astimezone(SHANGHAI),
        hash=snapshot(indicators, rows),
        come=progress(answers, project, day),
        deliveries=as_counted(came, same_subjects(answers, project)),
        outside=answers.rows(OUT_OF_SCOPE, until=until, order=("day",)),
    )


def write(told: WorkbookContents, reached: Any = int) -> bytes:
    """Write what is told as an Excel workbook."""
    words = _words()
    sheets, title = words["sheets"], f"{words['title']} {told.day:%Y-%m}"
    book = Book(
        title, told.known, words["demonstration"] if told.project["demonstration"] else None
    )
    book.notes(sheets["about"], _about(told))
    progressed = [_progress(one, told.day) for one in told.come]
    book.table(sheets["progress"], _headers(PROGRESS), progressed)
    begun = _begun(told)
    headers = [*_headers(("code", "name", "unit")), *begun]
    book.table(sheets["months"], headers, [_months(one, begun) for one in told.come])
    of = {one.indicator["indicator"]: one.indicator for one in told.come}
    deliveries = [_delivery(row, of[row["indicator"]]) for row in told.deliveries]
    book.table(sheets["deliveries"], _headers(DELIVERY), deliveries, reached=reached)
    outside = [[_called(name, row[name]) for name in OUTSIDE] for row in told.outside]
    book.table(sheets["outside"], _headers(OUTSIDE), outside)
    return book.close()


def _about(told: WorkbookContents) -> list[tuple[str, Value]]:
    words, project = _words(), told.project
    label = words["about"]
    month = words["month"].format(year=told.day.year, month=told.day.month)
    return [
        (label["project"], project["name"]),
        (label["number"], project["number"] or ""),
        (label["ledger"], project["ledger"]),
        (label["filter"], month),
        (label["day"], told.day.isoformat()),
        (label["position"], told.position),
        (label["known"], told.known.isoformat(timespec="seconds")),
        (label["rule"], f"{COUNTING_RULE}, {indicators.name}@{indicators.version}"),
        (label["hash"], f"sha256:{told.hash}"),
        ("", label["note"]),
    ]


def _progress(one: Progress, day: date) -> list[Value]:
    row, due = one.indicator, {each.target["per"]: each for each in one.due}
    percent = next(
        (
            each.completion.tenths
            for per in ("project", "midterm", "month")
            if (each := due.get(per)) is not None and each.completion is not None
        ),
        None,
    )
    return [
        row["code"],
        row["name"],
        row["unit"],
        stated(one.months.get(f"{day:%Y-%m}", 0), row["unit"]),
        _due(due.get("month")),
        stated(one.total, row["unit"]),
        one.unnamed or None,
        one.estimated or None,
        _due(due.get("midterm")),
        _due(due.get("project")),
        None if percent is None else Share(percent),
        row["retired_from"] if retired(row, day) else None,
    ]


def _due(due: Due | None) -> Value:
    """Return what is due in the unit of the target; in a month that a project touches, its part."""
    if due is None:
        return None
    if due.target["form"] == "words":
        return str(due.target["words"])
    if due.completion is None:
        return None
    ends = dict.fromkeys((due.completion.low, due.completion.high))
    low, *high = (stated(end, due.target["unit"]) for end in ends)
    return f"{low}–{high[0]}" if high else low


def _begun(told: WorkbookContents) -> list[str]:
    """Return the months of the project that had begun, those too in which nothing came."""
    first, last = told.project["first"], min(told.day, told.project["last"])
    return [name for name, _ in months(Span(first=first, last=last))] if first <= last else []


def _months(one: Progress, begun: Sequence[str]) -> list[Value]:
    row = one.indicator
    came = (stated(one.months.get(month, 0), row["unit"]) for month in begun)
    return [row["code"], row["name"], row["unit"], *came]


def _delivery(row: Row, indicator: Row) -> list[Value]:
    """Return a delivery's line: its part of hours in minutes, as tenths would not add up."""
    unit = indicator["unit"]
    shown = COUNTED_IN[unit] if unit == "小时" else unit
    return [
        indicator["code"],
        row["day"],
        _called("kind", row["kind"]),
        _called("audience", row["audience"]),
        stated(row["amount"], shown),
        shown,
        row["event"],
        row["subject"] or None,
    ]


def _called(column: str, said: Any) -> Value:
    """Return what stands in a column, its codes by their names."""
    section = SECTIONS.get(column)
    return said if section is None or said is None else named(section, said, "zh")


def _headers(names: Sequence[str]) -> list[str]:
    columns = _words()["columns"]
    return [columns[name] for name in names]


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "texts" / "workbook.toml").read_text("utf-8"))


MAKE_WORKBOOK = Duty("make_workbook", make_workbook, queue="long")
