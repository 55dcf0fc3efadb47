"""Which files of a bundle are held to what: all to the manifest, heads to the records besides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from domain.journal.diagnosis import diagnosed
from domain.journal.note import checkpoint
from domain.journal.seal import Edge, leaf_hash
from domain.journal.verify import verify
from tests.bundles import Handed, copied, listed_again, spoilt

SOME = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
KNOWN = ["entries.ndjson", "MANIFEST", "bundle.json", "checkpoint", "positions", "leaves", "notes"]
PLACES = ["", "ledgers", "handbook", "{0}", "{0}/notes", "{0}/tables/visits", "{0}/proofs"]
HEADS = ["{0}/checkpoints/notes", "{0}/timestamps/notes"]
NAMES = some.from_regex(r"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,8}\Z") | some.sampled_from(KNOWN)


@pytest.fixture(scope="module")
def crowded(handed: Handed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to which files are added, one at a time; folders that they leave mean nothing."""
    return copied(handed.folder, tmp_path_factory.mktemp("crowded") / "bundle")


def may_be_added(handed: Handed, folder: Path, path: str) -> bool:
    """Say whether the format gives a path no meaning of its own, and there is room for it."""
    place = folder / path
    free = not place.exists() and all(up.is_dir() for up in place.parents if up.exists())
    first, *rest = path.split("/")
    ledgers = first == "ledgers" and rest[1:] and rest[0] != handed.ledger
    return free and first != "attachments" and not ledgers


@SOME
@given(
    place=some.sampled_from([*PLACES, *HEADS]),
    deeper=some.lists(NAMES, min_size=1, max_size=4),
    content=some.binary(max_size=20),
    other=some.binary(max_size=20),
)
def test_other_files_are_sound_where_they_are_listed_and_found_where_they_are_altered(
    handed: Handed,
    crowded: Path,
    place: str,
    deeper: Sequence[str],
    content: bytes,
    other: bytes,
) -> None:
    path = "/".join(each for each in (place.format(handed.place), *deeper) if each)
    assume(may_be_added(handed, crowded, path))
    assume(content != other)
    (crowded / path).parent.mkdir(parents=True, exist_ok=True)
    with spoilt(crowded, path, content):
        listed_again(crowded, handed.built.ring.keys)
        assert handed.codes(crowded) == []
        (crowded / path).write_bytes(other)
        assert handed.codes(crowded) == ["file.changed"]
        (crowded / path).unlink()
        assert handed.codes(crowded) == ["file.missing"]


def test_folders_without_files_mean_nothing(handed: Handed, folder: Path) -> None:
    for place in ("checkpoints", "timestamps", "proofs", "tables"):
        (folder / handed.place / place / "empty").mkdir(parents=True)
    (folder / handed.place / "timestamps" / "empty.tsr").mkdir()
    assert handed.codes(folder) == []


def head(handed: Handed, size: int, root: bytes) -> bytes:
    ring = handed.built.ring
    return checkpoint(f"{ring.name}/{handed.ledger}", size, root, ring.keys)


@pytest.mark.parametrize("name", ["000000000009", "9.tsr", "notes"])
def test_every_file_among_the_earlier_heads_is_one_whatever_its_name(
    handed: Handed, folder: Path, name: str
) -> None:
    rolled_back = head(handed, handed.size + 4, bytes(32))
    (folder / handed.place / "checkpoints" / name).write_bytes(rolled_back)
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["checkpoint.rolled_back"]
    (folder / handed.place / "checkpoints" / name).write_bytes(b"no head")
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["checkpoint.bad"]


def test_a_stamped_head_is_held_to_the_records_without_the_authority_s_roots(
    handed: Handed, folder: Path
) -> None:
    place = folder / handed.place / "timestamps"
    place.mkdir()
    (place / "000000000003").write_bytes(head(handed, 3, bytes(32)))
    (place / "000000000003.tsr").write_bytes(b"an answer that is not looked at")
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["history.rewritten"]
    root = Edge().extend(leaf_hash(line[:-1]) for line in handed.lines[:3]).root()
    (place / "000000000003").write_bytes(head(handed, 3, root))
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == []


@pytest.mark.parametrize(("root", "codes"), [(Edge().root(), []), (b"\1" * 32, ["rewritten"])])
def test_a_head_of_nothing_has_the_hash_of_nothing(
    handed: Handed, folder: Path, root: bytes, codes: list[str]
) -> None:
    expected = [f"history.{each}" for each in codes]
    (folder / handed.place / "checkpoints" / "000000000000").write_bytes(head(handed, 0, root))
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == expected
    assert handed.codes(since=head(handed, 0, root)) == expected


def test_of_very_many_odd_entries_the_first_are_told_and_that_there_are_more(
    handed: Handed, folder: Path
) -> None:
    path = folder / handed.place / "entries.ndjson"
    path.write_bytes(b"".join([handed.lines[0], *[b"{}\n"] * 50]))
    found = verify(folder, handed.policy).findings
    odd = [(each.code, each.entry) for each in found if each.code.startswith("entry.")]
    assert odd == [*(("entry.form", number) for number in range(2, 22)), ("entry.more", 22)]
    path.write_bytes(b"".join([handed.lines[-1], *handed.lines[:1] * 25]))
    listed_again(folder, handed.built.ring.keys)
    told = diagnosed(folder, verify(folder, handed.policy))
    repeated = [each.entry for each in told if each.code == "entry.duplicated"]
    assert [each.entry for each in told if each.code == "entry.more"] == [22]
    assert repeated == list(range(3, 22))
