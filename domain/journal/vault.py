"""Where person keys are kept and destroyed: the one place that can make a person unreadable.

The journal never forgets, so personal fields stand in it encrypted (see cipher.py), and the key of
a person is the only thing that can be forgotten. Keys lie in PostgreSQL, wrapped by a master key
that lies outside it, so that neither the database nor a copy of it can be read by itself.

    VaultError
    ├── PersonErased        a field was to be sealed for a person who has been erased
    ├── UnknownKey          a field is to be opened whose key was never here
    └── OtherOperator       the person's keys belong to another operator
    InstallationError
    └── MasterKeyError      missing, exposed, damaged, or kept in the database's own folder
"""

import base64
import binascii
import enum
import hmac
import os
import re
import secrets
import stat
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import ClassVar, Final, Self
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.journal import cipher
from domain.journal.durable import write_once
from domain.journal.installation import InstallationError

FINGERPRINT_SIZE: Final = 33
_FINGERPRINT_VERSION: Final = b"\x01"


class VaultError(Exception):
    """Personal data could not be sealed or opened; `code` names the reason and stays stable."""

    code: ClassVar[str]


class PersonErased(VaultError):
    """Nothing more may be written down about a person who has been erased."""

    code = "person-erased"


class UnknownKey(VaultError):
    """There is no such key and never was, which is a fault and never the same as erased."""

    code = "unknown-key"


class OtherOperator(VaultError):
    """The keys of this person belong to another operator."""

    code = "other-operator"


class MasterKeyError(InstallationError):
    """The master key cannot be used; nothing may start without it."""


class Erased(enum.Enum):
    """What a field reads as once the key of its person has been destroyed."""

    ERASED = "erased"


ERASED: Final = Erased.ERASED


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The key that wraps all person keys: 32 random bytes, in a file of the owner's alone.

    The file is two lines of ASCII: `shilu master key ID`, where ID is 16 hex digits reckoned from
    the key, and the key as 64 hex digits.
    """

    secret: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """A name for the key that tells nothing of it; it also shows when a file was damaged."""
        return hmac.digest(self.secret, b"shilu master key id", sha256)[:8].hex()

    @classmethod
    def load_or_create(cls, path: Path, may_create: bool) -> Self:
        """The key of this file; a new one where there is none yet and one `may_create` it.

        Pass `may_create` only while the journal is empty: once there are events, a new key would
        open nothing in them. The directory must exist. Of several processes that start at once,
        one makes the key and all load it.

        Raises `MasterKeyError`; OSError.
        """
        if not path.exists():
            if not may_create:
                raise MasterKeyError("master_key.missing", path=path)
            _write_new(path, cls(secrets.token_bytes(cipher.KEY_SIZE)))
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key of this file. Raises `MasterKeyError`; OSError."""
        _require_outside_database(path)
        with path.open("rb") as key_file:
            mode = stat.S_IMODE(os.fstat(key_file.fileno()).st_mode)
            if mode & 0o077:
                raise MasterKeyError("master_key.exposed", path=path, mode=f"{mode:04o}")
            written = key_file.read(1024)
        found = re.fullmatch(rb"shilu master key ([0-9a-f]{16})\n([0-9a-f]{64})\n", written)
        key = cls(bytes.fromhex(found[2].decode())) if found else None
        if not found or not key or key.key_id != found[1].decode():
            raise MasterKeyError("master_key.damaged", path=path)
        return key


class Vault:
    """Seals and opens personal fields under keys of one person and purpose each; thread-safe.

    A key that has been destroyed anywhere is dead everywhere at once: the row is read each time,
    and only the unwrapping of exactly what it holds is remembered (for `cache_size` keys).

    An id that is no UUID is a ValueError everywhere.
    """

    def __init__(
        self, pool: ConnectionPool[Connection[TupleRow]], master: MasterKey, cache_size: int = 1024
    ) -> None:
        self._pool = pool
        self._master = master
        self._asking_key = cipher.asking_key(master.secret)
        self._unwrapped = _Unwrapped(cache_size)

    def seal(
        self, person: Id, purpose: str, operator: Id, text: str, event_id: Id, field: str
    ) -> str:
        """The text sealed for this field of this event, as base64url without padding.

        The first use of a person and purpose makes their key, which is committed before this
        returns: no event can ever name a key that was lost.

        Raises `PersonErased`, `OtherOperator`; ValueError for an empty purpose.
        """
        _require_purpose(purpose)
        binding = cipher.Binding(UUID(event_id), field, UUID(person), purpose)
        wrapped = self._wrapped_for_sealing(binding.person, purpose, UUID(operator))
        key = self._key(binding.person, purpose, wrapped)
        return _to_base64url(cipher.seal(key, text.encode(), binding))

    def try_seal(
        self, person: Id, purpose: str, operator: Id, text: str, event_id: Id, field: str
    ) -> str:
        """As `seal`, but under a key that is thrown away: it is refused what `seal` is refused,
        comes out as long, makes no key, and nobody can open it.
        """
        _require_purpose(purpose)
        binding = cipher.Binding(UUID(event_id), field, UUID(person), purpose)
        with self._pool.connection() as connection:
            _living_keys_of(connection, binding.person, UUID(operator))
        return _to_base64url(cipher.seal(cipher.new_key(), text.encode(), binding))

    def open(self, person: Id, purpose: str, sealed: str, event_id: Id, field: str) -> str | Erased:
        """The text of what `seal` gave, or `ERASED` where the person's key has been destroyed.

        Raises `UnknownKey`, `cipher.CannotOpen`; ValueError for an empty purpose.
        """
        _require_purpose(purpose)
        binding = cipher.Binding(UUID(event_id), field, UUID(person), purpose)
        with self._pool.connection() as connection:
            place = {"person": binding.person, "purpose": purpose}
            row = connection.execute(_SQL["find_key"], place).fetchone()
        if row is None:
            raise UnknownKey(f"there is no {purpose} key of person {person}")
        wrapped: bytes | None = row[0]
        if wrapped is None:
            self._unwrapped.drop(binding.person)
            return ERASED
        key = self._key(binding.person, purpose, wrapped)
        return cipher.open_sealed(key, _from_base64url(sealed), binding).decode()

    def destroy(self, person: Id, at: datetime, event_id: Id, operator: Id) -> None:
        """Destroy all keys of a person for ever and leave tombstones, whatever keys there were.

        `event_id` is the event that asked for it. May be repeated: the first time and the first
        request stay written. A person without any key is buried too, or something sent late by
        an offline device would make one.

        Raises `OtherOperator`; ValueError for a time without a zone.
        """
        if at.tzinfo is None:
            raise ValueError("the time of a destruction needs a zone")
        erased, owner = UUID(person), UUID(operator)
        request = {"person": erased, "operator": owner, "at": at, "event_id": UUID(event_id)}
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(_SQL["lock_person"], request)
            _keys_of(connection, erased, owner)
            connection.execute(_SQL["destroy_keys"], request)
            connection.execute(_SQL["bury_person"], request)
        self._unwrapped.drop(erased)

    def erased(self, persons: Collection[Id]) -> frozenset[Id]:
        """Return those of some persons who have been erased."""
        if not persons:
            return frozenset()
        asked = {"persons": [UUID(each) for each in persons]}
        with self._pool.connection() as connection:
            rows = connection.execute(_SQL["find_erased"], asked).fetchall()
        return frozenset(str(person) for (person,) in rows)

    def digest(self, value: str, purpose: str = "id-number") -> str:
        """A keyed digest in hex, by which an exact, already normalised value is found again.

        It is personal data and outlives the person's key: see `cipher.digest`.
        """
        return cipher.digest(self._master.secret, purpose, value.encode()).hex()

    def fingerprint(self, asked: bytes) -> bytes:
        """A keyed hash (33 bytes) of what a command asked for, the words to be sealed among it.

        It stands in the database past any erasure, by which a command that is sent again is known.
        Words can be short: of a plain hash, whoever reads the database could test every guess. The
        first byte is its version, so that no plain hash is as long: see `rekeying`.
        """
        return _FINGERPRINT_VERSION + hmac.digest(self._asking_key, asked, sha256)

    def _wrapped_for_sealing(self, person: UUID, purpose: str, operator: UUID) -> bytes:
        """The wrapped key of a living person, made here if this is its first use."""
        with self._pool.connection() as connection:
            keys = _living_keys_of(connection, person, operator)
            if purpose not in keys:
                self._make_key(connection, person, purpose, operator)
                keys = _living_keys_of(connection, person, operator)
        return keys[purpose]

    def _make_key(
        self, connection: Connection[TupleRow], person: UUID, purpose: str, operator: UUID
    ) -> None:
        """Keep a new key, unless another writer was first or the person has been buried."""
        wrapped = cipher.wrap(self._master.secret, cipher.new_key(), person, purpose)
        row = {"person": person, "purpose": purpose, "operator": operator, "wrapped": wrapped}
        with connection.transaction():
            connection.execute(_SQL["lock_person"], row)
            _living_keys_of(connection, person, operator)
            connection.execute(_SQL["keep_key"], row)

    def _key(self, person: UUID, purpose: str, wrapped: bytes) -> bytes:
        key = self._unwrapped.get(person, purpose, wrapped)
        if key is None:
            key = cipher.unwrap(self._master.secret, wrapped, person, purpose)
            self._unwrapped.put(person, purpose, wrapped, key)
        return key


class _Unwrapped:
    """The keys unwrapped last, each good only for the wrapped bytes that it came out of."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[UUID, str], tuple[bytes, bytes]] = OrderedDict()

    def get(self, person: UUID, purpose: str, wrapped: bytes) -> bytes | None:
        with self._lock:
            remembered, key = self._keys.get((person, purpose), (b"", b""))
            if remembered != wrapped:
                return None
            self._keys.move_to_end((person, purpose))
            return key

    def put(self, person: UUID, purpose: str, wrapped: bytes, key: bytes) -> None:
        with self._lock:
            self._keys[person, purpose] = wrapped, key
            self._keys.move_to_end((person, purpose))
            if len(self._keys) > self._size:
                self._keys.popitem(last=False)

    def drop(self, person: UUID) -> None:
        with self._lock:
            for place in [place for place in self._keys if place[0] == person]:
                del self._keys[place]


def _keys_of(
    connection: Connection[TupleRow], person: UUID, operator: UUID
) -> dict[str, bytes | None]:
    """The person's wrapped keys by purpose, None for destroyed ones. Raises `OtherOperator`."""
    rows = connection.execute(_SQL["find_person"], {"person": person}).fetchall()
    if any(owner != operator for _, owner, _ in rows):
        raise OtherOperator(f"person {person} does not belong to operator {operator}")
    return {purpose: wrapped for purpose, _, wrapped in rows}


def _living_keys_of(
    connection: Connection[TupleRow], person: UUID, operator: UUID
) -> dict[str, bytes]:
    """As `_keys_of`, for a person who has not been erased. Raises `PersonErased` for others."""
    living: dict[str, bytes] = {}
    for purpose, wrapped in _keys_of(connection, person, operator).items():
        if wrapped is None:
            raise PersonErased(f"person {person} has been erased")
        living[purpose] = wrapped
    return living


def _to_base64url(octets: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _from_base64url(sealed: str) -> bytes:
    """The bytes of base64url without padding, of which only the one canonical spelling counts."""
    try:
        octets = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except (binascii.Error, ValueError):
        raise cipher.CannotOpen("not bytes that were sealed here") from None
    if _to_base64url(octets) != sealed:
        raise cipher.CannotOpen("not bytes that were sealed here")
    return octets


def _require_purpose(purpose: str) -> None:
    if not purpose:
        raise ValueError("a key has a purpose; the empty one marks a person who has been erased")


def _write_new(path: Path, key: MasterKey) -> None:
    """Put the key on disk, and never in the place of another."""
    _require_outside_database(path)
    write_once(path, f"shilu master key {key.key_id}\n{key.secret.hex()}\n".encode())


def _require_outside_database(path: Path) -> None:
    """A key inside a PostgreSQL directory would be in every base backup, beside what it opens."""
    if any((parent / "PG_VERSION").exists() for parent in path.resolve().parents):
        raise MasterKeyError("master_key.in_database", path=path)


def _named_statements(text: str) -> Mapping[str, str]:
    """The statements of a file by the `-- name:` above each."""
    _, *parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


_SQL: Final = _named_statements(
    resources.files("domain.journal").joinpath("sql/vault.sql").read_text("utf-8")
)
