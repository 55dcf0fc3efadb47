"""AL-15 from deliveries to alerts, month by month under a simulated clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.contract import (
    amend_contract,
    end_project,
    resume_project,
    retire_indicator,
    suspend_project,
)
from domain.project import ContractAmended
from projections.alert import ADDRESSEE
from tests.integration.behind import Contracted
from tests.offices import Office, office
from tests.station import SCOPE, entry
from workers.duty import SYSTEM


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path) as opened:
        yield opened


def test_months_stand_for_themselves(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    monthly.deliver(date(2018, 7, 5), 30)
    assert monthly.morning(date(2018, 7, 31)) == []
    assert monthly.morning(date(2018, 8, 31)) == [("2018-08-01", "red")]
    (alert,) = monthly.alerts()
    assert (alert["rule"], alert["subject"], alert["due"]) == (
        "AL-15",
        monthly.indicator,
        date(2018, 8, 31),
    )


def test_a_real_project_is_left_alone_under_a_simulated_clock(room: Office) -> None:
    assert Contracted(room, "month", 10, SCOPE).morning(date(2018, 8, 31)) == []


def test_yellow_turns_red_and_green_again_when_the_work_is_done(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    monthly.deliver(date(2018, 7, 2), 4)
    assert monthly.morning(date(2018, 7, 16)) == []
    assert monthly.morning(date(2018, 7, 17)) == [("2018-07-01", "yellow")]
    assert monthly.morning(date(2018, 7, 19)) == [("2018-07-01", "yellow")]
    assert monthly.morning(date(2018, 7, 25)) == [("2018-07-01", "red")]
    monthly.deliver(date(2018, 7, 25), 4)
    assert monthly.morning(date(2018, 7, 26)) == []
    (alert,) = monthly.alerts()
    assert (alert["state"], alert["level"]) == ("resolved", "red")
    assert alert["resolved_event"] in {event.id for event in monthly.desk.log}


def test_what_is_due_by_the_end_is_held_to_the_whole_time(room: Office) -> None:
    whole = Contracted(room, "project", 160)
    whole.deliver(date(2018, 7, 2), 40)
    assert whole.morning(date(2018, 7, 31)) == []
    assert whole.morning(date(2018, 9, 15)) == [("2018-07-01", "yellow")]
    assert whole.morning(date(2018, 9, 16)) == [("2018-07-01", "red")]


def test_one_done_every_day_of_one_that_is_due_is_behind_on_no_morning(room: Office) -> None:
    daily = Contracted(room, "month", 31)
    for day in range(1, 5):
        assert daily.morning(date(2018, 7, day)) == []
        daily.deliver(date(2018, 7, day), 1)


def test_what_was_due_by_the_midterm_and_is_done_late_has_no_alert(room: Office) -> None:
    first = Contracted(room, "midterm", 10)
    first.deliver(date(2018, 7, 2), 5)
    assert first.morning(date(2018, 9, 30)) == [("2018-07-01", "red")]
    first.deliver(date(2018, 10, 10), 4)
    assert first.morning(date(2018, 10, 11)) == [("2018-07-01", "red")]
    first.deliver(date(2018, 10, 12), 1)
    assert first.morning(date(2018, 10, 13)) == []
    (alert,) = first.alerts()
    (ended,) = (each for each in first.desk.log if each.id == alert["resolved_event"])
    assert ended.occurred.day == date(2018, 10, 12)
    assert first.morning(date(2018, 12, 30)) == []


def test_after_the_last_day_of_the_contract_there_is_no_alert(room: Office) -> None:
    whole = Contracted(room, "project", 10)
    assert whole.morning(date(2018, 12, 31)) == [("2018-07-01", "red")]
    assert whole.morning(date(2019, 1, 1)) == []


def test_a_month_that_is_no_longer_looked_at_has_no_alert(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    monthly.morning(date(2018, 7, 31))
    assert [day for day, _ in monthly.morning(date(2018, 8, 31))] == ["2018-07-01", "2018-08-01"]
    assert [day for day, _ in monthly.morning(date(2018, 9, 30))] == ["2018-08-01", "2018-09-01"]
    (july, *_) = monthly.alerts()
    assert (july["state"], july["resolved_event"]) == ("resolved", july["episode"])


def addressed(room: Office) -> set[str]:
    with room.workshop.asking.within(SYSTEM) as answers:
        return {row["addressee"] for row in answers.rows(ADDRESSEE)}


def test_what_is_red_is_told_to_the_head_too_whether_it_was_yellow_before_or_not(
    room: Office,
) -> None:
    monthly = Contracted(room, "month", 10)
    monthly.deliver(date(2018, 7, 2), 4)
    assert monthly.morning(date(2018, 7, 17)) == [("2018-07-01", "yellow")]
    assert addressed(room) == {"project_lead"}
    assert monthly.morning(date(2018, 7, 25)) == [("2018-07-01", "red")]
    assert addressed(room) == {"project_lead", "station_head"}
    monthly.deliver(date(2018, 7, 25), 6)
    assert monthly.morning(date(2018, 7, 26)) == []
    assert monthly.morning(date(2018, 8, 20)) == [("2018-08-01", "red")]
    assert addressed(room) == {"project_lead", "station_head"}


def test_the_alert_of_a_contract_that_is_prolonged_is_due_by_the_new_end(room: Office) -> None:
    whole = Contracted(room, "project", 160)
    assert whole.morning(date(2018, 9, 16)) == [("2018-07-01", "red")]
    longer = ContractAmended(clause="补充协议第一条", document="补-1", end=date(2019, 3, 31))
    amend_contract(whole.desk, entry(date(2018, 9, 16)), whole.project, longer)
    assert whole.morning(date(2018, 9, 17)) == [("2018-07-01", "red")]
    (alert,) = whole.alerts()
    assert (alert["due"], alert["occasion"]) == (date(2019, 3, 31), 1)
    assert addressed(room) == {"project_lead", "station_head"}
    before = room.journal.max_notification_id()
    whole.morning(date(2018, 9, 18))
    assert room.journal.max_notification_id() == before


def test_a_retired_indicator_has_no_alert(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    assert len(monthly.morning(date(2018, 7, 31))) == 1
    retired = entry(date(2018, 8, 1))
    retire_indicator(monthly.desk, retired, monthly.project, monthly.indicator, "合同变更取消")
    assert monthly.morning(date(2018, 8, 2)) == []


def test_a_project_that_rests_has_no_alert_and_has_it_again_when_it_goes_on(room: Office) -> None:
    whole = Contracted(room, "project", 160)
    assert len(whole.morning(date(2018, 9, 15))) == 1
    suspend_project(whole.desk, entry(date(2018, 9, 16)), whole.project, "购买方要求暂停")
    assert whole.morning(date(2018, 9, 17)) == []
    assert whole.morning(date(2018, 9, 18)) == []
    resume_project(whole.desk, entry(date(2018, 9, 20)), whole.project)
    assert whole.morning(date(2018, 9, 21)) == [("2018-07-01", "red")]
    end_project(whole.desk, entry(date(2018, 9, 25)), whole.project, "双方协商终止")
    assert whole.morning(date(2018, 9, 26)) == []
    (alert,) = whole.alerts()
    assert alert["occasion"] == 2


def test_looking_every_morning_raises_it_once(room: Office) -> None:
    monthly = Contracted(room, "month", 10)
    for day in range(20, 30):
        monthly.morning(date(2018, 7, day))
    assert len(monthly.alerts()) == 1
    before = room.journal.max_notification_id()
    monthly.morning(date(2018, 7, 29) + timedelta(days=1))
    assert room.journal.max_notification_id() == before
