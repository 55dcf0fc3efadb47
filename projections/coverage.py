"""Coverage (覆盖率, counting rule 9): whom of its register a station reached in a period, whom not.

Each priority group is told by itself, and the whole register as distinct people beside them: groups
overlap, so nothing here adds one to another. Both figures of a group are of the same people, those
who are in it on the reference date; who has died, moved or left by then is in neither, however
often they were visited before (contradictions I3-02, I3-03, I3-07).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import get_args

import msgspec

from domain.age import ADVANCED_FROM, surely
from domain.catalogue import activity_kinds
from domain.counting import PriorityGroup
from domain.identity import Id
from projections.amounts import tenths_of_percent
from projections.engine.ask import Answers
from projections.engine.view import Row
from projections.person import MEMBERSHIP
from projections.registers import birth_of, records_of, registered_on, without_birth
from projections.signals.trace import TRACE
from projections.visit import VISIT

FORMULA = "coverage@1"
CONTACTS: tuple[str, ...] = (
    "home_visit", "home_service", "phone_contact", "case_session", "group_session",
    "home_verification", "relief_delivery",
)  # fmt: skip
"""The kinds of work that qualify unless others are asked for: those that concern whoever was met.

An open activity does not: a name on its sign-in sheet says that somebody came, not that anybody
looked after them. Whoever counts it says so (`COUNTABLE`)."""
COUNTABLE: frozenset[str] = frozenset(CONTACTS) | {
    code
    for code, kind in activity_kinds().items()
    if kind.has_beneficiaries and not kind.counted_only
}
"""Every kind of work at which a beneficiary may be present by name."""
GROUPS: tuple[PriorityGroup, ...] = get_args(PriorityGroup)
TOLD = (
    "event", "stream", "stream_type", "kind", "variant", "day", "minutes",
    "ledger", "operator", "station",
)  # fmt: skip
"""What is told of a contact; its words and files are in its record."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """In which days a contact qualifies, both included, and on which the register is looked at.

    Without a first day every contact up to the last qualifies.
    """

    first: date | None = None
    last: date
    reference: date


class CoverageRows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that coverage is made of.

    `people` are in the register on the `reference` date (`registers.registered_on`), each once;
    `same` names them by each record of theirs, those too that were merged into it. `memberships`
    and `contacts` stand on any of these records.
    """

    reference: date
    people: Sequence[Row]
    same: Mapping[Id, Id]
    memberships: Sequence[Row]
    contacts: Sequence[Row]


class QualifyingContact(msgspec.Struct, frozen=True, kw_only=True):
    """A qualifying contact, and which people of the register it met."""

    row: Row
    met: tuple[Id, ...]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The coverage of one group, or of the whole register where `group` is null (rule 11)."""

    group: PriorityGroup | None
    members: tuple[Id, ...]
    reached: tuple[Id, ...]
    as_of: date
    formula: str = FORMULA

    @property
    def numerator(self) -> int:
        """The distinct members who were met at least once."""
        return len(self.reached)

    @property
    def denominator(self) -> int:
        """The members alive, resident and in the group on the reference date."""
        return len(self.members)

    @property
    def unreached(self) -> tuple[Id, ...]:
        """The members whom nobody met (服务盲区)."""
        met = frozenset(self.reached)
        return tuple(one for one in self.members if one not in met)

    @property
    def tenths(self) -> int | None:
        """Tenths of a percent, rounded half up; None where the group has no member."""
        if not self.members:
            return None
        return tenths_of_percent(self.numerator, self.denominator)


def known(
    answers: Answers,
    station: Row,
    period: Period,
    kinds: Collection[str] = CONTACTS,
    community: str | None = None,
) -> CoverageRows:
    """Read what the coverage of a station's register is made of, by the station's own work.

    `station` is its row among the places. Work of another station is not looked at, so that the
    figure is the same to whoever sees this one alone.
    """
    of = {"operator": station["operator"], "station": station["place"]}
    within = of if community is None else {**of, "community": community}
    people = registered_on(answers, period.reference, **within)
    records = records_of(answers, [row["person"] for row in people])
    same = {record: person for person, each in records.items() for record in each}
    return CoverageRows(
        reference=period.reference,
        people=people,
        same=same,
        memberships=_memberships(answers, same, period.reference),
        contacts=_contacts(answers, of, period, kinds) if same else [],
    )


def _memberships(answers: Answers, same: Mapping[Id, Id], day: date) -> list[Row]:
    if not same:
        return []
    of = {"person": list(same)}
    return answers.rows(MEMBERSHIP, where=of, since={"ends": day}, until={"begins": day})


def _contacts(
    answers: Answers, of: Mapping[str, Id], period: Period, kinds: Collection[str]
) -> list[Row]:
    """Return the work of these kinds and days, without the calls that nobody answered.

    Such a call names nobody as present, but one that was recorded before this was held may.
    """
    since, until = {} if period.first is None else {"day": period.first}, {"day": period.last}
    sought, order = {**of, "kind": list(kinds)}, ("day",)
    work = answers.rows(TRACE, where=sought, since=since, until=until, order=order)
    silent = {**of, "outcome": "unanswered"}
    calls = answers.rows(VISIT, where=silent, since=since, until=until)
    unanswered = {row["event"] for row in calls}
    return [row for row in work if row["event"] not in unanswered]


def coverage(known: CoverageRows) -> list[Coverage]:
    """Return how far the register was reached: the whole of it first, then group by group.

    A member of two groups is in both, and once in the whole.
    """
    met = {person for contact in contacts(known) for person in contact.met}
    belonging = groups_of(known)
    everybody = _coverage(None, belonging, met, known.reference)
    return [everybody, *(_of_group(group, belonging, met, known.reference) for group in GROUPS)]


def _of_group(
    group: PriorityGroup, belonging: Mapping[Id, Collection[str]], met: Collection[Id], day: date
) -> Coverage:
    members = (person for person, groups in belonging.items() if group in groups)
    return _coverage(group, members, met, day)


def _coverage(
    group: PriorityGroup | None, members: Iterable[Id], met: Collection[Id], day: date
) -> Coverage:
    some = tuple(sorted(members))
    reached = tuple(one for one in some if one in met)
    return Coverage(group=group, members=some, reached=reached, as_of=day)


def groups_of(known: CoverageRows) -> dict[Id, list[PriorityGroup]]:
    """Return everybody in the register on the reference date, with their groups of that day.

    Advanced age follows from the birth and is nobody's entry.
    """
    held: dict[Id, set[str]] = {}
    for row in known.memberships:
        held.setdefault(known.same[row["person"]], set()).add(row["group"])
    for row in known.people:
        if surely(birth_of(row), known.reference, ADVANCED_FROM):
            held.setdefault(row["person"], set()).add("advanced_age")
    return {
        row["person"]: [group for group in GROUPS if group in held.get(row["person"], ())]
        for row in known.people
    }


def contacts(known: CoverageRows) -> list[QualifyingContact]:
    """Return the contacts that met somebody of the register, earliest first, each once."""
    found = []
    for row in known.contacts:
        people = (known.same.get(record) for record in row["people"].split())
        met = tuple(dict.fromkeys(person for person in people if person is not None))
        if met:
            found.append(QualifyingContact(row=row, met=met))
    return found


def members(
    known: CoverageRows, group: PriorityGroup | None, reached: bool | None = None
) -> list[Row]:
    """Return a group's members, or the whole register: all, or who was reached, or who was not.

    Each with their `groups`, how many `contacts` met them and when the last did; no births.
    """
    days: dict[Id, list[date]] = {}
    for contact in contacts(known):
        for person in contact.met:
            days.setdefault(person, []).append(contact.row["day"])
    groups, found = groups_of(known), []
    for row in known.people:
        met, belongs = days.get(row["person"], []), groups[row["person"]]
        if (group is None or group in belongs) and reached in (None, bool(met)):
            came = {"contacts": len(met), "last_contact": max(met, default=None)}
            found.append({**without_birth(row), "groups": belongs, **came})
    return found


def meetings(
    known: CoverageRows, group: PriorityGroup | None, person: Id | None = None
) -> list[Row]:
    """Return the contacts that reached members of a group, or one person, and whom each `met`."""
    meant = {
        one
        for one, belongs in groups_of(known).items()
        if (group is None or group in belongs) and person in (None, one)
    }
    found = []
    for contact in contacts(known):
        met = [one for one in contact.met if one in meant]
        if met:
            found.append({**{name: contact.row[name] for name in TOLD}, "met": met})
    return found
