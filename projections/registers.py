"""Questions to the register: who is in it on a day, in which group, of what age, when last checked.

Every denominator has a day (contradictions I3-02, I3-03, I3-07): whoever died or moved away leaves
it from that day on, and whoever was absorbed into another record is not counted beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from domain.age import ADVANCED_FROM, Birth, in_band, surely
from domain.identity import Id
from domain.subject import way
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.person import DOCUMENT, MEMBERSHIP, PERSON, VERIFICATION
from projections.spans import day_after, shown

HIDDEN: frozenset[str] = frozenset({"born", "born_precision"})
"""What the register knows of people to reckon with, and shows nobody."""
Band = tuple[int, int | None]
"""A half-open band of ages [low, high); high None has no end."""


def registered_on(answers: Answers, day: date, **where: Any) -> list[Row]:
    """Return the people in the register on a day, alive and living here, each once."""
    tomorrow = day_after(day)
    return answers.rows(
        PERSON,
        where={"merged_into": None, **where},
        since={"alive_until": tomorrow, "here_until": tomorrow},
        until={"registered": day},
    )


def members_on(answers: Answers, group: str, day: date, **where: Any) -> list[Row]:
    """Return those of them who are in a priority group that day."""
    if group == "advanced_age":
        people = registered_on(answers, day, **where)
        return [row for row in people if surely(birth_of(row), day, ADVANCED_FROM)]
    held = answers.rows(
        MEMBERSHIP, where={"group": group}, since={"ends": day}, until={"begins": day}
    )
    members = {row["person"] for row in held}
    return registered_on(answers, day, **where, person=members) if members else []


def age_bands(answers: Answers, day: date, bands: Sequence[Band], **where: Any) -> list[int]:
    """Count them by age on a day, in the order of the bands (S3's table, counting rule 16)."""
    births = [birth_of(row) for row in registered_on(answers, day, **where)]
    return [sum(in_band(birth, day, *band) for birth in births) for band in bands]


def last_checks(answers: Answers, people: Collection[Id], until: date) -> dict[Id, date]:
    """Return when each person's entry was last checked, up to a day; who never was is missing."""
    rows = answers.rows(
        VERIFICATION, where={"person": people}, until={"day": until}, order=("day",)
    )
    return {row["person"]: row["day"] for row in rows}


def person_by_digest(answers: Answers, digest: str) -> Id | None:
    """Return who has a document with a number of this keyed hash; who was kept last, if merged."""
    holders = {row["person"] for row in answers.rows(DOCUMENT, where={"digest": digest})}
    return min(kept(answers, holders), default=None)


def kept(answers: Answers, people: Collection[Id]) -> set[Id]:
    """Return some people, each once: whoever was merged, as the record that was kept last.

    Of somebody beyond what the reader may see, the id is all that is known.
    """
    found = mergers(answers, people)
    return {way(found, one)[-1] for one in people}


def mergers(answers: Answers, people: Iterable[Id], **where: Any) -> dict[Id, Id]:
    """Return into whom some people were merged, and into whom those were: link by link."""
    found, asked = dict[Id, Id](), set(people)
    while asked:
        rows = answers.rows(PERSON, where={**where, "person": asked})
        found |= {row["person"]: row["merged_into"] for row in rows if row["merged_into"]}
        asked = {found[one] for one in asked & found.keys()} - found.keys()
    return found


def birth_of(row: Row) -> Birth:
    """Return the birth that a person's row holds."""
    return Birth(day=row["born"], precision=row["born_precision"])


def without_birth(row: Row) -> Row:
    """Return a person's row with no more of the birth than the year, as people read it."""
    return {name: value for name, value in shown(row).items() if name not in HIDDEN}
