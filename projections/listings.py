"""A bundle's lists that follow from its entries, made again: leaves, proofs, attachments.

The verifier only sees to it that they are the files that were signed for. Whether they say what
the entries make of them is found out here, in one pass and bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from domain.event import AnyEvent, topic_of
from domain.evidence_file import AttachmentStored
from domain.identity import Id
from domain.journal import bundle
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.seal import Edge, leaf_hash, verify_consistency
from domain.journal.verify import Finding, Unsound, decoded
from projections.engine.view import Row

STORED = f'"@type":"{topic_of(AttachmentStored)}"'.encode()
LEFT_OUT = ("missing", "damaged", "sensitive", "redacted")
"""Why the file of an attachment is not enclosed, where files are."""
READ = {
    bundle.ENTRIES, bundle.LEAVES, bundle.POSITIONS, bundle.CHECKPOINT, bundle.EARLIER,
    bundle.PROOFS, bundle.TIMESTAMPS, bundle.ERAS, bundle.ATTACHMENTS, bundle.TABLES,
}  # fmt: skip
"""What of a ledger's folder the verifier proves, or a replay compares."""
SIZE = re.compile("[0-9]{12}")
plain = msgspec.json.Encoder(order="sorted").encode


def attachment_of(event: AnyEvent) -> Row:
    """Return how the list of attachments names one."""
    facts: AttachmentStored = event.facts
    return {"event": event.id, "sha256": facts.sha256, "size": facts.size, "mime": facts.mime}


def unread(folder: Path, ledger: Id) -> list[str]:
    """Return what a ledger's folder holds besides what is proven or compared here, by name."""
    return sorted({path.name for path in (folder / "ledgers" / ledger).iterdir()} - READ)


class Lists:
    """Goes through a ledger's entries, and finds where its lists are not what follows from them.

    `enclosed` is what the line of an attachment says besides whose file goes along; None where no
    files do. Leaves and proofs are compared where the bundle has them; without attachments no list
    of them is needed.
    """

    def __init__(self, folder: Path, ledger: Id, *, enclosed: Row | None) -> None:
        self._folder, self._ledger, self._enclosed = folder, ledger, enclosed
        self._place = folder / "ledgers" / ledger
        self._proofs = sorted(filter(Path.is_file, self._place.glob(f"{bundle.PROOFS}/*")))
        sizes = {int(path.name) for path in self._proofs if SIZE.fullmatch(path.name)}
        self._due = sorted(sizes, reverse=True)
        self._roots: dict[int, bytes] = {}
        self._edge = Edge()
        self._lines = 0
        self._differ: dict[str, int] = {}
        self._files = ExitStack()

    def __enter__(self) -> Lists:
        self._leaves = self._opened(bundle.LEAVES)
        self._attachments = self._opened(bundle.ATTACHMENTS)
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, block: Sequence[JournalRow]) -> None:
        """Take the next entries."""
        before, hashes = self._edge.size, [leaf_hash(row.leaf) for row in block]
        self._grow(hashes)
        for row in block:
            if STORED in row.state:
                self._compare_attachment(attachment_of(decode(row.state)))
        if self._leaves is None or bundle.LEAVES in self._differ:
            return
        for number, each in enumerate(hashes, before + 1):
            if self._leaves.read(len(each)) != each:
                self._differ[bundle.LEAVES] = number
                return

    def found(self) -> list[Finding]:
        """Return what does not follow from the entries, once all of them were taken."""
        if self._leaves is not None and self._leaves.read(1):
            self._differ.setdefault(bundle.LEAVES, self._edge.size + 1)
        if self._attachments is not None and self._attachments.read(1):
            self._differ.setdefault(bundle.ATTACHMENTS, self._lines + 1)
        false = [path.name for path in self._proofs if not self._proves(path)]
        return [
            *(self._finding("list_differs", each, line=at) for each, at in self._differ.items()),
            *(self._finding("proof_bad", f"{bundle.PROOFS}/{name}") for name in false),
            *(self._finding("stamp_alone", path) for path in self._alone()),
        ]

    def _alone(self) -> Iterator[str]:
        """Yield stamped heads without the authority's answer, and answers without a head."""
        places = filter(Path.is_file, self._place.glob(f"{bundle.TIMESTAMPS}/*"))
        names = {path.name for path in places}
        heads = {name for name in names if not name.endswith(".tsr")}
        for name in sorted(heads ^ {name.removesuffix(".tsr") for name in names - heads}):
            yield f"{bundle.TIMESTAMPS}/{name}"

    def _opened(self, name: str) -> BinaryIO | None:
        path = self._place / name
        return self._files.enter_context(path.open("rb")) if path.is_file() else None

    def _grow(self, hashes: Sequence[bytes]) -> None:
        """Let the tree grow, and keep the roots that proofs begin with."""
        before, done = self._edge.size, 0
        while self._due and self._due[-1] <= before + len(hashes):
            size = self._due.pop()
            self._edge = self._edge.extend(hashes[done : size - before])
            self._roots[size] = self._edge.root()
            done = size - before
        self._edge = self._edge.extend(hashes[done:])

    def _compare_attachment(self, expected: Row) -> None:
        self._lines += 1
        there = self._attachments
        line = b"" if there is None else next(bundle.bounded(there), b"")
        reason, file = _reason(line), self._folder / "attachments" / str(expected["sha256"])
        beside: Row | None = None
        if self._enclosed is None:
            beside = {}
        elif reason in LEFT_OUT:
            beside = {"left_out": reason}
        elif file.is_file():
            beside = self._enclosed
        if beside is None or line != plain({**expected, **beside}) + b"\n":
            self._differ.setdefault(bundle.ATTACHMENTS, self._lines)

    def _proves(self, path: Path) -> bool:
        """Say whether a file is the proof that all entries continue the first so many."""
        *lines, rest = path.read_bytes().split(b"\n")
        try:
            first = self._roots[int(path.name)]
            proof = [decoded(line.decode()) for line in lines]
            verify_consistency(int(path.name), self._edge.size, first, self._edge.root(), proof)
        except (ValueError, KeyError, Unsound):
            return False
        return not rest and SIZE.fullmatch(path.name) is not None

    def _finding(self, code: str, path: str, **details: Any) -> Finding:
        return Finding(code, self._ledger, None, {"path": path, **details})


def _reason(line: bytes) -> Any:
    try:
        told = msgspec.json.decode(line)
    except msgspec.DecodeError:
        return None
    return told.get("left_out") if isinstance(told, dict) else None
