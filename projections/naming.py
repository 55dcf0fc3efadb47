"""What people call codes, in Chinese and English: one catalogue for findings, reports and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from domain.catalogue import activity_kinds
from domain.sentences import pairs_in

Language = Literal["zh", "en"]
NAMES = Path(__file__).parent / "names.toml"
_CODE = re.compile(r"[a-z][a-z_]+|AL-[0-9]+")
_DAY = re.compile(r"(?<![\w-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![\w-])")
_ONE = re.compile(r"(?<![\w.,–/-])1 ([a-z-]+)")


@cache
def names() -> Mapping[str, tuple[str, str]]:
    """Read the names of codes and of kinds of activity: "section.code" → (Chinese, English)."""
    kinds = {f"code.{code}": (kind.zh, kind.en) for code, kind in activity_kinds().items()}
    return {**kinds, **pairs_in(NAMES)}


def named(section: str, code: str, language: Language) -> str:
    """Return what a code is called; one that has no name stands for itself."""
    found = names().get(f"{section}.{code}")
    return code if found is None else found[language == "en"]


def with_names(section: str, text: str, language: Language) -> str:
    """Return a list of codes and figures with its codes named, as the language lists things."""
    said = _CODE.sub(lambda code: named(section, code[0], language), text)
    return said.replace(", ", "、") if language == "zh" else said


def with_days(text: str, language: Language) -> str:
    """Return a text in which civil dates stand as the language writes them."""
    if language == "en":
        return text
    return _DAY.sub(lambda day: f"{day[1]}年{int(day[2])}月{int(day[3])}日", text)


def with_units(text: str, language: Language) -> str:
    """Return a list of amounts with their units named, as `14次, 312人次`."""
    if language == "zh":
        return text
    return _amounts().sub(
        lambda found: f"{found[1]} {named('unit', found[2], language)}".rstrip(), text
    )


@cache
def _amounts() -> re.Pattern[str]:
    units = [key.removeprefix("unit.") for key in names() if key.startswith("unit.")]
    longest_first = "|".join(sorted(units, key=len, reverse=True))
    return re.compile(rf"([0-9])({longest_first})(?!\w)")


def in_number(text: str, language: Language) -> str:
    """Return a sentence in which what there is one of stands in the singular."""
    if language == "zh":
        return text
    return _ONE.sub(lambda found: f"1 {named('singular', found[1], language)}", text)
