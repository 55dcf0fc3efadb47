"""Attachments: photos, scans, signatures and recordings, by the hash of their bytes.

The journal holds the hash, the store the bytes. An attachment's bytes are never replaced: a
redacted copy is an attachment of its own, and the original stays.
"""

from __future__ import annotations

from datetime import datetime

from domain.aggregate import Aggregate
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.policy import AttachmentPolicy, in_force
from domain.private import CaseworkWords
from domain.refusals import Conflict, Forbidden, NotFound, refusal
from domain.stored_bytes import BAD_HASH, EMPTY, MEBIBYTE, SHA256, TOO_LARGE

BYTES_REPLACED = refusal("attachment.bytes_replaced", Conflict)
TYPE_NOT_TAKEN = refusal("attachment.type_not_taken")
CAPTURED_IN_FUTURE = refusal("attachment.captured_in_future")
SENSITIVE_ALREADY = refusal("attachment.sensitive_already", Conflict)
SAME_BYTES = refusal("attachment.same_bytes")
NOT_HANDED_IN = refusal("attachment.not_handed_in", Forbidden)


@fact()
class AttachmentStored(Facts, frozen=True, kw_only=True, tag="evidence.AttachmentStored@1"):
    """A file is in the store, under the SHA-256 of its bytes (64 hex digits, lower case).

    `exif_stripped` says that place and device were taken out of a photo before it was hashed.
    """

    sha256: str
    size: int
    mime: str
    captured_at: datetime | None = None
    exif_stripped: bool = False
    name: CaseworkWords | None = None


@fact()
class AttachmentMarkedSensitive(
    Facts, frozen=True, kw_only=True, tag="evidence.AttachmentMarkedSensitive@1"
):
    """Only those with a reason may open it."""

    reason: str


@fact()
class AttachmentRedacted(Facts, frozen=True, kw_only=True, tag="evidence.AttachmentRedacted@1"):
    """A copy without what must not be shown was made: another attachment."""

    copy: Id
    sha256: str


class Attachment(Aggregate):
    """One file."""

    kind = "attachment"
    stored: AttachmentStored
    sensitive = False

    def evolve(self, event: AnyEvent) -> None:
        """Keep what is stored, and whether it is sensitive."""
        match event.facts:
            case AttachmentStored():
                self.stored = event.facts
            case AttachmentMarkedSensitive():
                self.sensitive = True

    def mark_sensitive(self, entry: Entry, facts: AttachmentMarkedSensitive) -> None:
        """Mark it, once."""
        if self.sensitive:
            raise SENSITIVE_ALREADY("id")
        self.record(entry, facts)

    def redact(self, entry: Entry, copy: Attachment) -> None:
        """Record a redacted copy: other bytes, in an attachment of their own."""
        if copy.stored.sha256 == self.stored.sha256:
            raise SAME_BYTES("copy")
        self.record(entry, AttachmentRedacted(copy=copy.id, sha256=copy.stored.sha256))


def check_file(facts: AttachmentStored, entry: Entry, policy: AttachmentPolicy) -> None:
    """Refuse what is no hash, empty, too large, of a type that is not taken, or of the future."""
    if SHA256.fullmatch(facts.sha256) is None:
        raise BAD_HASH("sha256")
    if facts.size < 1:
        raise EMPTY("size")
    if facts.size > policy.limit:
        raise TOO_LARGE("size", limit=policy.limit // MEBIBYTE, policy=policy.version)
    if facts.mime not in policy.types:
        raise TYPE_NOT_TAKEN("mime", mime=facts.mime, policy=policy.version)
    if facts.captured_at is not None and facts.captured_at > entry.now:
        raise CAPTURED_IN_FUTURE("captured_at")


def store_attachment(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: AttachmentStored,
    *,
    id: Id | None = None,
) -> Receipt:
    """Record a file whose bytes are in the store already.

    The bytes come first: a file that nothing speaks of harms nobody, a record without its file
    would be a promise broken. Refused: an id that has bytes already, and what the operator's policy
    of the day does not take.
    """
    check_file(facts, entry, in_force(desk, scope.operator, AttachmentPolicy, entry.day))
    if id is not None:
        _check_new(desk, id)
    return desk.save(entry, Attachment.start(entry, scope, facts, id=id))


def _check_new(desk: Desk, id: Id) -> None:
    try:
        desk.load(Attachment, id)
    except NotFound:
        return
    raise BYTES_REPLACED("id")


def mark_sensitive(desk: Desk, entry: Entry, id: Id, facts: AttachmentMarkedSensitive) -> Receipt:
    """Mark an attachment sensitive."""
    attachment = desk.load(Attachment, id)
    attachment.mark_sensitive(entry, facts)
    return desk.save(entry, attachment)


def redact_attachment(desk: Desk, entry: Entry, id: Id, copy: Id) -> Receipt:
    """Record that an attachment is the redacted copy of another."""
    attachment = desk.load(Attachment, id)
    attachment.redact(entry, desk.load(Attachment, copy, "copy"))
    return desk.save(entry, attachment)
