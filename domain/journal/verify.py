"""Prove that a bundle of records is whole and unaltered: docs/bundle-format.md, step by step.

This one file needs Python and `cryptography` and nothing else of ours: an evaluator can read it in
one sitting and run it with no network, `python verify.py BUNDLE POLICY`. It trusts nothing in the
bundle, only keys from elsewhere (C2SP signed-note, tlog-checkpoint, -cosignature, -policy).
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT: Final = "shilu.bundle/v1"
SIGNATURE, COSIGNATURE = 1, 4  # kinds of keys in C2SP signed-note and tlog-cosignature
HASH, LEAF_LIMIT, SHOWN, LARGEST = 32, 65_535, 20, 1 << 24
AT = slice(7, 34)  # where the commit time stands in an entry
NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
FILE = re.compile(rf"file ([0-9a-f]{{64}}) ({NUMBER.pattern}) ({PATH.pattern})")
ENTRY = re.compile(rb'\{"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","event":\{')
RUN = re.compile(rb"([1-9][0-9]{0,17}) ([1-9][0-9]{0,17})\n")
ORIGIN = re.compile(".+/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(/[1-9][0-9]{0,17})?")
UNPLAIN = re.compile("[\x00-\x09\x0b-\x1f\udc80-\udcff]")  # controls, and bytes that are no UTF-8
Listed = dict[str, tuple[str, int]]  # path → SHA-256 and size, as the manifest has them
WHOLE = re.compile("MANIFEST|bundle[.]json|ledgers/[^/]+/(checkpoint|[^/]+s/[^/]+)")  # read at once
DECLARED = re.compile(rb'"sha256":"([0-9a-f]{64})"')
GRAVEST = ("entries", "entry", "history", "checkpoint", "since", "timestamp", "positions",
           "attachment", "manifest", "bundle", "folder", "file")  # fmt: skip


class Unsound(Exception):
    """A key, a note, a policy or a proof that does not hold; its words say why, in English."""


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold: a stable code, the ledger, the entry (from 1), details."""

    code: str
    ledger: str | None = None
    entry: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What was found: no `findings` means that all holds; `remarks` need no action."""

    findings: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    ledgers: list[dict[str, Any]] = field(default_factory=list)

    def add(self, code: str, ledger: str | None = None, **details: Any) -> None:
        """Note something that does not hold, in a ledger or in the whole bundle."""
        self.findings.append(Finding(code, ledger, None, details))


def gravest_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return first what was done to the records, and last the files that nobody listed."""
    named = sorted(findings, key=lambda each: each.code == "file.unlisted")
    return sorted(named, key=lambda each: GRAVEST.index(each.code.partition(".")[0]))


class Tree:
    """A tree (RFC 6962, 2.1) that grows by leaves and keeps the roots of its perfect subtrees."""

    def __init__(self) -> None:
        self.size, self.hashes = 0, list[bytes]()

    def append(self, grown: bytes) -> None:
        """Add a leaf's hash: as in a binary counter, every trailing 1 of the size carries."""
        carry, hashes = self.size, self.hashes
        while carry & 1:
            grown = sha256(b"\x01" + hashes.pop() + grown).digest()
            carry >>= 1
        hashes.append(grown)
        self.size += 1

    def root(self) -> bytes:
        """Return the Merkle tree hash; of no leaves, the hash of nothing."""
        *lefts, root = self.hashes or [sha256().digest()]
        for left in reversed(lefts):
            root = sha256(b"\x01" + left + root).digest()
        return root


@dataclass(frozen=True)
class Key:
    """A public key (C2SP signed-note): its name, its id of four bytes, its kind, its 32 bytes."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @classmethod
    def read(cls, text: str, kind: int) -> Key:
        """Read a verifier key, `name+id+base64`, of a kind. Raises `Unsound`."""
        found = re.fullmatch("([^\\s+\udc80-\udcff]+)\\+([0-9a-f]{8})\\+(.+)", text)
        typed = decoded(found[3]) if found else b""
        if not found or len(typed) != 1 + HASH or typed[0] != kind:
            raise Unsound("not a verifier key of this kind")
        key = cls(found[1], key_id(found[1], typed), kind, typed[1:])
        if key.id.hex() != found[2]:
            raise Unsound("the verifier key's id is not its own")
        return key

    def check(self, text: bytes, signature: bytes) -> None:
        """Raise `Unsound` where a note's text was not signed so with this key."""
        if self.kind == COSIGNATURE:
            text = b"cosignature/v1\ntime %d\n%s" % (int.from_bytes(signature[:8], "big"), text)
            signature = signature[8:] if signature[:1] < b"\x80" else b""  # a time has 63 bits
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            raise Unsound(f"the signature of {self.name} is not over this text") from None


def key_id(name: str, typed: bytes) -> bytes:
    """Return the four bytes that stand for a key; `typed` is its kind's byte and the key."""
    return sha256(name.encode() + b"\n" + typed).digest()[:4]


def decoded(text: str) -> bytes:
    """Read base64 in its one canonical form. Raises `Unsound`."""
    try:
        raw = base64.b64decode(text)
    except ValueError:
        raw = b""
    if base64.b64encode(raw).decode() != text:
        raise Unsound("not base64 in its canonical form")
    return raw


@dataclass(frozen=True)
class Note:
    """A text and the signatures below it, none of them checked yet: name, key id, signature."""

    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    @classmethod
    def read(cls, content: bytes) -> Note:
        """Split a signed note. Raises `Unsound` for anything that is not exactly one."""
        text, blank, below = content.rpartition(b"\n\n")
        if not blank or not text or not below.endswith(b"\n"):
            raise Unsound("not a signed note")
        if UNPLAIN.search(content.decode(errors="surrogateescape")):
            raise Unsound("a note that is not plain text in UTF-8")
        return cls(text + b"\n", tuple(map(_signature, below.decode()[:-1].split("\n"))))

    def signers(self, keys: Sequence[Key]) -> list[Key]:
        """Return which of these keys signed; raises `Unsound` where one of them did not truly."""
        known = {(key.name, key.id): key for key in keys}
        found = [(known[each[:2]], each[2]) for each in self.signatures if each[:2] in known]
        for key, signature in found:
            key.check(self.text, signature)
        return [key for key, _ in found]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    found = re.fullmatch("\u2014 ([^\\s+]+) (.+)", line)
    if not found or len(raw := decoded(found[2])) < 5:
        raise Unsound("not a signature line")
    return found[1], raw[:4], raw[4:]


@dataclass(frozen=True)
class Checkpoint:
    """A ledger's tree head (C2SP tlog-checkpoint): whose it is, how many entries, their root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, note: Note) -> Checkpoint:
        """Read a note's text as a checkpoint. Raises `Unsound`."""
        lines = note.text.decode()[:-1].split("\n")
        if len(lines) != 3 or not lines[0] or not NUMBER.fullmatch(lines[1]):
            raise Unsound("not a checkpoint")
        root = decoded(lines[2])
        if len(root) != HASH:
            raise Unsound("a root hash that is not 32 bytes long")
        return cls(lines[0], int(lines[1]), root)

    def is_of(self, key: Key) -> bool:
        """Say whether the ledger is one of the log that has this key."""
        return key.kind == SIGNATURE and f"{self.origin}/".startswith(f"{key.name}/")


@dataclass
class Policy:
    """Whom one trusts (C2SP tlog-policy): logs, and which witnesses must have seen their heads."""

    logs: list[Key] = field(default_factory=list)
    witnesses: dict[str, Key] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    @classmethod
    def read(cls, content: bytes) -> Policy:
        """Read a policy file. Raises `Unsound`, naming the line."""
        policy = cls()
        text = content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n")
        if re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
            raise Unsound("a policy with a control character")
        for number, line in enumerate(text.split("\n"), 1):
            words = re.findall("[^ \t]+", line)
            try:
                if words and not words[0].startswith("#"):
                    policy._take(words)
            except Unsound as error:
                raise Unsound(f"policy, line {number}: {error}") from None
        if not policy.quorum or not policy.logs:
            raise Unsound("a policy needs a log and a quorum")
        keys = [*policy.logs, *policy.witnesses.values()]
        if len({key.public for key in keys}) < len(keys):
            raise Unsound("a policy that names one public key twice")
        return policy

    def _take(self, words: list[str]) -> None:
        match words:
            case ["log", key] | ["log", key, _]:
                self.logs.append(Key.read(key, SIGNATURE))
            case ["witness", name, key] | ["witness", name, key, _] if self._is_new(name):
                self.witnesses[name] = Key.read(key, COSIGNATURE)
            case ["group", name, least, *members] if self._is_new(name):
                least = {"any": "1", "all": str(len(members))}.get(least, least)
                enough = NUMBER.fullmatch(least) and 1 <= int(least) <= len(members)
                grouped = sum((group for _, group in self.groups.values()), members)
                once = len({"none", *grouped}) > len(grouped)
                if not enough or not once or any(map(self._is_new, members)):
                    raise Unsound("a group that cannot be")
                self.groups[name] = int(least), members
            case ["quorum", name] if not self.quorum and (name == "none" or not self._is_new(name)):
                self.quorum = name
            case _:
                raise Unsound("not a line of a policy")

    def _is_new(self, name: str) -> bool:
        return name != "none" and name not in self.witnesses and name not in self.groups

    def reads(self, content: bytes) -> tuple[Checkpoint, list[Key]]:
        """Return a checkpoint, and who signed it if a log of its own did. Raises `Unsound`."""
        checkpoint = Checkpoint.read(note := Note.read(content))
        signers = note.signers([*self.logs, *self.witnesses.values()])
        return checkpoint, signers if any(map(checkpoint.is_of, signers)) else []

    def opens(self, content: bytes) -> Checkpoint:
        """Return a checkpoint that this policy trusts. Raises `Unsound`."""
        checkpoint, signers = self.reads(content)
        if not signers:
            raise Unsound("not signed by a log of the policy")
        if not self._reached(self.quorum, signers):
            raise Unsound(f"not seen by the witnesses that the policy asks for: {self.quorum}")
        return checkpoint

    def _reached(self, name: str, signers: list[Key]) -> bool:
        if name == "none" or name in self.witnesses:
            return name == "none" or self.witnesses[name] in signers
        least, members = self.groups[name]
        return sum(self._reached(member, signers) for member in members) >= least


def verify(folder: Path, policy: Policy, since: bytes | None = None) -> Report:
    """Check every file, signature and entry of a bundle, and that it continues an older checkpoint.

    `since` is a signed checkpoint kept from earlier. Raises `Unsound` where it does not count.
    """
    report = Report()
    held = None if since is None else policy.opens(since)
    found = found_in(folder, report)
    if report.findings:
        return report  # to read it might never end, or take all memory
    listed, trusted = _manifest(folder, policy, report)
    _files(folder, found, listed, report)
    origins = set()
    undeclared = {path[12:] for path in listed if path.startswith("attachments/")}
    for name in _ledgers(folder, report):
        if signed := Ledger(folder / "ledgers" / name, policy, report, undeclared).check(held):
            origins.add(signed.origin)
            if trusted and not any(map(signed.is_of, trusted)):
                report.add("manifest.untrusted", name)
    if held is not None and held.origin not in origins:
        report.add("since.elsewhere", origin=held.origin)
    for path, (digest, _) in listed.items():
        if path.startswith("attachments/") and (path[12:] != digest or digest in undeclared):
            swapped = path[12:] != digest
            report.add("attachment.swapped" if swapped else "attachment.undeclared", path=path)
    return report


def found_in(folder: Path, report: Report) -> list[Path]:
    """Return all that lies there; tell what cannot be read to its end, and what does not open."""
    unread, found = list[OSError](), list[Path]()
    for place, folders, files in os.walk(folder, onerror=unread.append):
        found += (Path(place, name) for name in folders + files)
    for error in unread:
        report.add("folder.unread", path=Path(error.filename).relative_to(folder).as_posix())
    for each, path in ((each, each.relative_to(folder).as_posix()) for each in found):
        if each.is_symlink() or not (each.is_file() or each.is_dir()):
            report.add("file.odd", path=path)
        elif WHOLE.fullmatch(path) and each.stat().st_size > LARGEST + 1024 * len(found):
            report.add("file.large", path=path)
    return found


def _manifest(folder: Path, policy: Policy, report: Report) -> tuple[Listed, list[Key]]:
    """Return what is listed, and which keys of the policy have signed it."""
    try:
        note = Note.read((folder / "MANIFEST").read_bytes())
        keys, listed = _listed(note)
        trusted = [key for key in note.signers(keys) if key in policy.logs]
    except (OSError, Unsound) as error:
        code = "manifest.missing" if isinstance(error, OSError) else "manifest.bad"
        report.add(code, why=str(error))
        return {}, []
    if not trusted:
        report.add("manifest.untrusted")
    return listed, trusted


def _listed(note: Note) -> tuple[list[Key], Listed]:
    """Read a manifest's keys and files."""
    first, *lines = note.text.decode()[:-1].split("\n")
    keys = [Key.read(line[4:], SIGNATURE) for line in lines if line.startswith("key ")]
    files = [FILE.fullmatch(line) for line in lines[len(keys) :]]
    found = [(each[3], (each[1], int(each[2]))) for each in files if each]
    if first != FORMAT or len(keys) + len(found) != len(lines):
        raise Unsound(f"not a manifest of {FORMAT}")
    if sorted({path for path, _ in found}) != [path for path, _ in found]:
        raise Unsound("its files are not each once and in order")
    # All of them, though the policy may know but one: so no byte of the signatures can change.
    if [(key.name, key.id) for key in keys] != [each[:2] for each in note.signatures]:
        raise Unsound("its signatures are not by the keys that it names")
    return keys, dict(found)


def _files(folder: Path, found: list[Path], listed: Listed, report: Report) -> None:
    """See to it that the files that are there are those that are listed, to the byte."""
    there = {path.relative_to(folder).as_posix() for path in found if path.is_file()}
    for path in sorted((there ^ listed.keys()) - {"MANIFEST"}):
        report.add("file.missing" if path in listed else "file.unlisted", path=path)
    for path in sorted(listed.keys() & there):
        with (folder / path).open("rb") as file:
            if (file_digest(file, "sha256").hexdigest(), file.tell()) != listed[path]:
                report.add("file.changed", path=path)


def _ledgers(folder: Path, report: Report) -> list[str]:
    """Return the ledgers that are there; they must be those that bundle.json names."""
    there = {path.name for path in folder.glob("ledgers/*") if path.is_dir()}
    try:
        text = (folder / "bundle.json").read_bytes().decode()
        said = json.loads(text, object_pairs_hook=each_once, parse_constant=int)  # no NaN
        listed = said["ledgers"] if said["format"] == FORMAT else []
        named = each_once([(str(each["ledger"]), each) for each in listed])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        named = {}
    for name in sorted(there ^ named.keys()) if there else ["ledgers"]:
        report.add("bundle.ledgers", name=name)
    return sorted(there)


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return what is named; of a name that stands twice, readers would take different ones."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


class Ledger:
    """One ledger of a bundle, read through once."""

    def __init__(self, folder: Path, policy: Policy, report: Report, undeclared: set[str]) -> None:
        self.folder, self.name, self.policy, self.report = folder, folder.name, policy, report
        self.undeclared, self.tree, self.until = undeclared, Tree(), b""
        self.add = partial(report.add, ledger=self.name)
        self.roots, self.heads = {0: self.tree.root()}, dict[str, Checkpoint]()

    def check(self, held: Checkpoint | None) -> Checkpoint | None:
        """Check it all and return its head, where that is signed as it must be."""
        self._checkpoints()
        signed = self.heads.pop("checkpoint", None)
        if held is not None and signed is not None and held.origin == signed.origin:
            self.heads["--since"] = held
        for name, read in (("entries.ndjson", self._read), ("positions", self._positions)):
            try:
                with (self.folder / name).open("rb") as file:
                    read(file)
            except OSError:
                self.add("file.missing", path=name)
        if signed is not None:
            self._compare(signed)
            if not signed.origin.endswith(self.name):  # it ends in an era's number
                anew = Finding("history.begun_anew", self.name, None, {"origin": signed.origin})
                self.report.remarks.append(anew)
        return signed

    def _checkpoints(self) -> None:
        """Find those that count: the newest, and earlier ones that a log of the policy signed."""
        stamped = (each for each in self.folder.glob("timestamps/*") if each.suffix != ".tsr")
        earlier = sorted(filter(Path.is_file, (*self.folder.glob("checkpoints/*"), *stamped)))
        for place in (self.folder / "checkpoint", *earlier):
            path = place.relative_to(self.folder).as_posix()
            try:
                content = place.read_bytes()
                read, signers = self.policy.reads(content)
                if path == "checkpoint":
                    self.policy.opens(content)
                elif not signers:
                    unknown = Finding("checkpoint.unknown", self.name, None, {"path": path})
                    self.report.remarks.append(unknown)
                    continue
            except (OSError, Unsound) as error:
                self.add("checkpoint.bad", path=path, why=getattr(error, "strerror", str(error)))
                continue
            named, first = ORIGIN.fullmatch(read.origin), next(iter(self.heads.values()), read)
            if named and named[1] == self.name and read.origin == first.origin:
                self.heads[path] = read
            else:
                self.add("checkpoint.bad", path=path, why=f"of another ledger: {read.origin}")

    def _read(self, file: BinaryIO) -> None:
        """Hash every entry into the tree, and see to their form."""
        append, last, odd = self.tree.append, b"", 0
        marks = {each.size for each in self.heads.values()}
        # A line that is too long is read in pieces: it is no entry, and memory has an end.
        for number, line in enumerate(iter(partial(file.readline, LEAF_LIMIT + 2), b""), 1):
            append(sha256(b"\x00" + line[:-1]).digest())
            formed = ENTRY.match(line) and line[-1:] == b"\n" and len(line) <= LEAF_LIMIT + 1
            if (not formed or line[AT] < last) and odd <= SHOWN:
                code = "entry.more" if odd == SHOWN else "entry.time" if formed else "entry.form"
                self.report.findings.append(Finding(code, self.name, number))
                odd += 1
            last = line[AT]
            if self.undeclared and b'"sha256":"' in line:
                self.undeclared.difference_update(map(bytes.decode, DECLARED.findall(line)))
            if number in marks:
                self.roots[number] = self.tree.root()
        self.until = last

    def _compare(self, signed: Checkpoint) -> None:
        size, root = self.tree.size, self.tree.root()
        if size != signed.size:
            self.add("checkpoint.size", size=signed.size, found=size)
        if root == signed.root:
            told = {"ledger": self.name, "origin": signed.origin, "entries": size}
            until = self.until.decode(errors="replace") or None  # when the last was written down
            self.report.ledgers.append({**told, "root": root.hex(), "until": until})
        else:
            sound = [one for one in self.heads.values() if self.roots.get(one.size) == one.root]
            first = max((one.size for one in sound), default=0) + 1
            self.add("entries.altered", first=first, last=signed.size)
        for path, older in self.heads.items():
            if older.size > signed.size:
                self.add("checkpoint.rolled_back", path=path, size=signed.size, older=older.size)
            elif self.roots.get(older.size) != older.root:
                self.add("history.rewritten", path=path, size=older.size)

    def _positions(self, file: BinaryIO) -> None:
        """Check that the entries' positions rise: runs of `first count`, a line each."""
        left, after = self.tree.size, 0
        for run in map(RUN.fullmatch, iter(partial(file.readline, 64), b"")):
            first, count = map(int, run.groups()) if run else (0, 0)
            left -= count if first > after else left + 1
            after = first + count
        if left:
            self.add("positions.bad")


def main(arguments: Sequence[str]) -> int:
    """Print what does not hold and what is remarked; return 0 only if all holds."""
    try:
        bundle, trusted, *since = map(Path, arguments)
        held = since[0].read_bytes() if since else None
        report = verify(bundle, Policy.read(trusted.read_bytes()), held)
    except (OSError, ValueError, Unsound) as error:
        sys.stderr.write(f"usage: verify.py BUNDLE POLICY [OLDER_CHECKPOINT] ({error})\n")
        return 2
    for each in gravest_first(report.findings) + report.remarks:
        sys.stdout.write(json.dumps(vars(each)) + "\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
