"""What an evaluation freezes: where a ledger stood, its root, and the hash of every view there.

Anybody who holds the ledger's entries can reckon the same again, without server or database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.evaluation_sample import ReplaySnapshotFrozen, ViewHash
from domain.journal.entries import JournalRow
from domain.journal.seal import Edge, leaf_hash
from projections.engine.fold import fold
from projections.engine.view import View
from projections.snapshot import snapshot


def frozen(views: Sequence[View], ledger: Iterable[JournalRow]) -> ReplaySnapshotFrozen | None:
    """Return the snapshot of a ledger's first entries, or None where there are none."""
    hashes: list[bytes] = []
    last: list[JournalRow] = []

    def passing() -> Iterator[JournalRow]:
        for row in ledger:
            hashes.append(leaf_hash(row.leaf))
            last[:] = [row]
            yield row

    rows, _ = fold(views, passing())
    if not last:
        return None
    return ReplaySnapshotFrozen(
        position=last[0].position,
        number=last[0].number,
        root=Edge().extend(hashes).root().hex(),
        views=tuple(
            ViewHash(view=view.name, version=view.version, hash=snapshot(view, rows))
            for view in views
        ),
    )
