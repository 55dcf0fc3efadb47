"""What helps to read a verdict: no floods of one thing, whose keys it rests on, what is made up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from domain.journal.verify import Finding, Report

DEMONSTRATION = re.compile("/demonstration/[0-9a-f-]{36}(/[1-9][0-9]*)?$")
"""How the origin of a ledger ends that is a demonstration's (docs/bundle-format.md)."""
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


def told_of_demonstrations(report: Report) -> list[Finding]:
    """Return a remark about each ledger that holds as it was signed, and is a demonstration's."""
    found = [each["ledger"] for each in report.ledgers if is_demonstration(each["origin"])]
    return [Finding("entries.invented", ledger) for ledger in found]


def is_demonstration(origin: str) -> bool:
    """Say whether a ledger was signed as a demonstration's: nothing in it ever happened."""
    return DEMONSTRATION.search(origin) is not None
