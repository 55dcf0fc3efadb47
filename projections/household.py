"""The register of households (家庭档案): who lives in which, since when, and their hardship."""

from __future__ import annotations

from collections.abc import Iterator

from domain.household import (
    HardshipAssessed,
    HouseholdDissolved,
    HouseholdFormed,
    HouseholdHeadChanged,
    MemberAdded,
    MemberLeft,
)
from projections.engine.view import Effect, Put, Record, Table, View
from projections.spans import OPEN

HOUSEHOLD = Table(
    "household",
    key={"household": "uuid"},
    columns={"community": "text", "head": "uuid", "formed": "date", "ends": "date"},
    indexes=(("household",), ("operator", "community"), ("operator", "formed")),
)
MEMBER = Table(
    "household_member",
    key={"household": "uuid", "person": "uuid"},
    columns={
        "role": "text",
        "shared_custody": "bool",
        "begins": "date",
        "ends": "date",
        "reason": "text",
    },
    indexes=(
        ("household",),
        ("person", "ends"),
    ),
)
HARDSHIP = Table(
    "household_hardship",
    key={"event": "uuid", "kind": "text"},
    columns={"household": "uuid", "income_band": "text", "begins": "date", "ends": "date"},
    indexes=(("household",), ("kind", "ends")),
)

households = View("households", 1, (HOUSEHOLD, MEMBER, HARDSHIP))


@households.on(HouseholdFormed)
def formed(record: Record[HouseholdFormed]) -> Iterator[Effect]:
    """One row a household."""
    facts = record.facts
    columns = {
        "community": facts.community,
        "head": facts.head,
        "formed": facts.begins,
        "ends": OPEN,
    }
    yield Put(HOUSEHOLD, (record.event.stream,), columns)


@households.on(MemberAdded)
def added(record: Record[MemberAdded]) -> Iterator[Effect]:
    """One row a member; who comes back is a member again from then on."""
    facts = record.facts
    columns = {
        "role": facts.role,
        "shared_custody": facts.shared_custody,
        "begins": facts.begins,
        "ends": OPEN,
        "reason": None,
    }
    yield Put(MEMBER, (record.event.stream, facts.person), columns)


@households.on(MemberLeft)
def left(record: Record[MemberLeft]) -> Iterator[Effect]:
    """Former members stay in the file."""
    facts = record.facts
    columns = {"ends": facts.ends, "reason": facts.reason}
    yield Put(MEMBER, (record.event.stream, facts.person), columns)


@households.on(HouseholdHeadChanged)
def head_changed(record: Record[HouseholdHeadChanged]) -> Iterator[Effect]:
    """What the former head is to the new one has not been said."""
    facts, household = record.facts, record.event.stream
    yield Put(HOUSEHOLD, (household,), {"head": facts.head})
    yield Put(MEMBER, (household, facts.head), {"role": "head"})
    yield Put(MEMBER, (household, facts.before), {"role": "other"})


@households.on(HardshipAssessed)
def assessed(record: Record[HardshipAssessed]) -> Iterator[Effect]:
    """One row a kind of hardship of an assessment."""
    facts = record.facts
    columns = {
        "household": record.event.stream,
        "income_band": facts.income_band,
        "begins": facts.begins,
        "ends": facts.valid_to or OPEN,
    }
    for kind in facts.kinds:
        yield Put(HARDSHIP, (record.id, kind), columns)


@households.on(HouseholdDissolved)
def dissolved(record: Record[HouseholdDissolved]) -> Iterator[Effect]:
    """It stays in the register, closed."""
    yield Put(HOUSEHOLD, (record.event.stream,), {"ends": record.facts.last_day})
