"""What a contract may say, and what is refused of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.clock import at
from domain.contract import amend_contract, end_project, resume_project, suspend_project
from domain.corrections import correct_record, reinstate_record, void_record
from domain.entry import Scope
from domain.event import Occurred, Reason
from domain.identity import Id, derived_id
from domain.project import ContractAmended, Project
from domain.visit import HomeServiceDelivered, record_visit
from tests.contracts import (
    FIRST,
    LAST,
    SIGNED,
    TERMS,
    contract_project,
    contracted,
    defined,
    within,
)
from tests.doors import visit
from tests.station import LATE, OPERATOR, SCOPE, STATION, TODAY, MemoryDesk, entry, refused

AMENDED = ContractAmended(clause="第四条", document="补充协议一")
ELSEWHERE = derived_id("another station")
WHY = Reason(code="entry_error", text="分钟数录入错误")


def test_a_project_is_a_ledger_of_its_own_and_months_are_whole() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    event = desk.streams[project][0]
    assert (event.project, event.ledger) == (project, project)
    contract = desk.load(Project, project).contract
    assert (contract.first, contract.last) == (FIRST, LAST)


def test_two_projects_of_an_operator_have_two_keys() -> None:
    desk = MemoryDesk()
    contracted(desk)
    with refused("project.key_taken", "key"):
        contracted(desk, number="FY-2018-02")
    contracted(desk, key="fuyuan-2")


@pytest.mark.parametrize(
    ("terms", "code", "field"),
    [
        ({"end": date(2018, 5, 1)}, "project.ends_before_start", "end"),
        ({"midterm": date(2019, 5, 1)}, "project.ends_before_start", "midterm"),
        ({"key": "福源"}, "project.bad_key", "key"),
        ({"key": "f"}, "project.bad_key", "key"),
    ],
)
def test_impossible_terms_are_refused(terms: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field):
        contracted(MemoryDesk(), **terms)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_work_outside_the_dates_is_refused(day: date) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("project.outside_dates", "occurred.start"):
        record_visit(desk, entry(day), within(project), visit())


@pytest.mark.parametrize("day", [FIRST, LAST])
def test_the_first_and_the_last_day_belong_to_the_project(day: date) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    record_visit(desk, entry(day), within(project), visit())


def test_a_station_outside_the_service_area_is_refused() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    elsewhere = Scope(operator=OPERATOR, station=ELSEWHERE, project=project)
    with refused("project.outside_area", "station"):
        record_visit(desk, entry(), elsewhere, visit())
    amendment = ContractAmended(clause="第二条", document="补充协议", stations=(ELSEWHERE,))
    amend_contract(desk, entry(), project, amendment)
    record_visit(desk, entry(), elsewhere, visit())
    record_visit(desk, entry(), within(project), visit())


def test_a_project_that_several_stations_share_is_of_none_of_them() -> None:
    """Else whoever is held to another of them neither saw it nor wrote to it."""
    desk = MemoryDesk()
    shared = replace(TERMS, stations=(STATION, ELSEWHERE))
    for stations in (shared.stations, (ELSEWHERE,)):
        with refused("project.of_one_station", "stations"):
            contract_project(desk, entry(SIGNED), SCOPE, replace(TERMS, stations=stations))
    made = contract_project(desk, entry(SIGNED), Scope(operator=OPERATOR), shared).stream
    for station in shared.stations:
        at_this = Scope(operator=OPERATOR, station=station, project=made)
        record_visit(desk, entry(), at_this, visit())


def test_a_project_of_the_whole_operator_takes_every_station() -> None:
    desk = MemoryDesk()
    made = contract_project(desk, entry(SIGNED), Scope(operator=OPERATOR), TERMS).stream
    elsewhere = Scope(operator=OPERATOR, station=ELSEWHERE, project=made)
    record_visit(desk, entry(), elsewhere, visit())


def test_nothing_is_delivered_while_a_project_is_suspended() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    with refused("project.not_suspended", "project"):
        resume_project(desk, entry(date(2018, 8, 1)), project)
    suspend_project(desk, entry(date(2018, 8, 1)), project, "经费未到")
    with refused("project.suspended", "project"):
        suspend_project(desk, entry(date(2018, 8, 2)), project, "经费未到")
    with refused("project.suspended", "occurred.start"):
        record_visit(desk, entry(date(2018, 8, 1)), within(project), visit())
    record_visit(desk, entry(date(2018, 7, 31)), within(project), visit())
    with refused("project.resumed_before", "occurred.start"):
        resume_project(desk, entry(date(2018, 7, 31)), project)
    resume_project(desk, entry(date(2018, 9, 1)), project)
    record_visit(desk, entry(date(2018, 9, 1)), within(project), visit())
    with refused("project.suspended", "occurred.start"):
        record_visit(desk, entry(date(2018, 8, 31)), within(project), visit())


def test_an_ended_project_takes_nothing_later_and_its_contract_rests() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    end_project(desk, entry(TODAY), project, "提前终止")
    record_visit(desk, entry(TODAY), within(project), visit())
    with refused("project.ended", "occurred.start"):
        record_visit(desk, entry(TODAY + timedelta(days=1)), within(project), visit())
    with refused("project.ended", "project"):
        end_project(desk, entry(), project, "提前终止")
    with refused("project.ended", "project"):
        amend_contract(desk, entry(), project, AMENDED)
    with refused("project.ended", "project"):
        defined(desk, project)


def stopped(desk: MemoryDesk, project: Id, how: str) -> None:
    """Write down, late, that a project took no more work from the day before yesterday on."""
    day = TODAY - timedelta(days=2)
    late = entry(day, now=entry().now, **LATE)
    if how == "suspended":
        suspend_project(desk, late, project, "经费未到")
    elif how == "ended":
        end_project(desk, late, project, "提前终止")
    else:
        amend_contract(desk, late, project, replace(AMENDED, end=day))


@pytest.mark.parametrize("how", ["suspended", "ended", "outside_dates"])
def test_work_of_days_that_were_taken_out_since_can_be_set_right_and_not_brought_in(
    how: str,
) -> None:
    """Given a delivery of yesterday, when the project is said to have stopped before,
    then it can be corrected, moved to a day that counts and declared void, and not more."""
    desk = MemoryDesk()
    project = contracted(desk)
    yesterday, before = TODAY - timedelta(days=1), TODAY - timedelta(days=5)
    made = record_visit(desk, entry(yesterday), within(project), visit())
    stopped(desk, project, how)
    stream, event = made.stream, made.events[0]
    correct_record(desk, entry(**LATE), stream, event, {"minutes": 45}, WHY)
    correct_record(desk, entry(**LATE), stream, event, {}, WHY, Occurred(start=at(before)))
    with refused(f"project.{how}", "occurred.start"):
        correct_record(desk, entry(**LATE), stream, event, {}, WHY, Occurred(start=at(yesterday)))
    second = record_visit(desk, entry(before, **LATE), within(project), visit())
    void_record(desk, entry(), second.stream, second.events[0], WHY)
    reinstate_record(desk, entry(), second.stream, second.events[0], WHY)


def test_what_was_void_is_not_reinstated_on_a_day_that_was_taken_out_since() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    made = record_visit(desk, entry(), within(project), visit())
    stopped(desk, project, "ended")
    void_record(desk, entry(), made.stream, made.events[0], WHY)
    with refused("project.ended", "occurred.start"):
        reinstate_record(desk, entry(), made.stream, made.events[0], WHY)


def test_an_amendment_names_its_clause_and_document_and_may_move_the_end() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    for missing in ("clause", "document"):
        with refused("project.amendment_empty", missing):
            amend_contract(desk, entry(), project, replace(AMENDED, **{missing: " "}))
    with refused("project.ends_before_start", "end"):
        shorter = ContractAmended(clause="第四条", document="补充协议", end=date(2018, 6, 30))
        amend_contract(desk, entry(), project, shorter)
    longer = ContractAmended(
        clause="第四条", document="补充协议", end=date(2019, 1, 15), budget=30_000_000
    )
    amend_contract(desk, entry(), project, longer)
    contract = desk.load(Project, project).contract
    assert (contract.last, contract.budget) == (date(2019, 1, 15), 30_000_000)
    record_visit(desk, entry(at(date(2019, 1, 15))), within(project), visit())


def test_work_of_no_project_counts_nowhere() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    defined(desk, project)
    made = record_visit(desk, entry(), SCOPE, visit())
    (kept,) = desk.facts(made.stream)
    assert isinstance(kept, HomeServiceDelivered)
    assert kept.allocations == ()


def test_a_project_that_is_not_there_is_not_found() -> None:
    with refused("not_found", "project"):
        amend_contract(MemoryDesk(), entry(), ELSEWHERE, AMENDED)
