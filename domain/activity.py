"""Activities: what a station holds for many at once, and its meetings, supervision and training.

What the kinds demand stands in the catalogue. An activity is held once; a series is several
activities under one plan. Whatever must be written before the day is in `activity_plan`, what is
written from the day on in `activity_held`; here is what an activity decides, and its commands.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from domain.activity_held import (
    ActivityFeedbackRecorded,
    ActivityHeld,
    ActivityReportPublished,
    check_activity,
    check_estimates,
    estimated,
)
from domain.activity_plan import (
    ActivityAnnounced,
    ActivityCancelled,
    ActivityPlanned,
    ActivityPlanReviewed,
    ActivityPostponed,
    RegistrationTaken,
    SafetyAgreementSigned,
    Signing,
    uncovered,
)
from domain.aggregate import Aggregate
from domain.attending import attend, served
from domain.catalogue import activity_kind
from domain.counting import Attendance
from domain.desk import Desk, Receipt
from domain.entry import Entry, Scope
from domain.event import AnyEvent, Effective
from domain.identity import Id, new_id
from domain.neighbours import LocalOrganisation
from domain.policy import ActivityPolicy, check_version, in_force
from domain.project_work import allocated
from domain.references import check_named
from domain.refusals import Conflict, refusal

KIND_CHANGED = refusal("activity.kind_changed")
PLAN_DECIDED = refusal("activity.plan_decided", Conflict)
NOT_PLANNED = refusal("activity.not_planned", Conflict)
PLAN_NOT_APPROVED = refusal("activity.plan_not_approved", Conflict)
PLAN_NOT_CORRECTED = refusal("activity.plan_not_corrected")
CANCELLED = refusal("activity.cancelled", Conflict)
HELD_ALREADY = refusal("activity.held_already", Conflict)
NOT_HELD = refusal("activity.not_held", Conflict)
REPORTS_STAND = refusal("activity.reports_stand", Conflict)
SIGNED_TWICE = refusal("activity.signed_twice", Conflict)
UNREGISTERED = refusal("activity.unregistered")
AGREEMENTS_MISSING = refusal("activity.agreements_missing")
FEEDBACK_IMPOSSIBLE = refusal("activity.feedback_impossible")


class Activity(Aggregate):
    """One activity: planned, reviewed, announced, then held, or cancelled."""

    kind = "activity"
    plan: ActivityPlanned | None = None
    review: Literal["approved", "returned"] | None = None
    approved_on: date | None = None
    planned_on: date | None = None
    cancelled = False

    def evolve(self, event: AnyEvent) -> None:
        """Keep the plan, how it was reviewed, and whether the activity is off."""
        match event.facts:
            case ActivityPlanned():
                self.plan, self.review = event.facts, None
                self.planned_on = event.facts.planned_on
            case ActivityPostponed(planned_on=day):
                self.planned_on = day
            case ActivityPlanReviewed(outcome=outcome):
                self.review = outcome
                self.approved_on = event.occurred.day if outcome == "approved" else None
            case ActivityCancelled():
                self.cancelled = True

    @property
    def held(self) -> Effective[ActivityHeld] | None:
        """The activity as held; None while it is not, or its record is void."""
        held = self.effective(ActivityHeld)
        return held[0] if held else None

    def plan_again(self, entry: Entry, facts: ActivityPlanned) -> None:
        """Hand in a returned plan again."""
        self._check_on()
        if self.review != "returned":
            raise PLAN_DECIDED("id")
        activity_kind(facts.kind, facts.variant)
        self.record(entry, facts)

    def review_plan(self, entry: Entry, facts: ActivityPlanReviewed) -> None:
        """Approve or return the plan that was handed in."""
        self._check_on()
        if self.plan is None:
            raise NOT_PLANNED("id")
        if self.review is not None:
            raise PLAN_DECIDED("id")
        over = self.planned_on is not None and self.planned_on < entry.day
        self.record(entry, msgspec.structs.replace(facts, late=over or self.held is not None))

    def announce(self, entry: Entry, facts: ActivityAnnounced) -> None:
        """Send the notice out."""
        self._check_on()
        self.record(entry, facts)

    def sign_up(self, entry: Entry, facts: Signing) -> None:
        """Take a registration or a signed safety agreement."""
        self._check_on()
        signed = {each.facts.person for each in self.effective(type(facts))} - {None}
        if facts.person in signed:
            raise SIGNED_TWICE("person")
        self.record(entry, facts)

    def put_off(self, entry: Entry, facts: ActivityPostponed | ActivityCancelled) -> None:
        """Move it to another day, or call it off."""
        self._check_ahead()
        self.record(entry, facts)

    def hold(self, entry: Entry, facts: ActivityHeld) -> None:
        """Record that it was held."""
        self._check_ahead()
        check_estimates(facts, entry.basis)
        self._check_held(Effective(occurred=entry.occurred, facts=facts))
        terms = facts.terms
        if terms.plan_first and facts.plan_demanded and facts.plan_approved_on is None:
            raise PLAN_NOT_APPROVED("id", policy=terms.version)
        self.record(entry, facts)

    def give_feedback(self, entry: Entry, facts: ActivityFeedbackRecorded) -> None:
        """Record what those who came said about it."""
        self._check_over()
        if not 0 <= facts.satisfied <= facts.responses:
            raise FEEDBACK_IMPOSSIBLE("satisfied")
        self.record(entry, facts)

    def publish(self, entry: Entry, facts: ActivityReportPublished) -> None:
        """Publish a report about it."""
        self._check_over()
        self.record(entry, facts)

    def check_change(
        self, entry: Entry, target: Id, before: Effective[Any] | None, after: Effective[Any] | None
    ) -> None:
        """Hold what is corrected to the rules by which it was recorded."""
        side = after or before
        match side and side.facts:
            case RegistrationTaken() | SafetyAgreementSigned() if self.held is not None:
                self._check_signed(self.held, {target: after})
            case ActivityHeld() if after is not None:
                self._check_held_again(entry, before, after)
            case ActivityHeld():
                self._check_unpublished()
            case ActivityReportPublished() if before is None:
                self._check_over()

    def check_references(
        self, desk: Any, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        """Refuse to move an activity to a day on which another policy held.

        Refused too is a registration or an agreement of somebody new who cannot be served then.
        """
        if isinstance(after.facts, Signing):
            stood = None if before is None else before.facts.person
            if after.facts.person is not None and after.facts.person != stood:
                served(desk, after.facts.person, after.occurred.day, "person")
        if before is None or not isinstance(after.facts, ActivityHeld):
            return
        if before.occurred.day != after.occurred.day:
            check_version(desk, self.scope.operator, after.facts.terms, after.occurred.day)

    def _check_held_again(
        self, entry: Entry, before: Effective[Any] | None, after: Effective[Any]
    ) -> None:
        if before is None:
            self._check_ahead()
        else:
            _check_same_plan(before.facts, after.facts)
            if not estimated(before.facts):
                check_estimates(after.facts, entry.basis)
        self._check_held(after)

    def _check_unpublished(self) -> None:
        """Refuse to declare void what a report that is counted tells about."""
        reports = self.effective(ActivityReportPublished)
        if reports:
            raise REPORTS_STAND("target", reports=len(reports))

    def _check_held(self, held: Effective[ActivityHeld]) -> None:
        if self.plan is not None and self.plan.kind != held.facts.kind:
            raise KIND_CHANGED("kind", planned=self.plan.kind)
        check_activity(held.facts)
        self._check_signed(held, {})

    def _check_signed(
        self, held: Effective[ActivityHeld], changes: dict[Id, Effective[Any] | None]
    ) -> None:
        """Check that all who took part had registered and signed by that day, where they must."""
        facts: ActivityHeld = held.facts
        kind = activity_kind(facts.kind, facts.variant)
        said = {"policy": facts.terms.version}
        agreements = facts.terms.demands_agreements(facts.kind, kind.agreements)
        standing = self._standing(changes)
        for demanded, signing, refused, by in (
            (kind.registration, RegistrationTaken, UNREGISTERED, {}),
            (agreements, SafetyAgreementSigned, AGREEMENTS_MISSING, said),
        ):
            signed = [
                each.facts
                for each in standing
                if isinstance(each.facts, signing) and each.occurred.day <= held.occurred.day
            ]
            missing = uncovered(facts.attendance, signed)
            if demanded and missing:
                raise refused("attendance", missing=missing, **by)

    def _standing(self, changes: dict[Id, Effective[Any] | None]) -> list[Effective[Any]]:
        """Return all records as they would stand with some of them changed."""
        as_now = {
            id: None if written.void else written.effective for id, written in self.records.items()
        }
        return [each for each in (as_now | changes).values() if each is not None]

    def _check_on(self) -> None:
        if self.cancelled:
            raise CANCELLED("id")

    def _check_ahead(self) -> None:
        self._check_on()
        if self.held is not None:
            raise HELD_ALREADY("id")

    def _check_over(self) -> None:
        if self.held is None:
            raise NOT_HELD("id")


def _check_same_plan(before: ActivityHeld, after: ActivityHeld) -> None:
    """Refuse to correct how the plan stood: that is not what people wrote about the day."""
    if (before.plan_demanded, before.plan_approved_on) != (
        after.plan_demanded,
        after.plan_approved_on,
    ):
        raise PLAN_NOT_CORRECTED("plan_approved_on")


def plan_activity(
    desk: Desk, entry: Entry, scope: Scope, facts: ActivityPlanned, *, id: Id | None = None
) -> Receipt:
    """Plan an activity. Refused: a kind that the catalogue does not have, an unknown series."""
    activity_kind(facts.kind, facts.variant)
    if facts.series is not None:
        desk.load(Activity, facts.series, "series")
    return desk.save(entry, Activity.start(entry, scope, facts, id=id))


def plan_again(desk: Desk, entry: Entry, id: Id, facts: ActivityPlanned) -> Receipt:
    """Hand in a plan that was returned again."""
    activity = desk.load(Activity, id)
    activity.plan_again(entry, facts)
    return desk.save(entry, activity)


def review_plan(desk: Desk, entry: Entry, id: Id, facts: ActivityPlanReviewed) -> Receipt:
    """Approve or return a plan; a colleague who is named as having done so must be one."""
    activity = desk.load(Activity, id)
    check_named(desk, entry, activity.scope.operator, facts)
    activity.review_plan(entry, facts)
    return desk.save(entry, activity)


def announce_activity(desk: Desk, entry: Entry, id: Id, facts: ActivityAnnounced) -> Receipt:
    """Send the notice out."""
    activity = desk.load(Activity, id)
    activity.announce(entry, facts)
    return desk.save(entry, activity)


def sign_up(desk: Desk, entry: Entry, id: Id, facts: Signing) -> Receipt:
    """Take a registration or a safety agreement.

    Refused: a person who is not registered here, had died or moved away, or signed already.
    """
    activity = desk.load(Activity, id)
    role = facts.role if isinstance(facts, RegistrationTaken) else "client"
    attend(desk, entry, (Attendance(person=facts.person, role=role),))
    activity.sign_up(entry, facts)
    return desk.save(entry, activity)


def put_off_activity(
    desk: Desk, entry: Entry, id: Id, facts: ActivityPostponed | ActivityCancelled
) -> Receipt:
    """Postpone or cancel an activity that has not been held."""
    activity = desk.load(Activity, id)
    activity.put_off(entry, facts)
    return desk.save(entry, activity)


def hold_activity(
    desk: Desk,
    entry: Entry,
    id: Id,
    facts: ActivityHeld,
) -> Receipt:
    """Record that a planned activity was held.

    Refused: cancelled or held already, without the approved plan, registrations or safety
    agreements that its kind demands, in roles that its kind does not have, an estimate said to
    be a count, work outside the project's dates.
    """
    activity = desk.load(Activity, id)
    _hold(desk, entry, activity, facts)
    return desk.save(entry, activity)


def record_activity(
    desk: Desk,
    entry: Entry,
    scope: Scope,
    facts: ActivityHeld,
    *,
    id: Id | None = None,
) -> Receipt:
    """Record an activity that was held and never planned here, or under the plan of its series."""
    activity = Activity(id or new_id(), scope)
    _hold(desk, entry, activity, facts)
    return desk.save(entry, activity)


def _hold(desk: Desk, entry: Entry, activity: Activity, facts: ActivityHeld) -> None:
    check_named(desk, entry, activity.scope.operator, facts)
    planned = activity.plan
    series = facts.series or (planned.series if planned else None)
    plan = activity if series is None else desk.load(Activity, series, "series")
    if facts.organisation is not None:
        local: LocalOrganisation = desk.load_any(
            "community_org", facts.organisation, "organisation"
        )
        local.check_active_on(entry.day, "organisation")
    policy = in_force(desk, activity.scope.operator, ActivityPolicy, entry.day)
    usual = activity_kind(facts.kind, facts.variant).plan
    facts = msgspec.structs.replace(
        facts,
        policy=policy if policy.version else None,
        series=series,
        audience=facts.audience or (planned.audience if planned else None),
        attendance=attend(desk, entry, facts.attendance),
        plan_demanded=policy.demands_plan(facts.kind, usual),
        plan_approved_on=activity.approved_on or plan.approved_on,
    )
    activity.hold(entry, allocated(desk, entry, activity.scope, facts))


def record_feedback(desk: Desk, entry: Entry, id: Id, facts: ActivityFeedbackRecorded) -> Receipt:
    """Record the feedback on a held activity."""
    activity = desk.load(Activity, id)
    activity.give_feedback(entry, facts)
    return desk.save(entry, activity)


def publish_report(desk: Desk, entry: Entry, id: Id, facts: ActivityReportPublished) -> Receipt:
    """Publish a report about a held activity."""
    activity = desk.load(Activity, id)
    held = activity.held
    audience = facts.audience or (held.facts.audience if held else None)
    facts = msgspec.structs.replace(facts, kind="activity_report", audience=audience)
    activity.publish(entry, allocated(desk, entry, activity.scope, facts))
    return desk.save(entry, activity)
