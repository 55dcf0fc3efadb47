"""A worker's day: at one door at a time, and told of what says the same again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from domain.clock import at
from domain.corrections import correct_record, reinstate_record, void_record
from domain.counting import Attendance
from domain.desk import Receipt
from domain.entry import Entry
from domain.event import Occurred, Reason, ReasonCode
from domain.identity import derived_id, new_id
from domain.journal.codec import encode
from domain.private import Private, private
from domain.visit import (
    HomeServiceDelivered,
    HomeVisitMade,
    PhoneContactMade,
    Visit,
    record_visit,
)
from domain.worker_day import PossibleDuplicateDetected, WorkerEngaged
from tests.casework import CLIENT, HOUSEHOLD, CaseworkDesk
from tests.doors import (
    HERE,
    REASON,
    SOMEBODY,
    THERE,
    at_door,
    made_of,
    visit,
    warned,
    with_client,
)
from tests.neighbours import Neighbour, Neighbourhood
from tests.station import SCOPE, TODAY, WORKER, entry, refused

BUILDING = private(derived_id("whoever lives there"), "contact", "示例社区 3 号楼")


def test_a_worker_cannot_be_at_two_doors_at_once() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    record_visit(desk, entry(), SCOPE, at_door(HERE))
    half_past = at(TODAY, 9, 20)
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, entry(half_past), SCOPE, at_door(THERE))
    record_visit(desk, entry(half_past), SCOPE, at_door(HERE))
    record_visit(desk, entry(at(TODAY, 9, 50)), SCOPE, at_door(THERE))


def test_a_visit_of_no_minutes_holds_its_worker_until_its_end() -> None:
    """given a visit from ten to eleven with no minutes / when another begins then / then not"""
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    hour = Occurred(start=at(TODAY, 10), end=at(TODAY, 11))
    at_ten = msgspec.structs.replace(entry(now=at(TODAY, 12)), occurred=hour)

    def called(household: str) -> HomeVisitMade:
        return HomeVisitMade(
            kind="home_visit", workers=(WORKER,), household=household, attendance=(SOMEBODY,)
        )

    record_visit(desk, at_ten, SCOPE, called(HERE))
    again = msgspec.structs.replace(at_ten, event=derived_id("again"))
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, again, SCOPE, called(THERE))


def test_two_of_one_household_are_met_at_one_door() -> None:
    desk = CaseworkDesk()
    other = derived_id("who lives with the client")
    for person in (CLIENT, other):
        desk.neighbours["person", person] = Neighbour(household=HOUSEHOLD)
    desk.neighbours["household", HOUSEHOLD] = Neighbour()
    for person in (CLIENT, other):
        there = visit(workers=(WORKER,), attendance=(Attendance(person=person),))
        record_visit(desk, entry(), SCOPE, there)
    assert len({facts.place for facts in desk.facts() if isinstance(facts, WorkerEngaged)}) == 1


def test_a_correction_moves_the_worker_and_a_void_frees_them() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    made = record_visit(desk, entry(), SCOPE, at_door(HERE))
    target = made.events[0]
    later = Occurred(start=at(TODAY, 14))
    evening = entry(now=at(TODAY, 20))
    correct_record(desk, evening, made.stream, target, {}, REASON, later)
    record_visit(desk, entry(), SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        record_visit(desk, entry(at(TODAY, 14, 10)), SCOPE, at_door(THERE))
    void_record(desk, evening, made.stream, target, REASON)
    record_visit(desk, entry(at(TODAY, 14, 10)), SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        reinstate_record(desk, evening, made.stream, target, REASON)


def test_who_is_at_a_door_over_midnight_is_at_no_other_on_either_day() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    late, morning = at(TODAY, 23, 40), entry(now=at(TODAY + timedelta(days=1), 9))
    again = msgspec.structs.replace(morning, occurred=Occurred(start=late))
    made = record_visit(desk, again, SCOPE, at_door(HERE, minutes=60))
    after_midnight = Occurred(start=at(TODAY + timedelta(days=1), 0, 10))
    early = msgspec.structs.replace(entry(now=morning.now), occurred=after_midnight)
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, early, SCOPE, at_door(THERE))
    void_record(desk, entry(now=morning.now), made.stream, made.events[0], REASON)
    record_visit(desk, early, SCOPE, at_door(THERE))
    with refused("visit.overlaps"):
        reinstate_record(desk, entry(now=morning.now), made.stream, made.events[0], REASON)


def test_of_two_that_say_the_same_one_is_voided_and_names_the_one_that_stays() -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first, again = (record_visit(desk, entry(), SCOPE, facts) for _ in range(2))
    call = record_visit(
        desk,
        entry(),
        SCOPE,
        PhoneContactMade(kind="phone_contact", attendance=(Attendance(person=CLIENT),)),
    )

    def void(which: Receipt, kept: Receipt, code: ReasonCode = "duplicate") -> Receipt:
        reason = Reason(code=code, text="同一次走访重复录入", duplicate_of=kept.events[0])
        return void_record(
            desk, entry(), which.stream, which.events[0], reason, kept_in=kept.stream
        )

    with refused("record.no_duplicate", "reason.code"):
        void(again, first, "entry_error")
    for kept in (again, call):
        with refused("record.nothing_kept", "duplicate_of"):
            void(again, kept)
    made = void(again, first)
    voided: Any = desk.facts(again.stream)[-1]
    assert (voided.reason.duplicate_of, made.stream) == (first.events[0], again.stream)
    with refused("record.nothing_kept", "duplicate_of"):
        void(first, again)
    assert [len(desk.load(Visit, each.stream).records) for each in (first, again)] == [1, 1]


def test_a_visit_said_again_is_kept_and_warned_of() -> None:
    desk = CaseworkDesk()
    colleague = derived_id("colleague")
    facts = with_client(workers=(WORKER, colleague))
    first = record_visit(desk, entry(at(TODAY, 9)), SCOPE, facts)
    assert first.warnings == ()
    seconds_later = at(TODAY, 9) + timedelta(seconds=40)
    again = record_visit(desk, entry(seconds_later), SCOPE, facts)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    detected = [each for each in desk.facts() if isinstance(each, PossibleDuplicateDetected)]
    assert {each.worker for each in detected} == {WORKER, colleague}
    assert all(len(desk.load(Visit, made.stream).records) == 1 for made in (first, again))


@pytest.mark.parametrize(
    "other",
    [
        visit(attendance=(Attendance(person=derived_id("neighbour")),), household=HOUSEHOLD),
        visit(attendance=(Attendance(person=CLIENT),), kind="other_service", household=HOUSEHOLD),
        visit(attendance=(Attendance(person=CLIENT),), workers=(derived_id("colleague"),)),
    ],
)
def test_other_people_another_kind_or_another_worker_is_no_visit_said_again(
    other: HomeServiceDelivered,
) -> None:
    desk = CaseworkDesk()
    desk.neighbours["person", derived_id("neighbour")] = Neighbour(household=HOUSEHOLD)
    record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,), household=HOUSEHOLD))
    made = record_visit(
        desk, entry(), SCOPE, msgspec.structs.replace(other, workers=other.workers or (WORKER,))
    )
    assert "visit.possible_duplicate" not in {code for code, _ in warned(made)}


def test_a_call_said_again_is_warned_of_and_binds_nobody() -> None:
    desk = CaseworkDesk()
    call = PhoneContactMade(
        kind="phone_contact", workers=(WORKER,), attendance=(Attendance(person=CLIENT),), minutes=40
    )
    first = record_visit(desk, entry(), SCOPE, call)
    assert record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,))).warnings == ()
    again = record_visit(desk, entry(), SCOPE, call)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    midnight = entry(at(TODAY, 0))
    early = record_visit(desk, midnight, SCOPE, call)
    again = record_visit(desk, midnight, SCOPE, call)
    assert warned(again) == [("visit.possible_duplicate", early.events[0])]


def test_what_was_voided_is_repeated_by_nothing_and_a_correction_can_repeat() -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first = record_visit(desk, entry(), SCOPE, facts)
    void_record(desk, entry(), first.stream, first.events[0], REASON)
    second = record_visit(desk, entry(), SCOPE, facts)
    assert second.warnings == ()
    later = record_visit(desk, entry(at(TODAY, 11)), SCOPE, facts)
    moved = correct_record(
        desk, entry(at(TODAY, 12)), later.stream, later.events[0], {}, REASON, entry().occurred
    )
    assert warned(moved) == [("visit.possible_duplicate", second.events[0])]
    back = reinstate_record(desk, entry(), first.stream, first.events[0], REASON)
    assert {other for _, other in warned(back)} == {second.events[0], later.events[0]}


def test_a_short_overlap_at_another_door_is_warned_of() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    first = record_visit(desk, entry(), SCOPE, at_door(HERE))
    short = record_visit(desk, entry(at(TODAY, 9, 25)), SCOPE, at_door(THERE))
    assert warned(short) == [("visit.short_overlap", first.events[0])]
    after = record_visit(desk, entry(at(TODAY, 11, 30)), SCOPE, at_door(HERE))
    assert after.warnings == ()


def dated() -> Entry:
    """Return how something is written down of which only the day is known."""
    some_time = Occurred(start=at(TODAY), precision="day")
    return msgspec.structs.replace(entry(), occurred=some_time, event=new_id())


def test_a_time_known_only_by_its_day_holds_no_worker() -> None:
    desk = Neighbourhood(neighbours={("household", home): Neighbour() for home in (HERE, THERE)})
    record_visit(desk, entry(), SCOPE, at_door(HERE))
    for household in (HERE, THERE):
        made = record_visit(desk, dated(), SCOPE, at_door(household, kind="other_service"))
        assert made.warnings == ()


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(1, True), (119, True), (120, True), (121, False), (-120, True), (-121, False)],
)
def test_the_same_people_again_within_two_hours_may_be_one_visit(minutes: int, told: bool) -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first = record_visit(desk, entry(at(TODAY, 12)), SCOPE, facts)
    again = record_visit(desk, entry(at(TODAY, 12) + timedelta(minutes=minutes)), SCOPE, facts)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])] * told


def test_of_a_day_the_same_people_and_kind_may_be_one_visit() -> None:
    desk = CaseworkDesk()
    facts = with_client(workers=(WORKER,))
    first = record_visit(desk, dated(), SCOPE, facts)
    other = record_visit(desk, dated(), SCOPE, with_client(workers=(WORKER,), kind="other_service"))
    assert other.warnings == ()
    again = record_visit(desk, dated(), SCOPE, facts)
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    evening = record_visit(desk, entry(at(TODAY, 20)), SCOPE, facts)
    assert {one for _, one in warned(evening)} == {first.events[0], again.events[0]}
    tomorrow = record_visit(desk, entry(TODAY + timedelta(days=1)), SCOPE, facts)
    assert tomorrow.warnings == ()
    void_record(desk, entry(), first.stream, first.events[0], REASON)
    assert len(warned(record_visit(desk, dated(), SCOPE, facts))) == 2


def test_of_nobody_named_the_household_tells_and_a_described_place_to_the_minute() -> None:
    desk = Neighbourhood(neighbours={("household", HERE): Neighbour()})
    first = record_visit(desk, entry(), SCOPE, at_door(HERE))
    hour_later = entry(at(TODAY, 10))
    again = record_visit(desk, hour_later, SCOPE, at_door(HERE))
    assert warned(again) == [("visit.possible_duplicate", first.events[0])]
    building = visit(workers=(WORKER,), address=BUILDING)
    there = record_visit(desk, entry(at(TODAY, 14)), SCOPE, building)
    next_door = record_visit(desk, entry(at(TODAY, 14, 40)), SCOPE, building)
    assert next_door.warnings == ()
    twice = record_visit(desk, entry(at(TODAY, 14)), SCOPE, building)
    assert warned(twice) == [("visit.possible_duplicate", there.events[0])]
    known = [record_visit(desk, dated(), SCOPE, at_door(HERE)) for _ in range(2)][1]
    assert len(known.warnings) == 3


def test_a_door_that_only_its_address_tells_is_the_same_door_and_is_told_to_nobody() -> None:
    """given a visit to nobody known at an address / when another begins there, and elsewhere"""
    desk = Neighbourhood()
    building = visit(workers=(WORKER,), address=BUILDING)
    made = record_visit(desk, entry(at(TODAY, 14)), SCOPE, building)
    half_past = entry(at(TODAY, 14, 20))
    written_otherwise = private(derived_id("somebody"), "contact", "示例社区３号楼")
    record_visit(desk, half_past, SCOPE, visit(workers=(WORKER,), address=written_otherwise))
    elsewhere = private(derived_id("somebody"), "contact", "示例社区 7 号楼")
    with refused("visit.overlaps", "occurred.start"):
        record_visit(desk, half_past, SCOPE, visit(workers=(WORKER,), address=elsewhere))
    evening = entry(now=at(TODAY, 20))
    correct_record(desk, evening, made.stream, made.events[0], {"minutes": 50}, REASON)
    with refused("visit.overlaps", "occurred.start"):
        record_visit(
            desk, entry(at(TODAY, 14, 30)), SCOPE, visit(workers=(WORKER,), address=elsewhere)
        )
    places = {facts.place for facts in desk.facts() if isinstance(facts, WorkerEngaged)}
    assert len(places) == 1
    assert all("号楼".encode() not in encode(event) for event in desk.log)


def test_whoever_is_named_tells_the_door_and_no_hash_of_their_address_is_kept() -> None:
    desk = CaseworkDesk()
    home = private(CLIENT, "contact", "示例社区 3 号楼")
    made = record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,), address=home))
    assert made_of(desk, made.stream).door is None
    (engaged,) = (facts for facts in desk.facts() if isinstance(facts, WorkerEngaged))
    assert engaged.place == HOUSEHOLD


def test_where_one_household_was_met_is_not_written_in_the_open() -> None:
    desk = CaseworkDesk()
    with refused("record.open_place", "place"):
        record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,), place="3 号楼"))
    made = record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,)))
    stream, record = made.stream, made.events[0]
    with refused("record.open_place", "facts.place"):
        correct_record(desk, entry(), stream, record, {"place": "3 号楼"}, REASON)
    with refused("record.fixed_field", "facts.door"):
        correct_record(desk, entry(), stream, record, {"door": "0a" * 8}, REASON)
    there = {"person": CLIENT, "purpose": "contact", "text": "3 号楼"}
    correct_record(desk, entry(), stream, record, {"address": there}, REASON)
    assert made_of(desk, stream).address.sealed is not None


def test_a_place_that_stands_in_the_open_stays_until_somebody_takes_it_out() -> None:
    """given a visit as it was recorded before addresses were sealed"""
    desk = CaseworkDesk()
    made = record_visit(desk, entry(), SCOPE, visit(workers=(WORKER,)))
    stream, record = made.stream, made.events[0]
    (before,) = desk.streams[stream]
    facts = msgspec.structs.replace(before.facts, place="示例社区 3 号楼")
    desk.streams[stream] = [msgspec.structs.replace(before, facts=facts)]
    with refused("record.open_place", "facts.place"):
        correct_record(desk, entry(), stream, record, {"place": "示例社区 4 号楼"}, REASON)
    correct_record(desk, entry(), stream, record, {"minutes": 50}, REASON)
    assert made_of(desk, stream).place == "示例社区 3 号楼"
    *_, engaged = (facts for facts in desk.facts() if isinstance(facts, WorkerEngaged))
    assert "号楼" not in engaged.place
    again = visit(workers=(WORKER,), address=BUILDING)
    twice = record_visit(desk, entry(), SCOPE, again)
    assert warned(twice) == [("visit.possible_duplicate", record)]
    sealed = {"person": WORKER, "purpose": "contact", "text": "示例社区 3 号楼"}
    said = {"place": None, "address": sealed}
    correct_record(desk, entry(), stream, record, said, REASON)
    assert made_of(desk, stream).place is None


@pytest.mark.parametrize("address", [BUILDING, None])
def test_a_day_on_which_nobody_known_was_met_is_held_by_nothing(address: Private | None) -> None:
    """Else all who write for one worker would wait for each other, and be told of nothing."""
    desk = Neighbourhood()
    facts = visit(workers=(WORKER,), address=address)
    unsaid = [record_visit(desk, dated(), SCOPE, facts) for _ in range(2)]
    assert [made.warnings for made in unsaid] == [(), ()]
    assert len(desk.log) == 2


def test_minutes_that_are_said_twice_at_one_place_are_warned_of() -> None:
    desk = CaseworkDesk()
    first = record_visit(desk, entry(), SCOPE, with_client(workers=(WORKER,), household=HOUSEHOLD))
    other = with_client(workers=(WORKER,), household=HOUSEHOLD, kind="other_service")
    shared = record_visit(desk, entry(at(TODAY, 9, 39)), SCOPE, other)
    assert warned(shared) == [("visit.shared_time", first.events[0])]
    after = record_visit(desk, entry(at(TODAY, 10, 19)), SCOPE, other)
    assert [one for code, one in warned(after) if code == "visit.shared_time"] == []
