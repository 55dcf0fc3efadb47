"""Signing what leaves the house: C2SP signed notes, under Ed25519 keys that have names.

What is signed here is checked by `verify`, which knows nothing of this module.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.journal.verify import HASH, SIGNATURE, Unsound, decoded, key_id

PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True)
class SigningKey:
    """A named Ed25519 key; `seed` is its 32 secret bytes (RFC 8032)."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def read(cls, text: str) -> SigningKey:
        """Read a key as `secret` writes it. Raises `Unsound`."""
        name, _, rest = text.removeprefix(PREFIX).partition("+")
        id_text, _, encoded = rest.partition("+")
        typed = decoded(encoded)
        whole = text.startswith(PREFIX) and len(typed) == 1 + HASH
        if not whole or not name or typed[0] != SIGNATURE:
            raise Unsound("not a signing key")
        key = cls(name, typed[1:])
        if key.id.hex() != id_text:
            raise Unsound("a damaged signing key: it is not the one that its id names")
        return key

    @property
    def secret(self) -> str:
        """The key as it is kept: `PRIVATE+KEY+name+id+base64`, as note-signing tools write it."""
        return f"{PREFIX}{self.name}+{self.id.hex()}+{_typed(self.seed)}"

    @property
    def public(self) -> bytes:
        """The 32 public bytes."""
        return self._private().public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        """The four bytes that notes know the key by."""
        return key_id(self.name, bytes([SIGNATURE]) + self.public)

    @property
    def verifier(self) -> str:
        """The public key as a policy names it: `name+id+base64`."""
        return f"{self.name}+{self.id.hex()}+{_typed(self.public)}"

    def line(self, text: bytes) -> bytes:
        """Sign a text and return the signature's line."""
        signature = base64.b64encode(self.id + self._private().sign(text)).decode()
        return f"\u2014 {self.name} {signature}\n".encode()

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def signed(text: bytes, keys: Sequence[SigningKey]) -> bytes:
    """Return a text, which ends in a line break, as a note signed by every key in order."""
    return text + b"\n" + b"".join(key.line(text) for key in keys)


def checkpoint(origin: str, size: int, root: bytes, keys: Sequence[SigningKey]) -> bytes:
    """Return the signed checkpoint of a ledger of `size` entries (C2SP tlog-checkpoint)."""
    return signed(f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode(), keys)


def _typed(raw: bytes) -> str:
    return base64.b64encode(bytes([SIGNATURE]) + raw).decode()
