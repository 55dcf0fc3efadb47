"""Assessment, plan, progress, review, supervision and evaluation of a case: its rules.

A plan follows an assessment, an evaluation follows intervention; a plan that is revised after
the evaluation takes the case back to work.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from domain.case_facts import (
    RATING,
    CaseAssessed,
    CaseEvaluated,
    CaseReviewHeld,
    CaseStep,
    CaseSupervised,
    GoalProgressRecorded,
    PlanGoal,
    ServicePlanAdopted,
    ServicePlanRevised,
)
from domain.case_history import CaseHistory
from domain.case_rules import BEFORE_EVALUATION, OPEN, rule
from domain.entry import Entry
from domain.refusals import NotFound, refusal

ASSESSMENT_EMPTY = refusal("case.assessment_empty")
PLAN_BEFORE_ASSESSMENT = refusal("case.plan_before_assessment")
PLAN_WITHOUT_GOALS = refusal("case.plan_without_goals")
GOAL_TWICE = refusal("case.goal_twice")
GOAL_DUE_IN_PAST = refusal("case.goal_due_in_past")
NO_SUCH_GOAL = refusal("case.no_such_goal", NotFound)
OWN_SUPERVISOR = refusal("case.own_supervisor")
RATING_IMPOSSIBLE = refusal("case.rating_impossible")


@rule(CaseAssessed, *BEFORE_EVALUATION)
def assess(case: CaseHistory, _entry: Entry, facts: CaseAssessed) -> CaseStep:
    """The first assessment moves the case on; a later one adds to what is known."""
    if not facts.dimensions:
        raise ASSESSMENT_EMPTY("dimensions")
    stage = case.stands.stage
    return case.standing_after(facts, stage="assessed" if stage == "accepted" else stage)


@rule(ServicePlanAdopted, "accepted", "assessed")
def adopt_plan(case: CaseHistory, entry: Entry, facts: ServicePlanAdopted) -> CaseStep:
    """Refuse a plan before the assessment, and one without usable goals."""
    if case.assessed_on is None or entry.day < case.assessed_on:
        raise PLAN_BEFORE_ASSESSMENT("occurred.start")
    check_goals(entry, facts.goals)
    return case.standing_after(
        replace(facts, version=1), stage="planned", plan_due=latest_due(facts.goals)
    )


@rule(ServicePlanRevised, "planned", "intervening", "evaluated")
def revise_plan(case: CaseHistory, entry: Entry, facts: ServicePlanRevised) -> CaseStep:
    """Take the next version; goals that are due already may stay in it."""
    check_goals(entry, facts.goals, kept=case.goals)
    stage = "planned" if case.stands.stage == "planned" else "intervening"
    return case.standing_after(
        replace(facts, version=case.plan_version + 1),
        stage=stage,
        plan_due=latest_due(facts.goals),
    )


@rule(GoalProgressRecorded, "planned", "intervening", "evaluated")
def record_progress(case: CaseHistory, _entry: Entry, facts: GoalProgressRecorded) -> CaseStep:
    """Refuse progress on a goal that is not in the plan."""
    check_goal(case, facts.goal, "goal")
    return case.standing_after(facts)


@rule(CaseReviewHeld, *OPEN, while_suspended=True)
def review(case: CaseHistory, entry: Entry, facts: CaseReviewHeld) -> CaseStep:
    """A review dates the case's last look and may set another level."""
    return case.standing_after(facts, reviewed=entry.day, level=facts.level or case.stands.level)


@rule(CaseSupervised, "received", *OPEN, while_suspended=True)
def supervise(case: CaseHistory, entry: Entry, facts: CaseSupervised) -> CaseStep:
    """Refuse supervision by the worker whose case it was that day."""
    if facts.supervisor == case.worker_on(entry.day):
        raise OWN_SUPERVISOR("supervisor")
    return case.standing_after(facts)


@rule(CaseEvaluated, "intervening")
def evaluate(case: CaseHistory, _entry: Entry, facts: CaseEvaluated) -> CaseStep:
    """Refuse goals that are not in the plan, and a rating outside 1 to 5."""
    for number, attained in enumerate(facts.attainment):
        check_goal(case, attained.goal, f"attainment.{number}.goal")
    rating = facts.client_rating
    if rating is not None and not RATING.least <= rating <= RATING.most:
        raise RATING_IMPOSSIBLE("client_rating")
    return case.standing_after(facts, stage="evaluated")


def check_goals(entry: Entry, goals: tuple[PlanGoal, ...], kept: tuple[PlanGoal, ...] = ()) -> None:
    """Refuse a plan of no goals, of two with one number, or with a new one due already."""
    if not goals:
        raise PLAN_WITHOUT_GOALS("goals")
    if len({goal.number for goal in goals}) < len(goals):
        raise GOAL_TWICE("goals")
    due_before = {(goal.number, goal.due) for goal in kept}
    for number, goal in enumerate(goals):
        if goal.due < entry.day and (goal.number, goal.due) not in due_before:
            raise GOAL_DUE_IN_PAST(f"goals.{number}.due")


def check_goal(case: CaseHistory, number: int, field: str) -> None:
    """Refuse a goal that the plan in force does not have."""
    if number not in {goal.number for goal in case.goals}:
        raise NO_SUCH_GOAL(field)


def latest_due(goals: tuple[PlanGoal, ...]) -> date:
    """Return the day by which all of the plan is due."""
    return max(goal.due for goal in goals)
