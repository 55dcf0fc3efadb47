"""What is noted about people over HTTP: groups, health, residence, death, checks."""

from __future__ import annotations

from datetime import date
from typing import Literal

from api.commands import CommandIn, Commanding, ReceiptOut, Short, Text, Uuid, Words, example
from api.records import ReasonOf
from api.routing import routes
from domain import leader, registering, verification
from domain.counting import PriorityGroup
from domain.identity import Id
from domain.organisation import scope_of_station
from domain.private import Private, private
from domain.registry import (
    Contact,
    ContactOf,
    ContactPointChanged,
    DeathRetracted,
    GroupBasis,
    GroupEnd,
    HealthFactRecorded,
    PersonDied,
    PersonMovedAway,
    PersonMovedBack,
    PriorityGroupJoined,
    Residence,
    ResidencePeriodRecorded,
    RiskTier,
    RiskTierSet,
)

router = routes("persons")


def note(command: Commanding, sent: CommandIn, person: Id, facts: registering.Noted) -> ReceiptOut:
    """Record something about a person."""
    return command.carry_out(
        sent, lambda desk, entry: registering.note_about(desk, entry, person, facts), on=person
    )


class PriorityGroupIn(CommandIn):
    """Membership of a priority group (重点人群), and on what it rests.

    One that is over has a last day, and can be noted after later ones.
    """

    group: PriorityGroup
    rests_on: GroupBasis
    begins: date
    ends: date | None = None
    document: Short | None = None

    model_config = example(
        {"group": "living_alone", "rests_on": "community_list", "begins": "2018-07-02"}
    )


@router.post("/persons/{person}/groups", status_code=201)
def join_group(person: Uuid, sent: PriorityGroupIn, command: Commanding) -> ReceiptOut:
    """Record that somebody belongs to a priority group."""
    joined = PriorityGroupJoined(
        group=sent.group,
        basis=sent.rests_on,
        begins=sent.begins,
        document=private(person, "identity", sent.document),
    )
    ends = sent.ends
    if ends is None:
        return note(command, sent, person, joined)
    return command.carry_out(
        sent,
        lambda desk, entry: registering.note_past_membership(desk, entry, person, joined, ends),
        on=person,
    )


class GroupEndIn(CommandIn):
    """The last day in a group; by `entry_error` they never were in it."""

    group: PriorityGroup
    ends: date
    reason: GroupEnd = "no_longer_applies"

    model_config = example({"group": "living_alone", "ends": "2018-12-31"})


@router.post("/persons/{person}/group-endings", status_code=201)
def leave_group(person: Uuid, sent: GroupEndIn, command: Commanding) -> ReceiptOut:
    """Record that somebody left a priority group."""
    return command.carry_out(
        sent,
        lambda desk, entry: registering.leave_group(
            desk, entry, person, sent.group, sent.ends, sent.reason
        ),
        on=person,
    )


class ContactIn(CommandIn):
    """How somebody is reached; without a value, no longer so."""

    contact: Contact
    of: ContactOf = "self"
    value: Short | None = None

    model_config = example({"contact": "mobile", "of": "family", "value": "13800138000"})


@router.post("/persons/{person}/contacts", status_code=201)
def change_contact(person: Uuid, sent: ContactIn, command: Commanding) -> ReceiptOut:
    """Record a telephone, an address or another way to reach somebody; it is sealed."""
    changed = ContactPointChanged(
        contact=sent.contact, of=sent.of, value=private(person, "contact", sent.value)
    )
    return note(command, sent, person, changed)


class ResidenceIn(CommandIn):
    """Where somebody lives from one day to another; the place is sealed."""

    place: Short
    residence: Residence
    begins: date
    ends: date | None = None

    model_config = example(
        {"place": "示例社区", "residence": "seasonal", "begins": "2018-10-15", "ends": "2019-04-15"}
    )


@router.post("/persons/{person}/residences", status_code=201)
def record_residence(person: Uuid, sent: ResidenceIn, command: Commanding) -> ReceiptOut:
    """Record a time of residence; it is corrected and voided like other records."""
    recorded = ResidencePeriodRecorded(
        place=private(person, "contact", sent.place),
        residence=sent.residence,
        begins=sent.begins,
        ends=sent.ends,
    )
    return note(command, sent, person, recorded)


class HealthIn(CommandIn):
    """Something about somebody's health; all of it is sealed."""

    health: Words

    model_config = example({"health": "示例"})


@router.post("/persons/{person}/health-facts", status_code=201)
def record_health(person: Uuid, sent: HealthIn, command: Commanding) -> ReceiptOut:
    """Record a health fact. Refused without consent or legal basis for the purpose `health`."""
    sealed = Private(person=person, purpose="health", text=sent.health)
    return note(command, sent, person, HealthFactRecorded(health=sealed))


class TierIn(CommandIn):
    """How closely somebody is to be looked after."""

    tier: RiskTier
    assessed_by: Uuid | None = None
    next_review: date | None = None

    model_config = example({"tier": "high", "next_review": "2019-01-02"})


@router.post("/persons/{person}/risk-tiers", status_code=201)
def set_risk_tier(person: Uuid, sent: TierIn, command: Commanding) -> ReceiptOut:
    """Set the risk tier; who is not named as assessor is the one who writes."""
    tier = RiskTierSet(
        tier=sent.tier,
        assessed_by=sent.assessed_by or command.principal.actor,
        next_review=sent.next_review,
    )
    return note(command, sent, person, tier)


class DeathIn(CommandIn):
    """The day of death, and who said so."""

    died: date
    source: Literal["family", "community_committee", "hospital", "police", "visit", "list"]

    model_config = example({"died": "2018-12-01", "source": "community_committee"})


@router.post("/persons/{person}/deaths", status_code=201)
def record_death(person: Uuid, sent: DeathIn, command: Commanding) -> ReceiptOut:
    """Record a death; from that day they are in no denominator."""
    return note(command, sent, person, PersonDied(died=sent.died, source=sent.source))


class RetractionIn(CommandIn):
    """How we know that they are alive."""

    reason: ReasonOf

    model_config = example({"reason": {"code": "wrong_person", "text": "同名同姓的另一人"}})


@router.post("/persons/{person}/death-retractions", status_code=201)
def retract_death(person: Uuid, sent: RetractionIn, command: Commanding) -> ReceiptOut:
    """Take a death back that was recorded wrongly."""
    reason = sent.reason.value(sent.approved_by)
    return note(command, sent, person, DeathRetracted(reason=reason))


class MoveIn(CommandIn):
    """Since when they live elsewhere, and where; the place is sealed."""

    moved: date
    destination: Short | None = None

    model_config = example({"moved": "2018-12-01"})


@router.post("/persons/{person}/moves", status_code=201)
def record_move(person: Uuid, sent: MoveIn, command: Commanding) -> ReceiptOut:
    """Record that somebody moved away."""
    destination = private(person, "contact", sent.destination)
    return note(command, sent, person, PersonMovedAway(moved=sent.moved, destination=destination))


class MovedBackIn(CommandIn):
    """Since when they live here again."""

    returned: date

    model_config = example({"returned": "2019-03-01"})


@router.post("/persons/{person}/moves-back", status_code=201)
def record_return(person: Uuid, sent: MovedBackIn, command: Commanding) -> ReceiptOut:
    """Record that somebody lives here again, or had not moved after all."""
    return note(command, sent, person, PersonMovedBack(returned=sent.returned))


class PersonVerificationIn(CommandIn):
    """A check of what the register says of somebody (动态信息核对)."""

    station: Uuid
    project: Uuid | None = None
    method: Literal["phone", "visit"]
    outcome: Literal["confirmed", "changed"]
    worker: Uuid | None = None
    audience: Text | None = None

    model_config = example(
        {
            "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "method": "phone",
            "outcome": "confirmed",
        }
    )


@router.post("/persons/{person}/verifications", status_code=201)
def verify_register(person: Uuid, sent: PersonVerificationIn, command: Commanding) -> ReceiptOut:
    """Record a check; it counts to the project named."""
    facts = verification.RegisterInfoVerified(
        kind=verification.KIND,
        audience=sent.audience,
        person=person,
        method=sent.method,
        outcome=sent.outcome,
        worker=sent.worker,
    )
    return command.carry_out(
        sent,
        lambda desk, entry: verification.verify_register(
            desk, entry, scope_of_station(desk, sent.station, sent.project, day=entry.day), facts
        ),
    )


class LeaderIn(CommandIn):
    """A resident who leads others, and in what."""

    station: Uuid
    project: Uuid | None = None
    theme: Text | None = None
    audience: Text | None = None

    model_config = example({"station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b", "theme": "合唱"})


@router.post("/persons/{person}/recognitions", status_code=201)
def recognise_leader(person: Uuid, sent: LeaderIn, command: Commanding) -> ReceiptOut:
    """Recognise a resident as a leader (居民领袖, 社区骨干), once in a project."""
    facts = leader.CommunityLeaderRecognised(
        kind=leader.KIND, audience=sent.audience, person=person, theme=sent.theme
    )
    return command.carry_out(
        sent,
        lambda desk, entry: leader.recognise_leader(
            desk, entry, scope_of_station(desk, sent.station, sent.project), facts
        ),
    )
