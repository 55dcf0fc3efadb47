"""What a group knows of its history: where it stands, its members of any day, its sessions.

Nothing is decided here. A correction moves the standing where the record that is set right had
moved it; what follows from that is said anew by the group (`domain.group`).
"""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.entry import Scope
from domain.event import AnyEvent, Correction, Effective
from domain.group_facts import (
    GroupClosed,
    GroupOpened,
    GroupPlanApproved,
    GroupSessionHeld,
    GroupStanding,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
    Stage,
)
from domain.identity import Id

BEFORE_SESSIONS: tuple[Stage, ...] = ("planned", "approved", "recruiting")

S = TypeVar("S", bound=GroupStep)


class GroupHistory(Aggregate):
    """One group so far. `stands` is where it stands."""

    stands: GroupStanding

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.approved = False
        self.left: dict[Id, date] = {}
        self.opening: Id | None = None
        self.before_opening: Stage = "planned"
        self.before_closing: dict[Id, Stage] = {}
        self.undone: set[Id] = set()

    def enrolments(self, day: date) -> dict[Id, Id]:
        """Return the members on a day, each with the event by which they are one."""
        return {
            written.effective.facts.member: id
            for id, written in self.records.items()
            if isinstance(written.effective.facts, MemberEnrolled)
            and not written.void
            and written.effective.occurred.day <= day
            and (id not in self.left or day <= self.left[id])
        }

    def role_of(self, enrolment: Id) -> Any:
        """Return the role in which somebody is a member."""
        return self.records[enrolment].effective.facts.role

    def standing_after(self, facts: S, **changes: Any) -> S:
        """Return the facts with the standing that the group has after them."""
        return replace(facts, standing=replace(self.stands, **changes))

    def first_session(self) -> tuple[Id, Effective[Any]] | None:
        """Return the earliest session that stands, with its event."""
        held = [
            (id, written.effective)
            for id, written in self.records.items()
            if not written.void and isinstance(written.effective.facts, GroupSessionHeld)
        ]
        return min(held, key=lambda one: one[1].occurred.start, default=None)

    def evolve(self, event: AnyEvent) -> None:
        """Keep the standing, who left, and what corrections undo."""
        facts = event.facts
        match facts:
            case Correction():
                self._evolve_correction(facts)
            case GroupPlanApproved():
                self.approved = True
            case MemberLeft(enrolment=str(enrolment)):
                self.left[enrolment] = event.occurred.day
            case GroupOpened():
                self.opening = event.id
                self._open(event.occurred.day)
            case GroupClosed():
                self.before_closing[event.id] = self.stands.stage
        standing = getattr(facts, "standing", None)
        if standing is not None:
            self.stands = standing

    def _evolve_correction(self, facts: Correction) -> None:
        after = facts.after
        match self.records[facts.target].effective.facts:
            case GroupOpened():
                self._open(None if after is None else after.occurred.day)
            case GroupClosed() if after is not None:
                stage = "closed" if facts.target in self.undone else self.stands.stage
                self.stands = replace(self.stands, stage=stage, closed=after.occurred.day)
                self.undone.discard(facts.target)
            case GroupClosed() if self.stands.stage == "closed":
                self.undone.add(facts.target)
                stage = self.before_closing[facts.target]
                self.stands = replace(self.stands, stage=stage, closed=None)
                self._open(self.stands.opened)

    def _open(self, day: date | None) -> None:
        """Let a group that met by now run, and one that never did be where it was before."""
        stage = self.stands.stage
        if day is not None and stage in BEFORE_SESSIONS:
            self.before_opening, stage = stage, "running"
        elif day is None and stage == "running":
            stage = self.before_opening
        self.stands = replace(self.stands, stage=stage, opened=day)
