"""What lies where in a bundle (docs/bundle-format.md): written once, listed, signed, read back."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.journal.note import SigningKey, signed
from domain.journal.verify import AT, FORMAT, LEAF_LIMIT

ENTRIES, LEAVES, POSITIONS = "entries.ndjson", "leaves", "positions"
CHECKPOINT, EARLIER, TABLES = "checkpoint", "checkpoints", "tables"
PROOFS, TIMESTAMPS, ERAS = "proofs", "timestamps", "eras"
ATTACHMENTS, OPENED = "attachments.ndjson", "opened.ndjson"
MANIFEST, ABOUT = "MANIFEST", "bundle.json"
STATE = len('{"at":"2018-10-26T01:00:00.000000Z","event":')
STREAM = b'"stream":"'
LONGEST, LONGEST_ENTRY, LONGEST_RUN = 1 << 24, LEAF_LIMIT + 1, 40
"""How many bytes a line has at most, with its line break: of a table or a list, an entry, a run."""


class BundleFolder:
    """A bundle that is being written: every file is hashed on its way, and listed in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed: dict[str, tuple[str, int]] = {}

    def write(self, path: str, content: bytes) -> str:
        """Write a whole file and return its hash."""
        return self.stream(path, (content,))

    def stream(self, path: str, blocks: Iterable[bytes]) -> str:
        """Write a file block by block and return its hash."""
        with self.open(path) as file:
            for block in blocks:
                file.write(block)
        return self.listed[path][0]

    def open(self, path: str) -> HashedFile:
        """Open a new file; it is listed when it is closed."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return HashedFile(self, path, place.open("xb"))

    def adopt(self, path: str) -> None:
        """List a file that something else has written into the folder."""
        place = self.folder / path
        with place.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        self.listed[path] = digest, place.stat().st_size

    def sign(self, keys: Sequence[SigningKey]) -> None:
        """Write the manifest of all files, which ends the bundle."""
        lines = [FORMAT, *(f"key {key.verifier}" for key in keys)]
        lines += [
            f"file {digest} {size} {path}" for path, (digest, size) in sorted(self.listed.items())
        ]
        text = "".join(f"{line}\n" for line in lines).encode()
        (self.folder / MANIFEST).write_bytes(signed(text, keys))


class HashedFile:
    """A file of a bundle while it is written."""

    def __init__(self, bundle: BundleFolder, path: str, file: BinaryIO) -> None:
        self._bundle, self._path, self._file = bundle, path, file
        self._hash = sha256()
        self._size = 0

    def write(self, block: bytes) -> None:
        """Write on."""
        self._hash.update(block)
        self._size += len(block)
        self._file.write(block)

    def __enter__(self) -> HashedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._bundle.listed[self._path] = self._hash.hexdigest(), self._size


class Runs:
    """Positions of entries as runs of neighbours: `first count`, a line each."""

    def __init__(self) -> None:
        self._first = self._next = 0

    def add(self, position: int) -> bytes:
        """Take the next entry's position, and return the line of a run that has ended."""
        line = b"" if position == self._next else self.end()
        if position != self._next:
            self._first = position
        self._next = position + 1
        return line

    def end(self) -> bytes:
        """Return the line of the run so far."""
        return b"%d %d\n" % (self._first, self._next - self._first) if self._first else b""


def positions(lines: Iterable[bytes]) -> Iterator[int]:
    """Yield each entry's position from such lines."""
    for line in lines:
        first, count = map(int, line.split())
        yield from range(first, first + count)


class EntryRange(NamedTuple):
    """A stretch of a ledger's entries: how many come before it, where it begins, how many it has.

    `offset` counts bytes in the file of entries.
    """

    before: int
    offset: int
    size: int


def parts(folder: Path, ledger: Id, most: int) -> list[EntryRange]:
    """Divide a ledger's entries into stretches of so many at most."""
    found: list[EntryRange] = []
    with (folder / "ledgers" / ledger / ENTRIES).open("rb") as file:
        before = offset = 0
        while lines := sum(1 for _ in islice(bounded(file, LONGEST_ENTRY), most)):
            found.append(EntryRange(before, offset, lines))
            before, offset = before + lines, file.tell()
    return found


WHOLE = EntryRange(0, 0, sys.maxsize)


def entries(
    folder: Path, ledger: Id, batch: int, part: EntryRange = WHOLE
) -> Iterator[list[JournalRow]]:
    """Yield a ledger's entries of a bundle as the journal keeps them, some at a time."""
    place = folder / "ledgers" / ledger
    with (place / ENTRIES).open("rb") as file, (place / POSITIONS).open("rb") as runs:
        file.seek(part.offset)
        places = islice(positions(bounded(runs, LONGEST_RUN)), part.before, None)
        # Where there are not as many positions as entries, that is an error and not an end.
        lines = zip(bounded(file, LONGEST_ENTRY), places, strict=True)
        rows = (
            JournalRow(position, ledger, number, _at(line), _stream(line), line[STATE:-2])
            for number, (line, position) in enumerate(lines, part.before + 1)
        )
        left = islice(rows, part.size)
        while block := list(islice(left, batch)):
            yield block


def bounded(file: BinaryIO, longest: int = LONGEST) -> Iterator[bytes]:
    """Yield a file's lines, in bounded memory. Raises ValueError for one that is longer."""
    for line in iter(partial(file.readline, longest + 1), b""):
        if len(line) > longest:
            raise ValueError("a line longer than any of ours")
        yield line


def _at(line: bytes) -> datetime:
    return datetime.fromisoformat(line[AT].decode())


def _stream(line: bytes) -> Id:
    """The entry's stream: of the envelope's fields, in order of name, it comes near the end."""
    start = line.rindex(STREAM) + len(STREAM)
    return line[start : start + 36].decode()
