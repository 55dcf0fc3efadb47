"""Where attachments' bytes lie: under their own hash, written once, checked whenever read.

The port is `AttachmentStore`; a local folder is the implementation for one machine. What the
hash names can be nothing else: a file that was altered on the disk is found out when it is read,
and is never handed on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from domain.journal.durable import sync_folder
from domain.refusals import NotFound, ShiluError, refusal
from domain.stored_bytes import BAD_HASH, EMPTY, MEBIBYTE, SHA256, TOO_LARGE

NOT_STORED = refusal("attachment.not_stored", NotFound)
DAMAGED = refusal("attachment.damaged", ShiluError)


class StoredBytes(msgspec.Struct, frozen=True, kw_only=True):
    """What was stored: the hash by which it is found again, and how many bytes it has."""

    sha256: str
    size: int


class AttachmentStore(Protocol):
    """Keeps bytes by the SHA-256 of them, for ever."""

    def put(self, chunks: Iterable[bytes]) -> StoredBytes:
        """Store bytes and return their hash; storing the same again changes nothing.

        When this returns they survive a power cut. Raises `attachment.too_large`,
        `attachment.empty`, and `attachment.damaged` where the hash names other bytes already.
        """
        ...

    def size(self, digest: str) -> int:
        """Return how many bytes are stored under a hash; raises `attachment.not_stored`."""
        ...

    def read(self, digest: str) -> bytes:
        """Return the bytes of a hash.

        Raises `attachment.not_stored`, and `attachment.damaged` where they are not those of it.
        """
        ...


class FolderStore:
    """Attachments in a local folder: `ab/cd/abcd…`, readable by this user alone."""

    def __init__(self, folder: Path, limit: int = 25 * MEBIBYTE) -> None:
        self.folder = folder
        self.limit = limit
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, chunks: Iterable[bytes]) -> StoredBytes:
        """Write to a file beside the others, then give it its name in one step."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".arriving-")
        arriving = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                stored = self._write(file, chunks)
            self._name(arriving, stored.sha256)
        finally:
            arriving.unlink(missing_ok=True)
        return stored

    def size(self, digest: str) -> int:
        """Return how many bytes are stored under a hash."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            raise NOT_STORED("sha256") from None

    def read(self, digest: str) -> bytes:
        """Return the bytes of a hash, checked."""
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise NOT_STORED("sha256") from None
        if sha256(content).hexdigest() != digest:
            raise DAMAGED("sha256")
        return content

    def stored(self) -> Iterator[str]:
        """Yield the hash of every file, in order."""
        for path in sorted(self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*")):
            yield path.name

    def _write(self, file: BinaryIO, chunks: Iterable[bytes]) -> StoredBytes:
        hashed, size = sha256(), 0
        for chunk in chunks:
            size += len(chunk)
            if size > self.limit:
                raise TOO_LARGE("size", limit=self.limit // MEBIBYTE)
            hashed.update(chunk)
            file.write(chunk)
        if size == 0:
            raise EMPTY("size")
        file.flush()
        os.fsync(file.fileno())
        return StoredBytes(sha256=hashed.hexdigest(), size=size)

    def _name(self, arriving: Path, digest: str) -> None:
        path = self._path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # A link fails where there is a file, in one step: nothing is ever overwritten.
            path.hardlink_to(arriving)
        except FileExistsError:
            self.read(digest)
            return
        for folder in (path.parent, path.parent.parent, self.folder):
            sync_folder(folder)

    def _path(self, digest: str) -> Path:
        if SHA256.fullmatch(digest) is None:
            raise BAD_HASH("sha256")
        return self.folder / digest[:2] / digest[2:4] / digest
