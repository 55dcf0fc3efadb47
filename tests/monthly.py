"""A contract whose targets are of a month."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import openpyxl  # type: ignore[import-untyped] # it has no types

from domain.contract import set_target
from domain.counting import Attendance
from domain.indicators import IndicatorTargetSet, Placement, Target, TargetPeriod
from domain.visit import HomeServiceDelivered, record_visit
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row
from projections.indicators import indicators
from projections.midterm import Cell, Midterm, gather, midterm
from projections.midterm_printed import printed
from projections.progress import Progress, progress
from projections.project import PROJECT, projects
from tests.contracts import FIRST, SIGNED, contracted, defined, within
from tests.folding import told
from tests.journalled import rows_of
from tests.station import MemoryDesk, entry
from workers.workbook import tell, write

A01 = Placement(table="A", line="A01", column="count", item="老年人上门服务")


B05 = Placement(table="B", line="B05", column="times", planned_name="老年人上门服务")


SEPTEMBER = date(2018, 9, 30)


class Contracted:
    """A project from July to December with home services on a line of its report."""

    def __init__(
        self, *due: tuple[TargetPeriod, Target], place: Placement = A01, **terms: Any
    ) -> None:
        self.desk = MemoryDesk()
        counted = {name: terms.pop(name) for name in ("measure", "unit", "roles") if name in terms}
        self.project = contracted(self.desk, **terms)
        self.indicator = defined(self.desk, self.project, "visits", placement=place, **counted)
        for per, target in due:
            self.target(per, target)

    def target(self, per: TargetPeriod, target: Target, since: date = FIRST) -> None:
        facts = IndicatorTargetSet(
            indicator=self.indicator, per=per, target=target, effective_from=since, source="附件"
        )
        set_target(self.desk, entry(SIGNED), self.project, facts)

    def deliver(self, day: date, times: int) -> None:
        for _ in range(times):
            came = HomeServiceDelivered(kind="home_service", minutes=40, attendance=(Attendance(),))
            record_visit(self.desk, entry(day), within(self.project), came)

    def answers(self) -> MemoryAnswers:
        return told((projects, indicators), self.desk.log)

    def report(self, day: date = SEPTEMBER, since: date | None = None) -> Midterm:
        return midterm(gather(self.answers(), self.project, day, since))

    def standing(self, day: date) -> tuple[Row, Progress]:
        """The project's terms, and how its indicator stands on a day, as page and alert ask."""
        (terms,) = self.answers().rows(PROJECT)
        (one,) = self.progress(day)
        return terms, one

    def progress(self, day: date, since: date | None = None) -> list[Progress]:
        return progress(self.answers(), self.project, day, since)

    def workbook(self, day: date) -> dict[str, Any]:
        """The indicator's line of the monthly workbook, by its headings."""
        made = write(tell(rows_of(self.desk.log), self.project, day, len(self.desk.log)))
        sheet = openpyxl.load_workbook(BytesIO(made), data_only=True)["指标进度"]
        headings, line = sheet.iter_rows(values_only=True)
        return dict(zip(headings, line, strict=True))

    def cell(self, day: date = SEPTEMBER, since: date | None = None) -> Cell:
        (line,) = self.report(day, since).lines
        (cell,) = line.cells.values()
        return cell


def row(report: Midterm) -> dict[str, Any]:
    made: list[dict[str, Any]] = printed(report)["table_a"]
    return made[0]
