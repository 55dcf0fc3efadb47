"""Ages are reckoned for a day, in bands that never share their ends."""

from __future__ import annotations

from datetime import date

import pytest

from domain.age import Birth, age_on, in_band, surely

BORN = Birth(day=date(1949, 12, 31))


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2018, 12, 30), 68),
        (date(2018, 12, 31), 69),
        (date(1949, 12, 31), 0),
        (date(2019, 1, 1), 69),
    ],
)
def test_a_year_is_completed_on_the_birthday(day: date, age: int) -> None:
    assert age_on(BORN, day) == age


def test_somebody_born_on_a_leap_day_is_older_from_the_first_of_march() -> None:
    leap = Birth(day=date(2004, 2, 29))
    assert [age_on(leap, date(2018, 2, 28)), age_on(leap, date(2018, 3, 1))] == [13, 14]


def test_a_year_of_birth_counts_whole_years() -> None:
    assert age_on(Birth(day=date(1949, 1, 1), precision="year"), date(2018, 6, 1)) == 69


def test_bands_are_half_open() -> None:
    born, day = Birth(day=date(1948, 10, 26)), date(2018, 10, 26)
    assert [in_band(born, day, low, high) for low, high in ((60, 70), (70, 80))] == [False, True]
    assert in_band(born, day, 70)
    assert not in_band(born, day, 71)


@pytest.mark.parametrize(
    ("birth", "possible"),
    [
        (date(2018, 10, 26), True),
        (date(2018, 10, 27), False),
        (date(1888, 10, 26), True),
        (date(1887, 10, 26), False),
    ],
)
def test_a_birth_lies_neither_ahead_nor_over_130_years_back(birth: date, possible: bool) -> None:
    assert Birth(day=birth).possible_on(date(2018, 10, 26)) is possible


@pytest.mark.parametrize(
    ("known", "agrees"),
    [
        (Birth(day=date(1949, 12, 31)), True),
        (Birth(day=date(1949, 12, 1), precision="month"), True),
        (Birth(day=date(1949, 1, 1), precision="year"), True),
        (Birth(day=date(1949, 12, 30)), False),
        (Birth(day=date(1949, 11, 1), precision="month"), False),
        (Birth(day=date(1948, 1, 1), precision="year"), False),
    ],
)
def test_a_full_date_agrees_with_what_was_known(known: Birth, agrees: bool) -> None:
    assert known.agrees_with(date(1949, 12, 31)) is agrees


def test_an_age_is_sure_when_no_possible_day_of_birth_denies_it() -> None:
    by_year = Birth(day=date(2004, 1, 1), precision="year")
    assert not surely(by_year, date(2018, 12, 30), 14)
    assert surely(by_year, date(2018, 12, 31), 14)
    by_month = Birth(day=date(2004, 10, 1), precision="month")
    assert not surely(by_month, date(2018, 10, 30), 14)
    assert surely(by_month, date(2018, 11, 1), 14)
    assert surely(Birth(day=date(2004, 10, 26)), date(2018, 10, 26), 14)
