"""Whether an indicator keeps pace, by its own time and by nobody else's."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from domain.schedule_rule import Span, light
from projections.completion import completion
from projections.monthly import months_held
from projections.pace import Thresholds, pace, paces, watched
from projections.progress import Due, Progress

FIRST, LAST = date(2018, 7, 1), date(2018, 12, 31)
PROJECT = {"first": FIRST, "last": LAST, "midterm": date(2018, 9, 30)}
WHOLE = Span(first=FIRST, last=LAST)
USUAL = Thresholds(yellow=80, red=60)


def came(total: int, months: dict[str, int] | None = None) -> Progress:
    return Progress(
        indicator={"indicator": "i"}, months=months or {}, total=total, due=(), status=None
    )


def due(
    per: str, low: int, unit: str = "次", *, done: Progress, day: date = LAST, **more: Any
) -> Due:
    """A target from the first day on, as it stands on a day after so much was done."""
    said = {"indicator": "i", "effective_from": FIRST, "position": 1, "form": "number", **more}
    target = {"per": per, "low": low, "high": low, "unit": unit, **said}
    months = months_held([target], done.months, WHOLE, day) if per == "month" else ()
    return Due(target=target, completion=completion(done.total, target, day), months=months)


@pytest.mark.parametrize(
    ("day", "passed", "light"),
    [
        (date(2018, 7, 1), 0, "green"),
        (date(2018, 10, 15), 106, "green"),
        (date(2018, 11, 30), 152, "yellow"),
        (date(2018, 12, 31), 183, "red"),
        (date(2019, 1, 1), 184, "red"),
        (date(2019, 3, 1), 184, "red"),
    ],
)
def test_a_project_target_is_held_to_the_share_of_the_project_that_has_passed(
    day: date, passed: int, light: str
) -> None:
    done = came(59)
    stands = pace(PROJECT, done, due("project", 100, done=done), day, USUAL)
    assert stands is not None
    assert (stands.passed, stands.days, stands.light) == (passed, 184, light)


def test_a_midterm_target_is_due_whole_at_mid_term() -> None:
    done = came(59)
    stands = pace(PROJECT, done, due("midterm", 100, done=done), date(2018, 10, 1), USUAL)
    assert stands is not None
    assert (stands.passed, stands.days, stands.light) == (92, 92, "red")


def test_a_monthly_target_is_held_to_each_month_by_itself() -> None:
    done, day = came(33, {"2018-07": 30, "2018-08": 3}), date(2018, 9, 15)
    target = due("month", 10, done=done, day=day)
    held = paces(PROJECT, done, target, day, USUAL)
    assert [(each.period, each.actual, each.light) for each in held] == [
        ("2018-07", 30, "green"),
        ("2018-08", 3, "red"),
        ("2018-09", 0, "red"),
    ]
    assert pace(PROJECT, done, target, day, USUAL) == held[-1]


def test_what_is_expected_is_exact_and_nothing_is_behind_before_the_first_is_due() -> None:
    none, one = came(0), came(1)
    stands = pace(PROJECT, none, due("project", 2, done=none), date(2018, 9, 1), USUAL)
    assert stands is not None
    assert (stands.expected, stands.light) == (Fraction(2 * 62, 184), "green")
    later = pace(PROJECT, one, due("project", 2, done=one), date(2018, 11, 16), USUAL)
    assert later is not None
    assert (later.expected, later.light) == (Fraction(2 * 138, 184), "yellow")
    nothing = pace(PROJECT, none, due("project", 2, done=none), date(2018, 10, 1), USUAL)
    assert nothing is not None
    assert nothing.light == "red"


@pytest.mark.parametrize("midterm", [date(2018, 9, 30), None])
@pytest.mark.parametrize("per", ["month", "midterm", "project"])
@pytest.mark.parametrize("day", [date(2018, 6, 30), date(2018, 7, 2), date(2018, 11, 16)])
def test_the_alert_and_the_page_look_at_the_same(per: str, day: date, midterm: date | None) -> None:
    project = {**PROJECT, "midterm": midterm}
    indicator = {"indicator": "i", "in_scope": True}
    done = came(3, {"2018-07": 3})
    targets = (due(per, 9, done=done, day=day), due(per, 0, done=done, day=day, form="words"))
    one = msgspec.structs.replace(done, indicator=indicator, due=targets)
    alert = [light(each, day, 80, 60) for each in watched(one, project, day)]
    page = [each.light for each in paces(project, one, targets[0], day, USUAL)]
    assert alert == page[-2:]


def test_the_alert_looks_at_the_month_that_begins_and_the_one_before_it_of_what_is_held() -> None:
    """Given a monthly target that nothing was done for, when a month begins, then that month and
    the one before are looked at; and none of an indicator outside the goals, though its target
    stands."""
    day = date(2018, 10, 1)
    done = came(0)
    each = (due("month", 9, done=done, day=day),)

    def looked_at(**said: bool) -> list[str]:
        indicator = {"indicator": "i", "in_scope": True, **said}
        one = msgspec.structs.replace(done, indicator=indicator, due=each)
        return [each.period for each in watched(one, PROJECT, day)]

    assert looked_at() == ["2018-09", "2018-10"]
    assert looked_at(in_scope=False) == []


def test_hours_are_held_against_minutes() -> None:
    done = came(59 * 60)
    target = due("project", 100, "小时", done=done)
    stands = pace(PROJECT, done, target, date(2018, 12, 31), USUAL)
    assert stands is not None
    assert (stands.actual, stands.target, stands.light) == (3540, 6000, "red")


def test_words_a_project_not_begun_and_a_missing_midterm_have_no_pace() -> None:
    day, done = date(2018, 9, 1), came(1)
    for per in ("month", "project"):
        assert pace(PROJECT, done, due(per, 0, done=done, form="words"), day, USUAL) is None
    assert pace(PROJECT, done, due("project", 9, done=done), date(2018, 6, 30), USUAL) is None
    target = due("midterm", 9, done=done)
    assert pace({**PROJECT, "midterm": None}, done, target, day, USUAL) is None


def test_an_operators_own_thresholds_decide() -> None:
    day, done = date(2018, 12, 31), came(59)
    mild = pace(PROJECT, done, due("project", 100, done=done), day, Thresholds(yellow=50, red=30))
    assert mild is not None
    assert mild.light == "green"


def test_a_contract_that_ends_with_the_calendar_is_looked_at_as_far_as_it_has_come() -> None:
    done = came(3, {"2018-07": 3})
    endless = Span(first=FIRST, last=date.max)
    target = due("month", 10, done=done).target
    held = months_held([target], done.months, endless, date(2018, 8, 31))
    assert [(each.month, each.low, each.actual) for each in held] == [
        ("2018-07", 10, 3), ("2018-08", 10, 0),
    ]  # fmt: skip
    owing = Due(target=target, completion=None, months=held)
    project, day = PROJECT | {"last": date.max}, date(2018, 8, 31)
    assert [each.period for each in paces(project, done, owing, day, USUAL)] == [
        "2018-07", "2018-08",
    ]  # fmt: skip
