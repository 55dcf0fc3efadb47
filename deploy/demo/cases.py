"""Five cases of five sessions each (A01, A04, A07; B06, B10, B12), from opening to closing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.people import DISABLED, ELDERLY, MOTHER, Somebody
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
from domain.case_commands import close_case, hold_session, open_case, take_step
from domain.case_facts import (
    AssessedDimension,
    CaseAssessed,
    CaseClosed,
    CaseEvaluated,
    CaseNumberAssigned,
    CaseOpened,
    CaseReviewHeld,
    CaseSessionHeld,
    CaseStanding,
    CaseStep,
    CaseSupervised,
    FollowUpDone,
    GoalAttainment,
    PlanGoal,
    ServiceAgreementSigned,
    ServicePlanAdopted,
)
from domain.counting import Attendance
from domain.identity import Id
from domain.private import private


@dataclass(frozen=True)
class Story:
    """One case: whose, of which population, opened when, and the days between its sessions."""

    number: int
    client: Somebody
    audience: str
    case_type: str
    worker: Id
    opened: date
    every: int = 6


STORIES = (
    Story(1, ELDERLY[0], "elderly", "loneliness", ELDERLY_WORKER, date(2018, 8, 6)),
    Story(2, ELDERLY[3], "elderly", "bereavement", ELDERLY_WORKER, date(2018, 9, 3)),
    Story(3, ELDERLY[7], "elderly", "illness", ELDERLY_WORKER, date(2018, 10, 8), every=9),
    Story(4, DISABLED[0], "disabled", "participation", DISABLED_WORKER, date(2018, 10, 10)),
    Story(5, MOTHER, "family", "hardship", FAMILY_WORKER, date(2018, 10, 15)),
)


def case_of(story: Story) -> Id:
    """Return the case's id."""
    return named("case", story.number)


def closing_day(story: Story) -> date:
    """Return the day on which the case was closed."""
    return story.opened + timedelta(days=6 + 4 * story.every)


def cases() -> Iterator[Act]:
    """Yield the five cases."""
    for story in STORIES:
        yield from _opening(story)
        yield from _sessions(story)
        yield from _closing(story)


def _opening(story: Story) -> Iterator[Act]:
    standing = CaseStanding(
        stage="accepted", case_type=story.case_type, worker=story.worker, client=story.client.id
    )
    opened = CaseOpened(kind="case_opened", audience=story.audience, standing=standing)
    start = starts(open_case, PROJECT_SCOPE, opened, case_of(story))
    yield act(f"case/{story.number}/open", story.opened, start, actor=story.worker)
    finding = private(story.client.id, "casework", "独处时间长，缺少同伴支持")
    steps: tuple[CaseStep, ...] = (
        CaseNumberAssigned(number=f"FY-2018-{story.number:03d}"),
        ServiceAgreementSigned(),
        CaseAssessed(dimensions=(AssessedDimension(dimension="social", finding=finding),)),
        ServicePlanAdopted(
            goals=(
                PlanGoal(
                    number=1,
                    measure="每周与人交往次数",
                    due=date(2018, 12, 31),
                    baseline=1,
                    target=4,
                ),
            ),
            theory_model="psychosocial",
        ),
    )
    for minute, step in enumerate(steps):
        name = f"case/{story.number}/{type(step).__name__}"
        yield _step(story, name, story.opened + timedelta(days=1), step, minute * 5)


def _sessions(story: Story) -> Iterator[Act]:
    for number in range(5):
        day = story.opened + timedelta(days=2 + number * story.every)
        held = CaseSessionHeld(
            kind="case_session",
            minutes=60,
            method="home",
            attendance=(Attendance(person=story.client.id, role="client"),),
            content=private(story.client.id, "casework", "回顾上周情况，练习表达需要"),
        )
        hold = goes_on(hold_session, case_of(story), held)
        name = f"case/{story.number}/session/{number}"
        yield act(name, day, hold, hour=16, minutes=60, actor=story.worker)
    supervised = CaseSupervised(supervisor=SUPERVISORS[1])
    day = story.opened + timedelta(days=3 + story.every)
    yield act(
        f"case/{story.number}/supervised", day,
        goes_on(take_step, case_of(story), supervised), actor=SUPERVISORS[1], role="supervisor",
    )  # fmt: skip


def _closing(story: Story) -> Iterator[Act]:
    last = story.opened + timedelta(days=2 + 4 * story.every)
    reviewed = CaseReviewHeld(decision="close", participants=(story.worker, SUPERVISORS[1]))
    yield _step(story, f"case/{story.number}/review", last + timedelta(days=2), reviewed)
    evaluated = CaseEvaluated(
        attainment=(GoalAttainment(goal=1, attained="met", value=4),), client_rating=5
    )
    yield _step(story, f"case/{story.number}/evaluate", last + timedelta(days=3), evaluated)
    closed = CaseClosed(
        kind="case_closed",
        closure="goals_met",
        summary=private(story.client.id, "casework", "目标达成，转为定期探访"),
    )
    close = goes_on(close_case, case_of(story), closed)
    day = closing_day(story)
    yield act(f"case/{story.number}/close", day, close, actor=story.worker)
    if story.number < 3:
        followed = FollowUpDone(status="stable")
        after = day + timedelta(days=30)
        yield _step(story, f"case/{story.number}/followed", after, followed)


def _step(story: Story, name: str, day: date, step: CaseStep, minute: int = 0) -> Act:
    decide = goes_on(take_step, case_of(story), step)
    return act(name, day, decide, hour=11, minute=minute, actor=story.worker)
