"""A moment is read in one way, on the command line as over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.journal.past import reached_moment_of
from domain.refusals import Refusal
from tests.station import refused

NOW = datetime(2026, 11, 23, 4, 21, 40, tzinfo=UTC)
"""In Chinese civil time 12:21 on that day."""


@pytest.mark.parametrize("text", ["2018-1-5", "²", "9" * 5_000, "2018-10-26T12:00:00", "", "-1"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with refused("known_at.unclear", "known_at"):
        reached_moment_of(text, 40, NOW)


def test_a_position_yet_to_come_is_refused_and_the_last_one_is_not() -> None:
    assert reached_moment_of("40", 40, NOW) == 40
    with refused("known_at.beyond", "known_at"):
        reached_moment_of("41", 40, NOW)


def test_a_refusal_names_the_option_that_was_written() -> None:
    with pytest.raises(Refusal) as caught:
        reached_moment_of("gestern", 40, NOW, "--between")
    for language in ("zh", "en"):
        assert "--between" in caught.value.text(language)
        assert "known_at" not in caught.value.text(language)
        assert "%2B" not in caught.value.text(language), "that is for addresses"
    assert caught.value.code == "known_at.unclear_option"
    with pytest.raises(Refusal) as caught:
        reached_moment_of("99999999", 40, NOW, "--at")
    assert "40" in caught.value.text("zh")


def test_a_day_is_meant_to_its_end_and_a_time_in_its_zone() -> None:
    end = datetime(2018, 10, 26, 15, 59, 59, 999_999, UTC)
    assert reached_moment_of("2018-10-26", 40, NOW) == end
    assert reached_moment_of("2018-10-26T12:00:00+08:00", 40, NOW) == datetime(
        2018, 10, 26, 4, tzinfo=UTC
    )


@pytest.mark.parametrize("yet_to_come", ["2030-01-01", "2026-11-24", "2026-11-23T04:22:00Z"])
def test_a_day_and_a_time_yet_to_come_are_refused(yet_to_come: str) -> None:
    with refused("known_at.in_future", "--at"):
        reached_moment_of(yet_to_come, 40, NOW, "--at")


def test_a_refusal_of_the_future_says_when_it_is_now() -> None:
    with pytest.raises(Refusal) as caught:
        reached_moment_of("2026-11-23T12:30:00+08:00", 40, NOW)
    for language in ("zh", "en"):
        said = caught.value.text(language)
        assert ("2026-11-23 12:30" in said, "2026-11-23 12:21" in said) == (True, True)


@pytest.mark.parametrize("going_on", ["2026-11-23", "2026-11-23T04:21:59Z"])
def test_the_day_and_the_minute_that_are_going_on_can_be_asked_about(going_on: str) -> None:
    moment = reached_moment_of(going_on, 40, NOW)
    assert isinstance(moment, datetime)
    assert moment > NOW - timedelta(seconds=1)
