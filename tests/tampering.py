"""Bundles spoiled at random, each time in the same way for the same seed.

Some of it is done by whoever has only the folder, and then always has to be found. Most of it is
done by whoever signs MANIFEST: then only what a file says can give it away, and every rule of
docs/bundle-format.md decides alone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

from domain.journal.note import SigningKey, checkpoint
from domain.journal.seal import Edge, leaf_hash
from tests.bundles import Handed, listed_again
from tests.cosigning import Witness

STRANGER = SigningKey("shilu/forger", bytes(range(32)))
WITNESSES = [Witness(f"w{number}", number) for number in (1, 2, 3)]
UNKNOWN = Witness("w9", 9)
ODD = [b"\n", b" ", b"\0", b"\r", b"0", b"\xff", b"\xc2\xa0", b"\n\n", b'"']


@dataclass
class Work:
    """A copy of a bundle that is being spoiled, and whom its reader trusts."""

    handed: Handed
    folder: Path
    dice: Random
    policy: bytes
    since: bytes | None = None
    told: str = ""

    @property
    def place(self) -> Path:
        """Where the ledger lies."""
        return self.folder / self.handed.place

    @property
    def keys(self) -> Sequence[SigningKey]:
        """What signs in the house."""
        return self.handed.built.ring.keys

    @property
    def origin(self) -> str:
        """What the ledger's heads begin with."""
        return f"{self.handed.built.ring.name}/{self.handed.ledger}"

    @property
    def lines(self) -> list[bytes]:
        """The entries as they are now, each with its line break."""
        return (self.place / "entries.ndjson").read_bytes().splitlines(keepends=True)

    def relist(self) -> None:
        """List and sign all as it is now."""
        listed_again(self.folder, self.keys)

    def files(self) -> list[str]:
        """The paths of all files with something in them."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.stat().st_size)
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def root(self, size: int) -> bytes:
        """The root of so many of the entries."""
        return Edge().extend(leaf_hash(line[:-1]) for line in self.lines[:size]).root()

    def head(self, size: int) -> bytes:
        """The truly signed and witnessed head of so many of the entries."""
        return witnessed(checkpoint(self.origin, size, self.root(size), self.keys))


Tampering = Callable[[Work], None]


def witnessed(note: bytes) -> bytes:
    """A head that all witnesses have seen."""
    for witness in WITNESSES:
        note = witness.cosign(note)
    return note


def policy_of(handed: Handed) -> bytes:
    """The policy of a reader who asks two of three witnesses."""
    logs = handed.built.ring.policy().replace("quorum none\n", "")
    witnesses = "".join(each.line for each in WITNESSES)
    return f"{logs}{witnesses}group seen 2 w1 w2 w3\nquorum seen\n".encode()


def spoilt_bytes(dice: Random, content: bytes) -> bytes:
    """Change, take away, repeat or add a few bytes."""
    place = dice.randrange(len(content))
    end = min(len(content), place + dice.choice([1, 1, 2, 30]))
    changed, odd = bytes([content[place] ^ 1 << dice.randrange(8)]), dice.choice(ODD)
    return dice.choice(
        [
            content[:place] + changed + content[place + 1 :],
            content[:place] + content[end:],
            content[:end] + content[place:],
            content[:place] + odd + content[place:],
            content[:place],
            content + odd,
            odd + content,
        ]
    )


def any_file(work: Work) -> None:
    """Somebody who signs nothing spoils a file, loses it, adds one or exchanges two."""
    path, other = work.dice.sample(work.files(), 2)
    place, content = work.folder / path, (work.folder / path).read_bytes()
    does = work.dice.choice(["spoil", "spoil", "spoil", "lose", "add", "exchange"])
    work.told = f"{does} {path}"
    if does == "lose":
        place.unlink()
    elif does == "add":
        place.with_name(f"{place.name}.more").write_bytes(content)
    elif does == "exchange":
        place.write_bytes((work.folder / other).read_bytes())
        (work.folder / other).write_bytes(content)
    else:
        place.write_bytes(spoilt_bytes(work.dice, content))


def listed_file(work: Work) -> None:
    """The same, by whoever signs MANIFEST."""
    judged = [f"{work.handed.place}/checkpoint", f"{work.handed.place}/positions", "bundle.json"]
    others = [each for each in work.files() if each != "MANIFEST"]
    path = work.dice.choice(work.dice.choice([judged, others]))
    place, content = work.folder / path, (work.folder / path).read_bytes()
    work.told = f"listed again: {path}"
    if work.dice.random() < 0.1:
        place.unlink()
    else:
        place.write_bytes(spoilt_bytes(work.dice, content))
    work.relist()


def entries(work: Work) -> None:
    """The entries are edited, and perhaps signed anew as they are then."""
    lines, dice = work.lines, work.dice
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    does = dice.choice(["drop", "swap", "insert", "repeat", "cut", "write", "write", "write"])
    line = lines[one]
    if does == "drop":
        del lines[one]
    elif does == "swap":
        lines[one], lines[other] = lines[other], line
    elif does == "insert":
        lines.insert(one, line.replace(b'"version":', b'"version":1', 1))
    elif does == "repeat":
        lines.insert(other, line)
    elif does == "cut":
        lines[-1] = lines[-1][: dice.randrange(len(lines[-1]))]
    else:
        lines[one] = _written(dice, line, lines[other])
    (work.place / "entries.ndjson").write_bytes(b"".join(lines))
    work.told = f"entries: {does} {one + 1} {other + 1} {lines[min(one, len(lines) - 1)][:60]!r}"
    if dice.random() < 0.6:
        _sealed_anew(work)
    work.relist()


def _written(dice: Random, line: bytes, other: bytes) -> bytes:
    """An entry that is written otherwise, at another time, or at another length."""
    moments = [b"0000-00-00T00:00:00.000000", b"9999-99-99T99:99:99.999999", other[7:33]]
    moments += [b"\xd9\xa0" * 13, b"2018-10-26 01:00:00.000000"]
    old, new = dice.choice(
        [
            (b"{", b"{ "),
            (b'"event":{', b'"event":['),
            (b'Z"', b'z"'),
            (b"{", b"\xef\xbb\xbf{"),
            (b"}}\n", b"\n"),
            (b"\n", b"\r\n"),
            (b"\n", b"\xff\n"),
            (b"\n", b"\n\n"),
            (b"\n", b""),
            (b'"event"', b'"else":1,"event"'),
        ]
    )
    return dice.choice(
        [
            line.replace(old, new, 1),
            line[:7] + dice.choice(moments) + line[33:],
            line[:-1].ljust(65_535 + dice.choice([-1, 0, 1, 2, 65_535]), b" ") + b"\n",
        ]
    )


def _sealed_anew(work: Work) -> None:
    """Sign the entries that are there now, as whoever has the log's key can."""
    count = len(work.lines)
    work.told += ", sealed anew"
    (work.place / "checkpoint").write_bytes(work.head(count))
    (work.place / "positions").write_bytes(b"1 %d\n" % count)
    if work.dice.random() < 0.8:
        shutil.rmtree(work.place / "checkpoints")


def positions(work: Work) -> None:
    """Where the records stand is written otherwise."""
    count = work.handed.size
    sound = [f"1 {count}\n", f"1 {count - 1}\n{count + 1} 1\n", f"{10**17} {count}\n"]
    other = [f"1 {count - 1}\n{count} 1\n", f"5 {count - 1}\n1 1\n", f"1 {count + 1}\n", "", "\n"]
    other += [f"{10**18} {count}\n", f"{10**18 - 1} {count - 1}\n1 1\n", f"0 {count}\n"]
    spelled = ["1 {0}", "01 {0}\n", "1  {0}\n", "1 {0}\r\n", "1 {0} 1\n", "1\t{0}\n", "1 {0}\n\n"]
    spelled += ["\ufeff1 {0}\n", "+1 {0}\n", " 1 {0}\n", "1 {0} \n", "１ {0}\n", "1 {0}\n99 0\n"]
    choices = [sound, other, [each.format(count) for each in spelled]]
    runs = work.dice.choice(work.dice.choice(choices))
    work.told = f"positions: {runs!r}"
    (work.place / "positions").write_bytes(runs.encode())
    work.relist()


def attachments(work: Work) -> None:
    """Files are exchanged, renamed, enclosed without a record, or lie deeper."""
    folder, dice = work.folder / "attachments", work.dice
    one, other = dice.sample(sorted(folder.iterdir()), 2)
    content, foreign = one.read_bytes(), b"%PDF-1.7 of nobody"
    does = dice.choice(["exchange", "rename", "foreign", "deeper", "remove", "spoil"])
    work.told = f"attachments: {does}"
    if does == "exchange":
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)
    elif does == "rename":
        names = [f"{one.name}.pdf", "notes", one.name[:-1], one.name.upper()]
        one.rename(folder / dice.choice(names))
    elif does == "foreign":
        (folder / sha256(foreign).hexdigest()).write_bytes(foreign)
    elif does == "deeper":
        (folder / "more").mkdir()
        one.rename(folder / "more" / one.name)
    elif does == "remove":
        one.unlink()
    else:
        one.write_bytes(spoilt_bytes(dice, content))
    work.relist()


def places(work: Work) -> None:
    """Something lies there that is no file, or no such file as there can be."""
    dice = work.dice
    path = work.folder / dice.choice(work.files())
    does = dice.choice(["fifo", "link", "folder", "empty", "ledger", "file", "file"])
    work.told = f"{does} at {path.relative_to(work.folder)}"
    if does == "fifo":
        path.unlink()
        os.mkfifo(path)
    elif does == "link":
        path.unlink()
        path.symlink_to("/dev/zero")
    elif does == "folder":
        path.with_name("linked").symlink_to(work.folder)
    elif does == "empty":
        (path.parent / dice.choice(["empty", "attachments", ".hidden"])).mkdir(exist_ok=True)
    elif does == "ledger":
        (work.folder / "ledgers" / dice.choice(["2", work.handed.ledger.upper()])).mkdir()
    else:
        name = dice.choice([b".hidden", b"notes", b"notes", b"a b", b"\xff\n"])
        folder = dice.choice([path.parent, work.folder / "ledgers"])
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
        if name == b"notes":
            work.relist()
