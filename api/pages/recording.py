"""Writing down what was done: one form for a visit, a call, a session or an attempt.

It asks no more than what was done, with whom and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.commands import ReceiptOut
from api.pages.fields import Field
from api.pages.filled_in import NOT_FILLED
from api.pages.forms import Sent, as_sent
from api.pages.reader import Reader, Reading
from api.pages.recording_form import FIELD_OF, KINDS, WHOM, RecordingForm
from api.pages.whom import Whom, belonging, offers, whom
from api.pages.writing_down import LABELS, Step
from domain.identity import Id
from domain.refusals import NOT_FOUND, ShiluError
from projections.engine.view import Row
from projections.project import PROJECT

router = APIRouter()
PROJECTS = 20
"""So many projects are offered at most, whose days end last."""
OTHER_ID, STATION, THE_PROJECT = "other_id", "station", "project"
TO_EXPLAIN = "visit.more_than_household"
"""The refusal that asks for what is rarely asked for."""


@router.get("/recording/{kind}")
def recording_form(
    kind: str, reader: Reading, about: Annotated[str, Query(alias="whom", max_length=50)] = ""
) -> Response:
    """Ask what was done."""
    return Recording(reader, {WHOM: (about,)}, kind).page()


@router.post("/recording/{kind}")
def record(kind: str, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Recording(reader, sent, kind).go_on()


@dataclass(frozen=True)
class Recording(Step):
    """The form of one kind, or what became of it."""

    name: str

    template = "recording.html"
    labels = LABELS | {
        WHOM: "recording.whom",
        OTHER_ID: "recording.other_id",
        STATION: "belonging.station",
        THE_PROJECT: "search.project",
    }

    @cached_property
    def form(self) -> RecordingForm:
        """The fields. Raises `not_found` for a kind that no page writes."""
        if self.name not in KINDS:
            raise NOT_FOUND("kind")
        return RecordingForm(self.typed, self.reader.now, self.name)

    @property
    def station(self) -> Id | None:
        """The station that was chosen."""
        return self.form.line(STATION) or None

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        found = self._whom()
        sent = as_sent(self.form.kind.sent, self.form.content(found))
        return self.form.kind.does(found, sent, self.command("recording", self.name))

    def _whom(self) -> Whom:
        """Return whom it is about, in a station. Raises `page.*`, `bounds.no_id`, `not_found`."""
        line = self.form.line
        field = OTHER_ID if line(OTHER_ID) else WHOM
        found = whom(self.reader, line(field), field)
        found = belonging(found, line(STATION), line(THE_PROJECT))
        if found.station is None:
            raise NOT_FILLED(STATION)
        return found

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        return FIELD_OF.get(field, field)

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return whom and what it can belong to, and what is asked for only where it was missed."""
        return {
            "offered": offers(self.reader),
            "projects": running(self.reader),
            "today": self.reader.asked.today,
            "asks_rare": _rare(self.form, refused),
        }


def running(reader: Reader) -> list[Row]:
    """Return the projects that run, whose days end last."""
    with reader.asked.answers() as answers:
        return answers.rows(
            PROJECT,
            where={"state": "running"},
            until={"first": reader.asked.today},
            order=("last",),
            descending=True,
            limit=PROJECTS,
        )


def _rare(form: RecordingForm, refused: ShiluError | None) -> tuple[Field, ...]:
    """Return what is asked for only where it was missed, or typed before."""
    missed = refused is not None and refused.code == TO_EXPLAIN
    return form.rare if missed or any(form.line(each.name) for each in form.rare) else ()
