"""What the steps of a case share over HTTP: whose words they bring, and how they are taken.

Words about the client are sealed under the client's key; where a case serves a household, or
the words are another person's, `about` says whose they are. A reason is a short code.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from api.commands import Command, CommandIn, ReceiptOut, Uuid
from domain.case import Case
from domain.case_commands import take_step
from domain.case_facts import CaseStep
from domain.desk import Desk
from domain.identity import Id
from domain.private import Private, private
from domain.refusals import INVALID

CASE_PATH = "/api/v1/cases/{id}"
Points = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Number = Annotated[int, Field(ge=1, le=1000)]

STATION = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
PERSON = "99f68f88-b208-5a9e-84e3-a6e90855c3f6"
WORKER = "3a1f2c64-7a77-5c0e-9d1b-6c4f9f4f7f10"
Seal = Callable[[str | None], Private | None]


def sealing(desk: Desk, case: Id, about: Id | None) -> Seal:
    """Return what seals words about a case's client, or about another person who is named.

    Raises `invalid` naming `about` where there are words and nobody they belong to.
    """
    person = about or desk.load(Case, case, "case").stands.client
    return words_of(desk, person, named=about is not None)


def words_of(desk: Desk, person: Id | None, *, named: bool) -> Seal:
    """Return what seals words about a person of the register."""
    if named:
        desk.load_any("person", person or "", "about")

    def seal(text: str | None) -> Private | None:
        if text is not None and person is None:
            raise INVALID("about", reason="missing")
        return None if person is None else private(person, "casework", text)

    return seal


class StepIn(CommandIn):
    """A step; `about` says whose words it brings where they are not the client's."""

    about: Uuid | None = None

    @abstractmethod
    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts, with words sealed by `seal`."""


def take(case: Id, sent: StepIn, command: Command) -> ReceiptOut:
    """Carry out a step of a case."""
    return command.carry_out(
        sent,
        lambda desk, entry: take_step(
            desk, entry, case, sent.facts(sealing(desk, case, sent.about))
        ),
        on=case,
        location=CASE_PATH,
    )
