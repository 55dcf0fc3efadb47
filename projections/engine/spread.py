"""A fold of any number of events in bounded memory: into sorted tables, a line for each row.

What events do to one row depends on no other row, so a fold is a sort: effects are combined row
by row while they fit into memory, written out in order of key when they do not, and merged at the
end. The lines are those that the fold in memory gives, to the byte, and so are the views; only
who keeps the rows differs. It serves whoever needs whole tables and no questions asked of them:
bundles, and those who replay them.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from domain.event import AnyEvent
from domain.identity import Id
from domain.journal.entries import JournalRow
from projections.engine.fold import Folder, liner, order, plain, uncollected
from projections.engine.view import Add, Drop, Effect, Key, Row, Table, View

LIMIT = 120_000
"""So many rows are combined in memory, some hundred bytes each, before they are written out."""
END = b"\x01"
WHOLE = b"="
UNSORTABLE = re.compile("[\x01\n]")
Line: TypeAlias = bytes


class Patch:
    """What a stretch of events does to one row, in short.

    `reset` says that the row was dropped in between, so what was before is of no account; `made`
    is whose event came first after that, which a row that is not there yet belongs to.
    """

    __slots__ = ("adds", "made", "reset", "sets")

    def __init__(self) -> None:
        self.reset = False
        self.made: tuple[Id, Id | None] | None = None
        self.sets: Row = {}
        self.adds: dict[str, int] = {}

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
        return before


class Spread:
    """Views' tables while events are folded into them; `folder` takes what memory cannot.

    The folder belongs to whoever made it, and may be thrown away with all that is in it.
    """

    def __init__(self, views: Sequence[View], folder: Path, limit: int = LIMIT) -> None:
        self.views = views
        self.folding = Folder(views)
        self._folder = folder
        self._limit = limit
        self._patches: dict[str, dict[Key, Patch]] = {
            table.name: {} for view in views for table in view.tables
        }
        self._tables = {table.name: table for view in views for table in view.tables}
        self._count = 0
        self._runs: dict[str, list[Path]] = {name: [] for name in self._tables}

    def add(self, rows: Iterable[JournalRow]) -> None:
        """Fold more events, in their order."""
        patches = self._patches
        with uncollected():
            for event, effects in self.folding.effects(rows):
                ledger = event.ledger
                for effect in effects:
                    rows_of = patches[effect.table.name]
                    key = (ledger, *effect.key)
                    patch = rows_of.get(key)
                    if patch is None:
                        patch = rows_of[key] = Patch()
                        self._count += 1
                    patch.take(event, effect)
        if self._count >= self._limit:
            self.spill()

    def spill(self) -> dict[str, list[Path]]:
        """Write out what is in memory and return all that was written, by table, in order."""
        for name, patches in self._patches.items():
            if patches:
                path = self._folder / f"{name}.{len(self._runs[name]):04d}"
                with path.open("xb") as file:
                    file.writelines(_run(self._tables[name], patches))
                self._runs[name].append(path)
                patches.clear()
        self._count = 0
        return self._runs

    def lines(self, table: Table) -> Iterator[Line]:
        """Yield a table's rows as canonical lines, each with its line break, in order of key."""
        runs, patches = self._runs[table.name], self._patches[table.name]
        last = list(_run(table, patches)) if patches else []
        return merged(table, runs, last)


def merged(table: Table, runs: Sequence[Path], last: Iterable[Line] = ()) -> Iterator[Line]:
    """Merge what was written out, earlier before later, into a table's lines."""
    with ExitStack() as open_files:
        files = [open_files.enter_context(path.open("rb")) for path in runs]
        ordered = heapq.merge(*files, last, key=_key) if files else iter(last)
        waiting: list[Line] = []
        for line in ordered:
            if waiting and _key(waiting[0]) != _key(line):
                yield from _settled(table, waiting)
                waiting.clear()
            waiting.append(line)
        if waiting:
            yield from _settled(table, waiting)


def _key(line: Line) -> bytes:
    return line[: line.index(END)]


def _run(table: Table, patches: dict[Key, Patch]) -> Iterator[Line]:
    """Yield key, END, what it is, and a whole row's line or a patch, in order of key."""
    columns, line, ordered = len(table.columns), liner(table), _ordered(table)
    for text, key in sorted((ordered(key), key) for key in patches):
        patch = patches[key]
        start = text.encode() + END
        if len(patch.sets) == columns and patch.made is not None and not patch.reset:
            row = patch.sets
            row["operator"], row["station"] = patch.made
            yield b"%b=%b" % (start, line(key, row))
        else:
            yield b"%b+%b" % (start, _packed(key, patch))


def _ordered(table: Table) -> Callable[[Key], str]:
    """Return what writes a table's keys as texts that sort as the keys do, free of line breaks."""

    def ordered(key: Key) -> str:
        text = "\0".join(key if worded and None not in key else order(key))
        if UNSORTABLE.search(text):
            raise ValueError(f"a key of {table.name} that cannot be sorted as text")
        return text

    worded = all(kind in ("uuid", "text") for kind in table.key.values())
    return ordered


def _packed(key: Key, patch: Patch) -> bytes:
    sets = {name: plain(value) for name, value in patch.sets.items()}
    parts = [[plain(part) for part in key], patch.reset, patch.made, sets, patch.adds]
    return msgspec.json.encode(parts) + b"\n"


def _settled(table: Table, lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the line of the row that all these make in turn, if there is one in the end."""
    contents = [line[line.index(END) + len(END) :] for line in lines]
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
    key, reset, made, sets, adds = told
    patch = Patch()
    patch.reset, patch.sets, patch.adds = reset, sets, adds
    patch.made = made and tuple(made)
    after = patch.onto(table, before)
    if after is not None:
        after.update(zip(("ledger", *table.key), key, strict=True))
    return after
