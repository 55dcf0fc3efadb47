"""Casework (个案): one client or household, from the enquiry to the archive (events.md, BC4).

Here is the case itself: which steps it can take, and how its records are set right. What it knows
of its history is in `case_history`; the rules of the steps stand in `case_plan`, `case_file`,
`case_crisis` and `case_referral`, the commands in `case_commands`. Openings, sessions and closures
are counted, so they can be corrected and declared void; any other step is undone by another step.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

import domain.case_file
import domain.case_plan
import domain.case_referral  # noqa: F401 - the rules register themselves
from domain.aggregate import Aggregate
from domain.attending import served
from domain.case_claim import on_day, settle_claim
from domain.case_counted import counted, settle_closings
from domain.case_crisis import CRISIS_OPEN
from domain.case_facts import (
    LONGEST_SESSION,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    CaseRestated,
    CaseSessionHeld,
    CaseStanding,
    CaseStep,
    Closure,
    Stage,
)
from domain.case_history import CaseHistory, Closing, OpenSpan
from domain.case_rules import OPEN, RULES
from domain.counting import Allocation, Counted, person_times
from domain.desk import Desk
from domain.entry import Entry, Scope, check_possible
from domain.event import AnyEvent, Correction, Effective, Occurred
from domain.identity import Id
from domain.references import has_left
from domain.refusals import NOT_FOUND, Conflict, refusal

WITHOUT_EVALUATION: frozenset[Closure] = frozenset(
    {"withdrew", "referred", "lost_contact", "died", "moved_away"}
)
"""A case may be closed so with no evaluation, with the reason."""

WRONG_STAGE = refusal("case.wrong_stage", Conflict)
SUSPENDED = refusal("case.suspended", Conflict)
BEFORE_OPENING = refusal("case.before_opening")
SESSION_BEFORE_OPENING = refusal("case.session_before_opening")
SESSION_AFTER_CLOSING = refusal("case.session_after_closing")
SESSION_TOO_LONG = refusal("case.session_too_long")
MINUTES_IMPOSSIBLE = refusal("case.minutes_impossible")
NOBODY_MET = refusal("case.nobody_met")
CLOSED_BEFORE_SESSION = refusal("case.closed_before_session")
CLOSED_BEFORE_EVALUATION = refusal("case.closed_before_evaluation")
CLOSE_ANEW = refusal("case.close_anew", Conflict)
CLOSED_AFTER_REOPENING = refusal("case.closed_after_reopening")
OPENING_FIXED = refusal("case.opening_fixed")
RECORDS_STAND = refusal("case.records_stand", Conflict)
FOLLOWED_UP = refusal("case.followed_up", Conflict)
EVALUATION_FIXED = refusal("case.evaluation_fixed")
CLOSE_WITHOUT_EVALUATION = refusal("case.close_without_evaluation", Conflict)
CLOSE_WITHOUT_REASON = refusal("case.close_without_reason")
OF_ANOTHER_STATION = refusal("case.of_another_station")
WORKER_LEFT = refusal("case.worker_left", Conflict)


class Case(CaseHistory):
    """One case: what may be done with it, and how its records are set right."""

    kind = "case"
    work = (Counted, CaseReopened)

    @property
    def serves(self) -> tuple[Id | None, Id | None]:
        """The client and the household (`domain.desk.ServedCase`)."""
        return self.stands.client, self.stands.household

    def check_near(self, scope: Scope, field: str) -> None:
        """Refuse what another station did, unless in the same project."""
        if scope.operator != self.scope.operator:
            raise NOT_FOUND(field)
        in_project = scope.project is not None and scope.project == self.scope.project
        if scope.station != self.scope.station and not in_project:
            raise OF_ANOTHER_STATION(field)

    def take(self, entry: Entry, facts: CaseStep) -> AnyEvent:
        """Take a step by its rule.

        Raises `case.wrong_stage`, `case.suspended`, `case.before_opening`, and the rule's own.
        """
        rule = RULES[type(facts)]
        self.check_stage(rule.stages)
        if self.stands.suspended and not rule.while_suspended:
            raise SUSPENDED()
        check_possible(entry.occurred, entry.now)
        if self.open_spans and entry.day < self.open_spans[0].begin:
            raise BEFORE_OPENING("occurred.start")
        return self.record(entry, rule.decide(self, entry, facts))

    def check_stage(self, stages: frozenset[Stage]) -> None:
        """Refuse what cannot be done in the stage that the case is in."""
        if self.stands.stage not in stages:
            raise WRONG_STAGE(stage=self.stands.stage)

    def check_session(self, facts: CaseSessionHeld, occurred: Occurred) -> None:
        """Refuse a session that saw nobody, cannot have been so long, or lies outside the case.

        A closing interview on the day of closing is still a session of the case.
        """
        if self.stands.stage == "withdrawn":
            raise WRONG_STAGE(stage=self.stands.stage)
        if person_times(facts.attendance) == 0:
            raise NOBODY_MET("attendance")
        _check_length(facts, occurred)
        day = occurred.day
        if not self.open_spans or day < self.open_spans[0].begin:
            raise SESSION_BEFORE_OPENING("occurred.start")
        if not any(span.covers(day) for span in self.open_spans):
            raise SESSION_AFTER_CLOSING("occurred.start")
        if any(rest.strictly_inside(day) for rest in self.rests):
            raise SUSPENDED("occurred.start")

    def check_closing_day(self, span: OpenSpan, day: date) -> None:
        """Refuse a closing that lies before a session of its time, or before the opening."""
        if day < span.begin:
            raise BEFORE_OPENING("occurred.start")
        others = [one for one in self.open_spans if one is not span]
        held = [session.occurred.day for session in self.effective(CaseSessionHeld)]
        for session in held:
            elsewhere = any(one.covers(session) for one in others)
            if day < session and span.covers(session) and not elsewhere:
                raise CLOSED_BEFORE_SESSION("occurred.start")

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold corrected, void and reinstated records to the rules of new ones."""
        said = after or before
        match said and said.facts:
            case CaseSessionHeld() if after is not None:
                self.check_session(after.facts, after.occurred)
            case CaseOpened():
                self._check_opening(before, after)
            case CaseClosed() if after is not None:
                self._check_closure(target, before, after)
            case CaseClosed():
                self._check_void_closure(target)

    def _check_opening(self, before: Effective[Any] | None, after: Effective[Any] | None) -> None:
        sessions = [session.occurred.day for session in self.effective(CaseSessionHeld)]
        if before is None:
            return
        if after is None:
            if sessions or self.effective(CaseClosed):
                raise RECORDS_STAND("target", sessions=len(sessions))
            return
        if _identity(after.facts) != _identity(before.facts):
            raise OPENING_FIXED("facts.standing")
        if sessions and min(sessions) < after.occurred.day:
            raise SESSION_BEFORE_OPENING("occurred.start")
        end = self.open_spans[0].end
        known = [day for day in (end, self.first_step) if day is not None]
        if known and min(known) < after.occurred.day:
            raise BEFORE_OPENING("occurred.start")

    def _check_closure(
        self, target: Id, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        if before is not None and after.facts.variant != before.facts.variant:
            raise EVALUATION_FIXED("facts.variant")
        check_evaluated(after.facts, evaluated=after.facts.variant == "evaluated")
        closing, day = self.closings[target], after.occurred.day
        if closing.undone or self.stands.stage == "withdrawn":
            self.check_stage(frozenset(OPEN))
            self._check_still_closes(closing, after)
        if before is None and self.is_latest(closing) and self.stands.in_crisis:
            raise CRISIS_OPEN("target")
        self.check_closing_day(self.open_spans[closing.span], day)
        if any(later.begin < day for later in self.open_spans[closing.span + 1 :]):
            raise CLOSED_AFTER_REOPENING("occurred.start")
        if before is None or before.occurred.day != day:
            check_evaluation_day(after.facts, closing.evaluated, day)

    def _check_still_closes(self, closing: Closing, after: Effective[CaseClosed]) -> None:
        """Refuse to take back a closing that the case has gone on from while it was void.

        It has where a step was taken since that could not be taken after that day, or where the
        case would be closed otherwise now than it was, with an evaluation or without.
        """
        evaluated = self.stands.stage == "evaluated"
        later = [RULES.get(kind) for kind, day in closing.steps if day > after.occurred.day]
        went_on = any(rule is None or "closed" not in rule.stages for rule in later)
        if went_on or evaluated != (after.facts.variant == "evaluated"):
            raise CLOSE_ANEW("target")

    def _check_void_closure(self, target: Id) -> None:
        """Refuse to take the closing away from under what was done because of it.

        The case would be neither open nor closed: whoever is followed up is reopened first.
        """
        if self.is_latest(self.closings[target]) and self.stands.stage != "closed":
            raise FOLLOWED_UP("target")

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse to open a case again, or on another day, of somebody who was dead by then."""
        if isinstance(after.facts, CaseOpened) and self.stands.client is not None:
            served(desk, self.stands.client, after.occurred.day, "client", stood=True)

    def counted_beside(self, target: Id) -> tuple[Allocation, ...]:
        """A closing says of the same case what the others do."""
        closing = isinstance(self.records[target].effective.facts, CaseClosed)
        return counted(self, beside=target) if closing else ()

    def consequences(self, desk: Any, entry: Entry, made: AnyEvent) -> tuple[Aggregate, ...]:
        """Count it once, say anew where it stands, and hold its claim or give it up."""
        target = made.facts.target
        facts = self.records[target].effective.facts
        if not isinstance(facts, CaseOpened | CaseClosed):
            return ()
        if isinstance(facts, CaseClosed):
            settle_closings(desk, entry, self, made.facts)
            if made.facts.after is None and self.stands.stage in OPEN:
                check_worker(desk, entry, self)
        self.record(entry, CaseRestated(record=target, standing=self.stands))
        return settle_claim(desk, entry, self, self._gained(made.facts))

    def _gained(self, change: Correction) -> OpenSpan | None:
        """Return from when until when the case stands open by a correction, and did not before."""
        sides = (change.before, change.after)
        before, after = (None if side is None else side.occurred.day for side in sides)
        closing = self.closings.get(change.target)
        if closing is None and before is None:
            return None if after is None else on_day(after)
        begin, end = (after, before) if closing is None else (before, after)
        if closing is not None and after is None:
            end = self.open_spans[closing.span].end
        return None if begin is None or (end and end <= begin) else OpenSpan(begin, end)


def check_worker(desk: Desk, entry: Entry, case: CaseHistory) -> None:
    """Refuse that a closed case is open again under somebody who has left.

    Whoever leaves hands over every open case (AL-28); a closed one can be handed over too.
    """
    if has_left(desk, case.scope.operator, case.stands.worker, entry.today):
        raise WORKER_LEFT()


def check_evaluated(facts: CaseClosed, *, evaluated: bool) -> None:
    """Refuse a closure without evaluation that needs one, or that does not say why."""
    if evaluated:
        return
    if facts.closure not in WITHOUT_EVALUATION:
        raise CLOSE_WITHOUT_EVALUATION("closure")
    if facts.reason is None:
        raise CLOSE_WITHOUT_REASON("reason")


def check_evaluation_day(facts: CaseClosed, evaluated: date | None, day: date) -> None:
    """Refuse to close with an evaluation on a day before it was made."""
    if facts.variant == "evaluated" and evaluated is not None and day < evaluated:
        raise CLOSED_BEFORE_EVALUATION("occurred.start")


def _check_length(facts: CaseSessionHeld, occurred: Occurred) -> None:
    spent = 0
    if occurred.end is not None and occurred.precision == "instant":
        spent = int((occurred.end - occurred.start).total_seconds()) // 60
    if facts.minutes is not None and facts.minutes <= 0:
        raise MINUTES_IMPOSSIBLE("minutes")
    if max(spent, facts.minutes or 0) > LONGEST_SESSION:
        raise SESSION_TOO_LONG("minutes")


def _identity(opening: CaseOpened) -> CaseStanding:
    """Return what a correction of an opening may not touch."""
    return replace(opening.standing, level="general", audience=None, opened=None)
