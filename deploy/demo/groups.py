"""Six groups: two of the elderly, two of disabled people, two of the young (A03, A06; B07…B15).

S0's lines count 15 at the outing, 75 at the learning group, 80 at the two groups of disabled
people, and 100 at the two groups of the young that no goal of the contract names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from deploy.demo.people import DISABLED, ELDERLY, YOUTH, Somebody
from deploy.demo.stage import (
    DISABLED_WORKER,
    ELDERLY_WORKER,
    FAMILY_WORKER,
    PROJECT_SCOPE,
    SUPERVISORS,
    Act,
    act,
    goes_on,
    named,
    starts,
)
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.group_commands import (
    close_group,
    enrol_member,
    hold_session,
    plan_group,
    take_step,
)
from domain.group_facts import (
    GroupAgreementAdopted,
    GroupEvaluated,
    GroupMeasure,
    GroupPlanApproved,
    GroupPlanned,
    GroupSessionHeld,
    GroupStanding,
    GroupStep,
    MemberEnrolled,
    Phase,
    RecruitmentOpened,
)
from domain.identity import Id


@dataclass(frozen=True)
class Gathering:
    """One group: its members and the days of its sessions; `line` is where S0 prints it."""

    name: str
    line: str
    title: str
    audience: str
    leader: Id
    members: tuple[Somebody, ...]
    days: tuple[date, ...]
    variant: str | None = None
    helpers: int = 1


def _every(first: date, days: int, times: int = 5) -> tuple[date, ...]:
    return tuple(first + timedelta(days=days * number) for number in range(times))


GATHERINGS = (
    Gathering(
        "outing", "B07", "亲近心灵，怀抱自然", "elderly", ELDERLY_WORKER, ELDERLY[:15],
        (date(2018, 10, 21),), variant="outing", helpers=5,
    ),
    Gathering(
        "smartphone", "B08", "智能，不落伍", "elderly", ELDERLY_WORKER, ELDERLY[7:],
        _every(date(2018, 11, 14), 4), variant="learning",
    ),
    Gathering(
        "fun", "B11", "生活趣多多", "disabled", DISABLED_WORKER, DISABLED[:9],
        _every(date(2018, 11, 3), 5),
    ),
    Gathering(
        "bloom", "B11", "绽放生命，共享阳光", "disabled", DISABLED_WORKER, DISABLED[9:],
        _every(date(2018, 10, 27), 5),
    ),
    Gathering(
        "country", "B15", "爱国教育系列", "youth", FAMILY_WORKER, YOUTH,
        (date(2018, 7, 11), *_every(date(2018, 7, 12), 1, 4)),
    ),
    Gathering(
        "volunteering", "B15", "青春志愿行，共筑中国梦", "youth", FAMILY_WORKER, YOUTH,
        _every(date(2018, 8, 6), 6),
    ),
)  # fmt: skip
PHASES: tuple[Phase, ...] = ("formation", "transition", "maturity", "maturity", "ending")


def group_of(gathering: Gathering) -> Id:
    """Return the group's id."""
    return named("group", gathering.name)


def groups() -> Iterator[Act]:
    """Yield the six groups from plan to closing."""
    for gathering in GATHERINGS:
        yield from _beginning(gathering)
        for number, day in enumerate(gathering.days, start=1):
            yield _session(gathering, number, day)
        yield from _end(gathering)


def _beginning(gathering: Gathering) -> Iterator[Act]:
    id, day = group_of(gathering), gathering.days[0]
    count = len(gathering.members)
    standing = GroupStanding(
        stage="planned",
        title=gathering.title,
        audience=gathering.audience,
        leader=gathering.leader,
        sessions=len(gathering.days),
        size_min=5,
        size_max=count,
        variant=gathering.variant,
    )
    plan = GroupPlanned(standing=standing, aims=("建立同伴支持",), theory="互助小组模式")
    start = starts(plan_group, PROJECT_SCOPE, plan, id)
    yield act(f"group/{id}/plan", day - timedelta(days=5), start, actor=gathering.leader)
    yield act(
        f"group/{id}/approved", day - timedelta(days=4),
        goes_on(take_step, id, GroupPlanApproved()), actor=SUPERVISORS[0], role="supervisor",
    )  # fmt: skip
    opened = RecruitmentOpened(channels=("社区公告栏", "微信群"))
    yield _step(gathering, "recruit", day - timedelta(days=3), opened)
    for number, one in enumerate(gathering.members):
        enrol = goes_on(enrol_member, id, MemberEnrolled(member=one.id))
        yield act(
            f"group/{id}/member/{number}", day - timedelta(days=2), enrol,
            minute=number * 2, actor=gathering.leader,
        )  # fmt: skip
    rules = GroupAgreementAdopted(rules=("守时", "保密", "互相尊重"))
    yield _step(gathering, "agreement", day - timedelta(days=1), rules)


def _session(gathering: Gathering, number: int, day: date) -> Act:
    last = number == len(gathering.days)
    phase: Phase = "ending" if last else PHASES[number - 1]
    there = tuple(Attendance(person=one.id, role="client") for one in gathering.members)
    helpers = Attendance(count=gathering.helpers, role="worker")
    held = GroupSessionHeld(
        kind="group_session", number=number, phase=phase, minutes=90, attendance=(*there, helpers)
    )
    hold = goes_on(hold_session, group_of(gathering), held)
    name = f"group/{group_of(gathering)}/session/{number}"
    return act(name, day, hold, hour=15, minutes=90, actor=gathering.leader)


def _end(gathering: Gathering) -> Iterator[Act]:
    day = gathering.days[-1]
    measured = GroupMeasure(
        instrument="同伴支持量表", n=len(gathering.members), before=52, after=67
    )
    evaluated = GroupEvaluated(measures=(measured,))
    yield _step(gathering, "evaluate", day + timedelta(days=1), evaluated)
    close = partial(_close, group_of(gathering))
    name = f"group/{group_of(gathering)}/close"
    yield act(name, day + timedelta(days=2), close, actor=gathering.leader)


def _close(id: Id, desk: Desk, entry: Entry) -> Receipt:
    return close_group(desk, entry, id)


def _step(gathering: Gathering, name: str, day: date, step: GroupStep) -> Act:
    decide = goes_on(take_step, group_of(gathering), step)
    return act(f"group/{group_of(gathering)}/{name}", day, decide, actor=gathering.leader)
