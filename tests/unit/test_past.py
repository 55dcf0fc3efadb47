"""A moment is read in one way, on the command line as over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.journal.past import reached_moment_of
from domain.refusals import Refusal
from tests.station import refused


@pytest.mark.parametrize("text", ["2018-1-5", "²", "9" * 5_000, "2018-10-26T12:00:00", "", "-1"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with refused("known_at.unclear", "known_at"):
        reached_moment_of(text, 40)


def test_a_position_yet_to_come_is_refused_and_the_last_one_is_not() -> None:
    assert reached_moment_of("40", 40) == 40
    with refused("known_at.beyond", "known_at"):
        reached_moment_of("41", 40)


def test_a_refusal_names_the_option_that_was_written() -> None:
    with pytest.raises(Refusal) as caught:
        reached_moment_of("gestern", 40, "--between")
    for language in ("zh", "en"):
        assert "--between" in caught.value.text(language)
        assert "known_at" not in caught.value.text(language)
    with pytest.raises(Refusal) as caught:
        reached_moment_of("99999999", 40, "--at")
    assert "40" in caught.value.text("zh")


def test_a_day_is_meant_to_its_end_and_a_time_in_its_zone() -> None:
    end = datetime(2018, 10, 26, 15, 59, 59, 999_999, UTC)
    assert reached_moment_of("2018-10-26", 40) == end
    assert reached_moment_of("2018-10-26T12:00:00+08:00", 40) == datetime(
        2018, 10, 26, 4, tzinfo=UTC
    )
