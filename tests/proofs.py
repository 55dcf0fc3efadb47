"""Proofs from a list of leaf hashes; the journal makes the same ones of tiles and keeps no list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.journal.receipt import included
from domain.journal.seal import Edge, consistency_ranges, inclusion_ranges
from domain.journal.verify import Unsound


def inclusion_proof(
    leaf_hashes: Sequence[bytes], index: int, size: int | None = None
) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of the first `size` leaves, or of all."""
    ranges = inclusion_ranges(index, len(leaf_hashes) if size is None else size)
    return _roots(leaf_hashes, ranges)


def consistency_proof(leaf_hashes: Sequence[bytes], first: int, second: int) -> tuple[bytes, ...]:
    """The path that shows the first `second` leaves to begin with the first `first` of them."""
    return _roots(leaf_hashes, consistency_ranges(first, second))


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Return only if whoever checks a receipt comes to this root. Raises `Unsound`."""
    if included(leaf_hash, index, size, proof) != root:
        raise Unsound("another root")


def _roots(leaf_hashes: Sequence[bytes], ranges: Iterable[tuple[int, int]]) -> tuple[bytes, ...]:
    return tuple(Edge().extend(leaf_hashes[start:stop]).root() for start, stop in ranges)
