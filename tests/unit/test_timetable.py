"""When timed work falls due: each time once, and of those that were missed the latest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.clock import SimulatedClock, at
from domain.journal.tasks import Asked
from tests.station import TODAY
from workers.clock import Timetable, due_times
from workers.duty import Duty, Job, Workshop

MORNINGS, MONTHLY = "0 7 * * *", "0 7 1 * *"
NOW = at(TODAY, 7, 30)


def mornings(*ago: int) -> list[datetime]:
    return [at(TODAY - timedelta(days=days), 7) for days in ago]


@pytest.mark.parametrize(
    ("last", "at_most", "expected"),
    [
        (None, 3, mornings(0)),
        (mornings(1), 1, mornings(0)),
        (mornings(3), 1, mornings(0)),
        (mornings(3), 2, mornings(1, 0)),
        (mornings(3), 9, mornings(2, 1, 0)),
        (mornings(0), 9, []),
    ],
)
def test_of_the_mornings_that_were_missed_the_latest_are_made_up_for(
    last: list[datetime] | None, at_most: int, expected: list[datetime]
) -> None:
    assert due_times(MORNINGS, last[0] if last else None, NOW, at_most) == expected


@pytest.mark.parametrize(("late", "expected"), [(0, mornings(0)), (-1, [])])
def test_it_falls_due_by_the_clock_of_china_and_at_the_very_moment(
    late: int, expected: list[datetime]
) -> None:
    now = at(TODAY, 7).astimezone(UTC) + timedelta(microseconds=late)
    assert due_times(MORNINGS, mornings(1)[0], now, 1) == expected


@pytest.mark.parametrize("last", [None, NOW - timedelta(days=900)])
def test_nothing_is_made_up_for_that_is_older_than_a_year_and_a_month(
    last: datetime | None,
) -> None:
    found = due_times(MONTHLY, last, NOW, 99)
    assert len(found) == (13 if last else 1)
    assert due_times("0 7 29 2 *", last, NOW, 99) == []  # the last was in 2016


class Register:
    """Keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, Asked]] = []

    def last_due(self, job: str) -> datetime | None:
        return max((due for due, asked in self.asked if asked.duty == job), default=None)

    def ask_when_due(self, job: str, moments: Sequence[tuple[datetime, list[Asked]]]) -> int:
        self.asked += [(due, asked) for due, (asked,) in moments]
        return len(moments)


def test_a_clock_asks_for_each_duty_that_has_a_time_once() -> None:
    def nothing(workshop: Workshop, job: Job) -> None:
        """Do nothing."""

    duties = [
        Duty("daily", nothing, cron=MORNINGS, catch_up=2),
        Duty("monthly", nothing, cron=MONTHLY),
        Duty("whenever", nothing),
    ]
    register: Any = Register()
    clock = SimulatedClock(NOW)
    timetable = Timetable(register, clock, duties)
    assert [timetable.step(), timetable.step()] == [2, 0]
    clock.set(NOW + timedelta(days=3))
    assert [timetable.step(), timetable.step()] == [2, 0]
    daily = [(due, asked) for due, asked in register.asked if asked.duty == "daily"]
    assert [due for due, _ in daily] == mornings(0, -2, -3) == [asked.due for _, asked in daily]
    assert len({asked.task for _, asked in register.asked}) == 4
