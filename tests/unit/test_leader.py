"""A resident who leads counts once in a project."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.event import Effective, Reason
from domain.identity import derived_id
from domain.leader import CommunityLeader, CommunityLeaderRecognised, recognise_leader
from tests.neighbours import Neighbour, Neighbourhood, OneIndicator
from tests.station import SCOPE, TODAY, entry, refused

RESIDENT, OTHER = derived_id("resident"), derived_id("other resident")
PROJECT = derived_id("project")
FACTS = CommunityLeaderRecognised(kind="anything", person=RESIDENT, theme="合唱")
REASON = Reason(code="entry_error", text="录入时选错了人")


@pytest.fixture
def desk() -> Neighbourhood:
    """Two residents and a project."""
    people = {("person", id): Neighbour() for id in (RESIDENT, OTHER)}
    return Neighbourhood(neighbours={**people, ("project", PROJECT): OneIndicator()})


def test_a_leader_counts_in_the_project_for_residents(desk: Neighbourhood) -> None:
    recognise_leader(desk, entry(), replace(SCOPE, project=PROJECT), FACTS)
    (event,) = desk.log
    assert event.ledger == PROJECT
    assert event.facts == replace(
        FACTS, kind="community_leader", audience="resident", allocations=OneIndicator().counts
    )


def test_a_leader_is_recognised_once_in_a_project(desk: Neighbourhood) -> None:
    scope = replace(SCOPE, project=PROJECT)
    recognise_leader(desk, entry(), scope, FACTS)
    with refused("leader.already", "person"):
        recognise_leader(desk, entry(), scope, replace(FACTS, theme="议事"))
    recognise_leader(desk, entry(), scope, replace(FACTS, person=OTHER))
    recognise_leader(desk, entry(), SCOPE, FACTS)


def test_the_dead_are_not_recognised(desk: Neighbourhood) -> None:
    desk.neighbours["person", RESIDENT] = Neighbour(died_on=TODAY - timedelta(days=1))
    with refused("forbidden", "person"):
        recognise_leader(desk, entry(), SCOPE, FACTS)


def test_after_a_void_recognition_they_are_recognised_again(desk: Neighbourhood) -> None:
    receipt = recognise_leader(desk, entry(), SCOPE, FACTS)
    leader = desk.load(CommunityLeader, receipt.stream)
    leader.void(entry(), receipt.events[0], REASON)
    desk.save(entry(), leader)
    recognise_leader(desk, entry(), SCOPE, FACTS)
    again = desk.load(CommunityLeader, receipt.stream)
    assert len(again.effective(CommunityLeaderRecognised)) == 1
    with refused("leader.already", "person"):
        again.reinstate(entry(), receipt.events[0], REASON)


def test_a_correction_stays_with_the_same_person(desk: Neighbourhood) -> None:
    receipt = recognise_leader(desk, entry(), SCOPE, FACTS)
    leader = desk.load(CommunityLeader, receipt.stream)
    standing = leader.standing(receipt.events[0])
    with refused("leader.other_person", "person"):
        facts = replace(standing.facts, person=OTHER)
        after = Effective(occurred=standing.occurred, facts=facts)
        leader.correct(entry(), receipt.events[0], after, REASON)
    facts = replace(standing.facts, theme="议事")
    after = Effective(occurred=standing.occurred, facts=facts)
    leader.correct(entry(), receipt.events[0], after, REASON)
    assert leader.effective(CommunityLeaderRecognised) == [after]
