"""Timestamps by somebody else (RFC 3161): that a signed checkpoint existed at a moment.

The installation's own clock proves nothing to a doubter. A timestamp authority signs the hash of
the checkpoint with the time of its own clock; whoever trusts the authority's root certificate
knows that all entries up to there were written no later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from domain.journal.posting import Unreachable, post
from domain.journal.verify import Checkpoint, Finding, Note, Report, Unsound

NO_CERTIFICATE = (
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)
"""How a certificate is found to be none, besides by a ValueError."""
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


def take_timestamp(url: str, note: bytes) -> tuple[bytes, datetime]:
    """Return an authority's timestamp over a note, with its time.

    Whether the authority is one to be trusted is for whoever verifies it. Raises `Unreachable`,
    and `Unsound` for an answer that is not about this note.
    """
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    answer = post(url, request.as_bytes(), QUERY)
    if answer.status != 200 or answer.kind != REPLY:
        raise Unreachable(f"status {answer.status}")
    reply = _decoded(answer.body)
    told = reply.tst_info
    ours = told.message_imprint.message == sha256(note).digest()
    if not ours or told.nonce != request.nonce:
        raise Unsound("a timestamp of something else")
    return answer.body, told.gen_time


def verify_timestamp(token: bytes, note: bytes, roots_pem: bytes) -> datetime:
    """Return when an authority under one of these root certificates saw a note.

    `token` is the whole answer (`openssl ts -verify -in`), over SHA-256 or better. The
    certificates need to have been valid then, not now. Raises `Unsound`.
    """
    try:
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(roots_pem))
    except ValueError:
        raise Unsound("not root certificates") from None
    reply = _decoded(token)
    try:
        builder.build().verify_message(reply, note)
    except (VerificationError, ValueError, *NO_CERTIFICATE) as error:
        raise Unsound(f"the timestamp does not hold: {error}") from None
    return reply.tst_info.gen_time


def seen(bundle: Path, roots_pem: bytes, report: Report) -> Iterator[Finding]:
    """Yield when authorities saw the heads of a bundle: `timestamp.seen`, or `timestamp.bad`.

    A head that the verifier's `report` did not count dates nothing: it may be of other records.
    """
    told = (each for each in [*report.findings, *report.remarks] if "path" in each.details)
    passed_over = {(each.ledger, each.details["path"]) for each in told}
    for answer in sorted(filter(Path.is_file, bundle.glob("ledgers/*/timestamps/*.tsr"))):
        ledger, path = answer.parts[-3], f"timestamps/{answer.name}"
        if (ledger, path.removesuffix(".tsr")) in passed_over:
            continue
        try:
            note = answer.with_suffix("").read_bytes()
            moment = verify_timestamp(answer.read_bytes(), note, roots_pem)
            size = Checkpoint.read(Note.read(note)).size
        except (OSError, Unsound) as error:
            why = getattr(error, "strerror", str(error))
            yield Finding("timestamp.bad", ledger, None, {"path": path, "why": why})
        else:
            details = {"path": path, "size": size, "at": moment.isoformat()}
            yield Finding("timestamp.seen", ledger, None, details)


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        reply = decode_timestamp_response(token)
        granted = reply.status == PKIStatus.GRANTED
        granted = granted and bool(reply.tst_info)  # which raises where there is none
    except ValueError:
        raise Unsound("not a timestamp") from None
    if not granted:
        raise Unsound("the authority has refused")
    return reply
