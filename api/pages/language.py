"""What pages say, and where their texts are: catalogues, never templates or code.

Commands speak with these words too, and need no web framework for it.

`texts/zh.toml` and `texts/en.toml` hold what the screens say; `texts/kinds.toml` names the kinds
of record, `texts/fields.toml` what stands in them and `texts/words.toml` other codes; those that
findings and reports name too stand in `projections/names.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

from domain.clock import SHANGHAI
from domain.sentences import pairs_in
from projections.amounts import tenths_of_percent
from projections.naming import Language, in_number, names

LANGUAGES: tuple[Language, ...] = get_args(Language)
OTHER_SECTIONS = {
    "before": "reviewed",
    "code": "reason",
    "end_precision": "precision",
    "finding": "reviewed",
    "group": "groups",
    "match_kind": "supply_kind",
    "parties": "party",
    "purposes": "purpose",
    "records": "sampled",
    "review": "outcome",
    "roles": "role",
    "start_precision": "precision",
    "strata": "stratum",
    "stream_type": "subject",
    "subject_type": "subject",
    "view": "register",
}
"""Fields whose codes are named in the section of another field: field → section."""
TEXTS = Path(__file__).parent / "texts"


@cache
def screen_texts(language: Language) -> Mapping[str, str]:
    """Read what the screens say: dotted key → template."""
    return _flat(tomllib.loads((TEXTS / f"{language}.toml").read_text("utf-8")))


@cache
def words() -> Mapping[str, tuple[str, str]]:
    """Read the names of codes: dotted key → (Chinese, English)."""
    found = dict(names())
    for name in ("kinds.toml", "fields.toml", "words.toml"):
        found |= pairs_in(TEXTS / name)
    return found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            out.update(_flat(value, f"{prefix}{name}."))
        else:
            out[prefix + name] = value
    return out


class Speech:
    """Says things in one language: texts, words of the field, dates, numbers."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.tag = {"zh": "zh-CN", "en": "en"}[language]
        self._texts = screen_texts(language)

    def text(self, key: str, **values: object) -> str:
        """Return what a screen says. Raises KeyError where the catalogue has no such text."""
        return in_number(self._texts[key].format(**values), self.language)

    def word(self, section: str, code: object, of: str = "") -> str:
        """Return the name of a code; one that has none yet stands for itself.

        A slice may call it otherwise than the rest: it is known by the kind of record it is `of`.
        Names of `code` stand within sentences too, where findings say them; on a page they are
        labels, and begin as labels do.
        """
        own = f"{section}.{of.partition('.')[0]}:{code}"
        named = words().get(own) or words().get(f"{section}.{code}")
        if named is None:
            return str(code)
        name = named[LANGUAGES.index(self.language)]
        return _label(name) if section == "code" else name

    def amount(self, value: int | float, unit: str) -> str:
        """Return a number with the name of its unit."""
        said = f"{number(value)} {self.word('unit', unit)}".rstrip()
        return in_number(said, self.language)

    def unit(self, unit: str | None, said: object) -> str:
        """Return what a unit is called after an amount as written: of one, in the singular."""
        name = self.word("unit", unit) if unit else ""
        alone = self.language == "en" and str(said) == "1"
        return self.word("singular", name) if alone else name

    def code(self, code: str) -> str:
        """Return an indicator's number; which figure of a line it is, `B02.times`, in words."""
        line, _, column = code.partition(".")
        known = f"column.{column}" in words()
        return f"{line} {self.word('column', column)}" if known else code

    def value(self, field: str, code: object, of: str = "") -> str:
        """Return the name of a code that stands in a field of a record, of a kind if it is told."""
        own = OTHER_SECTIONS.get(field, field)
        section = own if f"{own}.{code}" in words() else "code"
        named = f"{section}.{code}" in words()
        return _label(self.word(section, code, of)) if named else str(code)

    def heading(self, name: str) -> str:
        """Return what a column of a register is called: as there, else as the field of records."""
        listed = f"listed.{name}" in words()
        return _label(self.word("listed" if listed else "field", name))

    def kind(self, topic: str) -> str:
        """Return the name of a kind of record, whichever of its corrections it is."""
        name = topic.partition("@")[0]
        for suffix in ("Corrected", "Voided", "Reinstated"):
            base = name.removesuffix(suffix)
            if base != name and f"kind.{base}" in words():
                return self.word("kind", base)
        return self.word("kind", name) if f"kind.{name}" in words() else name.partition(".")[2]

    def day(self, day: date | str) -> str:
        """Return a civil date; of a moment, the one that it falls on."""
        value = date.fromisoformat(day) if isinstance(day, str) else day
        if isinstance(value, datetime):
            value = value.astimezone(SHANGHAI)
        return self.text("format.day", year=value.year, month=value.month, day=value.day)

    def moment(self, moment: datetime | str) -> str:
        """Return a moment in civil time, to the minute."""
        value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        civil = value.astimezone(SHANGHAI)
        return f"{self.day(civil.date())} {civil:%H:%M}"

    def until(self, start: datetime, end: datetime) -> str:
        """Return when something ended, its day only where it is another than that of its start."""
        civil = end.astimezone(SHANGHAI)
        same = civil.date() == start.astimezone(SHANGHAI).date()
        return f"{civil:%H:%M}" if same else self.moment(end)

    def minute(self, moment: datetime | None) -> str:
        """Return a moment as a form field of the browser has it."""
        return "" if moment is None else f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def _label(name: str) -> str:
    return name[:1].upper() + name[1:]


def number(value: int | float) -> str:
    """Write a number with its thousands: 1,414 or 1,414.5."""
    return f"{value:,}"


def percent(numerator: int, denominator: int) -> str:
    """Write a percentage to one decimal, half up, from whole numbers alone."""
    tenths = tenths_of_percent(numerator, denominator)
    return f"{tenths // 10:,}.{tenths % 10}%"


def short(id: str | None) -> str:
    """Write a pseudonymous id so that people can tell it from others: its last six digits."""
    return "" if id is None else id[-6:].upper()


def is_day(text: str) -> bool:
    """Say whether a fact's text is a civil date."""
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Say whether a fact's text is a moment with its zone, as stored events have them."""
    try:
        return len(text) > 19 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
