"""Whatever is done to a bundle is found, and nothing sound is refused."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.journal.bundle import BundleFolder
from domain.journal.diagnosis import diagnosed, differences
from domain.journal.note import SigningKey, checkpoint
from domain.journal.seal import Edge, leaf_hash, verify_consistency
from domain.journal.verify import AT, Policy, Unsound, verify
from projections.catalogue import VIEWS
from projections.replay import Replay, Replayed
from tests.bundles import Handed, copied, listed_again, spoilt, write
from tests.cosigning import Witness

OTHER = SigningKey("shilu/forger", bytes(range(32)))
MANY = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
THOUSANDS = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def test_a_bundle_as_it_was_made_is_sound(handed: Handed) -> None:
    report = verify(handed.folder, handed.policy)
    assert report.findings == []
    assert [each["entries"] for each in report.ledgers] == [handed.size]
    assert len(list((handed.folder / handed.place / "checkpoints").iterdir())) == 1


def change_a_byte(handed: Handed, data: some.DataObject) -> None:
    paths = sorted(
        path.relative_to(handed.folder).as_posix()
        for path in handed.folder.rglob("*")
        if path.is_file() and path.stat().st_size
    )
    path = data.draw(some.sampled_from(paths))
    content = bytearray((handed.folder / path).read_bytes())
    place = data.draw(some.integers(0, len(content) - 1))
    content[place] ^= data.draw(some.integers(1, 255))
    with spoilt(handed.folder, path, bytes(content)):
        assert handed.codes()


@SOME
@given(data=some.data())
def test_a_changed_byte_anywhere_is_found(handed: Handed, data: some.DataObject) -> None:
    change_a_byte(handed, data)


@pytest.mark.slow
@pytest.mark.timeout(600)
@THOUSANDS
@given(data=some.data())
def test_thousands_of_changed_bytes_are_found(handed: Handed, data: some.DataObject) -> None:
    change_a_byte(handed, data)


@SOME
@given(data=some.data())
def test_a_file_cut_short_or_gone_or_added_is_found(handed: Handed, data: some.DataObject) -> None:
    paths = sorted(
        path.relative_to(handed.folder).as_posix()
        for path in handed.folder.rglob("*")
        if path.is_file() and path.stat().st_size
    )
    path = data.draw(some.sampled_from(paths))
    content = (handed.folder / path).read_bytes()
    kept = content[: data.draw(some.integers(0, len(content) - 1))]
    with spoilt(handed.folder, path, data.draw(some.sampled_from([kept, None]))):
        assert handed.codes()
    with spoilt(handed.folder, f"{path}.more", kept):
        assert "file.unlisted" in handed.codes()


def _edited(lines: list[bytes], data: some.DataObject) -> tuple[list[bytes], str, int]:
    """Do one thing to some entries; return them, what a reader must be told, and of which."""
    does = data.draw(some.sampled_from(["drop", "swap", "insert", "repeat", "change", "cut"]))
    place = data.draw(some.integers(0, len(lines) - 2))
    made = list(lines)
    if does == "drop":
        del made[place]
        return made, "entry.missing", place + 1
    if does == "swap":
        other = data.draw(some.integers(place + 1, len(lines) - 1))
        made[place], made[other] = made[other], made[place]
        return made, "entry.moved", place + 1
    if does == "insert":
        made.insert(place, lines[place].replace(b'"minutes":', b'"minutes":1', 1)[:-2] + b" }\n")
        return made, "entry.inserted", place + 1
    if does == "repeat":
        other = data.draw(some.integers(place + 1, len(lines)))
        made.insert(other, lines[place])
        return made, "entry.duplicated", other + 1
    if does == "change":
        made[place] = lines[place].replace(b'"version":', b'"version":1', 1)
        return made, "entry.changed", place + 1
    return made[: place + 1], "entry.missing", place + 2


@SOME
@given(data=some.data())
def test_entries_that_were_edited_are_named_even_when_the_files_are_listed_anew(
    handed: Handed, tmp_path_factory: pytest.TempPathFactory, data: some.DataObject
) -> None:
    lines, code, entry = _edited(handed.lines, data)
    folder = copied(handed.folder, tmp_path_factory.mktemp("edited") / "bundle")
    (folder / handed.place / "entries.ndjson").write_bytes(b"".join(lines))
    listed_again(folder, handed.built.ring.keys)
    found = diagnosed(folder, verify(folder, handed.policy))
    assert (code, entry) in [(each.code, each.entry) for each in found]


HASHES = [bytes([number]) * 32 for number in range(40)]


@MANY
@given(
    signed=some.integers(0, 25),
    there=some.lists(some.sampled_from(HASHES), max_size=30),
)
def test_every_way_in_which_entries_can_differ_is_told(signed: int, there: list[bytes]) -> None:
    expected = HASHES[:signed]
    found = list(differences("ledger", expected, there))
    assert bool(found) == (there != expected)
    told = Counter(each.code for each in found)
    absent = len(set(expected) - set(there))
    foreign = len(set(there) - set(expected))
    assert told["entry.missing"] + told["entry.changed"] == absent
    assert told["entry.inserted"] + told["entry.changed"] == foreign
    assert told["entry.duplicated"] == len(there) - len(set(there))


def test_a_bundle_that_somebody_else_signed_is_not_trusted(handed: Handed, tmp_path: Path) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    root = Edge().extend(leaf_hash(line[:-1]) for line in handed.lines).root()
    for name in (OTHER.name, handed.built.ring.name):
        forger = SigningKey(name, OTHER.seed)
        note = checkpoint(f"{name}/{handed.ledger}", handed.size, root, [forger])
        (folder / handed.place / "checkpoint").write_bytes(note)
        listed_again(folder, [forger])
        assert {"manifest.untrusted", "checkpoint.bad"} <= set(handed.codes(folder))


@pytest.mark.parametrize("path", ["checkpoint", "positions", "entries.ndjson"])
def test_what_every_ledger_must_have_is_missed_even_when_it_is_not_listed(
    handed: Handed, tmp_path: Path, path: str
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (folder / handed.place / path).unlink()
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder)


def test_an_older_bundle_shown_as_the_newest_is_found_with_a_checkpoint_that_was_kept(
    handed: Handed, tmp_path: Path
) -> None:
    newest = (handed.folder / handed.place / "checkpoint").read_bytes()
    write(handed.built, tmp_path / "older", (handed.ledger, handed.size - 1))
    assert handed.codes(tmp_path / "older") == []
    assert handed.codes(tmp_path / "older", newest) == ["checkpoint.rolled_back"]


def test_a_later_bundle_continues_every_earlier_one(handed: Handed, tmp_path: Path) -> None:
    for size in (1, 2, 7, handed.size - 1, handed.size):
        folder = tmp_path / str(size)
        (kept,) = write(handed.built, folder, (handed.ledger, size))
        assert handed.codes(folder) == []
        assert handed.codes(since=kept.note) == []


def test_an_earlier_head_has_the_proof_that_the_newest_continues_it(handed: Handed) -> None:
    place = handed.folder / handed.place
    newest = handed.policy.opens((place / "checkpoint").read_bytes())
    earlier = list((place / "checkpoints").iterdir())
    assert earlier
    for path in earlier:
        older = handed.policy.opens(path.read_bytes())
        lines = (place / "proofs" / path.name).read_bytes().splitlines()
        proof = [b64decode(line) for line in lines]
        verify_consistency(older.size, newest.size, older.root, newest.root, proof)
        assert older.size < newest.size


def test_history_that_was_rewritten_and_signed_again_is_found_with_what_was_kept(
    handed: Handed, tmp_path: Path
) -> None:
    kept = (handed.folder / handed.place / "checkpoint").read_bytes()
    folder = copied(handed.folder, tmp_path / "bundle")
    lines = [line.replace(b'"version":', b'"version":1', 1) for line in handed.lines]
    hashes = [leaf_hash(line[:-1]) for line in lines]
    root = Edge().extend(hashes).root()
    place, ring = folder / handed.place, handed.built.ring
    for earlier in (place / "checkpoints").iterdir():
        earlier.unlink()
        (place / "proofs" / earlier.name).unlink()
    (place / "entries.ndjson").write_bytes(b"".join(lines))
    (place / "leaves").write_bytes(b"".join(hashes))
    note = checkpoint(f"{ring.name}/{handed.ledger}", handed.size, root, ring.keys)
    (place / "checkpoint").write_bytes(note)
    listed_again(folder, ring.keys)
    assert handed.codes(folder) == []
    assert handed.codes(folder, kept) == ["history.rewritten"]


def test_a_checkpoint_of_another_ledger_or_by_a_stranger_is_told(handed: Handed) -> None:
    root, ring = bytes(32), handed.built.ring
    elsewhere = checkpoint(f"{ring.name}/elsewhere", 3, root, ring.keys)
    assert handed.codes(since=elsewhere) == ["since.elsewhere"]
    foreign = checkpoint(f"{OTHER.name}/elsewhere", 3, root, [OTHER])
    with pytest.raises(Unsound, match="not signed by a log of the policy"):
        handed.codes(since=foreign)


def test_a_ledger_lies_under_its_own_name_alone(handed: Handed, tmp_path: Path) -> None:
    """One origin in two folders would be two histories of it."""
    folder, ring = copied(handed.folder, tmp_path / "bundle"), handed.built.ring
    origin = f"{ring.name}/{handed.ledger}/2"
    root = Edge().extend(leaf_hash(line[:-1]) for line in handed.lines).root()
    for earlier in (folder / handed.place / "checkpoints").iterdir():
        earlier.unlink()
    note = checkpoint(origin, handed.size, root, ring.keys)
    (folder / handed.place / "checkpoint").write_bytes(note)
    listed_again(folder, ring.keys)
    assert handed.codes(folder) == []
    copied(folder / handed.place, folder / "ledgers" / "2")
    about = json.loads((folder / "bundle.json").read_bytes())
    about["ledgers"].append({**about["ledgers"][0], "ledger": "2"})
    (folder / "bundle.json").write_text(json.dumps(about))
    listed_again(folder, ring.keys)
    found = [(each.code, each.ledger) for each in verify(folder, handed.policy).findings]
    assert found == [("checkpoint.bad", "2")]


def test_time_does_not_run_backwards_whoever_signs(handed: Handed, tmp_path: Path) -> None:
    """Given whoever holds the keys, when an entry says that it was written down before the one
    before it, then that entry is named, though all of it is signed."""
    folder, ring = copied(handed.folder, tmp_path / "bundle"), handed.built.ring
    place, lines = folder / handed.place, handed.lines
    lines[2] = lines[2][: AT.start] + b"2001-01-01T00:00:00.000000Z" + lines[2][AT.stop :]
    (place / "entries.ndjson").write_bytes(b"".join(lines))
    root = Edge().extend(leaf_hash(line[:-1]) for line in lines).root()
    note = checkpoint(f"{ring.name}/{handed.ledger}", handed.size, root, ring.keys)
    (place / "checkpoint").write_bytes(note)
    for earlier in (place / "checkpoints").iterdir():
        earlier.unlink()
    listed_again(folder, ring.keys)
    found = [(each.code, each.entry) for each in verify(folder, handed.policy).findings]
    assert found == [("entry.time", 3)]


def test_one_log_does_not_vouch_for_the_files_of_another(handed: Handed, tmp_path: Path) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (folder / "README.md").write_text("rewritten")
    listed_again(folder, [OTHER])
    both = Policy.read(f"log {OTHER.verifier}\n{handed.built.ring.policy()}".encode())
    found = [(each.code, each.ledger) for each in verify(folder, both).findings]
    assert found == [("manifest.untrusted", handed.ledger)]
    listed_again(folder, [OTHER, *handed.built.ring.keys])
    assert verify(folder, both).findings == []


@pytest.mark.parametrize(
    "written",
    ["+{0} {1}\n", "{0}  {1}\n", "{0} 0{1}\n", "{0} {1}", "{0} 1\n{2} {3}\n"],
)
def test_positions_are_written_in_one_way_alone(
    handed: Handed, tmp_path: Path, written: str
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    path = folder / handed.place / "positions"
    runs = [tuple(map(int, line.split())) for line in path.read_text().splitlines()]
    lines = [f"{first} {count}\n" for first, count in runs]
    place = max(range(len(runs)), key=lambda number: runs[number][1])
    first, count = runs[place]
    lines[place] = written.format(first, count, first + 1, count - 1)
    path.write_text("".join(lines))
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["positions.bad"]


def test_bundle_json_says_which_format_it_is_in(handed: Handed, tmp_path: Path) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    about = folder / "bundle.json"
    about.write_bytes(about.read_bytes().replace(b"bundle/v1", b"bundle/v2"))
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["bundle.ledgers"]


def doubled_name(about: bytes) -> bytes:
    """Have `ledgers` twice: readers that take the first one and the last one read otherwise."""
    return b'{"ledgers":[],' + about.removeprefix(b"{")


def doubled_ledger(about: bytes) -> bytes:
    said = json.loads(about)
    return json.dumps({**said, "ledgers": said["ledgers"] * 2}).encode()


@pytest.mark.parametrize(
    "edit",
    [
        doubled_name,
        doubled_ledger,
        lambda about: about.replace(b'"origin":', b'"entries":9,"origin":', 1),
        lambda about: about.replace(b'"position":', b'"position":NaN,"old":', 1),
        lambda about: about.decode().encode("utf-16"),
        lambda about: b"\xef\xbb\xbf" + about,
        lambda about: about.replace(b'"release":"', b'"release":"\xff', 1),
    ],
)
def test_bundle_json_can_be_read_in_one_way_alone(
    handed: Handed, tmp_path: Path, edit: Callable[[bytes], bytes]
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    about = folder / "bundle.json"
    before, edited = about.read_bytes(), edit(about.read_bytes())
    assert before != edited
    about.write_bytes(edited)
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == ["bundle.ledgers"]


@pytest.mark.parametrize("name", ["entries.ndjson", "positions"])
def test_a_ledger_without_entries_or_positions_is_none(
    handed: Handed, tmp_path: Path, name: str
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    (folder / handed.place / name).unlink()
    listed_again(folder, handed.built.ring.keys)
    assert "file.missing" in handed.codes(folder)


def test_a_listed_size_that_is_not_the_entries_is_found(handed: Handed, tmp_path: Path) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    made = BundleFolder(folder)
    for path in (path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST"):
        content = path.read_bytes()
        told = len(content) + (path.name == "entries.ndjson")
        made.listed[path.relative_to(folder).as_posix()] = sha256(content).hexdigest(), told
    made.sign(handed.built.ring.keys)
    assert handed.codes(folder) == ["file.changed"]


def test_an_earlier_head_with_a_witness_s_false_signature_does_not_hold(
    handed: Handed, tmp_path: Path
) -> None:
    folder, witness = copied(handed.folder, tmp_path / "bundle"), Witness("w", 1)
    (path,) = (folder / handed.place / "checkpoints").iterdir()
    other = b"something else\n\n"
    path.write_bytes(path.read_bytes() + witness.cosign(other).removeprefix(other))
    listed_again(folder, handed.built.ring.keys)
    assert handed.codes(folder) == []
    policy = Policy.read(f"{witness.line}{handed.built.ring.policy()}".encode())
    assert [each.code for each in verify(folder, policy).findings] == ["checkpoint.bad"]


def replayed(handed: Handed, folder: Path, scratch: Path) -> Replayed:
    scratch.mkdir()
    return Replay(folder, handed.ledger, VIEWS, scratch).run()


def test_a_sound_bundle_replays_to_the_same_bytes(handed: Handed, tmp_path: Path) -> None:
    made = replayed(handed, handed.folder, tmp_path / "scratch")
    assert made.differences == []
    assert made.entries == handed.size


def test_several_processes_come_to_the_same_as_one(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.replay.PART", 7)
    alone = replayed(handed, handed.folder, tmp_path / "alone")
    scratch = tmp_path / "shared"
    scratch.mkdir()
    shared = Replay(handed.folder, handed.ledger, VIEWS, scratch, processes=2).run()
    assert len(list(scratch.glob("part-*"))) == -(-handed.size // 7)
    assert shared == alone


def test_a_ledger_without_entries_is_sound_and_replays_to_nothing(
    handed: Handed, tmp_path: Path
) -> None:
    folder, ring = copied(handed.folder, tmp_path / "bundle"), handed.built.ring
    place = folder / handed.place
    for emptied in ("entries.ndjson", "leaves", "positions", "attachments.ndjson"):
        (place / emptied).write_bytes(b"")
    for earlier in (place / "checkpoints").iterdir():
        earlier.unlink()
    for table in (place / "tables").rglob("*.ndjson"):
        table.write_bytes(b"")
    note = checkpoint(f"{ring.name}/{handed.ledger}", 0, Edge().root(), ring.keys)
    (place / "checkpoint").write_bytes(note)
    listed_again(folder, ring.keys)
    assert handed.codes(folder) == []
    (tmp_path / "scratch").mkdir()
    made = Replay(folder, handed.ledger, VIEWS, tmp_path / "scratch", processes=2).run()
    assert (made.entries, made.differences) == (0, [])


def test_what_cannot_be_digested_waits_in_every_part(
    handed: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.replay.PART", 7)
    folder = copied(handed.folder, tmp_path / "bundle")
    lines = handed.lines
    lines[0] = lines[0].replace(b'"facts":{', b'"facts":{"unheard_of":', 1)
    (folder / handed.place / "entries.ndjson").write_bytes(b"".join(lines))
    alone = replayed(handed, folder, tmp_path / "alone")
    scratch = tmp_path / "shared"
    scratch.mkdir()
    shared = Replay(folder, handed.ledger, VIEWS, scratch, processes=2).run()
    assert shared == alone
    assert {each["position"] for each in shared.parked} == {alone.parked[0]["position"]}


@pytest.mark.parametrize("does", ["edit", "drop", "add"])
def test_an_edited_table_is_told_row_by_row_with_the_entries_behind(
    handed: Handed, tmp_path: Path, does: str
) -> None:
    folder = copied(handed.folder, tmp_path / "bundle")
    path = folder / handed.place / "tables" / "visits" / "visit.ndjson"
    lines = path.read_bytes().splitlines(keepends=True)
    edited = lines[2].replace(b'"minutes":', b'"minutes":9')
    lines[2:3] = {"edit": [edited], "drop": [], "add": [lines[2], lines[2]]}[does]
    path.write_bytes(b"".join(lines))
    assert "file.changed" in handed.codes(folder)
    listed_again(folder, handed.built.ring.keys)
    (found,) = replayed(handed, folder, tmp_path / "scratch").differences
    assert (found.view, found.table) == ("visits", "visit")
    assert (found.replayed is None, found.there is None) == (does == "add", does == "drop")
    said = found.there or found.replayed or {}
    written = [line.count(said["event"].encode()) > 0 for line in handed.lines]
    assert [each["entry"] for each in found.events][:1] == [written.index(True) + 1]
