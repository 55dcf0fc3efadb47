"""Assessment, plan, progress, review, supervision and evaluation of a case over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from api.case_step import WORKER, Number, Points, Seal, StepIn, take
from api.commands import Code, Commanding, Model, ReceiptOut, Text, Uuid, Words, example, held_to
from api.routing import routes
from domain import case_facts
from domain.case_facts import CaseEvaluated, CaseStep
from domain.refusals import INVALID

router = routes("cases")


class InstrumentScoreIn(Model):
    """What an instrument gave, in whole points."""

    instrument: Text
    value: Points
    out_of: Points | None = None


class DimensionIn(Model):
    """What was found in one dimension."""

    dimension: case_facts.Dimension
    finding: Words | None = None


Scores = Annotated[tuple[InstrumentScoreIn, ...], Field(max_length=30)]


def scores_of(sent: tuple[InstrumentScoreIn, ...]) -> tuple[case_facts.Score, ...]:
    """Return scores as the domain has them."""
    return tuple(case_facts.Score(**score.model_dump()) for score in sent)


class CaseAssessmentIn(StepIn):
    """预估: dimensions, tools, and the baseline."""

    dimensions: Annotated[tuple[DimensionIn, ...], Field(max_length=6)]
    tools: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    scores: Scores = ()

    model_config = example(
        {
            "dimensions": [{"dimension": "social", "finding": "独居，少与人来往"}],
            "tools": ["UCLA-20"],
        }
    )

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        found = tuple(
            case_facts.AssessedDimension(dimension=one.dimension, finding=seal(one.finding))
            for one in self.dimensions
        )
        return case_facts.CaseAssessed(
            dimensions=found, tools=self.tools, scores=scores_of(self.scores)
        )


@router.post("/cases/{case}/assessments", status_code=201)
def assess(case: Uuid, sent: CaseAssessmentIn, command: Commanding) -> ReceiptOut:
    """Record an assessment."""
    return take(case, sent, command)


class CaseGoalIn(Model):
    """A goal: how it is measured, from where to where, and by when."""

    number: Number
    measure: Text
    due: date
    baseline: Points | None = None
    target: Points | None = None
    words: Words | None = None


class CasePlanIn(StepIn):
    """服务计划书: its goals and its model. With a reason it revises the plan in force."""

    goals: Annotated[tuple[CaseGoalIn, ...], Field(max_length=30)]
    theory_model: Text | None = None
    reason: Code | None = None
    note: Words | None = None

    model_config = example(
        {
            "goals": [{"number": 1, "measure": "UCLA-20", "due": "2018-12-31", "target": 40}],
            "theory_model": "任务中心",
        }
    )

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        core: dict[str, Any] = {
            "goals": tuple(
                case_facts.PlanGoal(**goal.model_dump(exclude={"words"}), words=seal(goal.words))
                for goal in self.goals
            ),
            "theory_model": self.theory_model,
        }
        if self.reason is not None:
            return case_facts.ServicePlanRevised(**core, reason=self.reason, note=seal(self.note))
        if self.note is not None:
            # A first plan has none, and no words are taken to be dropped.
            raise INVALID("note", reason="not_kept")
        return case_facts.ServicePlanAdopted(**core)


@router.post("/cases/{case}/plans", status_code=201)
def plan(case: Uuid, sent: CasePlanIn, command: Commanding) -> ReceiptOut:
    """Adopt a plan, or revise it with a reason."""
    return take(case, sent, command)


class StartIn(StepIn):
    """介入 without a session: the work of the plan began."""

    model_config = example({"occurred": {"start": "2018-10-26T09:00:00+08:00"}})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseInterventionStarted()


@router.post("/cases/{case}/intervention", status_code=201)
def start_intervention(case: Uuid, sent: StartIn, command: Commanding) -> ReceiptOut:
    """Say that the work of the plan began; the first session says so by itself."""
    return take(case, sent, command)


class CaseProgressIn(StepIn):
    """Where a goal of the plan stands."""

    goal: Number
    value: Points | None = None
    note: Words | None = None

    model_config = example({"goal": 1, "value": 48})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.GoalProgressRecorded(
            goal=self.goal, value=self.value, note=seal(self.note)
        )


@router.post("/cases/{case}/progress", status_code=201)
def record_progress(case: Uuid, sent: CaseProgressIn, command: Commanding) -> ReceiptOut:
    """Record progress on a goal."""
    return take(case, sent, command)


class CasePlanReviewIn(StepIn):
    """个案回顾: what was decided."""

    decision: Literal["continue", "revise_plan", "close", "refer"]
    participants: Annotated[tuple[Uuid, ...], Field(max_length=30)] = ()
    level: case_facts.Level | None = None
    note: Words | None = None

    model_config = example({"decision": "continue", "level": "key"})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseReviewHeld(
            decision=self.decision,
            participants=self.participants,
            level=self.level,
            note=seal(self.note),
        )


@router.post("/cases/{case}/reviews", status_code=201)
def review(case: Uuid, sent: CasePlanReviewIn, command: Commanding) -> ReceiptOut:
    """Record a review of the case."""
    return take(case, sent, command)


class SupervisionIn(StepIn):
    """A supervisor looked at the case; never its own worker."""

    supervisor: Uuid
    advice: Words | None = None

    model_config = example({"supervisor": WORKER})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        return case_facts.CaseSupervised(supervisor=self.supervisor, advice=seal(self.advice))


@router.post("/cases/{case}/supervisions", status_code=201)
def supervise(case: Uuid, sent: SupervisionIn, command: Commanding) -> ReceiptOut:
    """Record supervision of the case."""
    return take(case, sent, command)


class AttainmentIn(Model):
    """How far a goal was reached."""

    goal: Number
    attained: Literal["met", "partly", "not_met"]
    value: Points | None = None


class CaseEvaluationIn(StepIn):
    """评估: goals reached, the client's rating from 1 to 5, scores against the baseline."""

    attainment: Annotated[tuple[AttainmentIn, ...], Field(max_length=30)] = ()
    client_rating: Annotated[int, held_to(CaseEvaluated, "client_rating")] | None = None
    scores: Scores = ()
    summary: Words | None = None

    model_config = example({"attainment": [{"goal": 1, "attained": "met"}], "client_rating": 5})

    def facts(self, seal: Seal) -> CaseStep:
        """Return the facts."""
        reached = tuple(case_facts.GoalAttainment(**one.model_dump()) for one in self.attainment)
        return case_facts.CaseEvaluated(
            attainment=reached,
            client_rating=self.client_rating,
            scores=scores_of(self.scores),
            summary=seal(self.summary),
        )


@router.post("/cases/{case}/evaluations", status_code=201)
def evaluate(case: Uuid, sent: CaseEvaluationIn, command: Commanding) -> ReceiptOut:
    """Evaluate the case before it is closed."""
    return take(case, sent, command)
