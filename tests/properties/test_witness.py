"""A witness never cosigns two heads of a ledger that cannot both be true, whatever it is sent."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.journal.note import SigningKey, checkpoint
from domain.journal.seal import Edge, leaf_hash
from domain.journal.verify import SIGNATURE, Checkpoint, Key
from tests.proofs import consistency_proof
from tests.witness import SmallWitness

LOG = SigningKey("shilu/test", bytes(range(32)))
STRANGER = SigningKey("shilu/test", bytes(range(1, 33)))
ORIGIN = "shilu/test/0190"
MOST = 40

Branch = tuple[int, int]
"""A history: like all others up to its first number, and then it goes its own way, its second."""
Submission = tuple[Branch, int, int, int]
"""A history, how much of it is shown, from which size on it is proven, and what is spoiled."""

branches = st.tuples(st.integers(0, MOST), st.integers(0, 2))
submissions = st.tuples(branches, st.integers(0, MOST), st.integers(0, MOST), st.integers(0, 9))


def leaves(branch: Branch, size: int) -> list[bytes]:
    parts, way = branch
    return [leaf_hash(b"%d %d" % (n, 0 if n < parts else way)) for n in range(size)]


def body(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof), "", ""]
    return "\n".join(lines).encode() + note


def witness() -> SmallWitness:
    return SmallWitness("w", 7, [Key.read(LOG.verifier, SIGNATURE)])


def sent(submission: Submission, known: int) -> bytes:
    """Make a submission: mostly from what the witness knows, sometimes from elsewhere or forged."""
    branch, size, other, spoiled = submission
    old = other if spoiled == 1 else known
    hashes = leaves(branch, size)
    proof = consistency_proof(hashes, old, size) if 0 < old <= size else ()
    if spoiled == 2:
        proof = proof[1:]
    root = bytes(32) if spoiled == 3 else Edge().extend(hashes).root()
    key = STRANGER if spoiled == 4 else LOG
    return body(old, proof, checkpoint(ORIGIN, size, root, [key]))


@given(st.lists(submissions, max_size=25))
def test_whatever_is_cosigned_is_one_history(history: list[Submission]) -> None:
    it = witness()
    shown: list[tuple[Checkpoint, list[bytes]]] = []
    for submission in history:
        known = it.heads[ORIGIN].size if ORIGIN in it.heads else 0
        status, _, _ = it.add_checkpoint(sent(submission, known))
        if status == 200:
            branch, size, _, _ = submission
            shown.append((it.cosigned[-1], leaves(branch, size)))
    for (older, before), (newer, after) in pairwise(shown):
        assert older.size <= newer.size
        if older.root == Edge().extend(before).root():
            truly = newer.root == Edge().extend(after).root()
            assert not older.size or (truly and before == after[: older.size])
        else:  # the first head may be of nothing that there is: then it is the last as well
            assert older == newer


def test_each_refusal_has_the_status_that_the_text_names() -> None:
    it = witness()
    it.knows = lambda origin: origin == ORIGIN
    main, fork = (99, 0), (3, 1)
    grown, forked = leaves(main, 9), leaves(fork, 9)

    def head(hashes: list[bytes], key: SigningKey = LOG, origin: str = ORIGIN) -> bytes:
        return checkpoint(origin, len(hashes), Edge().extend(hashes).root(), [key])

    def ask(old: int, proof: Sequence[bytes], note: bytes) -> tuple[int, bytes]:
        status, kind, answer = it.add_checkpoint(body(old, proof, note))
        assert (kind == "text/x.tlog.size") == (status == 409)
        return status, answer

    assert ask(0, (), head(grown[:5], origin="shilu/test/elsewhere"))[0] == 404
    assert ask(0, (), head(grown[:5], origin="shilu/other/0190"))[0] == 404
    assert ask(0, (), head(grown[:5], STRANGER))[0] == 403
    assert ask(0, grown[:1], head(grown[:5]))[0] == 422
    assert ask(0, (), head(grown[:5]))[0] == 200
    assert ask(0, (), head(grown)) == (409, b"5\n")
    assert ask(9, (), head(grown[:5]))[0] == 400
    assert ask(5, (), head(grown))[0] == 422
    assert ask(5, consistency_proof(forked, 5, 9), head(forked))[0] == 422
    assert ask(5, (), head(forked[:5])) == (409, b"5\n")
    assert ask(3, (), head(grown[:3])) == (409, b"5\n")
    assert ask(5, consistency_proof(grown, 5, 9), head(grown))[0] == 200
    assert ask(9, (), head(grown))[0] == 200
    assert it.add_checkpoint(b"old 09\n\n" + head(grown))[0] == 400
    assert it.add_checkpoint(b"old 9\n\nnothing")[0] == 400
