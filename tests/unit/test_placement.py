"""Where a report prints indicators: one in a cell; what is stored is printed all the same."""

from __future__ import annotations

from datetime import date

import pytest

from deploy.reports.midterm import show_midterm
from domain.contract import (
    ContractSheet,
    SheetIndicator,
    adopt_contract,
    retire_indicator,
    set_target,
)
from domain.counting import Attendance
from domain.identity import Id
from domain.indicators import (
    Column,
    IndicatorDefined,
    IndicatorTargetSet,
    Placement,
    Target,
    indicator_id,
)
from domain.project import Project
from domain.visit import HomeServiceDelivered, record_visit
from projections.engine.ask import MemoryAnswers
from projections.indicators import indicators
from projections.midterm import Midterm, gather, midterm
from projections.midterm_printed import printed
from projections.project import projects
from tests.contracts import SIGNED, TERMS, contracted, defined, definition, within
from tests.folding import told
from tests.station import SCOPE, MemoryDesk, entry, refused

HELD, REPORTED = date(2018, 7, 5), date(2018, 9, 30)
A01 = Placement(table="A", line="A01", column="count", item="老年人上门服务")
B05 = Placement(table="B", line="B05", column="times", planned_name="老年人上门服务")


def stored(desk: MemoryDesk, project: Id, code: str, place: Placement) -> Id:
    """Define an indicator as it could be defined before its place was looked at."""
    found, indicator = desk.load(Project, project), indicator_id(project, code)
    made = definition(code, placement=place)
    found.change(entry(SIGNED), IndicatorDefined(indicator=indicator, definition=made))
    desk.save(entry(SIGNED), found)
    return indicator


def reported(desk: MemoryDesk, project: Id, visits: int = 3) -> Midterm:
    """Deliver some visits, and report."""
    for _ in range(visits):
        facts = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(Attendance(),))
        record_visit(desk, entry(HELD), within(project), facts)
    answers: MemoryAnswers = told((projects, indicators), desk.log)
    return midterm(gather(answers, project, REPORTED))


@pytest.mark.parametrize("column", ["times", "person_times", "people", "minutes"])
def test_a_line_of_table_a_has_one_column(column: Column) -> None:
    desk = MemoryDesk()
    place = Placement(table="A", line="A01", column=column)
    with refused("indicator.column_not_of_table", "placement.column"):
        defined(desk, contracted(desk), placement=place)


def test_a_cell_prints_one_indicator() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    defined(desk, project, "B05.times", placement=B05)
    with refused("indicator.place_taken", "placement"):
        defined(desk, project, "B05.again", placement=B05)
    beside = Placement(table="B", line="B05", column="person_times")
    defined(desk, project, "B05.heads", measure="person_times", unit="人次", placement=beside)


def test_a_contract_does_not_place_two_indicators_in_one_cell() -> None:
    lines = tuple(
        SheetIndicator(definition=definition(code, placement=A01)) for code in ("A01", "A01b")
    )
    with refused("indicator.place_taken", "placement"):
        sheet = ContractSheet(contract=TERMS, indicators=lines)
        adopt_contract(MemoryDesk(), entry(SIGNED), SCOPE, sheet)


def test_a_retired_indicator_makes_room_and_keeps_what_it_came_to() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    old = defined(desk, project, "B05.old", placement=B05)
    reported(desk, project, visits=2)
    retire_indicator(desk, entry(HELD), project, old, "合同第四条取消")
    new = defined(desk, project, "B05.new", placement=B05)
    report = reported(desk, project, visits=3)
    (line,) = report.lines
    cells = {place: (cell.indicator, cell.actual) for place, cell in line.cells.items()}
    assert cells == {"times": (new, 3), "times:B05.old": (old, 2)}
    made = printed(report)
    assert made["table_b"][0]["actual_times"] == 3
    assert made["extra"]["B05"]["actual_times:B05.old"] == 2
    assert made["totals"]["actual_times"] == 5


def test_the_plan_of_a_retired_indicator_is_not_added_to_that_of_its_successor() -> None:
    """Given eight planned and two done when it is retired, and another in its place with eight
    and three, when it is reported, then eight are planned, of which three were done, and five
    were done in all; without a successor what the line prints is the plan still."""
    desk = MemoryDesk()
    project = contracted(desk)

    def planned(code: str) -> Id:
        made = defined(desk, project, code, placement=B05)
        eight = IndicatorTargetSet(
            indicator=made,
            per="project",
            target=Target(value=8, unit="次"),
            effective_from=TERMS.start,
            source="附件",
        )
        set_target(desk, entry(SIGNED), project, eight)
        return made

    old = planned("B05.old")
    reported(desk, project, visits=2)
    retire_indicator(desk, entry(HELD), project, old, "合同第四条取消")
    alone = printed(reported(desk, project, visits=0))["totals"]
    assert (alone["planned_times"], alone["like_for_like_times"]) == (8, [2, 8])
    planned("B05.new")
    totals = printed(reported(desk, project, visits=3))["totals"]
    assert (totals["planned_times"], totals["like_for_like_times"]) == (8, [3, 8])
    assert totals["actual_times"] == 5


def test_a_stored_line_of_table_a_without_its_column_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    stored(desk, project, "A01.times", Placement(table="A", line="A01", column="times"))
    made = printed(reported(desk, project))
    (row,) = made["table_a"]
    assert (row["id"], row["code"], row["actual"]) == ("A01", "A01.times", 3)
    show_midterm(made)
    assert "A01.times" in capsys.readouterr().out


def test_of_two_stored_in_one_cell_none_is_lost() -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    first, second = (stored(desk, project, code, A01) for code in ("A01", "A01b"))
    report = reported(desk, project)
    (line,) = report.lines
    assert {cell.indicator for cell in line.cells.values()} == {first, second}
    rows = printed(report)["table_a"]
    assert [(row["id"], row.get("code"), row["actual"]) for row in rows] == [
        ("A01", None, 3),
        ("A01", "A01b", 3),
    ]
    assert report.states["done"] == 2
