"""What moved in a line of the report between two moments, each side in the unit it had then."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.contract import retire_indicator
from domain.counting import Attendance
from domain.identity import Id
from domain.indicators import Placement
from domain.visit import HomeServiceDelivered, record_visit
from projections.changes import moved_cells
from projections.engine.view import Row
from projections.midterm import gather, midterm
from projections.signals.work import VIEWS
from tests.contracts import LAST, contracted, defined, within
from tests.folding import told
from tests.station import MemoryDesk, entry

PLACE = Placement(table="A", line="A05", column="count")


class Printed:
    """A line of the report that prints one figure of home services."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)

    def counts(self, code: str, measure: str, unit: str) -> Id:
        more: dict[str, Any] = {"measure": measure, "unit": unit, "placement": PLACE}
        return defined(self.desk, self.project, code, **more)

    def serve(self, minutes: int) -> None:
        facts = HomeServiceDelivered(
            kind="home_service", minutes=minutes, attendance=(Attendance(),)
        )
        record_visit(self.desk, entry(), within(self.project), facts)

    def retire(self, indicator: Id) -> None:
        retire_indicator(self.desk, entry(), self.project, indicator, "合同第四条取消")

    @property
    def line(self) -> Row:
        (line,) = midterm(gather(told(VIEWS, self.desk.log), self.project, LAST)).lines
        return dict(msgspec.to_builtins(line))


def moved(before: Row | None, after: Row | None) -> dict[str, tuple[Any, Any]]:
    """Return what moved in the figure that the line prints."""
    return {
        cell["what"]: (cell["before"], cell["after"])
        for cell in moved_cells(before, after)
        if cell["column"] == PLACE.column
    }


def test_what_was_done_since_moves_a_figure_in_its_unit() -> None:
    made = Printed()
    made.counts("A05", "minutes", "小时")
    made.serve(90)
    before = made.line
    made.serve(60)
    assert moved(before, made.line) == {"actual": (1.5, 2.5)}
    assert moved(None, made.line) == {"actual": (None, 2.5), "state": (None, "done")}


def test_a_line_that_is_counted_in_another_unit_shows_each_side_in_its_own() -> None:
    """Given a line of two services, when it counts minutes instead and then hours, then twice
    is never told as a part of an hour, nor 120 minutes as 120 hours."""
    made = Printed()
    times = made.counts("A05", "times", "次")
    made.serve(20)
    made.serve(40)
    before = made.line
    made.retire(times)
    minutes = made.counts("A05h", "minutes", "分钟")
    made.serve(120)
    between = made.line
    assert moved(before, between) == {"unit": ("次", "分钟"), "actual": (2, 120)}
    made.retire(minutes)
    made.counts("A05m", "minutes", "小时")
    made.serve(120)
    assert moved(between, made.line) == {"unit": ("分钟", "小时"), "actual": (120, 2)}
    assert moved(before, made.line) == {"unit": ("次", "小时")}
