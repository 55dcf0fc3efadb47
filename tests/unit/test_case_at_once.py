"""Cases that are written down out of order: no two of a type are open at once for one client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from domain.case_claim import OpenTogether
from domain.case_commands import close_case, open_case, reopen_case, take_step
from domain.case_facts import CaseClosed, CaseOpened, CaseReassigned, CaseReopened
from domain.entry import Entry, Scope
from domain.identity import Id
from tests.casework import COLLEAGUE, LOST, CaseworkDesk, days, opening, standing
from tests.setting_right import correct, record_of, reinstate, void
from tests.station import LATE, SCOPE, WORKER, entry, refused

NOW = entry(days(60)).now


def on(number: int) -> Entry:
    """Return how something of that day is written down, much later."""
    return entry(days(number), now=NOW, **LATE)


def case_of(desk: CaseworkDesk, begin: int, end: int, case_type: str = "loneliness") -> Id:
    """Return a case that was opened and closed on two days, written down afterwards."""
    case = open_case(desk, on(begin), SCOPE, opening(case_type=case_type)).stream
    close_case(desk, on(end), case, LOST)
    return case


@pytest.mark.parametrize("day", [10, 15, 19])
def test_no_case_is_opened_or_reopened_on_a_day_on_which_another_stood_open(day: int) -> None:
    desk = CaseworkDesk()
    first = case_of(desk, 0, 5)
    case_of(desk, 10, 20)
    with refused("case.open_then", "occurred.start"):
        open_case(desk, on(day), SCOPE, opening())
    with refused("case.open_then", "occurred.start"):
        reopen_case(desk, on(day), first, CaseReopened(reason="again"))
    open_case(desk, on(day), SCOPE, opening(case_type="poverty"))


@pytest.mark.parametrize("day", [5, 7, 20, 25])
def test_a_case_may_be_opened_from_the_day_on_which_the_other_was_closed(day: int) -> None:
    desk = CaseworkDesk()
    case_of(desk, 0, 5)
    case_of(desk, 10, 20)
    open_case(desk, on(day), SCOPE, opening())


def test_no_correction_opens_two_cases_at_once() -> None:
    desk = CaseworkDesk()
    first, second = case_of(desk, 0, 5), case_of(desk, 10, 20)
    closed, opened = record_of(desk, first, CaseClosed), record_of(desk, second, CaseOpened)
    for moved in (11, 25):
        with refused("case.open_then", "occurred.start"):
            correct(desk, first, closed, day=moved)
    with refused("case.open_then", "occurred.start"):
        void(desk, first, closed)
    with refused("case.open_then", "occurred.start"):
        correct(desk, second, opened, day=4)
    correct(desk, first, closed, day=10)
    correct(desk, first, closed, day=5)
    correct(desk, second, opened, day=5)
    void(desk, second, record_of(desk, second, CaseClosed))
    assert standing(desk, second).stage == "accepted"


def test_a_case_opened_in_error_does_not_come_back_into_the_time_of_another() -> None:
    desk = CaseworkDesk()
    mistaken = open_case(desk, on(12), SCOPE, opening()).stream
    opened = record_of(desk, mistaken, CaseOpened)
    void(desk, mistaken, opened)
    case_of(desk, 10, 20)
    with refused("case.open_then", "occurred.start"):
        reinstate(desk, mistaken, opened)


def test_a_void_closing_opens_a_case_until_it_was_reopened_and_no_longer() -> None:
    desk = CaseworkDesk()
    first = case_of(desk, 0, 5)
    reopen_case(desk, on(10), first, CaseReopened(reason="again"))
    close_case(desk, on(12), first, LOST)
    case_of(desk, 20, 30)
    closed = record_of(desk, first, CaseClosed)
    void(desk, first, closed)
    reinstate(desk, first, closed)
    case_of(desk, 6, 8)
    with refused("case.open_then", "occurred.start"):
        void(desk, first, closed)


def test_a_case_that_was_reopened_is_held_against_those_of_that_time() -> None:
    desk = CaseworkDesk()
    first = case_of(desk, 0, 5)
    second = case_of(desk, 10, 20)
    reopen_case(desk, on(8), first, CaseReopened(reason="again"))
    (told,) = close_case(desk, on(12), first, LOST).warnings
    assert told.other == record_of(desk, second, CaseOpened)


def test_a_closing_that_shows_two_cases_open_at_once_is_kept_and_warned_of() -> None:
    desk = CaseworkDesk()
    second = case_of(desk, 10, 20)
    first = open_case(desk, on(0), SCOPE, opening()).stream
    receipt = close_case(desk, on(12), first, LOST)
    other = record_of(desk, second, CaseOpened)
    assert [(told.code, told.other) for told in receipt.warnings] == [("case.open_together", other)]
    closed = record_of(desk, first, CaseClosed)
    assert OpenTogether(record=closed, other=other) in desk.facts(first)
    correct(desk, first, closed, closure="moved_away")
    correct(desk, first, closed, day=9)
    between = open_case(desk, on(9), SCOPE, opening()).stream
    assert close_case(desk, on(9), between, LOST).warnings == ()


@dataclass
class Leaver:
    """A member of staff who worked here until a day."""

    until: date
    scope: Scope = SCOPE

    def here_on(self, day: date) -> bool:
        """Say whether it was before they left."""
        return day <= self.until


def test_a_closed_case_is_handed_over_before_it_is_open_under_somebody_who_left() -> None:
    desk = CaseworkDesk()
    case = case_of(desk, 0, 5)
    closed = record_of(desk, case, CaseClosed)
    desk.neighbours["staff", WORKER] = Leaver(days(30))
    with refused("case.worker_left"):
        reopen_case(desk, on(10), case, CaseReopened(reason="again"))
    with refused("case.worker_left"):
        void(desk, case, closed)
    take_step(desk, on(10), case, CaseReassigned(worker=COLLEAGUE, reason="原社工离职"))
    void(desk, case, closed)
    assert (standing(desk, case).stage, standing(desk, case).worker) == ("accepted", COLLEAGUE)
