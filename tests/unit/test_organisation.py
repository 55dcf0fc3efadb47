"""Operators and the scope that everything recorded under them has."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain.clock import at
from domain.desk import Receipt
from domain.entry import Entry, Scope
from domain.identity import Id, derived_id
from domain.organisation import (
    OperatorOrg,
    OperatorRegistered,
    add_operator_alias,
    establish_station,
    register_operator,
    resume_operator,
    scope_of_operator,
    scope_of_station,
    suspend_operator,
    transfer_station,
)
from domain.principal import Principal
from domain.refusals import Refusal, RefusalKind
from domain.station import (
    Station,
    StationClosed,
    StationEstablished,
    StationTransferredToOperator,
    close_station,
)
from tests.station import OPERATOR, STATION, TODAY, WORKER, MemoryDesk, entry, refused

ADMINISTRATOR = Principal(actor=WORKER, role="administrator")
OTHER, SUCCESSOR = derived_id("other operator"), derived_id("successor")
PROJECT = derived_id("project")
USCC, OTHER_USCC = "91110000600037341L", "91110000802100433B"
FUYUAN = StationEstablished(
    name="福源社工站", region_code="620102", purchaser="街道办事处", overseer="区民政局"
)


class Contracts(MemoryDesk):
    """A desk that knows one project, of an operator and for one station."""

    def __init__(self, operator: Id, station: Id) -> None:
        super().__init__(ADMINISTRATOR)
        self.scope = Scope(operator=operator, station=station, project=PROJECT)

    def load_any(self, kind: str, id: Id, field: str = "id") -> Any:
        return self if kind == "project" else super().load_any(kind, id, field)

    def check_area(self, scope: Scope, field: str) -> None:
        if scope.station != self.scope.station:
            raise RefusalKind("invalid", Refusal)(field)


def by_administrator(day: date = TODAY) -> Entry:
    return entry(day, principal=ADMINISTRATOR)


def operator(desk: MemoryDesk, id: Id = OPERATOR, **facts: Any) -> Receipt:
    uscc = USCC if id == OPERATOR else OTHER_USCC
    given: dict[str, Any] = {"name": "慧灵社会工作服务中心", "uscc": uscc} | facts
    return register_operator(desk, by_administrator(), OperatorRegistered(**given), id=id)


def station(desk: MemoryDesk, day: date = TODAY) -> Receipt:
    return establish_station(desk, by_administrator(day), OPERATOR, FUYUAN, id=STATION)


@pytest.fixture
def desk() -> MemoryDesk:
    """An operator and its station."""
    desk = MemoryDesk(ADMINISTRATOR)
    operator(desk)
    station(desk)
    return desk


def handover(**facts: Any) -> StationTransferredToOperator:
    given: dict[str, Any] = {"new_operator": OTHER, "successor": SUCCESSOR, "begins": TODAY} | facts
    return StationTransferredToOperator(**given)


def test_an_operator_is_the_ledger_of_its_own_events_and_a_station_of_its(desk: MemoryDesk) -> None:
    registered, _, established, _ = desk.log
    assert (registered.operator, registered.station, registered.ledger) == (
        OPERATOR,
        None,
        OPERATOR,
    )
    assert (established.operator, established.station, established.ledger) == (
        OPERATOR,
        STATION,
        STATION,
    )


def test_only_the_administrator_registers_suspends_resumes_and_transfers() -> None:
    desk = MemoryDesk()
    with refused("forbidden"):
        operator(desk)
    with refused("forbidden"):
        suspend_operator(desk, entry(), OPERATOR, "停业整顿")
    with refused("forbidden"):
        resume_operator(desk, entry(), OPERATOR, "整顿完成")
    with refused("forbidden"):
        transfer_station(desk, entry(), STATION, handover())


@pytest.mark.parametrize("uscc", ["91110000600037341M", "A1110000600037341L", "12345", ""])
def test_a_credit_code_that_does_not_check_is_refused(uscc: str) -> None:
    with refused("organisation.uscc_invalid", "uscc"):
        operator(MemoryDesk(ADMINISTRATOR), uscc=uscc)


def test_a_credit_code_is_kept_in_its_plain_form() -> None:
    desk = MemoryDesk(ADMINISTRATOR)
    operator(desk, uscc=" ９１１１００００600037341l ")
    assert desk.load(OperatorOrg, OPERATOR).registered.uscc == USCC


def test_a_credit_code_is_one_operators(desk: MemoryDesk) -> None:
    desk.stand_up()
    with refused("organisation.uscc_taken", "uscc"):
        operator(desk, OTHER, name="兰州慧灵", uscc=" ９１１１００００600037341l ")
    desk.stand_up()
    operator(desk, OTHER)


def test_what_is_invented_keeps_no_real_agency_out() -> None:
    desk = MemoryDesk(ADMINISTRATOR)
    operator(desk, OTHER, uscc=USCC, demonstration=True)
    desk.stand_up()
    operator(desk)
    desk.stand_up()
    with refused("organisation.uscc_taken", "uscc"):
        operator(desk, derived_id("third"), uscc=USCC, demonstration=True)


def test_an_operator_does_not_begin_in_the_future() -> None:
    with refused("entry.in_future", "occurred.start"):
        register_operator(
            MemoryDesk(ADMINISTRATOR),
            entry(now=at(TODAY) - timedelta(days=1), principal=ADMINISTRATOR),
            OperatorRegistered(name="慧灵", uscc=USCC),
        )


def test_an_alias_is_added_once(desk: MemoryDesk) -> None:
    add_operator_alias(desk, by_administrator(), OPERATOR, "甘肃慧灵")
    for known in ("甘肃慧灵", "慧灵社会工作服务中心"):
        with refused("organisation.alias_known", "alias"):
            add_operator_alias(desk, by_administrator(), OPERATOR, known)


def test_a_suspended_operator_gets_no_new_records_until_it_is_resumed(desk: MemoryDesk) -> None:
    suspend_operator(desk, by_administrator(), OPERATOR, "停业整顿")
    with refused("organisation.operator_suspended", "station"):
        scope_of_station(desk, STATION)
    with refused("organisation.operator_suspended", "operator"):
        scope_of_operator(desk, OPERATOR)
    with refused("organisation.operator_suspended", "operator"):
        establish_station(desk, by_administrator(), OPERATOR, FUYUAN)
    with refused("organisation.operator_suspended"):
        suspend_operator(desk, by_administrator(), OPERATOR, "再次停用")
    resume_operator(desk, by_administrator(), OPERATOR, "整顿完成")
    assert scope_of_station(desk, STATION).ledger == STATION
    with refused("organisation.not_suspended"):
        resume_operator(desk, by_administrator(), OPERATOR, "整顿完成")


def test_a_demonstration_marks_all_that_is_created_under_it() -> None:
    desk = MemoryDesk(ADMINISTRATOR)
    operator(desk, demonstration=True)
    station(desk)
    assert {event.demonstration for event in desk.log} == {True}
    assert scope_of_station(desk, STATION).demonstration
    assert scope_of_operator(desk, OPERATOR).demonstration


def test_the_scope_of_a_project_is_its_ledger() -> None:
    desk = Contracts(OPERATOR, STATION)
    operator(desk)
    station(desk)
    scope = scope_of_station(desk, STATION, PROJECT)
    assert scope == Scope(operator=OPERATOR, station=STATION, project=PROJECT)
    assert scope.ledger == PROJECT


def test_a_project_of_another_operator_or_of_another_station_is_refused() -> None:
    desk = Contracts(OTHER, STATION)
    operator(desk)
    station(desk)
    with refused("organisation.project_elsewhere", "project"):
        scope_of_station(desk, STATION, PROJECT)
    desk.scope = Scope(operator=OPERATOR, station=SUCCESSOR, project=PROJECT)
    with refused("invalid", "project"):
        scope_of_station(desk, STATION, PROJECT)


def test_a_station_of_another_operator_is_not_there(desk: MemoryDesk) -> None:
    desk.principal = Principal(actor=WORKER, role="worker", operator=OTHER)
    with refused("not_found", "station"):
        scope_of_station(desk, STATION)


def test_a_station_goes_on_under_another_operator_in_a_ledger_of_its_own(desk: MemoryDesk) -> None:
    operator(desk, OTHER)
    receipt = transfer_station(desk, by_administrator(), STATION, handover())
    ended, begun = desk.log[-4:-2]
    assert (ended.ledger, ended.operator) == (STATION, OPERATOR)
    assert (begun.ledger, begun.operator) == (SUCCESSOR, OTHER)
    assert len(set(receipt.events)) == 4
    successor = desk.load(Station, SUCCESSOR)
    assert (successor.established.name, successor.established.predecessor) == (FUYUAN.name, STATION)


def test_after_the_transfer_only_what_was_done_before_it_is_recorded_at_the_old_station(
    desk: MemoryDesk,
) -> None:
    operator(desk, OTHER)
    transfer_station(desk, by_administrator(), STATION, handover())
    assert scope_of_station(desk, STATION, day=TODAY - timedelta(days=1)).ledger == STATION
    for day in (None, TODAY):
        with refused("station.ended", "station"):
            scope_of_station(desk, STATION, day=day)
    assert scope_of_station(desk, SUCCESSOR).operator == OTHER


def test_a_station_has_one_operator_at_a_time(desk: MemoryDesk) -> None:
    operator(desk, OTHER)
    with refused("station.two_operators", "begins"):
        before = handover(begins=TODAY - timedelta(days=1))
        transfer_station(desk, by_administrator(), STATION, before)
    transfer_station(desk, by_administrator(), STATION, handover())
    with refused("station.two_operators", "begins"):
        transfer_station(desk, by_administrator(), STATION, handover(successor=derived_id("third")))
    with refused("station.same_operator", "new_operator"):
        again = handover(new_operator=OPERATOR, successor=derived_id("third"))
        transfer_station(desk, by_administrator(), STATION, again)


def test_a_handing_over_is_recorded_once_its_day_has_come(desk: MemoryDesk) -> None:
    operator(desk, OTHER)
    tomorrow = handover(begins=TODAY + timedelta(days=1))
    with refused("station.passes_in_future", "begins"):
        transfer_station(desk, by_administrator(), STATION, tomorrow)
    assert scope_of_station(desk, STATION).operator == OPERATOR
    transfer_station(desk, by_administrator(), STATION, handover())
    assert scope_of_station(desk, SUCCESSOR).operator == OTHER


def test_a_station_is_not_handed_to_an_operator_that_is_suspended(desk: MemoryDesk) -> None:
    operator(desk, OTHER)
    suspend_operator(desk, by_administrator(), OTHER, "停业整顿")
    with refused("organisation.operator_suspended", "new_operator"):
        transfer_station(desk, by_administrator(), STATION, handover())


def test_a_closed_station_is_not_handed_over(desk: MemoryDesk) -> None:
    operator(desk, OTHER)
    closed = StationClosed(last_day=TODAY, reason="合同到期")
    close_station(desk, by_administrator(), STATION, closed, ())
    with refused("station.ended", "station"):
        transfer_station(desk, by_administrator(), STATION, handover())
