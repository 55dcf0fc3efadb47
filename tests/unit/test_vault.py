"""The master key: made once, for its owner alone, outside the database, and never quietly anew."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from domain.journal.vault import (
    MasterKey,
    MasterKeyError,
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "master.key"


def test_the_first_start_makes_a_key_that_later_starts_load(key_file: Path) -> None:
    made = MasterKey.load_or_create(key_file, may_create=True)
    assert len(made.secret) == 32
    assert MasterKey.load_or_create(key_file, may_create=True) == made
    assert MasterKey.load_or_create(key_file, may_create=False) == made
    assert MasterKey.load(key_file) == made


def test_the_file_is_its_owners_alone_and_stands_alone(key_file: Path) -> None:
    MasterKey.load_or_create(key_file, may_create=True)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert list(key_file.parent.iterdir()) == [key_file]


def test_the_file_names_its_key_and_can_be_typed_off_paper(key_file: Path) -> None:
    key = MasterKey.load_or_create(key_file, may_create=True)
    header, secret = key_file.read_text("ascii").splitlines()
    assert header == f"shilu master key {key.key_id}"
    assert bytes.fromhex(secret) == key.secret


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    one = MasterKey.load_or_create(tmp_path / "one", may_create=True)
    other = MasterKey.load_or_create(tmp_path / "other", may_create=True)
    assert one.secret != other.secret
    assert one.key_id != other.key_id


def test_the_key_does_not_show_in_logs(key_file: Path) -> None:
    key = MasterKey.load_or_create(key_file, may_create=True)
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_a_lost_key_is_not_replaced_once_there_are_events(key_file: Path) -> None:
    with pytest.raises(MasterKeyError, match=r"^master_key\.missing path=.*master\.key$"):
        MasterKey.load_or_create(key_file, may_create=False)
    assert not key_file.exists()


def test_a_key_that_came_to_lie_in_a_databases_folder_is_used_no_more(key_file: Path) -> None:
    MasterKey.load_or_create(key_file, may_create=True)
    (key_file.parent / "PG_VERSION").write_text("16")
    with pytest.raises(MasterKeyError, match=r"^master_key\.in_database path=.*master\.key$"):
        MasterKey.load(key_file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777])
def test_a_key_that_others_could_reach_is_refused(key_file: Path, mode: int) -> None:
    MasterKey.load_or_create(key_file, may_create=True)
    key_file.chmod(mode)
    with pytest.raises(MasterKeyError, match=rf"^master_key\.exposed .*mode={mode:04o}$"):
        MasterKey.load_or_create(key_file, may_create=True)


def test_a_key_that_its_owner_may_only_read_is_accepted(key_file: Path) -> None:
    key = MasterKey.load_or_create(key_file, may_create=True)
    key_file.chmod(0o400)
    assert MasterKey.load(key_file) == key


ID = "0123456789abcdef"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "\n",
        "00" * 32,
        f"shilu master key {ID}\n",
        f"shilu master key {ID}\n{'00' * 31}\n",
        f"shilu master key {ID}\n{'00' * 33}\n",
        f"shilu master key {ID}\n{'zz' * 32}\n",
        f"shilu master key {ID}\n{'00' * 32}",
        f"shilu master key {ID}\n{'00' * 32}\n",
        f"{'x' * 100_000}",
    ],
)
def test_a_file_that_holds_no_whole_key_is_refused(key_file: Path, written: str) -> None:
    key_file.touch(0o600)
    key_file.write_text(written, "ascii")
    with pytest.raises(MasterKeyError, match=r"^master_key\.damaged "):
        MasterKey.load_or_create(key_file, may_create=True)
    assert key_file.read_text("ascii") == written


def test_any_digit_altered_in_the_file_is_noticed(key_file: Path) -> None:
    MasterKey.load_or_create(key_file, may_create=True)
    written = key_file.read_text("ascii")
    for position, digit in enumerate(written):
        other = "0" if digit != "0" else "1"
        key_file.write_text(written[:position] + other + written[position + 1 :], "ascii")
        with pytest.raises(MasterKeyError, match=r"^master_key\.damaged "):
            MasterKey.load(key_file)


@pytest.mark.parametrize("below", ["master.key", "global/master.key"])
def test_a_key_inside_the_database_directory_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "PG_VERSION").write_text("17\n", "ascii")
    key_file = tmp_path / below
    key_file.parent.mkdir(exist_ok=True)
    with pytest.raises(MasterKeyError, match=r"^master_key\.in_database "):
        MasterKey.load_or_create(key_file, may_create=True)
    assert not key_file.exists()


def test_of_many_first_starts_at_once_one_makes_the_key(key_file: Path) -> None:
    together = Barrier(8)

    def start(_: int) -> MasterKey:
        together.wait()
        return MasterKey.load_or_create(key_file, may_create=True)

    with ThreadPoolExecutor(8) as starts:
        keys = list(starts.map(start, range(8)))
    assert set(keys) == {MasterKey.load(key_file)}
    assert list(key_file.parent.iterdir()) == [key_file]


def test_a_crash_while_the_key_was_made_leaves_no_half_key(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(_: int) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", power_cut)
        with pytest.raises(OSError, match="power cut"):
            MasterKey.load_or_create(key_file, may_create=True)
    assert not key_file.exists()
    assert len(MasterKey.load_or_create(key_file, may_create=True).secret) == 32
