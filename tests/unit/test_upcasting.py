"""Facts of an older schema are read as those of today, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from domain import event as events
from domain.event import CORRECTIONS, FACTS, UPCASTERS, Effective, Facts, Reason, fact
from domain.journal import codec
from domain.journal.codec import decode, encode
from tests.golden import OCCURRED, sample

REGISTRIES: tuple[dict[Any, Any], ...] = (FACTS, UPCASTERS, CORRECTIONS)


def hours_to_minutes(stored: dict[str, Any]) -> dict[str, Any]:
    return {"minutes": stored["hours"] * 60}


def name_the_place(stored: dict[str, Any]) -> dict[str, Any]:
    return {**stored, "place": "unknown"}


@pytest.fixture
def walk() -> Iterator[type[Facts]]:
    """A kind of facts that has been changed twice since it was first written."""

    class Walked(Facts, frozen=True, kw_only=True, tag="test.Walked@3"):
        minutes: int
        place: str

    before = [dict(registry) for registry in REGISTRIES]
    codec._decoders.clear()
    yield fact(corrections=True, upcasters={1: hours_to_minutes, 2: name_the_place})(Walked)
    for registry, kept in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(kept)
    codec._decoders.clear()


def older(stored: bytes, facts: dict[str, Any]) -> bytes:
    """Return stored bytes with other facts, as an earlier version wrote them."""
    return msgspec.json.encode({**msgspec.json.decode(stored), "facts": facts})


def test_facts_of_every_schema_are_read_as_those_of_today(walk: Any) -> None:
    today = encode(sample("walk", walk(minutes=120, place="unknown")))
    for facts in (
        {"@type": "test.Walked@1", "hours": 2},
        {"@type": "test.Walked@2", "minutes": 120},
    ):
        assert decode(older(today, facts)) == decode(today)


def test_both_sides_of_an_older_correction_are_read_as_of_today(walk: Any) -> None:
    corrected = CORRECTIONS[walk][0]
    sides = [
        Effective(occurred=OCCURRED, facts=walk(minutes=minutes, place="unknown"))
        for minutes in (60, 120)
    ]
    reason = Reason(code="other", text="样例的原因")
    made = corrected(target="0", reason=reason, before=sides[0], after=sides[1])
    today = encode(sample("walk", made))
    stored = msgspec.json.decode(today)["facts"]
    stored["@type"] = "test.WalkedCorrected@1"
    for side, hours in (("before", 1), ("after", 2)):
        stored[side]["facts"] = {"@type": "test.Walked@1", "hours": hours}
    assert decode(older(today, stored)) == decode(today)


def test_facts_that_nobody_knows_are_an_error_and_never_a_guess(walk: Any) -> None:
    today = encode(sample("walk", walk(minutes=1, place="here")))
    for unknown in ("test.Walked@4", "test.Flown@1"):
        with pytest.raises(msgspec.ValidationError):
            decode(older(today, {"@type": unknown, "minutes": 1, "place": "here"}))


def test_a_schema_without_its_upcasters_is_refused_where_it_is_declared() -> None:
    class Ran(Facts, frozen=True, kw_only=True, tag="test.Ran@2"):
        minutes: int

    with pytest.raises(ValueError, match="no upcaster"):
        fact()(Ran)
    assert "test.Ran" not in events.FACTS
