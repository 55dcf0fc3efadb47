"""What the report says of figures that are not exact, and of what is counted in a smaller unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from deploy.reports.behind import show_behind
from deploy.reports.midterm import explained, show_midterm
from domain.contract import set_target
from domain.corrections import correct_record
from domain.counting import Attendance, Measure
from domain.event import Reason
from domain.indicators import Column, IndicatorTargetSet, Placement, Target
from domain.visit import HomeServiceDelivered, record_visit
from projections.changes import moved_cells
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row
from projections.indicators import indicators
from projections.midterm import gather, midterm
from projections.midterm_printed import printed
from projections.preview_figures import figure_changes, figures_of
from projections.project import projects
from tests.contracts import FIRST, LAST, SIGNED, contracted, defined, within
from tests.folding import told
from tests.register import ELDER, register
from tests.station import LATE, TODAY, MemoryDesk, entry

DUE: tuple[tuple[Measure, Column, Target], ...] = (
    ("times", "times", Target(low=12, high=14, unit="次")),
    ("person_times", "person_times", Target(value=40, unit="人次")),
    ("persons", "people", Target(value=30, unit="人")),
    ("minutes", "minutes", Target(value=20, unit="小时")),
)


class Neighbours:
    """Services to an elder and to some nine neighbours, on one line of the report."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)
        register(self.desk, ELDER)
        for measure, column, due in DUE:
            place = Placement(table="B", line="B07", column=column)
            more: dict[str, Any] = {"measure": measure, "unit": due.unit, "placement": place}
            indicator = defined(self.desk, self.project, measure, **more)
            target = IndicatorTargetSet(
                indicator=indicator, per="project", target=due, effective_from=FIRST, source="附件"
            )
            set_target(self.desk, entry(SIGNED), self.project, target)
        self.serve(0)

    def serve(self, days: int) -> None:
        some = Attendance(role="resident", count=9, source="estimated")
        served = (Attendance(person=ELDER), some)
        facts = HomeServiceDelivered(kind="home_service", minutes=45, attendance=served)
        record_visit(self.desk, entry(TODAY + timedelta(days)), within(self.project), facts)

    def say_more_came(self) -> None:
        """Say of the first service that three more came, of whom nobody knows who."""
        first = next(event for event in self.desk.log if event.stream_type == "visit")
        more = [{"person": ELDER}, {"role": "resident", "count": 12, "source": "estimated"}]
        why = Reason(code="wrong_count", text="签到表上漏看一行")
        record = first.stream, first.id
        correct_record(self.desk, entry(**LATE), *record, {"attendance": more}, why)

    @property
    def answers(self) -> MemoryAnswers:
        return told((projects, indicators), self.desk.log)

    @property
    def printed(self) -> Row:
        return printed(midterm(gather(self.answers, self.project, LAST)))

    @property
    def line(self) -> Row:
        (line,) = midterm(gather(self.answers, self.project, LAST)).lines
        return dict(msgspec.to_builtins(line))


def test_the_report_says_of_a_figure_that_it_is_a_range_or_an_estimate() -> None:
    made = Neighbours().printed
    assert made["extra"]["B07"] == {
        "reached_times": "short",
        "estimated_person_times": 9,
        "planned_people": 30,
        "actual_people": 1,
        "unnamed_people": 9,
        "planned_minutes": 20,
        "actual_minutes": 0.8,
        "unit_minutes": "小时",
        "tenths_minutes": 38,
    }
    assert made["totals"]["estimated_person_times"] == 9


def test_a_terminal_shows_ranges_estimates_and_hours_by_their_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    it = Neighbours()
    show_midterm(it.printed)
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for words in ("1–10 / 30", "约 10 / 40", "人次：共 约 10 =", "没有计划数的行：B07"):
        assert words in shown
    assert "小时 0.8 / 20 3.8%" in shown
    show_behind(explained(it.answers, it.project, "B07", LAST))
    headed = capsys.readouterr().out
    assert "persons = 1–10 人" in headed
    assert "person_times = 约 10 人次" in headed


def test_what_changed_is_told_also_where_only_more_came_unnamed_and_in_hours() -> None:
    it = Neighbours()
    before = it.line
    it.serve(1)
    moved = {
        (cell["called"], cell["what"]): (cell["before"], cell["after"])
        for cell in moved_cells(before, it.line)
    }
    assert moved == {
        (("column", "times"), "actual"): (1, 2),
        (("column", "person_times"), "actual"): (10, 20),
        (("column", "person_times"), "estimated"): (9, 18),
        (("column", "people"), "unnamed"): (9, 18),
        (("unit", "小时"), "actual"): (0.8, 1.5),
    }


def test_a_correction_that_makes_a_figure_only_less_exact_is_told_before_it_is_made() -> None:
    it = Neighbours()
    before = figures_of(it.answers, it.project, [], LAST)
    it.say_more_came()
    after = figures_of(it.answers, it.project, [], LAST)
    changes = {each.code: each for each in figure_changes(before, after)}
    people, heads = changes.pop("persons"), changes.pop("person_times")
    assert (people.before, people.after, people.unnamed, people.counted) == (1, 1, (9, 12), False)
    assert (heads.before, heads.after, heads.estimated, heads.counted) == (10, 13, (9, 12), True)
    assert not changes
