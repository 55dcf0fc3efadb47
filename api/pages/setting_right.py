"""更正, 作废 and 恢复 for people: why, then what it would change, then the word to do it.

There is no edit button. Nothing is recorded before what would change has been shown, and what is
then recorded rests on the very version of the record that was shown. What is refused comes back
with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, get_args

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.commands import Command, Uuid
from api.pages.approving import APPROVED_BY, approvers
from api.pages.asked_language import language_of
from api.pages.correction_form import CorrectionForm
from api.pages.fields import Typed
from api.pages.filled_in import NOT_OFFERED
from api.pages.forms import Sent
from api.pages.language import Speech
from api.pages.reader import Reader, Reading
from api.pages.records import may_set_right, told
from api.preview import ForeseenChange, foreseen
from api.records import (
    CorrectionIn,
    RecordChangeIn,
    RecordCommand,
    RecordVoidingIn,
    correction,
    found,
    known_of,
    reinstatement,
    voiding,
)
from api.services import Services
from domain.aggregate import ALREADY_VOID, NOT_VOID
from domain.bounds import NO_ID
from domain.event import Correction, Effective, ReasonCode, topic_of
from domain.identity import Id, is_id, new_id
from domain.principal import Principal
from domain.refusals import INVALID, NOT_FOUND, Refusal, ShiluError
from domain.wording import TOO_LONG
from projections.audit import AUDIT
from projections.engine.view import Record, Row
from projections.preview_words import words_of

router = APIRouter()
LATE_REASON, DUPLICATE_OF = "late_reason", "duplicate_of"
OTHER_ID = "other_id"
"""The field for the id of a record that is kept and was not offered."""
OFFERED = 20
"""How many records of the same kind and day are offered as the one that is kept."""
LABELS = {
    "reason.code": "set_right.code",
    "reason.text": "set_right.text",
    "reason": "set_right.text",
    APPROVED_BY: "set_right.approver",
    LATE_REASON: "set_right.late_reason",
    DUPLICATE_OF: "set_right.duplicate_of",
}
"""What the fields are called that the three forms share: as a refusal names them → text."""


@dataclass(frozen=True)
class Way:
    """One way to set a record right."""

    name: str
    sent: type[RecordChangeIn]
    change: Callable[[Services, Principal, Id, Any], RecordCommand]


CORRECTION = Way("correction", CorrectionIn, correction)
VOIDING = Way("voiding", RecordVoidingIn, voiding)
REINSTATEMENT = Way("reinstatement", RecordChangeIn, reinstatement)


@router.get("/records/{event}/correction")
def correction_form(event: Uuid, reader: Reading) -> Response:
    """Ask what a record should say instead, and why."""
    return Step(reader, event, CORRECTION, {}).begin()


@router.post("/records/{event}/correction")
def correct(event: Uuid, reader: Reading, sent: Sent) -> Response:
    """Show what correcting a record would change; once that was shown, correct it."""
    return Step(reader, event, CORRECTION, sent).go_on()


@router.get("/records/{event}/voiding")
def voiding_form(event: Uuid, reader: Reading, duplicate_of: str = "") -> Response:
    """Ask why a record should be void; where it may be a duplicate, begin with that."""
    begun: Typed = {"code": ("duplicate",), DUPLICATE_OF: (duplicate_of,)}
    return Step(reader, event, VOIDING, begun if duplicate_of else {}).begin()


@router.post("/records/{event}/voiding")
def void(event: Uuid, reader: Reading, sent: Sent) -> Response:
    """Show what voiding a record would change; once that was shown, void it."""
    return Step(reader, event, VOIDING, sent).go_on()


@router.get("/records/{event}/reinstatement")
def reinstatement_form(event: Uuid, reader: Reading) -> Response:
    """Ask why a voiding should be taken back."""
    return Step(reader, event, REINSTATEMENT, {}).begin()


@router.post("/records/{event}/reinstatement")
def reinstate(event: Uuid, reader: Reading, sent: Sent) -> Response:
    """Show what taking a voiding back would change; once that was shown, take it back."""
    return Step(reader, event, REINSTATEMENT, sent).go_on()


@dataclass(frozen=True)
class Step:
    """One step of setting a record right: the form, what would change, or the deed."""

    reader: Reader
    event: Id
    way: Way
    typed: Typed

    def begin(self) -> Response:
        """Ask for what is wanted; say why nothing can be, where the record stands otherwise."""
        correctable(self.reader, self.event)
        if self._void == (self.way is REINSTATEMENT):
            return self.page()
        unfit = ALREADY_VOID if self._void else NOT_VOID
        return self.page(refused=unfit("event"), asks=False)

    def go_on(self) -> Response:
        """Do it under a key that came with what was shown; else show what it would change.

        What is refused is said beside the form, with what was typed.
        """
        correctable(self.reader, self.event)
        try:
            seen, sent = self._seen(), self._sent()
            key = _id(self._text("key"), "key")
            return self._do(sent, key, seen) if key else self._show(sent, seen)
        except Refusal as refused:
            return self.page(refused.status, refused=refused)

    def _text(self, name: str) -> str:
        return next(iter(self.typed.get(name, ())), "").strip()

    def _seen(self) -> int | None:
        """Return the version that was shown. Raises `invalid`."""
        seen = self._text("seen")
        if seen and not (seen.isascii() and seen.isdecimal() and len(seen) < 10):
            raise INVALID("seen")
        return int(seen) if seen else None

    def _sent(self) -> RecordChangeIn:
        """Return what was typed, as the command has it. Raises `invalid`, `page.*`."""
        sent: dict[str, Any] = {
            "reason": {"code": self._text("code"), "text": self._text("text")},
            APPROVED_BY: _id(self._text(APPROVED_BY), APPROVED_BY),
            LATE_REASON: self._text(LATE_REASON) or None,
        }
        if self.way is VOIDING:
            sent[DUPLICATE_OF] = _id(self.kept, DUPLICATE_OF)
        if self.way is CORRECTION:
            sent |= {"facts": self.form.facts(), "happened": self.form.occurred()}
        try:
            return self.way.sent.model_validate(sent)
        except ValidationError as error:
            raise _refused(error) from None

    def _show(self, sent: RecordChangeIn, seen: int | None) -> Response:
        command, change = self._command(new_id(), seen), self._change(sent)
        seen_now = foreseen(command, self.reader.asked.at(None), self.event, sent, change)
        return self.page(shown=seen_now, key=command.key, seen=seen_now.version)

    def _do(self, sent: RecordChangeIn, key: Id, seen: int | None) -> Response:
        change = self._change(sent)
        self._command(key, seen or 0).carry_out(sent, change.decide, on=change.stream)
        return RedirectResponse(f"/records/{self.event}", status_code=303)

    def _change(self, sent: RecordChangeIn) -> RecordCommand:
        return self.way.change(
            self.reader.asked.parts, self.reader.asked.principal, self.event, sent
        )

    def _command(self, key: str, seen: int | None) -> Command:
        """Return the command; sent twice under one key, it is the same one as often as it says
        the same."""
        asked = self.reader.asked
        said = {name: texts for name, texts in self.typed.items() if name not in ("key", "seen")}
        content = msgspec.json.encode(
            [asked.principal.actor, self.way.name, self.event, said], order="sorted"
        )
        return Command(
            asked.principal, asked.parts, Response(), key, sha256(content).digest(), seen
        )

    @cached_property
    def kept(self) -> str:
        """The id of the record that stays, where this one says the same."""
        return self._text(OTHER_ID) or self._text(DUPLICATE_OF)

    @cached_property
    def form(self) -> CorrectionForm:
        """The fields, with what was typed into them."""
        return CorrectionForm(self._says, self.typed)

    def page(
        self,
        status: int = 200,
        *,
        refused: ShiluError | None = None,
        shown: ForeseenChange | None = None,
        key: str = "",
        seen: int | None = None,
        asks: bool = True,
    ) -> Response:
        """Answer with the form, what is said beside it, and what would change."""
        record = correctable(self.reader, self.event)
        on = record.event
        named = None if refused is None else refused.field
        approves = named == APPROVED_BY or bool(self._text(APPROVED_BY))
        asked = {name: self._text(name) for name in ("code", "text", APPROVED_BY, LATE_REASON)}
        answer = self.reader.page(
            "setting_right.html",
            **asked,
            asks=asks,
            void=self._void,
            resent=self._resent(),
            effects=None if shown is None else words_of(shown.preview),
            warnings=[] if shown is None else shown.warnings,
            said=None if refused is None else self._said(refused),
            wrong=self.form.field_of(named),
            key=key,
            seen=self._version() if seen is None else seen,
            asks_approver=approves,
            approvers=approvers(self.reader, on.operator, on.station, refused) if approves else {},
            asks_lateness=named == LATE_REASON or bool(asked[LATE_REASON]),
            event=self.event,
            how=self.way.name,
            form=self.form,
            kept=self.kept,
            others=self._others(record) if self.way is VOIDING else [],
            type=topic_of(type(record.facts)),
            says=told(self._says),
            demonstration=record.event.demonstration,
            reasons=get_args(ReasonCode),
        )
        answer.status_code = status
        return answer

    def _resent(self) -> Typed:
        """Return what was sent, to be shown again in another language; never what does it."""
        sent = self.reader.request.method == "POST"
        return {name: texts for name, texts in self.typed.items() if sent and name != "key"}

    def _said(self, refused: ShiluError) -> str:
        """Return the sentence of a refusal, after the name of the field that it names."""
        speech = Speech(language_of(self.reader.request))
        words = refused.text(speech.language)
        named = refused.field or ""
        shared = LABELS.get(named)
        label = self.form.label_of(self.form.field_of(named))
        called = speech.text(shared) if shared else speech.word("field", label) if label else ""
        return f"{called}{speech.text('record.colon')}{words}" if called else words

    def _others(self, record: Record[Any]) -> list[Row]:
        """Return what else of the kind is on record of the day, which it may say again."""
        asked = self.reader.asked.at(None)
        where = {"ledger": record.event.ledger, "type": topic_of(type(record.facts))}
        with asked.answers() as answers:
            found = answers.rows(
                AUDIT,
                where=where | {"day": self._says.occurred.day},
                order=("position",),
                descending=True,
                limit=OFFERED + 1,
            )
        return [row for row in found if row["event"] != self.event][:OFFERED]

    def _version(self) -> int:
        return max(each.event.version for each in self._beside)

    @cached_property
    def _beside(self) -> list[Record[Any]]:
        return records_beside(self.reader, self.event)

    @property
    def _void(self) -> bool:
        """Say whether the record is void."""
        steps = [each.facts for each in self._beside if isinstance(each.facts, Correction)]
        last = next((each for each in reversed(steps) if each.target == self.event), None)
        return last is not None and last.after is None

    @cached_property
    def _says(self) -> Effective[Any]:
        """What the record says, or said until it was void."""
        says: Effective[Any] | None = None
        for each in self._beside:
            facts = each.facts
            if each.id == self.event:
                says = Effective(occurred=each.occurred, facts=facts)
            elif isinstance(facts, Correction) and facts.target == self.event:
                says = facts.after or facts.before
        assert says is not None  # noqa: S101 - the record itself is among them
        return says


def _refused(error: ValidationError) -> ShiluError:
    """Return the first thing that is wrong with what was typed, as a refusal of its field."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "string_too_long":
        return TOO_LONG(field, most=first["ctx"]["max_length"])
    return NOT_OFFERED(field) if first["type"] == "literal_error" else INVALID(field)


def _id(text: str, field: str) -> Id | None:
    """Read an id; None where nothing was typed. Raises `bounds.no_id`."""
    if text and not is_id(text):
        raise NO_ID(field)
    return text or None


def records_beside(reader: Reader, event: Id) -> list[Record[Any]]:
    """Return all of the stream in which an event stands, as it is now. Raises `not_found`.

    What was known earlier, which an address can ask for everywhere, is not what is set right.
    """
    asked = reader.asked.at(None)
    return known_of(asked, found(asked.parts, asked.principal, event).stream)


def correctable(reader: Reader, event: Id) -> Record[Any]:
    """Return a record that its reader can set right. Raises `not_found` for all others."""
    record = next((each for each in records_beside(reader, event) if each.id == event), None)
    if record is None or not may_set_right(reader, record):
        raise NOT_FOUND("event")
    return record
