"""作废 and 恢复 for people: a reason, then what it would change, then the word to do it.

There is no edit button. Nothing is recorded before what would change has been shown, and what is
then recorded rests on the very version of the record that was shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from api.commands import Command, Uuid
from api.pages.language import language_of
from api.pages.reader import Reader, Reading
from api.pages.records import may_set_right, told
from api.preview import foreseen
from api.records import (
    Change,
    ChangeIn,
    VoidingIn,
    found,
    known_of,
    reinstatement,
    voiding,
)
from api.services import Services
from domain.event import Correction, Effective, ReasonCode, topic_of
from domain.identity import Id, is_id, new_id
from domain.principal import Principal
from domain.refusals import INVALID, NOT_FOUND, Refusal
from domain.staff import APPROVING
from projections.engine.view import Record, Row
from projections.preview_words import words_of
from projections.staff import ROLE

router = APIRouter()
Code = Annotated[ReasonCode, Form()]
Text = Annotated[str, Form(max_length=500)]
Key = Annotated[Uuid | None, Form()]
Seen = Annotated[int, Form(ge=0)]
Approver = Annotated[str, Form(max_length=200)]
APPROVED_BY = "approved_by"


@dataclass(frozen=True)
class Way:
    """One way to set a record right that takes a reason and nothing more."""

    name: str
    sent: type[ChangeIn]
    change: Callable[[Services, Principal, Id, Any], Change]


VOIDING = Way("voiding", VoidingIn, voiding)
REINSTATEMENT = Way("reinstatement", ChangeIn, reinstatement)


@router.get("/records/{event}/voiding")
def voiding_form(event: Uuid, reader: Reading) -> Response:
    """Ask why a record should be void."""
    return Step(reader, event, VOIDING).form()


@router.post("/records/{event}/voiding")
def void(
    event: Uuid,
    reader: Reading,
    code: Code,
    text: Text = "",
    approved_by: Approver = "",
    key: Key = None,
    seen: Seen = 0,
) -> Response:
    """Show what voiding a record would change; once that was shown, void it."""
    return Step(reader, event, VOIDING, code, text, approved_by.strip()).go_on(key, seen)


@router.get("/records/{event}/reinstatement")
def reinstatement_form(event: Uuid, reader: Reading) -> Response:
    """Ask why a voiding should be taken back."""
    return Step(reader, event, REINSTATEMENT).form()


@router.post("/records/{event}/reinstatement")
def reinstate(
    event: Uuid,
    reader: Reading,
    code: Code,
    text: Text = "",
    approved_by: Approver = "",
    key: Key = None,
    seen: Seen = 0,
) -> Response:
    """Show what taking a voiding back would change; once that was shown, take it back."""
    return Step(reader, event, REINSTATEMENT, code, text, approved_by.strip()).go_on(key, seen)


@dataclass(frozen=True)
class Step:
    """One step of setting a record right: the form, what would change, or the deed."""

    reader: Reader
    event: Id
    way: Way
    code: ReasonCode = "entry_error"
    text: str = ""
    approved_by: str = ""

    def form(self) -> Response:
        """Show the form as it is."""
        return self._page()

    def go_on(self, key: Id | None, seen: int) -> Response:
        """Do it under a key that came with what was shown; else show what it would change.

        What is refused is said beside the form, with what was typed.
        """
        try:
            sent = self._sent()
            return self._show(sent) if key is None else self._do(sent, key, seen)
        except Refusal as refused:
            unapproved = refused.field == APPROVED_BY
            if refused.code == NOT_FOUND.code and not unapproved:
                raise
            said = refused.text(language_of(self.reader.request))
            return self._page(refused.status, said=said, unapproved=unapproved)

    def _sent(self) -> ChangeIn:
        """Return what was typed, as the command has it. Raises `invalid` of who approves."""
        if self.approved_by and not is_id(self.approved_by):
            raise INVALID(APPROVED_BY)
        reason = {"code": self.code, "text": self.text}
        return self.way.sent.model_validate(
            {"reason": reason, APPROVED_BY: self.approved_by or None}
        )

    def _show(self, sent: ChangeIn) -> Response:
        command, change = self._command(new_id()), self._change(sent)
        preview, version = foreseen(command, self.reader.asked.at(None), self.event, sent, change)
        return self._page(told=words_of(preview), key=command.key, seen=version)

    def _do(self, sent: ChangeIn, key: Id, seen: int) -> Response:
        change = self._change(sent)
        self._command(key, seen).carry_out(sent, change.decide, on=change.stream)
        return RedirectResponse(f"/records/{self.event}", status_code=303)

    def _change(self, sent: ChangeIn) -> Change:
        return self.way.change(
            self.reader.asked.parts, self.reader.asked.principal, self.event, sent
        )

    def _command(self, key: str, seen: int | None = None) -> Command:
        """Return the command; sent twice under one key, it is the same one as often as it says
        the same."""
        asked = self.reader.asked
        what = (self.way.name, self.event, self.code, self.approved_by, self.text)
        said = " ".join((asked.principal.actor, *what))
        fingerprint = sha256(said.encode()).digest()
        return Command(asked.principal, asked.parts, Response(), key, fingerprint, seen)

    def _page(self, status: int = 200, **shown: Any) -> Response:
        record = correctable(self.reader, self.event)
        asks = bool(shown.pop("unapproved", False) or self.approved_by)
        answer = self.reader.page(
            "setting_right.html",
            **{"told": None, "said": None, "key": "", "seen": 0, **shown},
            approved_by=self.approved_by,
            asks_approver=asks,
            approvers=self._approvers(record.event.operator) if asks else {},
            event=self.event,
            how=self.way.name,
            code=self.code,
            text=self.text,
            type=topic_of(type(record.facts)),
            says=self._says(),
            demonstration=record.event.demonstration,
            reasons=get_args(ReasonCode),
        )
        answer.status_code = status
        return answer

    def _approvers(self, operator: Id) -> dict[Id, str]:
        """Return who of the operator's register may approve today but the reader, each with a
        role; none where it keeps no register here.
        """
        asked = self.reader.asked.at(None)
        where = {"operator": operator, "role": sorted(APPROVING)}
        today = {"ends": asked.today}
        with asked.answers() as answers:
            held = answers.rows(ROLE, where=where, since=today, until={"begins": asked.today})
        return {row["staff"]: row["role"] for row in held if row["staff"] != self.reader.actor}

    def _says(self) -> Row:
        """Return what the record says, or said until it was void."""
        says: Effective[Any] | None = None
        for each in records_beside(self.reader, self.event):
            facts = each.facts
            if each.id == self.event:
                says = Effective(occurred=each.occurred, facts=facts)
            elif isinstance(facts, Correction) and facts.target == self.event:
                says = facts.after or facts.before
        assert says is not None  # noqa: S101 - the record itself is among them
        return told(says)


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
