"""A ledger's tables as they stand in bundles: written once, and compared by whoever replays them.

Whether a station's figures come from its records alone is answered here: the same definitions
that the live system follows are folded over the entries, and every line must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from projections.engine.spread import Spread
from projections.engine.view import Table, View


@dataclass(frozen=True)
class ViewMade:
    """What a view came to: `tables` by name with how many rows each has, and the hash of it all.

    The hash is the one that closing a period and freezing an evaluation record (`snapshot`).
    """

    view: View
    rows: dict[str, int]
    snapshot: str

    def told(self) -> dict[str, Any]:
        """Return it as bundle.json has it."""
        return {
            "view": self.view.name,
            "version": self.view.version,
            "definition": self.view.definition(),
            "snapshot": self.snapshot,
            "tables": [{"table": name, "rows": rows} for name, rows in self.rows.items()],
        }


class Making:
    """Goes through a view's tables line by line, and knows in the end what they came to."""

    def __init__(self, spread: Spread, view: View) -> None:
        self._spread, self._view = spread, view
        self._rows: dict[str, int] = {}
        self._whole = sha256()

    def lines(self, table: Table) -> Iterator[bytes]:
        """Yield the lines of the view's next table; each must be read to its end, in order."""
        self._whole.update(f"{table.name}\n".encode())
        count = 0
        for line in self._spread.lines(table):
            self._whole.update(line)
            count += 1
            yield line
        self._rows[table.name] = count

    def made(self) -> ViewMade:
        """Return what the view came to."""
        return ViewMade(self._view, self._rows, self._whole.hexdigest())


def path_of(view: View, table: Table) -> str:
    """Return where a table lies below its ledger's folder."""
    return f"tables/{view.name}/{table.name}.ndjson"


def parked(spread: Spread) -> Sequence[dict[str, Any]]:
    """Return what views could not digest: the stream, from which position on, the error's kind."""
    return [
        {"view": one.view, "stream": one.stream, "position": one.position, "error": one.error}
        for one in spread.folding.parked.values()
    ]
