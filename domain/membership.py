"""Membership of priority groups (重点人群), from one day to another.

Groups that follow from age are never members' business: they are derived from the birth.
"""

from __future__ import annotations

from datetime import date

import msgspec

from domain.age import ADVANCED_FROM, Birth, surely
from domain.counting import PriorityGroup
from domain.refusals import Conflict, refusal
from domain.registry import PriorityGroupJoined, PriorityGroupLeft

OVERLAPS = refusal("registry.membership_overlaps", Conflict)
NOT_A_MEMBER = refusal("registry.not_a_member", Conflict)
AGE_GROUP_DERIVED = refusal("registry.age_group_derived")
ENDS_BEFORE_BEGINS = refusal("registry.ends_before_begins")
BEFORE_BIRTH = refusal("registry.before_birth")


class Membership(msgspec.Struct):
    """Days in a group, both included; `ends` None goes on."""

    group: PriorityGroup
    begins: date
    ends: date | None = None

    def on(self, day: date) -> bool:
        """Say whether a day lies in it."""
        return self.begins <= day and (self.ends is None or day <= self.ends)

    def overlaps(self, other: Membership) -> bool:
        """Say whether there is a day that lies in both."""
        return self.on(other.begins) or other.on(self.begins)


class Memberships:
    """The memberships of one person, those that ended too."""

    def __init__(self) -> None:
        self.held: list[Membership] = []

    def take(self, facts: PriorityGroupJoined | PriorityGroupLeft) -> None:
        """Begin or end one; what was recorded by mistake was never held."""
        if isinstance(facts, PriorityGroupJoined):
            self.held.append(Membership(facts.group, facts.begins))
            return
        held = self.current(facts.group, facts.begins)
        if facts.reason == "entry_error":
            self.held.remove(held)
        else:
            held.ends = facts.ends

    def current(self, group: PriorityGroup, begins: date | None = None) -> Membership:
        """Return the membership of a group that goes on, since that day where one is named.

        One that is over and noted afterwards goes on until its end is taken. Raises
        `registry.not_a_member`.
        """
        for held in self.held:
            if held.group == group and held.ends is None and begins in (None, held.begins):
                return held
        raise NOT_A_MEMBER("group")

    def groups_on(self, day: date, birth: Birth) -> tuple[str, ...]:
        """Return the groups of a day, advanced age among them, in alphabetical order."""
        groups: set[str] = {held.group for held in self.held if held.on(day)}
        if surely(birth, day, ADVANCED_FROM):
            groups.add("advanced_age")
        return tuple(sorted(groups))

    def check_joining(
        self, joined: PriorityGroupJoined, birth: Birth, ends: date | None = None
    ) -> None:
        """Refuse what overlaps a membership of the same group, and a group that age decides."""
        if joined.group == "advanced_age":
            raise AGE_GROUP_DERIVED("group")
        if joined.begins < birth.day:
            raise BEFORE_BIRTH("begins")
        new = Membership(joined.group, joined.begins, ends)
        if any(held.group == new.group and held.overlaps(new) for held in self.held):
            raise OVERLAPS("begins")

    def check_leaving(self, left: PriorityGroupLeft) -> None:
        """Refuse to leave a group that is not held, or before it began."""
        if left.ends < self.current(left.group).begins:
            raise ENDS_BEFORE_BEGINS("ends")
