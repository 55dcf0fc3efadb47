"""Ages, which are always reckoned for a day and never kept (glossary, rule 16)."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

OLDEST = 130
GUARDED_UNDER = 14
"""Below this age a guardian consents, and everything about a person is sensitive (PIPL, 28, 31)."""
ADULT_FROM = 18
"""From this age somebody may be a guardian, and is nobody's ward (民法典, 17)."""
ADVANCED_FROM = 80
"""From this age somebody is of advanced age (高龄)."""

BirthPrecision = Literal["day", "month", "year"]


class Birth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When somebody was born, as precisely as is known; what is unknown of `day` is written 1."""

    day: date
    precision: BirthPrecision = "day"

    def agrees_with(self, day: date) -> bool:
        """Say whether a full date of birth is the same as far as this one is known."""
        known = {"year": 1, "month": 2, "day": 3}[self.precision]
        return self.day.timetuple()[:known] == day.timetuple()[:known]

    def possible_on(self, day: date) -> bool:
        """Say whether somebody born then can be alive on a day: not in the future, not over 130."""
        return self.day <= day and age_on(self, day) <= OLDEST


def age_on(birth: Birth, day: date) -> int:
    """Completed years on a day. Known by year or month only, the years are those of its start."""
    before_birthday = (day.month, day.day) < (birth.day.month, birth.day.day)
    return day.year - birth.day.year - before_birthday


def surely(birth: Birth, day: date, age: int) -> bool:
    """Say whether an age is reached whichever day of the known month or year the birth was."""
    latest = {
        "day": (birth.day.month, birth.day.day),
        "month": (birth.day.month, 31),
        "year": (12, 31),
    }[birth.precision]
    return day.year - birth.day.year - ((day.month, day.day) < latest) >= age


def in_band(birth: Birth, day: date, low: int, high: int | None = None) -> bool:
    """Say whether an age lies in the half-open band [low, high), so that bands never share ends."""
    return low <= age_on(birth, day) and (high is None or age_on(birth, day) < high)
