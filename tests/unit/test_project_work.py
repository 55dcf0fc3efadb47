"""Who approves what changes in a closed period: the station's supervisor, or the quality lead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.allocation import allocate_delivery, deallocate_delivery
from domain.contract import declare_status, define_indicator, set_target
from domain.corrections import correct_record, reinstate_record, void_record
from domain.entry import Scope
from domain.event import Reason
from domain.identity import Id, derived_id
from domain.indicators import (
    IndicatorStatusDeclared,
    IndicatorTargetSet,
    Target,
    indicator_id,
)
from domain.organisation import OperatorOrg, OperatorRegistered
from domain.private import Private
from domain.reporting import close_period, reopen_period
from domain.staff import Post, StaffAssigned, StaffHired
from domain.staffing import assign, end_role, hire
from domain.station import Station, StationEstablished
from domain.visit import record_visit
from tests.contracts import SIGNED, TERMS, contract_project, contracted, defined, definition, within
from tests.doors import visit
from tests.station import OPERATOR, SCOPE, STATION, TODAY, MemoryDesk, entry, refused

FIRST, LAST = date(2018, 9, 1), date(2018, 9, 30)
ELSEWHERE = derived_id("another station")
SUPERVISOR, QUALITY, HEAD = derived_id("supervisor"), derived_id("quality"), derived_id("head")
DISTANT, NOBODY = derived_id("distant supervisor"), derived_id("nobody")
WRONG = (HEAD, DISTANT)
RIGHT = (SUPERVISOR, QUALITY)
WHY = Reason(code="entry_error", text="场次录入错误")


def established(desk: MemoryDesk, station: Id) -> None:
    facts = StationEstablished(name="站", region_code="620102", purchaser="街道", overseer="民政")
    scope = msgspec.structs.replace(SCOPE, station=station)
    desk.save(entry(SIGNED), Station.start(entry(SIGNED), scope, facts, id=station))


def take_on(desk: MemoryDesk, id: Id, role: Post, station: Id) -> None:
    name = Private(person=id, purpose="identity", text="王小明")
    hire(desk, entry(SIGNED), OPERATOR, StaffHired(name=name, begins=SIGNED), id=id)
    assign(desk, entry(SIGNED), id, StaffAssigned(station=station, role=role, begins=SIGNED))


@pytest.fixture
def desk() -> MemoryDesk:
    """An operator of two stations that keeps no register of its staff."""
    desk = MemoryDesk()
    operator = OperatorRegistered(name="慧灵", uscc="91110000600037341L")
    scope = Scope(operator=OPERATOR)
    by_administrator = entry(SIGNED, role="administrator")
    desk.save(by_administrator, OperatorOrg.start(by_administrator, scope, operator, id=OPERATOR))
    for station in (STATION, ELSEWHERE):
        established(desk, station)
    return desk


@pytest.fixture
def staffed(desk: MemoryDesk) -> MemoryDesk:
    """The same with a supervisor at each station, a head at one, and a quality lead elsewhere."""
    take_on(desk, SUPERVISOR, "supervisor", STATION)
    take_on(desk, HEAD, "station_head", STATION)
    take_on(desk, DISTANT, "supervisor", ELSEWHERE)
    take_on(desk, QUALITY, "quality_lead", ELSEWHERE)
    return desk


def closed(desk: MemoryDesk, project: Id) -> None:
    """Close September; whoever may approve anything approves that."""
    close_period(desk, entry(approved_by=HEAD), project, FIRST, LAST, 41, "ab" * 32, 3)


def recorded(desk: MemoryDesk, project: Id, **said: Any) -> tuple[Id, Id]:
    made = record_visit(desk, entry(LAST, **said), within(project), visit())
    return made.stream, made.events[0]


@pytest.mark.parametrize("approver", WRONG)
def test_nobody_else_approves_work_of_a_closed_period(staffed: MemoryDesk, approver: Id) -> None:
    project = contracted(staffed)
    closed(staffed, project)
    with refused("period.may_not_approve", "approved_by"):
        recorded(staffed, project, approved_by=approver)
    staffed.stand_up()
    open_day = entry(LAST + timedelta(days=1), approved_by=approver)
    record_visit(staffed, open_day, within(project), visit())


@pytest.mark.parametrize("approver", RIGHT)
def test_the_stations_supervisor_or_the_quality_lead_approves_every_change(
    staffed: MemoryDesk, approver: Id
) -> None:
    project = contracted(staffed)
    stream, event = recorded(staffed, project)
    closed(staffed, project)
    how = entry(approved_by=approver)
    correct_record(staffed, how, stream, event, {"minutes": 41}, WHY)
    void_record(staffed, entry(approved_by=approver), stream, event, WHY)
    reinstate_record(staffed, entry(approved_by=approver), stream, event, WHY)
    recorded(staffed, project, approved_by=approver)


def test_a_correction_a_voiding_and_a_reinstatement_ask_for_them(staffed: MemoryDesk) -> None:
    project = contracted(staffed)
    stream, event = recorded(staffed, project)
    closed(staffed, project)
    with refused("period.may_not_approve"):
        correct_record(staffed, entry(approved_by=HEAD), stream, event, {"minutes": 41}, WHY)
    with refused("period.may_not_approve"):
        void_record(staffed, entry(approved_by=HEAD), stream, event, WHY)
    staffed.stand_up()
    void_record(staffed, entry(approved_by=SUPERVISOR), stream, event, WHY)
    with refused("period.may_not_approve"):
        reinstate_record(staffed, entry(approved_by=HEAD), stream, event, WHY)


def test_a_decision_by_hand_asks_for_them(staffed: MemoryDesk) -> None:
    project = contracted(staffed)
    home, besides = defined(staffed, project), defined(staffed, project, "A08", kinds=())
    stream, event = recorded(staffed, project)
    closed(staffed, project)
    for decide, indicator in ((allocate_delivery, besides), (deallocate_delivery, home)):
        with refused("period.may_not_approve"):
            wrong = entry(approved_by=HEAD)
            decide(staffed, wrong, project, stream, event, indicator, "督导核实后计入")
        staffed.stand_up()
        right = entry(approved_by=SUPERVISOR)
        decide(staffed, right, project, stream, event, indicator, "督导核实后计入")


def test_of_a_project_of_no_station_any_of_its_stations_supervisors_answers(
    staffed: MemoryDesk,
) -> None:
    whole = Scope(operator=OPERATOR)
    terms = msgspec.structs.replace(TERMS, stations=(STATION,))
    project = contract_project(staffed, entry(SIGNED), whole, terms).stream
    open_all_year = definition("A12", measure="times", qualitative=True)
    for made in (definition(), open_all_year):
        define_indicator(staffed, entry(SIGNED), project, made)
    closed(staffed, project)
    status = IndicatorStatusDeclared(
        indicator=indicator_id(project, "A12"), status="ongoing", text="常规开放"
    )
    target = IndicatorTargetSet(
        indicator=indicator_id(project, definition().code),
        per="month",
        target=Target(value=22, unit="次"),
        effective_from=FIRST,
        source="合同第四条",
    )
    for approver in WRONG:
        with refused("period.may_not_approve"):
            declare_status(staffed, entry(LAST, approved_by=approver), project, status)
        with refused("period.may_not_approve"):
            set_target(staffed, entry(approved_by=approver), project, target)
        staffed.stand_up()
    declare_status(staffed, entry(LAST, approved_by=SUPERVISOR), project, status)
    set_target(staffed, entry(approved_by=QUALITY), project, target)


def test_the_post_is_held_on_the_day_of_the_approval(staffed: MemoryDesk) -> None:
    project = contracted(staffed)
    closed(staffed, project)
    stream, event = recorded(staffed, project, approved_by=SUPERVISOR)
    end_role(staffed, entry(), SUPERVISOR, station=STATION, role="supervisor", ends=TODAY)
    changed = entry(approved_by=SUPERVISOR)
    correct_record(staffed, changed, stream, event, {"minutes": 41}, WHY)
    with refused("period.may_not_approve"):
        later = entry(TODAY + timedelta(days=1), approved_by=SUPERVISOR)
        correct_record(staffed, later, stream, event, {"minutes": 42}, WHY)


def test_who_is_of_no_register_approves_where_none_is_kept_and_only_there(
    desk: MemoryDesk,
) -> None:
    project = contracted(desk)
    closed(desk, project)
    recorded(desk, project, approved_by=NOBODY)
    take_on(desk, SUPERVISOR, "supervisor", STATION)
    with refused("not_found", "approved_by"):
        recorded(desk, project, approved_by=NOBODY)


def test_a_period_is_opened_again_by_whoever_may_approve_what_changes_in_it(
    staffed: MemoryDesk,
) -> None:
    project = contracted(staffed)
    closed(staffed, project)
    with refused("period.may_not_approve", "approved_by"):
        reopen_period(staffed, entry(approved_by=HEAD), project, FIRST, LAST, "街道要求补报")
    reopen_period(staffed, entry(approved_by=SUPERVISOR), project, FIRST, LAST, "街道要求补报")
