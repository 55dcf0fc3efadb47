"""What a bundle tells of a history that was begun anew: the decision, and what was signed before.

That it was, the verifier sees by the origin. When and why is the word of whoever signed the bundle;
the heads of earlier eras were signed in their time, and say how much there was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.journal.bundle import ABOUT, ERAS
from domain.journal.verify import ORIGIN, Finding, Policy, Report, Unsound, each_once

TOLD = {"era": int, "signed": int, "left": int, "reason": str, "decided_at": str}


def told_of_eras(folder: Path, policy: Policy, report: Report) -> list[Finding]:
    """Return remarks about each ledger of which the verifier has found that it was begun anew."""
    anew = [each.ledger for each in report.remarks if each.code == "history.begun_anew"]
    return [
        remark
        for ledger in filter(None, anew)
        for remark in (*_decisions(folder, ledger), *_heads(folder, ledger, policy))
    ]


def _decisions(folder: Path, ledger: str) -> Iterator[Finding]:
    try:
        about = json.loads((folder / ABOUT).read_bytes().decode(), object_pairs_hook=each_once)
        (said,) = [each for each in about["ledgers"] if each["ledger"] == ledger]
        decided: list[dict[str, Any]] = [
            {name: kind(each[name]) for name, kind in TOLD.items()} for each in said["begun_anew"]
        ]
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
        decided = []
    for each in decided:
        yield Finding("history.decided", ledger, None, each)
    if not decided:
        yield Finding("history.undecided", ledger)


def _heads(folder: Path, ledger: str, policy: Policy) -> Iterator[Finding]:
    place = folder / "ledgers" / ledger
    for file in sorted(filter(Path.is_file, place.glob(f"{ERAS}/*"))):
        path = file.relative_to(place).as_posix()
        try:
            head, signers = policy.reads(file.read_bytes())
            named = ORIGIN.fullmatch(head.origin)
        except (OSError, Unsound):
            signers, named = [], None
        if signers and named and named[1] == ledger:
            before = {"path": path, "origin": head.origin, "size": head.size}
            yield Finding("history.before", ledger, None, before)
        else:
            yield Finding("checkpoint.unknown", ledger, None, {"path": path})
