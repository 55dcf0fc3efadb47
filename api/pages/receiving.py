"""Writing down that a gift came in (收到捐赠), pledged before or not, and its receipt (票据)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Response

from api.commands import ReceiptOut, Uuid
from api.donation import (
    GivenIn,
    ReceiptIn,
    ReceivedIn,
    WaiverIn,
    issue_receipt,
    receive_donation,
    take_donation,
    waive_receipt,
)
from api.pages.fields import Field, asked_as
from api.pages.filled_in import NOT_FILLED, read
from api.pages.forms import Sent, as_sent
from api.pages.reader import Reader, Reading
from api.pages.receiving_form import GOODS, LINE, ReceivingForm
from api.pages.recording import STATION, THE_PROJECT, running
from api.pages.recording_form import START, NewForm
from api.pages.writing_down import LABELS, Step
from domain.donation import DonationReceiptIssued
from domain.identity import Id
from domain.refusals import NOT_FOUND, ShiluError, refusal
from projections.donation import DONATION
from projections.engine.view import Row

router = APIRouter()
RECEIPT_OR_NONE = refusal("page.receipt_or_none")
RECEIPT, WHY_NONE = "receipt", "explanation"
ISSUED, WAIVED = ("statutory", "acknowledgement"), ("anonymous", "waived")
FIELD_OF = {"occurred": START.name, "donor": "organisation", GOODS: f"{LINE}.0.name"}
"""Where a form asks for what a refusal names otherwise."""


@router.get("/received-donations")
def gift_form(reader: Reading) -> Response:
    """Ask what came in that nobody had pledged, and of whom."""
    return Taking(reader, {}).page()


@router.post("/received-donations")
def write_gift(reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Taking(reader, sent).go_on()


@router.get("/donations/{donation}/arrival")
def arrival_form(donation: Uuid, reader: Reading) -> Response:
    """Ask what came in of a gift that was pledged."""
    return Arrival(reader, {}, donation).page()


@router.post("/donations/{donation}/arrival")
def write_arrival(donation: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Arrival(reader, sent, donation).go_on()


@router.get("/donations/{donation}/receipt-given")
def receipt_form(donation: Uuid, reader: Reading) -> Response:
    """Ask which receipt was given for a gift, or why none."""
    return Receipted(reader, {}, donation).page()


@router.post("/donations/{donation}/receipt-given")
def write_receipt(donation: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Receipted(reader, sent, donation).go_on()


def donation_of(reader: Reader, donation: Id) -> Row:
    """Return a gift as it stands. Raises `not_found`."""
    with reader.asked.at(None).answers() as answers:
        rows = answers.rows(DONATION, where={"donation": donation})
    if not rows:
        raise NOT_FOUND("donation")
    return rows[0]


class Receiving(Step):
    """The form of one gift that came in, or what became of it."""

    template = "receiving.html"
    labels = LABELS | {STATION: "belonging.station", THE_PROJECT: "search.project"}

    @property
    @abstractmethod
    def form(self) -> ReceivingForm:
        """What was typed. Raises `not_found`."""

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        first, _, rest = field.partition(".")
        number, _, part = rest.partition(".")
        if first != GOODS or not number.isdecimal():
            return FIELD_OF.get(field, field)
        lines = dict(enumerate(line for line, _ in self.form.goods()))
        line = lines.get(int(number))
        return FIELD_OF[GOODS] if line is None else f"{LINE}.{line.number}.{part or 'name'}"

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return what it can belong to."""
        return {"projects": running(self.reader), "today": self.reader.asked.today}


@dataclass(frozen=True)
class Taking(Receiving):
    """The form of one that nobody had pledged."""

    @cached_property
    def form(self) -> ReceivingForm:
        """The fields."""
        return ReceivingForm(self.typed, self.reader.now, None)

    @property
    def station(self) -> Id | None:
        """The station that was chosen."""
        return self.form.line(STATION) or None

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        if self.station is None:
            raise NOT_FILLED(STATION)
        told = self.form.content()
        goods = told[GOODS]
        worth = told.get("cash", 0) + sum(line.get("value", 0) for line in goods)
        told |= {"station": self.station, "kind": "goods" if goods else "money", "value": worth}
        if project := self.form.line(THE_PROJECT):
            told["project"] = project
        return take_donation(as_sent(GivenIn, told), self.command("received"))

    def record_in(self, done: ReceiptOut) -> Id:
        """Return what says that it came, after that it was given."""
        return done.events[1]


@dataclass(frozen=True)
class Arrival(Receiving):
    """The form of one that was pledged."""

    donation: Id

    @cached_property
    def form(self) -> ReceivingForm:
        """The fields. Raises `not_found`."""
        return ReceivingForm(self.typed, self.reader.now, donation_of(self.reader, self.donation))

    @property
    def station(self) -> Id | None:
        """The gift's station."""
        station: Id | None = (self.form.pledged or {})["station"]
        return station

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        sent = as_sent(ReceivedIn, self.form.content())
        return receive_donation(self.donation, sent, self.command("arrival", self.donation))


@dataclass(frozen=True)
class ReceiptForm(NewForm):
    """The form of a receipt, or of why there is none."""

    donation: Row

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Which receipt it was."""
        return tuple(asked_as(DonationReceiptIssued, name, name) for name in ("number", "issuer"))

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *self.fields)

    def content(self) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        code, why = self.line(RECEIPT), self.line(WHY_NONE)
        said = {each.name: read(each, self.said(each)) for each in self.fields}
        if (any(said.values()) and code in WAIVED) or (why and code in ISSUED):
            raise RECEIPT_OR_NONE(RECEIPT)
        if code in WAIVED:
            return {**self.envelope(), "reason": code, **({WHY_NONE: why} if why else {})}
        for name, text in said.items():
            if not text:
                raise NOT_FILLED(name)
        return {**self.envelope(), "form": code, **said}


@dataclass(frozen=True)
class Receipted(Step):
    """The form of a gift's receipt, or what became of it."""

    donation: Id

    template = "receipt_given.html"
    labels = LABELS | {RECEIPT: "receiving.receipt", WHY_NONE: "receiving.why_none"}

    @cached_property
    def form(self) -> ReceiptForm:
        """The fields. Raises `not_found`."""
        return ReceiptForm(self.typed, self.reader.now, donation_of(self.reader, self.donation))

    @property
    def station(self) -> Id | None:
        """The gift's station."""
        station: Id | None = self.form.donation["station"]
        return station

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        told = self.form.content()
        command = self.command("receipt", self.donation)
        if "reason" in told:
            return waive_receipt(self.donation, as_sent(WaiverIn, told), command)
        return issue_receipt(self.donation, as_sent(ReceiptIn, told), command)

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        return {"occurred": START.name, "form": RECEIPT, "reason": RECEIPT}.get(field, field)

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return what can be chosen."""
        return {"issued": ISSUED, "waived": WAIVED}
