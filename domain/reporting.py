"""What was reported: periods are closed on a snapshot, and printed figures are kept as claims."""

from __future__ import annotations

from datetime import date

from domain.desk import Desk, Receipt
from domain.entry import Entry, check_why
from domain.identity import Id
from domain.indicators import Definition, check_unit
from domain.period import (
    FIGURE_OTHER_LINE,
    ClaimReconciled,
    FigureClaimed,
    PeriodClosed,
    PeriodReopened,
    ReportSubmitted,
    approver_of,
)
from domain.project import Project
from domain.project_work import check_adjusting
from domain.references import check_named


def close_period(
    desk: Desk,
    entry: Entry,
    project: Id,
    first: date,
    last: date,
    position: int,
    hash: str,
    version: int,
) -> Receipt:
    """Close the days from `first` to `last` on the figures of a position, and their hash.

    `version` is that of the view whose tables the hash is over.
    """
    found = desk.load(Project, project, "project")
    facts = PeriodClosed(
        first=first,
        last=last,
        position=position,
        hash=hash,
        approver=approver_of(entry),
        version=version,
    )
    found.periods.check_closing(facts, entry.today)
    found.record(entry, facts)
    return desk.save(entry, found)


def reopen_period(
    desk: Desk, entry: Entry, project: Id, first: date, last: date, reason: str
) -> Receipt:
    """Open a closed period again, with a reason and an approver.

    Refused without the approval that a change within it would need: it opens all of it to changes.
    """
    found = desk.load(Project, project, "project")
    found.periods.check_reopening(first, last)
    check_adjusting(desk, entry, found.scope, found.stations)
    check_why(reason)
    facts = PeriodReopened(first=first, last=last, reason=reason, approver=approver_of(entry))
    found.record(entry, facts)
    return desk.save(entry, found)


def claim_figure(desk: Desk, entry: Entry, project: Id, facts: FigureClaimed) -> Receipt:
    """Keep a figure as a report prints it; of an indicator, only in its unit and on its line."""
    found = desk.load(Project, project, "project")
    check_named(desk, entry, found.scope.operator, facts)
    found.periods.check_claim(facts)
    if facts.indicator is not None:
        known = found.indicators.known(facts.indicator)
        check_unit(known, facts.unit, "unit")
        _check_line(known, facts.line)
    found.record(entry, facts)
    return desk.save(entry, found)


def _check_line(indicator: Definition, line: str | None) -> None:
    """Refuse to claim an indicator's figure of a line that does not print it.

    It would be borne out by the indicator, while people read it as the line's.
    """
    printed = None if indicator.placement is None else indicator.placement.line
    if line is not None and line != printed:
        raise FIGURE_OTHER_LINE(
            "indicator", line=line, named=indicator.code, printed=printed or "–"
        )


def reconcile_claim(desk: Desk, entry: Entry, project: Id, facts: ClaimReconciled) -> Receipt:
    """Explain why a claim differs from the derived figure, which the caller counts."""
    found = desk.load(Project, project, "project")
    found.periods.check_reconciling(facts, entry.today)
    check_why(facts.explanation, "explanation")
    found.record(entry, facts)
    return desk.save(entry, found)


def submit_report(desk: Desk, entry: Entry, project: Id, facts: ReportSubmitted) -> Receipt:
    """Hand a report in, on the figures of a position.

    The caller counts them and says which claims differ from what; one that nobody explained as
    it is counted now is refused.
    Handing it in again is another edition, and both stay.
    """
    found = desk.load(Project, project, "project")
    found.periods.check_submitting(facts, entry.today)
    found.record(entry, facts)
    return desk.save(entry, found)
