"""What every store of attachments must do.

A test subclasses this for each implementation and gives the fixture `store`: an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest

from domain.journal.attachments import AttachmentStore, StoredBytes
from tests.station import refused

PHOTO = b"\xff\xd8\xff\xe0 sign-in sheet of 26 October"
LIMIT = 1024 * 1024


class AttachmentStoreTestCase:
    """The promises of `AttachmentStore`, for a store with a limit of 1 MiB."""

    def test_what_was_stored_is_read_again_by_its_hash(self, store: AttachmentStore) -> None:
        stored = store.put([PHOTO[:7], PHOTO[7:]])
        assert stored == StoredBytes(sha256=sha256(PHOTO).hexdigest(), size=len(PHOTO))
        assert store.read(stored.sha256) == PHOTO
        assert store.size(stored.sha256) == len(PHOTO)

    def test_storing_the_same_again_changes_nothing(self, store: AttachmentStore) -> None:
        assert store.put([PHOTO]) == store.put([PHOTO])
        assert store.read(sha256(PHOTO).hexdigest()) == PHOTO

    def test_writers_of_the_same_bytes_at_once_all_succeed(self, store: AttachmentStore) -> None:
        with ThreadPoolExecutor(8) as writers:
            stored = set(writers.map(lambda _: store.put([PHOTO]).sha256, range(32)))
        assert stored == {sha256(PHOTO).hexdigest()}
        assert store.read(*stored) == PHOTO

    def test_bytes_up_to_the_limit_are_taken_and_no_more(self, store: AttachmentStore) -> None:
        assert store.put([b"x" * LIMIT]).size == LIMIT
        with refused("attachment.too_large", "size"):
            store.put([b"y" * LIMIT, b"y"])
        with refused("attachment.not_stored"):
            store.read(sha256(b"y" * (LIMIT + 1)).hexdigest())

    def test_nothing_is_no_file(self, store: AttachmentStore) -> None:
        with refused("attachment.empty", "size"):
            store.put([b""])

    def test_a_hash_that_nobody_stored_is_not_found(self, store: AttachmentStore) -> None:
        for ask in (store.read, store.size):
            with refused("attachment.not_stored", "sha256"):
                ask(sha256(b"nobody").hexdigest())

    @pytest.mark.parametrize(
        "digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"]
    )
    def test_only_a_hash_names_a_file(self, store: AttachmentStore, digest: str) -> None:
        for ask in (store.read, store.size):
            with refused("attachment.bad_hash", "sha256"):
                ask(digest)

    def test_a_source_that_breaks_off_leaves_nothing(self, store: AttachmentStore) -> None:
        def broken() -> Iterator[bytes]:
            yield PHOTO
            raise ConnectionError

        with pytest.raises(ConnectionError):
            store.put(broken())
        with refused("attachment.not_stored"):
            store.read(sha256(PHOTO).hexdigest())
