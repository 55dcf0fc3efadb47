"""Signed notes, policies and receipts, against the examples that the C2SP texts print."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

import pytest

from domain.journal.note import SigningKey, checkpoint, signed
from domain.journal.receipt import verify_receipt, write_receipt
from domain.journal.seal import Edge, leaf_hash
from domain.journal.verify import COSIGNATURE, Checkpoint, Key, Note, Policy, Unsound, key_id
from tests.cosigning import Witness
from tests.proofs import inclusion_proof

LOG = SigningKey("shilu/test", bytes(range(32)))
NEXT = SigningKey("shilu/test", bytes(range(1, 33)))
STRANGER = SigningKey("shilu/other", bytes(range(2, 34)))
ORIGIN = "shilu/test/0190"
ROOT = bytes(32)


def trusting(*keys: SigningKey, more: str = "", quorum: str = "none") -> Policy:
    logs = "".join(f"log {key.verifier}\n" for key in keys)
    return Policy.read(f"# 评估机构\n{logs}{more}quorum {quorum}\n".encode())


def test_a_witnesses_key_a_nameless_one_and_a_part_of_one_are_no_signing_keys() -> None:
    start, _, _ = LOG.secret.rpartition("+")
    witness = base64.b64encode(bytes([COSIGNATURE]) + LOG.seed).decode()
    nameless = SigningKey("", LOG.seed).secret
    for other in (f"{start}+{witness}", nameless, LOG.secret[1:], LOG.secret[:-4]):
        with pytest.raises(Unsound, match="not a signing key"):
            SigningKey.read(other)


def test_a_note_of_the_specification_is_read_and_its_verifier_key_known() -> None:
    # The example and its key as golang.org/x/mod/sumdb/note prints them.
    key = Key.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", 1)
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = (
        "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvq"
        "fqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    note = Note.read(f"{text}\n{line}".encode())
    assert note.signers([key]) == [key]


def test_a_checkpoint_is_three_lines_and_the_signatures_of_every_key() -> None:
    note = checkpoint(ORIGIN, 7, ROOT, [LOG, NEXT])
    text, _, below = note.partition(b"\n\n")
    assert text == f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}".encode()
    assert below.count(b"\n") == 2
    for key in (LOG, NEXT):
        assert trusting(key).opens(note) == Checkpoint(ORIGIN, 7, ROOT)


def test_a_key_reads_back_and_never_prints_its_secret() -> None:
    assert SigningKey.read(LOG.secret) == LOG
    assert LOG.secret not in repr(LOG)
    assert "seed" not in repr(LOG)
    damaged = LOG.secret.replace(LOG.id.hex(), "00000000")
    with pytest.raises(Unsound, match="damaged"):
        SigningKey.read(damaged)


@pytest.mark.parametrize(
    ("origin", "key"),
    [
        ("shilu/testing/0190", LOG),  # begins with the key's name, but is another log's
        ("elsewhere/0190", LOG),
        (ORIGIN, STRANGER),
    ],
)
def test_a_checkpoint_by_a_key_that_is_not_its_logs_is_not_opened(
    origin: str, key: SigningKey
) -> None:
    with pytest.raises(Unsound, match="not signed by a log"):
        trusting(LOG, STRANGER).opens(checkpoint(origin, 1, ROOT, [key]))


def test_no_byte_of_a_checkpoint_can_change() -> None:
    note, policy = checkpoint(ORIGIN, 7, ROOT, [LOG]), trusting(LOG)
    for place in range(len(note)):
        for flip in (1, 0x20, 0x80):
            altered = bytearray(note)
            altered[place] ^= flip
            with pytest.raises(Unsound):
                policy.opens(bytes(altered))


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n-7\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(ROOT).decode()}\nextension\n",
        f"\n7\n{base64.b64encode(ROOT).decode()}\n",
        f"{ORIGIN}\n7\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused_even_when_signed(text: str) -> None:
    with pytest.raises(Unsound):
        trusting(LOG).opens(signed(text.encode(), [LOG]))


def test_a_quorum_of_witnesses_must_have_seen_the_checkpoint() -> None:
    first, second, third = (Witness(f"w{number}", number) for number in (1, 2, 3))
    lines = "".join(one.line for one in (first, second, third))
    two = trusting(LOG, more=f"{lines}group both 2 w1 w2 w3\n", quorum="both")
    note = first.cosign(checkpoint(ORIGIN, 7, ROOT, [LOG]))
    with pytest.raises(Unsound, match="witnesses"):
        two.opens(note)
    assert two.opens(third.cosign(note)).size == 7
    forged = third.cosign(note)[:-8] + b"AAAAAA=\n"
    with pytest.raises(Unsound):
        two.opens(forged)


def test_a_policy_saved_by_an_editor_that_marks_utf_8_is_read() -> None:
    text = f"\ufefflog {LOG.verifier}\r\nquorum none\r\n"
    assert len(Policy.read(text.encode()).logs) == 1


def test_names_in_a_policy_are_octets_and_need_be_no_text() -> None:
    first, second = (Witness(f"w{number}", number).line.encode() for number in (1, 2))
    lines = first.replace(b" w1 ", b" \xff ") + second.replace(b" w2 ", b" \xfe ")
    policy = Policy.read(f"log {LOG.verifier}\n".encode() + lines + b"quorum \xfe\n")
    note = checkpoint(ORIGIN, 7, ROOT, [LOG])
    assert policy.opens(Witness("w2", 2).cosign(note)).size == 7
    with pytest.raises(Unsound, match="witnesses"):
        policy.opens(Witness("w1", 1).cosign(note))


def test_a_witness_s_time_has_63_bits() -> None:
    witness, note = Witness("w", 1), checkpoint(ORIGIN, 7, ROOT, [LOG])
    policy = trusting(LOG, more=witness.line, quorum="w")
    assert policy.opens(witness.cosign(note, 2**63 - 1)).size == 7
    with pytest.raises(Unsound, match="the signature of w"):
        policy.opens(witness.cosign(note, 2**63))


@pytest.mark.parametrize(
    ("name", "known"),
    [("other", True), ("o\u00a0ther", False), ("o\u3000ther", False), ("", False)],
)
def test_a_stranger_s_signature_is_passed_over_if_it_is_one(name: str, known: bool) -> None:
    line = f"\u2014 {name} {base64.b64encode(bytes(68)).decode()}\n".encode()
    note = checkpoint(ORIGIN, 7, ROOT, [LOG]) + line
    if known:
        assert trusting(LOG).opens(note).size == 7
        return
    with pytest.raises(Unsound, match="signature line"):
        trusting(LOG).opens(note)


def as_witness(key: SigningKey) -> str:
    """The line of a witness that has a log's own key."""
    typed = bytes([COSIGNATURE]) + key.public
    encoded = base64.b64encode(typed).decode()
    return f"witness {key.name} {key.name}+{key_id(key.name, typed).hex()}+{encoded}\n"


@pytest.mark.parametrize(
    "lines",
    [
        "quorum none\n",
        f"log {LOG.verifier}\n",
        f"log {LOG.verifier}\nquorum somebody\n",
        f"log {LOG.verifier}\nquorum none\nquorum none\n",
        f"log {LOG.verifier}\ngroup g 1 none\nquorum g\n",
        f"log {LOG.verifier}\n{Witness('w', 1).line}group g 2 w\nquorum g\n",
        f"log {LOG.verifier}\n{Witness('none', 1).line}quorum none\n",
        f"log {LOG.verifier[:-4]}AAAA\nquorum none\n",
        f"log {Witness('w', 1).line.split()[2]}\nquorum none\n",
        f"log {LOG.verifier}\nlog {LOG.verifier}\nquorum none\n",
        f"log {LOG.verifier}\n{Witness('w', 1).line}{Witness('v', 1).line}quorum none\n",
        f"log {LOG.verifier}\n{Witness('w', 1).line}group g 2 w w\nquorum g\n",
        f"log {LOG.verifier}\n{Witness('w', 1).line}group g 1 w\ngroup h 2 g w\nquorum h\n",
        f"log {LOG.verifier}\n{as_witness(LOG)}quorum none\n",
        f"log {LOG.verifier}\nquorum\u00a0none\n",
        f"log {LOG.verifier}\nquorum\x0bnone\n",
        f"log {LOG.verifier}\nquorum none\n# \x1b[0m\n",
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(lines: str) -> None:
    with pytest.raises(Unsound):
        Policy.read(lines.encode())


EVENT = b'{"facts":{"@type":"visit.HomeVisitMade@1"},"id":"%d","occurred":{"start":"2018-10-26"}}'
LEAVES = [b'{"at":"2018-10-26T01:00:00Z","event":' + EVENT % number + b"}" for number in range(21)]


def receipt(index: int, size: int, carried: bytes | None = None) -> bytes:
    hashes = list(map(leaf_hash, LEAVES))
    note = checkpoint(ORIGIN, size, Edge().extend(hashes[:size]).root(), [LOG])
    proof: Sequence[bytes] = inclusion_proof(hashes, index, size)
    return write_receipt(carried or LEAVES[index], index, proof, note)


def test_a_receipt_proves_its_entry_for_every_place_and_size() -> None:
    policy = trusting(LOG)
    for size in range(1, len(LEAVES) + 1):
        for index in range(size):
            proven = verify_receipt(receipt(index, size), policy)
            assert (proven.entry, proven.entries) == (index + 1, size)
            assert proven.record == json.loads(LEAVES[index])


def test_a_short_receipt_carries_the_hash_alone_and_takes_the_entry_beside_it() -> None:
    policy, short = trusting(LOG), receipt(3, 21, leaf_hash(LEAVES[3]))
    assert verify_receipt(short, policy).record is None
    assert verify_receipt(short, policy, LEAVES[3]).record is not None
    with pytest.raises(Unsound, match="another entry"):
        verify_receipt(short, policy, LEAVES[4])


@pytest.mark.parametrize(
    "signed",
    [
        b"no record",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"at":"2018-10-26T01:00:00Z","event":{}}',
        LEAVES[0].replace(b"2018-10-26T01:00:00Z", b"yesterday"),
        LEAVES[0].replace(b'"0"', b"0"),
    ],
)
def test_what_is_signed_but_no_record_is_refused_in_a_sentence(signed: bytes) -> None:
    leaf = leaf_hash(signed)
    note = checkpoint(ORIGIN, 1, Edge().extend([leaf]).root(), [LOG])
    with pytest.raises(Unsound, match="not a record"):
        verify_receipt(write_receipt(signed, 0, [], note), trusting(LOG))
    with pytest.raises(Unsound, match="not a record"):
        verify_receipt(write_receipt(leaf, 0, [], note), trusting(LOG), signed)


def test_no_byte_of_a_receipt_can_change() -> None:
    policy, whole = trusting(LOG), receipt(5, 21)
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1
        with pytest.raises(Unsound):
            verify_receipt(bytes(altered), policy)
