"""People of the register for tests: grown up, with a name, unless told otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

from domain.age import Birth
from domain.entry import Scope
from domain.identity import Id, derived_id
from domain.person import Person
from domain.private import Private
from domain.registering import register_person
from domain.registry import ConsentGiven, Details, LegalBasisRecorded, PersonRegistered
from tests.station import SCOPE, TODAY, MemoryDesk, entry

ELDER, CHILD, OTHER = (derived_id(name) for name in ("elder", "child", "other person"))
BORN = Birth(day=date(1949, 12, 31))
BORN_CHILD = Birth(day=date(2008, 3, 1))


def name_of(person: Id, text: str = "张秀兰") -> Private:
    """Return words sealed under the person's identity key."""
    return Private(person=person, purpose="identity", text=text)


def by_guardian(child: Id = CHILD, **facts: Any) -> ConsentGiven:
    """Return a guardian's consent to being served."""
    given: dict[str, Any] = {
        "purpose": "service",
        "form": "written",
        "begins": TODAY,
        "guardian": name_of(child, "李大勇"),
    }
    return ConsentGiven(**given | facts)


def register(
    desk: MemoryDesk,
    person: Id = ELDER,
    *,
    birth: Birth = BORN,
    scope: Scope = SCOPE,
    day: date = TODAY,
    grounds: tuple[ConsentGiven | LegalBasisRecorded, ...] = (),
    **details: Any,
) -> Person:
    """Register somebody and return their record."""
    given: dict[str, Any] = {"name": name_of(person), "sex": "female", "community": "丹州社区"}
    facts = PersonRegistered(details=Details(birth=birth, **given | details))
    register_person(desk, entry(day), scope, facts, id=person, grounds=grounds)
    return desk.load(Person, person)


def register_child(desk: MemoryDesk, person: Id = CHILD) -> Person:
    """Register a child of ten with a guardian's consent."""
    return register(desk, person, birth=BORN_CHILD, grounds=(by_guardian(person),))
