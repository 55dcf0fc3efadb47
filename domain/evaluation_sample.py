"""Freezing what is evaluated, and drawing records from it that nobody chose (docs/sampling.md).

What the journal keeps can be read by the operator: so a drawn record's id is written nowhere
before the hour from which the sample may be seen.
"""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Literal

import msgspec

from domain.clock import SHANGHAI
from domain.event import Facts, fact
from domain.identity import Id
from domain.refusals import Conflict, NotFound, refusal
from domain.sampling import (
    Member,
    Method,
    Stratum,
    allocate,
    commitment,
    draw,
    population_hash,
    seed_of,
)

Records = Literal["visits", "cases", "groups", "activities"]
"""What is drawn: contacts that were made, case files, groups, or activities that were held."""
Divider = Literal["kind", "month", "worker"]
"""By what a population is divided into strata."""

MOST_RECORDS, MOST_STRATA = 800, 200
"""A revealed sample must fit into one leaf of the ledger."""

FROZEN_TWICE = refusal("evaluation.frozen_twice", Conflict)
CUT_OFF_AHEAD = refusal("evaluation.cut_off_ahead")
NOTHING_RECORDED = refusal("evaluation.nothing_recorded")
NOT_FROZEN = refusal("evaluation.not_frozen")
POPULATION_EMPTY = refusal("evaluation.population_empty")
NOTHING_DRAWN = refusal("evaluation.nothing_drawn")
SAMPLE_TOO_LARGE = refusal("evaluation.sample_too_large")
TOO_MANY_STRATA = refusal("evaluation.too_many_strata")
BAD_HASH = refusal("evaluation.bad_hash")
COMMITMENT_USED = refusal("evaluation.commitment_used", Conflict)
DRAWN_ALREADY = refusal("evaluation.drawn_already", Conflict)
SAMPLE_UNKNOWN = refusal("evaluation.sample_unknown", NotFound)
REPLACES_OTHER = refusal("evaluation.replaces_other")
REVEALED_ALREADY = refusal("evaluation.revealed_already", Conflict)
HOUR_PAST = refusal("evaluation.hour_past")
NOT_VISIBLE_YET = refusal("evaluation.not_visible_yet")
NONCE_WRONG = refusal("evaluation.nonce_wrong")
POPULATION_DIFFERS = refusal("evaluation.population_differs", Conflict)
NOT_REVEALED = refusal("evaluation.not_revealed")
SAMPLE_UNREVEALED = refusal("evaluation.sample_unrevealed")
NOT_IN_SAMPLE = refusal("evaluation.not_in_sample")


class ViewHash(msgspec.Struct, frozen=True, kw_only=True):
    """A view's version and the SHA-256 over its tables, as of the frozen position."""

    view: str
    version: int
    hash: str


@fact()
class ReplaySnapshotFrozen(
    Facts, frozen=True, kw_only=True, tag="evaluation.ReplaySnapshotFrozen@1"
):
    """What is evaluated: the project's ledger up to its last event recorded by the cut-off.

    `position` is that event's in the journal, `number` its own in the ledger, `root` the Merkle
    root of the ledger up to it. What is recorded later changes none of these.
    """

    position: int
    number: int
    root: str
    views: tuple[ViewHash, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which records are drawn, divided by what, and how many."""

    records: Records
    method: Method
    strata: tuple[Divider, ...] = ()


@fact()
class SampleDrawn(Facts, frozen=True, kw_only=True, tag="evaluation.SampleDrawn@1"):
    """抽样: everything that settles a sample, and nothing that shows it.

    `population` is the hash of what was drawn from, `commitment` that of the evaluator's nonce,
    `contribution` the server's 32 bytes, in hexadecimal. A sample that `replaces` another says
    why; both stay.
    """

    plan: Plan
    population: str
    strata: tuple[Stratum, ...]
    commitment: str
    contribution: str
    visible_from: datetime
    replaces: Id | None = None
    reason: str | None = None


class DrawnStratum(msgspec.Struct, frozen=True, kw_only=True):
    """The records drawn of one stratum."""

    name: str
    records: tuple[Id, ...]


@fact()
class SampleRevealed(Facts, frozen=True, kw_only=True, tag="evaluation.SampleRevealed@1"):
    """The hour has come: the nonce, the seed it makes, and the records that were drawn."""

    sample: Id
    nonce: str
    seed: str
    strata: tuple[DrawnStratum, ...]


class Samples:
    """The snapshot of one evaluation and the samples that were drawn from it."""

    def __init__(self) -> None:
        self.frozen: ReplaySnapshotFrozen | None = None
        self.drawn: dict[Id, SampleDrawn] = {}
        self.revealed: dict[Id, SampleRevealed] = {}

    def apply(self, event: Id, facts: Facts) -> None:
        """Take what was frozen, drawn and revealed into the register."""
        match facts:
            case ReplaySnapshotFrozen():
                self.frozen = facts
            case SampleDrawn():
                self.drawn[event] = facts
            case SampleRevealed():
                self.revealed[facts.sample] = facts

    def check_freezing(self, as_of: datetime, now: datetime) -> None:
        """Refuse before the cut-off has passed, and a second time."""
        if self.frozen is not None:
            raise FROZEN_TWICE("id")
        if now <= as_of:
            raise CUT_OFF_AHEAD("as_of", as_of=_civil(as_of))

    def snapshot(self) -> ReplaySnapshotFrozen:
        """Return what was frozen; refuses while nothing is."""
        if self.frozen is None:
            raise NOT_FROZEN("id")
        return self.frozen

    def settle(
        self,
        plan: Plan,
        population: tuple[Member, ...],
        committed: str,
        contribution: str,
        visible_from: datetime,
        now: datetime,
    ) -> SampleDrawn:
        """Return the draw that a plan comes to. Its hour lies ahead: until then nobody sees it."""
        self.snapshot()
        if visible_from <= now:
            raise HOUR_PAST("visible_from")
        if not population:
            raise POPULATION_EMPTY("plan.records")
        if not is_hash(committed):
            raise BAD_HASH("commitment")
        strata = allocate(population, plan.method)
        if len(strata) > MOST_STRATA:
            raise TOO_MANY_STRATA("plan.strata", most=MOST_STRATA)
        many = sum(stratum.drawn for stratum in strata)
        if many < 1:
            raise NOTHING_DRAWN("plan.method")
        if many > MOST_RECORDS:
            raise SAMPLE_TOO_LARGE("plan.method", most=MOST_RECORDS)
        return SampleDrawn(
            plan=plan,
            population=population_hash(population),
            strata=strata,
            commitment=committed,
            contribution=contribution,
            visible_from=visible_from,
        )

    def check_drawing(self, facts: SampleDrawn) -> None:
        """Refuse to change a sample: a second one replaces the first by name, with a new nonce."""
        if any(facts.commitment == known.commitment for known in self.drawn.values()):
            raise COMMITMENT_USED("commitment")
        standing = self.standing(facts.plan.records)
        if facts.replaces is None and standing is not None:
            raise DRAWN_ALREADY("plan.records")
        if facts.replaces is not None and facts.replaces != standing:
            raise REPLACES_OTHER("replaces")

    def standing(self, records: Records) -> Id | None:
        """Return the last sample that was drawn of a kind of records."""
        of_kind = [id for id, drawn in self.drawn.items() if drawn.plan.records == records]
        return of_kind[-1] if of_kind else None

    def check_revealing(self, sample: Id, nonce: str, now: datetime) -> SampleDrawn:
        """Refuse before the hour, a second time, and any nonce but the one committed to."""
        if sample not in self.drawn:
            raise SAMPLE_UNKNOWN("sample")
        if sample in self.revealed:
            raise REVEALED_ALREADY("sample")
        drawn = self.drawn[sample]
        if now < drawn.visible_from:
            raise NOT_VISIBLE_YET("sample", visible_from=_civil(drawn.visible_from))
        if not is_hash(nonce) or commitment(bytes.fromhex(nonce)) != drawn.commitment:
            raise NONCE_WRONG("nonce")
        return drawn

    def reveal(
        self, sample: Id, nonce: str, population: tuple[Member, ...], now: datetime
    ) -> SampleRevealed:
        """Return the sample in the open, drawn from the very population that was settled."""
        drawn, root = self.check_revealing(sample, nonce, now), self.snapshot().root
        if population_hash(population) != drawn.population:
            raise POPULATION_DIFFERS("sample")
        seed = seed_of(*(bytes.fromhex(each) for each in (root, drawn.contribution, nonce)))
        return SampleRevealed(
            sample=sample,
            nonce=nonce,
            seed=seed.hex(),
            strata=by_stratum(drawn.strata, draw(population, drawn.strata, seed)),
        )

    def in_the_open(self, sample: Id) -> SampleRevealed:
        """Return a revealed sample; refuses one that is not."""
        if sample not in self.drawn:
            raise SAMPLE_UNKNOWN("sample")
        if sample not in self.revealed:
            raise NOT_REVEALED("sample")
        return self.revealed[sample]

    def check_reporting(self) -> None:
        """Refuse to report on nothing frozen, and while a sample that stands is not in the open.

        One that another replaces was given up with a reason, in front of everybody.
        """
        self.snapshot()
        replaced = {drawn.replaces for drawn in self.drawn.values()}
        closed = self.drawn.keys() - self.revealed.keys() - replaced
        if closed:
            raise SAMPLE_UNREVEALED("id", samples=len(closed))

    def place_of(self, record: Id, field: str = "record") -> tuple[Id, str]:
        """Return the revealed sample and stratum of a record, the latest where there are several.

        Refuses what is in none: before the hour nothing may show which records were drawn.
        """
        for sample, revealed in reversed(self.revealed.items()):
            for stratum in revealed.strata:
                if record in stratum.records:
                    return sample, stratum.name
        raise NOT_IN_SAMPLE(field)


def by_stratum(strata: tuple[Stratum, ...], records: tuple[Id, ...]) -> tuple[DrawnStratum, ...]:
    """Divide what was drawn, which comes stratum after stratum."""
    rest = iter(records)
    return tuple(
        DrawnStratum(name=stratum.name, records=tuple(islice(rest, stratum.drawn)))
        for stratum in strata
        if stratum.drawn
    )


def _civil(moment: datetime) -> str:
    """Write a moment in civil time, whatever zone it was sent in."""
    return moment.astimezone(SHANGHAI).isoformat(" ", "seconds")


def is_hash(text: str) -> bool:
    """Say whether a text is a SHA-256: 64 hexadecimal digits, lower case."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
