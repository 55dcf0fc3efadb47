"""The form of one held activity: what it asks for says the catalogue of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

from api.pages.fields import Field, Texts, asked_as
from api.pages.filled_in import NOT_FILLED, read
from api.pages.recording_form import PRECISION, START
from api.pages.roster import Roster, RosterForm, heads
from domain.activity_held import ActivityHeld
from domain.catalogue import ActivityKind, activity_kinds
from domain.counting import AttendeeRole
from domain.identity import Id
from projections.engine.view import Row

SUPERVISOR = "supervisor"
SOURCE = Field(
    "source", "how_counted", "choice", ("counted",), choices=("counted", "sign-in", "estimated")
)
"""How those who are on no list were counted."""
ASKED = ("title", "variant", "minutes", "place", "audience", "content")
ANYBODY = tuple(role for role in get_args(AttendeeRole) if role != "supervisee")
"""Who comes to what takes anybody: supervisees are at supervision."""
AS_PLANNED = ("title", "variant", "place", "audience")
"""What begins as it was planned."""


@dataclass(frozen=True)
class HoldingForm(RosterForm):
    """The form of one activity of a kind: as it was planned, if it was, and who registered for it
    by their roles."""

    code: str
    plan: Row | None
    signed: Mapping[Id, str]

    @property
    def kind(self) -> ActivityKind:
        """What its kind asks for."""
        return activity_kinds()[self.code]

    @cached_property
    def happened(self) -> tuple[Field, ...]:
        """The fields that say when: of what was planned for a day that is over, that day."""
        if not self._over:
            return START, PRECISION
        return START, replace(PRECISION, stands=("day",))

    @property
    def _over(self) -> bool:
        return self.plan is not None and bool(self.plan["planned_on"] < self.now.date())

    def said(self, field: Field) -> Texts:
        """Return what a field shows: what was typed, else what it begins with."""
        if field is START and self.plan is not None and self._over:
            return self.typed.get(field.name, (f"{self.plan['planned_on']}T{self.now:%H:%M}",))
        return super().said(field)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that say what was done."""
        kind = self.kind
        left_out = {"variant": not kind.variants, "audience": not kind.has_beneficiaries}
        return tuple(self._asked(name) for name in ASKED if not left_out.get(name))

    def _asked(self, name: str) -> Field:
        field = asked_as(ActivityHeld, name, name)
        if name == "variant":
            field = replace(field, choices=self.kind.variants, optional=False)
        if self.plan is None or name not in AS_PLANNED:
            return field
        return replace(field, stands=(self.plan[name] or "",))

    @cached_property
    def heads(self) -> tuple[Field, ...]:
        """The fields for who was there, in the roles of its kind: the usual one first."""
        every: tuple[str, ...] = self.kind.roles or ANYBODY
        return heads(sorted(every, key=lambda role: role != self.kind.role))

    @property
    def ways_counted(self) -> tuple[Field, ...]:
        """How they were counted; some kinds take no other way than one."""
        return () if self.kind.counted_only else (SOURCE,)

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *self.fields, *self.heads, *self.ways_counted)

    @cached_property
    def roster(self) -> Roster:
        """Who registered for it."""
        return Roster(self.typed, self.signed, self.kind.role)

    @property
    def registered(self) -> bool:
        """Whether those on its list are people of the register."""
        return True

    @property
    def counted(self) -> str:
        """How those were counted who are on no list. Raises `page.not_offered`."""
        return str(read(SOURCE, self.said(SOURCE)) if self.ways_counted else "counted")

    def content(self) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        said = {each.name: read(each, self.said(each)) for each in self.fields}
        came = [line for _, line in self.attendance()]
        if all(line.get("status", "present") != "present" for line in came):
            raise NOT_FILLED(self.heads[0].name)
        told = {"kind": self.code, "attendance": came, SUPERVISOR: self.line(SUPERVISOR) or None}
        if self.counted == "estimated":
            told["basis"] = "estimated"
        whole = {**self.envelope(), **said, **told}
        return {name: it for name, it in whole.items() if it is not None}
