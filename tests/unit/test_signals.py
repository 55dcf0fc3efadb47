"""Signals: each is found in a made-up history, and not in one that only comes near it."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.activity import record_activity
from domain.activity_held import ActivityHeld
from domain.case_commands import open_case, take_step
from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.event import AnyEvent, Occurred, Precision, Reason
from domain.evidence_file import AttachmentStored, store_attachment
from domain.identity import Id, derived_id, new_id
from domain.project import Project
from domain.visit import HomeVisitAttempted, HomeVisitMade, Visit, record_attempt, record_visit
from projections.engine.view import Row
from projections.midterm import ProjectRows, gather, midterm
from projections.signals.found import CONCERNS, answer, signals
from projections.signals.order import ORDERS
from projections.signals.work import VIEWS, RecordsOf, Work, read
from tests.casework import ASSESSED, CLIENT, HOUSEHOLD, PLANNED, opening
from tests.contracts import within
from tests.folding import told
from tests.fuyuan import adopted, deliveries, report
from tests.groupwork import MEMBERS, came, enrolled, held
from tests.neighbours import Neighbour
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry
from tests.street import (
    COLLEAGUE,
    NOTE,
    PEOPLE,
    UNTIL,
    Street,
    figures,
    found,
    visit,
    work,
    written_as,
)


@pytest.mark.parametrize(("times", "expected"), [(5, 1), (4, 0)])
def test_notes_that_say_the_very_same(times: int, expected: int) -> None:
    desk = Street()
    for number in range(times):
        visit(desk, TODAY + timedelta(days=number), number, note=NOTE)
        visit(
            desk, TODAY + timedelta(days=number, weeks=3), number, note=f"第{number}次来访所见不同"
        )
    same = found(work(desk), "same_words")
    assert len(same) == expected
    if same:
        assert figures(same[0]) == {"records": 5, "people": 5, "days": 5, "writers": 1}


@pytest.mark.parametrize(
    ("content", "times", "expected"),
    [
        ("邀请社区医生讲解高血压防治知识", 5, 1),
        ("邀请社区医生讲解高血压防治知识", 4, 0),
        ("健康知识讲座", 5, 0),
        (None, 5, 0),
    ],
)
def test_activities_that_are_described_in_the_very_same_words(
    content: str | None, times: int, expected: int
) -> None:
    desk = Street()
    for number in range(times):
        facts = ActivityHeld(
            kind="drop_in",
            title=f"第{number}场",
            content=content and f"{content}{'。' * number}",
            attendance=(Attendance(role="resident", count=12, source="counted"),),
        )
        record_activity(desk, entry(TODAY + timedelta(days=number)), SCOPE, facts)
    same = found(work(desk), "same_words")
    assert [figures(one)["records"] for one in same] == [5] * expected


def test_the_same_words_in_records_that_were_written_on_other_days_have_no_writers() -> None:
    """As where a record was moved among the days asked about."""
    blank: Row = {"kind": None, "words": "ab12"}
    rows = [
        {**written_as("home_visit", derived_id("made", str(n)), TODAY), **blank} for n in range(5)
    ]
    (one,) = found(Work(works=(), noted=rows), "same_words")
    assert figures(one) == {"records": 5, "people": 0, "days": 1, "writers": 0}


def test_void_records_say_nothing() -> None:
    desk = Street()
    seen = [visit(desk, TODAY + timedelta(days=n), n, note=NOTE) for n in range(5)]
    assert found(work(desk), "same_words")
    stream = next(event.stream for event in desk.log if event.id == seen[0])
    twice = Reason(code="duplicate", text="同一次走访重复录入")
    void_record(desk, entry(TODAY + timedelta(days=5)), stream, seen[0], twice)
    assert not found(work(desk), "same_words")


def photograph(desk: MemoryDesk, mark: str, mime: str = "image/jpeg") -> Id:
    facts = AttachmentStored(sha256=mark * 64, size=9, mime=mime)
    return store_attachment(desk, entry(), SCOPE, facts).stream


def test_one_photograph_stored_twice_or_shown_for_two_visits() -> None:
    desk = Street()
    copies = {photograph(desk, "a"), photograph(desk, "a")}
    once, shown = photograph(desk, "b"), photograph(desk, "c")
    visit(desk, TODAY, 0, evidence=(once,))
    visit(desk, TODAY + timedelta(days=1), 1, evidence=(shown,))
    visit(desk, TODAY + timedelta(days=2), 2, evidence=(shown,))
    same = found(work(desk), "same_photograph")
    assert {frozenset(subject.id for subject in one.about) for one in same} == {
        frozenset(copies),
        frozenset({shown}),
    }
    (used,) = [one for one in same if {subject.id for subject in one.about} == {shown}]
    assert figures(used) == {"stored": 1, "records": 2, "days": 2}


@pytest.mark.parametrize(
    ("visits", "steps", "expected"), [(1, 2, [3]), (1, 1, [2]), (0, 2, []), (2, 2, [4])]
)
def test_one_photograph_of_a_visit_and_of_steps_of_a_case(
    visits: int, steps: int, expected: list[int]
) -> None:
    """Agreement and plan on one sheet may be one photograph; whoever was visited is not on it."""
    desk = Street()
    desk.neighbours |= {
        ("person", CLIENT): Neighbour(household=HOUSEHOLD, groups=("living_alone",)),
        ("household", HOUSEHOLD): Neighbour(),
    }
    shown = photograph(desk, "a")
    case = open_case(desk, entry(), SCOPE, opening()).stream
    for number, facts in enumerate((ASSESSED, PLANNED)[:steps]):
        how = entry(TODAY + timedelta(days=number), evidence=(shown,))
        take_step(desk, how, case, facts)
    for number in range(visits):
        visit(desk, TODAY + timedelta(days=number), 1, evidence=(shown,))
    same = found(work(desk), "same_photograph")
    assert [figures(one)["records"] for one in same] == expected


def test_a_photograph_of_a_session_may_show_a_step_of_its_case_and_papers_about_it() -> None:
    desk = Street()
    shown = photograph(desk, "a")
    case, visited = derived_id("case"), derived_id("visited")
    sitting = written_as("case_session", derived_id("held"), TODAY)
    step: Row = {**sitting, "event": derived_id("step"), "kind": None}
    paper: Row = {**step, "stream_type": "document", "stream": derived_id("paper")}
    rows = [{**sitting, "stream": case}, {**step, "stream": case}, paper]
    files = work(desk).files
    known = [{**row, "evidence": shown} for row in rows]
    assert not found(Work(works=known[:1], noted=known[1:], files=files), "same_photograph")
    elsewhere = {**known[1], "stream": visited, "event": visited}
    assert found(Work(works=known[:1], noted=[elsewhere], files=files), "same_photograph")


def test_a_sheet_that_many_sign_may_show_several_records() -> None:
    desk = Street()
    sheet = photograph(desk, "d", "application/pdf")
    for number in range(2):
        visit(desk, TODAY + timedelta(days=number), number, evidence=(sheet,))
    assert not signals(work(desk), ["sameness"])


@pytest.mark.parametrize(("marks", "shown", "expected"), [("dd", 2, 1), ("de", 2, 0), ("dd", 1, 1)])
def test_a_scanned_sheet_that_is_stored_again_for_another_record(
    marks: str, shown: int, expected: int
) -> None:
    desk = Street()
    sheets = [photograph(desk, mark, "application/pdf") for mark in marks]
    for number, sheet in enumerate(sheets[:shown]):
        visit(desk, TODAY + timedelta(days=number), number, evidence=(sheet,))
    known = work(desk)
    same = found(known, "same_file")
    assert [({each.id for each in one.about}, figures(one)) for one in same] == [
        (set(sheets), {"stored": 2, "records": shown, "days": shown})
    ] * expected
    assert not found(known, "same_photograph")


def test_a_file_of_which_nothing_is_known_is_compared_with_none() -> None:
    blank: Row = {"sha256": None, "mime": None, "stored_on": TODAY}
    files = [{**blank, "attachment": derived_id("file", str(number))} for number in range(2)]
    rows = [
        {
            **written_as("home_visit", derived_id("made", str(number)), TODAY),
            "evidence": files[number]["attachment"],
        }
        for number in range(2)
    ]
    assert not signals(Work(works=rows, files=files), ["sameness"])


@pytest.mark.parametrize(("role", "expected"), [("resident", 1), ("volunteer", 0)])
def test_more_came_than_there_were_members(role: Any, expected: int) -> None:
    desk = Street()
    group = enrolled(desk)
    there = (*came(*MEMBERS), Attendance(role=role, count=2))
    held(desk, group, attendance=there, entry={"basis": "imported-aggregate"})
    above = found(work(desk), "above_membership")
    assert [(figures(one)["came"], figures(one)["enrolled"]) for one in above] == [
        (5, 3)
    ] * expected


@pytest.mark.parametrize(("people", "expected"), [(40, 1), (0, 0)])
def test_many_came_to_a_group_that_nobody_had_joined(people: int, expected: int) -> None:
    row: Row = {
        "event": derived_id("met"),
        "group_id": derived_id("group"),
        "day": TODAY,
        "number": 1,
        "enrolled": 0,
        "person_times": people,
        "anonymous": people,
    }
    above = found(Work(works=(), sessions=[row]), "above_membership")
    assert [figures(one)["came"] for one in above] == [40] * expected


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("later", "expected"), [(1, 1), (0, 0), (-5, 0)])
def test_steps_that_come_after_what_they_should_precede(
    order: Any, later: int, expected: int
) -> None:
    first, then = derived_id("first"), derived_id("then")
    days = {order.before: TODAY + timedelta(days=later), order.then: TODAY}
    events = {order.before: first, order.then: then}
    rows = {kind: written_as(kind, events[kind], days[kind]) for kind in events}
    steps = {row["event"]: row for kind, row in rows.items() if "@" in kind}
    works = [row for kind, row in rows.items() if "@" not in kind]
    late = found(Work(works=works, written=steps), order.code)
    assert [figures(one) for one in late] == [{"days": 1}] * expected
    if expected:
        assert late[0].events == tuple(sorted((first, then)))
        void = Work(works=works, written=steps, voided=frozenset({first}))
        assert bool(found(void, order.code)) == (first in {row["event"] for row in works})


@pytest.mark.parametrize(
    ("firsts", "thens", "expected"), [((-1, 5), (0,), []), ((2, 6), (0, 9), [{"days": 2}])]
)
def test_what_is_taken_again_is_as_early_as_the_first_time(
    firsts: tuple[int, ...], thens: tuple[int, ...], expected: list[dict[str, int]]
) -> None:
    """A case is assessed anew while its plan goes on, and has another plan after that."""
    order = next(each for each in ORDERS if each.code == "plan_before_assessment")
    rows = [
        written_as(kind, derived_id(kind, str(later)), TODAY + timedelta(days=later))
        for kind, days in ((order.before, firsts), (order.then, thens))
        for later in days
    ]
    late = found(Work(works=(), written={row["event"]: row for row in rows}), order.code)
    assert [figures(one) for one in late] == expected
    for one in late:
        assert set(one.events) == {rows[0]["event"], rows[2]["event"]}


def test_what_is_void_is_what_was_made_void_last() -> None:
    desk = Street()
    right, void, again = (visit(desk, at(TODAY, 9 + hour), hour) for hour in range(3))
    stream = {event.id: event.stream for event in desk.log}
    twice = Reason(code="duplicate", text="同一次走访重复录入")
    correct_record(desk, entry(), stream[right], right, {"minutes": 35}, twice)
    for record in (void, again):
        void_record(desk, entry(), stream[record], record, twice)
    reinstate_record(desk, entry(), stream[again], again, twice)
    assert work(desk).voided == {void}


def test_an_attempt_with_a_photograph_is_shown_by_it_and_is_no_work() -> None:
    desk = Street()
    made = visit(desk, TODAY, 0)
    attempted = HomeVisitAttempted(person=PEOPLE[1], workers=(WORKER,), outcome="away")
    away = record_attempt(desk, entry(evidence=(photograph(desk, "a"),)), SCOPE, attempted)
    known = work(desk)
    assert [row["event"] for row in known.works] == [made] == [*known.told]
    assert [row["event"] for row in known.noted] == list(away.events)
    assert len(known.files) == 1
    earlier = read(told(VIEWS, desk.log), RecordsOf(station=STATION), TODAY - timedelta(days=1))
    assert not earlier.files


@pytest.mark.parametrize(("late", "expected"), [(True, 1), (False, 0)])
def test_a_plan_that_was_approved_late(late: bool, expected: int) -> None:
    row: Row = {
        "event": derived_id("held"),
        "activity": derived_id("activity"),
        "title": "社工宣传月",
        "day": TODAY,
        "late_approval": late,
    }
    assert len(found(Work(works=(), held=[row]), "plan_approved_late")) == expected


@pytest.fixture(scope="module")
def fuyuan() -> ProjectRows:
    """A mid-term report: 15 came to each of five meetings of B08, 312 to the choir's fourteen."""
    desk = MemoryDesk()
    project = adopted(desk)
    report(desk, project)
    contract = desk.load(Project, project)
    made: list[AnyEvent] = []
    for facts in deliveries():
        counted = replace(facts, allocations=contract.allocate(facts))
        made += Visit.start(entry(TODAY), within(project), counted).collect_events()
    return gather(told(VIEWS, [*desk.log, *made]), project, UNTIL)


def claiming(rows: ProjectRows, of: str, **said: Any) -> Work:
    """The report with one claim alone, of a line."""
    claim = next(row for row in rows.claims if row["line"] == of)
    return Work(works=(), reports=[replace(rows, claims=[{**claim, "indicator": None, **said}])])


@pytest.mark.parametrize(
    ("code", "line", "said", "expected"),
    [
        ("uneven_sum", "B19", {"value": 30, "unit": "人"}, 1),  # 312 of 14 leave 4
        ("uneven_sum", "B08", {"value": 12, "unit": "人"}, 0),  # 75 of 5 leave nothing
        ("uneven_sum", "B19", {"value": 30, "unit": "人", "qualifier": "余"}, 0),
        ("more_people_than_times", "B07", {"value": 16, "unit": "人"}, 1),  # 15 came
        ("more_people_than_times", "B07", {"value": 15, "unit": "人"}, 0),
        ("fewer_than_meetings", "B16", {"value": 5, "unit": "人次"}, 1),  # six were held
        ("fewer_than_meetings", "B16", {"value": 6, "unit": "人次"}, 0),
    ],
)
def test_claimed_numbers_that_the_meetings_cannot_give(
    fuyuan: ProjectRows, code: str, line: str, said: dict[str, Any], expected: int
) -> None:
    told_of = claiming(fuyuan, line, **said)
    assert [one.details["line"] for one in found(told_of, code)] == [line] * expected
    of = _indicator(fuyuan, line)
    behind = {row["event"] for row in fuyuan.contributions if row["indicator"] == of}
    for one in found(told_of, code):
        assert set(one.events) == {told_of.reports[0].claims[0]["claim"], *behind}


def _indicator(rows: ProjectRows, line: str, column: str = "person_times") -> str | None:
    """Return which indicator a column of a line shows."""
    (printed,) = (each for each in midterm(rows).lines if each.line == line)
    return printed.cells[column].indicator


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [(None, "person_times", 1), (None, "times", 0), ("B07", "person_times", 0)],
)
def test_a_claim_of_no_line_is_held_against_that_of_its_indicator(
    fuyuan: ProjectRows, line: str | None, column: str, expected: int
) -> None:
    said = {"line": line, "indicator": _indicator(fuyuan, "B16", column), "value": 5}
    few = found(claiming(fuyuan, "B16", unit="人次", **said), "fewer_than_meetings")
    assert [one.details["line"] for one in few] == ["B16"] * expected


@pytest.mark.parametrize("column", ["times", "person_times"])
def test_a_line_that_counts_one_of_the_two_alone_says_nothing_against_a_claim(
    fuyuan: ProjectRows, column: str
) -> None:
    left = [
        row for row in fuyuan.indicators if row["indicator"] != _indicator(fuyuan, "B19", column)
    ]
    rows = replace(fuyuan, indicators=left)
    assert not signals(claiming(rows, "B19", value=30, unit="人"), ["sums"])


def busy() -> Street:
    """Return a history in which much is found."""
    desk = Street()
    group = enrolled(desk)
    held(desk, group, 1, 0, leader=WORKER)
    for number in range(6):
        visit(desk, at(TODAY, 10) + timedelta(minutes=50 * number), number, note=NOTE)
        late = TODAY + timedelta(days=number)
        visit(desk, at(late, 23), 7, note=NOTE, now=at(late + timedelta(days=5), 3))
    visit(desk, at(TODAY, 10), 0, worker=COLLEAGUE)
    photograph(desk, "a"), photograph(desk, "a")
    return desk


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_rows(chance: Random) -> None:
    known = work(busy(), TODAY + timedelta(days=9))
    shuffled = {
        name: chance.sample(list(rows), len(rows))
        for name in ("works", "noted", "sessions", "held", "files", "contributions")
        if (rows := getattr(known, name))
    }
    written = dict(chance.sample(list(known.written.items()), len(known.written)))
    told_of = dict(chance.sample(list(known.told.items()), len(known.told)))
    expected = signals(known)
    assert len({one.code for one in expected}) >= 3
    assert signals(replace(known, written=written, told=told_of, **shuffled)) == expected


def test_every_finding_names_records_that_exist_and_has_words() -> None:
    desk = busy()
    told_of = answer(work(desk, TODAY + timedelta(days=9)))
    written = {event.id for event in desk.log}
    assert told_of["thresholds"]["overlap_minutes"] == 15
    assert sum(told_of["lag_days"].values()) == told_of["records"]
    for one in told_of["findings"]:
        assert one["events"]
        assert set(one["events"]) <= written
        assert "{" not in one["words"]["zh"] + one["words"]["en"]
        for verdict in ("fraud", "fake", "造假", "违规", "suspicious"):
            assert verdict not in (one["words"]["zh"] + one["words"]["en"]).lower()


def test_only_the_concerns_asked_for_are_looked_at() -> None:
    known = work(busy())
    everything = {one.code for one in signals(known)}
    apart = [{one.code for one in signals(known, [name])} for name in CONCERNS]
    assert set().union(*apart) == everything
    assert {one.code for one in signals(known, ["sameness"])} == {
        "same_photograph",
        "same_words",
    }


def test_thresholds_are_the_askers() -> None:
    desk = busy()
    assert found(work(desk), "worker_twice")
    assert not found(work(desk, overlap_minutes=60), "worker_twice")


def test_one_visit_written_down_twice_until_one_of_the_two_is_void() -> None:
    desk = Street()
    first = visit(desk, at(TODAY), 0)
    again = visit(desk, at(TODAY) + timedelta(seconds=30), 0)
    (one,) = found(work(desk), "possible_duplicate")
    assert one.events == tuple(sorted((first, again)))
    assert ([subject.id for subject in one.about], figures(one)) == ([WORKER], {"records": 2})
    assert one.details == {"day": TODAY.isoformat(), "kinds": "home_visit"}
    stream = next(event.stream for event in desk.log if event.id == again)
    reason = Reason(code="duplicate", text="同一次走访重复录入")
    void_record(desk, entry(), stream, again, reason)
    assert not found(work(desk), "possible_duplicate")


def undated(desk: Street, precision: Precision, *, minutes: int = 40) -> Id:
    """Record a visit of which only the day or the month is known."""
    facts = HomeVisitMade(
        kind="home_visit",
        minutes=minutes,
        workers=(WORKER,),
        attendance=(Attendance(person=PEOPLE[0]),),
    )
    vaguely = replace(entry(), occurred=Occurred(start=at(TODAY), precision=precision))
    return record_visit(desk, replace(vaguely, event=new_id()), SCOPE, facts).events[0]


@pytest.mark.parametrize("precision", ["day", "month", "range", "unknown"])
def test_records_whose_time_is_not_known_are_not_of_the_same_minute(precision: Precision) -> None:
    desk = Street()
    undated(desk, precision)
    undated(desk, precision, minutes=20)
    visit(desk, at(TODAY), 0)
    assert not found(work(desk), "possible_duplicate")


def test_another_minute_person_or_worker_is_no_duplicate() -> None:
    desk = Street()
    visit(desk, at(TODAY), 0)
    visit(desk, at(TODAY, 9, 1), 0)
    visit(desk, at(TODAY, 14), 0)
    visit(desk, at(TODAY, 14), 0, worker=COLLEAGUE)
    visit(desk, at(TODAY, 18), 0, minutes=5)
    visit(desk, at(TODAY, 18), 1, minutes=5)
    for home in (HOUSEHOLD, derived_id("next door")):  # at each of which nobody is named
        desk.neighbours["household", home] = Neighbour()
        there = (Attendance(role="resident", source="counted"),)
        facts = HomeVisitMade(
            kind="home_visit", minutes=5, household=home, workers=(WORKER,), attendance=there
        )
        record_visit(desk, entry(at(TODAY, 20)), SCOPE, facts)
    assert not found(work(desk), "possible_duplicate")
