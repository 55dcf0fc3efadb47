"""Deciding by hand where a delivery counts, with a reason.

The decision is recorded in the project, and the delivery is corrected in the same transaction:
what it counts to stands in the delivery itself, before and after, so that every figure follows
from the deliveries alone (glossary, decided 4).
"""

from __future__ import annotations

from typing import Any

import msgspec

from domain.aggregate import ALREADY_VOID, NO_SUCH_RECORD, Aggregate
from domain.counting import Allocation, Counted
from domain.desk import Desk, Receipt
from domain.entry import Entry, check_why
from domain.event import Effective, Reason
from domain.identity import Id, new_id
from domain.indicators import check_kinds_of
from domain.project import (
    OTHER_PROJECT,
    DeliveryAllocated,
    DeliveryDeallocated,
    Project,
)
from domain.project_work import check_periods, check_taken
from domain.refusals import Conflict, refusal

TWICE = refusal("allocation.twice", Conflict)
EXCLUSIVE = refusal("allocation.exclusive", Conflict)
NOT_THERE = refusal("allocation.not_there", Conflict)
NOT_COUNTABLE = refusal("allocation.not_countable")


def allocate_delivery(
    desk: Desk, entry: Entry, project: Id, stream: Id, event: Id, indicator: Id, reason: str
) -> Receipt:
    """Count a delivery to an indicator whose filter does not take it.

    Refused: a delivery of another project, outside its dates or service area, in a closed period
    without approval, already counted within the same exclusive set (a case that was closed twice by
    either closing), or of a kind that is not what the indicator counts.
    """
    found = desk.load(Project, project, "project")
    target = desk.load_stream(stream, "stream")
    effective = _deliverable(found, target, event)
    found.check_area(target.scope, "stream")
    check_taken(desk, entry, target.scope, effective.occurred)
    definition = found.indicators.living(indicator)
    check_kinds_of(definition.measure, (effective.facts.kind,), "indicator")
    held = (*effective.facts.allocations, *target.counted_beside(event))
    if any(known.indicator == indicator for known in held):
        raise TWICE("indicator")
    rival = found.indicators.rival(indicator, held)
    if rival is not None:
        raise EXCLUSIVE("indicator", named=found.indicators.defined[rival].code)
    after = (*effective.facts.allocations, found.indicators.allocation(indicator))
    _correct(target, entry, event, effective, after, reason)
    decision = DeliveryAllocated(stream=stream, event=event, indicator=indicator, reason=reason)
    found.record(entry, decision, event=new_id())
    return desk.save(entry, target, found)


def deallocate_delivery(
    desk: Desk, entry: Entry, project: Id, stream: Id, event: Id, indicator: Id, reason: str
) -> Receipt:
    """Withdraw a delivery from an indicator that it counts to; also one outside the dates."""
    found = desk.load(Project, project, "project")
    target = desk.load_stream(stream, "stream")
    effective = _deliverable(found, target, event)
    check_periods(desk, entry, target.scope, effective.occurred)
    held = effective.facts.allocations
    after = tuple(known for known in held if known.indicator != indicator)
    if after == held:
        raise NOT_THERE("indicator")
    _correct(target, entry, event, effective, after, reason)
    decision = DeliveryDeallocated(stream=stream, event=event, indicator=indicator, reason=reason)
    found.record(entry, decision, event=new_id())
    return desk.save(entry, target, found)


def _deliverable(project: Project, target: Aggregate, event: Id) -> Effective[Counted]:
    if target.scope.project != project.id:
        raise OTHER_PROJECT("stream")
    if event not in target.records:
        raise NO_SUCH_RECORD("event")
    written = target.records[event]
    if written.void:
        raise ALREADY_VOID("event")
    effective: Effective[Any] = written.effective
    if not isinstance(effective.facts, Counted) or not effective.facts.counts:
        raise NOT_COUNTABLE("event")
    return effective


def _correct(
    target: Aggregate,
    entry: Entry,
    event: Id,
    effective: Effective[Counted],
    allocations: tuple[Allocation, ...],
    reason: str,
) -> None:
    check_why(reason)
    facts = msgspec.structs.replace(effective.facts, allocations=allocations)
    why = Reason(code="other", text=reason, approved_by=entry.approved_by)
    target.correct(entry, event, Effective(occurred=effective.occurred, facts=facts), why)
