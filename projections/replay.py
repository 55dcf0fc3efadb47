"""Replay: a bundle's tables reckoned again from its entries, and compared line by line.

It needs no database and no server. Memory does not grow with the bundle; where there are two
processors, both fold.
"""

from __future__ import annotations

import multiprocessing
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count, groupby, islice, repeat
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, is_known
from domain.slices import register_all
from projections.catalogue import VIEWS
from projections.engine.fold import Folder, order
from projections.engine.spread import Spread, merged
from projections.engine.view import Key, Row, Table, View
from projections.statements import Statement, hold, stated
from projections.tables import Making, ViewMade, parked, path_of

BATCH = 2_000
PART = 25_000
"""So many entries are folded by one process at a time."""
RUNS = 1_000
"""More than a part is ever written out in."""
SHOWN = 20
"""So many differing rows of a table are listed."""


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
class Replayed:
    """What the replay of one ledger came to."""

    ledger: Id
    entries: int
    views: list[ViewMade]
    parked: Sequence[Row]
    differences: list[Difference]
    statements: list[Statement]

    @property
    def same(self) -> bool:
        """Whether the tables are the bundle's, and what was frozen is what follows."""
        frozen = (each for each in self.statements if each.version is not None)
        return not self.differences and all(each.held is not False for each in frozen)


Compared: TypeAlias = tuple[ViewMade, list[Difference]]


def ledgers_of(folder: Path) -> list[Id]:
    """Return the ledgers that a bundle holds. Raises OSError where it is none."""
    return sorted(path.name for path in (folder / "ledgers").iterdir())


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
        """Reckon the ledger's tables again, and compare them with the bundle's."""
        parts = bundle.parts(self.folder, self.ledger, PART)
        if self.processes == 1 or len(parts) < 2 or self.until is not None:
            return self._alone()
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, spawned, initializer=register_all) as pool:
            return self._shared(pool, parts)

    def _alone(self) -> Replayed:
        spread = Spread(self.views, self.scratch)
        folded = 0
        for block in bundle.entries(self.folder, self.ledger, BATCH):
            known = [row for row in block if self.until is None or is_known(row, self.until)]
            spread.add(known)
            folded += len(known)
            self.progress(folded)
            if len(known) < len(block):
                break
        compared = [_compared(view, spread.lines, self._place) for view in self.views]
        return self._replayed(folded, compared, parked(spread.folding))

    def _shared(self, pool: ProcessPoolExecutor, parts: Sequence[bundle.Part]) -> Replayed:
        """Fold parts side by side, then merge and compare views side by side."""
        names = [view.name for view in self.views]
        folded = pool.map(
            _fold_part, repeat(self.folder), repeat(self.ledger), repeat(names), parts,
            repeat(self.scratch), count(0),
        )  # fmt: skip
        runs: dict[str, list[Path]] = defaultdict(list)
        for part, made in zip(parts, folded, strict=True):
            if made is None:  # a view waits from there on, in whatever part comes after
                pool.shutdown(cancel_futures=True)
                return self._alone()
            self.progress(part.before + part.size)
            for table, paths in made.items():
                runs[table] += paths
        compared = pool.map(_merge_view, names, repeat(dict(runs)), repeat(self._place))
        return self._replayed(parts[-1].before + parts[-1].size, list(compared), [])

    @property
    def _place(self) -> Path | None:
        return self.folder / "ledgers" / self.ledger if self.until is None else None

    def _replayed(
        self, entries: int, compared: Sequence[Compared], parked: Sequence[Row]
    ) -> Replayed:
        made = [one for one, _ in compared]
        differences = [each for _, found in compared for each in found]
        _explain(differences, self.folder, self.ledger, self.views)
        return Replayed(self.ledger, entries, made, parked, differences, list(self._statements()))

    def _statements(self) -> Iterator[Statement]:
        """Hold what the records themselves state against the replay, position by position."""
        blocks = bundle.entries(self.folder, self.ledger, BATCH)
        found = sorted(
            (each for block in blocks for each in stated(block)), key=lambda each: each.position
        )
        for position, together in groupby(found, key=lambda each: each.position):
            statements = list(together)
            room = self.scratch / f"at-{position}"
            room.mkdir()
            hold(statements, bundle.entries(self.folder, self.ledger, BATCH), room)
            yield from statements


def _fold_part(
    folder: Path, ledger: Id, names: Sequence[str], part: bundle.Part, scratch: Path, number: int
) -> dict[str, list[Path]] | None:
    """Fold one part in a process of its own; None where a view could not digest something."""
    room = scratch / f"part-{number}"
    room.mkdir()
    spread = Spread(_named(names), room, first=number * RUNS)
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
    for table in view.tables:
        lines = making.lines(table)
        if place is not None:
            found = _unlike(view, table, lines, place / path_of(view, table))
            differences += islice(found, SHOWN)
        deque(lines, 0)
    return making.made(), differences


def _unlike(view: View, table: Table, lines: Iterator[bytes], path: Path) -> Iterator[Difference]:
    """Yield the rows that differ, walking along both sides in order of key."""
    with path.open("rb") as file:
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


def told(made: Replayed) -> dict[str, Any]:
    """Return a replay as JSON has it."""
    return {
        "ledger": made.ledger,
        "entries": made.entries,
        "views": [view.told() for view in made.views],
        "parked": list(made.parked),
        "differences": [vars(each) for each in made.differences],
        "statements": [vars(each) for each in made.statements],
    }
