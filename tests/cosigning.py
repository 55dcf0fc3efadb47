"""A witness that cosigns as the standard says, written out a second time."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.journal.verify import COSIGNATURE, key_id


class Witness:
    """Cosigns as C2SP tlog-cosignature says, written out here a second time."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.typed = bytes([COSIGNATURE]) + self.private.public_key().public_bytes_raw()
        id, public = key_id(name, self.typed).hex(), base64.b64encode(self.typed).decode()
        self.line = f"witness {name} {name}+{id}+{public}\n"

    def cosign(self, note: bytes, moment: int = 1_700_000_000) -> bytes:
        body = note.rpartition(b"\n\n")[0] + b"\n"
        signature = self.private.sign(b"cosignature/v1\ntime %d\n" % moment + body)
        stamped = key_id(self.name, self.typed) + moment.to_bytes(8, "big") + signature
        return note + f"\u2014 {self.name} {base64.b64encode(stamped).decode()}\n".encode()
