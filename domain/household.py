"""Households (家庭档案): who lives together, since when, who heads them, and their hardship.

A person lives in one household at a time; a child in shared custody may live in two (events.md,
BC2). What a household records of its members is recorded on each member in the same transaction,
so that others can ask the person.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from domain.age import ADULT_FROM, surely
from domain.aggregate import Aggregate
from domain.bounds import Title
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_possible
from domain.event import AnyEvent, Effective, Facts, fact
from domain.identity import Id, new_id
from domain.own_words import check_own_words
from domain.person import IN_FUTURE, Person
from domain.private import ContactWords
from domain.refusals import Conflict, refusal
from domain.registry import HouseholdJoined, HouseholdLeft

MemberRole = Literal[
    "head", "spouse", "child", "parent", "grandparent", "grandchild", "sibling", "other"
]
LeavingReason = Literal["moved_out", "died", "entry_error", "dissolved", "other"]
Hardship = Literal[
    "minimum_living", "low_income", "extreme_hardship", "expenditure_hardship", "sudden_hardship",
    "illness", "disability", "other",
]  # fmt: skip

DISSOLVED = refusal("household.dissolved", Conflict)
MEMBER_ALREADY = refusal("household.member_already", Conflict)
STAYED_ALREADY = refusal("household.stayed_already", Conflict)
NOT_A_MEMBER = refusal("household.not_a_member")
HEAD_ALREADY = refusal("household.head_already", Conflict)
HEAD_LEAVES = refusal("household.head_leaves", Conflict)
HEAD_BY_CHANGE = refusal("household.head_by_change")
CUSTODY_OF_ADULT = refusal("household.custody_of_adult")
ENDS_BEFORE_BEGINS = refusal("household.ends_before_begins")


@fact()
class HouseholdFormed(Facts, frozen=True, kw_only=True, tag="household.HouseholdFormed@1"):
    """People share a file from `begins` on; the address is sealed under the head's key."""

    community: str
    head: Id
    begins: date
    address: ContactWords | None = None


@fact()
class MemberAdded(Facts, frozen=True, kw_only=True, tag="household.MemberAdded@1"):
    """Somebody lives in it from `begins` on; `role` is what they are to its head."""

    person: Id
    role: MemberRole
    begins: date
    shared_custody: bool = False


@fact()
class MemberLeft(Facts, frozen=True, kw_only=True, tag="household.MemberLeft@1"):
    """They lived in it until `ends`, that day included."""

    person: Id
    ends: date
    reason: LeavingReason = "moved_out"


@fact()
class HouseholdHeadChanged(
    Facts, frozen=True, kw_only=True, tag="household.HouseholdHeadChanged@1"
):
    """Another member heads it since `begins`."""

    head: Id
    before: Id
    begins: date


@fact(corrections=True)
class HardshipAssessed(Facts, frozen=True, kw_only=True, tag="household.HardshipAssessed@1"):
    """What hardship a household is in, its income by band, and until when that holds."""

    kinds: tuple[Hardship, ...]
    begins: date
    income_band: Title | None = None
    valid_to: date | None = None


@fact()
class HouseholdDissolved(Facts, frozen=True, kw_only=True, tag="household.HouseholdDissolved@1"):
    """They share a file no longer."""

    last_day: date
    reason: str


class Household(Aggregate):
    """People who live together."""

    kind = "household"
    head: Id
    dissolved = False

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.members: dict[Id, MemberAdded] = {}
        self.former: set[Id] = set()

    def evolve(self, event: AnyEvent) -> None:
        """Keep who lives here now, and who did."""
        match event.facts:
            case HouseholdFormed(head=head) | HouseholdHeadChanged(head=head):
                self.head = head
            case MemberAdded(person=person):
                self.members[person] = event.facts
            case MemberLeft(person=person, reason=reason):
                del self.members[person]
                if reason != "entry_error":
                    self.former.add(person)
            case HouseholdDissolved():
                self.dissolved = True

    @property
    def size(self) -> int:
        """How many live here now (`domain.desk.Home`)."""
        return len(self.members)

    def add(self, entry: Entry, added: MemberAdded, person: Person) -> None:
        """Take in a member, on both records."""
        person.join_household(entry, self._joined(added, person))
        self.record(entry, added)

    def note_stay(self, entry: Entry, added: MemberAdded, ends: date, person: Person) -> None:
        """Note on both records that somebody lived here until a day that is past.

        The file lists one stay of each, the last: nobody who has one gets an earlier one.
        """
        if added.person in self.former:
            raise STAYED_ALREADY("person")
        joined = self._joined(added, person)
        person.check_there_on(ends, "person")
        person.note_stay(entry, joined, ends)
        self.record(entry, added)
        self.record(entry, MemberLeft(person=added.person, ends=ends), event=new_id())

    def _joined(self, added: MemberAdded, person: Person) -> HouseholdJoined:
        """Return what a member's own record says, if they can be one from that day on."""
        self.check_standing()
        if added.person in self.members:
            raise MEMBER_ALREADY("person")
        person.check_open("person")
        person.check_there_on(added.begins, "person")
        if added.shared_custody and surely(person.details.birth, added.begins, ADULT_FROM):
            raise CUSTODY_OF_ADULT("shared_custody")
        return HouseholdJoined(
            household=self.id, begins=added.begins, shared_custody=added.shared_custody
        )

    def let_go(self, entry: Entry, left: MemberLeft, person: Person) -> None:
        """Let a member go, on both records."""
        self.check_standing()
        self.check_member(left.person, "person")
        if left.person == self.head:
            raise HEAD_LEAVES("person")
        self._let_go(entry, left, person)

    def change_head(self, entry: Entry, head: Id, begins: date) -> None:
        """Have another member head it."""
        self.check_standing()
        self.check_member(head, "head")
        if head == self.head:
            raise HEAD_ALREADY("head")
        self.record(entry, HouseholdHeadChanged(head=head, before=self.head, begins=begins))

    def assess(self, entry: Entry, assessed: HardshipAssessed) -> None:
        """Record an assessment of hardship."""
        self.check_standing()
        _check_order(assessed.begins, assessed.valid_to, "valid_to")
        self.record(entry, assessed)

    def dissolve(
        self, entry: Entry, dissolved: HouseholdDissolved, members: dict[Id, Person]
    ) -> None:
        """End it; every member leaves with it."""
        self.check_standing()
        if dissolved.last_day > entry.today:
            raise IN_FUTURE("last_day")
        for id in tuple(self.members):
            left = MemberLeft(person=id, ends=dissolved.last_day, reason="dissolved")
            self._let_go(entry, left, members[id], event=new_id())
        self.record(entry, dissolved, event=entry.event)

    def check_standing(self) -> None:
        """Refuse once it is dissolved."""
        if self.dissolved:
            raise DISSOLVED("household")

    def check_member(self, person: Id, field: str) -> None:
        """Refuse somebody who does not live here."""
        if person not in self.members:
            raise NOT_A_MEMBER(field)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected assessment to the same rules as a new one."""
        if after is not None:
            _check_order(after.facts.begins, after.facts.valid_to, "valid_to")

    def _let_go(
        self, entry: Entry, left: MemberLeft, person: Person, *, event: Id | None = None
    ) -> None:
        _check_order(self.members[left.person].begins, left.ends, "ends")
        went = HouseholdLeft(
            household=self.id, ends=left.ends, mistaken=left.reason == "entry_error"
        )
        person.leave_household(entry, went)
        self.record(entry, left, event=event)


def form_household(
    desk: Desk, entry: Entry, scope: Scope, facts: HouseholdFormed, *, id: Id | None = None
) -> Receipt:
    """Open a household's file, with its head as first member.

    It belongs to the station, never to a project. Refused: a head who lives in another household.
    """
    check_possible(entry.occurred, entry.now)
    check_own_words(facts.head, facts)
    scope = msgspec.structs.replace(scope, project=None)
    household = Household.start(entry, scope, facts, id=id or new_id())
    head = desk.load(Person, facts.head, "head")
    household.add(entry, MemberAdded(person=head.id, role="head", begins=facts.begins), head)
    return desk.save(entry, household, head)


def add_member(
    desk: Desk, entry: Entry, household: Id, facts: MemberAdded, ends: date | None = None
) -> Receipt:
    """Take somebody into a household; with `ends`, their last day there, if that is past."""
    found = _household(desk, entry, household)
    if facts.role == "head":
        raise HEAD_BY_CHANGE("role")
    person = desk.load(Person, facts.person, "person")
    if ends is None:
        found.add(entry, facts, person)
    else:
        found.note_stay(entry, facts, ends, person)
    return desk.save(entry, found, person)


def remove_member(desk: Desk, entry: Entry, household: Id, facts: MemberLeft) -> Receipt:
    """Let somebody leave a household."""
    found = _household(desk, entry, household)
    person = desk.load(Person, facts.person, "person")
    found.let_go(entry, facts, person)
    return desk.save(entry, found, person)


def change_head(desk: Desk, entry: Entry, household: Id, head: Id, begins: date) -> Receipt:
    """Have another member head a household."""
    found = _household(desk, entry, household)
    found.change_head(entry, head, begins)
    return desk.save(entry, found)


def assess_hardship(desk: Desk, entry: Entry, household: Id, facts: HardshipAssessed) -> Receipt:
    """Record an assessment of a household's hardship."""
    found = _household(desk, entry, household)
    found.assess(entry, facts)
    return desk.save(entry, found)


def dissolve_household(
    desk: Desk, entry: Entry, household: Id, facts: HouseholdDissolved
) -> Receipt:
    """Close a household's file; every member leaves it."""
    found = _household(desk, entry, household)
    members = {id: desk.load(Person, id, "household") for id in found.members}
    found.dissolve(entry, facts, members)
    return desk.save(entry, found, *members.values())


def _household(desk: Desk, entry: Entry, household: Id) -> Household:
    check_possible(entry.occurred, entry.now)
    return desk.load(Household, household, "household")


def _check_order(begins: date, ends: date | None, field: str) -> None:
    if ends is not None and ends < begins:
        raise ENDS_BEFORE_BEGINS(field)
