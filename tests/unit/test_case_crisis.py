"""A crisis is acted on, cleared, and stands in the way of closing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.case_commands import close_case, take_step
from domain.case_crisis_facts import (
    CrisisActionTaken,
    CrisisCleared,
    CrisisFlagged,
    MandatoryReportMade,
)
from domain.case_facts import CaseStep, CaseSuspended
from domain.clock import at
from domain.identity import derived_id
from tests.casework import (
    CLOSED,
    CaseworkDesk,
    case_at_work,
    closed_case,
    days,
    evaluated_case,
    only,
    standing,
)
from tests.station import entry, refused

FLAG = CrisisFlagged(type="suicide")
UNKNOWN = derived_id("no crisis")


def test_a_crisis_is_to_be_acted_on_within_a_day() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(8)), case, FLAG)
    flagged = desk.facts(case)[-1]
    assert isinstance(flagged, CrisisFlagged)
    assert flagged.act_by == at(days(8)) + timedelta(hours=24)
    assert standing(desk, case).in_crisis


def test_a_case_with_an_open_crisis_does_not_close() -> None:
    desk = CaseworkDesk()
    case = evaluated_case(desk)
    crisis = only(take_step(desk, entry(days(31)), case, FLAG))
    with refused("case.crisis_open"):
        close_case(desk, entry(days(32)), case, CLOSED)
    take_step(desk, entry(days(31)), case, CrisisActionTaken(crisis=crisis, action="hotline"))
    with refused("case.crisis_open"):
        close_case(desk, entry(days(32)), case, CLOSED)
    take_step(desk, entry(days(32)), case, CrisisCleared(crisis=crisis))
    close_case(desk, entry(days(32)), case, CLOSED)


def test_of_two_crises_both_are_to_be_cleared() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    first = only(take_step(desk, entry(days(8)), case, FLAG))
    second = only(take_step(desk, entry(days(9)), case, CrisisFlagged(type="violence")))
    take_step(desk, entry(days(10)), case, CrisisCleared(crisis=first))
    assert standing(desk, case).in_crisis
    take_step(desk, entry(days(10)), case, CrisisCleared(crisis=second))
    assert not standing(desk, case).in_crisis


@pytest.mark.parametrize(
    "step",
    [
        CrisisActionTaken(crisis=UNKNOWN, action="hotline"),
        CrisisCleared(crisis=UNKNOWN),
        MandatoryReportMade(authority="police", crisis=UNKNOWN),
    ],
    ids=lambda step: type(step).__name__,
)
def test_what_concerns_a_crisis_names_one_of_the_case(step: CaseStep) -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    with refused("case.no_such_crisis", "crisis"):
        take_step(desk, entry(days(8)), case, step)


def test_a_cleared_crisis_is_over_and_may_still_be_reported() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    crisis = only(take_step(desk, entry(days(8)), case, FLAG))
    take_step(desk, entry(days(8)), case, CrisisCleared(crisis=crisis))
    with refused("case.crisis_cleared", "crisis"):
        take_step(desk, entry(days(9)), case, CrisisCleared(crisis=crisis))
    with refused("case.crisis_cleared", "crisis"):
        action = CrisisActionTaken(crisis=crisis, action="hotline")
        take_step(desk, entry(days(9)), case, action)
    take_step(desk, entry(days(9)), case, MandatoryReportMade(authority="police", crisis=crisis))


def test_a_crisis_is_flagged_while_a_case_rests_and_after_it_was_closed() -> None:
    desk = CaseworkDesk()
    case = case_at_work(desk)
    take_step(desk, entry(days(10)), case, CaseSuspended(reason="hospital"))
    take_step(desk, entry(days(11)), case, FLAG)
    other = CaseworkDesk()
    closed = closed_case(other)
    take_step(other, entry(days(32)), closed, FLAG)
    assert standing(other, closed).in_crisis
