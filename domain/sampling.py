"""Drawing records for an evaluation (抽样) so that anybody can draw the same ones again.

The algorithm is written out in `docs/sampling.md`, exactly enough for a second implementation.
Everything here is a pure function of the population, the method and a seed. The seed is made of
what neither side can know or choose alone; how it comes about is on the same page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import msgspec

from domain.identity import Id

EVERYTHING = "all"
"""The one stratum of a population that is not divided."""
COMMITMENT = b"shilu-sample-commitment\n"
SEED = b"shilu-sample-seed\n"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a population, and the stratum it belongs to."""

    id: Id
    stratum: str = EVERYTHING


class Method(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many are drawn. By `each`, `amount` of every stratum.

    By `share`, `amount` per cent of the whole population, rounded up, and by `total`, `amount`
    records: both divided among the strata, of which each gives at least `minimum`.
    """

    by: Literal["each", "share", "total"]
    amount: int
    minimum: int = 1


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """One stratum: how many records it has, and how many of them are drawn."""

    name: str
    size: int
    drawn: int


def population_hash(population: Iterable[Member]) -> str:
    """Return the SHA-256 of a population: its lines `stratum TAB id LF`, sorted."""
    lines = sorted(f"{member.stratum}\t{member.id}\n" for member in population)
    return sha256("".join(lines).encode()).hexdigest()


def commitment(nonce: bytes) -> str:
    """Return the hash that binds its maker to a nonce of 32 bytes without showing it."""
    return sha256(COMMITMENT + nonce).hexdigest()


def seed_of(root: bytes, contribution: bytes, nonce: bytes) -> bytes:
    """Return the seed: the frozen ledger's root and both sides' 32 bytes, hashed together."""
    return sha256(SEED + root + contribution + nonce).digest()


def allocate(population: Iterable[Member], method: Method) -> tuple[Stratum, ...]:
    """Return how many are drawn of each stratum, in the order of their names.

    Every stratum is represented while `minimum` (or `amount`, by each) is one or more.
    """
    sizes = dict(sorted(Counter(member.stratum for member in population).items()))
    if method.by == "each":
        drawn = {name: min(method.amount, size) for name, size in sizes.items()}
    else:
        drawn = _divided(sizes, _wanted(sum(sizes.values()), method), method.minimum)
    return tuple(Stratum(name=name, size=sizes[name], drawn=drawn[name]) for name in sizes)


def _wanted(population: int, method: Method) -> int:
    wanted = -(-population * method.amount // 100) if method.by == "share" else method.amount
    return min(population, wanted)


def _divided(sizes: Mapping[str, int], wanted: int, minimum: int) -> dict[str, int]:
    """Give each stratum its minimum, then divide the rest by largest remainder (Hare quota)."""
    drawn = {name: min(minimum, size) for name, size in sizes.items()}
    left = {name: size - drawn[name] for name, size in sizes.items()}
    rest, whole = max(0, wanted - sum(drawn.values())), sum(left.values())
    if rest == 0:
        return drawn
    for name in sizes:
        drawn[name] += rest * left[name] // whole
    over = rest - sum(rest * left[name] // whole for name in sizes)
    # The names come sorted and sorting is stable, so equal remainders go by name.
    for name in sorted(sizes, key=lambda each: -(rest * left[each] % whole))[:over]:
        drawn[name] += 1
    return drawn


def draw(population: Iterable[Member], strata: Iterable[Stratum], seed: bytes) -> tuple[Id, ...]:
    """Return the ids drawn: of each stratum the first, in the order of SHA-256(seed ‖ id)."""
    stratum_of = {member.id: member.stratum for member in population}
    ranked: dict[str, list[Id]] = {}
    for id in in_order(stratum_of, seed):
        ranked.setdefault(stratum_of[id], []).append(id)
    return tuple(id for stratum in strata for id in ranked[stratum.name][: stratum.drawn])


def in_order(ids: Iterable[Id], seed: bytes) -> list[Id]:
    """Return ids in the order of SHA-256(seed ‖ id), which nobody chose."""
    return sorted(ids, key=lambda each: sha256(seed + each.encode()).digest())
