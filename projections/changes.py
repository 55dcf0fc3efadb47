"""Changes between two moments: which rows and which lines of a report, and the events behind each.

Not to be confused with the differences and contradictions *within* a report: here the same
question is asked twice, as known at one moment and as known at a later one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Literal

import msgspec

from domain.event import Correction, topic_of
from domain.identity import Id
from domain.journal.past import Moment
from domain.principal import Principal
from domain.subject import way
from projections import (
    activity,
    alert,
    case,
    contact_rule,
    donation,
    evaluation,
    evidence,
    group,
    household,
    need,
    organisation,
    person,
    project,
    staff,
    visit,
)
from projections.amounts import counted_in, stated
from projections.audit import AUDIT, change_of, differences
from projections.engine.ask import Answers
from projections.engine.past import Past
from projections.engine.tracking import Compared, RowChange, compare
from projections.engine.view import Record, Row, Table
from projections.evaluation_tables import CALL
from projections.indicators import (
    CLAIM,
    CONTRIBUTION,
    INDICATOR,
    MERGED,
    OUT_OF_SCOPE,
    STATUS,
    TARGET,
    UNCERTAIN,
)
from projections.midterm import Line, Midterm, gather, midterm
from projections.progress import merged_subjects
from projections.registers import HIDDEN
from projections.retained import RETAINED, documents_of_lines

Register = Literal[
    "activities", "alerts", "audit", "cases", "documents", "donations", "evaluations",
    "followups", "groups", "households", "indicators", "needs", "organisations", "persons",
    "projects", "staff", "visits",
]  # fmt: skip
REGISTERS: dict[Register, tuple[Table, ...]] = {
    "activities": activity.activities.tables,
    "alerts": alert.alerts.tables,
    "audit": (AUDIT,),
    "cases": case.caseload.tables,
    "documents": evidence.documents.tables,
    "donations": donation.donations.tables,
    "evaluations": tuple(each for each in evaluation.evaluations.tables if each is not CALL),
    "followups": contact_rule.followups.tables,
    "groups": group.groups.tables,
    "households": household.households.tables,
    "indicators": (
        INDICATOR,
        TARGET,
        STATUS,
        CONTRIBUTION,
        UNCERTAIN,
        MERGED,
        OUT_OF_SCOPE,
        CLAIM,
    ),
    "needs": need.needs.tables,
    "organisations": organisation.organisations.tables,
    "persons": (person.PERSON, person.MEMBERSHIP, person.CONSENT, person.RESIDENCE),
    "projects": project.projects.tables,
    "staff": staff.staff.tables,
    "visits": visit.visits.tables,
}
"""What can be compared row by row, and of it only what people may read row by row."""
BEHIND_A_LINE = (
    INDICATOR,
    TARGET,
    STATUS,
    CONTRIBUTION,
    UNCERTAIN,
    MERGED,
    RETAINED,
    project.PROJECT,
)


MOVING = ("planned", "planned_text", "actual", "unnamed", "estimated", "said", "state")
"""What of a cell moves, beside its unit."""
INEXACT = ("unnamed", "estimated")
"""What is told of a figure only where it is not exact."""


class LineChange(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report that is not what it was; `before` is None of a line that is new."""

    table: str
    line: str
    before: Row | None
    after: Row | None
    events: list[Row]


class ReportChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in the two tables: their lines, and the totals that moved, before and after."""

    as_of: date
    lines: list[LineChange]
    totals: dict[str, tuple[Any, Any]]


def register_changes(
    past: Past,
    principal: Principal,
    ledger: Id,
    between: tuple[Moment, Moment],
    register: Register,
    days: tuple[date | None, date | None] = (None, None),
) -> list[Row]:
    """Return the rows of a register that changed between two moments, in order.

    Of what happened on certain days only, where the first or the last of them is named.
    Raises `not_found` and `known_at.too_much`.
    """
    tables = REGISTERS[register]
    first, last = days[0] or date.min, days[1] or date.max
    compared: Compared[None] = compare(past, principal, ledger, between, tables)
    return [
        told
        for change in compared.changes
        if any(first <= day <= last for day in _days(change))
        and (told := row_change(change))["changes"]
    ]


def _days(change: RowChange) -> list[date]:
    """Return when that happened of which a row tells; else, when what changed it did."""
    if "day" in change.table.columns:
        rows = (change.before, change.after)
        return [row["day"] for row in rows if row is not None and row["day"] is not None]
    return [record.occurred.day for record in change.events]


def row_change(change: RowChange) -> Row:
    """Return what is new, gone or different in a row, and by which events."""
    kind = "changed"
    if change.before is None or change.after is None:
        kind = "new" if change.before is None else "gone"
    return {
        "table": change.table.name,
        "key": change.key,
        "change": kind,
        "changes": [each for each in change.fields if each["field"] not in HIDDEN],
        "events": [step(record) for record in change.events],
    }


def step(record: Record[Any]) -> Row:
    """Return what an event did, who wrote it when, and why; sealed fields stay sealed."""
    event, facts = record.event, record.facts
    correction = facts if isinstance(facts, Correction) else None
    return {
        "event": record.id,
        "record": record.id if correction is None else correction.target,
        "type": topic_of(type(facts)),
        "change": change_of(facts),
        "day": record.occurred.day,
        "position": record.position,
        "recorded_at": record.at,
        "actor": event.actor,
        "role": event.role,
        "late_reason": event.late_reason,
        "reason": None if correction is None else msgspec.to_builtins(correction.reason),
        "changes": [] if correction is None else differences(correction),
    }


class ReportThen(msgspec.Struct, frozen=True, kw_only=True):
    """The report as it stood at one of the moments.

    `counting` says which indicators count somebody who was merged: the link is behind them.
    """

    report: Midterm
    documents: dict[str, list[str]]
    counting: dict[Id, set[Id]]

    def line(self, place: tuple[str, str]) -> Row | None:
        """Return a line with its figures and documents; None where there is none."""
        for line in self.report.lines:
            if (line.table, line.line) == place:
                kept = self.documents.get(line.line, []) if line.table == "B" else []
                return {**msgspec.to_builtins(line), "retained_documents": kept}
        return None


def moved_cells(before: Row | None, after: Row | None) -> Iterator[Row]:
    """Yield what differs in a line of the report, cell by cell: column, what of it, both sides.

    Numbers are in the unit that the figure had then: another may have taken its place since. The
    column is `called` by that unit where it is not what is counted, as hours under minutes.
    """
    was, now = ((line or {}).get("cells", {}) for line in (before, after))
    for column in sorted(was | now):
        old, new = (_stated(cells.get(column)) for cells in (was, now))
        unit = (new or old)["unit"]
        called = ("column", column) if unit == counted_in(unit) else ("unit", unit)
        for name in ("unit", *MOVING) if old and new else MOVING:
            if old.get(name) != new.get(name):
                yield {
                    "column": column,
                    "called": called,
                    "what": name,
                    "before": old.get(name),
                    "after": new.get(name),
                }


def _stated(cell: Row | None) -> Row:
    """Return a cell with its numbers in its unit; nothing where there is none."""
    if cell is None:
        return {}
    parts = {name: cell[name] for name in ("unit", *MOVING)}
    parts |= {name: parts[name] or None for name in INEXACT}
    return {
        name: stated(value, cell["unit"]) if isinstance(value, int) else value
        for name, value in parts.items()
    }


def report_changes(
    past: Past,
    principal: Principal,
    project: Id,
    between: tuple[Moment, Moment],
    until: date,
    since: date | None = None,
) -> ReportChange:
    """Return what changed between two moments in the report of one and the same time.

    Raises `not_found` and `known_at.too_much`.
    """

    def ask(answers: Answers) -> ReportThen:
        return ReportThen(
            report=midterm(gather(answers, project, until, since)),
            documents=documents_of_lines(answers, project),
            counting=_counting(answers, project, until, since),
        )

    compared = compare(past, principal, project, between, BEHIND_A_LINE, ask)
    before, after = compared.before.report, compared.after.report
    return ReportChange(as_of=until, lines=_lines(compared), totals=_moved(before, after))


def _counting(answers: Answers, project: Id, until: date, since: date | None) -> dict[Id, set[Id]]:
    """Return which indicators count each of those who were merged, or somebody merged into them."""
    links, found = merged_subjects(answers, project), defaultdict[Id, set[Id]](set)
    if links:
        first = {"day": since} if since else None
        where, last = {"ledger": project}, {"day": until}
        for row in answers.rows(CONTRIBUTION, where=where, since=first, until=last):
            for one in way(links, row["subject"]):
                found[one].add(row["indicator"])
    return found


def _lines(compared: Compared[ReportThen]) -> list[LineChange]:
    lines = [*compared.before.report.lines, *compared.after.report.lines]
    found = []
    for place in sorted({(line.table, line.line) for line in lines}):
        was, now = compared.before.line(place), compared.after.line(place)
        if was != now:
            mine = [line for line in lines if (line.table, line.line) == place]
            events = _behind(mine, compared)
            found.append(
                LineChange(table=place[0], line=place[1], before=was, after=now, events=events)
            )
    return found


def _behind(lines: Iterable[Line], compared: Compared[ReportThen]) -> list[Row]:
    """Return the events that changed a row which a line is made of, in order."""
    shown = list(lines)
    indicators = {cell.indicator for line in shown for cell in line.cells.values()}
    names = {line.line for line in shown if line.table == "B"}
    records: dict[Id, Record[Any]] = {}
    for change in compared.changes:
        row = {**(change.before or {}), **(change.after or {}), **change.key}
        if change.table is RETAINED:
            of_line = row["line"] in names
        elif change.table is MERGED:
            moments = (compared.before.counting, compared.after.counting)
            of_line = any(indicators & each.get(row["absorbed"], set()) for each in moments)
        elif change.table is project.PROJECT:
            of_line = any(cell.months for line in shown for cell in line.cells.values())
        else:
            of_line = row["indicator"] in indicators
        if of_line:
            records |= {record.id: record for record in change.events}
    return [step(each) for each in sorted(records.values(), key=lambda each: each.position)]


def _moved(before: Midterm, after: Midterm) -> dict[str, tuple[Any, Any]]:
    totals = {
        f"{what}_{column}": (
            getattr(before.totals[column], what),
            getattr(after.totals[column], what),
        )
        for column in after.totals
        for what in ("planned", "actual", "out_of_scope")
    }
    return {name: pair for name, pair in totals.items() if pair[0] != pair[1]}
