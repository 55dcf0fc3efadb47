"""What an evaluation freezes: where a ledger stood, its root, and the hash of every view there.

Anybody who holds the ledger's entries can reckon the same again, without server or database, and
in memory that does not grow with them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.evaluation_sample import ReplaySnapshotFrozen, ViewHash
from domain.journal.entries import JournalRow
from domain.journal.seal import Edge, leaf_hash
from projections.engine.spread import LIMIT, Spread, blocks
from projections.engine.view import View
from projections.tables import made


def frozen(
    views: Sequence[View], ledger: Iterable[JournalRow], limit: int = LIMIT
) -> ReplaySnapshotFrozen | None:
    """Return the snapshot of a ledger's first entries, or None where there are none.

    So many rows as `limit` says are combined in memory; the others wait in a folder of its own.
    """
    edge, last = Edge(), None
    with tempfile.TemporaryDirectory(prefix="shilu-frozen-") as room:
        spread = Spread(views, Path(room), limit)
        for block in blocks(ledger):
            edge = edge.extend([leaf_hash(row.leaf) for row in block])
            spread.add(block)
            last = block[-1]
        if last is None:
            return None
        return ReplaySnapshotFrozen(
            position=last.position,
            number=last.number,
            root=edge.root().hex(),
            views=tuple(_hash(view, spread) for view in views),
        )


def _hash(view: View, spread: Spread) -> ViewHash:
    snapshot = made(view, spread.lines).snapshot
    return ViewHash(view=view.name, version=view.version, hash=snapshot)
