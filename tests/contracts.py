"""A small contract for tests: one project from July to December 2018, and indicators to taste."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from domain.contract import ContractSheet, adopt_contract, define_indicator
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.identity import Id
from domain.indicators import Definition, indicator_id
from domain.project import ProjectContracted
from tests.station import SCOPE, MemoryDesk, entry

SIGNED = date(2018, 6, 15)
FIRST, LAST = date(2018, 7, 1), date(2018, 12, 31)
TERMS = ProjectContracted(
    number="FY-2018-01",
    key="fuyuan",
    name="三社联动试点项目",
    purchaser="街道办事处",
    start=date(2018, 7, 1),
    end=date(2018, 12, 1),
    start_precision="month",
    end_precision="month",
    midterm=date(2018, 9, 30),
)


def contract_project(desk: Desk, entry: Entry, scope: Scope, facts: ProjectContracted) -> Receipt:
    """Contract a project of which nothing is promised yet."""
    return adopt_contract(desk, entry, scope, ContractSheet(contract=facts))


def contracted(desk: MemoryDesk, **terms: Any) -> Id:
    """Contract a project and return its id: the station's own, or of several that it names."""
    facts = msgspec.structs.replace(TERMS, **terms)
    shared = {*facts.stations} > {SCOPE.station}
    scope = msgspec.structs.replace(SCOPE, station=None) if shared else SCOPE
    return contract_project(desk, entry(SIGNED), scope, facts).stream


def within(project: Id) -> Scope:
    """The scope of work done for a project."""
    return msgspec.structs.replace(SCOPE, project=project)


def definition(code: str = "B05.times", **more: Any) -> Definition:
    """An indicator that counts home services to the elderly, unless told otherwise."""
    given: dict[str, Any] = {
        "name": "老年人上门服务",
        "measure": "times",
        "unit": "次",
        "kinds": ("home_service",),
    }
    return Definition(code=code, **given | more)


def defined(desk: MemoryDesk, project: Id, code: str = "B05.times", **more: Any) -> Id:
    """Define an indicator and return its id."""
    define_indicator(desk, entry(SIGNED), project, definition(code, **more))
    return indicator_id(project, code)
