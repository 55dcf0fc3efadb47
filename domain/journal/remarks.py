"""What helps to read a verdict on a bundle: no floods of one thing, and whose keys it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domain.journal.verify import Finding

NAMED = 5
"""So many files that nobody listed are named: without a list it is every file there is."""


def few(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings with most of the files that nobody listed counted, as the last of them."""
    unlisted = [each for each in findings if each.code == "file.unlisted"]
    if len(unlisted) <= NAMED:
        return list(findings)
    rest = {"count": len(unlisted) - NAMED}
    named = [each for each in findings if each.code != "file.unlisted" or each in unlisted[:NAMED]]
    return [*named, Finding("file.more", None, None, rest)]


def told_of_keys(folder: Path, policy: Path) -> list[Finding]:
    """Return a remark where the keys that are trusted came with the bundle that they prove."""
    if not policy.resolve().is_relative_to(folder.resolve()):
        return []
    return [Finding("policy.inside", None, None, {"path": str(policy)})]
