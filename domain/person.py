"""A person of the register: what their record allows, and what others may know of them.

The invariants are those of events.md, BC2. A person implements `domain.desk.Participant`, which
is all that other slices see.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from domain.age import GUARDED_UNDER, Birth, surely
from domain.aggregate import Aggregate, check_reason
from domain.entry import Entry, Scope, check_possible
from domain.event import AnyEvent, Effective, Facts
from domain.identity import Id, new_id
from domain.lawfulness import Lawfulness
from domain.membership import BEFORE_BIRTH, ENDS_BEFORE_BEGINS, Memberships
from domain.own_words import check_own_words
from domain.private import Private
from domain.refusals import Conflict, refusal
from domain.registry import (
    ConsentGiven,
    ConsentPurpose,
    ConsentWithdrawn,
    DeathRetracted,
    Details,
    DocumentType,
    ErasureCompleted,
    ErasureRequested,
    HealthFactRecorded,
    HouseholdJoined,
    HouseholdLeft,
    IdentityDocumentRecorded,
    LegalBasisRecorded,
    PersonDetailsChanged,
    PersonDetailsCorrected,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonRegistered,
    PersonsMerged,
    PersonsSplit,
    PriorityGroupJoined,
    PriorityGroupLeft,
    ResidencePeriodRecorded,
)

BIRTH_IMPOSSIBLE = refusal("registry.birth_impossible")
BIRTH_UNCHANGEABLE = refusal("registry.birth_unchangeable")
NOTHING_CHANGED = refusal("registry.nothing_changed")
GUARDIAN_MISSING = refusal("registry.guardian_consent_missing")
NO_LEGAL_BASIS = refusal("registry.no_legal_basis")
OWN_GUARDIAN = refusal("registry.own_guardian")
NO_CONSENT = refusal("registry.no_consent", Conflict)
IN_FUTURE = refusal("registry.in_future")
SERVED_AFTER_DEATH = refusal("registry.served_after_death")
SERVED_AFTER_MOVE = refusal("registry.served_after_move")
DIED_ALREADY = refusal("registry.died_already", Conflict)
NOT_DEAD = refusal("registry.not_dead", Conflict)
MOVED_ALREADY = refusal("registry.moved_already", Conflict)
NOT_MOVED = refusal("registry.not_moved", Conflict)
DOCUMENT_KNOWN = refusal("registry.document_known", Conflict)
MERGED = refusal("registry.merged", Conflict)
NOT_MERGED = refusal("registry.not_merged", Conflict)
ERASED = refusal("registry.erased", Conflict)
ERASURE_NOT_REQUESTED = refusal("registry.erasure_not_requested", Conflict)
TWO_HOUSEHOLDS = refusal("registry.two_households", Conflict)
NOT_IN_HOUSEHOLD = refusal("registry.not_in_household", Conflict)


class Stay(NamedTuple):
    """The first and the last day in a household that somebody has left."""

    begins: date
    ends: date
    household: Id


class HouseholdStay(NamedTuple):
    """From which day on somebody is counted in another household, or in none; who `moved`."""

    begins: date
    home: Id | None
    moved: Id


class Person(Aggregate):
    """Somebody who is registered, under a pseudonymous id."""

    kind = "person"
    lasting = (ConsentWithdrawn, ErasureRequested, ErasureCompleted)
    details: Details
    household: Id | None = None
    died: date | None = None
    moved: date | None = None
    merged_into: Id | None = None
    merger: Id | None = None
    erasure_request: Id | None = None
    erased = False

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.lawfulness = Lawfulness()
        self.memberships = Memberships()
        self.documents: dict[DocumentType, str] = {}
        self.households: dict[Id, date] = {}
        self.stayed: list[Stay] = []
        self.away: dict[date, date] = {}
        self.homes: list[HouseholdStay] = []

    @property
    def name(self) -> Private | None:
        """Their name as it stands, sealed."""
        return self.details.name

    def evolve(self, event: AnyEvent) -> None:
        """Keep what later decisions and other slices must know."""
        match event.facts:
            case PersonRegistered(details=details):
                self.details = details
            case PersonDetailsCorrected(after=details) | PersonDetailsChanged(after=details):
                self.details = details
            case IdentityDocumentRecorded(document=document, digest=digest):
                self.documents[document] = digest
            case ConsentGiven() | ConsentWithdrawn() | LegalBasisRecorded():
                self.lawfulness.take(event.facts)
            case PriorityGroupJoined() | PriorityGroupLeft():
                self.memberships.take(event.facts)
            case HouseholdJoined() | HouseholdLeft():
                self._evolve_household(event.facts)
            case _:
                self._evolve_life(event)

    def _evolve_household(self, facts: HouseholdJoined | HouseholdLeft) -> None:
        """Keep where they live, and where they are counted."""
        if isinstance(facts, HouseholdJoined):
            self.households[facts.household] = facts.begins
            self._count_in(facts.begins, facts)
        else:
            begins = self.households.pop(facts.household)
            if facts.mistaken:
                self.homes = [
                    each
                    for each in self.homes
                    if each.moved != facts.household or each.begins < begins
                ]
                if facts.home is not None and facts.home != self.household:
                    # They are counted in the other of two, and were from when they lived there.
                    self.homes.append(
                        HouseholdStay(self.households[facts.home], facts.home, facts.home)
                    )
            else:
                self.stayed.append(Stay(begins, facts.ends, facts.household))
                self._count_in(facts.ends + timedelta(days=1), facts)
        self.household = facts.home

    def _count_in(self, day: date, facts: HouseholdJoined | HouseholdLeft) -> None:
        if facts.home != self.household:
            self.homes.append(HouseholdStay(day, facts.home, facts.household))

    def _evolve_life(self, event: AnyEvent) -> None:
        match event.facts:
            case PersonDied(died=died):
                self.died = died
            case DeathRetracted():
                self.died = None
            case PersonMovedAway(moved=moved):
                self.moved = moved
                self.away[moved] = date.max
            case PersonMovedBack(returned=returned) if self.moved is not None:
                self._return(self.moved, returned)
            case PersonsMerged(kept=kept) if kept != self.id:
                self.merged_into, self.merger = kept, event.id
            case PersonsSplit(absorbed=absorbed) if absorbed == self.id:
                self.merged_into, self.merger = None, event.id
            case ErasureRequested():
                self.erasure_request = event.id
            case ErasureCompleted():
                self.erased, self.documents = True, {}

    def _return(self, moved: date, returned: date) -> None:
        """Keep how long they were away, unless they had not moved after all.

        Whoever is said once more to have moved on the same day, to set the return right, was away
        once.
        """
        self.moved = None
        self.away[moved] = returned
        if returned <= moved:
            del self.away[moved]

    # What other slices may know: domain.desk.Participant.

    def check_served_on(self, day: date, field: str) -> None:
        """Refuse services to a record that takes no more, to who was not there (see
        `check_there_on`), and to a child under 14 for whom no guardian's consent holds that day."""
        self.check_open(field)
        self.check_there_on(day, field)
        self._check_of_child(day, field)

    def check_there_on(self, day: date, field: str) -> None:
        """Refuse services dated before birth, after death, and while they lived elsewhere."""
        if day < self.details.birth.day:
            raise BEFORE_BIRTH(field)
        if self.died is not None and day > self.died:
            raise SERVED_AFTER_DEATH(field)
        if any(moved < day < returned for moved, returned in self.away.items()):
            raise SERVED_AFTER_MOVE(field)

    def groups_on(self, day: date) -> tuple[str, ...]:
        """The population groups of that day: memberships on record, and advanced age by birth."""
        return self.memberships.groups_on(day, self.details.birth)

    def home_on(self, day: date) -> Id | None:
        """The household in which they were counted that day, if any.

        A stay that was noted when it was over counts where no other does.
        """
        homes = [each.home for each in reversed(self.homes) if each.begins <= day][:1]
        stays = [stay.household for stay in self.stayed if stay.begins <= day <= stay.ends]
        return next((home for home in (*homes, *stays) if home is not None), None)

    # What their record allows.

    def check_open(self, field: str = "person") -> None:
        """Refuse to add to the record of somebody merged, erased, or who asked to be erased."""
        if self.merged_into is not None:
            raise MERGED(field, kept=self.merged_into)
        if self.erased or self.erasure_request is not None:
            raise ERASED(field)

    def check_lawful(self, day: date, purpose: ConsentPurpose, field: str) -> None:
        """Refuse to process sensitive data without consent or a recorded legal basis."""
        guarded = not surely(self.details.birth, day, GUARDED_UNDER)
        if not self.lawfulness.covers(purpose, day, guarded=guarded):
            raise (GUARDIAN_MISSING if guarded else NO_LEGAL_BASIS)(field, purpose=purpose)

    def note(self, entry: Entry, facts: Facts, *, event: Id | None = None) -> None:
        """Write a fact about this person, held to the rules that concern it."""
        self.check_open()
        check_possible(entry.occurred, entry.now)
        check_own_words(self.id, facts)
        self._check(entry, facts)
        if isinstance(facts, PersonMovedBack):
            facts = msgspec.structs.replace(facts, moved=self.moved)
        self.record(entry, facts, event=event)

    def note_past_membership(self, entry: Entry, joined: PriorityGroupJoined, ends: date) -> None:
        """Write from when until when they were in a group; those since then stay as they are."""
        self.check_open()
        check_possible(entry.occurred, entry.now)
        check_own_words(self.id, joined)
        self._check_of_child(entry.day, "consent")
        self._check_day(entry, joined.begins, "begins")
        _check_order(joined.begins, ends, "ends")
        self.memberships.check_joining(joined, self.details.birth, ends)
        self.record(entry, joined)
        left = PriorityGroupLeft(group=joined.group, begins=joined.begins, ends=ends)
        self.record(entry, left, event=new_id())

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold a corrected record to the same rules as a new one."""
        self.check_open()
        if after is not None:
            check_own_words(self.id, after.facts)
            self._check(entry, after.facts)

    def _check(self, entry: Entry, facts: Facts) -> None:
        match facts:
            case PersonDetailsCorrected(after=after) | PersonDetailsChanged(after=after):
                self._check_details(entry, facts, after)
            case ConsentGiven():
                self._check_consent(facts)
            case ConsentWithdrawn(purpose=purpose, ends=ends):
                if not self.lawfulness.consents(purpose, ends):
                    raise NO_CONSENT("purpose")
            case LegalBasisRecorded(begins=begins, valid_to=valid_to):
                _check_order(begins, valid_to, "valid_to")
            case HealthFactRecorded():
                self.check_lawful(entry.day, "health", "health")
            case PersonDied() | DeathRetracted() | PersonMovedAway() | PersonMovedBack():
                self._check_life(entry, facts)
            case _:
                self._check_of_child(entry.day, "consent")
                if isinstance(facts, PriorityGroupJoined):
                    self._check_day(entry, facts.begins, "begins")
                self._check_register(facts)

    def _check_of_child(self, day: date, field: str) -> None:
        """Everything about a child under 14 is sensitive."""
        if not surely(self.details.birth, day, GUARDED_UNDER):
            self.check_lawful(day, "service", field)

    def _check_register(self, facts: Facts) -> None:
        match facts:
            case IdentityDocumentRecorded(document=document, digest=digest):
                if self.documents.get(document) == digest:
                    raise DOCUMENT_KNOWN("document")
            case ResidencePeriodRecorded(begins=begins, ends=ends):
                _check_order(begins, ends, "ends")
            case PriorityGroupJoined():
                self.memberships.check_joining(facts, self.details.birth)
            case PriorityGroupLeft():
                self.memberships.check_leaving(facts)

    def _check_details(self, entry: Entry, facts: Facts, after: Details) -> None:
        check_birth(after.birth, entry.day)
        if after == self.details:
            raise NOTHING_CHANGED("details")
        if isinstance(facts, PersonDetailsCorrected):
            check_reason(facts.reason)
            if not surely(after.birth, entry.day, GUARDED_UNDER) and not self.lawfulness.covers(
                "service", entry.day, guarded=True
            ):
                raise GUARDIAN_MISSING("details.birth", purpose="service")
        elif after.birth != self.details.birth:
            raise BIRTH_UNCHANGEABLE("details.birth")

    def _check_consent(self, given: ConsentGiven) -> None:
        _check_order(given.begins, given.valid_to, "valid_to")
        if given.guardian_person == self.id:
            raise OWN_GUARDIAN("guardian_person")
        if not given.by_guardian and not surely(self.details.birth, given.begins, GUARDED_UNDER):
            raise GUARDIAN_MISSING("guardian", purpose=given.purpose)

    def _check_life(self, entry: Entry, facts: Facts) -> None:
        match facts:
            case PersonDied(died=died):
                if self.died is not None:
                    raise DIED_ALREADY("person")
                self._check_day(entry, died, "died")
            case DeathRetracted(reason=reason):
                check_reason(reason)
                if self.died is None:
                    raise NOT_DEAD("person")
            case PersonMovedAway(moved=moved):
                if self.moved is not None:
                    raise MOVED_ALREADY("person")
                self._check_day(entry, moved, "moved")
            case PersonMovedBack(returned=returned):
                if self.moved is None:
                    raise NOT_MOVED("person")
                self._check_day(entry, returned, "returned")

    def _check_day(self, entry: Entry, day: date, field: str) -> None:
        if day > entry.today:
            raise IN_FUTURE(field)
        if day < self.details.birth.day:
            raise BEFORE_BIRTH(field)

    # Where they live. What a household records of its members, each member's record says too.

    def join_household(self, entry: Entry, joined: HouseholdJoined) -> None:
        """Live in a household; in two at once, by the dates, only as a child in shared custody.

        Whoever moves leaves the one and joins the other on the same day.
        """
        self.check_open()
        self._check_day(entry, joined.begins, "begins")
        elsewhere = self.households or any(joined.begins < stay.ends for stay in self.stayed)
        if joined.household in self.households or (elsewhere and not joined.shared_custody):
            raise TWO_HOUSEHOLDS("person")
        home = self.household or joined.household
        self.record(entry, msgspec.structs.replace(joined, home=home), event=new_id())

    def note_stay(self, entry: Entry, joined: HouseholdJoined, ends: date) -> None:
        """Have lived in a household until a day, whatever came after it on record.

        Where they are counted today stays as it is; by the dates they lived in one at a time.
        """
        self.check_open()
        self._check_day(entry, joined.begins, "begins")
        _check_order(joined.begins, ends, "ends")
        if ends > entry.today:
            raise IN_FUTURE("ends")
        goes_on = [Stay(begins, date.max, home) for home, begins in self.households.items()]
        for stay in (*self.stayed, *goes_on):
            if joined.begins < stay.ends and stay.begins < ends and not joined.shared_custody:
                raise TWO_HOUSEHOLDS("person")
        joined = msgspec.structs.replace(joined, home=self.household)
        self.record(entry, joined, event=new_id())
        left = HouseholdLeft(household=joined.household, ends=ends, home=self.household)
        self.record(entry, left, event=new_id())

    def leave_household(self, entry: Entry, left: HouseholdLeft) -> None:
        """Live there no longer; this can be said of those merged and erased too."""
        if left.household not in self.households:
            raise NOT_IN_HOUSEHOLD("person")
        _check_order(self.households[left.household], left.ends, "ends")
        if left.ends > entry.today:
            raise IN_FUTURE("ends")
        home = next((other for other in self.households if other != left.household), None)
        self.record(entry, msgspec.structs.replace(left, home=home), event=new_id())

    # Registered twice, and erased.

    def merge(self, entry: Entry, merged: PersonsMerged, *, event: Id | None = None) -> None:
        """Write on this stream, of one of the two, that they are one person."""
        self.check_open("absorbed" if merged.absorbed == self.id else "kept")
        check_reason(merged.reason)
        if merged.absorbed == self.id and self.households:
            raise TWO_HOUSEHOLDS("absorbed")
        self.record(entry, merged, event=event)

    def split(self, entry: Entry, split: PersonsSplit, *, event: Id | None = None) -> None:
        """Write on this stream, of one of the two, that they are two after all."""
        check_reason(split.reason)
        if split.absorbed == self.id and self.merged_into != split.kept:
            raise NOT_MERGED("absorbed")
        self.record(entry, split, event=event)

    def request_erasure(self, entry: Entry, requested: ErasureRequested) -> None:
        """Take nothing more, and have the keys destroyed."""
        if self.erasure_request is not None:
            raise ERASED("person")
        self.record(entry, requested)

    def complete_erasure(self, entry: Entry) -> None:
        """Write that the keys are destroyed."""
        if self.erasure_request is None:
            raise ERASURE_NOT_REQUESTED("person")
        if self.erased:
            raise ERASED("person")
        self.record(entry, ErasureCompleted(request=self.erasure_request))


def check_birth(birth: Birth, day: date) -> None:
    """Refuse a birth in the future or more than 130 years ago."""
    if not birth.possible_on(day):
        raise BIRTH_IMPOSSIBLE("details.birth")


def _check_order(begins: date, ends: date | None, field: str) -> None:
    if ends is not None and ends < begins:
        raise ENDS_BEFORE_BEGINS(field)
