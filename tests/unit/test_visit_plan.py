"""Visit plans: what may be planned, which contact meets a plan, and when the next visit is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.identity import Id, derived_id
from domain.registry import PersonsMerged
from domain.visit import HomeVisitAttempted, HomeVisitMade, record_attempt, record_visit
from domain.visit_plan import (
    VisitPlan,
    VisitPlanAdopted,
    Window,
    adopt_plan,
    due,
    end_plan,
    schedule_visit,
    skip_visit,
)
from projections.engine.view import Row
from projections.person import persons
from projections.visit import visits
from projections.visit_plan import visit_plans
from tests.casework import CLIENT, CaseworkDesk, days
from tests.doors import REASON, call, telephoned
from tests.folding import told
from tests.neighbours import Neighbour
from tests.station import SCOPE, TODAY, WORKER, MemoryDesk, entry, refused

COLLEAGUE, SPOUSE = derived_id("colleague"), derived_id("spouse")
NAMED = (Attendance(person=CLIENT),)
SEEN = HomeVisitMade(kind="home_visit", workers=(COLLEAGUE,), attendance=NAMED)
ADOPTED = VisitPlanAdopted(person=CLIENT, worker=WORKER, tier="high", every_days=7, begins=TODAY)


@pytest.fixture
def desk() -> CaseworkDesk:
    known = CaseworkDesk()
    known.neighbours["person", SPOUSE] = Neighbour()
    return known


def planned(desk: MemoryDesk, person: Id = CLIENT) -> Id:
    return adopt_plan(desk, entry(), SCOPE, replace(ADOPTED, person=person)).stream


def seen(desk: MemoryDesk, day: int, facts: HomeVisitMade = SEEN) -> tuple[Id, Id]:
    made = record_visit(desk, entry(days(day)), SCOPE, facts)
    return made.stream, made.events[0]


def plans(desk: MemoryDesk, *, today: int = 0, due_until: int | None = None) -> list[Row]:
    answers = told((visits, persons), desk.log)
    until = None if due_until is None else days(due_until)
    return visit_plans(answers, {}, days(today), due_until=until, limit=50)


def window(desk: MemoryDesk, today: int = 0) -> tuple[int, int]:
    """Return between which days after the adoption the next visit of the one plan is due."""
    (plan,) = plans(desk, today=today)
    return (plan["earliest"] - TODAY).days, (plan["latest"] - TODAY).days


def test_a_visit_plan_is_scheduled_moved_skipped_and_ended() -> None:
    plan = VisitPlan.start(entry(), SCOPE, ADOPTED)
    plan.schedule(entry(), TODAY, TODAY + timedelta(days=2))
    with refused("visit.window_backwards", "latest"):
        plan.reschedule(entry(), TODAY, TODAY - timedelta(days=1), "下雨")
    plan.skip(entry(), "住院")
    plan.end(entry(), "迁出")
    with refused("visit.plan_ended"):
        plan.schedule(entry(), TODAY, TODAY)


def test_the_first_visit_is_due_within_the_plans_days(desk: CaseworkDesk) -> None:
    planned(desk)
    assert window(desk) == (0, 6)
    assert plans(desk, due_until=5) == []
    assert len(plans(desk, due_until=6)) == 1


def test_whoever_of_the_station_visits_the_next_is_due_so_many_days_later(
    desk: CaseworkDesk,
) -> None:
    planned(desk)
    seen(desk, 3)
    assert window(desk, today=4) == (4, 10)
    assert plans(desk, today=4, due_until=9) == []
    seen(desk, 30)
    seen(desk, 20)
    assert window(desk, today=31) == (31, 37)
    (plan,) = plans(desk, today=90)
    assert plan["last_contact"] == days(30)


def test_a_visit_before_the_plan_begins_meets_nothing(desk: CaseworkDesk) -> None:
    seen(desk, -3)
    planned(desk)
    assert window(desk) == (0, 6)
    earlier = replace(ADOPTED, person=SPOUSE, begins=days(-9))
    adopt_plan(desk, entry(), SCOPE, earlier)
    found = {plan["person"]: plan["last_contact"] for plan in plans(desk)}
    assert found == {CLIENT: None, SPOUSE: None}


def test_a_last_contact_is_found_however_long_ago_it_was(desk: CaseworkDesk) -> None:
    planned(desk)
    seen(desk, 2)
    for today in (3, 10, 40, 200, 3000):
        (plan,) = plans(desk, today=today)
        assert plan["last_contact"] == days(2)


def test_plans_of_any_day_are_read(desk: CaseworkDesk) -> None:
    for person, begins in ((CLIENT, date.min), (SPOUSE, date.max)):
        adopt_plan(desk, entry(), SCOPE, replace(ADOPTED, person=person, begins=begins))
    assert {plan["earliest"] for plan in plans(desk)} == {date.min, date.max}


def test_a_scheduled_window_is_met_within_or_after_it_and_not_before(desk: CaseworkDesk) -> None:
    plan = planned(desk)
    schedule_visit(desk, entry(), plan, days(10), days(12))
    seen(desk, 9)
    assert window(desk, today=9) == (10, 12)
    stream, within = seen(desk, 11)
    assert window(desk, today=11) == (12, 18)
    void_record(desk, entry(days(12)), stream, within, REASON)
    assert window(desk, today=12) == (10, 12)
    seen(desk, 15)
    assert window(desk, today=15) == (16, 22)


def test_a_window_that_is_scheduled_for_later_stands(desk: CaseworkDesk) -> None:
    plan = planned(desk)
    seen(desk, 2)
    schedule_visit(desk, entry(days(3)), plan, days(20), days(22))
    assert window(desk, today=4) == (20, 22)
    schedule_visit(desk, entry(days(4)), plan, days(5), days(6), "服务对象要求提前")
    assert window(desk, today=5) == (5, 6)


def test_what_is_left_out_is_due_so_many_days_later(desk: CaseworkDesk) -> None:
    plan = planned(desk)
    schedule_visit(desk, entry(), plan, days(2), days(4))
    skip_visit(desk, entry(days(4)), plan, "住院")
    assert window(desk, today=5) == (5, 11)
    schedule_visit(desk, entry(days(5)), plan, days(5), days(5))
    assert window(desk, today=5) == (5, 5)


def test_nothing_is_due_of_a_plan_that_has_ended(desk: CaseworkDesk) -> None:
    plan = planned(desk)
    end_plan(desk, entry(days(1)), plan, "迁出")
    (row,) = plans(desk, today=1)
    assert (row["earliest"], row["latest"]) == (None, None)
    assert plans(desk, today=99, due_until=99) == []


def test_a_correction_moves_the_next_visit(desk: CaseworkDesk) -> None:
    planned(desk)
    stream, event = seen(desk, 5)
    void_record(desk, entry(days(6)), stream, event, REASON)
    assert window(desk, today=6) == (0, 6)
    reinstate_record(desk, entry(days(6)), stream, event, REASON)
    correct_record(desk, entry(days(6)), stream, event, {}, REASON, entry(days(4)).occurred)
    assert window(desk, today=6) == (5, 11)


def test_everybody_whom_a_visit_met_was_visited(desk: CaseworkDesk) -> None:
    planned(desk, SPOUSE)
    both = (*NAMED, Attendance(person=SPOUSE, role="family"))
    stream, event = seen(desk, 5, replace(SEEN, attendance=both))
    assert window(desk, today=6) == (6, 12)
    void_record(desk, entry(days(6)), stream, event, REASON)
    assert window(desk, today=6) == (0, 6)


def test_an_answered_call_is_a_contact_and_what_was_tried_in_vain_is_none(
    desk: CaseworkDesk,
) -> None:
    planned(desk)
    tried = HomeVisitAttempted(person=CLIENT, workers=(WORKER,), outcome="away")
    record_attempt(desk, entry(days(1)), SCOPE, tried)
    record_visit(desk, entry(days(1)), SCOPE, call(answered=False, attendance=NAMED))
    assert window(desk, today=1) == (0, 6)
    record_visit(desk, entry(days(2)), SCOPE, call(attendance=NAMED))
    assert window(desk, today=2) == (3, 9)


def test_a_visit_in_a_projects_ledger_counts_and_one_of_another_station_does_not(
    desk: CaseworkDesk,
) -> None:
    planned(desk)
    elsewhere = replace(SCOPE, station=derived_id("another station"))
    record_visit(desk, entry(days(3)), elsewhere, SEEN)
    assert window(desk, today=3) == (0, 6)
    record_visit(desk, entry(), telephoned(desk), call(attendance=NAMED))
    assert window(desk, today=3) == (1, 7)


def test_somebody_registered_twice_was_visited_under_either_record(desk: CaseworkDesk) -> None:
    planned(desk)
    seen(desk, 4, replace(SEEN, attendance=(Attendance(person=SPOUSE),)))
    assert window(desk, today=5) == (0, 6)
    merged = PersonsMerged(kept=SPOUSE, absorbed=CLIENT, reason=REASON)
    absorbed = VisitPlan(CLIENT, SCOPE)
    absorbed.record(entry(days(5)), merged)
    desk.log += absorbed.collect_events()
    assert window(desk, today=5) == (5, 11)
    seen(desk, 6)
    assert window(desk, today=7) == (7, 13)


@pytest.mark.parametrize("at_once", [1, 50])
def test_pages_follow_one_another_whatever_is_left_out(
    desk: CaseworkDesk, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("projections.visit_plan.AT_ONCE", at_once)
    ids = []
    for number in range(7):
        person = derived_id("resident", str(number))
        desk.neighbours["person", person] = Neighbour()
        ids.append(planned(desk, person))
        if number % 2:
            seen(desk, 3, replace(SEEN, attendance=(Attendance(person=person),)))
    answers = told((visits, persons), desk.log)
    walked: list[Row] = []
    mark: tuple[Id, Id] | None = None
    while page := visit_plans(answers, {}, days(4), due_until=days(6), after=mark, limit=1):
        walked += page
        mark = (page[-1]["plan"], page[-1]["ledger"])
    assert [row["plan"] for row in walked] == sorted(ids[::2])


a_day = some.dates(date(2018, 1, 1), date(2019, 12, 31))


@given(
    every=some.integers(1, 366),
    begins=a_day,
    earliest=some.none() | a_day,
    skipped=some.none() | a_day,
    last=some.none() | a_day,
)
def test_a_window_is_in_order_and_a_contact_within_or_after_it_moves_it_on(
    every: int, begins: date, earliest: date | None, skipped: date | None, last: date | None
) -> None:
    scheduled = None if earliest is None else Window(earliest=earliest, latest=earliest)
    now = due(every, begins, scheduled=scheduled, skipped=skipped, last=last)
    assert now.earliest <= now.latest
    met = max(now.latest, begins)
    then = due(every, begins, scheduled=scheduled, skipped=skipped, last=met)
    assert then.latest >= met + timedelta(days=every)
    assert then.earliest > met


def test_a_plan_that_begins_at_the_end_of_the_calendar_is_due_at_its_end() -> None:
    assert due(92, date.max) == Window(earliest=date.max, latest=date.max)
