"""Questions to the register: who is in it on a day, in which group, of what age, when last checked.

Every denominator has a day (contradictions I3-02, I3-03, I3-07): whoever died or moved away leaves
it from that day on, and whoever was absorbed into another record is not counted beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from domain.age import ADVANCED_FROM, Birth, in_band, surely
from domain.identity import Id
from domain.subject import way
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.person import AWAY, DOCUMENT, MEMBERSHIP, PERSON, RESIDENCE, VERIFICATION
from projections.spans import day_after, shown

HIDDEN: frozenset[str] = frozenset({"born", "born_precision"})
"""What the register knows of people to reckon with, and shows nobody."""
FIRST = str(UUID(int=0))
"""No id comes before it: whoever was merged was merged into somebody from here on."""
Band = tuple[int, int | None]
"""A half-open band of ages [low, high); high None has no end."""


def registered_on(answers: Answers, day: date, **where: Any) -> list[Row]:
    """Return the people in the register on a day, alive and living here, each once.

    Whoever was merged is one person: registered from the earliest of their records on.
    """
    tomorrow = day_after(day)
    found = answers.rows(
        PERSON,
        where={"merged_into": None, **where},
        since={"alive_until": tomorrow, "here_until": tomorrow},
        until={"registered": day},
    )
    people = [*found, *known_before(answers, day, **where)]
    absent = absent_on(answers, day, [row["person"] for row in people])
    there = (row for row in people if row["person"] not in absent)
    return sorted(there, key=lambda row: str(row["person"]))


def known_before(answers: Answers, day: date, **where: Any) -> list[Row]:
    """Return whose own record is later than a day, while one that was merged into it is not.

    Where one station is asked about, that other record was registered there too, so that its
    figures are the same to whoever sees this station alone.
    """
    place = {name: value for name, value in where.items() if name in ("operator", "station")}
    early = answers.rows(
        PERSON, where=place, since={"merged_into": FIRST}, until={"registered": day}
    )
    people = kept(answers, [row["person"] for row in early])
    people &= set(where.get("person", people))
    if not people:
        return []
    tomorrow = day_after(day)
    return answers.rows(
        PERSON,
        where={"merged_into": None, **where, "person": people},
        since={"alive_until": tomorrow, "here_until": tomorrow, "registered": tomorrow},
    )


def absent_on(answers: Answers, day: date, people: Collection[Id]) -> set[Id]:
    """Return who of some people was not alive and here on a day, beside what their own row says.

    They are back since, or seasonal guests, or one of their records says so that was merged into
    theirs. Of a guest (候鸟) a seasonal stay had begun by then, and no time of residence on record,
    of whatever kind, reaches over that day. Until the first of their stays they are taken to be
    here.
    """
    records = records_of(answers, people)
    same = {record: one for one, each in records.items() for record in each}
    rows = answers.rows(AWAY, since={"returned": day_after(day)}, until={"moved": day})
    back = {same[row["person"]] for row in rows if row["person"] in same}
    begun = answers.rows(RESIDENCE, where={"person": list(same)}, until={"begins": day})
    guests = {same[row["person"]] for row in begun if row["residence"] == "seasonal"}
    here = {same[row["person"]] for row in begun if row["ends"] >= day}
    return back | _gone(answers, day, records) | (guests - here)


def _gone(answers: Answers, day: date, records: Mapping[Id, Sequence[Id]]) -> set[Id]:
    """Return who was dead or had moved by a day, as any of their records says."""
    merged = {one: each for one, each in records.items() if len(each) > 1}
    if not merged:
        return set()
    some = {record for each in merged.values() for record in each}
    said = {row["person"]: row for row in answers.rows(PERSON, where={"person": some})}
    return {
        one
        for one, each in merged.items()
        for record in each
        if record in said and _had_left(said[record], said[one], day)
    }


def _had_left(row: Row, own: Row, day: date) -> bool:
    """Say so of one record; whose own was registered after a move lived here again by then."""
    here_again = row["here_until"] < own["registered"] <= day
    return row["alive_until"] <= day or (row["here_until"] <= day and not here_again)


def members_on(answers: Answers, group: str, day: date, **where: Any) -> list[Row]:
    """Return those of them who are in a priority group that day.

    `noted_on` are the records that say so: theirs, and those that were merged into it.
    """
    if group == "advanced_age":
        people = registered_on(answers, day, **where)
        old = [row for row in people if surely(birth_of(row), day, ADVANCED_FROM)]
        return [{**row, "noted_on": [row["person"]]} for row in old]
    held = answers.rows(
        MEMBERSHIP, where={"group": group}, since={"ends": day}, until={"begins": day}
    )
    merged, noted = mergers(answers), dict[Id, set[Id]]()
    for row in held:
        noted.setdefault(way(merged, row["person"])[-1], set()).add(row["person"])
    members = registered_on(answers, day, **where, person=set(noted)) if noted else []
    return [{**row, "noted_on": sorted(noted[row["person"]])} for row in members]


def age_bands(answers: Answers, day: date, bands: Sequence[Band], **where: Any) -> list[int]:
    """Count them by age on a day, in the order of the bands (S3's table, counting rule 16)."""
    births = [birth_of(row) for row in registered_on(answers, day, **where)]
    return [sum(in_band(birth, day, *band) for birth in births) for band in bands]


class Check(NamedTuple):
    """When somebody's entry was checked, and on which record of theirs that is noted."""

    day: date
    record: Id


def last_checks(answers: Answers, people: Collection[Id], until: date) -> dict[Id, Check]:
    """Return when each person's entry was last checked, up to a day; who never was is missing.

    A check that is noted on a record which was merged into theirs was a check of them.
    """
    records = records_of(answers, people)
    some = {record for each in records.values() for record in each}
    rows = answers.rows(VERIFICATION, where={"person": some}, until={"day": until}, order=("day",))
    last = {row["person"]: row["day"] for row in rows}
    checks = {
        one: [Check(last[record], record) for record in each if record in last]
        for one, each in records.items()
    }
    return {one: max(found) for one, found in checks.items() if found}


def person_by_digest(answers: Answers, digest: str) -> Id | None:
    """Return who has a document with a number of this keyed hash; who was kept last, if merged."""
    holders = {row["person"] for row in answers.rows(DOCUMENT, where={"digest": digest})}
    return min(kept(answers, holders), default=None)


def kept(answers: Answers, people: Collection[Id]) -> set[Id]:
    """Return some people, each once: whoever was merged, as the record that was kept last.

    Of somebody beyond what the reader may see, the id is all that is known.
    """
    merged = mergers(answers)
    return {way(merged, one)[-1] for one in people}


def mergers(answers: Answers, **where: Any) -> dict[Id, Id]:
    """Return whose records were merged, and into whose: link by link.

    They are few, and looked up all at once, since a chain would be asked for a link at a time.
    """
    rows = answers.rows(PERSON, where=where, since={"merged_into": FIRST})
    return {row["person"]: row["merged_into"] for row in rows}


def records_of(answers: Answers, people: Collection[Id]) -> dict[Id, list[Id]]:
    """Return the records of each of some people: theirs, and all that were merged into it."""
    merged, found = mergers(answers), {one: [one] for one in people}
    for absorbed in merged:
        for one in way(merged, absorbed)[1:]:
            if one in found:
                found[one].append(absorbed)
    return found


def birth_of(row: Row) -> Birth:
    """Return the birth that a person's row holds."""
    return Birth(day=row["born"], precision=row["born_precision"])


def without_birth(row: Row) -> Row:
    """Return a person's row with no more of the birth than the year, as people read it."""
    return {name: value for name, value in shown(row).items() if name not in HIDDEN}
