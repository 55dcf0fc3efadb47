"""A ledger's tables as they stand in bundles: written once, and compared by whoever replays them.

Whether a station's figures come from its records alone is answered here: the same definitions
that the live system follows are folded over the entries, and every line must be the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

from projections.engine.fold import Folder
from projections.engine.view import Table, View

RELEASE: Final = version("shilu")
"""Of which release the definitions of the views are: whoever replays later may need that one."""


@dataclass(frozen=True)
class ViewMade:
    """What a view came to: `tables` by name with how many rows each has, and the hash of it all.

    The hash is the one that closing a period and freezing an evaluation record (`snapshot`).
    """

    view: str
    version: int
    definition: str
    rows: dict[str, int]
    snapshot: str

    def told(self) -> dict[str, Any]:
        """Return it as bundle.json has it."""
        return {
            "view": self.view,
            "version": self.version,
            "definition": self.definition,
            "snapshot": self.snapshot,
            "tables": [{"table": name, "rows": rows} for name, rows in self.rows.items()],
        }


class Making:
    """Goes through a view's tables line by line, and knows in the end what they came to."""

    def __init__(self, view: View, lines: Callable[[Table], Iterator[bytes]]) -> None:
        self._view, self._lines = view, lines
        self._rows: dict[str, int] = {}
        self._whole = sha256()

    def lines(self, table: Table) -> Iterator[bytes]:
        """Yield the lines of the view's next table; each must be read to its end, in order."""
        self._whole.update(f"{table.name}\n".encode())
        count = 0
        for line in self._lines(table):
            self._whole.update(line)
            count += 1
            yield line
        self._rows[table.name] = count

    def made(self) -> ViewMade:
        """Return what the view came to."""
        view = self._view
        definition, snapshot = view.definition(), self._whole.hexdigest()
        return ViewMade(view.name, view.version, definition, self._rows, snapshot)


def made(view: View, lines: Callable[[Table], Iterator[bytes]]) -> ViewMade:
    """Return what a view came to, of whose lines nothing is kept."""
    making = Making(view, lines)
    for table in view.tables:
        deque(making.lines(table), 0)
    return making.made()


def path_of(view: View, table: Table) -> str:
    """Return where a table lies below its ledger's folder."""
    return f"tables/{view.name}/{table.name}.ndjson"


def parked(folding: Folder) -> list[dict[str, Any]]:
    """Return what views could not digest: the stream, from which position on, the error's kind."""
    return [vars(one) for one in folding.parked.values()]
