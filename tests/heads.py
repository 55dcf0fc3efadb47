"""Signed heads in every form that they can have, sound and not, in all places where one is read."""

from __future__ import annotations

import shutil
from base64 import b64encode

from domain.journal.note import SigningKey, signed
from domain.journal.seal import Edge
from domain.journal.verify import key_id
from tests.descriptions import odd_line
from tests.tampering import STRANGER, UNKNOWN, WITNESSES, Work, spoilt_bytes, witnessed

MOMENTS = [0, 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1]
TRUE = 1_700_000_000


def head(work: Work) -> None:
    """A head is another one, or written otherwise: the newest, an earlier one, or one kept."""
    dice, count = work.dice, work.handed.size
    newest = ["checkpoint", "checkpoint", "since"]
    where = dice.choice([*newest, "checkpoints/x", "timestamps/x", "timestamps/x.tsr"])
    size = count if where == "checkpoint" else dice.choice([0, 1, 2, count - 1, count])
    work.told = f"{where} of {size}"
    note = _signed(work, size)
    note = _cosigned(work, note) if dice.random() < 0.4 else witnessed(note)
    if dice.random() < 0.3:
        line = odd_line(dice)
        work.told += f", {line!r}"
        note += line
    if dice.random() < 0.1:
        work.told += ", spoilt"
        note = spoilt_bytes(dice, note)
    if where == "since":
        work.since = note
        return
    if where == "checkpoint" and dice.random() < 0.5:
        shutil.rmtree(work.place / "checkpoints")
    (work.place / where).parent.mkdir(exist_ok=True)
    (work.place / where).write_bytes(note)
    work.relist()


def _signed(work: Work, size: int) -> bytes:
    """A head of so many entries with nothing, one thing or two that may be wrong with it."""
    dice, root = work.dice, work.root(size)
    forger = SigningKey(work.handed.built.ring.name, STRANGER.seed)
    origin, said, hash, more = work.origin, str(size), b64encode(root).decode(), ""
    keys: list[SigningKey] = list(work.keys)
    for _ in range(dice.choice([0, 0, 0, 1, 1, 1, 2])):
        does = dice.choice(["origin", "origin", "size", "root", "keys", "more"])
        if does == "origin":
            origin = _origin(work)
        elif does == "size":
            said = dice.choice([*_sizes(size), str(size + 1), str(10**17), str(10**18), "", "0"])
        elif does == "root":
            hash = dice.choice([*_roots(root), hash.rstrip("="), f"{hash} ", hash[:-2] + "B="])
        elif does == "keys":
            mixed = [[*keys, forger], keys * 2, [STRANGER, *keys], [*keys, STRANGER]]
            keys = dice.choice([[], [STRANGER], [forger], *mixed])
        else:
            more = dice.choice(["extension\n", "\n", "\nmore\n", " \n", "\ufeff\n"])
    work.told += f", {origin!r} {said!r} {hash} {more!r} {[key.name for key in keys]}"
    return signed(f"{origin}\n{said}\n{hash}\n{more}".encode(), keys)


def _origin(work: Work) -> str:
    ring, ledger, true = work.handed.built.ring.name, work.handed.ledger, work.origin
    anew = ["1", "2", "0", "02", str(10**17), str(10**18), "x", "2/", "2/3", "", "２", " "]
    before = ["demonstration/", "/", "2/", "a b/", "a\u3000+/", f"{ledger}/"]
    other = [ring, "", ledger, f"/{ledger}", f"x/{ledger}", f"{ring}x/{ledger}", f"{true} "]
    other += [f"{ring}/{ledger.upper()}", f"{ring}/{ledger[:-1]}0", f"{STRANGER.name}/{ledger}"]
    return work.dice.choice(
        [
            f"{true}/{work.dice.choice(anew)}",
            f"{ring}/{work.dice.choice(before)}{ledger}",
            work.dice.choice(other),
        ]
    )


def _sizes(size: int) -> list[str]:
    return [f"0{size}", f"+{size}", f" {size}", f"{size}.0", "-0", "００", str(max(0, size - 1))]


def _roots(root: bytes) -> list[str]:
    other = [bytes(32), root[:31], root + b"\0", b"", Edge().root()]
    return [b64encode(each).decode() for each in other]


def _cosigned(work: Work, note: bytes) -> bytes:
    """Witnesses sign below, most of them truly."""
    dice = work.dice
    for witness in dice.sample([*WITNESSES, UNKNOWN], dice.choice([1, 2, 3, 3, 4])):
        moment = dice.choice(MOMENTS) if dice.random() < 0.3 else TRUE
        how = dice.choice(["truly"] * 12 + ["falsely", "short", "twice"])
        work.told += f", {witness.name} {how} at {moment}"
        false = b"other\n\n" if how == "falsely" else note
        line = witness.cosign(false, moment).removeprefix(false)
        if how == "short":
            short = key_id(witness.name, witness.typed) + bytes(dice.choice([1, 8, 71, 73]))
            line = f"\u2014 {witness.name} {b64encode(short).decode()}\n".encode()
        note += line * 2 if how == "twice" else line
    return note


def kept(work: Work) -> None:
    """An honest older state, held to a head that was kept from before or after."""
    dice, count = work.dice, work.handed.size
    size, since = (dice.randrange(count + 1) for _ in range(2))
    work.told = f"rolled back to {size}, {since} were kept"
    work.since = work.head(since)
    lines = work.lines[:size]
    (work.place / "checkpoint").write_bytes(work.head(size))
    (work.place / "entries.ndjson").write_bytes(b"".join(lines))
    (work.place / "positions").write_bytes(b"3 %d\n" % size if size else b"")
    for earlier in (work.place / "checkpoints").iterdir():
        if int(earlier.name) > size:
            earlier.unlink()
    for file in (work.folder / "attachments").iterdir():
        file.unlink()
    work.relist()
