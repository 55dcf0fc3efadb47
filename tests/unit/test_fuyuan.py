"""The contract of 福源 as data: every line of its mid-term tables comes out of deliveries."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.contract import ContractSheet, adopt_contract, declare_status
from domain.counting import Attendance, AttendeeRole, Counted, Occurrence, contributions
from domain.identity import Id, derived_id
from domain.indicators import Definition, IndicatorStatusDeclared, indicator_id
from domain.period import FigureClaimed
from domain.project import Project
from domain.reporting import claim_figure
from tests.contracts import SIGNED
from tests.station import SCOPE, WORKER, MemoryDesk, entry

ROOT = Path(__file__).parents[2]
SHEET = (ROOT / "deploy" / "demo" / "fuyuan.json").read_bytes()
PRINTED: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "fuyuan_midterm.json").read_bytes())
KINDS = {
    "home_visit", "home_service", "phone_contact", "case_opened", "case_session", "case_closed",
    "group_session", "group_closed", "group_opened", "outing", "integration", "parent_child",
    "publicity", "lecture", "festival", "party_building", "training", "supervision",
    "joint_meeting", "needs_contact", "organisation_activity", "drop_in", "tutoring",
    "relief_delivery", "community_leader", "organisation_formed", "needs_report",
}  # fmt: skip
AUDIENCES = {"elderly", "disabled", "family", "youth", "resident", "staff"}
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


class Fuyuan:
    """The contract adopted, its statuses declared, its deliveries counted by indicator."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        sheet = msgspec.json.decode(SHEET, type=ContractSheet)
        self.id: Id = adopt_contract(self.desk, entry(SIGNED), SCOPE, sheet).stream
        self.project = self.desk.load(Project, self.id)
        self.counted: Counter[Id] = Counter()
        subjects: set[tuple[Id, str]] = set()
        for facts in deliveries():
            for allocation in self.project.allocate(facts):
                for subject, amount in contributions(facts, allocation):
                    if subject and (allocation.indicator, subject) in subjects:
                        continue
                    subjects.add((allocation.indicator, subject))
                    self.counted[allocation.indicator] += amount

    def definition(self, code: str) -> Definition:
        return self.project.indicators.defined[indicator_id(self.id, code)]

    def planned(self, code: str) -> int | None:
        target = self.project.indicators.targets.get((indicator_id(self.id, code), "midterm"))
        return None if target is None else target.value

    def actual(self, code: str) -> int:
        return self.counted[indicator_id(self.id, code)]

    def placed(self, line: str) -> dict[str, Definition]:
        """The indicators of a printed line, by column."""
        return {
            made.placement.column: made
            for made in self.project.indicators.defined.values()
            if made.placement and made.placement.line == line
        }


@pytest.fixture(scope="module")
def fuyuan() -> Fuyuan:
    return Fuyuan()


def statuses() -> dict[str, dict[str, Any]]:
    return {each["indicator"]: each for each in json.loads(SHEET)["statuses"]}


@pytest.mark.parametrize("printed", PRINTED["table_a"], ids=lambda line: line["id"])
def test_a_line_of_table_a_comes_out_of_deliveries(fuyuan: Fuyuan, printed: dict[str, Any]) -> None:
    code = printed["id"]
    made = fuyuan.definition(code)
    assert made.placement is not None
    assert made.placement.item == printed["item"]
    assert (fuyuan.planned(code), made.unit) == (printed["planned"], printed["unit"])
    actual = statuses()[code]["text"] if made.qualitative else fuyuan.actual(code)
    assert actual == printed["actual"]


@pytest.mark.parametrize("printed", PRINTED["table_b"], ids=lambda line: line["id"])
def test_a_line_of_table_b_comes_out_of_deliveries(fuyuan: Fuyuan, printed: dict[str, Any]) -> None:
    placed = fuyuan.placed(printed["id"])
    for made in placed.values():
        assert made.placement is not None
        assert made.placement.planned_name == printed["planned_name"]
        assert made.placement.actual_name == printed["actual_name"]
        assert made.placement.service_type == printed["service_type"]
        assert made.in_scope == printed["in_scope"]
    for column in ("times", "person_times"):
        known = placed.get(column)
        counts = known is not None and not known.qualitative
        planned = fuyuan.planned(known.code) if known and counts else None
        actual = fuyuan.actual(known.code) if known and counts else None
        assert planned == printed[f"planned_{column}"]
        assert actual == printed[f"actual_{column}"]


def test_leaders_organisations_and_minutes_stand_in_columns_of_their_own(fuyuan: Fuyuan) -> None:
    extra = PRINTED["extra"]
    assert fuyuan.planned("B18.people") == extra["B18"]["planned_people"]
    assert fuyuan.actual("B18.people") == extra["B18"]["actual_people"]
    assert fuyuan.planned("B19.organisations") == extra["B19"]["planned_organisations"]
    assert fuyuan.actual("B19.organisations") == extra["B19"]["actual_organisations"]
    assert fuyuan.actual("B05.minutes") == PRINTED["totals"]["home_service_minutes"]


def test_statuses_and_claims_of_the_sheet_can_be_told_by_their_commands(fuyuan: Fuyuan) -> None:
    told = json.loads(SHEET)
    for status in told["statuses"]:
        indicator = indicator_id(fuyuan.id, status.pop("indicator"))
        facts = IndicatorStatusDeclared(indicator=indicator, **status)
        declare_status(fuyuan.desk, entry(evidence=(EVIDENCE,)), fuyuan.id, facts)
    for claim in told["claims"]:
        if "indicator" in claim:
            claim["indicator"] = indicator_id(fuyuan.id, claim["indicator"])
        given = {"report": "midterm", "author": WORKER} | claim
        claim_figure(fuyuan.desk, entry(), fuyuan.id, msgspec.convert(given, FigureClaimed))
    kept = fuyuan.desk.load(Project, fuyuan.id).periods.claims
    assert len(kept) == len(told["claims"])


def test_every_filter_names_kinds_and_audiences_that_there_are(fuyuan: Fuyuan) -> None:
    for made in fuyuan.project.indicators.defined.values():
        assert set(made.kinds) <= KINDS
        assert set(made.audiences) <= AUDIENCES


def test_what_one_table_says_twice_names_its_counterpart(fuyuan: Fuyuan) -> None:
    for made in fuyuan.project.indicators.defined.values():
        if made.placement is None or made.placement.counterpart is None:
            continue
        others = fuyuan.placed(made.placement.counterpart).values()
        assert made.placement.line in {
            other.placement.counterpart for other in others if other.placement
        }
