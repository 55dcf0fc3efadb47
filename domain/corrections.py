"""更正, 作废, 恢复: the three ways to set any record right, the same for every slice.

The record's own aggregate keeps its invariants; what all share is here: the corrected facts are
checked as new ones are, find their indicators anew, a closed period asks for an approval, and a
day that is moved back is held to what writing late is held to.
"""

from __future__ import annotations

from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.attending import attend
from domain.corrected import Changes, Served, changed
from domain.counting import Counted, IndividualWork, Occurrence
from domain.desk import Desk, Receipt
from domain.door import with_door
from domain.entry import Entry
from domain.event import Effective, Occurred, Reason
from domain.identity import Id
from domain.neighbours import Contract, ServedCase, Serving
from domain.own_words import head_of
from domain.project_work import check_periods, check_taken
from domain.references import check_named
from domain.refusals import refusal

OWN_RECORDS = frozenset({"person", "staff"})
"""Kinds whose stream is somebody's own record, under their id."""
NO_DUPLICATE = refusal("record.no_duplicate")
NOTHING_KEPT = refusal("record.nothing_kept")


def correct_record(
    desk: Desk,
    entry: Entry,
    stream: Id,
    target: Id,
    changes: Changes,
    reason: Reason,
    occurred: Occurred | None = None,
) -> Receipt:
    """Replace some fields of a record, or when it happened.

    Raises `record.*` refusals, and those of writing late where the day is moved back.
    """
    aggregate = desk.load_stream(stream, "target")
    before = aggregate.standing(target)
    when = occurred or before.occurred
    facts = changed(before.facts, changes, entry.principal.actor, _served(desk, aggregate))
    at = msgspec.structs.replace(entry, occurred=when)
    check_named(desk, at, aggregate.scope.operator, facts, before.facts)
    moved = when.day != before.occurred.day
    if moved:
        facts = aggregate.of_day(facts, before.facts, when.day)
    if isinstance(facts, Occurrence):
        stood = before.facts.attendance
        attendance = attend(desk, at, facts.attendance, stood, moved=moved)
        facts = msgspec.structs.replace(facts, attendance=attendance)
    if isinstance(facts, IndividualWork):
        facts = with_door(desk, aggregate.scope.operator, facts)
    facts = _reallocated(desk, aggregate, before, facts)
    check_periods(desk, entry, aggregate.scope, before.occurred)
    if moved:
        check_taken(desk, entry, aggregate.scope, when)
    after = Effective(occurred=when, facts=facts)
    aggregate.check_references(desk, at, before, after)
    made = aggregate.correct(entry, target, after, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def void_record(
    desk: Desk,
    entry: Entry,
    stream: Id,
    target: Id,
    reason: Reason,
    kept_in: Id | None = None,
) -> Receipt:
    """Declare a record void; as a duplicate, of one in the stream `kept_in`, which stays."""
    aggregate = desk.load_stream(stream, "target")
    if reason.duplicate_of is not None:
        _check_kept(desk, aggregate, target, reason, kept_in)
    check_periods(desk, entry, aggregate.scope, aggregate.standing(target).occurred)
    made = aggregate.void(entry, target, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def reinstate_record(desk: Desk, entry: Entry, stream: Id, target: Id, reason: Reason) -> Receipt:
    """Take a voiding back, if what the record says may be recorded still."""
    aggregate = desk.load_stream(stream, "target")
    again = aggregate.standing(target)
    check_taken(desk, entry, aggregate.scope, again.occurred)
    at = msgspec.structs.replace(entry, occurred=again.occurred)
    if isinstance(again.facts, Occurrence):
        attend(desk, at, again.facts.attendance, again.facts.attendance)
    aggregate.check_references(desk, at, None, again)
    made = aggregate.reinstate(entry, target, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def _served(desk: Desk, aggregate: Aggregate) -> Served:
    """Return how whom words are about is found where a record names nobody.

    It is the person whose own record it is; else the client of the case, whom a need is for, or
    who heads the household.
    """

    def of(facts: Any) -> Id | None:
        if aggregate.kind in OWN_RECORDS:
            return aggregate.id
        client = household = None
        if isinstance(aggregate, Serving):
            client, household = aggregate.serves
        elif (case := getattr(facts, "case", None)) is not None:
            linked: ServedCase = desk.load_any("case", case, "case")
            client, household = linked.serves
        home = getattr(facts, "household", None) or household
        return client or (None if home is None else head_of(desk, home))

    return of


def _check_kept(
    desk: Desk, aggregate: Aggregate, target: Id, reason: Reason, kept_in: Id | None
) -> None:
    """Refuse as the one that is kept a record that is void, of another kind, or the same one.

    So of two that say the same, one always stands (events.md, MergedAsDuplicate).
    """
    if reason.code != "duplicate":
        raise NO_DUPLICATE("reason.code")
    other = desk.load_stream(kept_in or aggregate.id, "duplicate_of")
    kept = other.records.get(reason.duplicate_of or "")
    if (
        kept is None
        or kept.void
        or reason.duplicate_of == target
        or other.scope.operator != aggregate.scope.operator
        or type(kept.effective.facts) is not type(aggregate.standing(target).facts)
    ):
        raise NOTHING_KEPT("duplicate_of")


def _reallocated(desk: Desk, aggregate: Aggregate, before: Effective[Any], facts: Any) -> Any:
    """Find the indicators anew; what a person allocated or withdrew by hand stays so."""
    if aggregate.scope.project is None or not isinstance(facts, Counted):
        return facts
    if not facts.counts:
        return msgspec.structs.replace(facts, allocations=())
    contract: Contract = desk.load_any("project", aggregate.scope.project, "project")
    return msgspec.structs.replace(facts, allocations=contract.reallocate(before.facts, facts))
