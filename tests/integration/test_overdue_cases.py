"""AL-01 from event to alert, day by day under a simulated clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from domain.aggregate import Aggregate
from domain.alert import Threshold, resolve_alert_by_hand
from domain.alert_rule import change_rule
from domain.case import Case
from domain.case_commands import close_case, open_case, reopen_case
from domain.case_facts import CaseReopened
from domain.clock import at
from domain.counting import Attendance
from domain.entry import Entry, Scope
from domain.event import Effective
from domain.identity import Id, derived_id
from domain.private import private
from domain.staff import BackupPairSet, StaffAbsenceRecorded, StaffHired, StaffMember, SupervisorSet
from domain.visit import HomeVisitMade, PhoneContactMade, Visit, record_visit
from projections.alert import ADDRESSEE, ALERT, alerts
from projections.contact_rule import CASE, TURN, followups
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import canonical, fold
from tests.casework import CLIENT, COLLEAGUE, LOST, SUPERVISOR, CaseworkDesk, days, opening
from tests.integration.overdue import DEMONSTRATION, REASON, Station
from tests.offices import office
from tests.station import OPERATOR, SCOPE, WORKER, entry, principal
from tests.tables import read_table
from workers.case import check
from workers.catalogue import DUTIES
from workers.duty import SYSTEM


@pytest.fixture
def station(database_url: str, tmp_path: Path) -> Iterator[Station]:
    with office(database_url, tmp_path) as room:
        yield Station(room)


def test_an_alert_is_raised_on_the_eighth_morning_once_and_names_its_thresholds(
    station: Station,
) -> None:
    station.mornings(1, 7)
    assert station.alerts() == []
    station.mornings(8, 12)
    (alert,) = station.alerts()
    assert (alert["rule"], alert["rule_version"], alert["subject"]) == ("AL-01", 0, station.case)
    assert (alert["since"], alert["due"], alert["worker"]) == (days(0), days(7), WORKER)
    assert (alert["raised_on"], alert["state"], alert["occasion"]) == (days(8), "open", 1)


def test_a_case_that_is_opened_on_paper_first_alarms_as_soon_as_it_is_written_down(
    station: Station,
) -> None:
    late = station.on(
        0, lambda e: open_case(station.desk, e, DEMONSTRATION, opening(case_type="rights")), 9
    ).stream
    (alert,) = station.alerts()
    assert (alert["subject"], alert["due"], alert["raised_on"]) == (late, days(7), days(9))


def test_however_many_cases_a_station_has_each_is_looked_at_in_the_morning(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given five cases of one station that are looked at two by two, then five alarm."""
    monkeypatch.setattr("workers.case.CHUNK", 2)

    def opened(kind: str) -> Id:
        made = opening(case_type=kind)
        return station.on(0, lambda e: open_case(station.desk, e, DEMONSTRATION, made)).stream

    cases = [station.case, *map(opened, ("rights", "adaptation", "family", "health"))]
    station.mornings(8, 8)
    assert sorted(alert["subject"] for alert in station.alerts()) == sorted(cases)


def test_a_contact_in_time_keeps_it_away(station: Station) -> None:
    station.mornings(1, 6)
    station.session(7)
    station.mornings(7, 14)
    assert station.alerts() == []
    station.mornings(15, 15)
    assert station.open_since() == [7]


def test_the_next_contact_resolves_it_at_once(station: Station) -> None:
    station.mornings(1, 9)
    contact = station.session(9)
    (alert,) = station.alerts()
    assert (alert["state"], alert["resolved_event"], alert["late"]) == ("resolved", contact, False)


def test_a_contact_entered_late_resolves_it_and_is_marked(station: Station) -> None:
    station.mornings(1, 9)
    station.session(6, recorded=10)
    (alert,) = station.alerts()
    assert (alert["state"], alert["late"]) == ("resolved", True)


def test_it_is_raised_again_when_that_contact_is_voided(station: Station) -> None:
    station.mornings(1, 9)
    contact = station.session(9)
    station.set_right(10, lambda case, e: case.void(e, contact, REASON))
    (alert,) = station.alerts()
    assert (alert["state"], alert["occasion"], alert["since"]) == ("open", 2, days(0))
    station.set_right(11, lambda case, e: case.reinstate(e, contact, REASON))
    (alert,) = station.alerts()
    assert (alert["state"], alert["resolved_event"], alert["late"]) == ("resolved", contact, False)


def test_a_corrected_date_moves_the_day_on_which_it_is_due(station: Station) -> None:
    contact = station.session(6)
    station.mornings(1, 10)
    assert station.open_since() == []

    def earlier(case: Aggregate, e: Entry) -> None:
        facts = case.standing(contact).facts
        case.correct(e, contact, Effective(occurred=entry(days(2)).occurred, facts=facts), REASON)

    station.set_right(10, earlier)
    assert station.open_since() == [2]


@pytest.mark.parametrize("answered", [True, False])
def test_a_telephone_contact_counts_when_somebody_answered(
    station: Station, answered: bool
) -> None:
    station.mornings(1, 8)
    call = PhoneContactMade(
        kind="phone_contact",
        answered=answered,
        case=station.case,
        attendance=(Attendance(person=CLIENT),),
    )
    station.on(9, lambda e: record_visit(station.desk, e, DEMONSTRATION, call))
    assert station.open_since() == ([] if answered else [0])


@pytest.mark.parametrize("linked", [True, False])
def test_a_visit_counts_when_it_is_linked_to_the_case(station: Station, linked: bool) -> None:
    station.mornings(1, 8)
    visit = HomeVisitMade(
        kind="home_visit",
        case=station.case if linked else None,
        attendance=(Attendance(person=CLIENT),),
    )
    station.on(9, lambda e: record_visit(station.desk, e, DEMONSTRATION, visit))
    assert station.open_since() == ([] if linked else [0])


def test_another_operators_call_ends_no_alert(station: Station) -> None:
    station.mornings(1, 8)
    assert station.open_since() == [0]
    call = PhoneContactMade(
        kind="phone_contact", case=station.case, attendance=(Attendance(person=CLIENT),)
    )
    theirs = Scope(
        operator=derived_id("their operator"),
        station=derived_id("their station"),
        demonstration=True,
    )
    # No command writes this any more; journals may hold it.
    station.on(9, lambda e: station.desk.save(e, Visit.start(e, theirs, call)))
    assert station.open_since() == [0]
    station.mornings(10, 10)
    assert station.open_since() == [0]


def test_while_the_case_rests_nobody_is_alarmed_and_the_count_goes_on_after(
    station: Station,
) -> None:
    station.mornings(1, 8)
    station.rest(9)
    assert station.open_since() == []
    station.mornings(10, 30)
    assert station.open_since() == []
    station.rest(31, over=True)
    (alert,) = station.alerts()
    assert (alert["state"], alert["occasion"], alert["due"]) == ("open", 2, days(7 + 22))


def test_closing_the_case_resolves_it_and_reopening_begins_anew(station: Station) -> None:
    station.mornings(1, 8)
    station.on(9, lambda e: close_case(station.desk, e, station.case, LOST))
    assert station.open_since() == []
    reopened = CaseReopened(reason="服务对象再次求助")
    station.on(20, lambda e: reopen_case(station.desk, e, station.case, reopened))
    station.mornings(21, 27)
    assert station.open_since() == []
    station.mornings(28, 28)
    assert station.open_since() == [20]


def test_what_a_supervisor_ended_by_hand_stays_ended(station: Station) -> None:
    station.mornings(1, 8)
    (alert,) = station.alerts()
    room = station.room
    room.workshop.carry_out(
        OPERATOR,
        lambda desk, e: resolve_alert_by_hand(desk, e, alert["alert"], "已电话确认平安，本周走访"),
    )
    station.mornings(9, 20)
    (alert,) = station.alerts()
    assert (alert["state"], alert["resolved_event"]) == ("resolved", None)


def test_the_operators_own_threshold_is_used_and_stored(station: Station) -> None:
    station.room.workshop.carry_out(
        OPERATOR,
        lambda desk, e: change_rule(
            desk, e, DEMONSTRATION, "AL-01", (Threshold(name="days", value=3),), "制度修订"
        ),
    )
    station.mornings(1, 4)
    (alert,) = station.alerts()
    assert (alert["rule_version"], alert["due"]) == (1, days(3))


def test_it_goes_to_worker_and_supervisor_and_to_the_backup_while_the_worker_is_away(
    station: Station,
) -> None:
    e = entry(days(0), principal=principal("operator_manager"))
    name = private(WORKER, "identity", "社工甲")
    assert name is not None
    scope = msgspec.structs.replace(DEMONSTRATION, station=None)
    member = StaffMember.start(e, scope, StaffHired(name=name, begins=days(-90)), id=WORKER)
    member.record(e, BackupPairSet(worker=WORKER, backup=COLLEAGUE, begins=days(-90)))
    member.record(e, SupervisorSet(worker=WORKER, supervisor=SUPERVISOR, begins=days(-90)))
    away = StaffAbsenceRecorded(begins=days(8), ends=days(9))
    member.record(e, away)
    station.on(0, lambda e: station.desk.save(e, member))
    station.mornings(1, 8)
    with station.room.workshop.asking.within(SYSTEM) as answers:
        told = {row["addressee"] for row in answers.rows(ADDRESSEE)}
    assert told == {"supervisor", WORKER, COLLEAGUE, SUPERVISOR}


def test_cases_of_real_stations_are_left_alone_under_a_simulated_clock(
    database_url: str, tmp_path: Path
) -> None:
    with office(database_url, tmp_path) as room:
        desk = CaseworkDesk()
        case = open_case(desk, entry(days(0)), SCOPE, opening()).stream
        room.append(desk.log)
        room.clock.set(at(days(30)))
        room.settle(DUTIES)
        assert check(room.workshop, [case]) == 0
        with room.workshop.asking.within(SYSTEM) as answers:
            assert answers.rows(ALERT) == []


def test_whatever_happens_views_equal_a_replay_and_looking_again_changes_nothing(
    station: Station,
) -> None:
    """A random life: sessions, also late ones, voided, corrected and reinstated; rests."""
    chance = random.Random(11)  # noqa: S311 - repeatable, not secret
    sessions: list[Id] = []
    for day in range(2, 90):
        station.mornings(day, day)
        resting, what = station.desk.load(Case, station.case).stands.suspended, chance.random()
        if what < (0.4 if resting else 0.04):
            station.rest(day, over=resting)
        elif what < 0.2 and not resting:
            sessions.append(station.session(day))
        elif what < 0.3 and sessions:
            station.toggle(day, chance.choice(sessions))
    room = station.room
    rows, folder = fold((followups, alerts), room.journal.read(0, 100_000))
    assert not folder.parked
    with room.workshop.journal.connect() as connection:
        for table in (CASE, TURN, ALERT, ADDRESSEE):
            assert canonical(table, read_table(connection, table)) == rows.dump(table)
    found = MemoryAnswers(rows, SYSTEM).rows(ALERT)
    assert len(found) > 3
    assert len({row["episode"] for row in found}) == len(found)
    assert sum(row["state"] == "open" for row in found) <= 1
    before = room.journal.max_notification_id()
    check(room.workshop, [station.case])
    assert room.journal.max_notification_id() == before
