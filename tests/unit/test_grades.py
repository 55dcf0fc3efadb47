"""A report's grade must follow from the scores that stand before it, whoever signed the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.evaluating import file_appeal
from domain.evaluation_finding import EvaluationReportIssued
from domain.evaluation_score import ItemScored, ScoreSheetAdopted
from domain.event import AnyEvent
from projections.grades import Grades
from tests.evaluations import Evaluated
from tests.journalled import rows_of


def reported_twice() -> list[AnyEvent]:
    """A report of 83.50 points, appealed against; the second edition has 89.50."""
    it = Evaluated().reported()
    lead = it.as_role("project_lead")
    it.decide(file_appeal(it.desk, lead, it.id, "评分标准有误").events[0], upheld=True)
    it.score("f1", 100, reason="补交了决算表")
    it.report()
    return list(it.desk.log)


def altered(log: list[AnyEvent], kind: type[Any], **said: Any) -> list[AnyEvent]:
    """Return a log in which the first record of a kind says something else."""
    at = next(number for number, event in enumerate(log) if isinstance(event.facts, kind))
    forged = replace(log[at], facts=replace(log[at].facts, **said))
    return [*log[:at], forged, *log[at + 1 :]]


def found(log: list[AnyEvent]) -> list[tuple[str, str]]:
    """Return what reports state and what it should be, read some entries at a time."""
    rows, grades = list(rows_of(log)), Grades(log[0].ledger)
    findings = [*grades.differing(rows[:20]), *grades.differing(rows[20:])]
    for one in findings:
        assert one.code == "grade_differs"
        entry = log[(one.entry or 0) - 1]
        assert isinstance(entry.facts, EvaluationReportIssued)
    return [(one.details["stated"], one.details["reckoned"]) for one in findings]


def test_grades_that_follow_from_the_scores_of_their_time_are_not_found() -> None:
    assert found(reported_twice()) == []


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (EvaluationReportIssued, {"total": 9000}, [("9000 合格", "8350 合格")]),
        (EvaluationReportIssued, {"grade": "优秀"}, [("8350 优秀", "8350 合格")]),
        (ItemScored, {"score": 0}, [("8350 合格", "4500 不合格"), ("8950 优秀", "5100 不合格")]),
        (ItemScored, {"item": "p9"}, [("8350 合格", "–"), ("8950 优秀", "–")]),
        (ScoreSheetAdopted, {"parties": ()}, [("8350 合格", "–"), ("8950 优秀", "–")]),
        (ScoreSheetAdopted, {"grades": ()}, [("8350 合格", "–"), ("8950 优秀", "–")]),
    ],
)
def test_whatever_is_altered_behind_a_grade_is_found(
    kind: type[Any], said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(altered(reported_twice(), kind, **said)) == expected


def test_a_report_without_a_sheet_states_what_nobody_scored() -> None:
    log = [one for one in reported_twice() if not isinstance(one.facts, ScoreSheetAdopted)]
    assert [reckoned for _, reckoned in found(log)] == ["–", "–"]
