"""Writing down what was done: one form for a visit, a call, a session or an attempt, under a key.

It stands on a telephone as on a desk, and asks no more than what was done, with whom and when. It
sends the command that the API has; what is refused comes back with everything that was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from api.commands import Command
from api.pages.approving import APPROVED_BY, approvers
from api.pages.asked_language import language_of
from api.pages.fields import Field, Typed
from api.pages.filled_in import NOT_FILLED
from api.pages.forms import Sent, as_sent, command_of
from api.pages.language import Speech
from api.pages.reader import Reader, Reading
from api.pages.recording_form import FIELD_OF, KINDS, WHOM, RecordingForm
from api.pages.setting_right import LATE_REASON
from api.pages.whom import Whom, belonging, offers, whom
from domain.event import topic_of
from domain.identity import Id, is_id, new_id
from domain.refusals import (
    FORBIDDEN,
    KEY_REUSED,
    NOT_FOUND,
    Conflict,
    Refusal,
    ShiluError,
    refusal,
)
from projections.engine.view import Row
from projections.project import PROJECT

router = APIRouter()
ANOTHER_WRITER = refusal("page.another_writer", Conflict)
WRITTEN_OTHERWISE = refusal("page.written_otherwise", Conflict)
PROJECTS = 20
"""So many projects are offered at most, whose days end last."""
OTHER_ID, STATION, THE_PROJECT = "other_id", "station", "project"
NO_CONTENT = frozenset({"key", "writer", "captured_at"})
"""What a form brings along that says nothing of the work."""
TO_EXPLAIN = "visit.more_than_household"
"""The refusal that asks for what is rarely asked for."""
LABELS = {
    WHOM: "recording.whom",
    OTHER_ID: "recording.other_id",
    STATION: "belonging.station",
    THE_PROJECT: "search.project",
    LATE_REASON: "set_right.late_reason",
    APPROVED_BY: "set_right.approver",
}
"""What the fields are called that all kinds share: as a refusal names them → text."""


@router.get("/recording/{kind}")
def recording_form(
    kind: str, reader: Reading, about: Annotated[str, Query(alias="whom", max_length=50)] = ""
) -> Response:
    """Ask what was done."""
    return Step(reader, kind, {WHOM: (about,)}).page()


@router.post("/recording/{kind}")
def record(kind: str, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Step(reader, kind, sent).go_on()


@dataclass(frozen=True)
class Step:
    """The form of one kind, or what became of it."""

    reader: Reader
    name: str
    typed: Typed

    def go_on(self) -> Response:
        """Write down what was typed; what is refused is said beside the form."""
        try:
            if self.form.line("writer") not in ("", self.reader.actor):
                raise ANOTHER_WRITER()
            found = self._whom()
            sent = as_sent(self.form.kind.sent, self.form.content(found))
            done = self.form.kind.does(found, sent, self._command())
        except Refusal as refused:
            reused = refused.code == KEY_REUSED.code
            return self.page(WRITTEN_OTHERWISE() if reused else refused)
        return RedirectResponse(f"/records/{done.events[0]}", status_code=303)

    def _command(self) -> Command:
        said = {name: texts for name, texts in self.typed.items() if name not in NO_CONTENT}
        return command_of(self.reader, self.form.line("key"), "recording", self.name, said)

    def _whom(self) -> Whom:
        """Return whom it is about, in a station. Raises `page.*`, `bounds.no_id`, `not_found`."""
        line = self.form.line
        field = OTHER_ID if line(OTHER_ID) else WHOM
        found = whom(self.reader, line(field), field)
        found = belonging(found, line(STATION), line(THE_PROJECT))
        if found.station is None:
            raise NOT_FILLED(STATION)
        return found

    @cached_property
    def form(self) -> RecordingForm:
        """The fields. Raises `not_found` for a kind that no page writes, `forbidden` for
        evaluators."""
        if self.name not in KINDS:
            raise NOT_FOUND("kind")
        if not self.reader.writes:
            raise FORBIDDEN("role")
        return RecordingForm(self.name, self.typed, self.reader.now)

    def page(self, refused: ShiluError | None = None) -> Response:
        """Answer with the form, and what is said beside it."""
        form, named = self.form, None if refused is None else refused.field
        wrong = FIELD_OF.get(named or "", named)
        called = self._called(wrong)
        approves = named == APPROVED_BY or bool(form.line(APPROVED_BY))
        answer = self.reader.page(
            "recording.html",
            form=form,
            kinds={name: topic_of(kind.facts) for name, kind in KINDS.items()},
            offered=offers(self.reader),
            projects=self._projects(),
            today=self.reader.asked.today,
            said=None if refused is None else self._said(refused, called),
            wrong=wrong if called else None,
            key=self._key(refused),
            asks_rare=_rare(form, refused),
            asks_lateness=named == LATE_REASON or bool(form.line(LATE_REASON)),
            asks_approver=approves,
            approvers=self._approvers(refused) if approves else {},
        )
        answer.status_code = 200 if refused is None else refused.status
        return answer

    def _key(self, refused: ShiluError | None) -> str:
        """Return the key under which the form is sent: the same one until it was written down."""
        key = self.form.line("key")
        written = refused is not None and refused.code == WRITTEN_OTHERWISE.code
        return key if is_id(key) and not written else new_id()

    def _projects(self) -> list[Row]:
        """Return the projects that run, whose days end last first."""
        with self.reader.asked.answers() as answers:
            return answers.rows(
                PROJECT,
                where={"state": "running"},
                until={"first": self.reader.asked.today},
                order=("last",),
                descending=True,
                limit=PROJECTS,
            )

    def _approvers(self, refused: ShiluError | None) -> dict[Id, str]:
        operator, station = self.reader.asked.principal.operator, self.form.line(STATION) or None
        return approvers(self.reader, operator, station, refused) if operator else {}

    @cached_property
    def _speech(self) -> Speech:
        return Speech(language_of(self.reader.request))

    def _called(self, field: str | None) -> str:
        """Return what a field is called; nothing for one that is not asked for here."""
        if field in LABELS:
            return self._speech.text(LABELS[field])
        labels = [each.label for each in self.form.all if each.name == field]
        return self._speech.word("field", labels[0]) if labels else ""

    def _said(self, refused: ShiluError, called: str) -> str:
        """Return the sentence of a refusal, after the name of the field that it names."""
        words = refused.text(self._speech.language)
        return f"{called}{self._speech.text('record.colon')}{words}" if called else words


def _rare(form: RecordingForm, refused: ShiluError | None) -> tuple[Field, ...]:
    """Return what is asked for only where it was missed, or typed before."""
    missed = refused is not None and refused.code == TO_EXPLAIN
    return form.rare if missed or any(form.line(each.name) for each in form.rare) else ()
