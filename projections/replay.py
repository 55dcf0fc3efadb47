"""Replay: a bundle's tables reckoned again from its entries, and compared line by line.

It needs no database and no server. Memory does not grow with the bundle; where there are two
processors, both fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from domain.identity import Id
from domain.journal import bundle
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, is_known
from projections.engine.fold import Folder, order
from projections.engine.spread import Spread
from projections.engine.view import Key, Row, Table, View
from projections.tables import Making, ViewMade, parked, path_of

BATCH = 2_000
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


def ledgers_of(folder: Path) -> list[Id]:
    """Return the ledgers that a bundle holds. Raises OSError where it is none."""
    return sorted(path.name for path in (folder / "ledgers").iterdir())


def replay(
    folder: Path,
    ledger: Id,
    views: Sequence[View],
    scratch: Path,
    until: Moment | None = None,
    progress: Callable[[int], object] = int,
) -> Replayed:
    """Reckon a ledger's tables again, and compare them with the bundle's.

    `until` stops at what was known at a moment; then there is nothing in the bundle to compare
    with. `progress` is told how many entries are folded.
    """
    spread = Spread(views, scratch)
    count = 0
    for block in bundle.entries(folder, ledger, BATCH):
        known = block if until is None else [row for row in block if is_known(row, until)]
        spread.add(known)
        count += len(known)
        progress(count)
        if len(known) < len(block):
            break
    place = folder / "ledgers" / ledger if until is None else None
    made, differences = _compared(spread, views, place)
    _explain(differences, folder, ledger, views)
    return Replayed(ledger, count, made, parked(spread), differences)


def _compared(
    spread: Spread, views: Sequence[View], place: Path | None
) -> tuple[list[ViewMade], list[Difference]]:
    made: list[ViewMade] = []
    differences: list[Difference] = []
    for view in views:
        making = Making(spread, view)
        for table in view.tables:
            lines = making.lines(table)
            if place is not None:
                found = _unlike(view, table, lines, place / path_of(view, table))
                differences += islice(found, SHOWN)
            for _ in lines:
                pass
        made.append(making.made())
    return made, differences


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
    }
