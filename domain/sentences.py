"""Texts for people are read here, from the catalogues of a folder: one file a slice or a sort.

They are written beside what says them, in Chinese and English, and a code has its words once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path


def words_in(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Read all catalogues of a folder: code → language → text.

    Raises ValueError for a code of which two of them tell: one would be lost.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        words = tomllib.loads(path.read_text("utf-8"))
        if twice := found.keys() & words.keys():
            raise ValueError(f"{path.name} has words for {', '.join(sorted(twice))} again")
        found |= words
    return found


def pairs_in(path: Path) -> Mapping[str, tuple[str, str]]:
    """Read a catalogue of names: "section.code" → (Chinese, English)."""
    return {
        f"{section}.{code}": (zh, en)
        for section, named in tomllib.loads(path.read_text("utf-8")).items()
        for code, (zh, en) in named.items()
    }
