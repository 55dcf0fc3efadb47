"""Visit plans: how often a person is visited, by whom, and when the next visit is due.

A visit does not write into the plan that it meets: it may be another worker's, and stand in a
project's ledger. When the next one is due is reckoned from both when it is asked for (`due`).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from domain.aggregate import Aggregate
from domain.attending import attend
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Facts, fact
from domain.identity import Id
from domain.policy import VisitPolicy, in_force
from domain.references import check_named
from domain.refusals import Conflict, refusal

Tier = Literal["high", "key", "general"]

PLAN_ENDED = refusal("visit.plan_ended", Conflict)
WINDOW_BACKWARDS = refusal("visit.window_backwards")


@fact()
class VisitPlanAdopted(Facts, frozen=True, kw_only=True, tag="visit.VisitPlanAdopted@1"):
    """How often a person is to be visited, in days, by whom and from when."""

    person: Id
    worker: Id
    tier: Tier
    every_days: int
    begins: date


@fact()
class VisitScheduled(Facts, frozen=True, kw_only=True, tag="visit.VisitScheduled@1"):
    """A visit is due within a window of days."""

    person: Id
    worker: Id
    earliest: date
    latest: date


@fact()
class VisitRescheduled(Facts, frozen=True, kw_only=True, tag="visit.VisitRescheduled@1"):
    """The due window moved."""

    person: Id
    worker: Id
    earliest: date
    latest: date
    reason: str


@fact()
class VisitSkipped(Facts, frozen=True, kw_only=True, tag="visit.VisitSkipped@1"):
    """The due visit is left out, with the reason; the next is reckoned from that day."""

    person: Id
    worker: Id
    reason: str


@fact()
class VisitPlanEnded(Facts, frozen=True, kw_only=True, tag="visit.VisitPlanEnded@1"):
    """The plan no longer holds."""

    person: Id
    reason: str


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The days within which a visit is due, both included."""

    earliest: date
    latest: date


def due(
    every_days: int,
    begins: date,
    *,
    scheduled: Window | None = None,
    skipped: date | None = None,
    last: date | None = None,
) -> Window:
    """Return when the next visit of a running plan is due.

    A `scheduled` window stands until the `last` contact came within or after it. Otherwise the
    next is due within `every_days` of the last contact, or of the day on which a visit was
    `skipped`; the first within as many days, the day on which the plan `begins` among them.
    """
    met = None if last is None or last < begins else last
    if scheduled is not None and (met is None or met < scheduled.earliest):
        return scheduled
    since = max((day for day in (met, skipped) if day is not None), default=None)
    if since is None:
        return Window(earliest=begins, latest=_later(begins, every_days - 1))
    return Window(earliest=_later(since, 1), latest=_later(since, every_days))


def _later(day: date, days: int) -> date:
    """Return a later day, at most the last that there is."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


class VisitPlan(Aggregate):
    """The plan by which one person is visited."""

    kind = "visit_plan"
    adopted: VisitPlanAdopted
    ended = False

    def evolve(self, event: AnyEvent) -> None:
        """Keep the plan in force, and whether it ended."""
        match event.facts:
            case VisitPlanAdopted():
                self.adopted = event.facts
            case VisitPlanEnded():
                self.ended = True

    def schedule(self, entry: Entry, earliest: date, latest: date) -> None:
        """Set the window in which the next visit is due."""
        self._check(earliest, latest)
        adopted = self.adopted
        self.record(
            entry,
            VisitScheduled(
                person=adopted.person, worker=adopted.worker, earliest=earliest, latest=latest
            ),
        )

    def reschedule(self, entry: Entry, earliest: date, latest: date, reason: str) -> None:
        """Move the window."""
        self._check(earliest, latest)
        adopted = self.adopted
        self.record(
            entry,
            VisitRescheduled(
                person=adopted.person,
                worker=adopted.worker,
                earliest=earliest,
                latest=latest,
                reason=reason,
            ),
        )

    def skip(self, entry: Entry, reason: str) -> None:
        """Leave the due visit out."""
        self._check_running()
        adopted = self.adopted
        self.record(
            entry, VisitSkipped(person=adopted.person, worker=adopted.worker, reason=reason)
        )

    def end(self, entry: Entry, reason: str) -> None:
        """End the plan."""
        self._check_running()
        self.record(entry, VisitPlanEnded(person=self.adopted.person, reason=reason))

    def _check(self, earliest: date, latest: date) -> None:
        self._check_running()
        if latest < earliest:
            raise WINDOW_BACKWARDS("latest")

    def _check_running(self) -> None:
        if self.ended:
            raise PLAN_ENDED("id")


def adopt_plan(desk: Desk, entry: Entry, scope: Scope, facts: VisitPlanAdopted) -> Receipt:
    """Adopt a plan for a person who can be visited, by a colleague."""
    check_named(desk, entry, scope.operator, facts)
    attend(desk, entry, (Attendance(person=facts.person),))
    return desk.save(entry, VisitPlan.start(entry, scope, facts))


def usual_days(desk: Desk, operator: Id, tier: Tier, begins: date) -> int:
    """Return within how many days somebody of a tier is visited again, by the operator's policy
    of the day on which the plan begins (rules, AL-04)."""
    policy = in_force(desk, operator, VisitPolicy, begins)
    days: dict[Tier, int] = {"high": policy.high, "key": policy.key, "general": policy.general}
    return days[tier]


def schedule_visit(
    desk: Desk, entry: Entry, plan: Id, earliest: date, latest: date, reason: str | None = None
) -> Receipt:
    """Set the next window, or move it where a reason is given."""
    found = desk.load(VisitPlan, plan)
    if reason is None:
        found.schedule(entry, earliest, latest)
    else:
        found.reschedule(entry, earliest, latest, reason)
    return desk.save(entry, found)


def skip_visit(desk: Desk, entry: Entry, plan: Id, reason: str) -> Receipt:
    """Leave the due visit out."""
    found = desk.load(VisitPlan, plan)
    found.skip(entry, reason)
    return desk.save(entry, found)


def end_plan(desk: Desk, entry: Entry, plan: Id, reason: str) -> Receipt:
    """End a plan."""
    found = desk.load(VisitPlan, plan)
    found.end(entry, reason)
    return desk.save(entry, found)
