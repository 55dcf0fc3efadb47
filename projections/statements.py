"""Hashes that records themselves state, held against a replay.

Closing a period, handing a report in and freezing an evaluation each write down what the tables
came to at a position. They lie in the sealed ledger, so whoever replays it can tell whether the
figures that were reported then are those that follow from the records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from domain.evaluation_sample import ReplaySnapshotFrozen
from domain.event import topic_of
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.period import PeriodClosed, ReportSubmitted
from projections.catalogue import VIEWS
from projections.engine.spread import Spread
from projections.engine.view import View
from projections.indicators import indicators
from projections.tables import made

KINDS = (PeriodClosed, ReportSubmitted, ReplaySnapshotFrozen)
MARKS = [f'"@type":"{topic_of(kind)}"'.encode() for kind in KINDS]


@dataclass
class Statement:
    """A hash that a record states for a view, as of a position.

    `held` says whether the replay gives the same; None where it does not and the view has another
    version now than it had then, or nobody wrote down which, so that nothing follows from it.
    """

    entry: int
    kind: str
    position: int
    view: str
    version: int | None
    hash: str
    held: bool | None = None


def stated(rows: Iterable[JournalRow]) -> Iterator[Statement]:
    """Yield what records state, in order."""
    for row in rows:
        if not any(mark in row.state for mark in MARKS):
            continue
        facts = decode(row.state).facts
        kind = topic_of(type(facts))
        if isinstance(facts, PeriodClosed | ReportSubmitted):
            yield Statement(
                row.number, kind, facts.position, indicators.name, facts.version, facts.hash
            )
        elif isinstance(facts, ReplaySnapshotFrozen):
            for each in facts.views:
                yield Statement(
                    row.number, kind, facts.position, each.view, each.version, each.hash
                )


def hold(
    statements: Sequence[Statement], rows: Iterable[Sequence[JournalRow]], scratch: Path
) -> None:
    """Find out which statements hold, in one pass over the ledger's `rows` from the first on.

    A snapshot is taken wherever a position is reached that something was stated of.
    """
    views = [view for view in VIEWS if any(each.view == view.name for each in statements)]
    spread = Spread(views, scratch)
    ordered = groupby(sorted(statements, key=_position), key=_position)
    due = deque((position, list(together)) for position, together in ordered)
    for block in rows:
        folded = 0
        while due and due[0][0] < block[-1].position:
            position, together = due.popleft()
            reached = bisect_right(block, position, key=_position)
            spread.add(block[folded:reached])
            folded = reached
            _judge(together, views, spread)
        if not due:
            return
        spread.add(block[folded:])
    for _, together in due:
        _judge(together, views, spread)


def _judge(statements: Sequence[Statement], views: Sequence[View], spread: Spread) -> None:
    """Compare what was stated of a position with the tables as they stand there."""
    for view in views:
        asked = [each for each in statements if each.view == view.name]
        snapshot = made(view, spread.lines).snapshot if asked else ""
        for each in asked:
            each.held = snapshot == each.hash or (False if each.version == view.version else None)


def _position(of: Statement | JournalRow) -> int:
    return of.position
