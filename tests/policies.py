"""Policies in every form that they can have, sound and not: what a reader keeps, nobody signs."""

from __future__ import annotations

from base64 import b64encode

from domain.journal.note import SigningKey
from domain.journal.verify import key_id
from tests.cosigning import Witness
from tests.tampering import STRANGER, WITNESSES, Work, spoilt_bytes

QUORUMS = [
    "quorum none", "quorum w1", "quorum w8", "quorum", "quorum w1 w2", "quorum\u00a0none", "",
    "\tquorum \t seen\t", "Quorum none", "quorum none # x", "quorum None", "quorum seen\nquorum w1",
]  # fmt: skip
GROUPS = [
    "all w1 w2", "any w1", "0 w1", "1 w1", "02 w1 w2", "2 w1", "+1 w1", "all", "any", "ALL w1",
    "2 w1 w1", "1 w1 none", "1 seen", "1 w9", "3 w1 w2 w3", "４ w1", "w1 w2", "1.0 w1",
    "4 w1 w2 w3", f"{10**19} w1", "1 w1\ngroup more all w2 seen", "1 w1\ngroup more 1 w1",
    "constructor w1 w2",
    "1 w1\ngroup seen 1 w2", "1 w1\ngroup w2 1 w3", "1 w1\ngroup none 1 w2", "1\u3000w1 w2",
]  # fmt: skip
LOGS = [
    "{0} https://x", "{0} a b", "{0}\u00a0", "{0}=", "x{0}", "\u00a0{0}", "{0}\x0b", "{0} \x7f",
    "{0} \u0085", "{0}\nlog {0}", "{0}\nlog {1}", "{0}\n{2}", "{0}\nlog {3}", "{0}\nlog", "{4}",
]  # fmt: skip
FIRST = [
    "# 评估", "  \t# x\t", " \t ", "cosigner x", "LOG x", "#\u0085", "quorum none",
    "group late all w1",
    "witness w1", "witness none {1}", "witness v1 {1}", "witness v1 {0}", "witness w1 {1}",
    "witness v1 {2}", "witness v1 {2} https://x y", "\ufeff# x", "witness seen {2}", "\u3000# x",
]  # fmt: skip


def policy(work: Work) -> None:
    """The reader's policy is written otherwise, well or badly."""
    dice = work.dice
    lines = work.policy.decode().splitlines()
    does = dice.choice(["quorum", "group", "log", "first", "order", "nothing"])
    if does == "first":
        vkeys = [work.keys[0].verifier, *(_vkey(each) for each in (WITNESSES[0], Witness("v", 7)))]
        lines.insert(0, dice.choice(FIRST).format(*vkeys))
    elif does == "order":
        dice.shuffle(lines)
    elif does != "nothing":
        at = next(at for at, each in enumerate(lines) if each.startswith(does))
        lines[at : at + 1] = _instead(work, does).split("\n")
    work.policy = _spelled(work, "\n".join(lines).encode() + b"\n")
    work.told = f"policy: {work.policy!r}"


def _vkey(witness: Witness) -> str:
    return witness.line.split()[2]


def _instead(work: Work, begins: str) -> str:
    """Another line in place of one."""
    if begins == "quorum":
        return work.dice.choice(QUORUMS)
    if begins == "group":
        return f"group seen {work.dice.choice(GROUPS)}"
    (own,) = work.keys
    renamed = SigningKey("renamed", own.seed).verifier
    typed = b"\x04" + own.public
    twin = f"witness w7 w7+{key_id('w7', typed).hex()}+{b64encode(typed).decode()}"
    keys = own.verifier, renamed, twin, STRANGER.verifier, _vkey(WITNESSES[1])
    return f"log {work.dice.choice(LOGS).format(*keys)}"


def _spelled(work: Work, content: bytes) -> bytes:
    """The same as another editor writes it, or in bytes that are no text."""
    dice = work.dice
    octets = content.replace(b" w3", b" \xff").replace(b" w2", b" \xfe")
    spaces = [b"\t", b" \t ", b"\xc2\xa0", b"\x0c", b"\xe3\x80\x80"]
    ends = [b"\r\n", b"\r", b"\xe2\x80\xa8", b"\n\n", b" \n", b"\x0b\n"]
    more = [b"# \xff\n", b"\r\n", b"\r", b"# \x1b\n", b"#\rlog x\n", b"\0", b"\n", b"quorum"]
    return dice.choice(
        [
            content,
            content,
            content[:-1],
            b"\xef\xbb\xbf" + content,
            octets,
            content.replace(b" ", dice.choice(spaces)),
            content.replace(b"\n", dice.choice(ends)),
            content + dice.choice(more),
            spoilt_bytes(dice, content),
        ]
    )
