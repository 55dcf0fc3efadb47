"""Who may do what: the daily work is everybody's, the rest is theirs who answer for it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from typing import get_args

import pytest

from domain.aggregate import Aggregate
from domain.contract import amend_contract, end_project
from domain.entry import Scope
from domain.event import FACTS, Effective, Facts, Reason, name_of
from domain.evidence_form import FormSetRetired
from domain.identity import Id, derived_id
from domain.period import PeriodReopened
from domain.principal import Principal, Role
from domain.private import Private
from domain.project import ContractAmended
from domain.registry import ErasureRequested
from domain.slices import register_all
from domain.staff import QualificationRecorded, StaffAbsenceRecorded, StaffHired, StaffMember
from domain.unregistered import WordsErasureRequested
from domain.who_may import EVERYBODY, TABLE, check_who_may
from tests.contracts import SIGNED, TERMS, contract_project
from tests.station import OPERATOR, STATION, TODAY, MemoryDesk, entry, refused

ELSEWHERE = derived_id("station elsewhere")
TOMORROW = TODAY + timedelta(days=1)
WRONG = Reason(code="entry_error", text="登记时间写错")
SOMEBODY = derived_id("somebody")
HIRED = StaffHired(
    name=Private(person=SOMEBODY, purpose="identity", text="王小明"), begins=date(2018, 6, 1)
)


def held(role: Role, *stations: Id) -> Principal:
    """Return somebody of the test operator, held to stations where any is named."""
    return Principal(actor=derived_id(role), role=role, operator=OPERATOR, stations=stations)


class Anything(Aggregate):
    """What somebody wrote, whatever it is about."""

    kind = "anything"


def hired(by: Principal) -> StaffMember:
    return StaffMember.start(entry(principal=by), Scope(operator=OPERATOR), HIRED, id=SOMEBODY)


@pytest.fixture
def project() -> tuple[MemoryDesk, Id]:
    """A project in which two stations work."""
    desk = MemoryDesk()
    by = entry(SIGNED, principal=held("operator_manager"))
    both = Scope(operator=OPERATOR)
    made = contract_project(desk, by, both, TERMS_OF_BOTH)
    return desk, made.stream


TERMS_OF_BOTH = type(TERMS)(
    **{
        **{name: getattr(TERMS, name) for name in TERMS.__struct_fields__},
        "stations": (STATION, ELSEWHERE),
    }
)


def test_what_the_table_names_is_there() -> None:
    register_all()
    kinds = {topic.partition("@")[0] for topic in FACTS}
    known = kinds | {kind.partition(".")[0] for kind in kinds}
    assert set(TABLE) - known == set()
    assert {role for roles in TABLE.values() for role in roles} <= set(get_args(Role))


@pytest.mark.parametrize("role", ["worker", "supervisor", "project_lead"])
def test_only_a_head_or_the_manager_takes_somebody_on(role: Role) -> None:
    with refused("role.may_not", "role"):
        check_who_may(held(role), hired(held(role)))
    for allowed in ("station_head", "operator_manager", "system"):
        who = held(allowed)
        check_who_may(who, hired(who))


def test_whoever_is_held_to_a_station_decides_nothing_for_the_operator() -> None:
    who = held("station_head", STATION)
    with refused("role.beyond_stations", "role"):
        check_who_may(who, hired(who))


def test_everybody_says_who_is_away() -> None:
    away = StaffAbsenceRecorded(begins=TODAY, ends=TODAY)
    for role in EVERYBODY:
        who = held(role, STATION)
        member = hired(who)
        member.pending.clear()
        record = member.record(entry(principal=who), away)
        check_who_may(who, member)
        after = Effective(
            occurred=record.occurred, facts=StaffAbsenceRecorded(begins=TODAY, ends=TOMORROW)
        )
        member.correct(entry(principal=who), record.id, after, WRONG)
        member.void(entry(principal=who), record.id, WRONG)
        member.reinstate(entry(principal=who), record.id, WRONG)
        check_who_may(who, member)


def test_what_is_daily_work_does_not_carry_through_what_is_not() -> None:
    who = held("worker")
    member = hired(who)
    member.pending.clear()
    member.record(entry(principal=who), StaffAbsenceRecorded(begins=TODAY, ends=TODAY))
    member.record(entry(principal=who), QualificationRecorded(level="social_worker"))
    with refused("role.may_not", "role"):
        check_who_may(who, member)


@pytest.mark.parametrize(
    "facts",
    [
        PeriodReopened(first=TODAY, last=TODAY, reason="补录", approver=SOMEBODY),
        FormSetRetired(service_type="case", effective_from=TODAY, reason="换新表"),
        ErasureRequested(by="person", reason="本人要求"),
        WordsErasureRequested(record=SOMEBODY, field="note", by="person", reason="本人要求"),
    ],
    ids=lambda facts: name_of(type(facts)),
)
def test_a_worker_opens_no_period_lifts_no_form_and_has_nothing_erased(facts: Facts) -> None:
    roles: tuple[tuple[Role, bool], ...] = (("worker", False), ("station_head", True))
    for role, allowed in roles:
        who = held(role)
        about = Anything.start(entry(principal=who), Scope(operator=OPERATOR), facts)
        with nullcontext() if allowed else refused("role.may_not", "role"):
            check_who_may(who, about)


def test_setting_it_right_is_theirs_who_may_record_it() -> None:
    who = held("worker")
    member = hired(who)
    record = member.record(entry(principal=who), QualificationRecorded(level="social_worker"))
    member.pending.clear()
    member.void(entry(principal=who), record.id, WRONG)
    with refused("role.may_not", "role"):
        check_who_may(who, member)


def test_a_project_is_ended_by_who_sees_all_of_its_stations(
    project: tuple[MemoryDesk, Id],
) -> None:
    desk, id = project
    with refused("role.may_not", "role"):
        end_project(desk, entry(principal=held("worker", STATION, ELSEWHERE)), id, "合同到期")
    desk.stand_up()
    with refused("role.beyond_stations", "role"):
        end_project(desk, entry(principal=held("project_lead", STATION)), id, "合同到期")
    desk.stand_up()
    end_project(desk, entry(principal=held("project_lead", STATION, ELSEWHERE)), id, "合同到期")


def test_nobody_brings_the_own_station_into_a_project_of_others() -> None:
    desk = MemoryDesk()
    by = entry(SIGNED, principal=held("operator_manager"))
    id = contract_project(desk, by, Scope(operator=OPERATOR, station=ELSEWHERE), TERMS).stream
    head = entry(principal=held("station_head", STATION))
    taken_in = ContractAmended(clause="服务区域", document="补充协议", stations=(STATION,))
    with refused("role.beyond_stations", "role"):
        amend_contract(desk, head, id, taken_in)


def test_the_administrator_begins_an_installation() -> None:
    who = Principal(actor=derived_id("administrator"), role="administrator")
    check_who_may(who, hired(who))
