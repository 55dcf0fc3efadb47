"""福源 for tests: its contract as data, its printed tables, and what was done by the mid-term."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from domain.contract import ContractSheet, adopt_contract, declare_status
from domain.counting import Attendance, AttendeeRole, Counted, Occurrence
from domain.identity import Id, derived_id
from domain.indicators import IndicatorStatusDeclared, indicator_id
from domain.period import FigureClaimed
from domain.reporting import claim_figure
from tests.contracts import SIGNED
from tests.station import SCOPE, WORKER, MemoryDesk, entry

ROOT = Path(__file__).parents[1]
SHEET = (ROOT / "deploy" / "demo" / "fuyuan.json").read_bytes()
PRINTED: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "fuyuan_midterm.json").read_bytes())
EVIDENCE = derived_id("evidence")


def held(kind: str, *heads: int, role: AttendeeRole = "client", **more: Any) -> list[Occurrence]:
    """Occurrences of a kind, one for each number of those present, workers beside them."""
    beside = () if role == "worker" else (Attendance(role="volunteer", count=2),)
    return [
        Occurrence(kind=kind, attendance=(Attendance(role=role, count=count), *beside), **more)
        for count in heads
    ]


def deliveries() -> list[Counted]:
    """What was done by the mid-term, by the recipe of figures.md."""
    household = derived_id("household")
    made: list[Counted] = [
        *held("needs_contact", *(10,) * 20, role="resident", variant="interview"),
        *held("supervision", *(6,) * 5, role="supervisee", variant="monthly_professional"),
        *held("supervision", *(6,) * 20, role="supervisee", variant="weekly"),
        *held("joint_meeting", *(8,) * 5, role="partner"),
        *held("training", 3, 3, 2, 2, role="worker", audience="staff"),
        *held("home_service", *(1,) * 88, audience="elderly", minutes=40),
        *held("group_session", 15, audience="elderly", variant="outing"),
        *held("group_session", *(15,) * 5, audience="elderly", variant="learning"),
        *held("integration", 17, audience="disabled", variant="large"),
        *held("integration", 23, audience="disabled"),
        *held("group_session", *(9, 7) * 5, audience="disabled"),
        *held("parent_child", 20, 25, role="family", audience="family"),
        *held("relief_delivery", 4, role="family", audience="family", household=household),
        *held("group_session", *(10,) * 10, audience="youth"),
        *held("tutoring", *(25,) * 6, audience="youth"),
        *held("publicity", *(40,) * 5, role="resident", audience="resident"),
        *held("organisation_activity", *(23,) * 4, *(22,) * 10, role="resident"),
        *held("drop_in", 30, 40, role="resident"),
    ]
    for audience, cases in (("elderly", 3), ("disabled", 1), ("family", 1)):
        made += [Counted(kind="case_opened", audience=audience)] * cases
        made += held("case_session", *(1,) * 5 * cases, audience=audience)
        made += [Counted(kind="case_closed", audience=audience)] * cases
    for audience in ("elderly", "elderly", "disabled", "disabled", "youth"):
        made.append(Counted(kind="group_closed", audience=audience))
    made += [Counted(kind="community_leader")] * 4
    made += [Counted(kind="organisation_formed", audience="resident")]
    made += [Counted(kind="needs_report")] * 3
    return made


def adopted(desk: MemoryDesk) -> Id:
    """Adopt the contract and return the project's id."""
    sheet = msgspec.json.decode(SHEET, type=ContractSheet)
    return adopt_contract(desk, entry(SIGNED), SCOPE, sheet).stream


def report(desk: MemoryDesk, project: Id) -> None:
    """Declare the statuses and claim the figures that the report prints."""
    said = json.loads(SHEET)
    for status in said["statuses"]:
        indicator = indicator_id(project, status.pop("indicator"))
        facts = IndicatorStatusDeclared(indicator=indicator, **status)
        declare_status(desk, entry(evidence=(EVIDENCE,)), project, facts)
    for claim in said["claims"]:
        if "indicator" in claim:
            claim["indicator"] = indicator_id(project, claim["indicator"])
        given = {"report": "midterm", "author": WORKER} | claim
        claim_figure(desk, entry(), project, msgspec.convert(given, FigureClaimed))
