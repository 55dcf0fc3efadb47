"""A replay holds the lists beside the entries to them, and reads of none more than it must."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.journal.bundle import LONGEST
from domain.journal.verify import LARGEST
from projections import listings
from projections.replay import Replayed
from tests.bundles import Handed, copied, write
from tests.golden.evidence import SAMPLES as EVIDENCE
from tests.properties.replaying import appended, edited, run, sample_of


@pytest.fixture(scope="module")
def with_files(handed: Handed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose entries name three attachments."""
    stored = [
        sample_of("AttachmentStored", EVIDENCE, sha256=f"{number:064x}") for number in range(3)
    ]
    folder = tmp_path_factory.mktemp("files") / "bundle"
    write(handed.built, folder, (handed.ledger, appended(handed, *stored)))
    return folder


def flip(content: bytes) -> bytes:
    return bytes([*content[:-2], content[-2] ^ 1, content[-1]])


LEAVES, ATTACHMENTS, PROOF = "leaves", "attachments.ndjson", "proofs/*"


@pytest.mark.parametrize(
    ("path", "spoil", "code"),
    [
        (LEAVES, flip, "list_differs"),
        (LEAVES, lambda content: content[:-32], "list_differs"),
        (LEAVES, lambda content: content + bytes(32), "list_differs"),
        (ATTACHMENTS, flip, "list_differs"),
        (ATTACHMENTS, lambda content: content.partition(b"\n")[2], "list_differs"),
        (ATTACHMENTS, lambda content: content + b"{}\n", "list_differs"),
        (
            ATTACHMENTS,
            lambda content: content.replace(b',"m', b',"left_out":"x","m'),
            "list_differs",
        ),
        (ATTACHMENTS, None, "list_differs"),
        (PROOF, flip, "proof_bad"),
        (PROOF, lambda content: content + b"\n", "proof_bad"),
        (PROOF, lambda _: b"", "proof_bad"),
    ],
)
def test_lists_must_follow_from_the_entries(
    handed: Handed,
    with_files: Path,
    tmp_path: Path,
    replayed: Callable[..., Replayed],
    path: str,
    spoil: Callable[[bytes], bytes] | None,
    code: str,
) -> None:
    folder = copied(with_files, tmp_path / "bundle")
    assert replayed(folder).same is True
    place, *_ = (folder / handed.place).glob(path)
    if spoil is None:
        place.unlink()
    else:
        place.write_bytes(spoil(place.read_bytes()))
    made = replayed(folder)
    assert [each.code for each in made.findings] == [code]
    assert made.same is False


def test_lists_that_a_bundle_need_not_have_are_not_missed(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed]
) -> None:
    place = folder / handed.place
    (place / "leaves").unlink()
    (place / "attachments.ndjson").unlink()
    for path in (place / "proofs").iterdir():
        path.unlink()
    assert replayed(folder).same is True


@pytest.mark.parametrize(("name", "alone"), [("000000000003", True), ("000000000003.tsr", True)])
def test_a_stamped_head_and_its_answer_come_together(
    handed: Handed, folder: Path, replayed: Callable[..., Replayed], name: str, *, alone: bool
) -> None:
    (folder / handed.place / "timestamps").mkdir()
    (folder / handed.place / "timestamps" / name).touch()
    assert [each.code for each in replayed(folder).findings] == ["stamp_alone"] * alone
    (folder / handed.place / "timestamps" / "000000000003").touch()
    (folder / handed.place / "timestamps" / "000000000003.tsr").touch()
    assert replayed(folder).same is True


def test_where_a_file_was_to_go_along_it_is_there_or_it_is_said_why_not(
    with_files: Path, tmp_path: Path, handed: Handed, replayed: Callable[..., Replayed]
) -> None:
    folder = copied(with_files, tmp_path / "bundle")
    edited(folder, lambda about: about.update(export={"export": "e", "attachments": True}))
    assert [each.code for each in replayed(folder).findings] == ["list_differs"]
    path = folder / handed.place / "attachments.ndjson"
    first, *others = [json.loads(line) for line in path.read_bytes().splitlines()]
    (folder / "attachments").mkdir()
    (folder / "attachments" / first["sha256"]).touch()
    missing = [{**each, "left_out": "missing"} for each in others]
    for enclosed, same in (({**first, "export": "e"}, True), ({**first, "export": "f"}, False)):
        told = [enclosed, *missing]
        path.write_bytes(b"".join(listings.plain(each) + b"\n" for each in told))
        assert replayed(folder).same is same


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _without_measure(path: Path) -> None:
    os.truncate(path, LARGEST << 10)


def _one_line(path: Path) -> None:
    path.write_bytes(b"")
    os.truncate(path, LONGEST + (1 << 20))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        *((name, each) for name in ("bundle.json", "checkpoint") for each in (_fifo, _endless)),
        *((name, _without_measure) for name in ("bundle.json", "checkpoint", "proofs/*")),
        *((name, each) for name in ("entries.ndjson", "positions") for each in (_fifo, _one_line)),
        *((name, each) for name in ("visit.ndjson", ATTACHMENTS) for each in (_endless, _one_line)),
    ],
)
def test_what_cannot_be_read_to_its_end_is_refused_in_words(
    with_files: Path, tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    folder = copied(with_files, tmp_path / "bundle")
    spoil(next(folder.rglob(name)))
    code, stdout, stderr = run(folder)
    assert (code, stdout.strip()) == (2, "")
    assert "shilu replay: " in stderr
