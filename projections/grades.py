"""Grades that reports state, held against the sheet and the scores that stand before them.

A total is never typed, but whoever keeps the ledger writes the report's record: a total or grade
that does not follow from what the evaluators scored was put there by somebody else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from domain.evaluation_finding import EvaluationReportIssued
from domain.evaluation_score import ItemScored, Scores, ScoreSheetAdopted
from domain.event import topic_of
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.verify import Finding
from domain.refusals import ShiluError

KINDS = (ScoreSheetAdopted, ItemScored, EvaluationReportIssued)
MARKS = [f'"@type":"{topic_of(kind)}"'.encode() for kind in KINDS]


class Grades:
    """The scores of a ledger's evaluations so far, as its entries are read in order."""

    def __init__(self, ledger: Id) -> None:
        self.ledger = ledger
        self.scores = defaultdict[Id, Scores](Scores)

    def differing(self, rows: Iterable[JournalRow]) -> Iterator[Finding]:
        """Take entries, and yield `grade_differs` for each report that states what does not follow.

        Its details are total and grade, `stated` and `reckoned`: a total in hundredths of a point.
        """
        for row in rows:
            if not any(mark in row.state for mark in MARKS):
                continue
            event = decode(row.state)
            scores, facts = self.scores[event.stream], event.facts
            scores.apply(event.actor, facts)
            if not isinstance(facts, EvaluationReportIssued):
                continue
            stated, reckoned = _told(facts.total, facts.grade), _reckoned(scores)
            if stated != reckoned:
                details = {"stated": stated, "reckoned": reckoned}
                yield Finding("grade_differs", self.ledger, row.number, details)


def _reckoned(scores: Scores) -> str:
    """Return total and grade by a sheet that is signed, but that nobody may have looked at."""
    try:
        total = scores.total()
        return _told(total, scores.grade(total))
    except (ShiluError, LookupError, StopIteration):  # not all scored, weighted or graded
        return "–"


def _told(total: int, grade: str) -> str:
    return f"{total} {grade}"
