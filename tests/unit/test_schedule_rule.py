"""AL-15: when an indicator is behind schedule."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from msgspec.structs import replace

from domain.identity import new_id
from domain.schedule_rule import Light, PeriodCompletion, Span, light, months, owed

YEAR = Span(first=date(2018, 1, 1), last=date(2018, 12, 31))
APRIL = Span(first=date(2018, 4, 1), last=date(2018, 4, 30))
INDICATOR = new_id()


def standing(actual: int, target: int = 365, span: Span = YEAR) -> PeriodCompletion:
    return PeriodCompletion(
        indicator=INDICATOR, period="project", span=span, target=target, actual=actual
    )


@pytest.mark.parametrize(
    ("actual", "expected"),
    [(100, "green"), (80, "green"), (79, "yellow"), (60, "yellow"), (59, "red"), (0, "red")],
)
def test_the_light_goes_by_the_share_of_what_was_expected(actual: int, expected: Light) -> None:
    """When the hundredth day is over, a hundred of 365 are expected."""
    assert light(standing(actual), date(2018, 4, 11), 80, 60) == expected


def test_before_it_begins_nothing_is_expected() -> None:
    assert light(standing(0), date(2017, 12, 31), 80, 60) == "green"
    assert standing(0).expected(date(2017, 12, 31)) == 0


def test_after_its_end_the_whole_target_is_expected_and_no_more() -> None:
    after = date(2019, 6, 1)
    assert standing(300).expected(after) == 365
    assert light(standing(365), after, 80, 60) == "green"
    assert light(standing(200), after, 80, 60) == "red"


def test_a_target_of_nothing_is_never_behind() -> None:
    assert light(standing(0, target=0), date(2018, 6, 1), 80, 60) == "green"


def test_the_running_month_expects_its_share_only() -> None:
    april = standing(3, 10, APRIL)
    assert april.expected(date(2018, 4, 11)) == Fraction(10, 3)
    assert light(april, date(2018, 4, 11), 80, 60) == "green"


def test_what_is_expected_is_compared_exactly() -> None:
    """Of three, one and a half are due when half of the time is over; one is 67 % of that."""
    lights = [light(standing(done, 3, APRIL), date(2018, 4, 16), 80, 60) for done in range(3)]
    assert lights == ["red", "yellow", "green"]


def test_no_part_of_a_household_is_expected_when_a_month_has_begun() -> None:
    april = standing(0, 10, APRIL)
    assert april.expected(date(2018, 4, 3)) == Fraction(2, 3)
    assert light(april, date(2018, 4, 3), 80, 60) == "green"
    assert light(april, date(2018, 4, 4), 80, 60) == "red"


@pytest.mark.parametrize("day", range(1, 31))
def test_who_does_one_of_thirty_every_day_is_behind_on_no_morning(day: int) -> None:
    done = standing(day - 1, 30, APRIL)
    assert light(done, date(2018, 4, day), 100, 100) == "green"
    short = standing(max(0, day - 2), 30, APRIL)
    assert (light(short, date(2018, 4, day), 100, 100) == "green") == (day == 1)


def test_what_is_due_once_a_month_is_not_behind_before_the_month_is_over() -> None:
    once = standing(0, 1, APRIL)
    assert light(once, date(2018, 4, 30), 80, 60) == "green"
    assert light(once, date(2018, 5, 1), 80, 60) == "red"


@pytest.mark.parametrize(("by_now", "late"), [(0, False), (9, False), (10, True), (25, True)])
def test_what_was_done_late_is_behind_no_more(by_now: int, late: bool) -> None:
    due = replace(standing(5, 10, APRIL), by_now=by_now)
    assert due.late is late
    assert (light(due, date(2018, 6, 1), 80, 60) == "green") is late


def test_each_month_is_an_episode_of_its_own() -> None:
    stands = [replace(standing(0, 10, days), period=name) for name, days in months(YEAR)]
    assert len({one.episode for one in stands}) == 12


def test_a_month_that_the_contract_touches_in_part_owes_its_share() -> None:
    span = Span(first=date(2018, 4, 16), last=date(2018, 5, 10))
    shares = [(name, owed(10, days), days.days) for name, days in months(span)]
    assert shares == [("2018-04", 5, 15), ("2018-05", 4, 10)]


def test_months_cover_a_span_without_gap_or_overlap() -> None:
    span = Span(first=date(2019, 11, 20), last=date(2020, 3, 5))
    cut = [*months(span)]
    assert [period for period, _ in cut] == ["2019-11", "2019-12", "2020-01", "2020-02", "2020-03"]
    assert sum(month.days for _, month in cut) == span.days
    assert (cut[0][1].first, cut[-1][1].last) == (span.first, span.last)


def test_months_end_with_the_calendar() -> None:
    ends = [name for name, _ in months(Span(first=date(9999, 11, 20), last=date.max))]
    assert ends == ["9999-11", "9999-12"]
