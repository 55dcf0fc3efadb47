"""Receipts: proof on one page that a record was in its ledger at a moment (C2SP tlog-proof).

A donor, a volunteer or a worker keeps one. It is checked against the policy alone, years later
and without the station: this module imports nothing of ours but the verifier.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.journal.verify import HASH, NUMBER, Policy, Unsound, decoded

HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proven:
    """What a receipt proves: this entry of that ledger, by number from 1, of so many then.

    `record` is the entry where the receipt carries it or it was given.
    """

    origin: str
    entry: int
    entries: int
    record: dict[str, Any] | None


def write_receipt(carried: bytes, index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Write the receipt of an entry; `carried` is the entry itself or its leaf hash.

    With the hash alone it is short enough for a QR code, and the entry is shown beside it.
    """
    lines = [HEADER, f"extra {_base64(carried)}", f"index {index}", *map(_base64, path), "", ""]
    return "\n".join(lines).encode() + checkpoint


def verify_receipt(receipt: bytes, policy: Policy, entry: bytes | None = None) -> Proven:
    """Return what a receipt proves under a policy; `entry` is the record's line, if it is at hand.

    Raises `Unsound`.
    """
    head, _, checkpoint = receipt.partition(b"\n\n")
    carried, index, path = _read(head.decode(errors="replace").split("\n"))
    leaf = carried if len(carried) == HASH else leaf_hash(carried)
    if entry is not None and leaf_hash(entry) != leaf:
        raise Unsound("the receipt is for another entry")
    signed = policy.opens(checkpoint)
    if included(leaf, index, signed.size, path) != signed.root:
        raise Unsound("the proof does not lead to the signed root")
    shown = entry if len(carried) == HASH else carried
    record = None if shown is None else _record(shown)
    return Proven(signed.origin, index + 1, signed.size, record)


def _record(shown: bytes) -> dict[str, Any]:
    """Read a proven entry: a log can have signed what is no record of ours. Raises `Unsound`."""
    try:
        record: dict[str, Any] = json.loads(shown)
        event = record["event"]
        told = [event["id"], event["facts"]["@type"], record["at"], event["occurred"]["start"]]
        formed = all(isinstance(each, str) for each in told) and all(
            map(datetime.fromisoformat, told[2:])
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        formed = False
    if not formed:
        raise Unsound("what is proven is not a record")
    return record


def _read(lines: Sequence[str]) -> tuple[bytes, int, list[bytes]]:
    match lines:
        case [first, extra, index, *path] if first == HEADER:
            number = index.removeprefix("index ")
            hashes = [decoded(line) for line in path]
            named = extra.startswith("extra ") and index.startswith("index ")
            if named and NUMBER.fullmatch(number) and all(len(each) == HASH for each in hashes):
                return decoded(extra.removeprefix("extra ")), int(number), hashes
    raise Unsound("not a receipt")


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion path leads to (RFC 9162, 2.1.3.2). Raises `Unsound`."""
    if index >= size:
        raise Unsound("the entry's index is beyond the tree")
    position, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Unsound("the proof is too long")
        if position & 1 or position == last:
            root = node_hash(sibling, root)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise Unsound("the proof is too short")
    return root


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of an entry, which is a line without its line break (RFC 6962, 2.1)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
