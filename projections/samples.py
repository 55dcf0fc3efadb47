"""Samples on record, held against the records: settled from all of them, and drawn as was settled.

Who keeps the ledger reckons the population, the evaluator only draws from it: a record left out of
it would never be drawn. Whoever has the ledger reckons it again here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, takewhile
from operator import itemgetter

from domain.evaluation_access import EvaluationCommissioned
from domain.evaluation_sample import (
    ReplaySnapshotFrozen,
    SampleDrawn,
    SampleRevealed,
    by_stratum,
)
from domain.event import topic_of
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.past import is_known
from domain.journal.seal import leaf_hash
from domain.journal.verify import Tree
from domain.sampling import allocate, commitment, draw, population_hash, seed_of
from projections.engine.fold import fold
from projections.population import VIEWS_OF, population

KINDS = (EvaluationCommissioned, ReplaySnapshotFrozen, SampleDrawn, SampleRevealed)
MARKS = [f'"@type":"{topic_of(kind)}"'.encode() for kind in KINDS]
Read = Callable[[], Iterator[JournalRow]]
"""Goes through a ledger from its first entry on."""


@dataclass(frozen=True)
class CheckedSample:
    """A sample that an entry settled, and what of it is `wrong`, since it does not follow.

    That is what was `frozen`, the `population`, `strata`, the `commitment`, or what was `drawn`; a
    commitment that an earlier one had is `known`, as its nonce may have been before the hour.
    """

    entry: int
    sample: Id
    settled: SampleDrawn
    shown: SampleRevealed | None
    wrong: tuple[str, ...]


@dataclass
class _Evaluation:
    """What one evaluation has on record of its samples, which are kept by entry and id."""

    as_of: datetime | None = None
    frozen: ReplaySnapshotFrozen | None = None
    settled: list[tuple[int, Id, SampleDrawn]] = field(default_factory=list)
    shown: dict[Id, SampleRevealed] = field(default_factory=dict)


def checked_samples(read: Read) -> list[CheckedSample]:
    """Return each sample that a ledger tells of, held against what it held by the cut-off."""
    evaluations = _evaluations(read()).values()
    fresh = _fresh(each for of in evaluations for each in of.settled)
    found = []
    for of in evaluations:
        for number, id, settled in of.settled:
            known = () if id in fresh else ("known",)
            wrong = (*known, *_wrong(of, id, settled, read))
            found.append(CheckedSample(number, id, settled, of.shown.get(id), wrong))
    return found


def _fresh(settled: Iterable[tuple[int, Id, SampleDrawn]]) -> set[Id]:
    """Return the samples whose commitment no earlier one had."""
    first: dict[str, Id] = {}
    for _, id, drawn in sorted(settled, key=itemgetter(0)):
        first.setdefault(drawn.commitment, id)
    return set(first.values())


def _evaluations(rows: Iterator[JournalRow]) -> dict[Id, _Evaluation]:
    found: dict[Id, _Evaluation] = {}
    for row in rows:
        if not any(mark in row.state for mark in MARKS):
            continue
        event = decode(row.state)
        of = found.setdefault(event.stream, _Evaluation())
        match event.facts:
            case EvaluationCommissioned(as_of=as_of):
                of.as_of = as_of
            case ReplaySnapshotFrozen():
                of.frozen = event.facts
            case SampleDrawn():
                of.settled.append((row.number, event.id, event.facts))
            case SampleRevealed(sample=sample):
                of.shown[sample] = event.facts
    return found


def _wrong(of: _Evaluation, id: Id, settled: SampleDrawn, read: Read) -> Iterator[str]:
    """Yield what does not follow from the entries up to the cut-off."""
    frozen, shown = of.frozen, of.shown.get(id)
    if frozen is None or of.as_of is None or _known(read, of.as_of) != _told(frozen):
        yield "frozen"
        return
    rows, _ = fold(VIEWS_OF[settled.plan.records], islice(read(), frozen.number))
    members = population(settled.plan, rows)
    strata = allocate(members, settled.plan.method)
    if population_hash(members) != settled.population:
        yield "population"
    if strata != settled.strata:
        yield "strata"
    if shown is None:
        return
    if commitment(bytes.fromhex(shown.nonce)) != settled.commitment:
        yield "commitment"
    seed = seed_of(*map(bytes.fromhex, (frozen.root, settled.contribution, shown.nonce)))
    if seed.hex() != shown.seed or by_stratum(strata, draw(members, strata, seed)) != shown.strata:
        yield "drawn"


def _known(read: Read, as_of: datetime) -> tuple[int, int, str]:
    """Return how many entries there were by a moment, the last one's position, and their root."""
    tree, position = Tree(), 0
    for row in takewhile(lambda each: is_known(each, as_of), read()):
        tree.append(leaf_hash(row.leaf))
        position = row.position
    return tree.size, position, tree.root().hex()


def _told(frozen: ReplaySnapshotFrozen) -> tuple[int, int, str]:
    return frozen.number, frozen.position, frozen.root
