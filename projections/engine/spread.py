"""A fold of any number of events in bounded memory: into sorted tables, a line for each row.

What events do to one row depends on no other row, so a fold is a sort: effects are combined row
by row while they fit into memory, written out in order of key when they do not, and merged at the
end. The lines are those that the fold in memory gives, to the byte, and so are the views; only
who keeps the rows differs. It serves whoever needs whole tables and no questions asked of them:
bundles, and those who replay them.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from domain.event import AnyEvent
from domain.identity import Id
from domain.journal.entries import JournalRow
from projections.engine.fold import Folder, liner, order, plain, uncollected
from projections.engine.view import Add, Drop, Effect, Key, Put, Row, Table, View

LIMIT = 120_000
"""So many rows are combined in memory, some hundred bytes each, before they are written out."""
AT_A_TIME = 2_000
"""So many entries are folded at a time, which are all that is in memory of a ledger."""
END = b"\x01"
HEAD = len(END) + 6
BLOCK = 1 << 16
WHOLE = b"="
UNSORTABLE = re.compile("[\x01\n]")
Line: TypeAlias = bytes


def blocks(ledger: Iterable[JournalRow]) -> Iterator[list[JournalRow]]:
    """Yield a ledger's entries some thousand at a time."""
    rows = iter(ledger)
    while block := list(islice(rows, AT_A_TIME)):
        yield block


class Patch:
    """What a stretch of events does to one row, in short.

    `reset` says that the row was dropped in between, so what was before is of no account; `made`
    is whose event came first after that, which a row that is not there yet belongs to.
    """

    __slots__ = ("adds", "key", "made", "reset", "sets")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.reset = False
        self.made: tuple[Id, Id | None] | None = None
        self.sets: Row = {}
        self.adds: dict[str, int] = {}

    def begin(self, table: Table, row: Row) -> None:
        """Begin with a row that was put whole."""
        self.made = row["operator"], row["station"]
        self.sets = {name: row[name] for name in table.columns}

    def take(self, event: AnyEvent, effect: Effect) -> None:
        """Add one effect."""
        if isinstance(effect, Drop):
            self.reset, self.made, self.sets, self.adds = True, None, {}, {}
            return
        if self.made is None:
            self.made = event.operator, event.station
        if isinstance(effect, Add):
            for column, amount in effect.columns.items():
                if column in self.sets:
                    self.sets[column] += amount
                else:
                    self.adds[column] = self.adds.get(column, 0) + amount
            return
        self.sets.update(effect.columns)
        if self.adds:
            for column in effect.columns:
                self.adds.pop(column, None)

    def packed(self) -> Line:
        """Write it as a line."""
        sets = {name: plain(value) for name, value in self.sets.items()}
        key = [plain(part) for part in self.key]
        return msgspec.json.encode([key, self.reset, self.made, sets, self.adds]) + b"\n"

    @classmethod
    def unpacked(cls, told: Any) -> Patch:
        """Read it back; days and moments stay the text that lines have."""
        patch = cls(tuple(told[0]))
        patch.reset, made, patch.sets, patch.adds = told[1:]
        patch.made = made and (made[0], made[1])
        return patch

    def onto(self, table: Table, row: Row | None) -> Row | None:
        """Return the row that this makes of what was before."""
        before = None if self.reset else row
        if self.made is None:
            return before
        if before is None:
            operator, station = self.made
            before = {**table.blank(), "operator": operator, "station": station}
        before.update(self.sets)
        for column, amount in self.adds.items():
            before[column] += amount
        before.update(zip(("ledger", *table.key), self.key, strict=True))
        return before


class Spread:
    """Views' tables while events are folded into them; `folder` takes what memory cannot.

    A row that was put whole is kept as the line it will be; what else happens to a row, as a
    patch. The folder belongs to whoever made it, and may be thrown away with all that is in it.
    Where several fold the parts of one history, `first` numbers what each writes out, rising.
    """

    def __init__(
        self, views: Sequence[View], folder: Path, limit: int = LIMIT, first: int = 0
    ) -> None:
        self.folding = Folder(views)
        self._folder = folder
        self._limit = limit
        self._first = first
        tables = [table for view in views for table in view.tables]
        self._shelves = {table.name: _Shelf(table) for table in tables}
        self._runs: dict[str, list[Path]] = {table.name: [] for table in tables}

    def add(self, rows: Iterable[JournalRow]) -> None:
        """Fold more events, in their order."""
        shelves = self._shelves
        with uncollected():
            for event, effects in self.folding.effects(rows):
                for effect in effects:
                    shelves[effect.table.name].take(event, effect)
        if sum(len(shelf.kept) for shelf in shelves.values()) >= self._limit:
            self.spill()

    def spill(self) -> dict[str, list[Path]]:
        """Write out what is in memory and return all that was written, by table, in order."""
        for name, shelf in self._shelves.items():
            if shelf.kept:
                runs = self._runs[name]
                number = self._first + len(runs)
                path = self._folder / f"{name}.{number:06d}"
                path.write_bytes(b"".join(shelf.run(number)))
                runs.append(path)
                shelf.kept.clear()
        return self._runs

    def lines(self, table: Table) -> Iterator[Line]:
        """Yield a table's rows as canonical lines, each with its line break, in order of key."""
        runs, shelf = self._runs[table.name], self._shelves[table.name]
        return merged(table, runs, shelf.run(self._first + len(runs)))


class _Shelf:
    """What a stretch of events makes of one table, by the text that sorts as its keys do."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.kept: dict[str, Line | Patch] = {}
        self._line = liner(table)
        self._width = len(table.columns)
        kinds = set(table.key.values())
        self._worded = kinds <= {"uuid", "text"}
        self._sortable = kinds <= {"uuid", "int", "date", "moment", "bool"}

    def take(self, event: AnyEvent, effect: Effect) -> None:
        """Add one effect."""
        key = (event.ledger, *effect.key)
        text = "\0".join(key if self._worded and None not in key else order(key))
        kept = self.kept.get(text)
        if isinstance(kept, Patch):
            kept.take(event, effect)
        elif kept is None and isinstance(effect, Put) and len(effect.columns) == self._width:
            row = {**effect.columns, "operator": event.operator, "station": event.station}
            self.kept[text] = self._line(key, row)
        else:
            self.kept[text] = patch = Patch(key)
            if kept is not None:
                patch.begin(self.table, msgspec.json.decode(kept))
            patch.take(event, effect)

    def run(self, number: int) -> list[Line]:
        """Return key, END, the run's number, and a whole row's line or a patch, in order."""
        whole, part = b"%b%06d=" % (END, number), b"%b%06d+" % (END, number)
        kept, run = self.kept, []
        for text in sorted(kept):
            if not self._sortable and UNSORTABLE.search(text):
                raise ValueError(f"a key of {self.table.name} that cannot be sorted as text")
            made = kept[text]
            if isinstance(made, Patch):
                run.append(text.encode() + part + made.packed())
            else:
                run.append(text.encode() + whole + made)
        return run


def merged(table: Table, runs: Sequence[Path], last: Sequence[Line] = ()) -> Iterator[Line]:
    """Merge what was written out, earlier before later, into a table's lines."""
    waiting: list[bytes] = []
    about = b""
    for line in _sorted(runs, last):
        place = line.index(END)
        if line[:place] != about:
            yield from _settled(table, waiting)
            waiting.clear()
            about = line[:place]
        waiting.append(line[place + HEAD :])
    yield from _settled(table, waiting)


def _sorted(runs: Sequence[Path], last: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines of several sorted runs in order, some thousand at a time.

    Of each run a block is held; what comes before the end of every block can be put in order at
    once, which sorting does in C and quickly, since the parts are sorted already.
    """
    with ExitStack() as open_files:
        files = [open_files.enter_context(path.open("rb")) for path in runs]
        blocks = [*(file.readlines(BLOCK) for file in files), list(last)]
        while True:
            for number, file in enumerate(files):
                blocks[number] = blocks[number] or file.readlines(BLOCK)
            ends = [block[-1] for block, _ in zip(blocks, files, strict=False) if block]
            bound = min(ends, default=None)
            ready: list[Line] = []
            for number, block in enumerate(blocks):
                cut = len(block) if bound is None else bisect_right(block, bound)
                ready += block[:cut]
                blocks[number] = block[cut:]
            if not ready:
                return
            ready.sort()
            yield from ready


def _settled(table: Table, contents: Sequence[bytes]) -> Iterator[Line]:
    """Yield the line of the row that all these make in turn, if there is one in the end."""
    if len(contents) == 1 and contents[0].startswith(WHOLE):
        yield contents[0][1:]
        return
    row: Row | None = None
    for content in contents:
        row = _patched(table, content, row)
    if row is not None:
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        yield text.encode() + b"\n"


def _patched(table: Table, content: bytes, before: Row | None) -> Row | None:
    told: Any = msgspec.json.decode(content[1:])
    if content.startswith(WHOLE):
        row: Row = told
        if before is not None:  # a row keeps whom its first event belongs to
            row |= {name: before[name] for name in ("operator", "station")}
        return row
    return Patch.unpacked(told).onto(table, before)
