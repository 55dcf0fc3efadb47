"""What is packed appears whole or not at all."""

from __future__ import annotations

import os
import resource
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workers.packing import pack_whole


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have the machine refuse to write more, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "fuyuan"
    made.mkdir()
    (made / "entries.ndjson").write_bytes(os.urandom(200_000))
    return made


def test_a_zip_that_cannot_be_finished_is_not_there(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "fuyuan.zip"
    with no_file_larger_than(100_000), pytest.raises(OSError, match="too large"):
        pack_whole(folder, place, 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["fuyuan"]


def test_a_zip_has_the_folder_in_it_and_the_mode_that_was_asked_for(
    folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "fuyuan.zip"
    pack_whole(folder, place, 0o600)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with zipfile.ZipFile(place) as archive:
        assert archive.namelist() == ["fuyuan/entries.ndjson"]
