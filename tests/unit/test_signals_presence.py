"""Signals of where people are said to have been: at two places, at night, for too long a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.activity import record_activity
from domain.activity_held import ActivityHeld
from domain.clock import at
from domain.counting import Attendance
from domain.identity import Id, derived_id
from domain.private import private
from domain.visit import HomeVisitMade, record_visit
from projections.signals.found import signals
from projections.signals.work import Work
from tests.groupwork import enrolled, held
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry
from tests.street import (
    COLLEAGUE,
    PEOPLE,
    SUPERVISOR,
    Street,
    figures,
    found,
    visit,
    work,
    written_as,
)


@pytest.mark.parametrize(("times", "expected"), [(3, 1), (2, 0)])
def test_services_and_records_in_series_at_night(times: int, expected: int) -> None:
    desk = Street()
    for number in range(times):
        begins = at(TODAY, 22) + timedelta(hours=number)
        visit(desk, begins, number, now=at(TODAY + timedelta(days=1), 9))
        visit(
            desk,
            at(TODAY, 8 + number),
            number + 4,
            now=at(TODAY + timedelta(days=1), 2, number),
        )
    nights = work(desk)
    assert len(found(nights, "held_at_night")) == expected
    assert len(found(nights, "written_at_night")) == expected


def test_the_morning_is_not_the_night() -> None:
    desk = Street()
    for number in range(3):
        visit(desk, at(TODAY, 6 + number), number, now=at(TODAY, 21, 50 + number))
    assert not [one for one in signals(work(desk)) if one.code.endswith("at_night")]


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "times", "night"),
    [
        (1, 5, [(1, 0), (3, 0), (4, 59)], TODAY),
        (1, 5, [(9, 0), (10, 0), (11, 0)], None),
        (1, 5, [(0, 59), (5, 0), (23, 0)], None),
        (0, 6, [(0, 0), (1, 0), (5, 59)], TODAY),
        (0, 6, [(6, 0), (6, 20), (6, 40)], None),
        (0, 6, [(6, 0), (22, 0), (23, 0)], None),
        (22, 6, [(22, 0), (23, 0), (23, 59)], TODAY),
        (22, 6, [(0, 0), (2, 0), (5, 59)], TODAY - timedelta(days=1)),
        (22, 6, [(6, 0), (6, 20), (6, 40)], None),
        (6, 6, [(6, 0), (7, 0), (23, 0)], None),
    ],
)
def test_a_night_may_begin_after_midnight(
    from_hour: int, to_hour: int, times: list[tuple[int, int]], night: date | None
) -> None:
    desk = Street()
    for whom, time in enumerate(times):
        visit(desk, at(TODAY, *time), whom, minutes=20, now=at(TODAY + timedelta(days=1), 12, whom))
    known = work(desk, night_from=from_hour, night_to=to_hour)
    assert [one.details["night"] for one in found(known, "held_at_night")] == [
        each.isoformat() for each in (night,) if each
    ]


@pytest.mark.parametrize(("begins", "expected"), [(at(TODAY, 10, 14), 1), (at(TODAY, 10, 15), 0)])
def test_one_worker_at_two_places(begins: datetime, expected: int) -> None:
    """A group from 9:00 to 10:30, and a visit before it is over."""
    desk = Street()
    group = enrolled(desk)
    session = held(desk, group, 1, 0, leader=WORKER).events[0]
    seen = visit(desk, begins)
    twice = found(work(desk), "worker_twice")
    assert len(twice) == expected
    if twice:
        (one,) = twice
        assert one.events == tuple(sorted((session, seen)))
        assert figures(one) == {"records": 2, "minutes": 16}
        assert [subject.id for subject in one.about] == [WORKER]


def test_all_that_lies_within_a_long_sitting_is_told_with_how_long_it_was() -> None:
    desk = Street()
    group = enrolled(desk)
    session = held(desk, group, 1, 0, leader=WORKER).events[0]
    seen = [visit(desk, at(TODAY, 9, minute), 0, minutes=20) for minute in (10, 15)]
    (one,) = found(work(desk), "worker_twice")
    assert one.events == tuple(sorted((session, *seen)))
    assert figures(one) == {"records": 3, "minutes": 20}


def test_what_overlaps_over_midnight_is_of_the_day_on_which_it_began() -> None:
    """One person at three services, of which the last begins on the next day."""
    desk, tomorrow = Street(), TODAY + timedelta(days=1)
    visit(desk, at(TODAY, 23), 0, minutes=90)
    visit(desk, at(TODAY, 23, 50), 0, minutes=40, worker=COLLEAGUE)
    visit(desk, at(tomorrow, 0), 0, minutes=20, worker=derived_id("third"))
    (one,) = found(work(desk), "person_twice")
    assert one.details["day"] == TODAY.isoformat()
    assert figures(one) == {"records": 3, "minutes": 40}


@pytest.mark.parametrize(("begins", "expected"), [(at(TODAY, 9, 24), 1), (at(TODAY, 9, 25), 0)])
def test_one_person_at_two_services(begins: datetime, expected: int) -> None:
    desk = Street()
    visit(desk, at(TODAY), 0)
    visit(desk, begins, 0, worker=COLLEAGUE)
    visit(desk, begins, 1, worker=derived_id("third"))
    twice = found(work(desk), "person_twice")
    assert [[subject.id for subject in one.about] for one in twice] == [[PEOPLE[0]]] * expected
    assert not found(work(desk), "volunteer_twice")


def activity(
    desk: MemoryDesk,
    kind: str = "drop_in",
    hour: int = 9,
    *,
    title: str = "老人茶话会",
    **more: Any,
) -> Id:
    """Record two hours at the centre, of one worker unless told otherwise."""
    line: Any = Attendance(role="resident", count=12, source="counted")
    facts = ActivityHeld(
        kind=kind,
        title=title,
        minutes=120,
        place="社工站",
        **({"workers": (WORKER,), "attendance": (line,)} | more),
    )
    return record_activity(desk, entry(at(TODAY, hour)), SCOPE, facts).events[0]


@pytest.mark.parametrize(("hour", "expected"), [(10, 1), (11, 0)])
def test_a_centre_is_not_one_sitting(hour: int, expected: int) -> None:
    """Two activities at the same centre at once, led by one worker."""
    desk = Street()
    events = {activity(desk, hour=9), activity(desk, title="亲子手工", hour=hour)}
    twice = found(work(desk), "worker_twice")
    assert [(set(one.events), figures(one)["minutes"]) for one in twice] == [(events, 60)] * (
        expected
    )


@pytest.mark.parametrize(("variant", "expected"), [("on_site", 0), ("weekly", 1)])
def test_who_supervises_on_site_is_where_the_work_is(variant: str, expected: int) -> None:
    desk = Street()
    activity(desk)
    supervisee = Attendance(person=COLLEAGUE, role="supervisee")
    more: dict[str, Any] = {
        "variant": variant,
        "supervisor": SUPERVISOR,
        "attendance": (supervisee,),
    }
    activity(desk, "supervision", title="督导", **more)
    assert len(found(work(desk), "worker_twice")) == expected


@pytest.mark.parametrize(("same", "expected"), [(True, 0), (False, 1)])
def test_records_of_one_home_are_one_place(same: bool, expected: int) -> None:
    """Two members of one household, each with a record of the worker's one visit."""
    homes = derived_id("home"), derived_id("home" if same else "next door")
    rows = [
        {
            **written_as("home_visit", derived_id("made", str(whom)), TODAY),
            "stream": derived_id("visit", str(whom)),
            "started": at(TODAY),
            "ends": at(TODAY, 10),
            "workers": WORKER,
            "people": PEOPLE[whom],
            "place": homes[whom],
            "household": homes[whom],
        }
        for whom in range(2)
    ]
    assert len(found(Work(works=rows), "worker_twice")) == expected


VOLUNTEER = PEOPLE[9]


def helped(desk: MemoryDesk, whom: int, hour: int, *others: Attendance) -> Id:
    """Record an hour's visit at which a volunteer helped."""
    there = (Attendance(person=PEOPLE[whom]), Attendance(person=VOLUNTEER, role="volunteer"))
    facts = HomeVisitMade(
        kind="home_visit",
        minutes=60,
        workers=(derived_id("worker", str(whom)),),
        attendance=(*there, *others),
        condition=private(PEOPLE[whom], "casework", None),
    )
    return record_visit(desk, entry(at(TODAY, hour)), SCOPE, facts).events[0]


@pytest.mark.parametrize(("hour", "expected"), [(9, 1), (10, 0)])
def test_one_volunteer_at_two_services(hour: int, expected: int) -> None:
    desk = Street()
    events = {helped(desk, 0, 9), helped(desk, 1, hour)}
    twice = found(work(desk), "volunteer_twice")
    assert [(set(one.events), [each.id for each in one.about]) for one in twice] == [
        (events, [VOLUNTEER])
    ] * expected
    assert not found(work(desk), "person_twice")


def test_who_is_served_in_one_place_and_helps_in_another() -> None:
    desk = Street()
    events = {helped(desk, 0, 9), visit(desk, at(TODAY, 9), 9)}
    (twice,) = found(work(desk), "volunteer_twice")
    assert set(twice.events) == events
    assert not found(work(desk), "person_twice")


def test_who_is_served_twice_is_no_volunteer() -> None:
    desk = Street()
    visit(desk, at(TODAY), 9)
    visit(desk, at(TODAY), 9, worker=COLLEAGUE)
    assert not found(work(desk), "volunteer_twice")


def test_two_workers_records_of_one_visit_are_one_for_its_volunteer() -> None:
    desk = Street()
    helped(desk, 0, 9)
    helped(desk, 0, 9)
    assert not found(work(desk), "volunteer_twice")


def test_two_workers_records_of_one_visit_are_one_place() -> None:
    desk = Street()
    visit(desk, at(TODAY), 0)
    visit(desk, at(TODAY), 0, worker=COLLEAGUE)
    assert not found(work(desk), "worker_twice")


@pytest.mark.parametrize(("minutes", "expected"), [(241, 1), (240, 0)])
def test_a_day_longer_than_a_day_of_work(minutes: int, expected: int) -> None:
    desk = Street()
    for number in range(3):
        start = at(TODAY, 6) + timedelta(minutes=number * minutes)
        visit(desk, start, number, minutes=minutes)
    long = found(work(desk), "long_day")
    assert [figures(one)["minutes"] for one in long] == [723] * expected
