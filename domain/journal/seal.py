"""Merkle trees over a ledger, so that nothing in it can be altered, left out or slipped in unseen.

The trees are those of Certificate Transparency (RFC 6962 section 2.1, kept unchanged by RFC 9162
section 2.1): SHA-256, with a prefix byte that tells a leaf from a node. A ledger's root commits to
every leaf and to their order; a proof of about log2(n) hashes shows that one leaf is in the ledger,
or that a later ledger begins with exactly an earlier one. All of it is pure and needs nothing but
the standard library. Whoever verifies a bundle reads `verify`, which knows nothing of this module.

Throughout, "leaf hash" means `leaf_hash(leaf)`, every hash is 32 bytes, and indexes count from 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

HASH_SIZE: Final = 32

Refusal = Literal[
    "edge-count",
    "hash-length",
    "index-beyond-size",
    "path-too-long",
    "path-too-short",
    "root-mismatch",
    "size-negative",
    "size-zero",
    "sizes-reversed",
]


class SealError(ValueError):
    """A tree, a proof or a root that does not hold; `code` names the reason and stays stable."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code: Final = code


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf: SHA-256(0x00 || leaf) (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    `size` leaves fall into perfect subtrees, one for each 1 in the binary form of `size`; `hashes`
    are the roots of these, the largest (leftmost) first. A million leaves are at most 20 hashes.

    Raises `SealError`: size-negative, edge-count, hash-length.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0:
            raise SealError("size-negative", f"a tree cannot have {self.size} leaves")
        if len(self.hashes) != self.size.bit_count():
            raise SealError(
                "edge-count",
                f"the edge of {self.size} leaves has {self.size.bit_count()} hashes, "
                f"not {len(self.hashes)}",
            )
        _require_hashes(*self.hashes)

    @classmethod
    def from_bytes(cls, size: int, joined: bytes) -> "Edge":
        """The edge of `size` leaves from what `to_bytes` gave.

        Raises `SealError`: size-negative, edge-count, hash-length.
        """
        starts = range(0, len(joined), HASH_SIZE)
        return cls(size, tuple(joined[start : start + HASH_SIZE] for start in starts))

    def to_bytes(self) -> bytes:
        """The hashes joined, largest subtree first; the size is not in it."""
        return b"".join(self.hashes)

    def append(self, leaf_hash: bytes) -> "Edge":
        """The edge of the tree with one more leaf. Raises `SealError`: hash-length."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> "Edge":
        """The edge of the tree with these leaves more, in their order.

        Costs one node hash per leaf over the long run. Raises `SealError`: hash-length.
        """
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            if len(leaf) != HASH_SIZE:
                _require_hashes(leaf)
            # As in a binary counter, each trailing 1 of the size is a subtree that is now complete.
            grown, carry = leaf, size
            while carry & 1:
                grown = sha256(b"\x01" + hashes.pop() + grown).digest()  # inline: the hot loop
                carry >>= 1
            hashes.append(grown)
            size += 1
        return Edge(size, tuple(hashes))

    def root(self) -> bytes:
        """The Merkle tree hash (RFC 6962 section 2.1); of the empty tree, SHA-256 of nothing."""
        if not self.hashes:
            return sha256().digest()
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = _node_hash(left, root)
        return root


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Which leaves (from, up to) each hash of an inclusion proof is the root of, deepest first.

    Raises `SealError`: size-zero, index-beyond-size.
    """
    _require_index(index, size)
    start, stop = 0, size
    ranges: list[tuple[int, int]] = []
    while stop - start > 1:
        middle = _split(start, stop)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """Which leaves (from, up to) each hash of a consistency proof is the root of, in its order.

    Raises `SealError`: size-zero, sizes-reversed.
    """
    _require_sizes(first, second)
    start, stop = 0, second
    ranges: list[tuple[int, int]] = []
    while first < stop:
        middle = _split(start, stop)
        if first <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:  # otherwise what is left is the whole first tree, whose root the verifier has
        ranges.append((start, stop))
    return ranges[::-1]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> None:
    """Return only if the tree of `second` leaves begins with the tree of `first` leaves.

    RFC 9162 section 2.1.4.2, with the length of the path reckoned before anything is hashed. Equal
    sizes want equal roots and an empty path. Every tree begins with the empty one, whatever it
    holds, so a first size of 0 proves nothing and is refused.

    Raises `SealError`: size-zero, sizes-reversed, hash-length, path-too-short, path-too-long,
    root-mismatch.
    """
    _require_sizes(first, second)
    _require_hashes(first_root, second_root, *proof)
    if first == second:
        _require_path(proof, 0)
        _require_root(first_root, second_root, second)
        return
    # The path starts at the last perfect subtree of the first tree; if that is the whole tree, its
    # root is known and not repeated in the proof.
    height = (first & -first).bit_length() - 1
    whole = first == 1 << height
    path = [first_root, *proof] if whole else list(proof)
    inner, outer = _path_lengths(first - 1, second)
    _require_path(proof, inner - height + outer + (not whole))
    seed, inside, outside = path[0], path[1 : 1 + inner - height], path[1 + inner - height :]
    index = (first - 1) >> height
    older = _climb_edge(_climb_known(seed, index, inside), outside)
    newer = _climb_edge(_climb(seed, index, inside), outside)
    _require_root(older, first_root, first)
    _require_root(newer, second_root, second)


def _split(start: int, stop: int) -> int:
    """Where RFC 6962 divides a range of two leaves or more: after the largest power of two < n."""
    return start + (1 << (stop - start - 1).bit_length() - 1)


def _path_lengths(index: int, size: int) -> tuple[int, int]:
    """How many siblings a path has below the point where it meets the tree's right edge, and above.

    Below it, each level has a sibling, left or right by the bits of `index`. From there on the path
    runs along the edge, where all siblings are to the left and levels without one fall away.
    """
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb(seed: bytes, index: int, siblings: Sequence[bytes]) -> bytes:
    for level, sibling in enumerate(siblings):
        seed = _node_hash(sibling, seed) if index >> level & 1 else _node_hash(seed, sibling)
    return seed


def _climb_known(seed: bytes, index: int, siblings: Sequence[bytes]) -> bytes:
    """As `_climb`, past the siblings to the right: these came after the earlier tree was made."""
    return _climb_edge(seed, [s for level, s in enumerate(siblings) if index >> level & 1])


def _climb_edge(seed: bytes, siblings: Sequence[bytes]) -> bytes:
    for sibling in siblings:
        seed = _node_hash(sibling, seed)
    return seed


def _require_hashes(*hashes: bytes) -> None:
    for each in hashes:
        if len(each) != HASH_SIZE:
            raise SealError("hash-length", f"a hash has {HASH_SIZE} bytes, not {len(each)}")


def _require_index(index: int, size: int) -> None:
    if size < 1:
        raise SealError("size-zero", "an empty tree holds no leaf")
    if not 0 <= index < size:
        raise SealError("index-beyond-size", f"no leaf {index} among {size}")


def _require_sizes(first: int, second: int) -> None:
    if first < 1:
        raise SealError("size-zero", "every tree begins with the empty tree: nothing to prove")
    if first > second:
        raise SealError("sizes-reversed", f"{second} leaves cannot begin with {first}")


def _require_path(proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise SealError(
            "path-too-short" if len(proof) < length else "path-too-long",
            f"this path has {length} hashes, not {len(proof)}",
        )


def _require_root(found: bytes, claimed: bytes, size: int) -> None:
    if found != claimed:
        raise SealError(
            "root-mismatch", f"{size} leaves: root {found.hex()}, claimed {claimed.hex()}"
        )
