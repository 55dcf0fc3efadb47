"""Writing down at the door that aid was handed over (发放, 签领), of what the need is matched with.

Whoever receives it signs a sheet of paper; its photograph is stored as it came, and comes along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Response

from api.commands import ReceiptOut, Uuid
from api.need import DeliveryIn, deliver_aid
from api.pages.delivery_form import (
    APPROVER,
    DELIVERER,
    EMERGENCY,
    LINES,
    OTHERS,
    REACHED,
    RECEIVED_BY,
    RECEIVER,
    DeliveryForm,
    household_on,
    portions,
)
from api.pages.forms import as_sent
from api.pages.handing_in import TOO_MANY_FILES, Handing, Sent, SentFiles, Upload
from api.pages.meeting import day_of
from api.pages.reader import Reading
from api.pages.recording_form import START
from api.pages.writing_down import LABELS, Step, Way, with_own
from api.records import known_of
from domain.identity import Id
from domain.need_aid import DUTIES_TOGETHER
from domain.policy import MOST_BYTES
from domain.refusals import NOT_FOUND, ShiluError
from projections.need import NEED
from projections.staff import held_on

router = APIRouter()
SIGNATURE = "signature"
PHOTOGRAPHS = "image/*,application/pdf"
FIELD_OF = {
    "occurred": START.name,
    "household": EMERGENCY,
    "attendance": REACHED,
    **dict.fromkeys(("mime", "size", "sha256"), SIGNATURE),
}
"""Where the form asks for what a refusal names otherwise."""


@router.get("/needs/{need}/delivery")
def delivery_form(need: Uuid, reader: Reading) -> Response:
    """Ask what was handed over, to whom, and who signed."""
    return Delivery(reader, {}, need).page()


@router.post("/needs/{need}/delivery")
def write_delivery(need: Uuid, reader: Reading, sent: SentFiles) -> Response:
    """Write it down, and lead to the record."""
    return Delivery(reader, sent.typed, need, sent.files).go_on()


@dataclass(frozen=True)
class Delivery(Step):
    """The form of one delivery, or what became of it."""

    need: Id
    files: tuple[Upload, ...] = ()

    template = "delivery.html"
    labels = LABELS | {
        LINES: "delivery.lines",
        REACHED: "delivery.reached",
        RECEIVER: "delivery.receiver",
        RECEIVED_BY: "delivery.received_by",
        SIGNATURE: "delivery.signature",
        EMERGENCY: "delivery.emergency",
        APPROVER: "set_right.approver",
        DELIVERER: "delivery.deliverer",
    }

    @cached_property
    def form(self) -> DeliveryForm:
        """What is there to deliver, and to whom. Raises `not_found`."""
        asked = self.reader.asked.at(None)
        with asked.answers() as answers:
            rows = answers.rows(NEED, where={"need": self.need})
            if not rows:
                raise NOT_FOUND("need")
            (need,) = rows
            members, head = household_on(answers, need, day_of(self.typed, self.reader))
            known = [record.facts for record in known_of(asked, self.need)]
            return DeliveryForm(
                self.typed,
                self.reader.now,
                need=need,
                portions=portions(answers, need, known),
                members=members,
                head=head,
            )

    @property
    def station(self) -> Id | None:
        """The need's station."""
        station: Id | None = self.form.need["station"]
        return station

    def write(self) -> ReceiptOut:
        """Store the photograph, and write down what was typed. Raises what is refused."""
        content = self.form.content()
        content[SIGNATURE] = self._signed()
        sent = as_sent(DeliveryIn, content)
        return deliver_aid(self.need, sent, self.command("delivery", self.need, sent.signature))

    def _signed(self) -> Id | None:
        """Store the photograph of what was signed; without one, nothing. Raises
        `page.too_many_files`."""
        if len(self.files) > 1:
            raise TOO_MANY_FILES(SIGNATURE, most=1)
        need = self.form.need
        project = None if need["ledger"] == need["station"] else need["ledger"]
        stored = Handing(self.reader, Sent(self.typed, self.files)).stored(need["station"], project)
        return next(stored, None)

    def ways(self) -> list[Way]:
        """Return where the page leads besides: to this delivery too."""
        return with_own(super().ways(), Way.to_need(self.form.need))

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        first, _, rest = field.partition(".")
        number = rest.partition(".")[0]
        lists = {LINES: self.form.lines, "attendance": self.form.attendance}
        if first not in lists or not number.isdecimal():
            return FIELD_OF.get(field, field)
        asked = dict(enumerate(name for name, _ in lists[first]()))
        return asked.get(int(number), FIELD_OF.get(first, first))

    def called(self, field: str) -> str:
        """Return what a field is called; each tick stands on the list."""
        return super().called(REACHED if field.startswith(f"{REACHED}.") else field)

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return what is asked for only where it was missed."""
        named = None if refused is None else self.place_of(refused.field or "")
        together = refused is not None and refused.code == DUTIES_TOGETHER.code
        operator = self.reader.asked.principal.operator
        rare = {
            name: bool(self.form.line(name)) or named == name
            for name in (EMERGENCY, APPROVER, DELIVERER)
        }
        rare[EMERGENCY] |= not self.form.need["household"]
        rare[DELIVERER] |= together
        return {
            "asks": rare,
            "deciding": self._approvers(refused) if rare[APPROVER] else {},
            "colleagues": self._colleagues() if rare[DELIVERER] and operator else [],
            "others": OTHERS,
            "photographs": PHOTOGRAPHS,
            "most_bytes": MOST_BYTES,
        }

    def _colleagues(self) -> list[Id]:
        asked = self.reader.asked.at(None)
        with asked.answers() as answers:
            found = held_on(answers, asked.today, {})
        return sorted({row["staff"] for row in found})
