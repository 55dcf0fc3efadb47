"""Ranges and monthly targets in the report: reached as the glossary says, never averaged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from deploy.reports.midterm import show_midterm
from domain.contract import set_target
from domain.identity import Id
from domain.indicators import IndicatorTargetSet, Placement, Target
from domain.schedule_rule import Span
from projections.differences import differences
from projections.midterm import Cell
from projections.midterm_printed import printed
from projections.monthly import months_held
from projections.pace import Thresholds, pace, paces, watched
from tests.contracts import FIRST, SIGNED, defined
from tests.monthly import B05, SEPTEMBER, Contracted, row
from tests.station import entry

RANGE = Target(low=3, high=4, unit="次")
TEN = Target(value=10, unit="次")


@pytest.mark.parametrize(
    ("done", "reached", "state"),
    [
        (0, "short", "not_done"),
        (1, "short", "partial"),
        (3, "met", "done"),
        (4, "met", "done"),
        (5, "over", "done"),
    ],
)
def test_a_range_is_met_from_its_low_end_and_exceeded_above_its_high_end(
    done: int, reached: str, state: str
) -> None:
    project = Contracted(("project", RANGE))
    project.deliver(FIRST, done)
    report = project.report()
    cell = project.cell()
    assert (cell.low, cell.high, cell.planned, cell.reached) == (3, 4, None, reached)
    assert row(report) == {
        "id": "A01",
        "item": "老年人上门服务",
        "planned": "3–4",
        "actual": done,
        "unit": "次",
        "status": state,
    }
    assert printed(report)["extra"] == {"A01": {"reached_count": reached}}


def test_a_range_that_asks_for_nothing_is_met_by_nothing() -> None:
    assert Contracted(("project", Target(low=0, high=2, unit="次"))).cell().state == "done"


def test_a_range_stands_in_its_column_and_in_no_sum() -> None:
    project = Contracted(("midterm", RANGE), place=B05)
    project.deliver(FIRST, 1)
    made = printed(project.report())
    (line,) = made["table_b"]
    assert (line["planned_times"], line["actual_times"]) == ("3–4", 1)
    assert made["extra"] == {"B05": {"reached_times": "short"}}
    assert made["totals"]["like_for_like_times"] == [0, 0]


def test_thirty_visits_in_july_do_not_make_up_for_three_in_august() -> None:
    project = Contracted(("month", TEN))
    project.deliver(date(2018, 7, 5), 30)
    project.deliver(date(2018, 8, 5), 3)
    project.deliver(date(2018, 9, 5), 10)
    made = row(report := project.report())
    assert (made["planned"], made["actual"], made["status"]) == ("每月10", 43, "partial")
    months = printed(report)["extra"]["A01"]["months_count"]
    assert [(each["month"], each["actual"], each["reached"]) for each in months] == [
        ("2018-07", 30, "over"),
        ("2018-08", 3, "short"),
        ("2018-09", 10, "met"),
    ]


def held(months: Sequence[int], day: date, **more: date) -> Cell:
    """How a monthly ten stands on a day, after so many in each month from July on."""
    project = Contracted(("month", TEN))
    for month, times in enumerate(months, 7):
        project.deliver(date(2018, month, 5), times)
    return project.cell(day, **more)


@pytest.mark.parametrize(
    ("months", "day", "state"),
    [
        ((10, 10), date(2018, 8, 31), "done"),
        ((10, 2), date(2018, 8, 15), "done"),  # August is not over yet
        ((10, 2), date(2018, 8, 31), "partial"),
        ((9, 11), date(2018, 8, 31), "partial"),
        ((2,), date(2018, 7, 15), "ongoing"),
        ((10,), date(2018, 7, 15), "done"),
        ((0, 0), date(2018, 8, 31), "not_done"),
        ((), date(2018, 6, 30), "not_done"),
    ],
)
def test_a_monthly_target_is_done_where_no_month_that_is_over_fell_short(
    months: tuple[int, ...], day: date, state: str
) -> None:
    assert held(months, day).state == state


def test_no_month_is_due_after_the_project() -> None:
    months = held((10,) * 5, date(2019, 3, 1)).months
    assert [each.month for each in months] == [f"2018-{month:02}" for month in range(7, 13)]


def test_a_report_of_part_of_a_month_owes_that_share_of_it() -> None:
    months = held((10, 5), date(2018, 8, 31), since=date(2018, 8, 17)).months
    assert [(each.month, each.low, each.actual) for each in months] == [("2018-08", 5, 0)]


def test_a_month_owes_what_held_on_its_last_day() -> None:
    project = Contracted(("month", TEN))
    project.target("month", Target(low=2, high=3, unit="次"), since=date(2018, 8, 20))
    project.deliver(date(2018, 8, 25), 4)
    months = project.cell(date(2018, 8, 31)).months
    assert [(each.low, each.high, each.reached) for each in months] == [
        (10, 10, "short"),
        (2, 3, "over"),
    ]
    assert project.cell(date(2018, 8, 31)).planned_text == "每月2–3"


def test_a_month_that_the_project_touches_in_part_owes_the_same_wherever_it_is_told() -> None:
    """Given ten a month from 20 July to 10 December, and four done in July, when July is told
    by progress, page, alert, report and workbook, then it owed four of its ten, and they are
    met; and after the project no month owes anything."""
    project = Contracted(
        ("month", TEN),
        start=date(2018, 7, 20),
        end=date(2018, 12, 10),
        start_precision="day",
        end_precision="day",
    )
    project.deliver(date(2018, 7, 25), 4)
    july = date(2018, 7, 31)
    terms, one = project.standing(july)
    (due,) = one.due
    assert due.completion is not None
    assert (due.completion.numerator, due.completion.low, due.reached) == (4, 4, "met")
    page = pace(terms, one, due, july, Thresholds(yellow=80, red=60))
    assert page is not None
    assert (page.actual, page.target) == (4, 4)
    assert [(each.actual, each.target) for each in watched(one, terms, july)] == [(4, 4)]
    (month,) = project.cell(july).months
    assert (month.actual, month.low, month.reached) == (4, 4, "met")
    assert [project.workbook(july)[name] for name in ("本月完成", "本月目标")] == [4, 4]
    for day, owed in ((date(2018, 12, 31), 4), (date(2019, 1, 31), None)):
        (late,) = project.standing(day)[1].due
        assert (late.completion and late.completion.low) == owed
        assert project.workbook(day)["本月目标"] == owed


def test_a_part_of_the_hours_of_a_month_is_told_in_hours() -> None:
    project = Contracted(
        ("month", Target(low=10, high=20, unit="小时")),
        start=date(2018, 7, 20),
        start_precision="day",
        measure="minutes",
        unit="小时",
    )
    assert project.workbook(date(2018, 7, 31))["本月目标"] == "3.9–7.8"
    assert project.workbook(date(2018, 8, 31))["本月目标"] == "10–20"


@pytest.mark.parametrize("before", [2, None])
def test_page_alert_and_report_hold_each_month_to_the_target_of_its_own_time(
    before: int | None,
) -> None:
    """Given two a month, or none, until September and four from October, and two done in each,
    when October begins, then no month before it owes four, and none was missed."""
    project = Contracted()
    if before is not None:
        project.target("month", Target(value=before, unit="次"))
    project.target("month", Target(value=4, unit="次"), since=date(2018, 10, 1))
    for month in (7, 8, 9):
        project.deliver(date(2018, month, 10), 2)
    day = date(2018, 10, 5)
    terms, one = project.standing(day)
    (due,) = one.due
    held = [
        *([(f"2018-{month:02}", before, 2) for month in (7, 8, 9)] if before else ()),
        ("2018-10", 4, 0),
    ]
    page = paces(terms, one, due, day, Thresholds(yellow=80, red=60))
    assert [(each.period, each.target, each.actual) for each in page] == held
    assert {each.light for each in page} == {"green"}
    watched_now = [(each.period, each.target, each.actual) for each in watched(one, terms, day)]
    assert watched_now == held[-2:]
    months = project.cell(day).months
    assert [(each.month, each.low, each.actual) for each in months] == held


def test_the_alert_still_looks_at_a_month_whose_number_has_become_words() -> None:
    """Given ten a month until August and words since, when September has come, then August is
    still held to its ten; when October has come, nobody looks at it any more."""
    project = Contracted(("month", TEN))
    project.target("month", Target(text="持续进行"), since=date(2018, 9, 1))
    for day, looked_at in ((date(2018, 9, 5), ["2018-08"]), (date(2018, 10, 5), [])):
        terms, one = project.standing(day)
        assert [each.period for each in watched(one, terms, day)] == looked_at
        assert pace(terms, one, one.due[0], day, Thresholds(yellow=80, red=60)) is None


def test_what_is_due_in_the_whole_is_printed_with_its_months_beside_it() -> None:
    project = Contracted(("month", TEN), ("project", Target(value=60, unit="次")))
    project.deliver(date(2018, 7, 5), 60)
    made = row(report := project.report(date(2018, 8, 31)))
    assert (made["planned"], made["status"]) == (60, "done")
    months = printed(report)["extra"]["A01"]["months_count"]
    assert [each["reached"] for each in months] == ["over", "short"]


def test_months_without_a_number_are_not_told_of() -> None:
    words = [
        {
            "indicator": "i",
            "per": "month",
            "form": "words",
            "effective_from": FIRST,
            "position": 1,
        }
    ]
    span = Span(first=FIRST, last=date(2018, 12, 31))
    assert months_held(words, {"2018-07": 3}, span, SEPTEMBER) == ()


def test_a_range_beside_a_number_is_no_change_of_unit() -> None:
    project = Contracted(("project", RANGE), place=B05)
    place = Placement(table="B", line="B05", column="person_times")
    heads: Id = defined(
        project.desk, project.project, "heads", measure="person_times", unit="人次", placement=place
    )
    due = IndicatorTargetSet(
        indicator=heads,
        per="project",
        target=Target(value=30, unit="人次"),
        effective_from=FIRST,
        source="附件",
    )
    set_target(project.desk, entry(SIGNED), project.project, due)
    project.deliver(FIRST, 3)
    assert differences(project.report(), ()) == []


def test_people_see_the_months_and_what_is_above_its_range(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    project = Contracted(("project", RANGE))
    project.target("month", TEN)
    project.deliver(date(2018, 7, 5), 5)
    show_midterm(printed(project.report(date(2018, 8, 15))))
    out = capsys.readouterr().out
    assert "超出上限" in out
    assert "2018-07 5 / 10" in out
    assert "2018-08 0 / 10 …" in out
