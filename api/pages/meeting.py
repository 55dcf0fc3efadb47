"""Writing down a meeting of a group (小组节次): who came is ticked on the list of its members.

The list is of the members on the day of the meeting. Where another day was typed than the list is
of, the list comes back with that day's members first: nobody is absent whom nobody was asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Response

from api.commands import ReceiptOut, Uuid
from api.group import MeetingIn, hold_meeting
from api.pages.fields import Field, Typed, asked_as
from api.pages.filled_in import minute, read
from api.pages.forms import Sent, as_sent
from api.pages.reader import Reader, Reading
from api.pages.recording_form import START
from api.pages.roster import Roster, RosterForm, RosterStep, heads
from api.pages.writing_down import Way, with_own
from domain.clock import civil_date
from domain.group_facts import GroupSessionHeld
from domain.group_session import MEMBER_ROLES, member_roles
from domain.identity import Id
from domain.refusals import NOT_FOUND, Refusal, ShiluError
from projections.engine.view import Row
from projections.group import GROUP, members, sessions

router = APIRouter()
FIRST_PHASE = "formation"
COUNTED = ("volunteer", "guest")
"""In which roles others who were there are counted."""
AS_BEFORE = ("phase", "minutes", "place")
"""What begins as it was at the meeting before."""


@router.get("/groups/{group}/meeting")
def meeting_form(group: Uuid, reader: Reading) -> Response:
    """Ask who came, and what the meeting was about."""
    return Meeting(reader, {}, group).page()


@router.post("/groups/{group}/meeting")
def write_meeting(group: Uuid, reader: Reading, sent: Sent) -> Response:
    """Write it down, and lead to the record."""
    return Meeting(reader, sent, group).go_on()


@dataclass(frozen=True)
class MeetingForm(RosterForm):
    """The form of one meeting: of which group, after which meeting, and its members that day by
    their roles."""

    group: Row
    last: Row | None
    members: Mapping[Id, str]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The fields that say what was done."""
        before = {"phase": FIRST_PHASE} if self.last is None else self.last
        begins = {name: before.get(name) or "" for name in AS_BEFORE}
        begins["number"] = 1 if self.last is None else self.last["number"] + 1
        asked = (
            asked_as(GroupSessionHeld, name, name)
            for name in ("number", "phase", "minutes", "theme", "place")
        )
        return tuple(
            replace(
                each,
                label="session" if each.name == "number" else each.label,
                stands=(str(begins.get(each.name, "")),),
            )
            for each in asked
        )

    @cached_property
    def heads(self) -> tuple[Field, ...]:
        """The fields for who else was there; volunteers in a group of their own are its members."""
        own = member_roles(self.group["audience"])
        return heads(role for role in COUNTED if role not in own)

    @property
    def all(self) -> tuple[Field, ...]:
        """Every field that it may ask for."""
        return (*self.happened, *self.fields, *self.heads)

    @cached_property
    def roster(self) -> Roster:
        """The members; in a group of their own, staff and volunteers come in its one role."""
        (own,) = MEMBER_ROLES.get(self.group["audience"], (None,))
        roles = {person: own or role for person, role in self.members.items()}
        return Roster(self.typed, roles, own or "client")

    @property
    def registered(self) -> bool:
        """Whether its members are people of the register, who have names there."""
        return self.group["audience"] not in MEMBER_ROLES

    def content(self) -> dict[str, Any]:
        """Return what the command is sent. Raises `page.*`, naming the field."""
        said = {each.name: read(each, self.said(each)) for each in self.fields}
        said["attendance"] = [line for _, line in self.attendance()]
        return {**self.envelope(), **said}


@dataclass(frozen=True)
class Meeting(RosterStep):
    """The form of a group's next meeting, or what became of it."""

    group: Id

    template = "meeting.html"

    @cached_property
    def form(self) -> MeetingForm:
        """The fields and the list. Raises `not_found`."""
        with self.reader.asked.at(None).answers() as answers:
            rows = answers.rows(GROUP, where={"group_id": self.group})
            if not rows:
                raise NOT_FOUND("group")
            held = sessions(answers, self.group)
            there = members(answers, self.group, day_of(self.typed, self.reader))
        return MeetingForm(
            self.typed,
            self.reader.now,
            group=rows[0],
            last=held[-1] if held else None,
            members={row["person"]: row["role"] for row in there},
        )

    @property
    def station(self) -> Id | None:
        """The group's station."""
        station: Id | None = self.form.group["station"]
        return station

    def write(self) -> ReceiptOut:
        """Write down what was typed. Raises what is refused."""
        self.form.roster.check()
        sent = as_sent(MeetingIn, self.form.content())
        return hold_meeting(self.group, sent, self.command("meeting", self.group))

    def ways(self) -> list[Way]:
        """Return where the page leads besides: to this meeting too."""
        return with_own(super().ways(), Way.to_group(self.form.group))

    def beside(self, refused: ShiluError | None) -> dict[str, Any]:
        """Return the group."""
        return {"group": self.form.group}


def day_of(typed: Typed, reader: Reader) -> date:
    """Return the day that was typed; today where that is none."""
    text = next(iter(typed.get(START.name, ())), "").strip()
    try:
        return civil_date(minute(text, START.name))
    except Refusal:
        return civil_date(reader.now)
