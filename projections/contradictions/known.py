"""What is known of a project on a day, read once for all rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from domain.case_facts import CaseEvaluated, FollowUpDone
from domain.counting import BENEFICIARY_ROLES
from domain.event import topic_of
from domain.identity import Id
from projections.activities import REPORT, activities
from projections.audit import AUDIT, audit
from projections.caseload import CASE, caseload
from projections.differences import Difference, differences
from projections.documents import ATTACHMENT, DOCUMENT, documents
from projections.engine.ask import Answers
from projections.engine.view import Row, View
from projections.finding import Figure
from projections.groups import GROUP, SESSION, groups
from projections.indicators import OUT_OF_SCOPE, indicators
from projections.midterm import Line, Midterm, ProjectRows, gather, midterm
from projections.projects import AMENDMENT, GOAL, PROJECT, projects
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


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A project's rows up to a day; `traces` are by event, `written` event or stream ids."""

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

    def events(self, line: Line, *columns: str) -> list[Id]:
        """Return the deliveries behind a line, once each; of some columns, or of all."""
        of = {
            cell.indicator
            for column, cell in line.cells.items()
            if not columns or column in columns
        }
        return list(
            dict.fromkeys(row["event"] for row in self.rows.contributions if row["indicator"] in of)
        )

    def work(self, line: Line) -> list[Row]:
        """Return what is known of the deliveries behind a line."""
        return [self.traces[event] for event in self.events(line) if event in self.traces]

    def claims(self, line: Line) -> list[Row]:
        """Return what was claimed of a line."""
        of = {cell.indicator for cell in line.cells.values()}
        return [
            row
            for row in self.rows.claims
            if row["line"] == line.line or (row["indicator"] is not None and row["indicator"] in of)
        ]


def mixed(claim: Row) -> bool:
    """Say whether a claim counts people served and others in one number."""
    counts = set(claim["counts"].split())
    return bool(counts & BENEFICIARY_ROLES) and bool(counts - BENEFICIARY_ROLES)


def total(rows: Iterable[Row], column: str) -> int:
    """Add up a column."""
    return sum(row[column] for row in rows)


def figures(unit: str, **values: int) -> tuple[Figure, ...]:
    """Return figures of one unit by their names."""
    return tuple(Figure(name=name, value=value, unit=unit) for name, value in values.items())


def known(answers: Answers, project: Id, day: date, since: date | None = None) -> Known:
    """Read what is known of a project's work up to a day; of work done since another day.

    Terms, amendments, evidence and what became of a case are known from the beginning.
    """
    ledger = {"ledger": project}
    first = None if since is None else {"day": since}
    rows = gather(answers, project, day, since)
    report = midterm(rows)
    terms = answers.rows(PROJECT, where=ledger)
    steps = answers.rows(AUDIT, where=ledger, until={"day": day}, order=("position",))
    by_type: dict[str, list[Row]] = {}
    for row in steps:
        by_type.setdefault(row["type"], []).append(row)
    return Known(
        project=terms[0] if terms else None,
        rows=rows,
        report=report,
        differences=differences(report, rows.claims, rows.contributions),
        goals=answers.rows(GOAL, where=ledger, order=("position",)),
        amendments=answers.rows(AMENDMENT, where=ledger, until={"day": day}),
        outside=answers.rows(
            OUT_OF_SCOPE, where=ledger, since=first, until={"day": day}, order=("day",)
        ),
        traces={
            row["event"]: row
            for row in answers.rows(
                TRACE, where=ledger, since=first, until={"day": day}, order=("day",)
            )
            if row["kind"] is not None
        },
        cases=not_closed_before(
            answers.rows(CASE, where=ledger, until={"opened": day}, order=("opened",)), since
        ),
        groups=not_closed_before(
            answers.rows(GROUP, where=ledger, until={"planned": day}, order=("planned",)), since
        ),
        group_sessions=answers.rows(SESSION, where=ledger, until={"day": day}),
        evaluated=_streams(by_type, topic_of(CaseEvaluated)),
        followed=_streams(by_type, topic_of(FollowUpDone)),
        published=answers.rows(REPORT, where=ledger, since=first, until={"day": day}),
        files=frozenset(
            [row["document"] for row in answers.rows(DOCUMENT, where=ledger)]
            + [row["attachment"] for row in answers.rows(ATTACHMENT, where=ledger)]
        ),
        written=frozenset(each for row in steps for each in (row["event"], row["stream"])),
        roles=answers.rows(ROLE, where={"project": project}, order=("begins",)),
    )


def not_closed_before(rows: Sequence[Row], since: date | None) -> list[Row]:
    """Return the cases or groups that were still there on a day; all, where none is named."""
    return [row for row in rows if since is None or not row["closed"] or row["closed"] >= since]


def _streams(by_type: dict[str, list[Row]], topic: str) -> frozenset[Id]:
    return frozenset(row["stream"] for row in by_type.get(topic, ()))
