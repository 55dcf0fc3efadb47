"""What is remembered of the streams that were read: how much of them, and which goes first."""

from __future__ import annotations

from domain.event import AnyEvent
from domain.journal.remembered import Remembered
from domain.visit import Visit
from tests.doors import visit
from tests.station import SCOPE, entry

(MADE,) = Visit.start(entry(), SCOPE, visit()).collect_events()


def stream(length: int) -> tuple[AnyEvent, ...]:
    return (MADE,) * length


def known(remembered: Remembered, *streams: str, era: int = 0) -> dict[str, int]:
    """How many events are remembered of each stream, where there are any; asking touches them."""
    lengths = {each: len(remembered.get(each, era)) for each in streams}
    return {each: length for each, length in lengths.items() if length}


def test_the_stream_that_nobody_asked_for_the_longest_is_forgotten_first() -> None:
    remembered = Remembered(limit=3)
    for each in "abc":
        remembered.keep(each, stream(1), 0)
    remembered.get("a", 0)
    remembered.keep("b", stream(1), 0)  # read again
    remembered.keep("d", stream(1), 0)
    assert known(remembered, *"abcd") == {"a": 1, "b": 1, "d": 1}


def test_as_many_events_are_remembered_as_there_is_room_for_each_counted_once() -> None:
    remembered = Remembered(limit=5)
    for grown in (1, 2, 3):
        remembered.keep("a", stream(grown), 0)
    remembered.keep("b", stream(2), 0)
    assert known(remembered, *"ab") == {"a": 3, "b": 2}
    remembered.forget(["b", "never read"])
    assert known(remembered, *"ab") == {"a": 3}
    remembered.keep("c", stream(2), 0)
    assert known(remembered, *"abc") == {"a": 3, "c": 2}
    remembered.keep("d", stream(1), 0)
    assert known(remembered, *"acd") == {"c": 2, "d": 1}


def test_what_was_read_over_a_connection_that_is_gone_is_neither_told_nor_counted() -> None:
    remembered = Remembered(limit=3)
    remembered.keep("a", stream(3), 0)
    assert known(remembered, "a", era=1) == {}
    remembered.keep("b", stream(2), 1)
    remembered.keep("b", stream(1), 0)  # a command that began before
    remembered.keep("c", stream(1), 1)
    assert known(remembered, *"abc", era=1) == {"b": 2, "c": 1}
    assert known(remembered, *"abc", era=0) == {}
