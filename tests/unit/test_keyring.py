"""The signing keys: made once, changed with an overlap, never readable by others."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.journal.keyring import SigningKeysError, load, load_or_create, retire, rotate
from domain.journal.note import checkpoint
from domain.journal.verify import Policy, Unsound


def test_the_first_start_makes_one_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        rings = list(many.map(lambda _: load_or_create(tmp_path), range(8)))
    assert len({ring.keys for ring in rings}) == 1
    (path,) = tmp_path.iterdir()
    assert (path.suffix, path.stat().st_mode & 0o777) == (".key", 0o600)


def test_a_key_is_there_after_a_power_cut_before_it_signs_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that only memory knew could be gone, and with it what verifies all that was signed."""
    kept: list[set[str]] = []

    def sync(handle: int) -> None:
        if os.fstat(handle).st_ino == tmp_path.stat().st_ino:
            kept.append({path.name for path in tmp_path.iterdir()})

    monkeypatch.setattr("os.fsync", sync)
    load_or_create(tmp_path)
    assert kept == [{"0001.key"}]
    rotate(tmp_path)
    retire(tmp_path)
    assert kept[1:] == [
        {"0001.key", "0002.key"},
        {"0001.key", "0001.key.retired", "0002.key"},
        {"0001.key.retired", "0002.key"},
    ]


def test_while_a_key_is_changed_old_and_new_policies_both_hold(tmp_path: Path) -> None:
    old = load_or_create(tmp_path)
    both = rotate(tmp_path)
    note = checkpoint(f"{both.name}/a", 1, bytes(32), both.keys)
    assert both.name == old.name
    assert Policy.read(old.policy().encode()).opens(note)
    new = retire(tmp_path)
    assert len(new.keys) == 1
    last = checkpoint(f"{new.name}/a", 2, bytes(32), new.keys)
    policy = Policy.read(new.policy().encode())
    assert policy.opens(last)
    assert policy.opens(checkpoint(f"{old.name}/a", 1, bytes(32), old.keys))
    with pytest.raises(Unsound):
        Policy.read(old.policy().encode()).opens(last)


def test_a_retired_key_is_destroyed_and_the_only_one_cannot_be(tmp_path: Path) -> None:
    (first,) = load_or_create(tmp_path).keys
    with pytest.raises(SigningKeysError, match=r"^signing_keys\.only_one$"):
        retire(tmp_path)
    rotate(tmp_path)
    retire(tmp_path)
    assert all(first.secret not in path.read_text() for path in tmp_path.iterdir())
    assert [key.id for key in rotate(tmp_path).keys] != [first.id]


def test_where_no_key_is_left_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SigningKeysError, match=r"^signing_keys\.none path="):
        load(tmp_path)


def test_keys_that_others_could_read_or_that_are_damaged_are_not_used(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (path,) = tmp_path.glob("*.key")
    path.chmod(0o640)
    with pytest.raises(
        SigningKeysError, match=r"^signing_keys\.exposed path=.*0001\.key mode=0640$"
    ):
        load(tmp_path)
    path.chmod(0o600)
    path.write_text(path.read_text()[:-3])
    with pytest.raises(SigningKeysError, match=r"^signing_keys\.damaged path="):
        load(tmp_path)


def test_a_secret_key_that_is_called_retired_is_never_printed(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (path,) = tmp_path.glob("*.key")
    rotate(tmp_path)
    path.rename(path.with_name("0001.key.retired"))
    with pytest.raises(SigningKeysError, match=r"^signing_keys\.not_public path="):
        load(tmp_path)


def test_whoever_was_stopped_while_retiring_a_key_finds_it_in_use(tmp_path: Path) -> None:
    (first,) = load_or_create(tmp_path).keys
    both = rotate(tmp_path)
    (tmp_path / "0001.key.retired").write_text(first.verifier + "\n")
    assert load(tmp_path) == both
    assert retire(tmp_path).retired == (first.verifier,)


def test_copies_that_an_editor_or_a_person_left_are_no_keys(tmp_path: Path) -> None:
    ring = load_or_create(tmp_path)
    (path,) = tmp_path.glob("*.key")
    path.with_name("0001.key~").write_bytes(path.read_bytes())
    path.with_name("0001.key.bak").write_bytes(path.read_bytes())
    assert load(tmp_path) == ring


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "0001.key").mkdir(mode=0o700)
    with pytest.raises(SigningKeysError, match=r"^signing_keys\.unreadable path=.* why="):
        load(tmp_path)
