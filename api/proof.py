"""A record's receipt as it is given out, to be read by a program or drawn for paper.

Commands give it too, and need no web framework for it.
"""

from __future__ import annotations

from io import BytesIO

import segno
from segno.encoder import DataOverflowError

from domain.journal.checkpoints import Checkpoints
from domain.journal.entries import JournalRow
from domain.refusals import Conflict, Unavailable, refusal

QUIET_ZONE = 4
"""Empty modules around a QR code (ISO/IEC 18004)."""


class NotSignedYet(Unavailable):
    """The entry's ledger is signed again within ten seconds (see `domain.journal.signer`)."""

    wait = 5


NOT_SIGNED_YET = refusal("receipt.not_signed_yet", NotSignedYet)
SIGNING_HALTED = refusal("receipt.signing_halted", Conflict)
TOO_LONG = refusal("receipt.too_long_for_qr", Conflict)


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
