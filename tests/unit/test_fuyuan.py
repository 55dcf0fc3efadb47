"""The contract of 福源 as data: every line of its mid-term tables comes out of deliveries."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from domain.counting import contributions
from domain.identity import Id
from domain.indicators import Definition, indicator_id
from domain.project import Project
from tests.fuyuan import PRINTED, SHEET, adopted, deliveries, report
from tests.station import MemoryDesk

KINDS = {
    "home_visit", "home_service", "phone_contact", "case_opened", "case_session", "case_closed",
    "group_session", "group_closed", "group_opened", "outing", "integration", "parent_child",
    "publicity", "lecture", "festival", "party_building", "training", "supervision",
    "joint_meeting", "needs_contact", "organisation_activity", "drop_in", "tutoring",
    "relief_delivery", "community_leader", "organisation_formed", "needs_report",
}  # fmt: skip
AUDIENCES = {"elderly", "disabled", "family", "youth", "resident", "staff"}


class Fuyuan:
    """The contract adopted, its statuses declared, its deliveries counted by indicator."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.id: Id = adopted(self.desk)
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
    report(fuyuan.desk, fuyuan.id)
    kept = fuyuan.desk.load(Project, fuyuan.id).periods.claims
    assert len(kept) == len(json.loads(SHEET)["claims"])


def test_every_filter_names_kinds_and_audiences_that_there_are(fuyuan: Fuyuan) -> None:
    defined = fuyuan.project.indicators.defined.values()
    kinds = {kind for made in defined for kind in made.kinds}
    audiences = {audience for made in defined for audience in made.audiences}
    assert kinds
    assert kinds <= KINDS
    assert audiences
    assert audiences <= AUDIENCES


def test_what_one_table_says_twice_names_its_counterpart(fuyuan: Fuyuan) -> None:
    placements = [made.placement for made in fuyuan.project.indicators.defined.values()]
    twice = [each for each in placements if each is not None and each.counterpart is not None]
    assert twice
    for each in twice:
        others = fuyuan.placed(each.counterpart or "").values()
        assert each.line in {other.placement.counterpart for other in others if other.placement}
