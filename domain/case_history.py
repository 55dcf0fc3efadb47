"""What a case knows of its history: where it stands, and what the rules of its steps ask about.

Nothing is decided here. A correction moves the standing where the record that is set right had
moved it; what follows from that is said anew by the case (`domain.case`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.case_crisis_facts import CrisisCleared, CrisisFlagged
from domain.case_facts import (
    CaseAssessed,
    CaseClosed,
    CaseEvaluated,
    CaseInterventionStarted,
    CaseOpened,
    CaseReopened,
    CaseRestated,
    CaseResumed,
    CaseStanding,
    CaseStep,
    CaseSuspended,
    FollowUpDone,
    PlanGoal,
    ServicePlanAdopted,
    ServicePlanRevised,
    Stage,
)
from domain.case_referral_facts import ReferralProposed, ReferralStep
from domain.entry import Scope
from domain.event import AnyEvent, Correction
from domain.identity import Id


@dataclass
class OpenSpan:
    """Days from `begin` to `end`, both among them; without an end it still runs."""

    begin: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether a day lies in it."""
        return self.begin <= day and (self.end is None or day <= self.end)

    def strictly_inside(self, day: date) -> bool:
        """Say whether a day lies in it and is neither its first nor its last."""
        return self.begin < day and (self.end is None or day < self.end)


@dataclass
class Closing:
    """A closure so far: which time of the case it ended, how the case stood, if it is undone.

    `withdrawn` are the indicators that it is not to count to by a decision of its own;
    `evaluated` is the day of the evaluation before it, `rest` the one that it ended, `steps` are
    those taken while it is undone.
    """

    span: int
    before: CaseStanding
    undone: bool = False
    withdrawn: frozenset[Id] = frozenset()
    evaluated: date | None = None
    rest: OpenSpan | None = None
    steps: list[tuple[type[CaseStep], date]] = field(default_factory=list)


@dataclass
class Referral:
    """A referral so far: what was proposed, and the kind of its last step."""

    proposed: ReferralProposed
    last: type[CaseStep]


S = TypeVar("S", bound=CaseStep)


class CaseHistory(Aggregate):
    """One case so far. `stands` is where it stands; the rest is what its rules ask about."""

    stands: CaseStanding

    def __init__(self, id: Id, scope: Scope) -> None:
        super().__init__(id, scope)
        self.open_spans: list[OpenSpan] = []
        self.rests: list[OpenSpan] = []
        self.closings: dict[Id, Closing] = {}
        self.withdrawn_from: Stage | None = None
        self.first_step: date | None = None
        self.workers: list[tuple[date, Id]] = []
        self.assessed_on: date | None = None
        self.goals: tuple[PlanGoal, ...] = ()
        self.plan_version = 0
        self.planned_on: date | None = None
        self.evaluated_on: date | None = None
        self.crises: dict[Id, bool] = {}
        self.referrals: dict[Id, Referral] = {}
        self.follow_ups = 0
        self.command: Id | None = None

    @property
    def closed_on(self) -> date | None:
        """The day on which it was last closed, while it is."""
        return self.open_spans[-1].end if self.open_spans else None

    def worker_on(self, day: date) -> Id:
        """Return whose case it was at the end of a day; before the first of them, the first's."""
        since = [one for one in self.workers if one[0] <= day] or self.workers[:1]
        return max(reversed(since), key=lambda one: one[0])[1]

    def standing_after(self, facts: S, **changes: Any) -> S:
        """Return the facts with the standing that the case has after them."""
        return replace(facts, standing=replace(self.stands, **changes))

    def is_latest(self, closing: Closing) -> bool:
        """Say whether a closing ended the time of the case that was the last to begin."""
        return closing.span == len(self.open_spans) - 1

    def evolve(self, event: AnyEvent) -> None:
        """Keep the standing, and what the rules ask about."""
        facts = event.facts
        follows, self.command = event.command == self.command, event.command
        if isinstance(facts, Correction):
            self._evolve_correction(facts)
            if not follows:
                self._keep_withdrawn(facts)
            return
        self._keep_first_step(event)
        self._evolve_life(event)
        self._evolve_work(event)
        standing = getattr(facts, "standing", None)
        if standing is not None:
            self.stands = standing
            if not self.workers or self.workers[-1][1] != standing.worker:
                self.workers.append((event.occurred.day, standing.worker))

    def _keep_first_step(self, event: AnyEvent) -> None:
        """Keep the day of the earliest step in the case; what follows from records has none.

        What is taken while a closing is undone is kept with that closing.
        """
        follows = isinstance(event.facts, CaseRestated | CaseInterventionStarted)
        if self.open_spans and isinstance(event.facts, CaseStep) and not follows:
            day = event.occurred.day
            self.first_step = min(self.first_step or day, day)
            for closing in self.closings.values():
                if closing.undone:
                    closing.steps.append((type(event.facts), day))

    def _evolve_life(self, event: AnyEvent) -> None:
        match event.facts:
            case CaseOpened() | CaseReopened():
                self.open_spans.append(OpenSpan(event.occurred.day))
            case CaseClosed():
                self.closings[event.id] = Closing(
                    len(self.open_spans) - 1,
                    self.stands,
                    evaluated=self.evaluated_on,
                    rest=self._end_rest(event.occurred.day),
                )
                self.open_spans[-1].end = event.occurred.day
            case CaseSuspended():
                self.rests.append(OpenSpan(event.occurred.day))
            case CaseResumed():
                self._end_rest(event.occurred.day)
            case FollowUpDone():
                self.follow_ups += 1

    def _end_rest(self, day: date) -> OpenSpan | None:
        """End the rest that goes on, and return it."""
        if not self.rests or self.rests[-1].end is not None:
            return None
        self.rests[-1].end = day
        return self.rests[-1]

    def _evolve_work(self, event: AnyEvent) -> None:
        match event.facts:
            case CaseAssessed() if self.assessed_on is None:
                self.assessed_on = event.occurred.day
            case ServicePlanAdopted(goals=goals, version=version):
                self.goals, self.plan_version = goals, version
                self.planned_on = event.occurred.day
            case ServicePlanRevised(goals=goals, version=version):
                self.goals, self.plan_version = goals, version
            case CaseEvaluated():
                self.evaluated_on = event.occurred.day
            case CrisisFlagged():
                self.crises[event.id] = True
            case CrisisCleared(crisis=crisis):
                self.crises[crisis] = False
            case ReferralProposed():
                self.referrals[event.id] = Referral(event.facts, ReferralProposed)
            case ReferralStep(referral=referral):
                self.referrals[referral].last = type(event.facts)

    def _evolve_correction(self, facts: Correction) -> None:
        match self.records[facts.target].effective.facts:
            case CaseOpened():
                self._set_opening_right(facts)
            case CaseClosed():
                self._set_closing_right(self.closings[facts.target], facts)

    def _keep_withdrawn(self, facts: Correction) -> None:
        """Keep where a closing was taken out of an indicator, unless another record's change did.

        What follows from a record is written by the same command, behind it.
        """
        if facts.before is None or facts.after is None or facts.target not in self.closings:
            return
        before, after = _indicators(facts.before.facts), _indicators(facts.after.facts)
        closing = self.closings[facts.target]
        closing.withdrawn = (closing.withdrawn | before) - after

    def _set_opening_right(self, facts: Correction) -> None:
        if facts.after is None:
            self.withdrawn_from = self.stands.stage
            self.stands = replace(self.stands, stage="withdrawn")
            return
        said, day = facts.after.facts, facts.after.occurred.day
        self.open_spans[0].begin = day
        self.stands = replace(
            self.stands,
            stage=self.withdrawn_from or self.stands.stage,
            opened=day,
            level=said.standing.level,
            audience=said.audience,
        )
        self.withdrawn_from = None

    def _set_closing_right(self, closing: Closing, facts: Correction) -> None:
        """Open a case again whose closing is void, unless it has moved on from there.

        One that was reopened since was open until then all the same.
        """
        span, before, rest = self.open_spans[closing.span], closing.before, closing.rest
        latest = self.is_latest(closing)
        if facts.after is not None:
            day = facts.after.occurred.day
            if rest is not None and rest.end == span.end:
                rest.end = day
            span.end = day
            stage = "closed" if closing.undone else self.stands.stage
            if latest:
                self._end_rest(day)
                self.stands = replace(
                    self.stands,
                    stage=stage,
                    closed=span.end,
                    closure=facts.after.facts.closure,
                    suspended=False,
                )
            closing.undone = False
        elif self.stands.stage == "closed" and latest:
            closing.undone, closing.steps, span.end = True, [], None
            self.stands = replace(
                self.stands,
                stage=before.stage,
                closed=None,
                closure=None,
                suspended=before.suspended,
            )
            if rest is not None:
                rest.end = None
        elif not latest:
            span.end = self.open_spans[closing.span + 1].begin


def _indicators(closed: CaseClosed) -> frozenset[Id]:
    return frozenset(each.indicator for each in closed.allocations)
