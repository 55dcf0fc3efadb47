"""Writing down that an activity was held (活动举办), as it was planned or without a plan.

Who registered for it is ticked, everybody else who came is counted in their role.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Response

from api.activity import HeldIn, UnplannedIn, hold_activity, record_activity
from api.commands import ReceiptOut, Uuid
from api.pages.filled_in import NOT_FILLED
from api.pages.forms import Sent, as_sent
from api.pages.holding_form import SUPERVISOR, HoldingForm
from api.pages.reader import Reading
from api.pages.recording import STATION, THE_PROJECT, running
from api.pages.roster import RosterStep
from api.pages.writing_down import UNPLANNED, Way, with_own
from domain.catalogue import activity_kinds
from domain.identity import Id
from domain.refusals import NOT_FOUND, ShiluError
from projections.activity import PLAN, signed_up
from projections.engine.view import Row
from projections.staff import held_on

router = APIRouter()


@router.get("/activities/{activity}/holding")
def holding_form(activity: Uuid, reader: Reading) -> Response:
    """Ask how a planned activity was held."""
    return PlannedHolding(reader, {}, activity).page()


@router.post("/activities/{activity}/holding")
def write_holding(activity: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return PlannedHolding(reader, sent, activity).go_on()


@router.get("/held-activities/{activity_kind}")
def unplanned_form(activity_kind: str, reader: Reading) -> Response:
    """Ask how an activity was held that nobody planned here."""
    return UnplannedHolding(reader, {}, activity_kind).page()


@router.post("/held-activities/{activity_kind}")
def write_unplanned(activity_kind: str, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return UnplannedHolding(reader, sent, activity_kind).go_on()


class Holding(RosterStep):
    """The form of one held activity, or what became of it."""

    template = "holding.html"
    labels = RosterStep.labels | {
        SUPERVISOR: "holding.supervisor",
        STATION: "belonging.station",
        THE_PROJECT: "search.project",
    }

    @property
    @abstractmethod
    def form(self) -> HoldingForm:
        """What was typed and ticked. Raises `not_found`."""

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return who may have supervised, and what it can belong to."""
        return {
            "supervisors": self._supervisors() if self.form.kind.supervised else [],
            "projects": running(self.reader),
            "today": self.reader.asked.today,
        }

    def _supervisors(self) -> list[Id]:
        asked = self.reader.asked.at(None)
        with asked.answers() as answers:
            found = held_on(answers, asked.today, {"role": "supervisor"})
        return sorted({row["staff"] for row in found})


@dataclass(frozen=True)
class PlannedHolding(Holding):
    """The form of one that was planned."""

    activity: Id

    @cached_property
    def plan(self) -> Row:
        """How it was planned. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            rows = answers.rows(PLAN, where={"activity": self.activity})
        if not rows or rows[0]["kind"] not in activity_kinds():
            raise NOT_FOUND("activity")
        return rows[0]

    @cached_property
    def form(self) -> HoldingForm:
        """The fields, and the list of who registered. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            signed = signed_up(answers, self.activity)
        return HoldingForm(self.typed, self.reader.now, self.plan["kind"], self.plan, signed)

    @property
    def station(self) -> Id | None:
        """The activity's station."""
        station: Id | None = self.plan["station"]
        return station

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        self.form.roster.check()
        sent = as_sent(HeldIn, self.form.content())
        return hold_activity(self.activity, sent, self.command("holding", self.activity))

    def ways(self) -> list[Way]:
        """Return where the page leads besides: to this activity too."""
        return with_own(super().ways(), Way.to_activity(self.plan))


@dataclass(frozen=True)
class UnplannedHolding(Holding):
    """The form of one without a plan."""

    kind: str

    @cached_property
    def form(self) -> HoldingForm:
        """The fields. Raises `not_found` for a kind that no page writes without a plan."""
        if self.kind not in UNPLANNED:
            raise NOT_FOUND("kind")
        return HoldingForm(self.typed, self.reader.now, self.kind, None, {})

    @property
    def station(self) -> Id | None:
        """The station that was chosen."""
        return self.form.line(STATION) or None

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        if self.station is None:
            raise NOT_FILLED(STATION)
        told = self.form.content() | {"station": self.station}
        if project := self.form.line(THE_PROJECT):
            told["project"] = project
        return record_activity(as_sent(UnplannedIn, told), self.command("held", self.kind))
