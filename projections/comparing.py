"""A bundle's tables held against those that its entries make, row by row and by key.

Where a table is the same to the byte, nothing of it is read as rows. From the first line that is
not, rows are found by their key, wherever they stand: one row in a wrong place is one thing that
does not hold, and takes no other row with it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import msgspec

from domain.journal.bundle import LONGEST, bounded
from projections.engine.fold import order
from projections.engine.view import Row, Table, View
from projections.tables import Making, ViewMade, path_of

SHOWN = 20
"""So many differing rows of a table are listed; the rest are counted."""
DEEPEST = 40
"""No row, and nothing in bundle.json, nests like that."""
RUN = 20_000
"""So many rows of a table that is out of order are sorted in memory at a time."""


@dataclass
class RowDifference:
    """A row that the bundle has otherwise than its entries make it, and the entries behind it.

    `there` is what the bundle says, `replayed` what follows; None where there is no such row.
    """

    view: str
    table: str
    there: Row | None
    replayed: Row | None
    events: list[Row] = field(default_factory=list)


@dataclass
class ComparedView:
    """What a view came to: its first differing rows, how many `more` there are, and where.

    `missing` are the tables that the bundle does not have, `disordered` those whose rows are not
    in order of key.
    """

    made: ViewMade = field(init=False)
    differences: list[RowDifference] = field(default_factory=list)
    more: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)


def compared(
    view: View, lines_of: Callable[[Table], Iterator[bytes]], place: Path | None
) -> ComparedView:
    """Make a view's tables, and compare them with those of the ledger that lies at a place."""
    making, found = Making(view, lines_of), ComparedView()
    for table in view.tables:
        lines = making.lines(table)
        if place is not None:
            _compare(view, table, lines, place / path_of(view, table), found)
        deque(lines, 0)
    found.made = making.made()
    return found


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    """Return a row's key as rows are sorted by it."""
    return order(tuple(row.get(name) for name in ("ledger", *table.key)))


def _compare(
    view: View, table: Table, lines: Iterator[bytes], path: Path, found: ComparedView
) -> None:
    """Add what is unlike in one table; where there is no such file, all rows are."""
    if not path.is_file():
        found.missing.append(table.name)
    opened: BinaryIO = path.open("rb") if path.is_file() else BytesIO()
    with opened as file:
        pairs = zip_longest(lines, bounded(file))
        unlike = next(((ours, theirs) for ours, theirs in pairs if ours != theirs), None)
        if unlike is None:
            return
        replayed = chain(filter(None, unlike[:1]), lines)
        file.seek(-len(unlike[1] or b""), 1)
        there = bounded(file)
        if not _is_in_order(table, file):
            found.disordered.append(table.name)
            there = _in_order(table, file)
        differences = _differences(view, table, replayed, there)
        found.differences += islice(differences, SHOWN)
        if rest := sum(1 for _ in differences):
            found.more.append({"view": view.name, "table": table.name, "more": rest})


def _is_in_order(table: Table, file: BinaryIO) -> bool:
    """Say whether the rest of a file is, and go back to where it began."""
    start = file.tell()
    in_order = all(
        one <= other for one, other in pairwise(map(partial(_sorting, table), bounded(file)))
    )
    file.seek(start)
    return in_order


def _in_order(table: Table, file: BinaryIO) -> Iterator[bytes]:
    """Yield the rest of a file, of any length, in order of key."""
    sorting = partial(_sorting, table)
    with ExitStack() as files:
        runs = []
        for lines in _stretches(bounded(file)):
            run = files.enter_context(TemporaryFile())
            run.writelines(line.rstrip(b"\n") + b"\n" for line in sorted(lines, key=sorting))
            run.seek(0)
            runs.append(run)
        yield from heapq.merge(*runs, key=sorting)


def _stretches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Yield lines some at a time, fewer where they are long."""
    taken, size = list[bytes](), 0
    for line in lines:
        taken.append(line)
        size += len(line)
        if len(taken) == RUN or size > LONGEST:
            yield taken
            taken, size = [], 0
    if taken:
        yield taken


def _differences(
    view: View, table: Table, lines: Iterator[bytes], file: Iterator[bytes]
) -> Iterator[RowDifference]:
    """Yield the rows that differ, walking along both sides in order of key."""
    replayed, there = next(lines, None), next(file, None)
    while replayed is not None or there is not None:
        if replayed == there:
            replayed, there = next(lines, None), next(file, None)
            continue
        ours = None if replayed is None else _sorting(table, replayed)
        theirs = None if there is None else _sorting(table, there)
        mine = replayed if ours is not None and (theirs is None or ours <= theirs) else None
        other = there if theirs is not None and (ours is None or theirs <= ours) else None
        yield RowDifference(view.name, table.name, _row(other), _row(mine))
        replayed = next(lines, None) if mine is not None else replayed
        there = next(file, None) if other is not None else there


def _row(line: bytes | None) -> Row | None:
    return None if line is None else _read(line)


def _read(line: bytes) -> Row:
    """Return the row that a line is; what is none stands there as text."""
    try:
        found = msgspec.json.decode(line)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or deeper than can be read
        found = None
    if isinstance(found, dict) and not (
        line.count(b"[") + line.count(b"{") > DEEPEST and is_deep(found)
    ):
        return found
    return {"line": line.rstrip(b"\n").decode(errors="replace")}


def is_deep(found: object) -> bool:
    """Say whether lists stand in lists as in nothing of ours; what shows them could not follow."""
    layer = [found]
    for _ in range(DEEPEST):
        layer = [each for one in layer for each in _inside(one)]
    return bool(layer)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _sorting(table: Table, line: bytes) -> tuple[str, ...]:
    return key_of(table, _read(line))
