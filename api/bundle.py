"""Bundles over HTTP: a ledger's records asked for whole, made as a task, fetched as a zip."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.commands import Command, CommandIn, Commanding, ReceiptOut, Uuid, example
from api.routing import routes
from domain.export import (
    SIGNING_HALTED,
    ExportPurpose,
    ExportTerms,
    Extent,
    record_export,
)
from domain.identity import Id, derived_id
from domain.journal.past import LAST, Moment, reached_moment_of
from domain.journal.tasks import Asked
from domain.private import Purpose
from projections.parquet import check_installed

router = routes("bundles")
MOST_LEDGERS = 50
DUTY = "make_bundle"


class BundleIn(CommandIn):
    """Whose records, as known when; fields opened and files enclosed only for a purpose;
    tables as Parquet too where that is wanted.

    `ledgers` are ids of projects, stations or operators; `known_at` is a position, a civil day or
    a time, by default now; `opened` names the kinds of sealed fields that are opened, by default
    none.
    """

    ledgers: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=MOST_LEDGERS)]
    known_at: Annotated[str, StringConstraints(max_length=40)] | None = None
    opened: Annotated[tuple[Purpose, ...], Field(max_length=4)] = ()
    purpose: ExportPurpose | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    attachments: bool = False
    parquet: bool = False

    model_config = example({"ledgers": ["0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"]})

    def terms(self) -> ExportTerms:
        """Return what else is asked for, as the domain has it."""
        return ExportTerms(
            columns=self.opened,
            purpose=self.purpose,
            reason=self.reason,
            attachments=self.attachments,
            parquet=self.parquet,
        )


class BundleOut(BaseModel):
    """The task that makes the bundle, the export by which it is on record, and that receipt."""

    task: Id
    export: Id
    receipt: ReceiptOut


@router.post("/bundles", status_code=202)
def ask_for_bundle(sent: BundleIn, command: Commanding) -> BundleOut:
    """Ask for a bundle of whole ledgers (评估资料包). The export is on record before it is made.

    The answer names the task; the same key asks once.
    """
    parts = command.parts
    if parts.checkpoints.halted():
        raise SIGNING_HALTED("ledgers")
    if sent.parquet:
        check_installed()
    asked = extents(sent, command)
    receipt = command.carry_out(
        sent, lambda desk, entry: record_export(desk, entry, asked, sent.terms())
    )
    found = [known for known in map(parts.records.find, receipt.events) if known]
    event, alone = found[0][1], len(found) == 1
    task = derived_id("task", event.id, DUTY)
    parts.register.ask(
        Asked(
            task=task,
            duty=DUTY,
            subjects=receipt.events,
            operator=event.operator,
            station=event.station if alone else None,
            ledger=event.ledger if alone else None,
            asked_by=event.actor,
            asked_as=event.role,
        )
    )
    command.response.headers["Location"] = f"/api/v1/tasks/{task}"
    return BundleOut(task=task, export=receipt.stream, receipt=receipt)


def extents(sent: BundleIn, command: Command) -> list[Extent]:
    """Return how far each ledger had come at the moment asked about.

    Raises `known_at.unclear`, `known_at.beyond` and `known_at.in_future`.
    """
    past = command.parts.past.journal
    moment: Moment = LAST
    if sent.known_at is not None:
        head = command.parts.journal.max_notification_id() or 0
        moment = reached_moment_of(sent.known_at, head, command.parts.clock.now())
    reached = {reach.ledger: reach for reach in past.reached(command.principal, moment)}
    ledgers = dict.fromkeys(sent.ledgers)
    return [
        Extent(
            ledger=ledger,
            rows=reached[ledger].number if ledger in reached else 0,
            position=reached[ledger].position if ledger in reached else 0,
        )
        for ledger in ledgers
    ]
