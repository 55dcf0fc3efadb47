"""Amounts as they are counted and as they are stated: hours in minutes, 元 in 分.

Figures are kept and compared as counted, in whole numbers (glossary, counting rules 8 and 14). A
target or a claim is stated in the larger unit, and so is a figure that people read.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

FACTOR: dict[str, int] = {"小时": 60, "元": 100}
"""Units in which figures are stated larger than they are counted."""

COUNTED_IN = {"小时": "分钟", "元": "分"}
"""What an indicator's amounts are counted in, where its unit is one of these larger ones."""

DECIMALS = {"小时": 1, "元": 2}
"""To how many decimals they are told: hours to one (rule 8), 元 to the 分."""


def counted_in(unit: str | None) -> str | None:
    """Return the unit in which amounts of a stated unit are counted."""
    return COUNTED_IN.get(unit or "", unit)


def counted(value: int, unit: str | None) -> int:
    """Return a stated number as it is counted."""
    return value * FACTOR.get(unit or "", 1)


def stated(amount: int | Fraction, unit: str | None) -> int | float:
    """Return a counted amount in the unit in which it is stated, rounded half up.

    What is a part of a unit that is counted whole, as a share of what is due may be, has one
    decimal.
    """
    exact = Fraction(amount, FACTOR.get(unit or "", 1))
    if exact.denominator == 1:
        return exact.numerator
    scale: int = 10 ** DECIMALS.get(unit or "", 1)
    rounded = floor(abs(exact) * scale + Fraction(1, 2))
    return (-rounded if exact < 0 else rounded) / scale


def tenths_of_percent(numerator: int | Fraction, denominator: int | Fraction) -> int:
    """Return a share in tenths of a percent, rounded half up; there is none of nothing."""
    return (2000 * numerator + denominator) // (2 * denominator)


def written(amount: int | Fraction, unit: str | None) -> str:
    """Write a counted amount in the unit in which it is stated: 1,234 or 1,234.5."""
    value = stated(amount, unit)
    decimals = DECIMALS.get(unit or "", 1) if isinstance(value, float) else 0
    return f"{value:,.{decimals}f}"
