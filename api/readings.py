"""Opening a sealed field over HTTP; the reading is recorded before the words are shown."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from api.commands import CommandIn, Commanding, ReceiptOut, Uuid, example
from api.records import found
from api.routing import routes
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.journal.vault import Erased
from domain.private import Private
from domain.reading import read_field, sealed_fields
from domain.refusals import FORBIDDEN, UNAVAILABLE

router = routes("readings")


class ReadingIn(CommandIn):
    """Which field, and why it is needed."""

    field: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+$", max_length=100)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]

    model_config = example({"field": "note", "reason": "准备下次家访，需要了解上次情况"})


class ReadingOut(BaseModel):
    """The words, or that they were erased; and the receipt of this reading."""

    text: str | None
    erased: bool
    receipt: ReceiptOut


@router.post("/records/{event}/readings", status_code=201)
def read(event: Uuid, sent: ReadingIn, command: Commanding) -> ReadingOut:
    """Open a sealed field of a record; who read it, when and why stays on record."""
    known = found(command.parts, command.principal, event)
    opened: list[Private] = []

    def decide(desk: Desk, entry: Entry) -> Receipt:
        receipt, field = read_field(desk, entry, known, sent.field, sent.reason)
        opened.append(field)
        return receipt

    receipt = command.carry_out(sent, decide)
    command.response.headers["Cache-Control"] = "no-store"
    if not opened:
        # The same reading sent again is on record already, for whoever made it and nobody else.
        _check_own(command, receipt.events[0])
        opened.append(_again(known.facts, sent.field))
    words = _open(command, opened[0])
    return ReadingOut(text=words, erased=words is None, receipt=receipt)


def _check_own(command: Commanding, reading: str) -> None:
    made = found(command.parts, command.principal, reading)
    if (made.actor, made.role) != (command.principal.actor, command.principal.role):
        raise FORBIDDEN("Idempotency-Key")


def _again(facts: object, field: str) -> Private:
    return dict(sealed_fields(facts))[field]


def _open(command: Commanding, field: Private) -> str | None:
    if field.sealed is None or field.event is None or field.field is None:
        raise UNAVAILABLE("field")
    opened = command.parts.vault.open(
        field.person, field.purpose, field.sealed, field.event, field.field
    )
    return None if isinstance(opened, Erased) else opened
