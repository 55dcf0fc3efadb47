"""Replay: a bundle's tables and lists made again from its entries, and compared line by line.

It needs no database and no server. Memory does not grow with the bundle, nor with the number of
processors: where there are several, up to four fold.
"""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, repeat
from pathlib import Path
from typing import Any

from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, is_known
from domain.journal.verify import Finding
from domain.slices import register_all
from projections.about import enclosing, extent, read_about, surplus, unlike
from projections.catalogue import VIEWS
from projections.comparing import ComparedView, RowDifference, compared, key_of
from projections.engine.fold import Folder, order
from projections.engine.spread import LIMIT, Spread, merged
from projections.engine.view import Key, Row, View
from projections.grades import Grades
from projections.listings import Lists, unread
from projections.statements import Statement, hold, stated
from projections.tables import ViewMade, parked

BATCH = 2_000
PART = 25_000
"""So many entries are folded by one process at a time."""
MOST_PROCESSES = 4
"""More take more memory, and find nothing to do where merging is what remains."""
RUNS = 1_000
"""More than a part is ever written out in."""


@dataclass
class Folded:
    """What folding a ledger came to."""

    entries: int
    views: list[ComparedView]
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
    differences: list[RowDifference]
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
        views = [compared(view, spread.lines, self._place) for view in self.views]
        return Folded(folded, views, parked(spread.folding))

    def _shared(self, parts: Sequence[bundle.EntryRange]) -> Folded | None:
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
            views = pool.map(_merge_view, names, repeat(dict(runs)), repeat(self._place))
            return Folded(parts[-1].before + parts[-1].size, list(views), [])

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
        """Hold what records state of figures and grades, the lists, and what bundle.json says."""
        about, last, statements = read_about(self.folder), None, []
        names = {view.name for view in self.views}
        grades, findings = Grades(self.ledger), list[Finding]()
        with Lists(self.folder, self.ledger, enclosed=enclosing(about)) as lists:
            for block in self._known():
                last = block[-1]
                statements += [each for each in stated(block) if each.view in names]
                findings += grades.differing(block)
                if self.until is None:
                    lists.add(block)
            findings += [] if self.until is not None else lists.found()
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
            for view in folded.views:
                findings += self._tables("table_missing", view, view.missing)
                findings += self._tables("table_disordered", view, view.disordered)
        return statements, findings

    def _tables(self, code: str, of: ComparedView, tables: Sequence[str]) -> list[Finding]:
        told = [{"view": of.made.view, "table": table} for table in tables]
        return [Finding(code, self.ledger, None, details) for details in told]


def _fold_part(
    folder: Path,
    ledger: Id,
    names: Sequence[str],
    part: bundle.EntryRange,
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


def _merge_view(name: str, runs: dict[str, list[Path]], place: Path | None) -> ComparedView:
    (view,) = _named([name])
    return compared(view, lambda table: merged(table, runs.get(table.name, [])), place)


def _named(names: Sequence[str]) -> tuple[View, ...]:
    return tuple(view for view in VIEWS if view.name in names)


def _explain(
    differences: Sequence[RowDifference], folder: Path, ledger: Id, views: Sequence[View]
) -> None:
    """Find the entries whose effects the differing rows are made of."""
    wanted: dict[tuple[str, tuple[str, ...]], list[RowDifference]] = defaultdict(list)
    tables = {table.name: table for view in views for table in view.tables}
    for each in differences:
        said = each.replayed or each.there or {}
        wanted[each.table, key_of(tables[each.table], said)].append(each)
    if not wanted:
        return
    folder_of = Folder(views)
    for block in bundle.entries(folder, ledger, BATCH):
        for row in block:
            for name, key in _touched(folder_of, row):
                for found in wanted.get((name, order(key)), ()):
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
