"""Makes the bundle of an export that is on record, as a zip that whoever asked for it may fetch.

Everything it must know stands in the events of the export, one for each ledger: the task names
them. Made again, it is the same to the byte, but for the words of whoever was erased meanwhile.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import monotonic, sleep

from domain.event import AnyEvent
from domain.export import SIGNING_HALTED
from domain.identity import Id
from domain.journal.checkpoints import Kept
from domain.journal.entries import JournalRow
from domain.journal.opened import outlived, remove
from domain.journal.seal import SealError
from domain.journal.signer import SigningHalted
from workers.bundle import Handing, NotAsSignedError, Press, write_bundle
from workers.duty import Duty, Job, Workshop
from workers.packing import keep, packed

PATIENCE = 20.0
"""How long witnesses are waited for, which the signing process asks every five seconds: a policy
that asks for some of them opens no head that they have not seen."""
LOOK_SECONDS = 0.25


def make_bundle(workshop: Workshop, job: Job) -> str:
    """Make the bundle of some exports and return the hash of its zip.

    Raises `export.no_keys`, `export.signing_halted`, and `NotAsSignedError` where the journal is
    no longer what it was when the export was recorded.
    """
    exports = [recorded(workshop, each) for each in job.task.subjects]
    asked, first = exports[0]
    workshop.exports.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        workshop.press() as press,
        tempfile.TemporaryDirectory(prefix=".bundle-", dir=workshop.exports) as room,
    ):
        signed = [signed_at(press, event.ledger, event.facts.rows) for _, event in exports]
        folder, handing = Path(room) / "bundle", Handing.of(first, asked.at)
        write_bundle(press, signed, folder, asked.at, job.report, handing)
        made = keep(workshop.exports, ".zip", lambda draft: packed(folder, draft))
    file = workshop.exports / f"{made}.zip"
    if outlived(workshop.vault, file):
        remove(file)  # somebody was erased while it was made
    return made


def recorded(workshop: Workshop, export: Id) -> tuple[JournalRow, AnyEvent]:
    """Return the event of an export, with its place in the journal."""
    found = workshop.records.find(export)
    if found is None:
        raise NotAsSignedError(export)
    return found


def signed_at(press: Press, ledger: Id, size: int) -> Kept:
    """Return a ledger's checkpoint at a size, if need be once witnesses have had their turn.

    Raises `export.signing_halted` and `NotAsSignedError`.
    """
    try:
        kept = press.signer.sign_at(ledger, size)
    except SigningHalted:
        raise SIGNING_HALTED("ledgers") from None
    except (LookupError, SealError):
        raise NotAsSignedError(ledger) from None
    deadline = monotonic() + PATIENCE
    while True:
        kept, done = press.checkpoints.witnessed(kept)
        if done or monotonic() > deadline:
            return kept
        sleep(LOOK_SECONDS)


MAKE_BUNDLE = Duty("make_bundle", make_bundle, queue="long")
