"""Rows on their way into PostgreSQL: a whole row becomes a line of COPY as soon as it is made.

Most rows are put whole and never touched again. Written at once, while its values are at hand,
such a row costs half of what it costs to keep it and write it later, and a third of the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec

from domain.event import AnyEvent
from projections.engine.fold import Rows, Shelf, Shelves
from projections.engine.view import Drop, Effect, Key, Put, Row, Table, View

_encode = msgspec.json.Encoder().encode


@dataclass
class LinedShelf(Shelf):
    """A shelf that keeps whole rows as `lines`, JSON arrays in the order of the table's columns.

    A row is in `lines` or in `rows`, never in both; one that is touched again is read back.
    """

    lines: dict[Key, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._beside, self._said, self._values = _layout(self.table)

    def apply(self, key: Key, event: AnyEvent, effect: Effect) -> None:
        """Apply one effect of an event to the row of that key."""
        line = self.lines.pop(key, None)
        if (
            line is None
            and isinstance(effect, Put)
            and len(effect.columns) == self.width
            and self.rows.get(key) is None
        ):
            said = self._said(effect.columns)
            self.lines[key] = _encode((*key, event.operator, event.station, *said))
            return
        if line is not None and not isinstance(effect, Drop):
            self.rows[key] = self._row(line)
        super().apply(key, event, effect)

    def written(self, keys: Iterable[Key]) -> list[bytes]:
        """Return the rows of these keys, none of them taken away, as lines."""
        values, lines, rows = self._values, self.lines, self.rows
        return [lines.get(key) or _encode((*key, *values(rows[key]))) for key in keys]

    def living(self) -> list[Key]:
        """Return the keys of the rows that there are."""
        return [*self.lines, *(key for key, row in self.rows.items() if row is not None)]

    def _row(self, line: bytes) -> Row:
        """Read a line back; what JSON has no form for stays the text that PostgreSQL reads."""
        values: list[Any] = msgspec.json.decode(line)
        return dict(zip(self._beside, values[-len(self._beside) :], strict=True))


class LinedRows(Rows):
    """Rows of any number of views that are to be written."""

    shelves: Mapping[str, LinedShelf]

    def __init__(self, views: Iterable[View]) -> None:
        self.shelves = Shelves(LinedShelf, views)


Taking: TypeAlias = Callable[[Any], tuple[Any, ...]]


@cache
def _layout(table: Table) -> tuple[tuple[str, ...], Taking, Taking]:
    """Return the columns beside a table's key, what takes out those put, and what takes out all."""
    beside = tuple(table.all_columns)[len(table.key) + 1 :]
    return beside, _taking(tuple(table.columns)), _taking(beside)


def _taking(names: tuple[str, ...]) -> Taking:
    """Return what takes columns of a row out of it, in order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)
