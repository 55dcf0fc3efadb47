"""The people of the demonstration: invented names, in the groups that S0's clients are of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Literal

from deploy.demo.stage import PROJECT_SCOPE, STATION_SCOPE, Act, act, goes_on, named, starts
from domain.age import Birth
from domain.counting import PriorityGroup
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.household import (
    HouseholdFormed,
    MemberAdded,
    MemberRole,
    add_member,
    form_household,
)
from domain.identity import Id
from domain.leader import CommunityLeaderRecognised, recognise_leader
from domain.private import Private
from domain.registering import note_about, register_person
from domain.registry import (
    ConsentGiven,
    ContactPointChanged,
    Details,
    PersonRegistered,
    PriorityGroupJoined,
)

COMMUNITY = "福源小镇社区"
REGISTERED = date(2018, 7, 2)
SURNAMES = "柏钟聂骆阮冉邵蒲麦褚卓"
GIVEN = ("兆麟", "月娥")
Sex = Literal["male", "female"]


@dataclass(frozen=True)
class Somebody:
    """A person of the demonstration."""

    id: Id
    name: str
    sex: Sex
    born: int
    group: PriorityGroup | None = None


ELDERLY = tuple(
    Somebody(
        named("person", "elderly", number),
        SURNAMES[number // 2] + GIVEN[number % 2],
        "male" if number % 2 == 0 else "female",
        1931 + number,
        "empty_nest" if number % 3 else "living_alone",
    )
    for number in range(22)
)
DISABLED = tuple(
    Somebody(
        named("person", "disabled", number), f"{name}晚晴", "female", 1968 + number, "disabled"
    )
    for number, name in enumerate("裴萧尹姚湛汪祁毛禹狄米贝明臧成戴")
)
YOUTH = tuple(
    Somebody(named("person", "youth", number), f"{name}若川", "male", 2003)
    for number, name in enumerate("宋茅庞熊纪舒屈项祝董")
)
MOTHER = Somebody(named("person", "family", 0), "蔺知微", "female", 1984, "low_income")
FAMILY = (
    MOTHER,
    Somebody(named("person", "family", 1), "房秉烛", "male", 1982),
    Somebody(named("person", "family", 2), "房小满", "female", 2009, "child_in_difficulty"),
    Somebody(named("person", "family", 3), "房立冬", "male", 2012, "child_in_difficulty"),
)
ROLES: tuple[MemberRole, ...] = ("spouse", "child", "child")
HOUSEHOLD = named("household", "relief")
LEADERS = tuple(
    Somebody(named("person", "leader", number), name, "female", 1956 + number)
    for number, name in enumerate(("伏采薇", "岑如意", "谈桂芬", "计秋水"))
)


def home_of(person: Somebody) -> Id:
    """Return the household of an elderly person, who lives alone or as an empty nest."""
    return named("household", person.id)


def people() -> Iterator[Act]:
    """Yield the register: persons with consents and groups, and the households they live in."""
    everyone = (*ELDERLY, *DISABLED, *FAMILY, *YOUTH, *LEADERS)
    for number, one in enumerate(everyone):
        day = REGISTERED + timedelta(days=number // 8)
        yield from _registered(one, day, minute=(number % 8) * 6)
    for one in ELDERLY:
        formed = HouseholdFormed(community=COMMUNITY, head=one.id, begins=REGISTERED)
        form = starts(form_household, STATION_SCOPE, formed, home_of(one))
        yield act(f"household/{one.id}", date(2018, 7, 12), form, hour=10)
    yield from _family()


def leaders() -> Iterator[Act]:
    """Yield the four residents who came to lead others (A10, B18)."""
    for number, one in enumerate(LEADERS):
        facts = CommunityLeaderRecognised(
            kind="community_leader", person=one.id, theme="文体活动" if number % 2 else "邻里互助"
        )
        yield act(
            f"leader/{number}", date(2018, 10, 15), partial(_recognise, facts), minute=number * 5
        )


def _recognise(facts: CommunityLeaderRecognised, desk: Desk, entry: Entry) -> Receipt:
    return recognise_leader(desk, entry, PROJECT_SCOPE, facts)


def _registered(one: Somebody, day: date, minute: int) -> Iterator[Act]:
    name = Private(person=one.id, purpose="identity", text=one.name)
    birth = Birth(day=date(one.born, 1, 1), precision="year")
    details = Details(name=name, sex=one.sex, birth=birth, community=COMMUNITY)
    consent = ConsentGiven(
        purpose="service",
        form="written",
        begins=day,
        guardian_person=MOTHER.id if one.born > 2004 else None,
    )
    registered = PersonRegistered(details=details)
    decide = partial(_register, registered, consent, one.id)
    yield act(f"person/{one.id}", day, decide, hour=9, minute=minute)
    number = f"1{3 + one.born % 7}{one.born}{one.born * 7 % 100000:05d}"[:11]
    telephone = ContactPointChanged(
        contact="mobile", of="self", value=Private(person=one.id, purpose="contact", text=number)
    )
    yield act(
        f"contact/{one.id}", day, goes_on(note_about, one.id, telephone), hour=10, minute=minute
    )
    if one.group is not None:
        joined = PriorityGroupJoined(group=one.group, basis="community_list", begins=day)
        yield act(
            f"group/{one.id}", day, goes_on(note_about, one.id, joined), hour=11, minute=minute
        )


def _register(
    facts: PersonRegistered, consent: ConsentGiven, id: Id, desk: Desk, entry: Entry
) -> Receipt:
    return register_person(desk, entry, STATION_SCOPE, facts, id=id, grounds=(consent,))


def _family() -> Iterator[Act]:
    day = date(2018, 7, 16)
    formed = HouseholdFormed(community=COMMUNITY, head=MOTHER.id, begins=REGISTERED)
    form = starts(form_household, STATION_SCOPE, formed, HOUSEHOLD)
    yield act("household/family", day, form)
    for number, (one, role) in enumerate(zip(FAMILY[1:], ROLES, strict=True)):
        member = MemberAdded(person=one.id, role=role, begins=REGISTERED)
        yield act(
            f"member/{one.id}", day, goes_on(add_member, HOUSEHOLD, member), hour=10, minute=number
        )
