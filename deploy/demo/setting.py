"""Who is there: the operator, marked as a demonstration, its station, and the team of six."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from deploy.demo.stage import (
    ELDERLY_WORKER,
    FAMILY_WORKER,
    LEAD,
    OPERATOR,
    PROJECT,
    STAFF,
    STATION,
    SUPERVISORS,
    Act,
    Decide,
    act,
    goes_on,
    named,
)
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.identity import Id
from domain.organisation import OperatorRegistered, establish_station, register_operator
from domain.private import Private
from domain.staff import Level, Post, QualificationRecorded, StaffAssigned, StaffHired
from domain.staffing import assign, hire, record_qualification, set_backup, set_supervisor
from domain.station import StationEstablished

ADMINISTRATOR = named("administrator")
BEGINS = date(2018, 6, 1)
NAMES = ("苏砚秋", "贺云岫", "温如岚", "段青禾", "祁望舒", "樊知远")


def setting() -> Iterator[Act]:
    """Yield what must be before any work."""
    operator = OperatorRegistered(
        name="演示·甘肃慧灵社会工作服务中心", uscc="91110000600037341L", demonstration=True
    )
    yield act(
        "operator", BEGINS,
        lambda desk, entry: register_operator(desk, entry, operator, id=OPERATOR),
        hour=8, actor=ADMINISTRATOR, role="administrator",
    )  # fmt: skip
    station = StationEstablished(
        name="演示·福源小镇社区社工站",
        region_code="620102001",
        purchaser="福源小镇街道办事处",
        overseer="兰州市民政局",
    )
    yield act(
        "station", BEGINS,
        lambda desk, entry: establish_station(desk, entry, OPERATOR, station, id=STATION),
        hour=8, minute=10, role="operator_manager",
    )  # fmt: skip


def team() -> Iterator[Act]:
    """Yield the six people of S0's team table, with their qualifications, supervisors and AB角."""
    for number, (id, name) in enumerate(zip(STAFF, NAMES, strict=True)):
        words = Private(person=id, purpose="identity", text=name)
        hired = StaffHired(name=words, begins=BEGINS, number=f"FY{number + 1:02d}")
        yield _act(
            f"hire/{number}",
            partial(_hire, hired, id),
        )
        level: Level = "social_worker" if id in SUPERVISORS else "assistant_social_worker"
        qualified = QualificationRecorded(level=level)
        yield _act(f"qualification/{number}", goes_on(record_qualification, id, qualified), 1)
        post: Post = (
            "supervisor" if id in SUPERVISORS else "project_lead" if id == LEAD else "worker"
        )
        assigned = StaffAssigned(station=STATION, role=post, begins=BEGINS, project=PROJECT)
        yield _act(f"assigned/{number}", goes_on(assign, id, assigned), 30)
    for id in STAFF[2:]:
        yield _act(f"supervised/{id}", goes_on(set_supervisor, id, SUPERVISORS[0], BEGINS), 40)
    yield _pair(ELDERLY_WORKER, FAMILY_WORKER)


def _hire(hired: StaffHired, id: Id, desk: Desk, entry: Entry) -> Receipt:
    return hire(desk, entry, OPERATOR, hired, id=id)


def _pair(worker: Id, backup: Id) -> Act:
    return _act(f"backup/{worker}", goes_on(set_backup, worker, backup, BEGINS), 41)


def _act(name: str, decide: Decide, minute: int = 0) -> Act:
    return act(f"team/{name}", BEGINS, decide, minute=minute, role="operator_manager")
