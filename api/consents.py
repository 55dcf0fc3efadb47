"""By what right a person's data is processed, over HTTP: consents and legal bases by purpose."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.commands import SEALED, CommandIn, Commanding, Model, ReceiptOut, Text, Uuid, example
from api.person_notes import note
from api.routing import routes
from domain.identity import Id
from domain.private import private
from domain.registry import (
    ConsentForm,
    ConsentGiven,
    ConsentPurpose,
    ConsentWithdrawn,
    LegalBasis,
    LegalBasisRecorded,
)

router = routes("persons")
Guardian = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), SEALED
]
"""A guardian's name and relation; it is sealed under the child's key before it is kept."""


class ConsentSaid(Model):
    """An agreement to one purpose; for a child under 14 the guardian's, who is named."""

    purpose: ConsentPurpose
    form: ConsentForm
    begins: date
    valid_to: date | None = None
    guardian: Guardian | None = None
    guardian_person: Uuid | None = None

    def value(self, person: Id) -> ConsentGiven:
        """Return it as the domain has it."""
        return ConsentGiven(
            purpose=self.purpose,
            form=self.form,
            begins=self.begins,
            valid_to=self.valid_to,
            guardian=private(person, "identity", self.guardian),
            guardian_person=self.guardian_person,
        )


class LegalBasisSaid(Model):
    """By what right data is processed without consent, and where that stands."""

    purpose: ConsentPurpose
    legal_basis: LegalBasis
    source: Text
    begins: date
    valid_to: date | None = None

    def value(self, person: Id) -> LegalBasisRecorded:
        """Return it as the domain has it."""
        return LegalBasisRecorded(
            purpose=self.purpose,
            basis=self.legal_basis,
            source=self.source,
            begins=self.begins,
            valid_to=self.valid_to,
        )


class ConsentGround(ConsentSaid):
    """A consent given when somebody is registered."""

    kind: Literal["consent"]


class LegalBasisGround(LegalBasisSaid):
    """A legal basis stated when somebody is registered."""

    kind: Literal["legal_basis"]


GroundIn = Annotated[ConsentGround | LegalBasisGround, Field(discriminator="kind")]


class ConsentIn(CommandIn, ConsentSaid):
    """A consent."""

    model_config = example({"purpose": "health", "form": "written", "begins": "2018-07-02"})


@router.post("/persons/{person}/consents", status_code=201)
def give_consent(person: Uuid, sent: ConsentIn, command: Commanding) -> ReceiptOut:
    """Record a consent to one purpose."""
    return note(command, sent, person, sent.value(person))


class WithdrawalIn(CommandIn):
    """The last day on which the consent holds."""

    purpose: ConsentPurpose
    ends: date

    model_config = example({"purpose": "health", "ends": "2018-12-31"})


@router.post("/persons/{person}/consent-withdrawals", status_code=201)
def withdraw_consent(person: Uuid, sent: WithdrawalIn, command: Commanding) -> ReceiptOut:
    """Record that a consent is withdrawn."""
    return note(command, sent, person, ConsentWithdrawn(purpose=sent.purpose, ends=sent.ends))


class LegalBasisIn(CommandIn, LegalBasisSaid):
    """A legal basis."""

    model_config = example(
        {
            "purpose": "service",
            "legal_basis": "vital_interest",
            "source": "强制报告",
            "begins": "2018-07-02",
        }
    )


@router.post("/persons/{person}/legal-bases", status_code=201)
def record_legal_basis(person: Uuid, sent: LegalBasisIn, command: Commanding) -> ReceiptOut:
    """Record by what right a person's data is processed without consent."""
    return note(command, sent, person, sent.value(person))
