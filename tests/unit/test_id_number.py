"""Citizen identity numbers, however they were typed."""

from __future__ import annotations

from datetime import date

import pytest

from domain.id_number import birth_in, normal_number


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002x ",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert normal_number(typed) == "11010519491231002X"
    assert birth_in(normal_number(typed)) == date(1949, 12, 31)


@pytest.mark.parametrize(
    "wrong",
    [
        "110101202311012171",
        "110105194912310021",
        "110105194913310021",
        "1101051949123100",
        "",
        "A1010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_what_is_not_a_number_has_no_birth(wrong: str) -> None:
    assert birth_in(wrong) is None


@pytest.mark.parametrize("number", ["810000199408230021", "110000194912310014"])
def test_residence_permits_and_abolished_regions_are_numbers_too(number: str) -> None:
    assert birth_in(number) is not None
