"""Any subtree of a ledger's tree from a few rows: its hashes, 256 at a time (C2SP tlog-tiles).

A proof for one record among a million needs twenty hashes; without tiles each of them would be
reckoned from half the ledger. Only full tiles are kept; what comes after the last one is read
from the journal, fewer than 256 entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from domain.journal.seal import (
    HASH_SIZE,
    Edge,
    consistency_ranges,
    inclusion_ranges,
)

HEIGHT = 8
WIDTH = 1 << HEIGHT
ReadTile = Callable[[int, int], bytes]
"""Level and number → the 256 hashes of a full tile, joined."""


class TiledTree:
    """The tree of a ledger's first `size` entries.

    `tail` are the hashes of the entries after the last full tile of level 0.
    """

    def __init__(self, size: int, tail: Sequence[bytes], read: ReadTile) -> None:
        self.size = size
        self._tail = tail
        self._read = read
        self._known: dict[tuple[int, int], bytes] = {}

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that an entry (from 0) is in it (RFC 6962, 2.1.1); raises `SealError`."""
        return [self.subtree(*each) for each in inclusion_ranges(index, self.size)]

    def consistency(self, first: int) -> list[bytes]:
        """The proof that this tree begins with its first entries (RFC 6962, 2.1.2).

        Raises `SealError`.
        """
        return [self.subtree(*each) for each in consistency_ranges(first, self.size)]

    def subtree(self, start: int, stop: int) -> bytes:
        """The root over a range that RFC 6962's division makes: it begins at a perfect subtree."""
        hashes = []
        place = start
        for level in range((stop - start).bit_length() - 1, -1, -1):
            if (stop - start) >> level & 1:
                hashes.append(self._perfect(level, place >> level))
                place += 1 << level
        return Edge(stop - start, tuple(hashes)).root()

    def tile(self, level: int, number: int) -> bytes:
        """The 256 hashes of one tile above the lowest, each the root of a tile below it."""
        below = range(number * WIDTH, (number + 1) * WIDTH)
        return b"".join(_root(self._read_once(level - 1, each)) for each in below)

    def _perfect(self, level: int, index: int) -> bytes:
        """The root of the perfect subtree of 2^level entries with this number on its level."""
        high, within = divmod(level, HEIGHT)
        first = index << within
        if self._is_kept(high, first >> HEIGHT):
            tile, at = self._read_once(high, first >> HEIGHT), (first & WIDTH - 1) * HASH_SIZE
            return _root(tile[at : at + (HASH_SIZE << within)])
        if level == 0:
            return self._tail[index - self.size // WIDTH * WIDTH]
        left, right = self._perfect(level - 1, 2 * index), self._perfect(level - 1, 2 * index + 1)
        return sha256(b"\x01" + left + right).digest()

    def _is_kept(self, level: int, number: int) -> bool:
        return (number + 1) << HEIGHT * (level + 1) <= self.size

    def _read_once(self, level: int, number: int) -> bytes:
        if (level, number) not in self._known:
            self._known[level, number] = self._read(level, number)
        return self._known[level, number]


def completed(old: int, new: int) -> Iterator[tuple[int, int]]:
    """Yield level and number of each tile that is full at a size and was not at an older one.

    Lower levels come first: the higher ones are made from them.
    """
    level, span = 0, WIDTH
    while span <= new:
        yield from ((level, number) for number in range(old // span, new // span))
        level, span = level + 1, span * WIDTH


def _root(joined: bytes) -> bytes:
    hashes = [joined[at : at + HASH_SIZE] for at in range(0, len(joined), HASH_SIZE)]
    return Edge().extend(hashes).root()
