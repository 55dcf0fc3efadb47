"""Visits and calls as a station's workers make them: at which door, to whom, of which case."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.case_commands import open_case
from domain.counting import Attendance
from domain.desk import Receipt
from domain.entry import Scope
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.indicators import Definition
from domain.project import Project, ProjectContracted
from domain.visit import (
    HomeServiceDelivered,
    PhoneContactMade,
    Visit,
)
from tests.casework import CLIENT, CaseworkDesk, opening
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry

HERE, THERE = derived_id("here"), derived_id("there")

SOMEBODY = Attendance(role="resident", source="counted")

REASON = Reason(code="entry_error", text="分钟数录入错误")


def visit(**facts: object) -> HomeServiceDelivered:
    given = {"kind": "home_service", "minutes": 40, "attendance": (SOMEBODY,)} | facts
    return HomeServiceDelivered(**given)  # type: ignore[arg-type]


def at_door(household: str, **more: object) -> HomeServiceDelivered:
    return visit(workers=(WORKER,), household=household, **more)


def warned(receipt: Receipt) -> list[tuple[str, Id]]:
    return [(told.code, told.other) for told in receipt.warnings]


def with_client(**facts: object) -> HomeServiceDelivered:
    return visit(attendance=(Attendance(person=CLIENT),), **facts)


def case_of(desk: MemoryDesk, **standing: Id | None) -> Id:
    return open_case(desk, entry(), SCOPE, opening(**standing)).stream


def call(**facts: object) -> PhoneContactMade:
    return PhoneContactMade(kind="phone_contact", **facts)  # type: ignore[arg-type]


def made_of(desk: MemoryDesk, stream: Id) -> Any:
    (made,) = desk.load(Visit, stream).records.values()
    return made.effective.facts


def telephoned(desk: CaseworkDesk) -> Scope:
    """A project with one indicator, of telephone contacts."""
    contract = Project(THERE, SCOPE)
    contract.contract = ProjectContracted(
        number="1", key="k", name="项目", purchaser="街道", start=TODAY, end=TODAY
    )
    contract.indicators.defined[THERE] = Definition(
        code="C1", name="电访", measure="times", unit="次", kinds=("phone_contact",)
    )
    desk.neighbours["project", THERE] = contract
    return msgspec.structs.replace(SCOPE, project=THERE)
