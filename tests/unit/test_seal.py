"""The Merkle trees against Certificate Transparency's reference tree, and all that they refuse."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from domain.journal.seal import (
    Edge,
    SealError,
    consistency_ranges,
    inclusion_ranges,
    leaf_hash,
    verify_consistency,
)
from tests.proofs import consistency_proof, inclusion_proof, verify_inclusion

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "data" / "ct_reference_tree.json").read_text("utf-8")
)
LEAF_HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in REFERENCE["leaves_hex"]]
ROOTS = [bytes.fromhex(root) for root in REFERENCE["roots_by_size"]]


def test_the_reference_tree_has_its_published_roots() -> None:
    assert [Edge().extend(LEAF_HASHES[:size]).root() for size in range(9)] == ROOTS


def test_the_reference_tree_grows_leaf_by_leaf() -> None:
    edge, roots = Edge(), [Edge().root()]
    for each in LEAF_HASHES:
        edge = edge.append(each)
        roots.append(edge.root())
    assert roots == ROOTS


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Edge().root() == sha256(b"").digest()


def test_a_leaf_is_not_mistaken_for_a_node() -> None:
    left, right = LEAF_HASHES[:2]
    assert leaf_hash(left + right) != Edge().extend([left, right]).root()


def test_the_reference_tree_proves_each_leaf() -> None:
    for index, each in enumerate(LEAF_HASHES):
        verify_inclusion(each, index, 8, inclusion_proof(LEAF_HASHES, index), ROOTS[8])


def test_the_reference_tree_proves_its_own_growth() -> None:
    a, b, c, d, e, f = LEAF_HASHES[:6]
    pair = Edge().extend([e, f]).root()
    four = Edge().extend([a, b, c, d]).root()
    assert consistency_proof(LEAF_HASHES, 4, 6) == (pair,)
    assert consistency_proof(LEAF_HASHES, 5, 6) == (e, f, four)
    verify_consistency(5, 6, ROOTS[5], ROOTS[6], (e, f, four))


def test_the_path_of_a_lone_leaf_is_empty() -> None:
    assert inclusion_proof(LEAF_HASHES, 0, 1) == ()
    verify_inclusion(LEAF_HASHES[0], 0, 1, (), ROOTS[1])


def test_an_edge_survives_being_written_and_read() -> None:
    for size in range(9):
        edge = Edge().extend(LEAF_HASHES[:size])
        assert len(edge.to_bytes()) == 32 * size.bit_count()
        assert Edge.from_bytes(size, edge.to_bytes()) == edge


def test_extending_leaves_the_earlier_edge_as_it_was() -> None:
    earlier = Edge().extend(LEAF_HASHES[:3])
    earlier.extend(LEAF_HASHES[3:])
    assert earlier.root() == ROOTS[3]


SEVEN = Edge().extend(LEAF_HASHES[:7])
CONSISTENCY = consistency_proof(LEAF_HASHES, 3, 7)
SHORT = b"\x00" * 31
WRONG = b"\x00" * 32


def extends(
    first: int = 3,
    second: int = 7,
    first_root: bytes = ROOTS[3],
    second_root: bytes = ROOTS[7],
    proof: Sequence[bytes] = CONSISTENCY,
) -> None:
    verify_consistency(first, second, first_root, second_root, proof)


def test_the_arguments_that_the_refusals_start_from_are_sound() -> None:
    extends()
    extends(first=7, first_root=ROOTS[7], proof=())


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("size-negative", lambda: Edge(-1, (WRONG,))),
        ("edge-count", lambda: Edge(7, SEVEN.hashes[:-1])),
        ("edge-count", lambda: Edge(0, (WRONG,))),
        ("edge-count", lambda: Edge.from_bytes(6, SEVEN.to_bytes())),
        ("edge-count", lambda: Edge.from_bytes(7, SEVEN.to_bytes() + b"\x00")),
        ("hash-length", lambda: Edge.from_bytes(7, SEVEN.to_bytes()[:-1])),
        ("hash-length", lambda: Edge(1, (SHORT,))),
        ("hash-length", lambda: SEVEN.append(SHORT)),
        ("hash-length", lambda: SEVEN.extend([WRONG, WRONG + b"\x00"])),
        ("size-zero", lambda: inclusion_ranges(0, 0)),
        ("index-beyond-size", lambda: inclusion_ranges(8, 8)),
        ("index-beyond-size", lambda: inclusion_ranges(-1, 8)),
        ("size-zero", lambda: consistency_ranges(0, 7)),
        ("size-zero", lambda: consistency_ranges(0, 0)),
        ("sizes-reversed", lambda: consistency_ranges(7, 3)),
        ("size-zero", lambda: extends(first=0)),
        ("size-zero", lambda: extends(first=0, second=0, proof=())),
        ("sizes-reversed", lambda: extends(first=7, second=3)),
        ("hash-length", lambda: extends(first_root=SHORT)),
        ("hash-length", lambda: extends(second_root=SHORT)),
        ("hash-length", lambda: extends(proof=(*CONSISTENCY[:-1], SHORT))),
        ("path-too-short", lambda: extends(proof=CONSISTENCY[:-1])),
        ("path-too-short", lambda: extends(proof=())),
        ("path-too-short", lambda: extends(first=4, first_root=ROOTS[4], proof=())),
        ("path-too-long", lambda: extends(proof=(*CONSISTENCY, WRONG))),
        ("path-too-long", lambda: extends(first=7, first_root=ROOTS[7], proof=(WRONG,))),
        ("root-mismatch", lambda: extends(first=7, proof=())),
        ("root-mismatch", lambda: extends(first_root=WRONG)),
        ("root-mismatch", lambda: extends(second_root=WRONG)),
        ("root-mismatch", lambda: extends(first_root=ROOTS[7], second_root=ROOTS[3])),
    ],
)
def test_what_does_not_hold_is_refused_by_name(code: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(SealError) as refusal:
        attempt()
    assert refusal.value.code == code
    assert str(refusal.value)
