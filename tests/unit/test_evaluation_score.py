"""Scores are whole, within their items, lean on evidence, and add up to the total by the sheet."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation_finding import EvaluationReportIssued
from domain.evaluation_score import (
    Grade,
    ItemScored,
    PartyWeight,
    Scores,
    ScoreSheetAdopted,
    SheetItem,
)
from domain.identity import derived_id
from tests.evaluations import EVALUATOR, SHEET, Evaluated
from tests.station import refused


def sheet(**more: Any) -> ScoreSheetAdopted:
    return msgspec.structs.replace(SHEET, **more)


def items(**of_second: Any) -> tuple[SheetItem, ...]:
    first, second, third = SHEET.items
    return (first, msgspec.structs.replace(second, **of_second), third)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        (
            {"parties": (PartyWeight(party="professional", weight=99),)},
            "evaluation.weights_not_100",
            "parties",
        ),
        ({"parties": ()}, "evaluation.weights_not_100", "parties"),
        (
            {
                "parties": (
                    PartyWeight(party="professional", weight=50),
                    PartyWeight(party="professional", weight=50),
                )
            },
            "evaluation.weights_not_100",
            "parties",
        ),
        (
            {
                "parties": (
                    *SHEET.parties[:1],
                    PartyWeight(party="financial", weight=0),
                    PartyWeight(party="purchaser", weight=30),
                )
            },
            "evaluation.weights_not_100",
            "parties",
        ),
        ({"items": SHEET.items[:2]}, "evaluation.points_not_100", "items"),
        ({"items": items(points=39, degrees=(39, 0))}, "evaluation.points_not_100", "items"),
        ({"items": items(code="p1")}, "evaluation.item_twice", "items.0.code"),
        ({"items": items(party="overseer")}, "evaluation.party_unweighted", "items.1.party"),
        (
            {"items": (*SHEET.items, msgspec.structs.replace(SHEET.items[0], code="p3", points=0))},
            "evaluation.degrees_wrong",
            "items.3.degrees",
        ),
        ({"items": items(degrees=())}, "evaluation.degrees_wrong", "items.1.degrees"),
        ({"items": items(degrees=(30, 0))}, "evaluation.degrees_wrong", "items.1.degrees"),
        ({"items": items(degrees=(40, 10, 20))}, "evaluation.degrees_wrong", "items.1.degrees"),
        ({"items": items(degrees=(40, -1))}, "evaluation.degrees_wrong", "items.1.degrees"),
        ({"items": items(score_type="composite")}, "evaluation.degrees_wrong", "items.1.degrees"),
        (
            {
                "items": tuple(
                    msgspec.structs.replace(item, needs_evidence=False) for item in SHEET.items
                )
            },
            "evaluation.evidence_nowhere",
            "items",
        ),
        ({"grades": ()}, "evaluation.grades_wrong", "grades"),
        (
            {"grades": (Grade(name="优秀", least=101), Grade(name="合格", least=0))},
            "evaluation.grades_wrong",
            "grades",
        ),
        ({"grades": (Grade(name="合格", least=60),)}, "evaluation.grades_wrong", "grades"),
        (
            {"grades": (Grade(name="合格", least=0), Grade(name="优秀", least=85))},
            "evaluation.grades_wrong",
            "grades",
        ),
        (
            {"grades": (Grade(name="合格", least=60), Grade(name="合格", least=0))},
            "evaluation.grades_wrong",
            "grades",
        ),
    ],
)
def test_a_sheet_comes_out_or_is_not_adopted(wrong: dict[str, Any], code: str, field: str) -> None:
    it = Evaluated().opened()
    with refused(code, field):
        it.step(sheet(**wrong))


def test_the_rules_do_not_change_while_it_is_scored() -> None:
    it = Evaluated().opened()
    it.step(SHEET)
    with refused("evaluation.sheet_adopted", "id"):
        it.step(SHEET)


def test_scoring_wants_a_sheet_an_item_and_a_score_within_it() -> None:
    it = Evaluated().revealed()
    review = it.review(it.records()[0])
    with refused("evaluation.sheet_missing", "item"):
        it.score("p1", 10, review)
    it.step(SHEET)
    with refused("evaluation.item_unknown", "item"):
        it.score("p9", 10, review)
    for score in (-1, 61):
        with refused("evaluation.score_out_of_range", "score"):
            it.score("p1", score, review)
    with refused("evaluation.not_a_degree", "score"):
        it.score("p2", 35, review)
    it.score("p1", 60, review)
    it.score("p2", 0, review)


def test_no_score_without_evidence_of_this_evaluation() -> None:
    it = Evaluated().revealed()
    review = it.review(it.records()[0])
    it.step(SHEET)
    with refused("evaluation.no_evidence", "leans_on"):
        it.score("p1", 10)
    with refused("evaluation.evidence_unknown", "leans_on.1"):
        it.score("p1", 10, review, derived_id("elsewhere"))
    it.score("f1", 10)


def test_scoring_again_says_why_and_keeps_both() -> None:
    it = Evaluated().scored(p1=50)
    review = next(iter(it.found.evidence.events))
    with refused("evaluation.scored_already", "reason"):
        it.score("p1", 55, review)
    it.score("p1", 55, review, reason="补充材料核实")
    given_to = [
        facts.score
        for facts in it.desk.facts(it.id)
        if isinstance(facts, ItemScored) and facts.item == "p1"
    ]
    assert given_to == [50, 55]
    assert it.found.scores.given["p1"] == 55


def test_the_total_is_reckoned_by_the_sheet_and_gives_the_grade() -> None:
    it = Evaluated().reported()
    report = it.desk.facts(it.id)[-1]
    assert isinstance(report, EvaluationReportIssued)
    # 70 % of 55 + 30, and 30 % of 80: 83.50 points.
    assert (report.total, report.grade, report.edition) == (8350, "合格", 1)


def test_a_report_waits_for_every_item_and_for_a_sheet() -> None:
    it = Evaluated().revealed()
    with refused("evaluation.sheet_missing", "id"):
        it.report()
    it.step(SHEET)
    it.score("f1", 80)
    with refused("evaluation.items_unscored", "id"):
        it.report()


@given(st.integers(0, 60), st.sampled_from([40, 30, 0]), st.integers(0, 100))
def test_totals_are_exact_and_within_the_whole(p1: int, p2: int, f1: int) -> None:
    scores = Scores()
    scores.apply(EVALUATOR, SHEET)
    for item, score in (("p1", p1), ("p2", p2), ("f1", f1)):
        scores.apply(EVALUATOR, ItemScored(item=item, score=score, rationale="按评分表"))
    total = scores.total()
    assert total == 70 * (p1 + p2) + 30 * f1
    assert 0 <= total <= 10_000
    expected = "优秀" if total >= 8500 else "合格" if total >= 6000 else "不合格"
    assert scores.grade(total) == expected
