"""MANIFEST and bundle.json in every form that they can have, sound and not, truly signed."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

from domain.journal.note import SigningKey, signed
from tests.tampering import STRANGER, UNKNOWN, WITNESSES, Work, spoilt_bytes

TOKENS = [
    b",", b"{}", b"[]", b"01", b"-", b"//", b"'", b"null,", b"NaN,", b"\0", b" ", b"\t", b"\x0b",
    b"\xa0", b"\xef\xbb\xbf", b'"\\ud800"', b'"\\x"',
]  # fmt: skip
MEMBERS = [
    '"a":1', '"a":1,"a":2', '"ledgers":[]', '"\\u0061":1,"a":1', '"":1,"":2', '"__proto__":{}',
    '"\\ud83d\\ude00":1,"😀":1', '"\\ud800":1', '"\n":1', '"\x7f":1', '"n":1e999', '"n":-0',
    '"n":1.', '"n":+1', '"n":.5', '"n":Infinity', '"n":tru', '"n":1E+2', '"n":0x1', '"n":00',
    '"n":{"a":[{"b":1,"b":1}]}', '"n":[1,]', '"n":{"a":1,}', '"n":"\\u00g0"', '"n":"\t"',
]  # fmt: skip
AROUND = [
    b" \r\n\t%b \n",
    b"%b,",
    b"%b{}",
    b"\xef\xbb\xbf%b",
    b"[%b]",
    b"\x0c%b",
    b"%b\0",
    b"[" * 10**5 + b"%b",
]


def description(work: Work) -> None:
    """bundle.json says something else, or the same in another way."""
    path, dice = work.folder / "bundle.json", work.dice
    text = path.read_bytes()
    place = dice.choice([at for at in range(len(text)) if text[at : at + 1] in b'{}[]:,"'])
    token, member = dice.choice(TOKENS), dice.choice(MEMBERS).encode()
    does, edited = dice.choice(
        [
            (token, text[:place] + token + text[place:]),
            (member, text.replace(b"{", b"{" + member + b",", 1)),
            (member, text.replace(b"{", b'{"m":1,' + member + b",", 1)),
            (otherwise := _otherwise(work, json.loads(text)), otherwise),
            (around := dice.choice(AROUND), around % text),
        ]
    )
    work.told = f"bundle.json: {does!r}"
    path.write_bytes(edited)
    work.relist()


def _otherwise(work: Work, said: dict[str, Any]) -> bytes:
    """A description of something else."""
    dice, ledgers, id = work.dice, said["ledgers"], work.handed.ledger
    named = [[], {}, None, "", 0, ledgers * 2, [ledgers], [None], [1], [{"ledger": id}]]
    named += [[{"ledger": id.upper()}], [{"ledger": [id]}], [*ledgers, {}], [*ledgers, 1]]
    named += [[*ledgers, {"ledger": "2"}], [*ledgers, {"ledger": None}], {id: {"ledger": id}}]
    formats = ["shilu.bundle/v2", "", None, ["shilu.bundle/v1"], "shilu.bundle/v1\n"]
    other: list[object] = [[said], "shilu.bundle/v1", None, {"format": said["format"]}]
    other += [{"ledgers": ledgers}, {"format": said["format"], "ledgers": ledgers}]
    made = [{**said, "ledgers": dice.choice(named)}, {**said, "format": dice.choice(formats)}]
    return json.dumps(dice.choice([*made, dice.choice(other)]), ensure_ascii=False).encode()


def manifest(work: Work) -> None:
    """MANIFEST is written otherwise and truly signed, or its signatures are other ones."""
    dice, path = work.dice, work.folder / "MANIFEST"
    content = path.read_bytes()
    lines = content.rpartition(b"\n\n")[0].decode().split("\n")
    edit = dice.choice([_exchange, _spell, _name, _key, _key, _list, None, None])
    keys = list(work.keys)
    if edit:
        keys = edit(dice, lines, keys)
        content = signed(("\n".join(lines) + "\n").encode(), keys)
    work.told = f"MANIFEST: {edit.__name__ if edit else 'below'}"
    if not edit or dice.random() < 0.1:
        content = _below(work, content)
    path.write_bytes(content)


Edit = Callable[[Random, list[str], list[SigningKey]], list[SigningKey]]


def _some(dice: Random, lines: list[str]) -> int:
    return dice.choice([at for at, line in enumerate(lines) if line.startswith("file ")])


def _exchange(dice: Random, lines: list[str], keys: list[SigningKey]) -> list[SigningKey]:
    at, other = _some(dice, lines), _some(dice, lines)
    lines[at], lines[other] = lines[other], lines[at]
    return keys


def _spell(dice: Random, lines: list[str], keys: list[SigningKey]) -> list[SigningKey]:
    at = dice.choice([0, 1, _some(dice, lines)])
    old = dice.choice([" ", "/", "file", "key", "a", "0", "1", "shilu"])
    lines[at] = lines[at].replace(old, dice.choice(["  ", "\u00a0", " 0", " +", old.upper()]), 1)
    return keys


def _name(dice: Random, lines: list[str], keys: list[SigningKey]) -> list[SigningKey]:
    at = _some(dice, lines)
    _, digest, size, name = lines[at].split(" ")
    names = [f"./{name}", f"/{name}", f"{name}/", f"a/../{name}", name.upper(), ".", "a//b", ""]
    lines[at] = f"file {digest} {size} {dice.choice(names)}"
    return keys


def _key(dice: Random, lines: list[str], keys: list[SigningKey]) -> list[SigningKey]:
    stranger, own = f"key {STRANGER.verifier}", lines[1]
    lines[1:2] = dice.choice([[], [own], [own, own], [own, stranger], [stranger, own], [stranger]])
    if dice.random() < 0.1:
        lines.append(stranger)
    mixed = [[*keys, STRANGER], [STRANGER, *keys], [STRANGER], keys * 2]
    return dice.choice([keys, *mixed])


def _list(dice: Random, lines: list[str], keys: list[SigningKey]) -> list[SigningKey]:
    at, empty = _some(dice, lines), sha256(b"").hexdigest()
    extra = [f"file {empty} 0 MANIFEST", f"file {empty} 0 absent", "", "# comment", lines[at]]
    if dice.random() < 0.3:
        del lines[at]
    else:
        lines.insert(dice.choice([at, len(lines)]), dice.choice(extra))
    return keys


def _below(work: Work, content: bytes) -> bytes:
    """Other signatures, or something that is none."""
    dice, first = work.dice, "\n\n\u2014".encode()
    stranger = STRANGER.line(content.rpartition(b"\n\n")[0] + b"\n")
    return dice.choice(
        [
            spoilt_bytes(dice, content),
            content + odd_line(dice),
            content + stranger,
            content.replace(first, b"\n\n" + stranger + "\u2014".encode(), 1),
            dice.choice([WITNESSES[0], UNKNOWN]).cosign(content),
            content.replace(b"\n", b"\r\n"),
        ]
    )


def odd_line(dice: Random) -> bytes:
    """A line below a note that is a stranger's signature, or perhaps no line of a note."""
    encoded = b64encode(bytes(70)).decode()
    spaces = ["\u00a0", "\u3000", "\u200b", "\x7f", "\x85", "\u180e", "\ufeff", "\u2028", "+", "\t"]
    names = ["other", "other", "", "\u2003", *(f"o{each}ther" for each in spaces)]
    signatures = [encoded, "AAAAAAA=", encoded[:-1], f"{encoded[:-4]}AB==", "AAAAAA==", "", "A-_A"]
    spelled = ["\u2014 {0}  {1}\n", "\u2014 {0} {1} \n", "- {0} {1}\n", "\u2014 {0}\n", "\n", "x\n"]
    spelled += [
        "\u2014 {0} {1}",
        "\u2014 {0} {1}\r\n",
        "\u2014\u00a0{0} {1}\n",
        " \u2014 {0} {1}\n",
    ]
    odd = [
        f"\u2014 {dice.choice(names)} {encoded}\n",
        f"\u2014 other {dice.choice(signatures)}\n",
        dice.choice(spelled).format("other", encoded),
    ]
    return dice.choice(odd).encode()
