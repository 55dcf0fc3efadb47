"""Hashes that records themselves state, held against a replay.

Closing a period, handing a report in and freezing an evaluation each write down what the tables
came to at a position. They lie in the sealed ledger, so whoever replays it can tell whether the
figures that were reported then are those that follow from the records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.evaluation_sample import ReplaySnapshotFrozen
from domain.event import topic_of
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.period import PeriodClosed, ReportSubmitted
from projections.catalogue import VIEWS
from projections.engine.spread import Spread
from projections.indicators import indicators
from projections.tables import Making

KINDS = (PeriodClosed, ReportSubmitted, ReplaySnapshotFrozen)
MARKS = [f'"@type":"{topic_of(kind)}"'.encode() for kind in KINDS]


@dataclass
class Statement:
    """A hash that a record states for a view, as of a position.

    `held` says whether the replay gives the same; None where the view has another version now
    than it had then, so that nothing follows from a difference.
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
            yield Statement(row.number, kind, facts.position, indicators.name, None, facts.hash)
        elif isinstance(facts, ReplaySnapshotFrozen):
            for each in facts.views:
                yield Statement(
                    row.number, kind, facts.position, each.view, each.version, each.hash
                )


def hold(statements: Iterable[Statement], rows: Iterator[list[JournalRow]], scratch: Path) -> None:
    """Find out whether statements of one position hold; `rows` are the ledger's, from the first."""
    asked = list(statements)
    views = [view for view in VIEWS if any(each.view == view.name for each in asked)]
    position = max(each.position for each in asked)
    spread = Spread(views, scratch)
    for block in rows:
        spread.add([row for row in block if row.position <= position])
        if block[-1].position >= position:
            break
    for view in views:
        making = Making(view, spread.lines)
        for table in view.tables:
            deque(making.lines(table), 0)
        snapshot = making.made().snapshot
        for each in asked:
            if each.view == view.name:
                same, known = snapshot == each.hash, each.version in (None, view.version)
                each.held = same if same or known else None
