"""What is due by the mid-term is held to what was done by then, wherever it is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from deploy.reports.midterm import show_midterm
from domain.counting import Attendance
from domain.identity import derived_id
from domain.indicators import Target
from domain.visit import HomeServiceDelivered, record_visit
from projections.midterm import midterm
from projections.midterm_printed import printed
from projections.pace import Thresholds, pace, watched
from projections.reported import standing
from tests.contracts import LAST, within
from tests.journalled import rows_of
from tests.monthly import B05, Contracted, row
from tests.station import entry

USUAL = Thresholds(yellow=80, red=60)
TWO, SIX = Target(value=2, unit="次"), Target(value=6, unit="次")
SEPTEMBER, NOVEMBER = date(2018, 9, 10), date(2018, 11, 10)
MIDTERM = date(2018, 9, 30)


def test_after_the_midterm_the_report_plans_what_the_whole_project_owes() -> None:
    """Given two due by the end of September and six in all, one done by then and three later,
    when the year ends, then the report says four of six; at mid-term it said one of two."""
    project = Contracted(("midterm", TWO), ("project", SIX))
    project.deliver(SEPTEMBER, 1)
    project.deliver(NOVEMBER, 3)
    for day, planned, actual in ((MIDTERM, 2, 1), (LAST, 6, 4)):
        report = project.report(day)
        line = row(report)
        assert (line["planned"], line["actual"], line["status"]) == (planned, actual, "partial")
        assert printed(report)["extra"] == {}


@pytest.mark.parametrize("late", [date(2018, 10, 1), NOVEMBER, LAST])
def test_work_after_the_midterm_does_not_meet_what_was_due_by_then(late: date) -> None:
    """Given one of two done by the mid-term, and three later, when the year ends, then progress,
    page and alert say one of two, and that it was done late, and four of six."""
    project = Contracted(("midterm", TWO), ("project", SIX))
    project.deliver(SEPTEMBER, 1)
    project.deliver(late, 3)
    terms, one = project.standing(LAST)
    told = [(due.completion.numerator, due.completion.low) for due in one.due if due.completion]
    assert told == [(1, 2), (4, 6)]
    first = pace(terms, one, one.due[0], LAST, USUAL)
    assert first is not None
    assert (first.actual, first.target, first.light, first.late) == (1, 2, "green", True)
    alert = {each.period: (each.actual, each.target) for each in watched(one, terms, LAST)}
    assert alert == {"midterm": (1, 2), "project": (4, 6)}


def test_what_was_due_by_the_midterm_is_behind_until_all_of_it_is_done() -> None:
    """Given one of three done by the mid-term and one later, then page and alert are red; the
    third makes it late; and when the contract is over, no alert looks any more."""
    project = Contracted(("midterm", Target(value=3, unit="次")))
    project.deliver(SEPTEMBER, 1)
    project.deliver(NOVEMBER, 1)
    for more, light, late in ((0, "red", False), (1, "green", True)):
        project.deliver(NOVEMBER, more)
        terms, one = project.standing(LAST)
        stands = pace(terms, one, one.due[0], LAST, USUAL)
        assert stands is not None
        assert (stands.actual, stands.light, stands.late) == (1, light, late)
        assert [each.late for each in watched(one, terms, LAST)] == [late]
    assert list(watched(one, terms, LAST + timedelta(days=1))) == []


def test_a_midterm_within_a_month_parts_what_was_done_in_it() -> None:
    project = Contracted(("midterm", TWO), midterm=date(2018, 9, 15))
    project.deliver(date(2018, 9, 15), 1)
    project.deliver(date(2018, 9, 16), 1)
    for day, done in ((date(2018, 9, 15), 1), (date(2018, 9, 20), 1), (LAST, 1)):
        (due,) = project.standing(day)[1].due
        assert due.completion is not None
        assert due.completion.numerator == done
    late = progress_since(project, date(2018, 9, 16))
    assert late == (0, 1)


def progress_since(project: Contracted, since: date) -> tuple[int, int]:
    """What of the time since a day is held to the mid-term, and what came in altogether."""
    (one,) = project.progress(LAST, since)
    (due,) = one.due
    assert due.completion is not None
    return due.completion.numerator, one.total


@pytest.mark.parametrize("measure", ["times", "persons"])
def test_where_only_the_midterm_is_planned_the_report_says_what_was_done_by_then(
    measure: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given two due by the mid-term and nothing else, one done by then and another later, when
    the year ends, then two are planned and two done, one of them in its time; as a report that
    is handed in says too, of people who are counted once each."""
    monkeypatch.setenv("COLUMNS", "200")
    unit = {"times": "次", "persons": "人"}[measure]
    roles = () if measure == "times" else ("volunteer",)
    two = Target(value=2, unit=unit)
    project = Contracted(("midterm", two), measure=measure, unit=unit, roles=roles)
    people = (derived_id("one"), derived_id("other"))
    visits = ((SEPTEMBER, 0), (NOVEMBER, 1)) if measure == "times" else (
        (SEPTEMBER, 0), (SEPTEMBER, 0), (NOVEMBER, 0), (NOVEMBER, 1)
    )  # fmt: skip
    for day, number in visits:
        met = Attendance(person=people[number], role="volunteer")
        facts = HomeServiceDelivered(
            kind="home_service", minutes=40, attendance=(met, Attendance())
        )
        record_visit(project.desk, entry(day), within(project.project), facts)
    cell, report = project.cell(LAST), project.report(LAST)
    assert (cell.planned, cell.actual, cell.by_midterm, cell.reached) == (2, 2, 1, "short")
    line = row(report)
    assert line["status"] == "partial"
    assert printed(report)["extra"] == {line["id"]: {"by_midterm_count": 1}}
    assert midterm(standing(rows_of(project.desk.log), LAST).rows) == report
    show_midterm(printed(report))
    assert "中期前 1 by mid-term" in capsys.readouterr().out
    assert project.cell(MIDTERM).by_midterm is None


def test_like_is_held_against_like_in_the_totals() -> None:
    project = Contracted(("midterm", TWO), place=B05)
    project.deliver(SEPTEMBER, 1)
    project.deliver(NOVEMBER, 3)
    totals = printed(project.report(LAST))["totals"]
    assert (totals["actual_times"], totals["like_for_like_times"]) == (4, [1, 2])
