"""How closely a process knows the database's clock: never too early, and soon hardly too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.journal.left import GOOD_FOR, DatabaseClock

READ = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def clock(asked: float, way: float) -> DatabaseClock:
    """A reading asked for so many seconds after the first, which took so long to get there."""
    return DatabaseClock(READ + timedelta(seconds=asked + way), asked)


def test_of_two_readings_the_one_that_took_the_shorter_way_is_kept() -> None:
    slow, quick = clock(0, 0.004), clock(0.1, 0.0002)
    assert slow.or_closer(quick) is quick
    assert quick.or_closer(clock(0.2, 0.004)) is quick


def test_a_reading_that_grows_old_gives_way_while_it_still_holds() -> None:
    quick = clock(0, 0.0002)
    assert quick.or_closer(slow := clock(GOOD_FOR * 0.6, 0.004)) is slow


def test_a_clock_that_was_set_back_is_followed_at_once() -> None:
    assert clock(0, 0.0002).or_closer(back := clock(0.1, -3.0)) is back
