"""Opening a sealed field over HTTP; the reading is recorded before the words are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from api.commands import (
    Command,
    CommandIn,
    Commanding,
    ReceiptOut,
    Uuid,
    WarningOut,
    example,
)
from api.questions import DatedListed, Page
from api.records import found
from api.routing import routes
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.journal.vault import Erased
from domain.neighbours import Named
from domain.principal import Principal
from domain.private import Private, private_fields
from domain.reading import MOST_NAMES, SHOWN_ONCE, named_of, read_field, read_names
from domain.refusals import UNAVAILABLE
from domain.unregistered import WordsErasureRequested, request_words_erasure
from projections.donation import DONATION
from projections.reading import READING

router = routes("readings")


Path = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+$", max_length=100)]
"""A field of a record's facts, by its path."""
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


class ReadingIn(CommandIn):
    """Which field, and why it is needed."""

    field: Path
    reason: Why

    model_config = example({"field": "note", "reason": "准备下次家访，需要了解上次情况"})


class ReadingOut(BaseModel):
    """The words, or that they were erased; and the receipt of this reading.

    Sent again under the same key, the command is not carried out again and shows no words: `text`
    is null, and a warning of the receipt (`reading.shown_once`) says so. Whoever needs them again
    sends it under a new key, and that is on record too.
    """

    text: str | None
    erased: bool
    receipt: ReceiptOut


@router.post("/records/{event}/readings", status_code=201)
def read(event: Uuid, sent: ReadingIn, command: Commanding) -> ReadingOut:
    """Open a sealed field of a record; who read it, when and why stays on record."""
    return opened(command, event, sent)


def opened(command: Command, event: Id, sent: ReadingIn) -> ReadingOut:
    """Record that a field is read, then open it."""
    known = found(command.parts, command.principal, event)
    receipt = command.carry_out(
        sent, lambda desk, entry: read_field(desk, entry, known, sent.field, sent.reason)
    )
    command.response.headers["Cache-Control"] = "no-store"
    words = _open(command, dict(private_fields(known.facts))[sent.field])
    if receipt.repeated and words is not None:
        return ReadingOut(text=None, erased=False, receipt=_shown_before(receipt))
    return ReadingOut(text=words, erased=words is None, receipt=receipt)


def _shown_before(receipt: ReceiptOut) -> ReceiptOut:
    """Say of a repetition that it shows nothing: one reading on record opens words once."""
    said = SHOWN_ONCE()
    told = WarningOut(
        code=said.code, title=said.text("zh"), detail=said.text("en"), other=receipt.stream
    )
    return receipt.model_copy(update={"warnings": (told,)})


class NamesIn(CommandIn):
    """Whose names, and why they are needed."""

    people: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=MOST_NAMES)]
    reason: Why

    model_config = example(
        {"people": ["99f68f88-b208-5a9e-84e3-a6e90855c3f6"], "reason": "核对小组名单"}
    )


class NameOut(BaseModel):
    """A name, or that it was erased."""

    person: Id
    name: str | None
    erased: bool


class NamesOut(BaseModel):
    """The names of those who have one on record, and the receipt of these readings.

    Sent again under the same key, the command shows none, as with any sealed words.
    """

    names: tuple[NameOut, ...]
    receipt: ReceiptOut


@router.post("/name-readings", status_code=201)
def read_people(sent: NamesIn, command: Commanding) -> NamesOut:
    """Open the names of several people, as of a list; of each it stays on record by itself."""
    return opened_names(command, sent)


def opened_names(command: Command, sent: NamesIn) -> NamesOut:
    """Record that names are read, of each person by itself; then open them."""
    named: dict[Id, Named] = {}

    def decide(desk: Desk, entry: Entry) -> Receipt:
        named.update(named_of(desk, sent.people))
        return read_names(desk, entry, tuple(named.values()), sent.reason)

    receipt = command.carry_out(sent, decide)
    command.response.headers["Cache-Control"] = "no-store"
    if receipt.repeated:
        return NamesOut(names=(), receipt=_shown_before(receipt))
    words = {id: _open(command, person.name) for id, person in named.items() if person.name}
    names = (NameOut(person=id, name=name, erased=name is None) for id, name in words.items())
    return NamesOut(names=tuple(names), receipt=receipt)


@router.get("/readings")
def list_readings(
    listed: DatedListed, person: Uuid | None = None, reader: Uuid | None = None
) -> Page:
    """Read who opened sealed words of whom and why, and who found them by a document's number.

    The latest comes first.
    """
    where = {"person": person, "reader": reader}
    return listed.within(READING, "day", where=where, order=("read_at",), descending=True)


class WordsErasureIn(CommandIn):
    """Whose words: of which field. Who asks, and why."""

    field: Path
    by: Literal["person", "guardian", "operator"]
    reason: Literal["own_wish", "consent_withdrawn", "purpose_fulfilled", "retention_over"]

    model_config = example({"field": "donor", "by": "person", "reason": "own_wish"})


@router.post("/records/{event}/erasure-requests", status_code=201)
def request_erasure(event: Uuid, sent: WordsErasureIn, command: Commanding) -> ReceiptOut:
    """Ask that words of somebody who is not registered be erased, as a donor's name.

    Whatever is sealed under the same id goes with them, also in other records. Refused: words of
    registered people and of staff, who are erased by their own commands; words that stand at other
    stations too, which somebody asks for who sees those.
    """
    known = found(command.parts, command.principal, event)
    facts = WordsErasureRequested(record=event, field=sent.field, by=sent.by, reason=sent.reason)
    parts, who = command.parts, command.principal
    whole = Principal(actor=who.actor, role="system", operator=known.operator)

    def elsewhere(owner: Id) -> bool:
        with parts.asking.within(whole) as answers:
            gifts = answers.rows(DONATION, where={"operator": known.operator, "donor": owner})
        return not all(who.covers(row["operator"], row["station"], row["ledger"]) for row in gifts)

    return command.carry_out(
        sent,
        lambda desk, entry: request_words_erasure(
            desk, entry, known, facts, parts.records.desk(whole), elsewhere
        ),
    )


def _open(command: Commanding, field: Private) -> str | None:
    if field.sealed is None or field.event is None or field.field is None:
        raise UNAVAILABLE("field")
    opened = command.parts.vault.open(
        field.person, field.purpose, field.sealed, field.event, field.field
    )
    return None if isinstance(opened, Erased) else opened
