"""A witness for tests, small and strict: https://c2sp.org/tlog-witness, written from the text."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.journal.seal import Edge, SealError, verify_consistency
from domain.journal.verify import COSIGNATURE, NUMBER, Checkpoint, Key, Note, Unsound, key_id
from tests.authority import served

MOST_LINES = 63
Reply = tuple[int, str, bytes]
"""Status, type, body."""


class Head(NamedTuple):
    """What was cosigned last of an origin."""

    size: int
    root: bytes


NOTHING = Head(0, Edge().root())


class Answered(Exception):
    """The request ends here, with this status."""

    def __init__(self, status: int, kind: str = "text/plain", body: bytes = b"") -> None:
        super().__init__(status)
        self.reply: Reply = (status, kind, body)


@dataclass
class SmallWitness:
    """Knows the logs that it was told of, and of each origin the last head that it cosigned."""

    name: str
    seed: int
    logs: list[Key]
    knows: Callable[[str], bool] = lambda origin: True
    url: str = ""
    gone: bool = False
    heads: dict[str, Head] = field(default_factory=dict)
    cosigned: list[Checkpoint] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    alters: Callable[[bytes], bytes] = bytes
    """What becomes of a cosignature on its way."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def line(self) -> str:
        """Its line in a policy."""
        public = base64.b64encode(self._typed).decode()
        return f"witness {self.name} {self.name}+{self._id.hex()}+{public} {self.url}\n"

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer a submission."""
        with self.lock:
            try:
                reply = 200, "text/plain", self.alters(self._cosigned(body))
            except Answered as answered:
                reply = answered.reply
            self.replies.append(reply[0])
            return reply

    def _cosigned(self, body: bytes) -> bytes:
        old, proof, note = _read(body)
        try:
            read = Note.read(note)
            new = Checkpoint.read(read)
        except Unsound:
            raise Answered(400) from None
        keys = [key for key in self.logs if new.is_of(key)]
        if not keys or not self.knows(new.origin):
            raise Answered(404)
        if not _signed(read, keys):
            raise Answered(403)
        if old > new.size:
            raise Answered(400)
        last = self.heads.get(new.origin, NOTHING)
        if old != last.size or (old == new.size and last.root != new.root):
            raise Answered(409, "text/x.tlog.size", b"%d\n" % last.size)
        _check(last, new, proof)
        self.heads[new.origin] = Head(new.size, new.root)
        self.cosigned.append(new)
        return self._line(read.text)

    def _line(self, text: bytes, moment: int = 1_767_225_600) -> bytes:
        signature = self._private.sign(b"cosignature/v1\ntime %d\n" % moment + text)
        stamped = self._id + moment.to_bytes(8, "big") + signature
        return f"\u2014 {self.name} {base64.b64encode(stamped).decode()}\n".encode()

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.seed] * 32))

    @property
    def _typed(self) -> bytes:
        return bytes([COSIGNATURE]) + self._private.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return key_id(self.name, self._typed)


def _read(body: bytes) -> tuple[int, list[bytes], bytes]:
    head, blank, note = body.partition(b"\n\n")
    first, *lines = head.decode("ascii", "replace").split("\n")
    old = first.removeprefix("old ")
    if not blank or first == old or not NUMBER.fullmatch(old) or len(lines) > MOST_LINES:
        raise Answered(400)
    try:
        return int(old), [base64.b64decode(line, validate=True) for line in lines], note
    except ValueError:
        raise Answered(400) from None


def _signed(note: Note, keys: list[Key]) -> bool:
    try:
        return bool(note.signers(keys))
    except Unsound:
        return False


def _check(last: Head, new: Checkpoint, proof: list[bytes]) -> None:
    try:
        if last.size:
            verify_consistency(last.size, new.size, last.root, new.root, proof)
    except SealError:
        raise Answered(422) from None
    if not last.size and (proof or (not new.size and new.root != last.root)):
        raise Answered(422)


@contextmanager
def watching(witness: SmallWitness) -> Iterator[SmallWitness]:
    """Let it answer over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known = self.path == "/w/add-checkpoint"
            reply = witness.add_checkpoint(body) if known and not witness.gone else (503, "", b"")
            status, kind, content = reply
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with served(Handler) as url:
        witness.url = f"{url}/w"
        yield witness
