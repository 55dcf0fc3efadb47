"""Writing down that somebody looked at home whether a need is there (入户核实), and, after a
delivery, whether it fitted (回访)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from fastapi import APIRouter, Response

from api.commands import ReceiptOut, Uuid
from api.need import DeliveryFollowUpIn, HomeVerificationIn, follow_up, verify_need
from api.pages.delivery_form import REACHED, household_on
from api.pages.fields import Field, Texts, asked_as
from api.pages.filled_in import NOT_FILLED, read
from api.pages.forms import Sent, as_sent
from api.pages.meeting import day_of
from api.pages.reader import Reading
from api.pages.recording_form import START, NewForm
from api.pages.writing_down import LABELS, Step, Way, with_own
from domain.identity import Id
from domain.need import NeedVerifiedAtHome
from domain.need_aid import AidFollowedUp
from domain.refusals import NOT_FOUND, ShiluError
from projections.engine.view import Row
from projections.need import DELIVERY, NEED

router = APIRouter()
THE_DELIVERY = "delivery"


@router.get("/needs/{need}/verification")
def verification_form(need: Uuid, reader: Reading) -> Response:
    """Ask what was found at home."""
    return Verification(reader, {}, need).page()


@router.post("/needs/{need}/verification")
def write_verification(need: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Verification(reader, sent, need).go_on()


@router.get("/needs/{need}/follow-up")
def follow_up_form(need: Uuid, reader: Reading) -> Response:
    """Ask whether what was delivered fitted."""
    return FollowUp(reader, {}, need).page()


@router.post("/needs/{need}/follow-up")
def write_follow_up(need: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return FollowUp(reader, sent, need).go_on()


@dataclass(frozen=True)
class NeedForm(NewForm):
    """The form of one step: of which need, who is of its household, what was delivered for it."""

    need: Row
    fields: tuple[Field, ...]
    members: Texts = ()
    deliveries: tuple[Row, ...] = ()

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *self.fields)

    @property
    def reached(self) -> Texts:
        """Who is ticked as met: to begin with nobody."""
        return self.typed.get(REACHED, ())

    @property
    def listed(self) -> Texts:
        """Who can be ticked: the household, and whoever was ticked."""
        return tuple(dict.fromkeys((*self.members, *self.reached)))

    def content(self) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        said = {each.name: read(each, self.said(each)) for each in self.fields}
        whole = {**self.envelope(), **said}
        return {name: it for name, it in whole.items() if it is not None}


@dataclass(frozen=True)
class NeedStep(Step):
    """The form of one step of a need, or what became of it."""

    need: Id

    template = "need_step.html"
    title: ClassVar[str]
    labels = LABELS | {REACHED: "verifying.met", THE_DELIVERY: "verifying.delivery"}

    @cached_property
    def row(self) -> Row:
        """The need as it stands. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            rows = answers.rows(NEED, where={"need": self.need})
        if not rows:
            raise NOT_FOUND("need")
        return rows[0]

    @property
    @abstractmethod
    def form(self) -> NeedForm:
        """What was typed. Raises `not_found`."""

    @property
    def station(self) -> Id | None:
        """The need's station."""
        station: Id | None = self.row["station"]
        return station

    def ways(self) -> list[Way]:
        """Return where the page leads besides: to this form too, so that it is kept at hand."""
        own = Way("need", self.row["item"], self.reader.request.url.path)
        return with_own(super().ways(), own)

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        if field.startswith("attendance."):
            number = field.split(".")[1]
            met = dict(enumerate(self.form.reached))
            return f"{REACHED}.{met.get(int(number), '')}" if number.isdecimal() else REACHED
        return START.name if field == "occurred" else field

    def called(self, field: str) -> str:
        """Return what a field is called; each tick stands on the list."""
        return super().called(REACHED if field.startswith(f"{REACHED}.") else field)

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return what it is called."""
        return {"title": self.title}


class Verification(NeedStep):
    """The form of a verification at home."""

    title = "title"

    @cached_property
    def form(self) -> NeedForm:
        """The fields, and who is of the household that day. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            members, _ = household_on(answers, self.row, day_of(self.typed, self.reader))
        names = ("confirmed", "minutes", "finding")
        fields = tuple(asked_as(NeedVerifiedAtHome, name, name) for name in names)
        return NeedForm(self.typed, self.reader.now, self.row, fields, members)

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        met = [{"person": each, "role": "client"} for each in self.form.reached]
        sent = as_sent(HomeVerificationIn, self.form.content() | {"attendance": met})
        return verify_need(self.need, sent, self.command("verification", self.need))


class FollowUp(NeedStep):
    """The form of whether a delivery fitted."""

    title = "follow_up"

    @cached_property
    def form(self) -> NeedForm:
        """The fields, and what was delivered, the latest first. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            given = answers.rows(
                DELIVERY, where={"need": self.need}, order=("day",), descending=True
            )
        fields = tuple(asked_as(AidFollowedUp, one, one) for one in ("fit", "words"))
        return NeedForm(self.typed, self.reader.now, self.row, fields, deliveries=tuple(given))

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        delivery = self.form.line(THE_DELIVERY)
        if not delivery:
            raise NOT_FILLED(THE_DELIVERY)
        sent = as_sent(DeliveryFollowUpIn, self.form.content() | {THE_DELIVERY: delivery})
        return follow_up(self.need, sent, self.command("follow-up", self.need))
