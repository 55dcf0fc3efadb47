"""Warnings: what is recorded all the same, and whoever records it is told.

A warning is a fact like any other, recorded in the transaction of what it warns of. So it comes
again with the answer to a command that was sent twice, and whoever decides finds it later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

import msgspec

from domain.event import AnyEvent, Facts
from domain.identity import Id
from domain.sentences import words_in

TEXTS = Path(__file__).parent / "texts" / "warnings"


class Warned(Facts, frozen=True, kw_only=True):
    """Base of facts that a command's receipt tells: of which record, beside which other one."""

    code: ClassVar[str]
    record: Id
    other: Id


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A warning as a receipt tells it: a stable code, and the `other` record that it is about.

    Where that record may not be shown to whoever is warned, `other` is the person it concerns.
    """

    code: str
    other: Id

    def text(self, language: str) -> str:
        """Return its words in `zh` or `en`."""
        return words()[self.code][language]


def warnings_in(events: Iterable[AnyEvent]) -> tuple[Told, ...]:
    """Return what events warn of, each once, in order."""
    facts = [event.facts for event in events if isinstance(event.facts, Warned)]
    return tuple(dict.fromkeys(Told(code=each.code, other=each.other) for each in facts))


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Read the words of all warnings: code → language → text."""
    return words_in(TEXTS)
