"""The formal counting rules (glossary, "Formal counting rules"), as pure functions.

Whatever is counted carries the same core, so that these functions, and every view that uses
them, need no knowledge of the kind of work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from domain.bounds import AtMost, Fen, Heads, Minutes, Pieces, Title, Within
from domain.event import Facts
from domain.identity import Id
from domain.private import ContactWords
from domain.refusals import refusal

OPEN_PLACE = refusal("record.open_place")
PERSON_TWICE = refusal("attendance.person_twice")
COUNT_IMPOSSIBLE = refusal("attendance.count_impossible")

AttendeeRole = Literal[
    "client", "family", "resident", "volunteer", "worker", "partner", "guest", "supervisee"
]
Status = Literal["present", "absent", "excused"]
Source = Literal["sign-in", "counted", "estimated", "roster"]

BENEFICIARY_ROLES: frozenset[str] = frozenset({"client", "family", "resident"})
"""Rule 1: workers, volunteers and partners are never client person-times."""

PriorityGroup = Literal[
    "living_alone", "empty_nest", "advanced_age", "lost_only_child", "disabled_elderly",
    "child_in_difficulty", "left_behind_child", "de_facto_unsupported_child", "orphan",
    "disabled", "minimum_living", "low_income", "extreme_hardship", "expenditure_hardship",
    "community_correction", "migrant", "domestic_violence", "military_family",
    "migrant_elderly",
]  # fmt: skip

Measure = Literal[
    "times",  # 次, 场, 节, 份: one for each event
    "cases", "groups",  # 个: one for each case opened or closed, group closed
    "activities",  # 个, 场: one for each activity held
    "person_times", "persons", "households", "household_times",
    "minutes", "money", "items", "organisations", "reports", "leaders",
]  # fmt: skip

UNITS: dict[str, frozenset[str]] = {
    "times": frozenset({"次", "场", "节", "起"}),
    "cases": frozenset({"个", "例"}),
    "groups": frozenset({"个"}),
    "activities": frozenset({"个", "场"}),
    "person_times": frozenset({"人次"}),
    "persons": frozenset({"人", "名", "位"}),
    "households": frozenset({"户"}),
    "household_times": frozenset({"户次"}),
    "minutes": frozenset({"分钟", "小时"}),
    "money": frozenset({"分", "元"}),
    "items": frozenset({"件"}),
    "organisations": frozenset({"家", "个"}),
    "reports": frozenset({"份"}),
    "leaders": frozenset({"人", "名", "位"}),
}
"""Measure → the units in which it may be stated. Different units never add."""

DISTINCT: frozenset[str] = frozenset({"persons", "households", "leaders"})
"""Measures that count each subject once (rules 2 and 3; a leader counts once in a project)."""


class Attendance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An attendance entry: a registered person, or an anonymous block of `count`.

    `groups` are the person's population groups as they were that day.
    """

    person: Id | None = None
    count: Heads = 1
    role: AttendeeRole = "client"
    status: Status = "present"
    minutes: Minutes | None = None
    groups: tuple[Title, ...] = ()
    household: Id | None = None
    source: Source = "sign-in"


class Allocation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That an event counts to an indicator, and how; written into the event when it is recorded.

    `roles` empty means the beneficiary roles. An allocation outside the contract's goals
    (项目目标未涉及) has `in_scope` False.
    """

    indicator: Id
    measure: Measure
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    in_scope: bool = True


class Counted(Facts, frozen=True, kw_only=True):
    """Whatever indicators can count: its kind of service, whom it is for, where it is allocated.

    `kind` is a service type of the catalogue, for example `home_service` or `case_session`;
    `audience` the population the service is meant for; `variant` a short code that tells apart
    what a contract counts apart within one kind (a group's `outing`, a supervision's
    `monthly_professional`).
    """

    fixed: ClassVar[frozenset[str]] = frozenset({"kind"})
    happens: ClassVar = True

    kind: Title
    audience: Title | None = None
    variant: Title | None = None
    allocations: tuple[Allocation, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it came about at all; a call that nobody answered did not."""
        return True

    @property
    def whom(self) -> Id | None:
        """The registered person whom it is about, where it is about just one of them."""
        return None


class Occurrence(Counted, frozen=True, kw_only=True):
    """Work that took place: where, how long, by whom, with whom, with what.

    `minutes` are whole minutes; `money` is in 分; `items` counts goods. What is `at_one_home` is a
    contact with one household (rule 3): at its door, or by its telephone.
    """

    fixed: ClassVar[frozenset[str]] = Counted.fixed | {"variant", "money", "items"}
    at_one_home: ClassVar[bool] = False
    narrower: ClassVar[Mapping[str, Within]] = {}
    """Bounds of this kind of work that are narrower than its fields' types say."""

    minutes: Minutes | None = None
    place: Title | None = None
    workers: Annotated[tuple[Id, ...], AtMost(50)] = ()
    attendance: Annotated[tuple[Attendance, ...], AtMost(500)] = ()
    household: Id | None = None
    money: Fen = 0
    items: Pieces = 0


class IndividualWork(Occurrence, frozen=True, kw_only=True):
    """Work with one person or one household: where it was may be where they live.

    So it is written as `address`, sealed under the key of whom it is with. `place` is open and
    keeps what was recorded there before. `door` is a keyed hash of an address where nobody else
    tells which door it was (`domain.door`).
    """

    fixed: ClassVar[frozenset[str]] = Occurrence.fixed | {"door"}

    address: ContactWords | None = None
    door: str | None = None


def check_place(facts: Facts, stood: Facts | None = None) -> None:
    """Refuse to write in the open where somebody was met; what `stood` there may stay."""
    if not isinstance(facts, IndividualWork) or facts.place is None:
        return
    if not isinstance(stood, IndividualWork) or facts.place != stood.place:
        raise OPEN_PLACE("place" if stood is None else "facts.place")


def check_attendance(attendance: tuple[Attendance, ...]) -> None:
    """Refuse a person named twice (rule 1: once per event), and blocks of nobody or of less."""
    named: set[Id] = set()
    for number, entry in enumerate(attendance):
        if entry.count < 1 or (entry.person is not None and entry.count != 1):
            raise COUNT_IMPOSSIBLE(f"attendance.{number}.count")
        if entry.person in named:
            raise PERSON_TWICE(f"attendance.{number}.person")
        if entry.person is not None:
            named.add(entry.person)


def _present(
    attendance: tuple[Attendance, ...], roles: tuple[str, ...], groups: tuple[str, ...]
) -> list[Attendance]:
    wanted = roles or BENEFICIARY_ROLES
    return [
        entry
        for entry in attendance
        if entry.status == "present"
        and entry.role in wanted
        and (not groups or not set(groups).isdisjoint(entry.groups))
    ]


def person_times(
    attendance: tuple[Attendance, ...], roles: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> int:
    """人次: the sum of present entries in the given roles, else the beneficiary roles (rule 1).

    With `groups`, only of persons who were in one of those population groups that day.
    """
    return sum([entry.count for entry in _present(attendance, roles, groups)])


def persons(
    attendance: tuple[Attendance, ...], roles: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> tuple[Id, ...]:
    """The distinct registered persons among those entries, in order of appearance (rule 2)."""
    present = _present(attendance, roles, groups)
    return tuple(dict.fromkeys([entry.person for entry in present if entry.person is not None]))


def anonymous_person_times(attendance: tuple[Attendance, ...]) -> int:
    """The beneficiaries that were counted and not named; they cannot be told apart (rule 2)."""
    return sum(
        entry.count
        for entry in attendance
        if entry.person is None and entry.status == "present" and entry.role in BENEFICIARY_ROLES
    )


def households(
    facts: Occurrence, roles: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> tuple[Id, ...]:
    """户: the distinct households reached (rule 3), so far as the register knows them.

    Work at a household's door, in its case or for its need reaches that one, whoever else was
    there; other work those of the people present. A contact is with one household: where it says
    no other, that of whom it met first.
    """
    if facts.household is not None:
        return (facts.household,)
    present = _present(facts.attendance, roles, groups)
    homes = dict.fromkeys([entry.household for entry in present if entry.household is not None])
    return tuple(homes)[: 1 if facts.at_one_home else None]


def household_times(
    facts: Occurrence, roles: tuple[str, ...] = (), groups: tuple[str, ...] = ()
) -> int:
    """户次: one for a contact, also with a household that is in no register; else one for each."""
    return 1 if facts.at_one_home else len(households(facts, roles, groups))


def reached(facts: Occurrence, roles: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> int:
    """人次 of work that took place: a contact at a home where nobody is named has none (rule 3).

    It counts as one 户次 then, however many were said to be there.
    """
    if _nameless(facts) and not set(roles) - BENEFICIARY_ROLES:
        return 0
    return person_times(facts.attendance, roles, groups)


def uncertain(facts: Counted, allocation: Allocation) -> tuple[int, int]:
    """Return what keeps a figure from being exact: those nobody named, and those estimated.

    A figure of persons lies between the named ones and those with the `unnamed` added, who cannot
    be told apart (rule 2); one of person-times of which some are `estimated` is 约 (rule 12).
    """
    if allocation.measure not in ("persons", "person_times") or not isinstance(facts, Occurrence):
        return 0, 0
    if _nameless(facts):
        return 0, 0
    present = _present(facts.attendance, allocation.roles, allocation.groups)
    if allocation.measure == "persons":
        return sum([entry.count for entry in present if entry.person is None]), 0
    return 0, sum([entry.count for entry in present if entry.source == "estimated"])


def _nameless(facts: Occurrence) -> bool:
    return facts.at_one_home and not persons(facts.attendance)


def contributions(facts: Counted, allocation: Allocation) -> tuple[tuple[str, int], ...]:
    """What an event adds to an indicator: (subject, amount) pairs.

    The subject is a person's or household's id where the measure counts distinct ones, else "";
    and "" for a leader whom nobody named.
    Amounts are whole numbers of the measure's unit (minutes, 分). An event at which nobody of the
    population groups asked for was present adds nothing, whatever is measured.
    """
    if not isinstance(facts, Occurrence):
        return () if allocation.groups else _of_one(facts.whom, allocation.measure)
    if allocation.groups and not _present(facts.attendance, allocation.roles, allocation.groups):
        return ()
    if allocation.measure == "persons":
        named = persons(facts.attendance, allocation.roles, allocation.groups)
        return tuple([(person, 1) for person in named])
    if allocation.measure == "households":
        homes = households(facts, allocation.roles, allocation.groups)
        return tuple((household, 1) for household in homes)
    amount = _amount(facts, allocation)
    return (("", amount),) if amount else ()


def _of_one(whom: Id | None, measure: Measure) -> tuple[tuple[str, int], ...]:
    """Return what an event adds that lists no attendance: itself, or whom it is about."""
    match measure:
        case "households":
            return ()
        case "persons":
            return () if whom is None else ((whom, 1),)
        case "leaders":
            return ((whom or "", 1),)
        case _:
            return (("", 1),)


def _amount(facts: Occurrence, allocation: Allocation) -> int:
    match allocation.measure:
        case "person_times":
            return reached(facts, allocation.roles, allocation.groups)
        case "minutes":
            return facts.minutes or 0
        case "money":
            return facts.money
        case "items":
            return facts.items
        case "household_times":
            return household_times(facts, allocation.roles, allocation.groups)
        case _:
            return 1
