"""Proofs made from tiles are those made from all leaves, at any size."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journal.seal import Edge
from domain.journal.tiles import WIDTH, TiledTree, completed
from tests.proofs import consistency_proof, inclusion_proof

LEAVES = [sha256(b"%d" % number).digest() for number in range(WIDTH * WIDTH + 3 * WIDTH + 17)]


class Tiles:
    """Full tiles, kept as a ledger grows by steps."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, int], bytes] = {}

    def grow(self, old: int, new: int) -> None:
        tree = self.tree(new)
        for level, number in completed(old, new):
            first = number * WIDTH
            self.kept[level, number] = (
                b"".join(LEAVES[first : first + WIDTH]) if level == 0 else tree.tile(level, number)
            )

    def tree(self, size: int) -> TiledTree:
        tail = LEAVES[size // WIDTH * WIDTH : size]
        return TiledTree(size, tail, lambda level, number: self.kept[level, number])


WHOLE = Tiles()
WHOLE.grow(0, len(LEAVES))


@given(st.data())
def test_an_inclusion_proof_is_the_same(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5 * WIDTH))
    index = data.draw(st.integers(0, size - 1))
    assert tuple(WHOLE.tree(size).inclusion(index)) == inclusion_proof(LEAVES, index, size)


@given(st.data())
def test_a_consistency_proof_is_the_same(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 5 * WIDTH))
    first = data.draw(st.integers(1, second))
    assert tuple(WHOLE.tree(second).consistency(first)) == consistency_proof(LEAVES, first, second)


@given(st.lists(st.integers(0, 700), max_size=6))
def test_tiles_do_not_depend_on_the_steps_by_which_a_ledger_grew(steps: list[int]) -> None:
    tiles, size = Tiles(), 0
    for step in steps:
        tiles.grow(size, size + step)
        size += step
    at_once = Tiles()
    at_once.grow(0, size)
    assert tiles.kept == at_once.kept


@pytest.mark.parametrize("size", [WIDTH * WIDTH, WIDTH * WIDTH + 1, len(LEAVES)])
def test_tiles_of_the_second_level_are_used(size: int) -> None:
    tree = WHOLE.tree(size)
    assert (1, 0) in WHOLE.kept
    assert tree.subtree(0, size) == Edge().extend(LEAVES[:size]).root()
    assert tuple(tree.inclusion(size - 1)) == inclusion_proof(LEAVES, size - 1, size)
