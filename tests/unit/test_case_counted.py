"""A case closed twice is one case, whichever of its closings is void, taken back or corrected."""

from __future__ import annotations

from domain.allocation import allocate_delivery, deallocate_delivery
from domain.case import Case
from domain.case_commands import close_case, open_case, reopen_case
from domain.case_facts import CaseClosed, CaseReopened
from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import Correction, Reason
from domain.identity import Id
from domain.reporting import close_period
from tests.casework import LOST, ContractedDesk, days, only, opening
from tests.contracts import within
from tests.station import LATE, entry, refused

REASON = Reason(code="entry_error", text="录入错误更正")
WHY = "与街道核对后决定"
AGAIN = CaseReopened(reason="found")


class ClosingDesk(ContractedDesk):
    """A desk at which cases are closed more than once."""

    def counted(self, case: Id) -> list[list[Id]]:
        """Return to which indicators each closing that stands counts."""
        closings = self.load(Case, case).effective(CaseClosed)
        return [[each.indicator for each in one.facts.allocations] for one in closings]

    def closed_twice(self) -> tuple[Id, Id, Id]:
        """Close a case after a day, reopen it, close it again; return it and its closings."""
        case = open_case(self, entry(), within(self.project), opening()).stream
        first = only(close_case(self, entry(days(1)), case, LOST))
        reopen_case(self, entry(days(2)), case, AGAIN)
        return case, first, only(close_case(self, entry(days(3)), case, LOST))


def void(desk: ClosingDesk, case: Id, target: Id, day: int = 10) -> None:
    void_record(desk, entry(days(day)), case, target, REASON)


def reinstate(desk: ClosingDesk, case: Id, target: Id) -> None:
    reinstate_record(desk, entry(days(20)), case, target, REASON)


def test_a_case_that_is_closed_twice_counts_once() -> None:
    desk = ClosingDesk()
    case, first, _ = desk.closed_twice()
    assert desk.counted(case) == [[desk.closed], []]
    void(desk, case, first)
    assert desk.counted(case) == [[desk.closed]]
    reopen_case(desk, entry(days(11)), case, AGAIN)
    close_case(desk, entry(days(12)), case, LOST)
    assert desk.counted(case) == [[desk.closed], []]


def test_the_closing_that_counts_instead_of_a_duplicate_is_called_none_itself() -> None:
    desk = ClosingDesk()
    case, first, second = desk.closed_twice()
    twice = Reason(code="duplicate", text="同一次结案录入两次", duplicate_of=second)
    void_record(desk, entry(days(10)), case, first, twice)
    assert desk.counted(case) == [[desk.closed]]
    right = [one for one in desk.facts(case) if isinstance(one, Correction)]
    assert [(one.target, one.reason.duplicate_of) for one in right] == [
        (first, second),
        (second, None),
    ]


def test_a_closing_that_is_taken_back_does_not_count_what_a_later_one_counts_by_now() -> None:
    desk = ClosingDesk()
    case, first, _ = desk.closed_twice()
    void(desk, case, first)
    reinstate(desk, case, first)
    assert desk.counted(case) == [[], [desk.closed]]


def test_a_case_closed_anew_while_its_first_closing_was_void_counts_once() -> None:
    desk = ClosingDesk()
    case = open_case(desk, entry(), within(desk.project), opening()).stream
    first = only(close_case(desk, entry(days(1)), case, LOST))
    reopen_case(desk, entry(days(2)), case, AGAIN)
    void(desk, case, first, day=3)
    close_case(desk, entry(days(4)), case, LOST)
    reinstate(desk, case, first)
    assert desk.counted(case) == [[], [desk.closed]]


def test_a_closing_counts_what_the_one_before_it_is_said_not_to_count_any_more() -> None:
    desk = ClosingDesk()
    evaluated = desk.counting("A02", audiences=("elderly",))
    case, first, second = desk.closed_twice()
    correct_record(desk, entry(days(10)), case, first, {"audience": "disabled"}, REASON)
    assert desk.counted(case) == [[desk.closed], [evaluated]]
    correct_record(desk, entry(days(10)), case, first, {"audience": "elderly"}, REASON)
    assert desk.counted(case) == [[desk.closed], [evaluated]]
    void(desk, case, second)
    assert desk.counted(case) == [[desk.closed, evaluated]]


def test_a_case_is_not_counted_by_a_closing_that_the_indicator_does_not_take() -> None:
    desk = ClosingDesk()
    by_hand = desk.counting("A02", audiences=("children",))
    case, first, _ = desk.closed_twice()
    allocate_delivery(desk, entry(days(9)), desk.project, case, first, by_hand, WHY)
    void(desk, case, first)
    assert desk.counted(case) == [[desk.closed]]


def test_a_closing_that_was_withdrawn_by_hand_stays_so() -> None:
    desk = ClosingDesk()
    case, first, second = desk.closed_twice()
    void(desk, case, first)
    deallocate_delivery(desk, entry(days(11)), desk.project, case, second, desk.closed, WHY)
    correct_record(desk, entry(days(12)), case, second, {"closure": "moved_away"}, REASON)
    assert desk.counted(case) == [[]]
    reinstate(desk, case, first)
    assert desk.counted(case) == [[desk.closed], []]


def test_a_closing_that_counts_within_an_exclusive_set_takes_no_other_of_it() -> None:
    desk = ClosingDesk()
    early = desk.counting("A02", exclusive_set="closed")
    late = desk.counting("A03", exclusive_set="closed")
    case, first, second = desk.closed_twice()
    assert desk.counted(case) == [[desk.closed, early], []]
    void(desk, case, first)
    deallocate_delivery(desk, entry(days(11)), desk.project, case, second, early, WHY)
    allocate_delivery(desk, entry(days(12)), desk.project, case, second, late, WHY)
    reinstate(desk, case, first)
    assert desk.counted(case) == [[], [desk.closed, late]]
    void(desk, case, second, day=21)
    assert desk.counted(case) == [[desk.closed, early]]


def test_what_one_closing_counts_another_is_not_allocated_to_by_hand() -> None:
    desk = ClosingDesk()
    desk.counting("A02", exclusive_set="closed")
    late = desk.counting("A03", exclusive_set="closed")
    case, first, second = desk.closed_twice()
    for indicator, code in ((desk.closed, "allocation.twice"), (late, "allocation.exclusive")):
        with refused(code, "indicator"):
            allocate_delivery(desk, entry(days(9)), desk.project, case, second, indicator, WHY)
    deallocate_delivery(desk, entry(days(9)), desk.project, case, first, desk.closed, WHY)
    allocate_delivery(desk, entry(days(9)), desk.project, case, second, desk.closed, WHY)
    assert desk.counted(case)[1] == [desk.closed]


def test_a_case_closed_again_is_not_counted_to_another_of_an_exclusive_set() -> None:
    desk = ClosingDesk()
    by_hand = desk.counting("A02", audiences=("children",), exclusive_set="closed")
    case = open_case(desk, entry(), within(desk.project), opening()).stream
    first = only(close_case(desk, entry(days(1)), case, LOST))
    allocate_delivery(desk, entry(days(1)), desk.project, case, first, by_hand, WHY)
    desk.counting("A03", exclusive_set="closed")
    reopen_case(desk, entry(days(2)), case, AGAIN)
    close_case(desk, entry(days(3)), case, LOST)
    assert desk.counted(case) == [[desk.closed, by_hand], []]


def test_a_case_lost_to_the_figures_before_is_counted_again_with_any_correction() -> None:
    """Such journals are there: the first closing was void, and none took its place."""
    desk = ClosingDesk()
    case, first, second = desk.closed_twice()
    stored = desk.load(Case, case)
    stored.void(entry(days(9)), first, REASON)
    desk.save(entry(days(9)), stored)
    assert desk.counted(case) == [[]]
    correct_record(desk, entry(days(10)), case, second, {"closure": "moved_away"}, REASON)
    assert desk.counted(case) == [[desk.closed]]


def test_a_case_does_not_move_into_a_closed_period_without_approval() -> None:
    desk = ClosingDesk()
    case, first, _ = desk.closed_twice()
    close_period(desk, entry(days(30), **LATE), desk.project, days(2), days(20), 7, "ab" * 32, 3)
    with refused("period.closed"):
        void(desk, case, first, day=31)
    desk.stand_up()
    void_record(desk, entry(days(31), **LATE), case, first, REASON)
    assert desk.counted(case) == [[desk.closed]]
