"""Files that tasks make: packed, and kept under the hash of their bytes, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)


def packed(folder: Path, place: Path) -> None:
    """Write a folder as a zip; the same files give the same bytes, whenever it is done."""
    files = {path.relative_to(folder.parent).as_posix(): path for path in folder.rglob("*")}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            if not path.is_file():
                continue
            info = zipfile.ZipInfo(name, EARLIEST)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def pack_whole(folder: Path, place: Path, mode: int) -> None:
    """Write a folder as a zip with a mode, which appears whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as room:
        draft = Path(room) / place.name
        draft.touch(mode=mode)
        packed(folder, draft)
        draft.rename(place)


def keep(folder: Path, suffix: str, write: Callable[[Path], object]) -> str:
    """Have a file written, keep it under the hash of its bytes with a suffix; return the hash."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{os.getpid()}.{os.urandom(8).hex()}"
    try:
        draft.touch(mode=0o600, exist_ok=False)
        write(draft)
        with draft.open("rb") as file:
            name = file_digest(file, "sha256").hexdigest()
        draft.replace(folder / f"{name}{suffix}")
    finally:
        draft.unlink(missing_ok=True)
    return name
