"""What people call codes, in Chinese and English: one catalogue for findings, reports and pages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from domain.catalogue import activity_kinds

Language = Literal["zh", "en"]
NAMES = Path(__file__).parent / "names.toml"
_CODE = re.compile(r"[a-z][a-z_]+|AL-[0-9]+")


@cache
def names() -> Mapping[str, tuple[str, str]]:
    """Read the names of codes and of kinds of activity: "section.code" → (Chinese, English)."""
    found = {
        f"{section}.{code}": (zh, en)
        for section, named in tomllib.loads(NAMES.read_text("utf-8")).items()
        for code, (zh, en) in named.items()
    }
    kinds = {f"code.{code}": (kind.zh, kind.en) for code, kind in activity_kinds().items()}
    return {**kinds, **found}


def named(section: str, code: str, language: Language) -> str:
    """Return what a code is called; one that has no name stands for itself."""
    found = names().get(f"{section}.{code}")
    return code if found is None else found[language == "en"]


def with_names(section: str, text: str, language: Language) -> str:
    """Return a list of codes and figures with its codes named, as the language lists things."""
    said = _CODE.sub(lambda code: named(section, code[0], language), text)
    return said.replace(", ", "、") if language == "zh" else said
