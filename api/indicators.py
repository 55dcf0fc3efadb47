"""Indicators over HTTP: how far they have come, what makes each figure, and the mid-term report.

The report stands as of a day and as known at a moment, both at once: what had been done by then,
and what was known of it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from pydantic import StringConstraints

from api.commands import CommandIn, Commanding, ReceiptOut, Uuid, example
from api.paging import plain
from api.questions import Asked, DatedListed, From, Listed, Page, Question, To
from api.records import found
from api.routing import routes
from domain.allocation import allocate_delivery, deallocate_delivery
from domain.refusals import NOT_FOUND
from projections.amounts import counted_in
from projections.completion import Completion
from projections.differences import differences
from projections.engine.view import Row
from projections.indicators import CONTRIBUTION, INDICATOR, OUT_OF_SCOPE, UNCERTAIN
from projections.midterm import Midterm, ProjectRows, gather, midterm
from projections.midterm_printed import printed
from projections.progress import Due, Progress, progress, same_subjects
from projections.project import PROJECT
from projections.retained import documents_of_lines

router = routes("indicators")
Documents = dict[str, list[str]]
"""Line of a report → the documents retained for it."""


def completed(due: Due) -> Row:
    """Return a target with how far it is reached."""
    done: Completion | None = due.completion
    if done is None:
        return {"target": plain(due.target), "completion": None}
    numbers = {**msgspec.to_builtins(done), "tenths": done.tenths, "reached": done.reached}
    return {"target": plain(due.target), "completion": numbers}


def come(one: Progress) -> Row:
    """Return an indicator's progress as JSON has it; its amounts are in `counted_in`."""
    return {
        **plain(one.indicator),
        "counted_in": counted_in(one.indicator["unit"]),
        "months": one.months,
        "total": one.total,
        "unnamed": one.unnamed,
        "estimated": one.estimated,
        "due": [completed(due) for due in one.due],
        "status": None if one.status is None else plain(one.status),
    }


@router.get("/projects/{project}/progress")
def read_progress(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> list[dict[str, Any]]:
    """Read how far each indicator has come, month by month, against its targets on the last day.

    Amounts are whole numbers in `counted_in`: 分 where the unit is 元, minutes where it is hours. A
    target's `low` and `high` are as stated, in its `unit`; those of its completion are counted. A
    monthly target is completed by the last day's month: where the project lies in it only in part,
    the same part of it is due, and outside the project nothing. What is due by the mid-term is
    held to what was done by then.

    A `total` of persons counts those on record. `unnamed` came besides and cannot be told apart, so
    that the figure lies between `total` and `total` + `unnamed`; completion is of those on record.
    Of person-times so many are `estimated`.
    """
    with asked.answers() as answers:
        found = progress(answers, project, asked.last_day(since, until, project), since)
    return [come(one) for one in found]


@router.get("/indicators/{indicator}/contributions")
def list_contributions(indicator: Uuid, listed: DatedListed, station: Uuid | None = None) -> Page:
    """Read the deliveries that make a figure, or one station's part of it: their amounts are its
    parts.

    `counted_as` names who is counted where the subject's record was merged into another; a figure
    of people counts each of those once.
    """
    where = {"indicator": indicator, "station": station}
    page = listed.within(CONTRIBUTION, "day", where=where)
    if page.items:
        with listed.asked.answers() as answers:
            same = same_subjects(answers, page.items[0]["ledger"])
        for part in page.items:
            part["counted_as"] = same.get(part["subject"])
    return page


@router.get("/indicators/{indicator}/uncertain")
def list_uncertain(indicator: Uuid, listed: DatedListed) -> Page:
    """Read the deliveries that keep a figure from being exact.

    Each says how many people came `unnamed` where the figure is of persons, or how many of its
    person-times are `estimated`.
    """
    return listed.within(UNCERTAIN, "day", where={"indicator": indicator})


@router.get("/projects/{project}/indicators")
def list_indicators(project: Uuid, listed: Listed) -> Page:
    """Read a project's indicators, in the order in which they were defined.

    They are its terms, and happen on no day: those in force on one are asked with `known_at`.
    """
    return listed.page(INDICATOR, where={"ledger": project}, order=("position",))


@router.get("/projects/{project}/out-of-scope")
def list_out_of_scope(project: Uuid, listed: DatedListed) -> Page:
    """Read the deliveries that no goal of the contract names (项目目标未涉及)."""
    return listed.within(OUT_OF_SCOPE, "day", where={"ledger": project})


def reported(
    asked: Question, project: str, since: date | None = None, until: date | None = None
) -> tuple[ProjectRows, Midterm, Documents]:
    """Put the mid-term report together. Raises `not_found` where there is no such project."""
    with asked.answers() as answers:
        if not answers.rows(PROJECT, where={"ledger": project}):
            raise NOT_FOUND("project")
        rows = gather(answers, project, asked.last_day(since, until, project), since)
        documents = documents_of_lines(answers, project)
    return rows, midterm(rows), documents


@router.get("/projects/{project}/midterm")
def read_midterm(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> dict[str, Any]:
    """Read the mid-term report's two tables with their totals; each cell names its indicator.

    The tables speak in the unit of each indicator, cells in `lines` in whole numbers of
    `counted_in`. `extra` has what no column of theirs has, under each line's number and the column
    that it is about (`count` in table A): how a range is `reached_…`, how each of `months_…` of a
    monthly target stands; no month makes up for another. Until the mid-term a line plans what is
    due by then, afterwards what is due in the whole; where only the former is, `by_midterm_…` says
    what had been done in its time. Of a figure of people, so many came `unnamed_…` besides; of
    person-times so many are `estimated_…`. `unit_…` is told of hours and 元, which are no column's,
    and `tenths_…` how much of them was done, in tenths of a percent: hours are rounded.
    """
    _, report, documents = reported(asked, project, since, until)
    return {
        **printed(report, documents),
        "lines": [msgspec.to_builtins(line) for line in report.lines],
    }


@router.get("/projects/{project}/differences")
def list_differences(
    project: Uuid, asked: Asked, since: From = None, until: To = None
) -> list[dict[str, Any]]:
    """Read what does not agree: tables with each other, units within a line, claims with counts."""
    rows, report, _ = reported(asked, project, since, until)
    found = differences(report, rows.claims, rows.contributions)
    return [msgspec.to_builtins(one) for one in found]


class AllocationIn(CommandIn):
    """Whether a delivery counts to an indicator, against its filter, and why."""

    event: Uuid
    indicator: Uuid
    counts: bool = True
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]

    model_config = example(
        {
            "event": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
            "indicator": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "reason": "督导核实后计入",
        }
    )


@router.post("/projects/{project}/allocations", status_code=201)
def decide_allocation(project: Uuid, sent: AllocationIn, command: Commanding) -> ReceiptOut:
    """Count a delivery to an indicator by hand, or withdraw it; the delivery is corrected too."""
    stream = found(command.parts, command.principal, sent.event).stream
    decide = allocate_delivery if sent.counts else deallocate_delivery
    return command.carry_out(
        sent,
        lambda desk, entry: decide(
            desk, entry, project, stream, sent.event, sent.indicator, sent.reason
        ),
    )
