"""Which entries of a bundle were altered, once the verifier has found that some were.

A bundle lists the hash of each entry (`leaves`). Where these have the root that was signed they
are as good as signed themselves, and tell entry by entry what is not as it was.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
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
    signed = _Signed(ledger, expected, found)
    seen: dict[bytes, int] = {}
    for number, each in enumerate(found, 1):
        signed.pass_over(seen)
        if each in seen:
            yield Finding("entry.duplicated", ledger, number, {"other": seen[each]})
        elif each in signed.places:
            yield from signed.missing_before_next()
            if signed.due < len(expected) and each != expected[signed.due]:
                other = {"other": signed.places[each]}
                yield Finding("entry.moved", ledger, number, other)
        elif signed.is_gone():
            yield signed.took("entry.changed")
        else:
            yield Finding("entry.inserted", ledger, number)
        seen.setdefault(each, number)
    yield from signed.missing_to_the_end()


class _Signed:
    """What was signed, and which entry of it is `due` next, counted from 0."""

    def __init__(self, ledger: str, expected: Sequence[bytes], found: Sequence[bytes]) -> None:
        self.ledger, self.expected, self.there = ledger, expected, set(found)
        self.places = {each: number for number, each in enumerate(expected, 1)}
        self.due = 0

    def pass_over(self, seen: Container[bytes]) -> None:
        """Go on to what has not been seen yet."""
        while self.due < len(self.expected) and self.expected[self.due] in seen:
            self.due += 1

    def is_gone(self) -> bool:
        """Say whether the entry that is due is not there at all."""
        return self.due < len(self.expected) and self.expected[self.due] not in self.there

    def took(self, code: str) -> Finding:
        """Tell of the entry that is due, and go on to the next."""
        self.due += 1
        return Finding(code, self.ledger, self.due)

    def missing_before_next(self) -> Iterator[Finding]:
        """Tell what is not there before the next one that is."""
        while self.is_gone():
            yield self.took("entry.missing")

    def missing_to_the_end(self) -> Iterator[Finding]:
        """Tell what is not there of all that is still due."""
        for place in range(self.due, len(self.expected)):
            if self.expected[place] not in self.there:
                yield Finding("entry.missing", self.ledger, place + 1)
