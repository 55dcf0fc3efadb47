"""What findings say in English: units by their English names, and one thing in the singular."""

from __future__ import annotations

import pytest

from projections.finding import Finding
from projections.naming import in_number, with_units


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("14次, 312人次", "14 times, 312 person-times"),
        ("3–4次", "3–4 times"),
        ("5个", "5 units"),
        ("2018年9月3名", "2018年9月3 persons"),
        ("A B 14/20次 70%", "A B 14/20 times 70%"),
        ("三名社工3名社工", "三名社工3名社工"),
    ],
)
def test_amounts_are_told_with_their_units(said: str, words: str) -> None:
    assert with_units(said, "en") == words
    assert with_units(said, "zh") == said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("1 days overdue", "1 day overdue"),
        ("over 1 meetings, by 1 writers", "over 1 meeting, by 1 writer"),
        ("1 people and 1 person-times", "1 person and 1 person-time"),
        ("11 days, 2.1 times, 0–1 times, B-1 times, 1 yuan", None),
    ],
)
def test_what_there_is_one_of_is_told_in_the_singular(said: str, words: str | None) -> None:
    assert in_number(said, "en") == (said if words is None else words)
    assert in_number(said, "zh") == said


def test_an_english_finding_carries_no_chinese_unit() -> None:
    changed = Finding(
        code="unit_changes",
        details={
            "line": "B13",
            "planned_as": "1个",
            "reached": "14次, 312人次",
            "average": "22 + 4/14",
            "members": "45人",
        },
    )
    words = changed.words("en")
    assert "planned as 1 unit, reached as 14 times, 312 person-times" in words
    assert "claimed as 45 persons" in words
    assert "14次" in changed.words("zh")
    met = Finding(
        code="plan_met_exactly",
        details={
            "line": "B05",
            "planned": 88,
            "actual": 88,
            "unit": "次",
            "set_on": "2018-06-01",
            "first": "2018-06-02",
        },
    )
    assert "planned 88 and reached 88 (times)" in met.words("en")


def test_english_findings_of_one_are_in_the_singular() -> None:
    figures = {"said": 3, "person_times": 2, "times": 1}
    found = Finding(code="more_people_than_times", details={"line": "B07", **figures})
    assert "over 1 meeting." in found.words("en")
