"""The register of people (台账 R-01…R-08, R-10): pseudonymous, without a word of theirs.

Rows say who is in which group, since when, lives where, was last checked when; names and numbers
stay sealed in the journal. Ages are never kept: whoever needs one reckons it for a day from the
birth (counting rule 16).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from domain.counting import persons as reached
from domain.leader import CommunityLeaderRecognised
from domain.registry import (
    ConsentGiven,
    ConsentWithdrawn,
    DeathRetracted,
    Details,
    DocumentType,
    ErasureCompleted,
    ErasureRequested,
    HouseholdJoined,
    HouseholdLeft,
    IdentityDocumentRecorded,
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
    RiskTierSet,
)
from domain.verification import RegisterInfoVerified
from domain.visit import PhoneContactMade
from projections.engine.view import Drop, Effect, Put, Record, Row, Table, View
from projections.spans import OPEN

PERSON = Table(
    "person",
    key={"person": "uuid"},
    columns={
        "sex": "text",
        "born": "date",
        "born_precision": "text",
        "birth_year": "int",
        "community": "text",
        "found_by": "text",
        "registered": "date",
        "household": "uuid",
        "tier": "text",
        "next_review": "date",
        "alive_until": "date",
        "here_until": "date",
        "merged_into": "uuid",
        "erasure": "text",
    },
    indexes=(
        ("person",),
        ("merged_into",),
        ("operator", "community"),
        ("household",),
        ("operator", "registered"),
    ),
)
AWAY = Table(
    "person_away",
    key={"person": "uuid", "moved": "date"},
    columns={"returned": "date"},
    indexes=(("person",), ("operator", "returned")),
)
"""When they lived elsewhere, from `moved` on and until they `returned`; only who did has a row."""
MEMBERSHIP = Table(
    "person_group",
    key={"person": "uuid", "group": "text", "begins": "date"},
    columns={"ends": "date", "basis": "text"},
    indexes=(("group", "ends"), ("person",)),
)
DOCUMENT = Table(
    "person_document",
    key={"person": "uuid", "document": "text"},
    columns={"digest": "text", "checked": "bool"},
    indexes=(
        ("person",),
        ("digest",),
    ),
)
CONSENT = Table(
    "person_consent",
    key={"person": "uuid", "purpose": "text"},
    columns={"form": "text", "by_guardian": "bool", "begins": "date", "ends": "date"},
    indexes=(
        ("person",),
        ("operator", "ends"),
    ),
)
RESIDENCE = Table(
    "person_residence",
    key={"event": "uuid"},
    columns={
        "person": "uuid",
        "residence": "text",
        "begins": "date",
        "ends": "date",
    },
    indexes=(("person",), ("residence", "begins")),
)
VERIFICATION = Table(
    "register_check",
    key={"event": "uuid", "person": "uuid"},
    columns={
        "day": "date",
        "method": "text",
        "outcome": "text",
        "worker": "uuid",
    },
    indexes=(("person", "day"), ("operator", "day")),
)
LEADER = Table(
    "community_leader",
    key={"event": "uuid"},
    columns={"person": "uuid", "day": "date", "theme": "text"},
    indexes=(("operator", "day"), ("person",)),
)

persons = View(
    "persons", 4, (PERSON, AWAY, MEMBERSHIP, DOCUMENT, CONSENT, RESIDENCE, VERIFICATION, LEADER)
)


def _details(details: Details) -> Row:
    return {
        "sex": details.sex,
        "born": details.birth.day,
        "born_precision": details.birth.precision,
        "birth_year": details.birth.day.year,
        "community": details.community,
    }


@persons.on(PersonRegistered)
def registered(record: Record[PersonRegistered]) -> Iterator[Effect]:
    """One row a person."""
    more = {
        "found_by": record.facts.found_by,
        "registered": record.occurred.day,
        "erasure": "none",
        "alive_until": OPEN,
        "here_until": OPEN,
    }
    yield Put(PERSON, (record.event.stream,), _details(record.facts.details) | more)


@persons.on(PersonDetailsCorrected, PersonDetailsChanged)
def details_set(record: Record[PersonDetailsCorrected | PersonDetailsChanged]) -> Iterator[Effect]:
    """The row says what is held to be true now."""
    yield Put(PERSON, (record.event.stream,), _details(record.facts.after))


@persons.on(HouseholdJoined, HouseholdLeft)
def household_set(record: Record[HouseholdJoined | HouseholdLeft]) -> Iterator[Effect]:
    """Where they are counted from now on."""
    yield Put(PERSON, (record.event.stream,), {"household": record.facts.home})


@persons.on(RiskTierSet)
def tier_set(record: Record[RiskTierSet]) -> Iterator[Effect]:
    """How closely they are looked after."""
    facts = record.facts
    columns = {"tier": facts.tier, "next_review": facts.next_review}
    yield Put(PERSON, (record.event.stream,), columns)


@persons.on(PersonDied)
def died(record: Record[PersonDied]) -> Iterator[Effect]:
    """From the day of death they are in no denominator."""
    yield Put(PERSON, (record.event.stream,), {"alive_until": record.facts.died})


@persons.on(PersonMovedAway)
def moved(record: Record[PersonMovedAway]) -> Iterator[Effect]:
    """Nor from the day on which they moved away."""
    yield Put(PERSON, (record.event.stream,), {"here_until": record.facts.moved})


@persons.on(DeathRetracted)
def alive(record: Record[DeathRetracted]) -> Iterator[Effect]:
    """They are in it again."""
    yield Put(PERSON, (record.event.stream,), {"alive_until": OPEN})


@persons.on(PersonMovedBack)
def moved_back(record: Record[PersonMovedBack]) -> Iterator[Effect]:
    """They live here again, and were away in between, unless they had not moved after all."""
    facts, person = record.facts, record.event.stream
    yield Put(PERSON, (person,), {"here_until": OPEN})
    if facts.moved is None:
        return
    if facts.moved < facts.returned:
        yield Put(AWAY, (person, facts.moved), {"returned": facts.returned})
    else:
        yield Drop(AWAY, (person, facts.moved))


@persons.on(PersonsMerged)
def merged(record: Record[PersonsMerged]) -> Iterator[Effect]:
    """The absorbed row leads to the one that is kept; the kept one's event changes nothing."""
    facts = record.facts
    if record.event.stream == facts.absorbed:
        yield Put(PERSON, (facts.absorbed,), {"merged_into": facts.kept})


@persons.on(PersonsSplit)
def split(record: Record[PersonsSplit]) -> Iterator[Effect]:
    """They stand for themselves again."""
    if record.event.stream == record.facts.absorbed:
        yield Put(PERSON, (record.facts.absorbed,), {"merged_into": None})


@persons.on(ErasureRequested)
def erasure_requested(record: Record[ErasureRequested]) -> Iterator[Effect]:
    """Nothing more is added about them."""
    yield Put(PERSON, (record.event.stream,), {"erasure": "requested"})


@persons.on(ErasureCompleted)
def erased(record: Record[ErasureCompleted]) -> Iterator[Effect]:
    """What could still be found by their numbers is gone."""
    yield Put(PERSON, (record.event.stream,), {"erasure": "completed"})
    for document in get_args(DocumentType):
        yield Drop(DOCUMENT, (record.event.stream, document))


@persons.on(PriorityGroupJoined)
def joined(record: Record[PriorityGroupJoined]) -> Iterator[Effect]:
    """One row a membership, so that who leaves and comes back has two."""
    facts = record.facts
    key = (record.event.stream, facts.group, facts.begins)
    yield Put(MEMBERSHIP, key, {"ends": OPEN, "basis": facts.basis})


@persons.on(PriorityGroupLeft)
def left(record: Record[PriorityGroupLeft]) -> Iterator[Effect]:
    """It has a last day; one recorded by mistake was never held."""
    facts = record.facts
    key = (record.event.stream, facts.group, facts.begins)
    if facts.reason == "entry_error":
        yield Drop(MEMBERSHIP, key)
    else:
        yield Put(MEMBERSHIP, key, {"ends": facts.ends})


@persons.on(IdentityDocumentRecorded)
def documented(record: Record[IdentityDocumentRecorded]) -> Iterator[Effect]:
    """By its keyed hash a number is found, and is not read."""
    facts = record.facts
    columns = {"digest": facts.digest, "checked": facts.checked}
    yield Put(DOCUMENT, (record.event.stream, facts.document), columns)


@persons.on(ConsentGiven)
def consented(record: Record[ConsentGiven]) -> Iterator[Effect]:
    """The latest consent to each purpose."""
    facts = record.facts
    columns = {
        "form": facts.form,
        "by_guardian": facts.by_guardian,
        "begins": facts.begins,
        "ends": facts.valid_to or OPEN,
    }
    yield Put(CONSENT, (record.event.stream, facts.purpose), columns)


@persons.on(ConsentWithdrawn)
def withdrawn(record: Record[ConsentWithdrawn]) -> Iterator[Effect]:
    """It holds no longer."""
    facts = record.facts
    yield Put(CONSENT, (record.event.stream, facts.purpose), {"ends": facts.ends})


@persons.on(ResidencePeriodRecorded)
def lived(record: Record[ResidencePeriodRecorded]) -> Iterator[Effect]:
    """One row a period; seasonal guests have many."""
    facts = record.facts
    columns = {
        "person": record.event.stream,
        "residence": facts.residence,
        "begins": facts.begins,
        "ends": facts.ends or OPEN,
    }
    yield Put(RESIDENCE, (record.id,), columns)


@persons.on(RegisterInfoVerified)
def verified(record: Record[RegisterInfoVerified]) -> Iterator[Effect]:
    """One row a check, in the ledger of the project that it counts to."""
    facts = record.facts
    columns = {
        "day": record.occurred.day,
        "method": facts.method,
        "outcome": facts.outcome,
        "worker": facts.worker,
    }
    yield Put(VERIFICATION, (record.id, facts.person), columns)


@persons.on(PhoneContactMade)
def called(record: Record[PhoneContactMade]) -> Iterator[Effect]:
    """A call in which the register was checked is a check of everyone it reached."""
    facts = record.facts
    if not facts.verified:
        return
    columns = {
        "day": record.occurred.day,
        "method": "phone",
        "outcome": "confirmed",
        "worker": facts.workers[0] if facts.workers else record.writer,
    }
    for person in reached(facts.attendance):
        yield Put(VERIFICATION, (record.id, person), columns)


@persons.on(CommunityLeaderRecognised)
def recognised(record: Record[CommunityLeaderRecognised]) -> Iterator[Effect]:
    """One row a leader."""
    facts = record.facts
    columns = {"person": facts.person, "day": record.occurred.day, "theme": facts.theme}
    yield Put(LEADER, (record.id,), columns)
