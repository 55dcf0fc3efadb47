"""The forms for new records: of each kind which fields it asks, and what its command then has.

How a field is asked for say the types of the facts that keep it; a further kind is a few lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from api.case import SessionIn, hold_session
from api.commands import Command, CommandIn, ReceiptOut
from api.pages.fields import Field, Texts, Typed, asked_as
from api.pages.filled_in import NOT_FILLED, minute, plain, read
from api.pages.whom import Whom
from api.visit import AttemptIn, VisitIn, record_attempt, record_visit
from domain.case_facts import CaseSessionHeld
from domain.entry import check_captured
from domain.event import Facts
from domain.refusals import Refusal
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitAttempted,
    HomeVisitMade,
    PhoneContactMade,
)

START = Field("occurred.start", "occurred.start", "moment", ("",))
PRECISION = Field(
    "occurred.precision", "occurred.precision", "choice", ("instant",), choices=("instant", "day")
)
OTHERS = Field("others", "others", "number", ("",), optional=True, most=3)
WHOM = "whom"
FIELD_OF = {
    "occurred": START.name,
    "attendance": OTHERS.name,
    "attendance.0.person": WHOM,
    "attendance.1.count": OTHERS.name,
    "attendance.0.count": OTHERS.name,
    "person": WHOM,
    "case": WHOM,
    "household": WHOM,
    "about": WHOM,
}
"""Where a form asks for what a refusal names otherwise."""


@dataclass(frozen=True)
class Kind:
    """A kind of record that a page writes: the command that `does` it, and the facts it makes.

    `fields` are the form's, as the command calls them → as the facts do; what is in `rarely` is
    asked for only once it was refused for lack of it.
    """

    sent: type[CommandIn]
    does: Callable[[Whom, Any, Command], ReceiptOut]
    facts: type[Facts]
    fields: Mapping[str, str]
    rarely: Mapping[str, str] = field(default_factory=dict)
    of_case: bool = False

    def takes(self, name: str) -> bool:
        """Say whether its command has a field of this name."""
        return name in self.sent.model_fields


def _visit(_: Whom, sent: VisitIn, command: Command) -> ReceiptOut:
    return record_visit(sent, command)


def _attempt(_: Whom, sent: AttemptIn, command: Command) -> ReceiptOut:
    return record_attempt(sent, command)


def _session(whom: Whom, sent: SessionIn, command: Command) -> ReceiptOut:
    return hold_session(whom.case or "", sent, command)


KINDS: Mapping[str, Kind] = {
    "home_visit": Kind(
        VisitIn,
        _visit,
        HomeVisitMade,
        {
            "minutes": "minutes", "purpose": "purpose", "note": "condition", "needs": "needs",
            "risk_signs": "risk_signs",
        },
        rarely={"explanation": "explanation"},
    ),
    "home_service": Kind(
        VisitIn,
        _visit,
        HomeServiceDelivered,
        {"minutes": "minutes", "services": "services", "note": "note"},
    ),
    "phone_contact": Kind(
        VisitIn,
        _visit,
        PhoneContactMade,
        {"minutes": "minutes", "answered": "answered", "verified": "verified", "note": "note"},
    ),
    "case_session": Kind(
        SessionIn,
        _session,
        CaseSessionHeld,
        {"minutes": "minutes", "method": "method", "content": "content", "next_step": "next_step"},
        of_case=True,
    ),
    "attempt": Kind(AttemptIn, _attempt, HomeVisitAttempted, {"outcome": "outcome"}),
}  # fmt: skip


@dataclass(frozen=True)
class NewForm:
    """A form for something new, with what was typed into it; `now` is when it was shown."""

    typed: Typed
    now: datetime

    @property
    def happened(self) -> tuple[Field, ...]:
        """The fields that say when."""
        return START, PRECISION

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return self.happened

    def said(self, field: Field) -> Texts:
        """Return what a field shows: what was typed, else what it begins with."""
        begins = (f"{self.now:%Y-%m-%dT%H:%M}",) if field is START else field.stands
        return self.typed.get(field.name, begins)

    def differs(self, field: Field) -> bool:
        """Say that nothing stands yet from which it could differ."""
        return False

    def line(self, name: str) -> str:
        """Return what was typed into a field of one line."""
        return plain(self.typed.get(name, ()))

    def envelope(self) -> dict[str, Any]:
        """Return what every command has: when it happened, and what is told of writing it down.

        Raises `page.*`, naming the field.
        """
        told = {
            "late_reason": self.line("late_reason") or None,
            "approved_by": self.line("approved_by") or None,
            "captured_at": self._captured(),
        }
        when = {each.label.partition(".")[2]: read(each, self.said(each)) for each in self.happened}
        return {"occurred": when, **{name: it for name, it in told.items() if it is not None}}

    def _captured(self) -> str | None:
        """Return when a device says that this was kept on it; nothing where its clock was wrong,
        which nobody can set right afterwards."""
        told = self.line("captured_at")
        try:
            check_captured(minute(told, "captured_at"), self.now)
        except Refusal:
            return None
        return told


@dataclass(frozen=True)
class RecordingForm(NewForm):
    """The form of one kind."""

    name: str

    @property
    def kind(self) -> Kind:
        """Which kind of record it writes."""
        return KINDS[self.name]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that say what was done."""
        others = (OTHERS,) if self.kind.takes("attendance") else ()
        return (*others, *self._asked(self.kind.fields))

    @cached_property
    def rare(self) -> tuple[Field, ...]:
        """The fields that are asked for once they were missed."""
        return tuple(self._asked(self.kind.rarely))

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *self.fields, *self.rare)

    def _asked(self, named: Mapping[str, str]) -> Iterator[Field]:
        for name, own in named.items():
            yield asked_as(self.kind.facts, own, name)

    def content(self, whom: Whom) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        if self.kind.of_case and whom.case is None:
            raise NOT_FILLED(WHOM)
        said = {each.name: read(each, self.said(each)) for each in (*self.fields, *self.rare)}
        about = {
            "kind": self.name,
            "station": whom.station,
            "project": whom.project,
            "case": whom.case,
            "household": whom.household,
            "person": whom.person,
            "attendance": self._met(whom, said.pop(OTHERS.name, None) or 0),
        }
        whole = {**said, **{name: it for name, it in about.items() if self.kind.takes(name)}}
        return {**self.envelope(), **{name: it for name, it in whole.items() if it is not None}}

    def _met(self, whom: Whom, others: int) -> list[dict[str, Any]] | None:
        """Return who was met: one person, known or not, and so many others beside."""
        if whom.person is None:
            role = "client" if whom.case else "resident"
            return [{"count": 1 + others, "role": role, "source": "counted"}]
        family = [{"count": others, "role": "family", "source": "counted"}] if others else []
        return [{"person": whom.person, "role": "client"}, *family]
