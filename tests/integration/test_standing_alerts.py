"""An alert that stands goes with what it is about: whose case it is, who is away, since when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.aggregate import Aggregate
from domain.alert import AlertRestated, acknowledge_alert, resolve_alert_by_hand
from domain.case import Case
from domain.case_commands import close_case, hold_session, take_step
from domain.case_facts import CaseReassigned
from domain.clock import at
from domain.contact_rule import silence
from domain.corrections import void_record
from domain.entry import Entry
from domain.event import Effective, Facts, Occurred
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.private import private
from domain.refusals import Conflict, Refusal
from domain.staff import (
    BackupPairSet,
    StaffAbsenceRecorded,
    StaffHired,
    StaffLeft,
    StaffMember,
    StaffReturned,
    SupervisorSet,
)
from domain.station import (
    Station as Place,
)
from domain.station import (
    StationClosed,
    StationEstablished,
    StationReopened,
    StationTransferredToOperator,
)
from projections.alert import ADDRESSEE
from projections.contact_rule import followed
from tests.casework import COLLEAGUE, LOST, SUPERVISOR, days, session
from tests.integration.overdue import DEMONSTRATION, REASON, Station
from tests.offices import office
from tests.station import OPERATOR, STATION, WORKER, entry, principal
from workers.duty import SYSTEM


@pytest.fixture
def station(database_url: str, tmp_path: Path) -> Iterator[Station]:
    with office(database_url, tmp_path) as room:
        yield Station(room)


def addressed(station: Station) -> set[str]:
    """To whom the open alert is."""
    with station.room.workshop.asking.within(SYSTEM) as answers:
        return {row["addressee"] for row in answers.rows(ADDRESSEE)}


def hire(station: Station, id: Id, *facts: Facts) -> None:
    """Keep somebody of the staff on record, with what is told of them."""
    e = entry(days(0), principal=principal("operator_manager"))
    name = private(id, "identity", "社工甲")
    assert name is not None
    scope = msgspec.structs.replace(DEMONSTRATION, station=None)
    member = StaffMember.start(e, scope, StaffHired(name=name, begins=days(-90)), id=id)
    for each in facts:
        member.record(e, each)
    station.on(0, lambda e: station.desk.save(e, member))


def tell_of(station: Station, day: int, id: Id, facts: Facts) -> Id:
    """Write down on a day what is so of a member of the staff."""

    def command(e: Entry) -> Any:
        member = station.desk.load(StaffMember, id)
        member.record(e, facts)
        return station.desk.save(e, member)

    return station.on(day, command).events[0]


def hand_over(station: Station, day: int, worker: Id) -> None:
    step = CaseReassigned(worker=worker, reason="社工调岗")
    station.on(day, lambda e: take_step(station.desk, e, station.case, step))


def move(station: Station, on: int, record: Id, day: int) -> None:
    """Correct the day of a record."""

    def change(case: Aggregate, e: Entry) -> None:
        facts = case.standing(record).facts
        case.correct(e, record, Effective(occurred=entry(days(day)).occurred, facts=facts), REASON)

    station.set_right(on, change)


def pair(worker: Id, backup: Id) -> BackupPairSet:
    return BackupPairSet(worker=worker, backup=backup, begins=days(-90))


def test_who_takes_the_case_over_takes_its_alert_over(station: Station) -> None:
    hire(station, COLLEAGUE, SupervisorSet(worker=COLLEAGUE, supervisor=SUPERVISOR, begins=days(0)))
    station.mornings(8, 8)
    assert addressed(station) == {"supervisor", WORKER}
    hand_over(station, 9, COLLEAGUE)
    assert addressed(station) == {"supervisor", COLLEAGUE, SUPERVISOR}
    (alert,) = station.alerts()
    assert (alert["worker"], alert["occasion"], alert["state"]) == (COLLEAGUE, 1, "open")
    station.session(10)
    assert addressed(station) == set()


def test_what_was_taken_on_is_open_to_be_taken_on_by_who_has_the_case_now(
    station: Station,
) -> None:
    station.mornings(8, 8)
    (alert,) = station.alerts()
    moment = station.room.clock.now()
    how = entry(moment, now=moment)
    station.room.workshop.records.carry_out(
        how.principal, how, lambda desk: acknowledge_alert(desk, how, alert["alert"])
    )
    station.room.follow()
    (alert,) = station.alerts()
    assert alert["acknowledged_by"] == WORKER
    hand_over(station, 9, COLLEAGUE)
    (alert,) = station.alerts()
    assert alert["acknowledged_by"] is None


def test_the_backup_is_told_when_the_worker_is_away_later_and_only_so_long(
    station: Station,
) -> None:
    hire(station, WORKER, pair(WORKER, COLLEAGUE))
    station.mornings(8, 8)
    assert addressed(station) == {"supervisor", WORKER}
    tell_of(station, 9, WORKER, StaffAbsenceRecorded(begins=days(11), ends=days(12)))
    assert addressed(station) == {"supervisor", WORKER}
    station.mornings(10, 11)
    assert addressed(station) == {"supervisor", WORKER, COLLEAGUE}
    station.mornings(12, 13)
    assert addressed(station) == {"supervisor", WORKER}


def test_who_falls_ill_today_is_stood_in_for_today(station: Station) -> None:
    hire(station, WORKER, pair(WORKER, COLLEAGUE))
    station.mornings(8, 8)
    ill = tell_of(station, 9, WORKER, StaffAbsenceRecorded(begins=days(9), ends=days(12)))
    assert addressed(station) == {"supervisor", WORKER, COLLEAGUE}
    member = station.desk.load(StaffMember, WORKER)
    station.on(10, lambda e: (member.void(e, ill, REASON), station.desk.save(e, member))[1])
    assert addressed(station) == {"supervisor", WORKER}


def test_who_left_is_told_no_more_and_again_once_they_are_back(station: Station) -> None:
    hire(station, WORKER)
    station.mornings(9, 9)
    tell_of(station, 9, WORKER, StaffLeft(last_day=days(8)))
    assert addressed(station) == {"supervisor"}
    tell_of(station, 10, WORKER, StaffReturned(begins=days(10), reason="离职登记有误"))
    assert addressed(station) == {"supervisor", WORKER}


def test_another_supervisor_takes_the_place_of_the_one_before(station: Station) -> None:
    hire(station, WORKER, SupervisorSet(worker=WORKER, supervisor=COLLEAGUE, begins=days(-90)))
    station.mornings(8, 8)
    assert addressed(station) == {"supervisor", WORKER, COLLEAGUE}
    other = SupervisorSet(worker=WORKER, supervisor=SUPERVISOR, begins=days(9))
    tell_of(station, 9, WORKER, other)
    assert addressed(station) == {"supervisor", WORKER, SUPERVISOR}


@pytest.mark.parametrize("begins", ["opening", "session"])
def test_one_silence_has_one_alert_though_a_second_session_of_its_first_day_is_written_later(
    station: Station, begins: str
) -> None:
    first = 0 if begins == "opening" else 3
    if first:
        station.session(first)
    station.mornings(first + 8, first + 8)
    station.session(first, recorded=first + 9)
    (alert,) = station.alerts()
    assert (alert["state"], alert["occasion"]) == ("open", 1)


def test_one_silence_has_one_alert_though_one_of_two_sessions_is_void(station: Station) -> None:
    one, other = station.session(3), station.session(3)
    station.mornings(11, 11)
    for held in (one, other):
        station.toggle(12, held)
        (alert,) = (each for each in station.alerts() if each["since"] == days(3))
        assert alert["occasion"] == 1
        station.toggle(12, held)
        assert station.open_since() == [3]
    assert len(station.alerts()) == 1


def test_a_silence_that_was_ended_by_hand_is_ended_for_all_sessions_of_its_day(
    station: Station,
) -> None:
    station.session(3)
    station.mornings(11, 11)
    (alert,) = station.alerts()
    station.room.workshop.carry_out(
        OPERATOR,
        lambda desk, e: resolve_alert_by_hand(desk, e, alert["alert"], "已电话确认平安，本周走访"),
    )
    station.session(3, recorded=12)
    station.mornings(13, 14)
    assert len(station.alerts()) == 1
    assert station.open_since() == []


def test_since_and_due_go_with_a_last_contact_that_is_corrected(station: Station) -> None:
    met = station.session(5)
    station.mornings(13, 15)
    move(station, 15, met, 3)
    (alert,) = station.alerts()
    assert (alert["since"], alert["due"], alert["occasion"]) == (days(3), days(10), 1)
    move(station, 15, met, 6)
    (alert,) = station.alerts()
    assert (alert["since"], alert["due"], alert["occasion"]) == (days(6), days(13), 1)
    with station.room.workshop.asking.within(SYSTEM) as answers:
        assert {row["due"] for row in answers.rows(ADDRESSEE)} == {days(13)}


def test_since_and_due_go_with_an_opening_that_is_corrected(station: Station) -> None:
    station.mornings(8, 12)
    opened = station.desk.streams[station.case][0].id
    move(station, 12, opened, 2)
    (alert,) = station.alerts()
    assert (alert["since"], alert["due"], alert["occasion"]) == (days(2), days(9), 1)


def test_a_contact_that_is_moved_into_the_silence_ends_it_and_is_marked_late(
    station: Station,
) -> None:
    before, met = station.session(2), station.session(4)
    station.mornings(12, 12)
    assert station.open_since() == [4]
    move(station, 13, before, 11)
    (alert,) = station.alerts()
    assert (alert["resolved_event"], alert["late"]) == (before, True)
    assert met != before


def test_what_the_silence_began_with_ends_it_by_its_correction_where_it_is_moved_away(
    station: Station,
) -> None:
    before, met = station.session(2), station.session(4)
    station.mornings(12, 12)
    move(station, 13, met, 1)
    first, second = sorted(station.alerts(), key=lambda each: str(each["state"]))
    assert (first["state"], first["since"], first["episode"]) == ("open", days(2), before)
    assert second["resolved_event"] == station.desk.log[-1].id
    assert not second["late"]


def test_a_session_of_which_only_the_month_is_known_counts_from_its_first_day_and_is_not_late(
    station: Station,
) -> None:
    station.mornings(8, 8)
    month = Occurred(start=at(date(2018, 11, 1)), precision="month")
    receipt = station.on(
        30,
        lambda e: hold_session(
            station.desk, msgspec.structs.replace(e, occurred=month), station.case, session()
        ),
    )
    over, since = station.alerts()
    assert (over["resolved_event"], over["late"]) == (receipt.events[0], False)
    assert (since["since"], since["state"]) == (date(2018, 11, 1), "open")


def place_of(station: Station) -> Place:
    """Establish the station itself, which need not be on record."""
    facts = StationEstablished(
        name="示例街道社工站",
        region_code="620102001",
        purchaser="示例街道办事处",
        overseer="示例区民政局",
    )
    e = entry(days(0), principal=principal("operator_manager"))
    place = Place.start(e, DEMONSTRATION, facts, id=STATION)
    station.on(0, lambda e: station.desk.save(e, place))
    return place


def test_a_case_of_a_station_that_was_handed_over_is_left_to_those_who_have_it_now(
    station: Station,
) -> None:
    place = place_of(station)
    station.mornings(8, 8)
    assert station.open_since() == [0]
    passed = StationTransferredToOperator(new_operator=new_id(), successor=new_id(), begins=days(9))
    handing_over = entry(days(9), role="administrator")
    place.record(handing_over, passed)
    receipt = station.on(9, lambda _: station.desk.save(handing_over, place))
    (alert,) = station.alerts()
    assert (alert["state"], alert["resolved_event"]) == ("resolved", receipt.events[0])
    station.mornings(10, 20)
    assert len(station.alerts()) == 1
    assert station.open_since() == []


def test_a_case_that_was_closed_by_mistake_at_a_closed_station_alarms_once_it_opens_again(
    station: Station,
) -> None:
    place = place_of(station)
    closed = station.on(5, lambda e: close_case(station.desk, e, station.case, LOST)).events[0]
    place.record(entry(days(6)), StationClosed(last_day=days(6), reason="合同到期"))
    station.on(6, lambda e: station.desk.save(e, place))
    station.on(7, lambda e: void_record(station.desk, e, station.case, closed, REASON))
    station.mornings(8, 20)
    assert station.alerts() == []
    place.record(entry(days(21)), StationReopened(reason="合同续签，继续服务"))
    station.on(21, lambda e: station.desk.save(e, place))
    assert station.open_since() == [0]


def test_a_backup_who_falls_ill_too_and_a_supervisor_who_leaves_are_told_no_more(
    station: Station,
) -> None:
    hire(station, COLLEAGUE)
    hire(station, SUPERVISOR)
    supervised = SupervisorSet(worker=WORKER, supervisor=SUPERVISOR, begins=days(-90))
    away = StaffAbsenceRecorded(begins=days(8), ends=days(20))
    hire(station, WORKER, pair(WORKER, COLLEAGUE), supervised, away)
    station.mornings(8, 8)
    assert addressed(station) == {"supervisor", WORKER, COLLEAGUE, SUPERVISOR}
    tell_of(station, 9, COLLEAGUE, StaffAbsenceRecorded(begins=days(9), ends=days(10)))
    assert addressed(station) == {"supervisor", WORKER, SUPERVISOR}
    tell_of(station, 9, SUPERVISOR, StaffLeft(last_day=days(9)))
    assert addressed(station) == {"supervisor", WORKER, SUPERVISOR}
    station.mornings(10, 11)
    assert addressed(station) == {"supervisor", WORKER, COLLEAGUE}


def test_whatever_is_written_down_and_however_late_the_open_alert_says_how_it_is_now(
    station: Station,
) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    hire(station, COLLEAGUE, SupervisorSet(worker=COLLEAGUE, supervisor=SUPERVISOR, begins=days(0)))
    sessions: list[Id] = []
    stood = 0
    for day in range(8, 48):
        station.mornings(day, day)
        what, ago = chance.random(), chance.choice([0, 0, 4, 9])
        with suppress(Refusal, Conflict):
            if what < 0.25:
                sessions.append(station.session(max(0, day - ago), recorded=day))
            elif what < 0.45 and sessions:
                station.toggle(day, chance.choice(sessions))
            elif what < 0.6 and sessions:
                move(station, day, chance.choice(sessions), max(0, day - ago))
            elif what < 0.7:
                hand_over(station, day, chance.choice([WORKER, COLLEAGUE]))
            elif what < 0.8:
                station.rest(day, over=station.desk.load(Case, station.case).stands.suspended)
        stood += check_how_it_stands(station, day)
    assert stood > 10
    assert any(isinstance(facts, AlertRestated) for facts in recorded(station))


def check_how_it_stands(station: Station, day: int) -> bool:
    """Hold the open alert to the case as it stands, and return whether there is one."""
    with station.room.workshop.asking.within(SYSTEM) as answers:
        ((row, case),) = followed(answers, [station.case])
    alerts = [alert for alert in station.alerts() if alert["state"] == "open"]
    now = silence(case, 7)
    if now is None or not now.overdue_on(days(day)):
        assert alerts == []
        return False
    (alert,) = alerts
    assert (alert["since"], alert["due"], alert["worker"]) == (
        now.last.day,
        now.due,
        row["worker"],
    )
    supervisors = {SUPERVISOR} if row["worker"] == COLLEAGUE else set()
    assert addressed(station) == {"supervisor", row["worker"], *supervisors}
    return True


def recorded(station: Station) -> list[Facts]:
    return [decode(row.state).facts for row in station.room.journal.read(0, 10_000)]
