"""Which steps a group takes in which of its stages."""

from __future__ import annotations

import pytest

from domain.clock import at
from domain.event import Facts
from domain.group_commands import (
    close_group,
    enrol_member,
    leave_group,
    take_step,
)
from domain.group_facts import (
    GroupEvaluated,
    GroupStep,
    MemberEnrolled,
    MemberLeft,
    RecruitmentOpened,
)
from tests.groupwork import (
    COLLEAGUE,
    ORGANISATION,
    STEPS,
    GroupworkDesk,
    days,
    enrolled,
    finished,
    held,
    planned,
)
from tests.neighbours import Choir
from tests.station import TODAY, entry, principal, refused


def group_in(desk: GroupworkDesk, stage: str) -> str:
    if stage == "closed":
        return finished(desk)
    group = enrolled(desk)
    if stage != "planned":
        held(desk, group, 1)
    if stage == "evaluated":
        take_step(desk, entry(days(8)), group, GroupEvaluated())
    return group


def taken(desk: GroupworkDesk, group: str, facts: Facts) -> None:
    by = entry(days(30), principal=principal("supervisor", COLLEAGUE))
    match facts:
        case MemberEnrolled():
            enrol_member(desk, by, group, facts)
        case MemberLeft():
            leave_group(desk, by, group, facts)
        case GroupStep():
            take_step(desk, by, group, facts)


@pytest.mark.parametrize("stage", ["planned", "running", "evaluated", "closed"])
@pytest.mark.parametrize(("facts", "stages"), STEPS, ids=lambda one: type(one).__name__)
def test_each_step_is_taken_in_its_stages_and_refused_in_all_others(
    stage: str, facts: Facts, stages: set[str]
) -> None:
    desk = GroupworkDesk()
    desk.neighbours["community_org", ORGANISATION] = Choir(identified_on=TODAY)
    group = group_in(desk, stage)
    if stage in stages:
        taken(desk, group, facts)
    else:
        with refused("group.wrong_stage"):
            taken(desk, group, facts)


def test_a_closed_group_is_not_closed_again() -> None:
    desk = GroupworkDesk()
    group = finished(desk)
    with refused("group.wrong_stage"):
        close_group(desk, entry(days(23)), group)


def test_no_step_lies_before_the_plan() -> None:
    desk = GroupworkDesk()
    group = planned(desk)
    with refused("group.before_plan", "occurred.start"):
        take_step(desk, entry(days(-1), now=at(TODAY)), group, RecruitmentOpened())
