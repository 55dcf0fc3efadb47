"""Which of the document's own contradictions a finding about the demonstration is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from projections.finding import Finding

LIST = Path(__file__).with_name("document.toml")


@cache
def contradictions() -> Mapping[str, Sequence[str]]:
    """Read the list: number → rules with what each is found of."""
    return tomllib.loads(LIST.read_text("utf-8"))


def numbers_of(finding: Finding) -> list[str]:
    """Return the numbers of the contradictions that a finding shows."""
    said = {finding.code, *(f"{finding.code} {value}" for value in finding.details.values())}
    return [number for number, rules in contradictions().items() if said & set(rules)]
