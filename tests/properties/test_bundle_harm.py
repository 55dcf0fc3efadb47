"""A bundle that was made to do harm is read in bounded memory and told of, or not read at all."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.journal.verify import LARGEST, verify
from tests.bundles import Handed, copied, spoilt
from tests.databases import walkable_folder

NOBODY = 65534  # without any rights, by this number on every Linux


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.rename(path.with_name(".there"))
    path.symlink_to(path.with_name(".there"))


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("spoil", [_fifo, _link, _endless])
@pytest.mark.parametrize("name", ["MANIFEST", "bundle.json", "entries.ndjson", "checkpoint"])
def test_what_is_no_plain_file_is_told_and_never_read(
    handed: Handed, tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (path,) = folder.rglob(name)
    spoil(path)
    found = verify(folder, handed.policy).findings
    assert [(each.code, each.details["path"]) for each in found] == [
        ("file.odd", path.relative_to(folder).as_posix())
    ]


@pytest.mark.parametrize("name", ["MANIFEST", "bundle.json", "checkpoint"])
def test_what_is_larger_than_it_can_be_is_told_and_never_read(
    handed: Handed, tmp_path: Path, name: str
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (path,) = folder.rglob(name)
    os.truncate(path, LARGEST << 10)
    found = verify(folder, handed.policy).findings
    assert [(each.code, each.details["path"]) for each in found] == [
        ("file.large", path.relative_to(folder).as_posix())
    ]


def test_positions_without_a_line_break_do_not_fill_the_memory(
    handed: Handed, tmp_path: Path
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    os.truncate(folder / handed.place / "positions", 1 << 22)
    tracemalloc.start()
    try:
        found = handed.codes(folder)
        assert tracemalloc.get_traced_memory()[1] < 1 << 21
    finally:
        tracemalloc.stop()
    assert found == ["file.changed", "positions.bad"]


def test_nothing_behind_a_linked_folder_is_read(handed: Handed, tmp_path: Path) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (folder / "ledgers").rename(tmp_path / "elsewhere")
    (folder / "ledgers").symlink_to(tmp_path / "elsewhere")
    assert handed.codes(folder) == ["file.odd"]


@contextmanager
def shut(folder: Path) -> Iterator[None]:
    """Have a folder that does not open, not even for root, who goes on as somebody else."""
    folder.chmod(0)
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(mine)
        folder.chmod(0o755)


@pytest.mark.parametrize("name", ["more", "ledgers/more", "tables", ""])
def test_a_folder_that_does_not_open_is_told(handed: Handed, name: str) -> None:
    with walkable_folder() as place:
        folder = copied(handed.folder, place / "bundle")
        hidden = folder / name
        hidden.mkdir(exist_ok=True)
        (hidden / "unlisted").write_text("nobody has signed this")
        with shut(hidden):
            found = verify(folder, handed.policy).findings
    assert [(each.code, each.details["path"]) for each in found] == [("folder.unread", name or ".")]


def test_json_nested_beyond_measure_is_a_finding(handed: Handed) -> None:
    with spoilt(handed.folder, "bundle.json", b"[" * 200_000):
        assert handed.codes() == ["file.changed", "bundle.ledgers"]


def test_a_line_without_end_is_read_in_pieces(handed: Handed) -> None:
    path = f"{handed.place}/entries.ndjson"
    with spoilt(handed.folder, path, b"".join(handed.lines) + bytes(200_000)):
        report = verify(handed.folder, handed.policy)
    pieces = [each.entry for each in report.findings if each.code == "entry.form"]
    assert pieces == [handed.size + each for each in (1, 2, 3, 4)]
