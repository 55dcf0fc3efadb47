"""Encryption of personal fields, so that destroying one key erases a person from an immutable log.

Every field is AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF-SHA256 (RFC 5869) from the
person's key, the nonce and what the field is bound to. GCM alone does not commit to its key: bytes
can be made that open under two keys, as two different texts. So the derivation also gives a
commitment, which stands in front and is compared before anything is decrypted.

Sealed bytes, version 1: 0x01 || commitment (32) || nonce (12) || ciphertext || tag (16).
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE: Final = 32

_VERSION: Final = b"\x01"
_COMMITMENT_END: Final = 1 + 32
_NONCE_END: Final = _COMMITMENT_END + 12
_TAG_SIZE: Final = 16
_BLOCK: Final = 32


class CannotOpen(Exception):
    """These bytes were not sealed under this key for this place, or were altered since.

    Which of these it was is not told: to somebody who tries keys or bytes, it would be an oracle.
    """

    code: Final = "cannot-open"


@dataclass(frozen=True, slots=True)
class Binding:
    """The one place where a sealed field may stand; moved anywhere else it does not open.

    `field` is the path of the field in its event (`"details.name"`), `purpose` what the person's
    key is kept for.
    """

    event_id: UUID
    field: str
    person: UUID
    purpose: str

    def to_bytes(self) -> bytes:
        """The canonical bytes: every part behind its length, so no two bindings run together."""
        return _joined(
            b"shilu field 1",
            self.event_id.bytes,
            self.field.encode(),
            self.person.bytes,
            self.purpose.encode(),
        )


def new_key() -> bytes:
    """A random person key."""
    return secrets.token_bytes(KEY_SIZE)


def seal(key: bytes, plaintext: bytes, binding: Binding) -> bytes:
    """Encrypt a field for one place, under a fresh random 96-bit nonce.

    The log keeps the sealed bytes for ever, past any erasure, so the plaintext is padded to a
    multiple of 32 bytes: a length would tell a short diagnosis from a long one.

    Raises ValueError for a key that is not 32 bytes.
    """
    return _encrypt(key, _padded(plaintext), binding.to_bytes())


def open_sealed(key: bytes, sealed: bytes, binding: Binding) -> bytes:
    """The plaintext of what `seal` gave for the same key and place.

    Raises `CannotOpen`; ValueError for a key that is not 32 bytes.
    """
    return _unpadded(_decrypt(key, sealed, binding.to_bytes()))


def wrap(master_key: bytes, person_key: bytes, person: UUID, purpose: str) -> bytes:
    """A person's key encrypted under the master key, in the form of a sealed field but unpadded.

    Raises ValueError for a key that is not 32 bytes.
    """
    _require_key(person_key)
    return _encrypt(master_key, person_key, _wrapping(person, purpose))


def unwrap(master_key: bytes, wrapped: bytes, person: UUID, purpose: str) -> bytes:
    """The person's key from what `wrap` gave for the same person and purpose.

    Raises `CannotOpen`; ValueError for a master key that is not 32 bytes.
    """
    return _decrypt(master_key, wrapped, _wrapping(person, purpose))


def digest(master_key: bytes, purpose: str, value: bytes) -> bytes:
    """A keyed digest (HMAC-SHA256, 32 bytes) by which an exact value can be found again.

    Equal values under one purpose have equal digests, so the value must be normalised first. Few
    ID numbers are possible: whoever holds the master key can try them all, so the digest of one is
    personal data itself. For free text see `domain.fingerprint`.

    Raises ValueError for a master key that is not 32 bytes.
    """
    _require_key(master_key)
    search_key = _hkdf(master_key, b"", b"shilu digest 1", KEY_SIZE)
    return hmac.digest(search_key, _joined(purpose.encode(), value), sha256)


def asking_key(master_key: bytes) -> bytes:
    """The key under which it is kept what each command asked for, and nothing else is.

    Raises ValueError for a master key that is not 32 bytes.
    """
    _require_key(master_key)
    return _hkdf(master_key, b"", b"shilu command 1", KEY_SIZE)


def _encrypt(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_END - _COMMITMENT_END)
    encryption_key, commitment = _derived(key, nonce, context)
    ciphertext = AESGCM(encryption_key).encrypt(nonce, plaintext, context)
    return _VERSION + commitment + nonce + ciphertext


def _decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    if sealed[:1] != _VERSION or len(sealed) < _NONCE_END + _TAG_SIZE:
        raise CannotOpen("not bytes that were sealed here")
    nonce = sealed[_COMMITMENT_END:_NONCE_END]
    encryption_key, commitment = _derived(key, nonce, context)
    if not hmac.compare_digest(commitment, sealed[1:_COMMITMENT_END]):
        raise CannotOpen("sealed under another key, for another place, or altered")
    try:
        return AESGCM(encryption_key).decrypt(nonce, sealed[_NONCE_END:], context)
    except InvalidTag:
        raise CannotOpen("sealed under another key, for another place, or altered") from None


def _derived(key: bytes, nonce: bytes, context: bytes) -> tuple[bytes, bytes]:
    """The encryption key and the commitment to it: both halves of one HKDF output."""
    _require_key(key)
    derived = _hkdf(key, nonce, context, 2 * KEY_SIZE)
    return derived[:KEY_SIZE], derived[KEY_SIZE:]


def _hkdf(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def _wrapping(person: UUID, purpose: str) -> bytes:
    return _joined(b"shilu person key 1", person.bytes, purpose.encode())


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _padded(plaintext: bytes) -> bytes:
    """Plaintext, 0x80, then zeros up to a whole block (ISO/IEC 7816-4)."""
    marked = plaintext + b"\x80"
    return marked + bytes(-len(marked) % _BLOCK)


def _unpadded(padded: bytes) -> bytes:
    # What gets here has been authenticated: a missing mark means it was sealed without padding.
    plaintext, mark, _ = padded.rpartition(b"\x80")
    if not mark:
        raise CannotOpen("not bytes that were sealed here")
    return plaintext


def _require_key(key: bytes) -> None:
    if len(key) != KEY_SIZE:
        raise ValueError(f"a key has {KEY_SIZE} bytes, not {len(key)}")
