"""Hours and 元 in reports and claims: counted in minutes and 分, told in their own unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contract import set_target
from domain.counting import Attendance, Measure
from domain.identity import Id
from domain.indicators import IndicatorTargetSet, Placement, Target
from domain.period import FigureClaimed
from domain.reporting import claim_figure
from domain.visit import HomeServiceDelivered, record_visit
from projections.amounts import counted, counted_in, stated, written
from projections.differences import Difference, count_of_claim, differences
from projections.engine.ask import MemoryAnswers
from projections.indicators import indicators
from projections.midterm import ProjectRows, gather, midterm
from projections.midterm_printed import printed
from projections.project import projects
from tests.contracts import FIRST, SIGNED, contracted, defined, within
from tests.folding import told
from tests.station import WORKER, MemoryDesk, entry

HELD, REPORTED = date(2018, 7, 5), date(2018, 9, 30)


@pytest.mark.parametrize(
    ("amount", "unit", "said", "shown"),
    [
        (40, "小时", 0.7, "0.7"),
        (39, "小时", 0.7, "0.7"),
        (38, "小时", 0.6, "0.6"),
        (600, "小时", 10, "10"),
        (599, "小时", 10.0, "10.0"),
        (-40, "小时", -0.7, "-0.7"),
        (200_000, "元", 2000, "2,000"),
        (200_005, "元", 2000.05, "2,000.05"),
        (1414, "人次", 1414, "1,414"),
        (3, None, 3, "3"),
        (Fraction(31, 6), "次", 5.2, "5.2"),
        (Fraction(10, 2), "次", 5, "5"),
        (Fraction(185, 2), "小时", 1.5, "1.5"),
        (Fraction(1, 3), "元", 0.0, "0.00"),
    ],
)
def test_amounts_are_told_in_their_unit_hours_to_a_tenth(
    amount: int | Fraction, unit: str | None, said: float, shown: str
) -> None:
    assert (stated(amount, unit), written(amount, unit)) == (said, shown)


@given(st.integers(0, 10**12), st.sampled_from(["小时", "元", "次"]))
def test_what_is_stated_is_counted_and_stated_again(value: int, unit: str) -> None:
    assert stated(counted(value, unit), unit) == value


@given(st.integers(0, 10**12))
def test_no_fen_is_lost_by_telling_yuan(amount: int) -> None:
    assert round(stated(amount, "元") * 100) == amount


def test_what_has_no_larger_unit_is_counted_as_it_is_stated() -> None:
    assert [counted_in(unit) for unit in ("小时", "元", "人次", None)] == [
        "分钟", "分", "人次", None,
    ]  # fmt: skip


class Stated:
    """A project with one indicator in 元 or 小时, due at the end, on a line of the report."""

    def __init__(self, measure: Measure, unit: str, due: Target) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)
        place = Placement(table="A", line="A16", column="count")
        self.indicator = defined(
            self.desk, self.project, "A16", measure=measure, unit=unit, placement=place
        )
        facts = IndicatorTargetSet(
            indicator=self.indicator, per="project", target=due, effective_from=FIRST, source="附件"
        )
        set_target(self.desk, entry(SIGNED), self.project, facts)

    def deliver(self, **given: Any) -> None:
        facts = HomeServiceDelivered(
            kind="home_service", **{"minutes": 40, "attendance": (Attendance(),), **given}
        )
        record_visit(self.desk, entry(HELD), within(self.project), facts)

    def claim(self, value: int, unit: str) -> Id:
        facts = FigureClaimed(report="midterm", value=value, unit=unit, author=WORKER, line="A16")
        return claim_figure(self.desk, entry(), self.project, facts).events[0]

    def rows(self) -> ProjectRows:
        answers: MemoryAnswers = told((projects, indicators), self.desk.log)
        return gather(answers, self.project, REPORTED)

    def line(self) -> dict[str, Any]:
        (row,) = printed(midterm(self.rows()))["table_a"]
        return {name: row[name] for name in ("planned", "actual", "unit", "status")}

    def claimed(self) -> Iterator[Difference]:
        rows = self.rows()
        yield from differences(midterm(rows), rows.claims, rows.contributions)


def test_twenty_yuan_of_a_thousand_are_part_of_them() -> None:
    gifts = Stated("money", "元", Target(value=1000, unit="元"))
    gifts.deliver(money=2000)
    expected = {"planned": 1000, "actual": 20, "unit": "元", "status": "partial"}
    assert gifts.line() == expected
    gifts.deliver(money=98_005)
    assert gifts.line() == {**expected, "actual": 1000.05, "status": "done"}


def test_hours_are_printed_to_a_tenth_and_held_in_minutes() -> None:
    visits = Stated("minutes", "小时", Target(value=2, unit="小时"))
    visits.deliver(minutes=119)
    expected = {"planned": 2, "actual": 2.0, "unit": "小时", "status": "partial"}
    assert visits.line() == expected
    visits.deliver(minutes=1)
    assert visits.line() == {**expected, "status": "done"}


def test_a_cell_says_in_which_unit_its_numbers_are_counted() -> None:
    gifts = Stated("money", "元", Target(value=1000, unit="元"))
    gifts.deliver(money=2000)
    (cell,) = midterm(gifts.rows()).lines[0].cells.values()
    assert (cell.planned, cell.actual, cell.unit, cell.counted_in) == (100_000, 2000, "元", "分")


@pytest.mark.parametrize(
    ("value", "unit", "agrees"),
    [(2000, "元", True), (200_000, "分", True), (200_000, "元", False), (2000, "分", False)],
)
def test_a_claim_in_yuan_is_held_against_fen(value: int, unit: str, agrees: bool) -> None:
    gifts = Stated("money", "元", Target(value=1000, unit="元"))
    gifts.deliver(money=200_000)
    gifts.claim(value, unit)
    assert (list(gifts.claimed()) == []) == agrees


def test_a_claim_that_differs_stands_beside_the_count_in_its_unit() -> None:
    gifts = Stated("money", "元", Target(value=1000, unit="元"))
    gifts.deliver(money=200_050)
    claim = gifts.claim(3000, "元")
    (differs,) = gifts.claimed()
    assert differs.kind == "claim_differs"
    assert differs.said is not None
    assert (differs.said.value, differs.said.unit) == (3000, "元")
    assert [(each.value, each.unit) for each in differs.counted] == [(2000.5, "元")]
    against = count_of_claim(gifts.rows(), claim)
    assert against is not None
    assert [(each.value, each.unit) for each in against] == [(200_050, "分")]


def test_hours_agree_as_they_are_told() -> None:
    visits = Stated("minutes", "小时", Target(value=2, unit="小时"))
    visits.deliver(minutes=599)
    visits.claim(10, "小时")
    visits.claim(599, "分钟")
    assert list(visits.claimed()) == []
    visits.deliver(minutes=5)
    assert {each.kind for each in visits.claimed()} == {"claim_differs"}
