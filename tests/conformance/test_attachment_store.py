"""The local folder keeps what every store of attachments promises, and looks after its files."""

from __future__ import annotations

import stat
from hashlib import sha256
from pathlib import Path

import pytest

from domain.journal.attachments import FolderStore
from tests.conformance.attachment_stores import LIMIT, PHOTO, AttachmentStoreTestCase
from tests.station import refused


class TestFolderStore(AttachmentStoreTestCase):
    """A folder."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> FolderStore:
        """Return an empty folder's store."""
        return FolderStore(tmp_path / "attachments", limit=LIMIT)

    def file(self, store: FolderStore) -> Path:
        digest = store.put([PHOTO]).sha256
        return store.folder / digest[:2] / digest[2:4] / digest

    def test_a_file_lies_two_folders_deep_for_this_user_alone(self, store: FolderStore) -> None:
        path = self.file(store)
        assert path.read_bytes() == PHOTO
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
        assert list(store.stored()) == [path.name]

    def test_nothing_half_written_stays_behind(self, store: FolderStore) -> None:
        self.file(store)
        with refused("attachment.too_large"):
            store.put([b"y" * (LIMIT + 1)])
        assert [path.name for path in store.folder.iterdir() if path.is_file()] == []

    def test_an_altered_file_is_found_out_and_never_overwritten(self, store: FolderStore) -> None:
        path = self.file(store)
        path.write_bytes(PHOTO.replace(b"26", b"27"))
        with refused("attachment.damaged", "sha256"):
            store.read(path.name)
        with refused("attachment.damaged", "sha256"):
            store.put([PHOTO])
        assert b"27" in path.read_bytes()

    def test_another_process_over_the_same_folder_finds_the_file(self, store: FolderStore) -> None:
        digest = store.put([PHOTO]).sha256
        assert FolderStore(store.folder).read(digest) == PHOTO
        assert sha256(PHOTO).hexdigest() == digest
