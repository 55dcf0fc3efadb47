"""What a check found: neutral words, the figures, the thresholds used, and the events behind.

A finding says what is worth asking about and judges nobody. Its words stand in `texts/`, in
Chinese and English, by its code; the figures and details are put into them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from domain.identity import Id
from domain.sentences import words_in
from projections.naming import Language, in_number, named, with_days, with_names, with_units

TEXTS = Path(__file__).parent / "texts"
LANGUAGES: tuple[Language, ...] = get_args(Language)
CODED = {
    "audience": "audience",
    "cells": "column",
    "codes": "code",
    "counted_sorts": "variant",
    "indicator": "measured",
    "kind": "code",
    "kinds": "code",
    "left_sorts": "variant",
    "registers": "register",
    "rule": "rule",
    "said": "column",
    "sums": "measured",
}
"""Details that carry codes, and where the names of these stand; all others are words already."""
NO_UNIT = "–"
AMOUNTS = {"codes", "members", "now", "planned_as", "reached", "said", "sums", "was"}
"""Details that carry amounts with the sign of their unit."""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number with its name in the finding and its unit."""

    name: str
    value: int | float
    unit: str


class FindingSubject(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Whom or what a finding is about: a worker, a person, a group, by id."""

    kind: str
    id: Id


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing worth asking about. `events` are all records behind it, in order of their ids."""

    code: str
    about: tuple[FindingSubject, ...] = ()
    details: dict[str, str | int] = {}
    figures: tuple[Figure, ...] = ()
    thresholds: dict[str, int] = {}
    events: tuple[Id, ...] = ()

    def words(self, language: Language) -> str:
        """Return what it says, the codes in its details by their names."""
        values: dict[str, str | int | float] = {
            figure.name: figure.value for figure in self.figures
        }
        for name, said in self.details.items():
            values[name] = _spoken(name, said, language) if isinstance(said, str) else said
        return in_number(catalogue()[self.code][language].format(**values), language)

    def title(self, language: Language) -> str:
        """Return what it is called in `zh` or `en`, whatever its figures."""
        return catalogue()[self.code][f"title_{language}"]

    @property
    def order(self) -> tuple[Any, ...]:
        """What findings are sorted by, whatever the order of the rows they came from."""
        return self.code, self.about, sorted(map(str, self.details.values())), self.events


def _spoken(name: str, said: str, language: Language) -> str:
    said = with_days(said, language)
    if name == "unit":
        return named("unit", said, language) or NO_UNIT
    coded = with_names(CODED[name], said, language) if name in CODED else said
    return with_units(coded, language) if name in AMOUNTS else coded


def told(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON has it, with its title and words."""
    title = {language: finding.title(language) for language in LANGUAGES}
    words = {language: finding.words(language) for language in LANGUAGES}
    return {"code": finding.code, "title": title, "words": words, **msgspec.to_builtins(finding)}


def ordered(events: Iterable[Id]) -> tuple[Id, ...]:
    """Return events once each, in order."""
    return tuple(sorted(set(events)))


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in their own order."""
    return sorted(findings, key=lambda each: each.order)


@cache
def codes(name: Literal["contradictions", "signals"]) -> frozenset[str]:
    """Return the codes of all findings of a sort."""
    return frozenset(tomllib.loads((TEXTS / f"{name}.toml").read_text("utf-8")))


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Read the words of all findings: code → `zh`, `en` (templates), `title_zh`, `title_en`."""
    return words_in(TEXTS)
