"""What a bundle carries only for a purpose: people's words opened, and the attachments' bytes.

Both are decided when the export is recorded (`domain.export`); here it is done. Each opened line,
and each line of an enclosed file, carries the export's id, by which the ledger tells who asked for
it, when and why. The files themselves carry no mark: their bytes are those that were stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import msgspec

from domain.evidence_file import AttachmentMarkedSensitive, AttachmentRedacted
from domain.identity import Id
from domain.journal.attachments import DAMAGED, NOT_STORED, AttachmentStore
from domain.journal.bundle import BundleFolder
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from domain.journal.vault import Erased, Vault
from domain.private import Purpose, private_fields
from domain.refusals import ShiluError

SEALED = b'"sealed":"'
UNREADABLE = {NOT_STORED.code: "missing", DAMAGED.code: "damaged"}
_plain = msgspec.json.Encoder(order="sorted")


def opened(
    vault: Vault, rows: Iterable[JournalRow], kinds: Collection[Purpose], watermark: Id
) -> Iterator[bytes]:
    """Yield a line for each sealed field of some kinds, with its words or that they are erased.

    Raises the vault's errors: a field that should open and does not is a fault, not an erasure.
    """
    for row in rows:
        if SEALED not in row.state:
            continue
        event = decode(row.state)
        for path, field in private_fields(event.facts):
            if field.sealed is None or field.event is None or field.field is None:
                continue
            if field.purpose not in kinds:
                continue
            said = vault.open(field.person, field.purpose, field.sealed, field.event, field.field)
            words = {"erased": True} if isinstance(said, Erased) else {"text": said}
            line = {
                "event": event.id, "field": path, "person": field.person, "export": watermark,
            }  # fmt: skip
            yield _plain.encode({**line, **words}) + b"\n"


class Enclosing:
    """Copies the files that a ledger's records name, and says of those it leaves out why."""

    def __init__(
        self, journal: JournalRecorder, store: AttachmentStore, made: BundleFolder, watermark: Id
    ) -> None:
        self._journal, self._store, self._made = journal, store, made
        self._watermark = watermark
        self._withheld: dict[str, str] = {}

    def lines(self, listed: Callable[[], Iterable[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
        """Copy what may be copied and yield each attachment's line, with the export that did.

        Whatever has been marked sensitive or redacted by now stays here, however early the state
        that is handed over; so do its bytes where another record names them too.
        """
        for line in listed():
            self._withhold(line["stream"], line["sha256"])
        for line in listed():
            reason = self._withheld.get(line["sha256"]) or self._copied(line["sha256"])
            told = {"left_out": reason} if reason else {"export": self._watermark}
            yield line | told

    def _withhold(self, stream: Id, digest: str) -> None:
        for row in self._journal.read_stream(stream):
            match decode(row.state).facts:
                case AttachmentMarkedSensitive():
                    self._withheld[digest] = "sensitive"
                case AttachmentRedacted():
                    self._withheld.setdefault(digest, "redacted")

    def _copied(self, digest: str) -> str | None:
        """Copy a file, checked while it is read; return why it cannot be."""
        path = f"attachments/{digest}"
        if path in self._made.listed:
            return None
        try:
            self._made.write(path, self._store.read(digest))
        except ShiluError as error:
            if error.code not in UNREADABLE:
                raise
            return UNREADABLE[error.code]
        return None
