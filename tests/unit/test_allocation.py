"""Where a delivery counts can be decided by hand, and how that can be refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from domain.allocation import allocate_delivery, deallocate_delivery
from domain.contract import amend_contract, retire_indicator
from domain.corrected import Changes
from domain.corrections import correct_record
from domain.counting import Allocation
from domain.desk import Receipt
from domain.event import AnyEvent, Correction, Reason
from domain.identity import Id, derived_id
from domain.project import ContractAmended, DeliveryAllocated, DeliveryDeallocated
from domain.visit import HomeVisitAttempted, Visit, record_visit
from tests.contracts import LAST, contracted, defined, within
from tests.doors import visit
from tests.station import SCOPE, STATION, TODAY, WORKER, MemoryDesk, entry, refused

WHY = "督导核实后计入"


class Decided:
    """A project with two lines of one exclusive set, a third besides, and one home service."""

    def __init__(self, **home: Any) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)
        self.home = defined(self.desk, self.project, exclusive_set="B:times", **home)
        self.other = defined(
            self.desk,
            self.project,
            "B14.times",
            kinds=("relief_delivery",),
            exclusive_set="B:times",
        )
        self.besides = defined(self.desk, self.project, "A08", kinds=("relief_delivery",))
        self.made = record_visit(self.desk, entry(), within(self.project), visit())

    def allocate(self, indicator: Id, **more: Any) -> Receipt:
        return self._decide(allocate_delivery, indicator, **more)

    def deallocate(self, indicator: Id, **more: Any) -> Receipt:
        return self._decide(deallocate_delivery, indicator, **more)

    def _decide(self, command: Any, indicator: Id, **more: Any) -> Receipt:
        given: dict[str, Any] = {
            "stream": self.made.stream,
            "event": self.made.events[0],
            "reason": WHY,
        } | more
        how = given.pop("entry", None) or entry()
        receipt: Receipt = command(self.desk, how, self.project, indicator=indicator, **given)
        return receipt

    def correct(self, changes: Changes) -> None:
        why = Reason(code="entry_error", text="分钟数录入错误")
        stream, event = self.made.stream, self.made.events[0]
        correct_record(self.desk, entry(), stream, event, changes, why)

    def allocations(self) -> tuple[Allocation, ...]:
        held = self.desk.load(Visit, self.made.stream).records[self.made.events[0]]
        found: tuple[Allocation, ...] = held.effective.facts.allocations
        return found

    def counted(self) -> list[Id]:
        return [each.indicator for each in self.allocations()]


@pytest.fixture
def decided() -> Decided:
    return Decided()


def test_a_delivery_is_counted_by_hand_in_itself_and_in_the_project(decided: Decided) -> None:
    receipt = decided.allocate(decided.besides)
    assert decided.counted() == [decided.home, decided.besides]
    correction, decision = decided.desk.log[-2:]
    assert isinstance(correction.facts, Correction)
    assert correction.facts.reason.text == WHY
    assert decision.facts == DeliveryAllocated(
        stream=decided.made.stream,
        event=decided.made.events[0],
        indicator=decided.besides,
        reason=WHY,
    )
    assert correction.command == decision.command
    assert receipt.events == (correction.id, decision.id)


def test_a_delivery_is_withdrawn_and_counted_again_elsewhere(decided: Decided) -> None:
    with refused("allocation.exclusive", "indicator"):
        decided.allocate(decided.other)
    decided.deallocate(decided.home)
    assert decided.counted() == []
    assert isinstance(decided.desk.log[-1].facts, DeliveryDeallocated)
    decided.allocate(decided.other)
    assert decided.counted() == [decided.other]


def test_decisions_by_hand_outlive_a_correction(decided: Decided) -> None:
    decided.deallocate(decided.home)
    decided.allocate(decided.other)
    decided.allocate(decided.besides)
    decided.correct({"minutes": 45})
    assert decided.counted() == [decided.other, decided.besides]


def test_what_is_counted_by_hand_keeps_its_place_against_the_filters(decided: Decided) -> None:
    decided.deallocate(decided.home)
    decided.allocate(decided.other)
    third = defined(
        decided.desk, decided.project, "C", audiences=("elderly",), exclusive_set="B:times"
    )
    decided.correct({"audience": "elderly"})
    assert decided.counted() == [decided.other]
    decided.deallocate(decided.other)
    decided.allocate(third)
    assert decided.counted() == [third]


def test_a_correction_finds_the_indicators_of_what_is_now_said(decided: Decided) -> None:
    of_elders = defined(decided.desk, decided.project, "elders", audiences=("elderly",))
    of_children = defined(decided.desk, decided.project, "children", audiences=("children",))
    decided.correct({"audience": "elderly"})
    assert decided.counted() == [decided.home, of_elders]
    decided.correct({"audience": "children"})
    assert decided.counted() == [decided.home, of_children]


def test_what_came_later_takes_no_earlier_delivery_for_a_correction_of_minutes(
    decided: Decided,
) -> None:
    defined(decided.desk, decided.project, "later")
    decided.correct({"minutes": 45})
    assert decided.counted() == [decided.home]


def test_a_delivery_outside_the_goals_stays_outside_when_they_change() -> None:
    decided = Decided(in_scope=False)
    clause = ContractAmended(clause="第五条", document="补充协议", in_scope=(decided.home,))
    amend_contract(decided.desk, entry(), decided.project, clause)
    decided.correct({"minutes": 45})
    assert [each.in_scope for each in decided.allocations()] == [False]


def test_a_delivery_leaves_a_retired_indicator_once_it_is_not_what_that_counted(
    decided: Decided,
) -> None:
    """Given a visit to the old that counted, and its indicator retired for one of the disabled,
    when another minute is written it stays, and when it was to the disabled it goes there."""
    desk, project = decided.desk, decided.project
    old = defined(desk, project, "A02", audiences=("elderly",), exclusive_set="A:times")
    new = defined(desk, project, "A12", audiences=("disabled",), exclusive_set="A:times")
    decided.made = record_visit(desk, entry(), within(project), visit(audience="elderly"))
    retire_indicator(desk, entry(), project, old, "合同第四条取消")
    decided.correct({"minutes": 41})
    assert old in decided.counted()
    decided.correct({"audience": "disabled"})
    assert (old in decided.counted(), new in decided.counted()) == (False, True)


def test_who_takes_the_place_of_a_retired_indicator_takes_what_that_leaves(
    decided: Decided,
) -> None:
    desk, project = decided.desk, decided.project
    old = defined(desk, project, "A02", audiences=("elderly",), exclusive_set="A:times")
    decided.made = record_visit(desk, entry(), within(project), visit(audience="elderly"))
    retire_indicator(desk, entry(), project, old, "合同第四条取消")
    new = defined(desk, project, "A12", exclusive_set="A:times")
    decided.correct({"minutes": 41})
    assert (old in decided.counted(), new in decided.counted()) == (True, False)
    decided.correct({"audience": "disabled"})
    assert (old in decided.counted(), new in decided.counted()) == (False, True)


def test_counting_twice_or_withdrawing_what_does_not_count_is_refused(decided: Decided) -> None:
    with refused("allocation.twice", "indicator"):
        decided.allocate(decided.home)
    with refused("allocation.not_there", "indicator"):
        decided.deallocate(decided.other)


def test_a_decision_says_why_and_names_what_there_is(decided: Decided) -> None:
    with refused("entry.reason_too_short", "reason"):
        decided.allocate(decided.besides, reason="补")
    with refused("indicator.unknown", "indicator"):
        decided.allocate(derived_id("nowhere"))
    with refused("record.not_found", "event"):
        decided.allocate(decided.besides, event=derived_id("nothing"))
    with refused("not_found", "stream"):
        decided.allocate(decided.besides, stream=derived_id("nothing"))


def test_what_nobody_can_count_is_not_allocated(decided: Decided) -> None:
    attempted = HomeVisitAttempted(person=WORKER, workers=(WORKER,), outcome="away")
    made = Visit.start(entry(), within(decided.project), attempted)
    decided.desk.save(entry(), made)
    event = decided.desk.log[-1]
    with refused("allocation.not_countable", "event"):
        decided.allocate(decided.besides, stream=made.id, event=event.id)


def test_a_void_delivery_is_not_allocated(decided: Decided) -> None:
    found = decided.desk.load(Visit, decided.made.stream)
    found.void(entry(), decided.made.events[0], Reason(code="duplicate", text="重复录入的记录"))
    decided.desk.save(entry(), found)
    with refused("record.already_void", "event"):
        decided.allocate(decided.besides)


def test_a_delivery_of_another_ledger_is_told_to_no_second_funder(decided: Decided) -> None:
    stations = record_visit(decided.desk, entry(), SCOPE, visit())
    with refused("project.other_project", "stream"):
        decided.allocate(decided.besides, stream=stations.stream, event=stations.events[0])
    second = contracted(decided.desk, key="second")
    theirs = record_visit(decided.desk, entry(), within(second), visit())
    with refused("project.other_project", "stream"):
        decided.allocate(decided.besides, stream=theirs.stream, event=theirs.events[0])


def unchecked(decided: Decided, day: date, station: Id = STATION) -> AnyEvent:
    """Write a delivery past the rules, as an import of old paper might."""
    scope = msgspec.structs.replace(within(decided.project), station=station)
    decided.desk.save(entry(day), Visit.start(entry(day), scope, visit()))
    return decided.desk.log[-1]


def test_a_visit_is_not_made_a_case_by_hand(decided: Decided) -> None:
    cases = defined(
        decided.desk, decided.project, "A01", measure="cases", unit="个", kinds=("case_closed",)
    )
    with refused("indicator.kind_not_of_measure", "indicator"):
        decided.allocate(cases)


def test_allocation_outside_the_dates_or_the_area_is_refused(decided: Decided) -> None:
    late = unchecked(decided, LAST + timedelta(days=1))
    with refused("project.outside_dates", "occurred.start"):
        decided.allocate(decided.besides, stream=late.stream, event=late.id)
    away = unchecked(decided, TODAY, station=derived_id("another station"))
    with refused("project.outside_area", "stream"):
        decided.allocate(decided.besides, stream=away.stream, event=away.id)
