"""Commands about people of the register; those about who is who are in `identifying.py`."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.age import ADULT_FROM, GUARDED_UNDER, Birth, surely
from domain.counting import PriorityGroup
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope, check_possible
from domain.event import Facts, Reason
from domain.identity import Id
from domain.own_words import check_own_words
from domain.person import Person, check_birth
from domain.private import Private
from domain.references import check_named
from domain.refusals import refusal
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    ContactPointChanged,
    DeathRetracted,
    Details,
    GroupEnd,
    HealthFactRecorded,
    LegalBasisRecorded,
    PersonDetailsChanged,
    PersonDetailsCorrected,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PersonRegistered,
    PriorityGroupJoined,
    PriorityGroupLeft,
    ResidencePeriodRecorded,
    RiskTierSet,
    Sex,
)

GUARDIAN_UNFIT = refusal("registry.guardian_unfit")

Noted = (
    ContactPointChanged
    | ResidencePeriodRecorded
    | PriorityGroupJoined
    | HealthFactRecorded
    | RiskTierSet
    | ConsentGiven
    | ConsentWithdrawn
    | LegalBasisRecorded
    | PersonDied
    | DeathRetracted
    | PersonMovedAway
    | PersonMovedBack
)
"""What is noted about a person as it is given; the rules are those of the person's record."""


def register_person(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: PersonRegistered,
    *,
    id: Id,
    grounds: tuple[ConsentGiven | LegalBasisRecorded, ...] = (),
) -> Receipt:
    """Register somebody at a station, with the consents given at once.

    `id` is the person's; their name is sealed under it. The record belongs to the station, never
    to a project, since several may serve them. Refused: an impossible birth, a child under 14
    without a guardian's consent to the purpose `service`, a guardian who is no living adult.
    """
    check_possible(entry.occurred, entry.now)
    check_own_words(id, facts)
    check_birth(facts.details.birth, entry.day)
    scope = msgspec.structs.replace(scope, project=None)
    person = Person.start(entry, scope, facts, id=id)
    for ground in grounds:
        person.note(entry, ground)
        _check_guardian(desk, ground)
    if not surely(facts.details.birth, entry.day, GUARDED_UNDER):
        person.check_lawful(entry.day, "service", "grounds")
    return desk.save(entry, person)


def note_about(desk: Desk, entry: Entry, person: Id, facts: Noted) -> Receipt:
    """Note a fact about a person; see `Noted` for which, and `Person` for what is refused."""
    found = desk.load(Person, person, "person")
    check_named(desk, entry, found.scope.operator, facts)
    found.note(entry, facts)
    _check_guardian(desk, facts)
    return desk.save(entry, found)


def correct_details(
    desk: Desk,
    entry: Entry,
    person: Id,
    reason: Reason,
    *,
    name: Private | None = None,
    sex: Sex | None = None,
    birth: Birth | None = None,
    community: str | None = None,
) -> Receipt:
    """Set right what was written down wrong (写错了); what is not given stays."""
    found = desk.load(Person, person, "person")
    after = _with(found.details, name, sex, birth, community)
    found.note(entry, PersonDetailsCorrected(before=found.details, after=after, reason=reason))
    return desk.save(entry, found)


def change_details(
    desk: Desk,
    entry: Entry,
    person: Id,
    begins: date,
    *,
    name: Private | None = None,
    sex: Sex | None = None,
    community: str | None = None,
) -> Receipt:
    """Record that something is otherwise since a day (情况变了); what is not given stays."""
    found = desk.load(Person, person, "person")
    after = _with(found.details, name, sex, None, community)
    found.note(entry, PersonDetailsChanged(before=found.details, after=after, begins=begins))
    return desk.save(entry, found)


def note_past_membership(
    desk: Desk, entry: Entry, person: Id, joined: PriorityGroupJoined, ends: date
) -> Receipt:
    """Note a membership that is over; `ends` is its last day. There may be later ones on record."""
    found = desk.load(Person, person, "person")
    found.note_past_membership(entry, joined, ends)
    return desk.save(entry, found)


def leave_group(
    desk: Desk,
    entry: Entry,
    person: Id,
    group: PriorityGroup,
    ends: date,
    reason: GroupEnd = "no_longer_applies",
) -> Receipt:
    """End a membership that goes on; `ends` is its last day."""
    found = desk.load(Person, person, "person")
    begins = found.memberships.current(group).begins
    left = PriorityGroupLeft(group=group, begins=begins, ends=ends, reason=reason)
    found.note(entry, left)
    return desk.save(entry, found)


def _check_guardian(desk: Desk, facts: Facts) -> None:
    """Refuse a guardian who is registered and was no adult, or not alive, when they consented."""
    if not isinstance(facts, ConsentGiven) or facts.guardian_person is None:
        return
    guardian = desk.load(Person, facts.guardian_person, "guardian_person")
    alive = guardian.died is None or facts.begins <= guardian.died
    if not alive or not surely(guardian.details.birth, facts.begins, ADULT_FROM):
        raise GUARDIAN_UNFIT("guardian_person")


def _with(
    before: Details,
    name: Private | None,
    sex: Sex | None,
    birth: Birth | None,
    community: str | None,
) -> Details:
    return Details(
        name=name or before.name,
        sex=sex or before.sex,
        birth=birth or before.birth,
        community=community or before.community,
    )
