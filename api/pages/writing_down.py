"""Writing down something new: one form under a key, and what became of it.

It stands on a telephone as on a desk. It sends a command that the API has; what is refused comes
back with everything that was typed, and the sentence names its field.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

from fastapi import Response
from fastapi.responses import RedirectResponse

from api.commands import Command, ReceiptOut
from api.pages.approving import APPROVED_BY, approvers
from api.pages.asked_language import language_of
from api.pages.fields import Typed
from api.pages.forms import command_of
from api.pages.language import Speech
from api.pages.reader import Reader
from api.pages.recording_form import KINDS, NewForm
from api.pages.setting_right import LATE_REASON
from domain.catalogue import activity_kinds
from domain.event import topic_of
from domain.group import OPEN
from domain.identity import Id, is_id, new_id
from domain.refusals import FORBIDDEN, KEY_REUSED, Conflict, Refusal, ShiluError, refusal
from projections.activity import awaited
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.group import GROUP
from projections.need import to_deliver
from projections.staff import held_on

ANOTHER_WRITER = refusal("page.another_writer", Conflict)
WRITTEN_OTHERWISE = refusal("page.written_otherwise", Conflict)
MOST = 10
"""So many of a worker's groups, of the activities that wait and of the needs are led to at most,
the latest first."""
BEFORE, AFTER = timedelta(days=31), timedelta(days=1)
"""Activities are led to that were planned for a day so long ago or so soon."""
UNPLANNED = tuple(
    code for code, kind in activity_kinds().items() if not kind.plan and not kind.organisation
)
"""The kinds of activity that are written down without a plan. Those of a community organisation
name one, which is in no register that a page has."""
NO_CONTENT = frozenset({"key", "writer", "captured_at"})
"""What a form brings along that says nothing of the work."""
LABELS = {LATE_REASON: "set_right.late_reason", APPROVED_BY: "set_right.approver"}
"""What the fields are called that all forms share: as a refusal names them → text."""


@dataclass(frozen=True)
class Way:
    """A way to a form about one group, activity or need: its `kind`, its title, the form's page."""

    kind: str
    title: str
    page: str

    @classmethod
    def to_group(cls, group: Row) -> Way:
        """The way to the form of a group's next meeting."""
        return cls("group", group["title"], f"/groups/{group['group_id']}/meeting")

    @classmethod
    def to_activity(cls, plan: Row) -> Way:
        """The way to the form that says how a planned activity was held."""
        return cls("activity", plan["title"], f"/activities/{plan['activity']}/holding")

    @classmethod
    def to_need(cls, need: Row) -> Way:
        """The way to the form that says how what a need is matched with was delivered."""
        return cls("delivery", need["item"], f"/needs/{need['need']}/delivery")


def with_own(ways: list[Way], own: Way) -> list[Way]:
    """Return ways, that of a page itself among them."""
    return ways if own in ways else [*ways, own]


@dataclass(frozen=True)
class Step(ABC):
    """A form for something new, or what became of it. Raises `forbidden` for evaluators."""

    reader: Reader
    typed: Typed

    template: ClassVar[str]
    labels: ClassVar[Mapping[str, str]] = LABELS

    def __post_init__(self) -> None:
        if not self.reader.writes:
            raise FORBIDDEN("role")

    @property
    @abstractmethod
    def form(self) -> NewForm:
        """What was typed. Raises `not_found` for what nobody here can write."""

    @property
    @abstractmethod
    def station(self) -> Id | None:
        """The station of which it would be."""

    @abstractmethod
    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""

    @abstractmethod
    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return what its template takes besides what all take."""

    @abstractmethod
    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""

    def record_in(self, done: ReceiptOut) -> Id:
        """Return the record to which it leads, of those that were made."""
        return done.events[0]

    def go_on(self) -> Response:
        """Write down what was typed; what is refused is said beside the form."""
        try:
            if self.form.line("writer") not in ("", self.reader.actor):
                raise ANOTHER_WRITER()
            done = self.write()
        except Refusal as refused:
            reused = refused.code == KEY_REUSED.code
            return self.page(WRITTEN_OTHERWISE() if reused else refused)
        return RedirectResponse(f"/records/{self.record_in(done)}", status_code=303)

    def command(self, *told: object) -> Command:
        """Return the command that the form asks for: what is `told`, and what was typed."""
        said = {name: texts for name, texts in self.typed.items() if name not in NO_CONTENT}
        return command_of(self.reader, self.form.line("key"), *told, said)

    def page(self, refused: ShiluError | None = None) -> Response:
        """Answer with the form, and what is said beside it."""
        form, named = self.form, None if refused is None else refused.field
        wrong = self.place_of(named or "")
        called = self.called(wrong)
        approves = named == APPROVED_BY or bool(form.line(APPROVED_BY))
        shown = {
            "form": form,
            "kinds": {name: topic_of(kind.facts) for name, kind in KINDS.items()},
            "ways": self.ways(),
            "unplanned": UNPLANNED,
            "said": None if refused is None else self._said(refused, called),
            "wrong": wrong if called else None,
            "key": self._key(refused),
            "asks_lateness": named == LATE_REASON or bool(form.line(LATE_REASON)),
            "asks_approver": approves,
            "approvers": self._approvers(refused) if approves else {},
        }
        answer = self.reader.page(self.template, **shown | self.beside(refused))
        answer.status_code = 200 if refused is None else refused.status
        return answer

    def ways(self) -> list[Way]:
        """Return where the page leads besides: to the meetings of the groups that the reader leads
        or helps to lead, while they are open, to the activities that wait to be held, and to what
        waits to be delivered."""
        with self.reader.asked.at(None).answers() as answers:
            groups, places = self._groups(answers), self._places(answers)
            activities = self._activities(answers, places)
            needs = to_deliver(answers, places, MOST)
        return [
            *map(Way.to_group, groups),
            *map(Way.to_activity, activities),
            *map(Way.to_need, needs),
        ]

    def _groups(self, answers: Answers) -> Iterable[Row]:
        found = {
            row["group_id"]: row
            for part in ("leader", "co_leader")
            for row in answers.rows(
                GROUP,
                where={part: self.reader.actor, "stage": sorted(OPEN)},
                order=("planned",),
                descending=True,
                limit=MOST,
            )
        }
        return found.values()

    def _places(self, answers: Answers) -> set[Id]:
        """Return the stations where the reader works; of whoever works at none, all."""
        own = held_on(answers, self.reader.now.date(), {"staff": self.reader.actor})
        places = {role["place"] for role in own} & set(self.reader.stations)
        return places or set(self.reader.stations)

    def _activities(self, answers: Answers, places: set[Id]) -> list[Row]:
        today = self.reader.now.date()
        return awaited(answers, places, today - BEFORE, today + AFTER, MOST)

    def _key(self, refused: ShiluError | None) -> str:
        """Return the key under which the form is sent: the same one until it was written down."""
        key = self.form.line("key")
        written = refused is not None and refused.code == WRITTEN_OTHERWISE.code
        return key if is_id(key) and not written else new_id()

    def _approvers(self, refused: ShiluError | None) -> dict[Id, str]:
        operator = self.reader.asked.principal.operator
        return approvers(self.reader, operator, self.station, refused) if operator else {}

    @cached_property
    def _speech(self) -> Speech:
        return Speech(language_of(self.reader.request))

    def called(self, field: str) -> str:
        """Return what a field is called; nothing for one that is not asked for here."""
        if field in self.labels:
            return self._speech.text(self.labels[field])
        labels = [each.label for each in self.form.all if each.name == field]
        return self._speech.word("field", labels[0]) if labels else ""

    def _said(self, refused: ShiluError, called: str) -> str:
        """Return the sentence of a refusal, after the name of the field that it names."""
        words = refused.text(self._speech.language)
        return f"{called}{self._speech.text('record.colon')}{words}" if called else words
