"""A person's words are sealed under that person's key and nobody else's.

Words about one person under another's key would stay readable after the first was erased, and
vanish with the second. Words about a household go under the key of its head; only where nobody
is on record at all are they sealed under an id that nobody has.
"""

from __future__ import annotations

from domain.counting import BENEFICIARY_ROLES, Attendance
from domain.desk import Desk
from domain.event import Facts
from domain.identity import Id, new_id
from domain.neighbours import Home
from domain.private import Private, seal_fields
from domain.refusals import NotFound, refusal

OTHER_PERSON = refusal("own_words.other_person")


def check_own_words(owner: Id, facts: Facts) -> None:
    """Refuse facts with a private field of anybody but `owner`, naming the field."""

    def check(field: Private, _: Id, path: str) -> str:
        if field.person != owner:
            raise OTHER_PERSON(path)
        return ""

    seal_fields(facts, owner, check)


def owner_of(desk: Desk, person: Id | None = None, household: Id | None = None) -> Id:
    """Return under whose key words go: the person's, else that of the household's head.

    Where neither is on record it is a new id, which the record keeps beside the words.
    """
    if person is not None:
        return person
    head = None if household is None else head_of(desk, household)
    return head or new_id()


def head_of(desk: Desk, household: Id) -> Id | None:
    """Return who heads a household; None where it is not on record."""
    try:
        home: Home = desk.load_any("household", household, "household")
    except NotFound:
        return None
    return home.head


def first_served(attendance: tuple[Attendance, ...]) -> Id | None:
    """Return the first registered person who was served, or was to be."""
    served = (line.person for line in attendance if line.role in BENEFICIARY_ROLES)
    return next(filter(None, served), None)
