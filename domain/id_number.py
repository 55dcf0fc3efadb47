"""Citizen identity numbers (GB 11643-1999): 17 digits and a check character.

The region code is not held against any list, since codes are abolished over time and the
residence permits of Hong Kong, Macao and Taiwan residents use codes of their own (people.md).
"""

from __future__ import annotations

import unicodedata
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError


def normal_number(text: str) -> str:
    """Return a number of any document in its plain form: half-width, upper case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def birth_in(number: str) -> date | None:
    """Return the date of birth inside a normalised number, or None where the number is not one."""
    if len(number) != 18 or not (number[:17].isascii() and number[:17].isdigit()):
        return None
    if ric.calc_check_digit(number) != number[17]:
        return None
    try:
        return ric.get_birth_date(number)
    except ValidationError:
        return None
