"""Which door it was, told without telling where: two records of one door are known by a hash.

Who is met at home is named, or their household is, and that tells the door. Where nobody is, the
address alone does, and it is sealed: so a keyed hash of it stands beside it. It reveals that two
records of one operator are of one address, and nothing else; only who holds the master key can try
a guess against it, and it outlives the key under which the address is sealed.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from domain.counting import BENEFICIARY_ROLES, IndividualWork, Occurrence
from domain.desk import Desk
from domain.fingerprint import HEX_DIGITS, normal_words
from domain.identity import Id

W = TypeVar("W", bound=IndividualWork)


def with_door(desk: Desk, operator: Id, facts: W) -> W:
    """Return facts with the hash of their address where nothing else tells which door it was.

    An address that is sealed already keeps the one that it has.
    """
    door = None
    if facts.address is not None and home_of(facts) is None:
        words = facts.address.text
        door = facts.door if words is None else door_of(desk, operator, words)
    return msgspec.structs.replace(facts, door=door)


def door_of(desk: Desk, operator: Id, words: str) -> str:
    """Return the hash of an address."""
    return desk.digest(normal_words(words), f"door of {operator}")[:HEX_DIGITS]


def home_of(facts: Occurrence) -> Id | None:
    """Return the household, that of whom was met first, else that person: their home."""
    met = (line for line in facts.attendance if line.status == "present")
    homes = (line.household or line.person for line in met if line.role in BENEFICIARY_ROLES)
    return facts.household or next(filter(None, homes), None)
