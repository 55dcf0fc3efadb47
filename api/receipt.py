"""Receipts: whoever may read a record may take away proof that it was written down.

A receipt is a C2SP tlog-proof; `shilu verify-receipt` and any other checker of that format read it
without this installation. The short one fits on paper as a QR code.
"""

from __future__ import annotations

from fastapi import Response

from api.commands import Uuid
from api.proof import proof, qr_code
from api.questions import AskedNow
from api.records import found
from api.routing import routes
from api.services import Services
from domain.journal.entries import JournalRow
from domain.principal import Principal

router = routes("records")
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}


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
