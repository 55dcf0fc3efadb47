"""Writing late: what an operator's own policy asks of a record that waited before it was written.

It is asked when a command is saved, since only then the operator is known whose record it is; and
what is later told of as late stands in the event, since views see nothing else (events.md, late
entry).
"""

from __future__ import annotations

from msgspec.structs import replace

from domain.aggregate import Aggregate
from domain.desk import Desk
from domain.entry import Entry
from domain.event import AnyEvent, day_told
from domain.policy import RecordingPolicy, in_force
from domain.refusals import refusal

LATE_WITHOUT_REASON = refusal("entry.late_without_reason")
LATE_WITHOUT_APPROVAL = refusal("entry.late_without_approval")
REASON_LENGTH = 2
"""Characters. One word says why something is late (停电, 外出); any other reason takes five."""


def check_timely(desk: Desk, entry: Entry, *decided: Aggregate) -> None:
    """Refuse what is written late without the reason or the approval that the policy asks for.

    Only of what happens: a paper as much as the work that rests on it, and a correction as much as
    what it sets right. It goes by the version in force on the day from which it is late; an
    evaluator, who does not see the operator's policies, by the defaults. The events keep the days
    of a policy that was adopted. Raises `entry.late_without_reason` and
    `entry.late_without_approval`.
    """
    for aggregate in decided:
        aggregate.pending = [_timely(desk, entry, event) for event in aggregate.pending]


def _timely(desk: Desk, entry: Entry, event: AnyEvent) -> AnyEvent:
    day = day_told(event.facts, event.occurred)
    days = (entry.today - day).days
    if not event.facts.happens or days <= 0:
        return event
    policy = in_force(desk, event.operator, RecordingPolicy, day)
    # An opening moves back with its first session: that was answered for with the session.
    follows = day < event.occurred.latest and event.id != entry.event
    if not follows:
        _check_said(event, days, policy)
    return replace(event, late_after=policy.reason_after) if policy.version else event


def _check_said(event: AnyEvent, days: int, policy: RecordingPolicy) -> None:
    said = {"days": days, "policy": policy.version}
    if days > policy.reason_after and len((event.late_reason or "").strip()) < REASON_LENGTH:
        least = {"least": REASON_LENGTH, "limit": policy.reason_after}
        raise LATE_WITHOUT_REASON("late_reason", **least, **said)
    if days > policy.approval_after and event.approved_by is None:
        raise LATE_WITHOUT_APPROVAL("approved_by", limit=policy.approval_after, **said)
