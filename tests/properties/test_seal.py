"""The Merkle trees against a second, naive implementation straight from the RFCs' definitions."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.journal.seal import Edge, SealError, leaf_hash, verify_consistency
from domain.journal.verify import Unsound
from tests.proofs import consistency_proof, inclusion_proof, verify_inclusion

# --- RFC 6962 section 2.1, word for word: recursive, and slow -----------------------------------


def mth(d: Sequence[bytes]) -> bytes:
    """Section 2.1: the Merkle tree hash of the leaves themselves."""
    n = len(d)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return sha256(b"\x00" + d[0]).digest()
    k = largest_power_of_two_below(n)
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: Sequence[bytes]) -> tuple[bytes, ...]:
    """Section 2.1.1: the Merkle audit path."""
    n = len(d)
    if n == 1:
        return ()
    k = largest_power_of_two_below(n)
    if m < k:
        return (*path(m, d[:k]), mth(d[k:]))
    return (*path(m - k, d[k:]), mth(d[:k]))


def subproof(m: int, d: Sequence[bytes], b: bool) -> tuple[bytes, ...]:
    """Section 2.1.2: the Merkle consistency proof is SUBPROOF(m, D[n], true)."""
    n = len(d)
    if m == n:
        return () if b else (mth(d),)
    k = largest_power_of_two_below(n)
    if m <= k:
        return (*subproof(m, d[:k], b), mth(d[k:]))
    return (*subproof(m - k, d[k:], False), mth(d[:k]))


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


# --- RFC 9162 sections 2.1.3.2 and 2.1.4.2, step by step -----------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def rfc_climb(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> tuple[bytes, bool]:
    """Section 2.1.3.2, steps 2 to 4: the root that is reached, and whether the path just fits."""
    fn, sn, r, fits = index, size - 1, leaf, index < size
    for p in proof:
        fits = fits and sn != 0
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r, fits and sn == 0


def rfc_extends(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    if not proof:
        return False
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = nodes[0]
    for c in nodes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == first_root and sr == second_root and sn == 0


def holds(verify: Callable[..., None], *arguments: object) -> bool:
    try:
        verify(*arguments)
    except (SealError, Unsound):
        return False
    return True


# --- every tree up to a size ---------------------------------------------------------------------

LEAVES = [f"leaf {number}".encode() for number in range(300)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
ROOTS = [mth(LEAVES[:size]) for size in range(301)]
PAIRS = [(lower, upper) for upper in range(1, 65) for lower in range(1, upper + 1)]


def test_an_edge_has_the_root_at_every_size() -> None:
    edge = Edge()
    for size, each in enumerate(HASHES):
        assert (edge.size, edge.root()) == (size, ROOTS[size])
        edge = edge.append(each)
    assert (edge.size, edge.root()) == (300, ROOTS[300])


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 299, 300])
def test_an_edge_grows_alike_in_whatever_portions(step: int) -> None:
    edge = Edge()
    for start in range(0, 300, step):
        edge = Edge.from_bytes(edge.size, edge.to_bytes()).extend(HASHES[start : start + step])
    assert edge == Edge().extend(HASHES)


def test_inclusion_in_every_tree_up_to_64_leaves() -> None:
    for number, size in PAIRS:
        index = number - 1
        proof = inclusion_proof(HASHES, index, size)
        assert proof == path(index, LEAVES[:size])
        verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])


def test_consistency_of_every_two_trees_up_to_64_leaves() -> None:
    for first, second in PAIRS:
        proof = consistency_proof(HASHES, first, second)
        assert proof == subproof(first, LEAVES[:second], True)
        verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)


def test_no_leaf_is_proven_where_it_does_not_stand() -> None:
    for number, size in PAIRS:
        proof = inclusion_proof(HASHES, number - 1, size)
        for index in range(size):
            held = holds(verify_inclusion, HASHES[number - 1], index, size, proof, ROOTS[size])
            assert held == (index == number - 1)


def test_a_path_of_any_other_length_is_refused() -> None:
    for first, second in PAIRS:
        inclusion = inclusion_proof(HASHES, first - 1, second)
        consistency = consistency_proof(HASHES, first, second)
        leaf, old, new = HASHES[first - 1], ROOTS[first], ROOTS[second]
        for longer in ((*inclusion, new), (new, *inclusion), inclusion[:-1], inclusion[1:]):
            if longer != inclusion:
                assert not holds(verify_inclusion, leaf, first - 1, second, longer, new)
        for longer in ((*consistency, new), (old, *consistency), consistency[:-1], consistency[1:]):
            if longer != consistency:
                assert not holds(verify_consistency, first, second, old, new, longer)


# --- random trees --------------------------------------------------------------------------------

leaves = st.lists(st.binary(max_size=40), min_size=1, max_size=80)


def root_of(some: Sequence[bytes]) -> bytes:
    return Edge().extend(map(leaf_hash, some)).root()


@given(leaves, st.data())
def test_random_trees_agree_with_the_definitions(some: list[bytes], draw: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in some]
    second = draw.draw(st.integers(1, len(some)))
    first = draw.draw(st.integers(1, second))
    assert root_of(some) == mth(some)
    assert inclusion_proof(hashes, first - 1, second) == path(first - 1, some[:second])
    assert consistency_proof(hashes, first, second) == subproof(first, some[:second], True)


@given(leaves, st.data())
def test_a_flipped_bit_in_any_leaf_changes_the_root(some: list[bytes], draw: st.DataObject) -> None:
    position = draw.draw(st.integers(0, len(some) - 1))
    altered = list(some)
    altered[position] = draw.draw(flipped(b"leaf:" + some[position]))
    original = list(some)
    original[position] = b"leaf:" + some[position]
    assert root_of(altered) != root_of(original)


@given(leaves, st.data())
def test_a_dropped_leaf_changes_the_root(some: list[bytes], draw: st.DataObject) -> None:
    position = draw.draw(st.integers(0, len(some) - 1))
    assert root_of(some[:position] + some[position + 1 :]) != root_of(some)


@given(leaves, st.binary(max_size=40), st.data())
def test_an_inserted_leaf_changes_the_root(
    some: list[bytes], late: bytes, draw: st.DataObject
) -> None:
    position = draw.draw(st.integers(0, len(some)))
    assert root_of([*some[:position], late, *some[position:]]) != root_of(some)


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=80, unique=True), st.data())
def test_two_leaves_swapped_change_the_root(some: list[bytes], draw: st.DataObject) -> None:
    one, other = draw.draw(
        st.lists(st.integers(0, len(some) - 1), min_size=2, max_size=2, unique=True)
    )
    swapped = list(some)
    swapped[one], swapped[other] = some[other], some[one]
    assert root_of(swapped) != root_of(some)


@st.composite
def flipped(draw: st.DrawFn, original: bytes) -> bytes:
    bit = draw(st.integers(0, len(original) * 8 - 1))
    return (int.from_bytes(original, "big") ^ (1 << bit)).to_bytes(len(original), "big")


@st.composite
def mutated(draw: st.DrawFn, proof: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Any other path: a hash flipped, dropped, doubled, replaced or added, or all reordered."""
    position = draw(st.integers(0, len(proof) - 1))
    before, here, after = proof[:position], proof[position], proof[position + 1 :]
    others: st.SearchStrategy[tuple[bytes, ...]] = st.one_of(
        flipped(here).map(lambda altered: (*before, altered, *after)),
        st.just((*before, *after)),
        st.just((*before, here, here, *after)),
        st.binary(min_size=32, max_size=32).map(lambda altered: (*before, altered, *after)),
        st.binary(max_size=64).map(lambda added: (*before, added, here, *after)),
        st.permutations(proof).map(tuple),
    )
    return draw(others.filter(lambda candidate: candidate != proof))


hash_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=80, unique=True)


@given(hash_lists, st.data())
def test_a_mutated_inclusion_proof_is_refused(hashes: list[bytes], draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(hashes) - 1))
    proof = draw.draw(mutated(inclusion_proof(hashes, index)))
    root = Edge().extend(hashes).root()
    assert not holds(verify_inclusion, hashes[index], index, len(hashes), proof, root)


@given(hash_lists, st.data())
def test_a_mutated_consistency_proof_is_refused(hashes: list[bytes], draw: st.DataObject) -> None:
    second = len(hashes)
    first = draw.draw(st.integers(1, second - 1))
    proof = draw.draw(mutated(consistency_proof(hashes, first, second)))
    roots = Edge().extend(hashes[:first]).root(), Edge().extend(hashes).root()
    assert not holds(verify_consistency, first, second, *roots, proof)


@given(hash_lists, st.data())
def test_a_ledger_rewritten_after_a_checkpoint_has_no_proof(
    hashes: list[bytes], draw: st.DataObject
) -> None:
    first = draw.draw(st.integers(1, len(hashes) - 1))
    position = draw.draw(st.integers(0, first - 1))
    checkpoint = Edge().extend(hashes[:first]).root()
    rewritten = [*hashes[:position], draw.draw(flipped(hashes[position])), *hashes[position + 1 :]]
    proof = consistency_proof(rewritten, first, len(hashes))
    root = Edge().extend(rewritten).root()
    assert not holds(verify_consistency, first, len(hashes), checkpoint, root, proof)


@given(
    st.integers(1, 40),
    st.integers(0, 40),
    st.lists(st.sampled_from(HASHES[:4]), max_size=8),
    st.booleans(),
)
def test_whatever_path_is_offered_the_rfc_decides_alike(
    size: int, index: int, proof: list[bytes], true_path: bool
) -> None:
    """Paths of right and wrong lengths, each with the very root that it leads to."""
    if true_path and index < size:
        proof = list(path(index, LEAVES[:size]))
    root, fits = rfc_climb(HASHES[0], index, size, proof)
    assert holds(verify_inclusion, HASHES[0], index, size, proof, root) == fits
    assert not holds(verify_inclusion, HASHES[1], index, size, proof, root)


def test_the_rfc_accepts_every_consistency_proof_and_none_of_a_neighbour() -> None:
    for (first, second), (other, _) in pairwise(PAIRS):
        if first == second:
            continue
        proof = consistency_proof(HASHES, first, second)
        for size in (first, other):
            arguments = (size, second, ROOTS[size], ROOTS[second], proof)
            assert rfc_extends(*arguments) == holds(verify_consistency, *arguments)
            assert rfc_extends(*arguments) == (size == first)
