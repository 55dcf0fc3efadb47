"""What is known of a project on a day, read once for all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from domain.case_facts import CaseEvaluated, FollowUpDone
from domain.counting import BENEFICIARY_ROLES
from domain.event import Facts, topic_of
from domain.identity import Id
from projections.activity import REPORT, activities
from projections.audit import AUDIT, audit
from projections.case import CASE, caseload
from projections.differences import Difference, differences
from projections.engine.ask import Answers, Order
from projections.engine.view import Row, Table, View
from projections.evidence import ATTACHMENT, DOCUMENT, documents
from projections.finding import Figure
from projections.group import GROUP, SESSION, groups
from projections.indicators import OUT_OF_SCOPE, indicators
from projections.midterm import Line, Midterm, ProjectRows, gather, midterm
from projections.project import AMENDMENT, GOAL, PROJECT, projects
from projections.signals.trace import TRACE, traces
from projections.staff import ROLE, staff

VIEWS: tuple[View, ...] = (
    activities,
    audit,
    caseload,
    documents,
    groups,
    indicators,
    projects,
    staff,
    traces,
)
"""The views that the rules ask."""
SAID_OF_THE_WORK = frozenset(
    {"alert", "alert_rule", "claim", "evaluation", "export", "project", "reading"}
)
"""Slices whose records speak of the work and show none of it: promised, claimed, judged, read."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A project's rows up to a day; `traces` are by event.

    `written` are event and stream ids of the records of the work, not of what was said about it.
    """

    project: Row | None
    rows: ProjectRows
    report: Midterm
    differences: Sequence[Difference]
    goals: Sequence[Row]
    amendments: Sequence[Row]
    outside: Sequence[Row]
    traces: dict[Id, Row]
    cases: Sequence[Row]
    groups: Sequence[Row]
    group_sessions: Sequence[Row]
    evaluated: frozenset[Id]
    followed: frozenset[Id]
    published: Sequence[Row]
    files: frozenset[Id]
    written: frozenset[Id]
    roles: Sequence[Row]

    def lines(self, table: str) -> list[Line]:
        """Return the printed lines of one table."""
        return self.report.table(table)

    def events(self, line: Line) -> list[Id]:
        """Return the deliveries behind a line, once each."""
        of = {cell.indicator for cell in line.cells.values()}
        return list(
            dict.fromkeys(row["event"] for row in self.rows.contributions if row["indicator"] in of)
        )

    def work(self, line: Line) -> list[Row]:
        """Return what is known of the deliveries behind a line."""
        return [self.traces[event] for event in self.events(line) if event in self.traces]

    def claims(self, line: Line) -> list[Row]:
        """Return what was claimed of a line, by its name or else by an indicator of it."""
        of = {cell.indicator for cell in line.cells.values()}
        return [
            row
            for row in self.rows.claims
            if row["line"] == line.line or (row["line"] is None and row["indicator"] in of)
        ]


def mixed(claim: Row) -> bool:
    """Say whether a claim counts people served and others in one number."""
    counts = set(claim["counts"].split())
    return bool(counts & BENEFICIARY_ROLES) and bool(counts - BENEFICIARY_ROLES)


def total(rows: Iterable[Row], column: str) -> int:
    """Add up a column."""
    return sum(row[column] for row in rows)


def figures(unit: str, **values: int | float) -> tuple[Figure, ...]:
    """Return figures of one unit by their names."""
    return tuple(Figure(name=name, value=value, unit=unit) for name, value in values.items())


class Asked(msgspec.Struct, frozen=True):
    """What is asked of a project's ledger: up to a day, and since another where one is named."""

    answers: Answers
    ledger: Id
    day: date
    since: date | None

    def whole(self, table: Table, order: Order = ()) -> list[Row]:
        """Return a table's rows, of whatever day."""
        return self.answers.rows(table, where={"ledger": self.ledger}, order=order)

    def until(self, table: Table, order: Order = ()) -> list[Row]:
        """Return what was there by the last day, from the beginning."""
        where, until = {"ledger": self.ledger}, {"day": self.day}
        return self.answers.rows(table, where=where, until=until, order=order)

    def between(self, table: Table, order: Order = ()) -> list[Row]:
        """Return what happened on the days asked about."""
        since = None if self.since is None else {"day": self.since}
        where, until = {"ledger": self.ledger}, {"day": self.day}
        return self.answers.rows(table, where=where, since=since, until=until, order=order)

    def lasting(self, table: Table, begun: str) -> list[Row]:
        """Return what had begun by the last day and was still there on the first."""
        where, until = {"ledger": self.ledger}, {begun: self.day}
        rows = self.answers.rows(table, where=where, until=until, order=(begun,))
        return not_closed_before(rows, self.since)


def known(answers: Answers, project: Id, day: date, since: date | None = None) -> Known:
    """Read what is known of a project's work up to a day; of work done since another day.

    Terms, amendments, evidence and what became of a case are known from the beginning. A case
    whose opening is void was none.
    """
    asked = Asked(answers, project, day, since)
    rows = gather(answers, project, day, since)
    report = midterm(rows)
    steps = asked.until(AUDIT, order=("position",))
    evidence = [row["document"] for row in asked.whole(DOCUMENT)]
    evidence += [row["attachment"] for row in asked.whole(ATTACHMENT)]
    work = [row for row in asked.between(TRACE, order=("day",)) if row["kind"] is not None]
    return Known(
        project=next(iter(asked.whole(PROJECT)), None),
        rows=rows,
        report=report,
        differences=differences(report, rows.claims, rows.contributions),
        goals=asked.whole(GOAL, order=("position",)),
        amendments=asked.until(AMENDMENT),
        outside=asked.between(OUT_OF_SCOPE, order=("day",)),
        traces={row["event"]: row for row in work},
        cases=[row for row in asked.lasting(CASE, begun="opened") if row["stage"] != "withdrawn"],
        groups=asked.lasting(GROUP, begun="planned"),
        group_sessions=asked.until(SESSION),
        evaluated=_streams(steps, CaseEvaluated),
        followed=_streams(steps, FollowUpDone),
        published=asked.between(REPORT),
        files=frozenset(evidence),
        written=_written(steps),
        roles=answers.rows(ROLE, where={"project": project}, order=("begins",)),
    )


def not_closed_before(rows: Sequence[Row], since: date | None) -> list[Row]:
    """Return the cases or groups that were still there on a day; all, where none is named."""
    return [row for row in rows if since is None or not row["closed"] or row["closed"] >= since]


def _written(steps: Iterable[Row]) -> frozenset[Id]:
    return frozenset(
        each
        for row in steps
        if row["type"].partition(".")[0] not in SAID_OF_THE_WORK
        for each in (row["event"], row["stream"])
    )


def _streams(steps: Iterable[Row], kind: type[Facts]) -> frozenset[Id]:
    topic = topic_of(kind)
    return frozenset(row["stream"] for row in steps if row["type"] == topic)
