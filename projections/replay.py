"""Replay: a bundle's tables and lists made again from its entries, and compared line by line.

It needs no database and no server. Memory does not grow with the bundle, nor with the number of
processors: where there are several, up to four fold.
"""

from __future__ import annotations

import multiprocessing
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count, islice, repeat
from pathlib import Path
from typing import Any

import msgspec

from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, is_known
from domain.journal.verify import Finding
from domain.slices import register_all
from projections.about import encloses, extent, read_about, surplus, unlike
from projections.catalogue import VIEWS
from projections.engine.fold import Folder, order
from projections.engine.spread import LIMIT, Spread, merged
from projections.engine.view import Key, Row, Table, View
from projections.listings import Lists, unread
from projections.statements import Statement, hold, stated
from projections.tables import Making, ViewMade, parked, path_of

BATCH = 2_000
PART = 25_000
"""So many entries are folded by one process at a time."""
MOST_PROCESSES = 4
"""More take more memory, and find nothing to do where merging is what remains."""
RUNS = 1_000
"""More than a part is ever written out in."""
SHOWN = 20
"""So many differing rows of a table are listed; the rest are counted."""


@dataclass
class Difference:
    """A row that the bundle has otherwise than its entries make it, and the entries behind it.

    `there` is what the bundle says, `replayed` what follows; None where there is no such row.
    """

    view: str
    table: str
    there: Row | None
    replayed: Row | None
    events: list[Row] = field(default_factory=list)


@dataclass
class Compared:
    """What a view came to: its first differing rows, how many `more` there are, and where.

    `missing` are the tables that the bundle does not have.
    """

    made: ViewMade
    differences: list[Difference]
    more: list[Row]
    missing: list[str]


@dataclass
class Folded:
    """What folding a ledger came to."""

    entries: int
    views: list[Compared]
    parked: Sequence[Row]


@dataclass
class Replayed:
    """What the replay of one ledger came to.

    `findings` are what else the bundle says that does not follow from its entries; `compared` is
    False where they were replayed up to a moment, of which the bundle says nothing; `unread` are
    files and folders of the ledger that were compared with nothing.
    """

    ledger: Id
    entries: int
    views: list[ViewMade]
    parked: Sequence[Row]
    differences: list[Difference]
    more: list[Row]
    findings: list[Finding]
    statements: list[Statement]
    compared: bool
    unread: list[str]

    @property
    def same(self) -> bool | None:
        """Whether all is the bundle's, and what records state follows; None if not compared."""
        refuted = any(each.held is False for each in self.statements)
        if self.differences or self.findings or refuted:
            return False
        return True if self.compared else None


def ledgers_of(folder: Path) -> list[Id]:
    """Return the ledgers that a bundle holds. Raises OSError where it is none."""
    return sorted(path.name for path in (folder / "ledgers").iterdir() if path.is_dir())


@dataclass(frozen=True)
class Replay:
    """A ledger of a bundle, and how it is to be replayed.

    `scratch` is an empty folder for what memory does not hold. `until` stops at what was known at
    a moment; then there is nothing in the bundle to compare with. `processes` fold at a time,
    where there is enough for them. `progress` is told how many entries are folded.
    """

    folder: Path
    ledger: Id
    views: Sequence[View]
    scratch: Path
    until: Moment | None = None
    processes: int = 1
    progress: Callable[[int], object] = int

    def run(self) -> Replayed:
        """Make the ledger's tables and lists again, and compare them with the bundle's."""
        parts = bundle.parts(self.folder, self.ledger, PART)
        folded = None
        if self.processes > 1 and len(parts) > 1 and self.until is None:
            folded = self._shared(parts)
        folded = folded or self._alone()
        differences = [each for view in folded.views for each in view.differences]
        _explain(differences, self.folder, self.ledger, self.views)
        statements, findings = self._read_through(folded)
        return Replayed(
            ledger=self.ledger,
            entries=folded.entries,
            views=[view.made for view in folded.views],
            parked=folded.parked,
            differences=differences,
            more=[each for view in folded.views for each in view.more],
            findings=findings,
            statements=statements,
            compared=self.until is None,
            unread=unread(self.folder, self.ledger),
        )

    @property
    def workers(self) -> int:
        """How many processes fold: they share the memory that one would take."""
        return max(1, min(self.processes, MOST_PROCESSES))

    @property
    def limit(self) -> int:
        """How many rows each of them combines in memory."""
        return LIMIT // self.workers

    def _alone(self) -> Folded:
        spread = Spread(self.views, self.scratch)
        folded = 0
        for block in self._known():
            spread.add(block)
            folded += len(block)
            self.progress(folded)
        compared = [_compared(view, spread.lines, self._place) for view in self.views]
        return Folded(folded, compared, parked(spread.folding))

    def _shared(self, parts: Sequence[bundle.Part]) -> Folded | None:
        """Fold parts side by side, then merge and compare views side by side.

        None where a view waits: from there on it does, in whatever part comes after.
        """
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.workers, spawned, initializer=register_all) as pool:
            names = [view.name for view in self.views]
            folded = pool.map(
                _fold_part, repeat(self.folder), repeat(self.ledger), repeat(names), parts,
                repeat(self.scratch), count(0), repeat(self.limit),
            )  # fmt: skip
            runs: dict[str, list[Path]] = defaultdict(list)
            for part, made in zip(parts, folded, strict=True):
                if made is None:
                    pool.shutdown(cancel_futures=True)
                    return None
                self.progress(part.before + part.size)
                for table, paths in made.items():
                    runs[table] += paths
            compared = pool.map(_merge_view, names, repeat(dict(runs)), repeat(self._place))
            return Folded(parts[-1].before + parts[-1].size, list(compared), [])

    @property
    def _place(self) -> Path | None:
        return self.folder / "ledgers" / self.ledger if self.until is None else None

    def _known(self) -> Iterator[list[JournalRow]]:
        """Yield the entries up to the moment that is asked about, or all, some at a time."""
        for block in bundle.entries(self.folder, self.ledger, BATCH):
            until = self.until
            known = block if until is None else [row for row in block if is_known(row, until)]
            if known:
                yield known
            if len(known) < len(block):
                return

    def _read_through(self, folded: Folded) -> tuple[list[Statement], list[Finding]]:
        """Hold what records state of the replayed views, the lists, and what bundle.json says."""
        about, last, statements = read_about(self.folder), None, []
        names = {view.name for view in self.views}
        with Lists(self.folder, self.ledger, enclosed=encloses(about)) as lists:
            for block in self._known():
                last = block[-1]
                statements += [each for each in stated(block) if each.view in names]
                if self.until is None:
                    lists.add(block)
            findings = [] if self.until is not None else lists.found()
        if statements:
            room = self.scratch / "statements"
            room.mkdir()
            hold(statements, self._known(), room)
        if self.until is None:
            made = [view.made for view in folded.views]
            reached = extent(self.folder, self.ledger, last)
            findings += unlike(about, self.ledger, reached, made, folded.parked)
            defined_otherwise = {
                each.details["view"] for each in findings if each.code == "view_version_differs"
            }
            not_replayed = {view.name for view in VIEWS} - names
            findings += surplus(self.folder, self.ledger, defined_otherwise | not_replayed)
            missing = [(view.made.view, table) for view in folded.views for table in view.missing]
            findings += [
                Finding("table_missing", self.ledger, None, {"view": view, "table": table})
                for view, table in missing
            ]
        return statements, findings


def _fold_part(
    folder: Path,
    ledger: Id,
    names: Sequence[str],
    part: bundle.Part,
    scratch: Path,
    number: int,
    limit: int,
) -> dict[str, list[Path]] | None:
    """Fold one part in a process of its own; None where a view could not digest something."""
    room = scratch / f"part-{number}"
    room.mkdir()
    spread = Spread(_named(names), room, limit, first=number * RUNS)
    for block in bundle.entries(folder, ledger, BATCH, part):
        spread.add(block)
    return None if spread.folding.parked else spread.spill()


def _merge_view(name: str, runs: dict[str, list[Path]], place: Path | None) -> Compared:
    (view,) = _named([name])
    return _compared(view, lambda table: merged(table, runs.get(table.name, [])), place)


def _named(names: Sequence[str]) -> tuple[View, ...]:
    return tuple(view for view in VIEWS if view.name in names)


def _compared(
    view: View, lines_of: Callable[[Table], Iterator[bytes]], place: Path | None
) -> Compared:
    making = Making(view, lines_of)
    differences: list[Difference] = []
    more: list[Row] = []
    missing: list[str] = []
    for table in view.tables:
        lines = making.lines(table)
        if place is not None:
            path = place / path_of(view, table)
            found = _unlike(view, table, lines, path)
            differences += islice(found, SHOWN)
            if rest := sum(1 for _ in found):
                more.append({"view": view.name, "table": table.name, "more": rest})
            missing += [] if path.is_file() else [table.name]
        deque(lines, 0)
    return Compared(making.made(), differences, more, missing)


def _unlike(view: View, table: Table, lines: Iterator[bytes], path: Path) -> Iterator[Difference]:
    """Yield the rows that differ, walking along both sides in order of key.

    Where there is no such file, all rows do.
    """
    with path.open("rb") if path.is_file() else BytesIO() as file:
        replayed, there = next(lines, None), next(file, None)
        while replayed is not None or there is not None:
            if replayed == there:
                replayed, there = next(lines, None), next(file, None)
                continue
            ours, theirs = _sorting(table, replayed), _sorting(table, there)
            mine = replayed if ours is not None and (theirs is None or ours <= theirs) else None
            other = there if theirs is not None and (ours is None or theirs <= ours) else None
            yield Difference(view.name, table.name, _row(other), _row(mine))
            replayed = next(lines, None) if mine is not None else replayed
            there = next(file, None) if other is not None else there


def _row(line: bytes | None) -> Row | None:
    try:
        found = None if line is None else msgspec.json.decode(line)
    except msgspec.DecodeError:
        found = {"line": line.decode(errors="replace") if line else ""}
    return found if isinstance(found, dict) or found is None else {"line": found}


def _sorting(table: Table, line: bytes | None) -> tuple[str, ...] | None:
    row = _row(line)
    return None if row is None else order(_key(table, row))


def _key(table: Table, row: Row) -> Key:
    return tuple(row.get(name) for name in ("ledger", *table.key))


def _explain(
    differences: Sequence[Difference], folder: Path, ledger: Id, views: Sequence[View]
) -> None:
    """Find the entries whose effects the differing rows are made of."""
    wanted: dict[tuple[str, tuple[str, ...]], Difference] = {}
    tables = {table.name: table for view in views for table in view.tables}
    for each in differences:
        said = each.replayed or each.there or {}
        wanted[each.table, order(_key(tables[each.table], said))] = each
    if not wanted:
        return
    folder_of = Folder(views)
    for block in bundle.entries(folder, ledger, BATCH):
        for row in block:
            for name, key in _touched(folder_of, row):
                found = wanted.get((name, order(key)))
                if found is not None:
                    found.events.append({"entry": row.number, "position": row.position})


def _touched(folder: Folder, row: JournalRow) -> set[tuple[str, Key]]:
    return {
        (effect.table.name, (event.ledger, *effect.key))
        for event, effects in folder.effects((row,))
        for effect in effects
    }


def as_told(made: Replayed) -> dict[str, Any]:
    """Return a replay as JSON has it."""
    return {
        "ledger": made.ledger,
        "entries": made.entries,
        "views": [view.told() for view in made.views],
        "parked": list(made.parked),
        "differences": [vars(each) for each in made.differences],
        "more": made.more,
        "findings": [vars(each) for each in made.findings],
        "unread": made.unread,
        "statements": [vars(each) for each in made.statements],
    }
