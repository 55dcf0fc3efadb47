"""Closed periods and claimed figures: what was reported, by whom, and what is known since.

After a period is closed, what still changes in it needs an approver and shows as an adjustment
(events.md, "Corrections"). A figure that somebody wrote into a report is a claim (填报数): it
stands beside the derived figure (核算数), and neither overwrites the other (figures.md).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from domain.entry import Entry
from domain.event import Facts, fact
from domain.fingerprint import normal_words
from domain.identity import Id
from domain.refusals import Conflict, NotFound, refusal

Qualifier = Literal["余", "近", "约"]
"""余 and more, 近 nearly, 约 about (counting rule 12)."""

CLOSED = refusal("period.closed", Conflict)
CLOSED_TWICE = refusal("period.closed_twice", Conflict)
NOT_CLOSED = refusal("period.not_closed", Conflict)
NOT_OVER = refusal("period.not_over")
BACKWARDS = refusal("period.backwards")
NO_APPROVER = refusal("period.no_approver")
BAD_HASH = refusal("period.bad_hash")
FIGURE_NO_UNIT = refusal("figure.no_unit")
FIGURE_OF_NOTHING = refusal("figure.of_nothing")
FIGURE_OF_TWO_THINGS = refusal("figure.of_two_things")
FIGURE_OTHER_LINE = refusal("figure.other_line")
FIGURE_UNKNOWN = refusal("figure.unknown", NotFound)
REPORT_UNNAMED = refusal("report.unnamed")
REPORT_NOT_OVER = refusal("report.not_over")
REPORT_NO_FIGURES = refusal("report.no_figures")
REPORT_HAS_FIGURES = refusal("report.has_figures")
REPORT_UNEXPLAINED = refusal("report.unexplained", Conflict)


@fact()
class PeriodClosed(Facts, frozen=True, kw_only=True, tag="project.PeriodClosed@1"):
    """锁期: the figures of these days stand as reported; `position` and `hash` say on what.

    `version` is that of the view `indicators` whose tables the hash is over; None in records made
    before it was written down.
    """

    first: date
    last: date
    position: int
    hash: str
    approver: Id
    version: int | None = None


@fact()
class PeriodReopened(Facts, frozen=True, kw_only=True, tag="project.PeriodReopened@1"):
    """The days are open again; the snapshot that was reported stays in the trail."""

    first: date
    last: date
    reason: str
    approver: Id


@fact()
class FigureClaimed(Facts, frozen=True, kw_only=True, tag="project.FigureClaimed@1"):
    """填报数: a figure as a report prints it, of a line, an indicator or one event.

    An indicator beside a line tells which of the line's figures is meant. `text` is what stands
    there, word for word; `counts` whom its author says it counts.
    """

    report: str
    value: int
    unit: str
    author: Id
    line: str | None = None
    indicator: Id | None = None
    event: Id | None = None
    qualifier: Qualifier | None = None
    text: str = ""
    counts: tuple[str, ...] = ()


class CountedFigure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """核算数: what was counted of a line, which a claim is held against."""

    line: str
    value: int
    unit: str


Count = tuple[CountedFigure, ...]
"""All that a claim is held against; nothing where nothing that is counted speaks of it."""


@fact()
class ClaimReconciled(Facts, frozen=True, kw_only=True, tag="project.ClaimReconciled@1"):
    """Somebody explained why a claim differs from the derived figure; both stay.

    `counted` is what was counted up to `day` when it was given. It explains the difference from
    that count and from no other; from before counts were kept it has none, and explains nothing.
    """

    claim: Id
    explanation: str
    counted: Count | None = None
    day: date | None = None


class ClaimCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was counted beside a claim."""

    claim: Id
    counted: Count = ()


@fact()
class ReportSubmitted(Facts, frozen=True, kw_only=True, tag="project.ReportSubmitted@1"):
    """A report was handed in: on the figures up to `day`, as known at `position`, by their hash.

    `differing` are the claims in it that the count did not bear out, and `counts` what was counted
    beside each; each had been explained for that count.
    `version` is as in `PeriodClosed`. `no_figures` is what whoever handed it in says for a report
    of no claim: that nobody typed a figure into it.
    """

    report: str
    day: date
    position: int
    hash: str
    differing: tuple[Id, ...] = ()
    counts: tuple[ClaimCount, ...] = ()
    version: int | None = None
    no_figures: bool = False


def approver_of(entry: Entry) -> Id:
    """Return who approved; closing and reopening are never one person's silent act."""
    if entry.approved_by is None:
        raise NO_APPROVER("approved_by")
    return entry.approved_by


class Periods:
    """The closed periods and the claims of one project."""

    def __init__(self) -> None:
        self.closed: dict[tuple[date, date], PeriodClosed] = {}
        self.claims: dict[Id, FigureClaimed] = {}
        self.explained: dict[Id, Count | None] = {}

    def apply(self, event: Id, facts: Facts) -> None:
        """Take what was decided into the register."""
        match facts:
            case PeriodClosed():
                self.closed[facts.first, facts.last] = facts
            case PeriodReopened():
                del self.closed[facts.first, facts.last]
            case FigureClaimed():
                self.claims[event] = facts
            case ClaimReconciled(claim=claim, counted=counted):
                self.explained[claim] = counted

    def closed_on(self, day: date) -> bool:
        """Say whether a day lies in a closed period."""
        return any(first <= day <= last for first, last in self.closed)

    def closed_from(self, day: date) -> bool:
        """Say whether what holds from a day on holds in a closed period too."""
        return any(day <= last for _, last in self.closed)

    def check_open(self, day: date, approved_by: Id | None) -> None:
        """Refuse work of a closed period that nobody approved."""
        if approved_by is None and self.closed_on(day):
            raise CLOSED("approved_by", day=day.isoformat())

    def check_open_from(self, day: date, approved_by: Id | None) -> None:
        """Refuse what holds from a day on, in a closed period too, and that nobody approved."""
        if approved_by is None and self.closed_from(day):
            raise CLOSED("approved_by", day=day.isoformat())

    def check_closing(self, facts: PeriodClosed, today: date) -> None:
        """Refuse days that are closed already, that are not over, or a snapshot without hash."""
        if facts.last < facts.first:
            raise BACKWARDS("last")
        if facts.last >= today:
            raise NOT_OVER("last")
        if any(facts.first <= last and first <= facts.last for first, last in self.closed):
            raise CLOSED_TWICE("first")
        check_hash(facts.hash)

    def check_reopening(self, first: date, last: date) -> None:
        """Refuse to open what is not closed."""
        if (first, last) not in self.closed:
            raise NOT_CLOSED("first")

    def check_claim(self, facts: FigureClaimed) -> None:
        """Refuse a figure without its unit, or of which nobody can say what it counts.

        Refused too is one of an event and of a whole at once: one number is seldom both, and it
        could be held against only one of them.
        """
        if not facts.unit.strip():
            raise FIGURE_NO_UNIT("unit")
        of_whole = facts.line is not None or facts.indicator is not None
        if not of_whole and facts.event is None:
            raise FIGURE_OF_NOTHING("line")
        if of_whole and facts.event is not None:
            raise FIGURE_OF_TWO_THINGS("event")

    def check_reconciling(self, facts: ClaimReconciled, today: date) -> None:
        """Refuse an explanation of a claim that was never made, or of a count that is to come."""
        if facts.claim not in self.claims:
            raise FIGURE_UNKNOWN("claim")
        if facts.day is not None and facts.day > today:
            raise REPORT_NOT_OVER("day")

    def check_submitting(self, facts: ReportSubmitted, today: date) -> None:
        """Refuse a report with figures that differ and nobody explained (AL-18), naming them.

        An explanation of another count than the present one explains nothing. A report of no claim
        needs the word that nobody typed a figure into it: else a name that no claim carries would
        hold them all against nothing.
        """
        if not facts.report.strip():
            raise REPORT_UNNAMED("report")
        if facts.day > today:
            raise REPORT_NOT_OVER("day")
        check_hash(facts.hash)
        for claim in facts.differing:
            if claim not in self.claims:
                raise FIGURE_UNKNOWN("differing")
        self._check_figures(facts)
        now = {each.claim: each.counted for each in facts.counts}
        unexplained = [
            claim
            for claim in facts.differing
            if claim not in now or self.explained.get(claim) != now[claim]
        ]
        if unexplained:
            raise REPORT_UNEXPLAINED(
                "claims",
                count=len(unexplained),
                outdated=sum(1 for claim in unexplained if claim in self.explained),
                claims=", ".join(unexplained),
                figures="; ".join(
                    self._printed(claim, now.get(claim, ())) for claim in unexplained
                ),
            )

    def _check_figures(self, facts: ReportSubmitted) -> None:
        reports = {said.report for said in self.claims.values()}
        has_figures = any(same_report(facts.report, each) for each in reports)
        if has_figures and facts.no_figures:
            raise REPORT_HAS_FIGURES("no_figures", report=facts.report)
        if not has_figures and not facts.no_figures:
            known = ", ".join(sorted(reports)) or "–"
            raise REPORT_NO_FIGURES("report", report=facts.report, known=known)

    def _printed(self, claim: Id, counted: Count) -> str:
        said = self.claims[claim]
        place = said.line or said.indicator or said.event
        return f"{place} {said.value}{said.unit}{said.qualifier or ''} ({printed_count(counted)})"


def same_report(one: str, other: str) -> bool:
    """Say whether two names mean one report, whatever their case, width, spaces and hyphens."""
    return normal_words(one) == normal_words(other)


def printed_count(counted: Count) -> str:
    """Return figures as one line, the same for the same count."""
    return ", ".join(f"{each.line} {each.value}{each.unit}" for each in counted) or "–"


def check_hash(hash: str) -> None:
    """Refuse what is no SHA-256 in lower-case hex."""
    if len(hash) != 64 or not set(hash) <= set("0123456789abcdef"):
        raise BAD_HASH("hash")
