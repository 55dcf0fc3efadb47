"""Attachments over HTTP: a file comes in as it is, and goes out by the hash of its bytes.

The body is the file itself and its type is the request's, so that nothing is parsed on the way
and what is hashed is what was sent. A file goes out only to whoever may see an attachment of it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from msgspec.structs import replace

from api.access import Caller
from api.commands import Command, CommandIn, Commanding, Moment, ReceiptOut, Text, Uuid
from api.on_record import put_on_record
from api.questions import AskedNow, DatedListed, Page, Question
from api.routing import routes
from domain import evidence_file
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.organisation import scope_of_station
from domain.policy import FILE_TYPES, MOST_BYTES, AttachmentPolicy, in_force
from domain.principal import Principal
from domain.reading import check_reader, record_opening
from domain.refusals import FORBIDDEN, NOT_FOUND
from projections.engine.view import Row
from projections.evidence import ATTACHMENT

router = routes("attachments")
LIMIT = MOST_BYTES
OPENS_SENSITIVE = frozenset({"supervisor", "station_head", "operator_manager"})
"""Who may open a sensitive file besides whoever stored it."""
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the file itself; its type is the Content-Type",
        "content": {
            mime: {"schema": {"type": "string", "format": "binary"}} for mime in sorted(FILE_TYPES)
        },
    }
}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
"""A stored page or picture must never run as ours in somebody's browser."""


async def body(request: Request, _caller: Caller) -> bytes:
    """Take the file, of somebody who is known: it is read whole before anything else is asked."""
    return await request.body()


@router.post("/attachments", status_code=201, openapi_extra=FILE)
def store_attachment(
    request: Request,
    content: Annotated[bytes, Depends(body)],
    command: Commanding,
    station: Uuid,
    project: Uuid | None = None,
    captured_at: Moment | None = None,
    exif_stripped: bool = False,
) -> ReceiptOut:
    """Store a file (佐证材料): its bytes first, then the record that names them."""
    mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    facts = replace(facts_of(content, mime), captured_at=captured_at, exif_stripped=exif_stripped)
    return stored(content, facts, command, station, project)


def facts_of(content: bytes, mime: str) -> evidence_file.AttachmentStored:
    """Return what is told of a file."""
    digest = sha256(content).hexdigest()
    return evidence_file.AttachmentStored(sha256=digest, size=len(content), mime=mime)


def stored(
    content: bytes,
    facts: evidence_file.AttachmentStored,
    command: Command,
    station: Id,
    project: Id | None,
) -> ReceiptOut:
    """Store a file and record it. Raises what is refused."""

    def store(desk: Desk, entry: Entry) -> Receipt:
        scope = scope_of_station(desk, station, project)
        policy = in_force(desk, scope.operator, AttachmentPolicy, entry.day)
        evidence_file.check_file(facts, entry, policy)
        command.parts.attachments.put([content])
        return evidence_file.store_attachment(desk, entry, scope, facts)

    sent = CommandIn.model_validate({})
    return command.carry_out(sent, store, location="/api/v1/streams/{id}")


class SensitiveIn(CommandIn):
    """Why not everybody may open it."""

    reason: Text


@router.post("/attachments/{id}/sensitivity", status_code=201)
def mark_sensitive(id: Uuid, sent: SensitiveIn, command: Commanding) -> ReceiptOut:
    """Mark a file sensitive."""
    facts = evidence_file.AttachmentMarkedSensitive(reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: evidence_file.mark_sensitive(desk, entry, id, facts), on=id
    )


class RedactionIn(CommandIn):
    """The redacted copy, an attachment of its own."""

    copied_to: Uuid


@router.post("/attachments/{id}/redactions", status_code=201)
def redact_attachment(id: Uuid, sent: RedactionIn, command: Commanding) -> ReceiptOut:
    """Record a redacted copy; the original stays as it is."""
    return command.carry_out(
        sent,
        lambda desk, entry: evidence_file.redact_attachment(desk, entry, id, sent.copied_to),
        on=id,
    )


@router.get("/attachments")
def list_attachments(
    listed: DatedListed,
    ledger: Uuid | None = None,
    sensitive: bool | None = None,
    sha256: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
) -> Page:
    """Read the register of files, latest first; stored from … to …."""
    return listed.within(
        ATTACHMENT,
        "stored_on",
        where={"ledger": ledger, "sensitive": sensitive, "sha256": sha256},
        descending=True,
    )


@router.get("/attachments/{digest}", response_class=Response)
def read_attachment(
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], asked: AskedNow
) -> Response:
    """Read a file by the SHA-256 of its bytes, checked against it; who did stays on record.

    An evaluator reads what was handed in for the evaluation; the administrator reads none.
    """
    who = asked.principal
    with asked.answers() as answers:
        known = answers.rows(ATTACHMENT, where={"sha256": digest})
    if not known:
        raise NOT_FOUND("digest")
    _check_role(asked, digest)
    open_to = [row for row in known if _may_open(who, row)]
    if len(open_to) < len(known):
        raise FORBIDDEN("digest")
    attachment = open_to[0]["attachment"]
    put_on_record(asked, lambda desk, entry: record_opening(desk, entry, attachment, digest))
    content = asked.parts.attachments.read(digest)
    kept_as = {"Content-Disposition": f'attachment; filename="{digest}"'}
    return Response(content, media_type=known[0]["mime"], headers={**SAFE, **kept_as})


def _check_role(asked: Question, digest: str) -> None:
    """Refuse files to who opens nothing about people, and what was not handed in to evaluators."""
    who = asked.principal
    if who.role != "evaluator" or who.evaluation is None:
        check_reader(who)
        return
    handed = (
        file.sha256
        for event in asked.parts.records.events_of(who.evaluation)
        for file in getattr(event.facts, "files", ())
    )
    if digest not in handed:
        raise evidence_file.NOT_HANDED_IN("digest")


def _may_open(principal: Principal, row: Row) -> bool:
    return (
        not row["sensitive"]
        or principal.role in OPENS_SENSITIVE
        or principal.actor == row["stored_by"]
    )
