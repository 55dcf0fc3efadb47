"""People of the register over HTTP: who they are. What is noted about them is in `person_notes`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.commands import SEALED, CommandIn, Commanding, Model, ReceiptOut, Text, Uuid, example
from api.consents import GroundIn
from api.records import ReasonOf
from api.routing import routes
from domain import identifying, registering
from domain.age import Birth, BirthPrecision
from domain.identity import new_id
from domain.organisation import scope_of_station
from domain.private import private
from domain.registry import (
    Details,
    DocumentType,
    ErasureRequested,
    FoundBy,
    PersonRegistered,
    PersonsMerged,
    PersonsSplit,
    Sex,
)

router = routes("persons")
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), SEALED
]
"""A person's name; it is sealed before it is kept."""


class BirthIn(Model):
    """A date of birth; known by month or year only, the rest is written 1."""

    day: date
    precision: BirthPrecision = "day"

    def value(self) -> Birth:
        """Return it as the domain has it."""
        return Birth(day=self.day, precision=self.precision)


class PersonIn(CommandIn):
    """Somebody who enters the register (建档), with the consents given at once."""

    station: Uuid
    person: Uuid | None = None
    name: Name | None = None
    sex: Sex = "unknown"
    birth: BirthIn
    community: Text
    found_by: FoundBy = "visit"
    grounds: Annotated[tuple[GroundIn, ...], Field(max_length=10)] = ()

    model_config = example(
        {
            "station": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "name": "示例",
            "sex": "female",
            "birth": {"day": "1949-12-31"},
            "community": "示例社区",
            "grounds": [
                {
                    "kind": "consent",
                    "purpose": "service",
                    "form": "written",
                    "begins": "2018-07-02",
                }
            ],
        }
    )


@router.post("/persons", status_code=201)
def register_person(sent: PersonIn, command: Commanding) -> ReceiptOut:
    """Register somebody; the receipt's stream is their id.

    For a child under 14 a guardian's consent to the purpose `service` comes with it.
    """
    person = sent.person or new_id()
    details = Details(
        name=private(person, "identity", sent.name),
        sex=sent.sex,
        birth=sent.birth.value(),
        community=sent.community,
    )
    registered = PersonRegistered(details=details, found_by=sent.found_by)
    grounds = tuple(ground.value(person) for ground in sent.grounds)
    return command.carry_out(
        sent,
        lambda desk, entry: registering.register_person(
            desk,
            entry,
            scope_of_station(desk, sent.station),
            registered,
            id=person,
            grounds=grounds,
        ),
        location="/api/v1/persons/{id}",
    )


class DetailsCorrectionIn(CommandIn):
    """What was written down wrong (写错了); what is left out stays."""

    name: Name | None = None
    sex: Sex | None = None
    birth: BirthIn | None = None
    community: Text | None = None
    reason: ReasonOf

    model_config = example(
        {
            "birth": {"day": "1948-12-31"},
            "reason": {"code": "entry_error", "text": "录入时看错了证件"},
        }
    )


@router.post("/persons/{person}/details-corrections", status_code=201)
def correct_details(person: Uuid, sent: DetailsCorrectionIn, command: Commanding) -> ReceiptOut:
    """Set a person's details right."""
    return command.carry_out(
        sent,
        lambda desk, entry: registering.correct_details(
            desk,
            entry,
            person,
            sent.reason.value(sent.approved_by),
            name=private(person, "identity", sent.name),
            sex=sent.sex,
            birth=sent.birth.value() if sent.birth else None,
            community=sent.community,
        ),
        on=person,
    )


class DetailsChangeIn(CommandIn):
    """What is otherwise since a day (情况变了); what is left out stays."""

    begins: date
    name: Name | None = None
    sex: Sex | None = None
    community: Text | None = None

    model_config = example({"begins": "2018-10-01", "community": "示例村"})


@router.post("/persons/{person}/details-changes", status_code=201)
def change_details(person: Uuid, sent: DetailsChangeIn, command: Commanding) -> ReceiptOut:
    """Record that a person's details changed."""
    return command.carry_out(
        sent,
        lambda desk, entry: registering.change_details(
            desk,
            entry,
            person,
            sent.begins,
            name=private(person, "identity", sent.name),
            sex=sent.sex,
            community=sent.community,
        ),
        on=person,
    )


DocumentNumber = Annotated[str, StringConstraints(min_length=1, max_length=64), SEALED]


class IdentityDocumentIn(CommandIn):
    """An identity document; its number is sealed, and found by a keyed hash only."""

    document: DocumentType
    number: DocumentNumber

    model_config = example({"document": "id_card", "number": "11010519491231002X"})


@router.post("/persons/{person}/documents", status_code=201)
def record_document(person: Uuid, sent: IdentityDocumentIn, command: Commanding) -> ReceiptOut:
    """Record an identity document; none is ever demanded."""
    return command.carry_out(
        sent,
        lambda desk, entry: identifying.record_identity_document(
            desk, entry, person, sent.document, sent.number
        ),
        on=person,
    )


class TwoIn(CommandIn):
    """Two records; `absorbed` is, or is not, the person of `kept`."""

    kept: Uuid
    absorbed: Uuid
    reason: ReasonOf

    model_config = example(
        {
            "kept": "99f68f88-b208-5a9e-84e3-a6e90855c3f6",
            "absorbed": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
            "reason": {"code": "duplicate", "text": "同一人重复建档"},
        }
    )


@router.post("/person-mergers", status_code=201)
def merge_persons(sent: TwoIn, command: Commanding) -> ReceiptOut:
    """Say that two records are of one person; the absorbed one takes nothing more."""
    reason = sent.reason.value(sent.approved_by)
    facts = PersonsMerged(kept=sent.kept, absorbed=sent.absorbed, reason=reason)
    return command.carry_out(
        sent, lambda desk, entry: identifying.merge_persons(desk, entry, facts), on=sent.absorbed
    )


@router.post("/person-splits", status_code=201)
def split_persons(sent: TwoIn, command: Commanding) -> ReceiptOut:
    """Take a merger back."""
    reason = sent.reason.value(sent.approved_by)
    facts = PersonsSplit(kept=sent.kept, absorbed=sent.absorbed, reason=reason)
    return command.carry_out(
        sent, lambda desk, entry: identifying.split_persons(desk, entry, facts), on=sent.absorbed
    )


class ErasureIn(CommandIn):
    """Who asks, and why."""

    by: Literal["person", "guardian", "operator"]
    reason: Literal["own_wish", "consent_withdrawn", "purpose_fulfilled", "retention_over"]

    model_config = example({"by": "person", "reason": "own_wish"})


@router.post("/persons/{person}/erasure-requests", status_code=201)
def request_erasure(person: Uuid, sent: ErasureIn, command: Commanding) -> ReceiptOut:
    """Ask that a person's data be erased; nothing more is added from then on.

    Sealed words become unreadable. Attachments are not encrypted and do not know whom they show:
    photographs and scans of the person are found and removed by hand (docs/erasure.md).
    """
    facts = ErasureRequested(by=sent.by, reason=sent.reason)
    return command.carry_out(
        sent, lambda desk, entry: identifying.request_erasure(desk, entry, person, facts), on=person
    )
