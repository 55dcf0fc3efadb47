"""Files in which people's words stand open, and which of them are not to be handed out any more.

A bundle with opened fields lies here until it is fetched. Whoever is erased meanwhile must not be
read in it: the file goes with their keys, and whatever was being made at that moment is not served.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from domain.identity import Id
from domain.journal.bundle import OPENED
from domain.journal.vault import Vault

WITHDRAWN = ".withdrawn"
"""How the mark is named that stays where a file was, until it would have been tidied away."""


class _Line(msgspec.Struct):
    """What is asked of a line of `opened.ndjson`: whose words it has, if they are there."""

    person: Id
    text: str | None = None


@lru_cache(maxsize=64)
def readable_in(file: Path) -> frozenset[Id]:
    """Return whose words stand open in a bundle's zip, which is named by its hash."""
    found: set[Id] = set()
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.rpartition("/")[2] != OPENED:
                continue
            with archive.open(name) as lines:
                told = (msgspec.json.decode(line, type=_Line) for line in lines)
                found.update(line.person for line in told if line.text is not None)
    return frozenset(found)


def outlived(vault: Vault, file: Path) -> bool:
    """Say whether a file has words of somebody who was erased since it was made."""
    return file.suffix == ".zip" and bool(vault.erased(readable_in(file)))


def withdraw(folder: Path, persons: Iterable[Id]) -> None:
    """Remove every bundle in a folder in which words of some persons stand open."""
    gone = frozenset(persons)
    for file in folder.glob("*.zip"):
        if gone & readable_in(file):
            remove(file)


def remove(file: Path) -> None:
    """Remove a file and leave a mark that it was withdrawn."""
    file.with_suffix(WITHDRAWN).touch(mode=0o600)
    file.unlink(missing_ok=True)


def withdrawn(folder: Path, name: str | None) -> bool:
    """Say whether a file of that name was withdrawn from a folder."""
    return name is not None and (folder / f"{name}{WITHDRAWN}").exists()
