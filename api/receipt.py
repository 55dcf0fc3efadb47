"""Receipts: whoever may read a record may take away proof that it was written down.

A receipt is a C2SP tlog-proof; `shilu verify-receipt` and any other checker of that format read it
without this installation. The short one fits on paper as a QR code.
"""

from __future__ import annotations

from io import BytesIO

import segno
from fastapi import Response
from segno.encoder import DataOverflowError

from api.commands import Uuid
from api.questions import AskedNow
from api.records import found
from api.routing import routes
from api.services import Services
from domain.journal.checkpoints import Checkpoints
from domain.journal.entries import JournalRow
from domain.principal import Principal
from domain.refusals import Conflict, Unavailable, refusal

router = routes("records")
QUIET_ZONE = 4
"""Empty modules around a QR code (ISO/IEC 18004)."""
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


class NotSignedYet(Unavailable):
    """The entry's ledger is signed again within ten seconds (see `domain.journal.signer`)."""

    wait = 5


NOT_SIGNED_YET = refusal("receipt.not_signed_yet", NotSignedYet)
SIGNING_HALTED = refusal("receipt.signing_halted", Conflict)
TOO_LONG = refusal("receipt.too_long_for_qr", Conflict)


@router.get("/records/{event}/receipt", response_class=Response)
def read_receipt(event: Uuid, asked: AskedNow, short: bool = False) -> Response:
    """回执: take away proof of a record (C2SP tlog-proof); the short one has only its hash."""
    content, _ = receipt_of(asked.parts, asked.principal, event, short=short)
    name = f'attachment; filename="{event}.tlog-proof"'
    return Response(content, media_type="text/plain", headers={**SAFE, "Content-Disposition": name})


@router.get("/records/{event}/receipt.svg", response_class=Response)
def draw_receipt(event: Uuid, asked: AskedNow) -> Response:
    """回执二维码: draw the short receipt as a QR code, to be printed."""
    content, _ = receipt_of(asked.parts, asked.principal, event, short=True)
    return Response(qr_code(content), media_type="image/svg+xml", headers=SAFE)


def receipt_of(
    parts: Services, caller: Principal, event: str, *, short: bool = False
) -> tuple[bytes, JournalRow]:
    """Return a record's receipt and where the record stands. Raises `not_found`, and as `proof`."""
    found(parts, caller, event)
    row = parts.journal.find(event)
    assert row is not None  # noqa: S101 - found a line above, and nothing is ever taken away
    return proof(parts.checkpoints, row, short=short), row


def proof(checkpoints: Checkpoints, row: JournalRow, *, short: bool) -> bytes:
    """Return an entry's receipt. Raises `receipt.not_signed_yet`, `receipt.signing_halted`."""
    made = checkpoints.receipt(row, short=short)
    if made is None:
        raise (SIGNING_HALTED if checkpoints.halted() else NOT_SIGNED_YET)("event")
    return made


def qr_code(receipt: bytes) -> bytes:
    """Draw a short receipt as SVG. Raises `receipt.too_long_for_qr` above 2,953 bytes."""
    try:
        code = segno.make_qr(receipt, error="l", mode="byte")
    except DataOverflowError:
        raise TOO_LONG("event") from None
    drawn = BytesIO()
    code.save(drawn, kind="svg", border=QUIET_ZONE, light="#fff", omitsize=True)
    return drawn.getvalue()
