"""Checks of the register are work that counts, in the project's own ledger."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from domain.clock import at
from domain.identity import derived_id
from domain.verification import RegisterInfoVerified, verify_register
from tests.neighbours import Neighbour, Neighbourhood, OneIndicator
from tests.station import SCOPE, TODAY, WORKER, entry, refused

ELDER, PROJECT = derived_id("elder"), derived_id("project")
FACTS = RegisterInfoVerified(kind="anything", person=ELDER, method="phone", outcome="confirmed")


def neighbourhood(elder: Neighbour) -> Neighbourhood:
    return Neighbourhood(
        neighbours={("person", ELDER): elder, ("project", PROJECT): OneIndicator()}
    )


def test_a_check_counts_in_its_project() -> None:
    desk = neighbourhood(Neighbour())
    verify_register(desk, entry(), replace(SCOPE, project=PROJECT), FACTS)
    (event,) = desk.log
    assert event.ledger == PROJECT
    assert event.facts == replace(
        FACTS, kind="register_verification", worker=WORKER, allocations=OneIndicator().counts
    )


def test_the_dead_confirm_nothing() -> None:
    with refused("forbidden", "person"):
        died = Neighbour(died_on=TODAY - timedelta(days=1))
        verify_register(neighbourhood(died), entry(), SCOPE, FACTS)


def test_a_check_is_timely_like_all_work_that_counts() -> None:
    with refused("entry.late_without_reason", "late_reason"):
        late = entry(now=at(TODAY) + timedelta(days=4))
        verify_register(neighbourhood(Neighbour()), late, SCOPE, FACTS)
