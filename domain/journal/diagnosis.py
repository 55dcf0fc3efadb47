"""Which entries of a bundle were altered, once the verifier has found that some were.

A bundle lists the hash of each entry (`leaves`). Where these have the root that was signed they
are as good as signed themselves, and tell entry by entry what is not as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from domain.journal.bundle import ENTRIES, LEAVES
from domain.journal.seal import leaf_hash
from domain.journal.verify import (
    HASH,
    LEAF_LIMIT,
    Checkpoint,
    Finding,
    Note,
    Report,
    Tree,
    Unsound,
)

SHOWN = 20
"""So many entries of a ledger are listed."""
MOST = 4_000_000
"""Of no ledger with more is it found out which: their hashes are held in memory."""


def diagnosed(folder: Path, report: Report) -> list[Finding]:
    """Return a report's findings, with the entries in place of "somewhere between"."""
    findings: list[Finding] = []
    for each in report.findings:
        exact: Sequence[Finding] = ()
        if each.code == "entries.altered" and each.ledger is not None:
            exact = _exactly(folder / "ledgers" / each.ledger, each.ledger)
        findings += exact or [each]
    return findings


def _exactly(folder: Path, ledger: str) -> list[Finding]:
    try:
        with (folder / LEAVES).open("rb") as file:
            joined = file.read(MOST * HASH + 1)
        signed = Checkpoint.read(Note.read((folder / "checkpoint").read_bytes()))
        with (folder / ENTRIES).open("rb") as file:
            lines = iter(partial(file.readline, LEAF_LIMIT + 2), b"")  # as the verifier reads it
            found = [leaf_hash(line.removesuffix(b"\n")) for line in islice(lines, MOST + 1)]
    except (OSError, Unsound):
        return []
    if len(joined) > MOST * HASH or len(found) > MOST:
        return []
    expected = [joined[start : start + HASH] for start in range(0, len(joined), HASH)]
    tree = Tree()
    for each in expected:
        tree.append(each)
    if tree.root() != signed.root:
        return []
    listed = list(islice(differences(ledger, expected, found), SHOWN + 1))
    if len(listed) > SHOWN:
        listed[SHOWN] = Finding("entry.more", ledger, listed[SHOWN].entry)
    return listed


def differences(
    ledger: str, expected: Sequence[bytes], found: Sequence[bytes]
) -> Iterator[Finding]:
    """Yield how the entries that are there differ from those that were signed, by their hashes.

    What was signed is counted as it was signed; what should not be there, as it stands.
    """
    places = {each: number for number, each in enumerate(expected, 1)}
    there = set(found)
    seen: dict[bytes, int] = {}
    due = 0
    for number, each in enumerate(found, 1):
        while due < len(expected) and expected[due] in seen:
            due += 1
        gone = due < len(expected) and expected[due] not in there
        if each in seen:
            yield Finding("entry.duplicated", ledger, number, {"other": seen[each]})
        elif each not in places and gone:
            yield Finding("entry.changed", ledger, due + 1)
            due += 1
        elif each not in places:
            yield Finding("entry.inserted", ledger, number)
        else:
            while due < len(expected) and expected[due] not in there:
                yield Finding("entry.missing", ledger, due + 1)
                due += 1
            if due < len(expected) and each != expected[due]:
                yield Finding("entry.moved", ledger, number, {"other": places[each]})
        seen.setdefault(each, number)
    for place in range(due, len(expected)):
        if expected[place] not in there:
            yield Finding("entry.missing", ledger, place + 1)
