"""The keys that sign checkpoints and bundles: made at first start, changed with an overlap.

They lie beside the master key, outside the database, one file each, `0001.key` and so on, readable
by their owner alone. Every key that is not retired signs, so that whoever knows only the old one
or only the new one can check what is signed while a change is under way.
"""

from __future__ import annotations

import secrets
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from domain.journal.durable import sync_folder, write_once
from domain.journal.installation import InstallationError
from domain.journal.note import SigningKey
from domain.journal.verify import HASH, SIGNATURE, Key, Unsound

RETIRED = ".retired"


class SigningKeysError(InstallationError):
    """The signing keys cannot be used, or not in the way that was asked for."""


@dataclass(frozen=True)
class KeyRing:
    """The keys in use, oldest first, and the verifier keys of those that sign no longer.

    What these signed still counts, so policies go on naming them.
    """

    keys: tuple[SigningKey, ...]
    retired: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of this installation's log, which every origin begins with; it never changes."""
        return self.keys[0].name

    def policy(self) -> str:
        """Return a policy that trusts exactly these keys and asks for no witness (tlog-policy)."""
        verifiers = (*self.retired, *(key.verifier for key in self.keys))
        return "\n".join([*(f"log {each}" for each in verifiers), "quorum none", ""])


def load_or_create(folder: Path) -> KeyRing:
    """Return the keys in this folder; where there are none yet, make the first.

    Of several processes that start at once, one makes the key and all load it. Raises
    `SigningKeysError`; OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _files(folder):
        _write(folder, 1, None)
    return load(folder)


def are_in(folder: Path) -> bool:
    """Say whether there are keys in this folder, sound or not."""
    return bool(_files(folder))


def load(folder: Path) -> KeyRing:
    """Return the keys in this folder. Raises `SigningKeysError`; OSError."""
    files = _files(folder)
    keys = tuple(_read(path) for path in files if path.suffix != RETIRED)
    living = {key.verifier for key in keys}
    # Who was stopped between writing down the one and destroying the other has left both.
    stated = (_verifier(path) for path in files if path.suffix == RETIRED)
    retired = tuple(each for each in stated if each not in living)
    if not keys:
        raise SigningKeysError("signing_keys.none", path=folder)
    if len({key.name for key in keys}) != 1:
        raise SigningKeysError("signing_keys.of_different_logs", path=folder)
    return KeyRing(keys, retired)


def rotate(folder: Path) -> KeyRing:
    """Add a new key of the same name; the old ones go on signing until they are retired."""
    ring = load(folder)
    newest = max(int(path.name[:4]) for path in _files(folder))
    _write(folder, newest + 1, ring.name)
    return load(folder)


def retire(folder: Path) -> KeyRing:
    """Destroy all keys but the newest, keeping what verifies them.

    Raises `SigningKeysError` where the newest is the only one.
    """
    living = [path for path in _files(folder) if path.suffix != RETIRED]
    if len(living) < 2:
        raise SigningKeysError("signing_keys.only_one")
    for path in living[:-1]:
        retired = path.with_name(path.name + RETIRED)
        write_once(retired, f"{_read(path).verifier}\n".encode())
        path.unlink()
        sync_folder(folder)
    return load(folder)


def _files(folder: Path) -> list[Path]:
    number = "[0-9]" * 4
    return sorted([*folder.glob(f"{number}.key"), *folder.glob(f"{number}.key{RETIRED}")])


def _write(folder: Path, number: int, name: str | None) -> None:
    """Write a new key, unless another process was first; the first one gives the log its name."""
    seed = secrets.token_bytes(HASH)
    unnamed = SigningKey("shilu", seed)
    key = SigningKey(name or f"shilu/{sha256(unnamed.public).hexdigest()[:16]}", seed)
    write_once(folder / f"{number:04d}.key", f"{key.secret}\n".encode())


def _read(path: Path) -> SigningKey:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SigningKeysError("signing_keys.exposed", path=path, mode=f"{mode:04o}")
        return SigningKey.read(path.read_text("ascii").removesuffix("\n"))
    except (Unsound, UnicodeDecodeError):
        raise SigningKeysError("signing_keys.damaged", path=path) from None
    except OSError as error:
        raise SigningKeysError("signing_keys.unreadable", path=path, why=error.strerror) from None


def _verifier(path: Path) -> str:
    """Return a retired key's public part: policies show it, so it must be nothing else."""
    try:
        text = path.read_text("ascii").removesuffix("\n")
        Key.read(text, SIGNATURE)
    except (Unsound, UnicodeDecodeError):
        raise SigningKeysError("signing_keys.not_public", path=path) from None
    except OSError as error:
        raise SigningKeysError("signing_keys.unreadable", path=path, why=error.strerror) from None
    return text
