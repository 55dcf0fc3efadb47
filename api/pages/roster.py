"""A list of people on a form (到场名单): who came is ticked, others who came are counted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from api.pages.fields import Field, Texts, Typed
from api.pages.filled_in import read
from api.pages.recording_form import START, NewForm
from api.pages.writing_down import LABELS, Step
from domain.counting import Status
from domain.identity import Id
from domain.refusals import Conflict, refusal

OTHER_ROSTER = refusal("page.other_roster", Conflict)
ROSTER, LISTED, PRESENT, EXCUSED = "roster", "listed", "present", "excused"
"""The list of people; who stood on it as it was sent; who of them was ticked."""
HEADS = {
    "clients": "client",
    "families": "family",
    "residents": "resident",
    "volunteers": "volunteer",
    "supervisees": "supervisee",
    "colleagues": "worker",
    "partners": "partner",
    "guests": "guest",
}
"""Who else was there is counted: the form's field → the role."""


@dataclass(frozen=True)
class Listed:
    """Somebody on the list; `known` says that they belong on it, `new` that the list as it was
    sent had them not."""

    person: Id
    role: str
    status: Status
    known: bool
    new: bool

    @property
    def tick(self) -> str:
        """The id of their tick on the page."""
        return f"{PRESENT}.{self.person}"


@dataclass(frozen=True)
class Roster:
    """Who belongs on the list, each in their role, and what was ticked.

    `other` is the role of whoever was ticked and does not belong there: they may be of another day.
    """

    typed: Typed
    members: Mapping[Id, str]
    other: str

    def __iter__(self) -> Iterator[Listed]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    @cached_property
    def lines(self) -> tuple[Listed, ...]:
        """The list: whoever belongs there, and whoever was ticked."""
        came, excused = self._ticked(PRESENT), self._ticked(EXCUSED)
        before = self._ticked(LISTED)
        everybody = dict.fromkeys((*self.members, *came, *excused))
        return tuple(
            Listed(
                person,
                self.members.get(person, self.other),
                "present" if person in came else "excused" if person in excused else "absent",
                known=person in self.members,
                new=bool(before) and person not in before,
            )
            for person in everybody
        )

    def check(self) -> None:
        """Refuse a list that says nothing of somebody who belongs there: nobody is absent whom
        nobody was asked about."""
        if not set(self.members) <= set(self._ticked(LISTED)):
            raise OTHER_ROSTER(ROSTER)

    def _ticked(self, name: str) -> Texts:
        return self.typed.get(name, ())


def heads(roles: Iterable[str]) -> tuple[Field, ...]:
    """Return the fields that ask how many were there in each of some roles."""
    field_of = {role: name for name, role in HEADS.items()}
    return tuple(
        Field(name, name, "number", ("",), optional=True, most=5)
        for name in (field_of[role] for role in roles)
    )


class RosterForm(NewForm):
    """A form that says who was there."""

    @property
    @abstractmethod
    def heads(self) -> tuple[Field, ...]:
        """The fields for those who are on no list and are counted."""

    @property
    @abstractmethod
    def roster(self) -> Roster:
        """The list, as far as it was ticked."""

    @property
    def counted(self) -> str:
        """How those were counted who are on no list."""
        return "counted"

    def attendance(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield who was there and who was not, each with the form's field. Raises `page.*`."""
        for each in self.roster:
            line = {"person": each.person, "role": each.role, "status": each.status}
            yield each.tick, line | {"source": ROSTER}
        for field in self.heads:
            if count := read(field, self.said(field)):
                role = HEADS[field.name]
                yield field.name, {"count": count, "role": role, "source": self.counted}


class RosterStep(Step):
    """A form with a list, or what became of it."""

    labels = LABELS | {ROSTER: "meeting.roster"}

    @property
    @abstractmethod
    def form(self) -> RosterForm:
        """What was typed and ticked. Raises `not_found`."""

    def place_of(self, field: str) -> str:
        """Return where the form asks for what a refusal names."""
        first, _, rest = field.partition(".")
        if first != "attendance":
            return START.name if field == "occurred" else field
        asked = dict(enumerate(name for name, _ in self.form.attendance()))
        return asked.get(int(rest.partition(".")[0] or -1), ROSTER)

    def called(self, field: str) -> str:
        """Return what a field is called; each tick stands on the list."""
        return super().called(ROSTER if field.startswith(f"{PRESENT}.") else field)
