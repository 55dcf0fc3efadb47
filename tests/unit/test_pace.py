"""Whether an indicator keeps pace, by its own time and by nobody else's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from domain.schedule_rule import light
from projections.pace import Thresholds, pace, paces, watched
from projections.progress import Completion, Due, Progress

PROJECT = {"first": date(2018, 7, 1), "last": date(2018, 12, 31), "midterm": date(2018, 9, 30)}
USUAL = Thresholds(yellow=80, red=60)


def came(total: int, months: dict[str, int] | None = None) -> Progress:
    return Progress(
        indicator={"indicator": "i"}, months=months or {}, total=total, due=(), status=None
    )


def due(per: str, low: int, unit: str = "次", **more: Any) -> Due:
    target = {"per": per, "low": low, "high": low, "unit": unit, "form": "number", **more}
    owed = Completion(numerator=0, low=low, high=low, as_of=date(2018, 9, 1))
    return Due(target=target, completion=None if target["form"] == "words" else owed)


@pytest.mark.parametrize(
    ("day", "passed", "light"),
    [
        (date(2018, 7, 1), 1, "green"),
        (date(2018, 10, 15), 107, "green"),
        (date(2018, 11, 30), 153, "yellow"),
        (date(2018, 12, 31), 184, "red"),
        (date(2019, 3, 1), 184, "red"),
    ],
)
def test_a_project_target_is_held_to_the_share_of_the_project_that_has_passed(
    day: date, passed: int, light: str
) -> None:
    stands = pace(PROJECT, came(59), due("project", 100), day, USUAL)
    assert stands is not None
    assert (stands.passed, stands.days, stands.light) == (passed, 184, light)


def test_a_midterm_target_is_due_whole_at_mid_term() -> None:
    stands = pace(PROJECT, came(59), due("midterm", 100), date(2018, 9, 30), USUAL)
    assert stands is not None
    assert (stands.passed, stands.days, stands.light) == (92, 92, "red")


def test_a_monthly_target_is_held_to_each_month_by_itself() -> None:
    done = came(33, {"2018-07": 30, "2018-08": 3})
    held = paces(PROJECT, done, due("month", 10), date(2018, 9, 15), USUAL)
    assert [(each.period, each.actual, each.light) for each in held] == [
        ("2018-07", 30, "green"),
        ("2018-08", 3, "red"),
        ("2018-09", 0, "red"),
    ]
    assert pace(PROJECT, done, due("month", 10), date(2018, 9, 15), USUAL) == held[-1]


def test_what_is_expected_is_exact_and_nothing_is_behind_before_the_first_is_due() -> None:
    stands = pace(PROJECT, came(0), due("project", 2), date(2018, 9, 1), USUAL)
    assert stands is not None
    assert (stands.expected, stands.light) == (Fraction(2 * 63, 184), "green")
    later = pace(PROJECT, came(1), due("project", 2), date(2018, 11, 16), USUAL)
    assert later is not None
    assert (later.expected, later.light) == (Fraction(2 * 139, 184), "yellow")
    nothing = pace(PROJECT, came(0), due("project", 2), date(2018, 10, 1), USUAL)
    assert nothing is not None
    assert nothing.light == "red"


@pytest.mark.parametrize("midterm", [date(2018, 9, 30), None])
@pytest.mark.parametrize("per", ["month", "midterm", "project"])
@pytest.mark.parametrize("day", [date(2018, 6, 30), date(2018, 7, 2), date(2018, 11, 16)])
def test_the_alert_and_the_page_look_at_the_same(per: str, day: date, midterm: date | None) -> None:
    project = {**PROJECT, "midterm": midterm}
    indicator = {"indicator": "i", "retired": False, "in_scope": True}
    targets = (due(per, 9), due(per, 0, form="words"))
    one = msgspec.structs.replace(came(3, {"2018-07": 3}), indicator=indicator, due=targets)
    alert = [light(each, day, 80, 60) for each in watched(one, project, day)]
    page = [each.light for each in paces(project, one, targets[0], day, USUAL)]
    assert alert == page[-2:]


def test_hours_are_held_against_minutes() -> None:
    stands = pace(PROJECT, came(59 * 60), due("project", 100, "小时"), date(2018, 12, 31), USUAL)
    assert stands is not None
    assert (stands.actual, stands.target, stands.light) == (3540, 6000, "red")


def test_words_a_project_not_begun_and_a_missing_midterm_have_no_pace() -> None:
    day = date(2018, 9, 1)
    assert pace(PROJECT, came(1), due("project", 0, form="words"), day, USUAL) is None
    assert pace(PROJECT, came(1), due("project", 9), date(2018, 6, 30), USUAL) is None
    assert pace({**PROJECT, "midterm": None}, came(1), due("midterm", 9), day, USUAL) is None


def test_an_operators_own_thresholds_decide() -> None:
    day = date(2018, 12, 31)
    mild = pace(PROJECT, came(59), due("project", 100), day, Thresholds(yellow=50, red=30))
    assert mild is not None
    assert mild.light == "green"
