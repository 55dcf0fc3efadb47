"""Signals of when things were written down: late again and again, or all before somebody looks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.evaluating import withdraw_commission
from domain.event import Occurred, Reason
from domain.identity import Id, derived_id
from domain.visit import HomeVisitMade, record_visit
from projections.engine.view import Row
from projections.finding import LANGUAGES
from projections.naming import with_days
from projections.signals.found import answer
from projections.signals.lag import Rhythm
from projections.signals.work import DEFAULT, DRAFTED, VIEWS, RecordsOf, Work, read
from tests.evaluations import Evaluated
from tests.folding import told
from tests.station import LATE, SCOPE, STATION, TODAY, WORKER, entry, principal
from tests.street import (
    COLLEAGUE,
    PEOPLE,
    UNTIL,
    Street,
    figures,
    found,
    visit,
    work,
    written_as,
)

TWICE = Reason(code="duplicate", text="同一次走访重复录入")


@pytest.mark.parametrize(("late", "days", "expected"), [(3, 4, 1), (2, 4, 0), (3, 3, 0)])
def test_a_writer_who_is_late_again_and_again(late: int, days: int, expected: int) -> None:
    desk = Street()
    for number in range(5):
        day = TODAY + timedelta(days=number)
        later = days if number < late else 0
        visit(desk, day, number, now=at(day + timedelta(days=later), 18))
    lags = found(work(desk), "record_lag")
    assert len(lags) == expected
    if lags:
        (one,) = lags
        assert [subject.id for subject in one.about] == [WORKER]
        shown = figures(one)
        assert (shown["records"], shown["late"], shown["longest"]) == (5, 3, 4)
        assert (shown["0"], shown["4-7"]) == (2, 3)
        assert one.thresholds == {"late_days": 3, "late_records": 3}


def moved(desk: Street, record: Id, to: date, on: date, by: Id = WORKER, later: int = 0) -> None:
    """Correct the day of a record, in the evening of a day; its hour, by so many hours."""
    stream, hour = next(
        (event.stream, event.occurred.start.hour) for event in desk.log if event.id == record
    )
    why = Reason(code="wrong_time", text="日期写错，核对后更正")
    how = entry(at(on, 22), now=at(on, 22), principal=principal(actor=by), **LATE)
    right = Occurred(start=at(to, hour + later))
    correct_record(desk, how, stream, record, {}, why, right)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def lags(known: Work) -> dict[str, int]:
    """Return how many records are of which days of lag, without the days of none."""
    return {name: count for name, count in answer(known)["lag_days"].items() if count}


def test_records_that_are_moved_to_days_of_weeks_ago_are_late() -> None:
    """Whoever moved them told their days, whenever and by whom they were written down."""
    desk = Street()
    visit(desk, days(1), 9)
    for number in range(5):
        moved(
            desk,
            visit(desk, at(days(40), 9 + number), number),
            days(20 - number),
            days(41),
            by=COLLEAGUE,
        )
    known = work(desk)
    assert lags(known) == {"0": 1, "8-30": 5}
    (one,) = found(known, "record_lag")
    assert [subject.id for subject in one.about] == [COLLEAGUE]
    assert (figures(one)["late"], figures(one)["longest"], len(one.events)) == (5, 25, 10)
    assert not found(known, "late_no_more")


@pytest.mark.parametrize("until", [days(20), days(45)])
def test_a_record_that_was_moved_there_is_late_whatever_days_are_asked_about(until: date) -> None:
    """Neither its writing nor its correction is of those days."""
    desk = Street()
    for number in range(3):
        moved(desk, visit(desk, at(days(40), 9 + number), number), days(10), days(41))
    known = read(told(VIEWS, desk.log), RecordsOf(station=STATION), until, since=days(5))
    assert [figures(one)["late"] for one in found(known, "record_lag")] == [3]
    assert lags(known) == {"31+": 3}


def test_a_mistaken_day_that_is_set_right_is_not_late_and_is_shown() -> None:
    """It may be a late record that is hidden: the corrections are told of, without a verdict."""
    desk = Street()
    for number in range(3):
        record = visit(desk, at(days(number), 9 + number), number, now=at(days(40), 20))
        moved(desk, record, days(40), days(40), by=COLLEAGUE)
    known = work(desk)
    assert lags(known) == {"0": 3}
    assert not found(known, "record_lag")
    (one,) = found(known, "late_no_more")
    assert [subject.id for subject in one.about] == [COLLEAGUE]
    assert (figures(one), len(one.events)) == ({"records": 3, "longest": 40}, 6)
    assert "40" in one.words("zh")
    assert not found(work(desk, late_records=4), "late_no_more")


def test_days_that_are_just_not_late_any_more_are_told_of_each_who_corrected_them() -> None:
    """One record by its writer and three by a colleague, to the last day that is not late."""
    desk = Street()
    for number in range(4):
        record = visit(desk, at(days(number), 9 + number), number, now=at(days(40), 20))
        moved(desk, record, days(37), days(40), by=COLLEAGUE if number else WORKER)
    (one,) = found(work(desk), "late_no_more")
    assert [subject.id for subject in one.about] == [COLLEAGUE]
    assert figures(one)["records"] == 3


def test_a_later_day_that_is_told_weeks_afterwards_is_late_by_those_weeks() -> None:
    desk = Street()
    for number in range(3):
        record = visit(desk, at(days(0), 9 + number), number, now=at(days(40), 20))
        moved(desk, record, days(38), days(60))
    known = work(desk)
    assert lags(known) == {"8-30": 3}
    assert [figures(one)["longest"] for one in found(known, "record_lag")] == [22]
    assert not found(known, "late_no_more")


def test_a_day_that_was_told_in_time_stays_so_when_it_is_set_back_to() -> None:
    desk = Street()
    for number in range(3):
        record = visit(desk, at(days(40), 9 + number), number)
        moved(desk, record, days(1), days(50))
        moved(desk, record, days(40), days(70), by=COLLEAGUE)
    known = work(desk)
    assert lags(known) == {"0": 3}
    (one,) = found(known, "late_no_more")
    assert [subject.id for subject in one.about] == [COLLEAGUE]
    assert (figures(one)["longest"], len(one.events)) == (49, 6)


def test_another_hour_minutes_or_a_voiding_taken_back_tell_no_other_day() -> None:
    desk = Street()
    record = visit(desk, at(days(0), 10), 0)
    stream = next(event.stream for event in desk.log if event.id == record)
    moved(desk, record, days(0), days(30), later=2)
    void_record(desk, entry(days(31)), stream, record, TWICE)
    assert lags(work(desk)) == {}
    reinstate_record(desk, entry(days(32)), stream, record, TWICE)
    assert lags(work(desk)) == {"0": 1}


def test_what_is_told_of_a_month_is_late_only_after_it() -> None:
    desk = Street()
    facts = HomeVisitMade(kind="home_visit", attendance=(Attendance(person=PEOPLE[0]),))
    begun = Occurred(start=at(TODAY.replace(day=1), 0), precision="month")
    for number, day in enumerate((TODAY, date(2018, 11, 4))):
        how = replace(entry(day, **LATE), occurred=begun, event=derived_id("made", str(number)))
        record_visit(desk, how, SCOPE, facts)
    assert lags(work(desk)) == {"0": 1, "4-7": 1}


def test_records_of_the_last_days_that_are_moved_back_are_late_work_in_mass() -> None:
    """Ten visits of those very days, until each is said to be of a day of the months before."""
    desk = Street()
    visit(desk, TODAY, 0)
    made = [visit(desk, at(days(55), 7 + number), number) for number in range(10)]
    assert not found(work(desk, days(60)), "mass_work")
    for number, record in enumerate(made):
        moved(desk, record, days(3 * number), days(61))
    (one,) = found(work(desk, days(60)), "mass_work")
    shown = figures(one)
    assert (shown["written"], shown["late"], shown["of_before"]) == (10, 10, 10)


@pytest.mark.parametrize(("each_day", "expected"), [(1, 1), (0, 0)])
def test_more_than_usual_is_written_down_before_an_evaluation(each_day: int, expected: int) -> None:
    """One visit each five days; then ten besides, written in the last days before the date."""
    desk = Street()
    evaluation = TODAY + timedelta(days=60)
    for number in range(12):
        visit(desk, TODAY + timedelta(days=5 * number), 0)
    for number in range(10 * each_day):
        happened = at(TODAY + timedelta(days=3 * number + 1), 14)
        visit(desk, happened, 1, now=at(evaluation - timedelta(days=1), 10, number))
    entries = found(work(desk, evaluation), "mass_work")
    assert len(entries) == expected
    if entries:
        shown = figures(entries[0])
        assert (shown["written"], shown["all"]) == (12, 22)
        assert shown["of_before"] == 10
        assert shown["usual"] == 2  # 10 in 47 days, 14 days are asked about
        assert not found(work(desk, TODAY + timedelta(days=40)), "mass_work")


@pytest.mark.parametrize("since", [None, TODAY + timedelta(days=30)])
def test_a_year_that_is_all_written_up_in_its_last_week(since: date | None) -> None:
    """No record is older than the week, so the rhythm is that of the days of work: none."""
    desk = Street()
    evaluation = TODAY + timedelta(days=360)
    for number in range(60):
        written = at(evaluation - timedelta(days=number % 7), 9, number)
        visit(desk, TODAY + timedelta(days=5 * number), number % 12, now=written)
    known = work(desk, evaluation, since=since)
    (one,) = found(known, "mass_work")
    shown = figures(one)
    assert (shown["written"], shown["usual"], shown["earlier"]) == (len(known.works), 0, 0)
    assert shown["of_before"] == len(known.works)
    first = since or TODAY
    assert (one.details["since"], one.details["measured_on"]) == (first.isoformat(), "work")
    assert shown["usual_days"] == (evaluation - first).days - 13
    for language in LANGUAGES:
        assert with_days(first.isoformat(), language) in one.words(language)


def test_a_few_records_of_the_day_before_do_not_hide_a_year() -> None:
    """Twenty written on the eve of the days looked at are no rhythm of twenty a day."""
    desk = Street()
    evaluation = TODAY + timedelta(days=360)
    for number in range(60):
        day = evaluation - timedelta(days=14 if number < 20 else 3)
        visit(desk, TODAY + timedelta(days=5 * number), number % 12, now=at(day, 9, number))
    (one,) = found(work(desk, evaluation), "mass_work")
    shown = figures(one)
    assert (shown["written"], shown["earlier"], shown["usual_days"]) == (40, 20, 347)


@pytest.mark.parametrize(("later", "expected"), [(0, 1), (-1, 0)])
def test_the_days_looked_at_are_two_weeks_with_the_last(later: int, expected: int) -> None:
    desk = Street()
    evaluation = TODAY + timedelta(days=60)
    written = evaluation - timedelta(days=13 - later)
    visit(desk, TODAY, 0)
    for number in range(10):
        visit(desk, at(days(10), 7 + number), number, now=at(written, 9, number))
    entries = found(work(desk, evaluation), "mass_work")
    assert [(figures(one)["written"], figures(one)["earlier"]) for one in entries] == [
        (10, 1)
    ] * expected


def _drafted(number: int, written: date) -> Row:
    moment: Row = {"recorded_at": at(written), "day": written, "lag_days": 0, "actor": WORKER}
    stream = derived_id("document", str(number))
    return {"event": stream, "stream": stream, "type": DRAFTED, "change": "written", **moment}


@pytest.mark.parametrize(
    ("began", "worked", "expected"),
    [
        (TODAY - timedelta(days=300), None, "project"),
        (TODAY - timedelta(days=300), TODAY - timedelta(days=200), "work"),
        (None, TODAY - timedelta(days=200), "work"),
        (TODAY - timedelta(days=9), None, None),
        (None, None, None),
    ],
)
def test_documents_that_are_all_begun_just_before_an_evaluation(
    began: date | None, worked: date | None, expected: str | None
) -> None:
    rows = [_drafted(number, TODAY - timedelta(days=2)) for number in range(120)]
    works = [] if worked is None else [written_as("home_visit", derived_id("made"), worked)]
    written = {row["event"]: row for row in rows}
    known = Work(works=works, written=written, cutoffs=(TODAY,), began=began)
    entries = found(known, "mass_documents")
    assert [one.details["measured_on"] for one in entries] == [expected] * (expected is not None)
    assert [(figures(one)["written"], figures(one)["usual"]) for one in entries] == [
        (120, 0)
    ] * len(entries)


@pytest.mark.parametrize(("documents", "visits", "expected"), [(3, 0, 1), (2, 1, 1), (2, 0, 0)])
def test_documents_that_are_written_at_night(documents: int, visits: int, expected: int) -> None:
    """Documents and records of work are one series where one hand wrote both in one night."""
    rows = [
        {**_drafted(number, TODAY), "recorded_at": at(TODAY, 2, 10 * number)}
        for number in range(documents)
    ]
    works = [written_as("home_visit", derived_id("made", str(n)), TODAY) for n in range(visits)]
    rows += [{**row, "recorded_at": at(TODAY, 5, 59), "change": "written"} for row in works]
    known = Work(works=works, written={row["event"]: row for row in rows})
    nights = found(known, "written_at_night")
    assert [figures(one) for one in nights] == [
        {"records": documents + visits, "documents": documents}
    ] * expected
    for one in nights:
        assert one.details["night"] == (TODAY - timedelta(days=1)).isoformat()
        assert one.events == tuple(sorted(row["event"] for row in rows))


def test_a_first_day_that_was_missed_is_no_mass_entry() -> None:
    """A station that began a day before the days looked at, and writes at once ever since."""
    desk = Street()
    evaluation = TODAY + timedelta(days=14)
    visit(desk, TODAY, 0, now=at(TODAY + timedelta(days=1), 18))
    for number in range(14):
        visit(desk, TODAY + timedelta(days=number + 1), 1)
    assert not found(work(desk, evaluation), "mass_work")


@pytest.mark.parametrize("usual", [3, 15])
def test_timely_work_of_a_busy_fortnight_is_no_mass_entry(usual: int) -> None:
    """A young project, or one whose last weeks are full, that writes each visit within days."""
    desk = Street()
    begins = TODAY + timedelta(days=100)
    for number in range(usual):
        visit(desk, begins - timedelta(days=number * 90 // usual + 1), number % 12)
    for number in range(28):
        day = begins + timedelta(days=number // 2)
        visit(desk, at(day, 9 + 5 * (number % 2)), 0, now=at(day + timedelta(days=number % 4), 20))
    known = work(desk, begins + timedelta(days=13))
    assert not found(known, "mass_work")
    assert not found(known, "record_lag")


@pytest.mark.parametrize(("late", "days", "expected"), [(10, 4, 1), (10, 3, 0), (9, 4, 0)])
def test_only_what_is_written_late_is_mass_entry(late: int, days: int, expected: int) -> None:
    """Late as `late_days` says, and `mass_records` of them, though all lie in the last days."""
    desk = Street()
    evaluation = TODAY + timedelta(days=60)
    visit(desk, TODAY, 0)
    for number in range(12):
        day = evaluation - timedelta(days=5)
        later = day + timedelta(days=days if number < late else 0)
        visit(desk, at(day, 7 + number), number, now=at(later, 21, number))
    entries = found(work(desk, evaluation), "mass_work")
    assert [(figures(one)["written"], figures(one)["late"]) for one in entries] == [
        (12, 10)
    ] * expected
    for one in entries:
        assert figures(one)["of_before"] == 0
        assert one.thresholds["late_days"] == 3
        assert "10" in one.words("zh")


@pytest.mark.parametrize(("days", "expected"), [(13, 0), (14, 1)])
def test_the_rhythm_of_a_few_days_does_not_judge_documents(days: int, expected: int) -> None:
    rows = [_drafted(number, TODAY) for number in range(10)]
    first = TODAY - timedelta(days=13 + days)
    rows.append(_drafted(10, first))
    known = Work(works=(), written={row["event"]: row for row in rows}, cutoffs=(TODAY,))
    assert len(found(known, "mass_documents")) == expected


def test_nothing_was_written_before_a_date_with_which_the_calendar_begins() -> None:
    rows = [_drafted(number, TODAY) for number in range(10)]
    known = Work(works=(), written={row["event"]: row for row in rows}, cutoffs=(date.min,))
    assert found(known, "mass_documents") == []


def test_where_writing_came_before_the_work_the_rhythm_is_measured_from_it() -> None:
    first = TODAY - timedelta(days=90)
    rows = [_drafted(0, first), *(_drafted(number, TODAY) for number in range(1, 11))]
    works = [written_as("home_visit", derived_id("made"), TODAY - timedelta(days=40))]
    known = Work(works=works, written={row["event"]: row for row in rows}, cutoffs=(TODAY,))
    (one,) = found(known, "mass_documents")
    assert (one.details["measured_on"], one.details["since"]) == ("writing", first.isoformat())


def test_the_rhythm_begins_with_the_project_and_not_before_the_days_asked_about() -> None:
    evaluated = Evaluated().commissioned()
    answers = told(VIEWS, evaluated.desk.log)
    place = RecordsOf(project=evaluated.project)
    began = read(answers, place, UNTIL).began
    assert began == date(2018, 7, 1)
    assert read(answers, place, UNTIL, since=TODAY).began == TODAY


@pytest.mark.parametrize(
    ("days", "earlier", "written", "more"),
    [(14, 10, 20, True), (14, 10, 19, False), (1, 0, 10, False), (14, 0, 2, True)],
)
def test_more_than_usual_is_from_twice_as_much_on(
    days: int, earlier: int, written: int, *, more: bool
) -> None:
    """Where nothing was written before, as if one had been: a day without says little."""
    rhythm = Rhythm(measured_on="work", since=TODAY, days=days, written=earlier)
    assert rhythm.exceeded(written, DEFAULT) is more


def test_a_steady_rhythm_is_no_mass_entry() -> None:
    desk = Street()
    for number in range(60):
        visit(desk, TODAY + timedelta(days=number), 0)
    assert not found(work(desk, TODAY + timedelta(days=59)), "mass_work")


def test_mass_entry_is_looked_for_before_evaluations_and_the_ends_of_contracts() -> None:
    evaluated = Evaluated().commissioned()
    answers = told(VIEWS, evaluated.desk.log)
    place = RecordsOf(project=evaluated.project)
    assert read(answers, place, UNTIL).cutoffs == [date(2018, 9, 30), TODAY, date(2018, 12, 31)]
    assert read(answers, place, TODAY).cutoffs == [date(2018, 9, 30), TODAY]
    mistaken = evaluated.as_role("project_lead")
    withdraw_commission(evaluated.desk, mistaken, evaluated.id, "误选项目，另行委托")
    without = told(VIEWS, evaluated.desk.log)
    assert read(without, place, UNTIL).cutoffs == [date(2018, 9, 30), date(2018, 12, 31)]
    own = (date(2018, 8, 1),)
    assert read(answers, place, UNTIL, cutoffs=own).cutoffs == own
