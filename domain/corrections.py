"""更正, 作废, 恢复: the three ways to set any record right, the same for every slice.

The record's own aggregate keeps its invariants; what all share is here: the corrected facts are
checked as new ones are, find their indicators anew, and a closed period asks for an approval.
"""

from __future__ import annotations

from typing import Any

import msgspec

from domain.aggregate import Aggregate
from domain.counting import Counted, Occurrence
from domain.desk import Contract, Desk, Receipt, attend
from domain.entry import Entry
from domain.event import Effective, Occurred, Reason
from domain.identity import Id
from domain.references import check_named
from domain.refusals import refusal

BAD_FACTS = refusal("record.bad_facts")
SEALED_SENT = refusal("record.sealed_sent")

Changes = dict[str, Any]


def correct_record(
    desk: Desk,
    entry: Entry,
    stream: Id,
    target: Id,
    changes: Changes,
    reason: Reason,
    occurred: Occurred | None = None,
) -> Receipt:
    """Replace some fields of a record, or when it happened. Raises `record.*` refusals."""
    aggregate = desk.load_stream(stream, "target")
    before = aggregate.standing(target)
    when = occurred or before.occurred
    facts = _changed(before.facts, changes)
    at = msgspec.structs.replace(entry, occurred=when)
    check_named(desk, at, aggregate.scope.operator, facts, before.facts)
    if isinstance(facts, Occurrence):
        facts = msgspec.structs.replace(facts, attendance=attend(desk, at, facts.attendance))
    facts = _reallocated(desk, aggregate, before, facts)
    _check_periods(desk, entry, aggregate, before.occurred, when)
    after = Effective(occurred=when, facts=facts)
    aggregate.check_references(desk, at, before, after)
    made = aggregate.correct(entry, target, after, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def void_record(desk: Desk, entry: Entry, stream: Id, target: Id, reason: Reason) -> Receipt:
    """Declare a record void."""
    aggregate = desk.load_stream(stream, "target")
    _check_periods(desk, entry, aggregate, aggregate.standing(target).occurred)
    made = aggregate.void(entry, target, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def reinstate_record(desk: Desk, entry: Entry, stream: Id, target: Id, reason: Reason) -> Receipt:
    """Take a voiding back, if what the record says may be recorded still."""
    aggregate = desk.load_stream(stream, "target")
    again = aggregate.standing(target)
    _check_periods(desk, entry, aggregate, again.occurred)
    at = msgspec.structs.replace(entry, occurred=again.occurred)
    if isinstance(again.facts, Occurrence):
        attend(desk, at, again.facts.attendance)
    aggregate.check_references(desk, at, None, again)
    made = aggregate.reinstate(entry, target, reason)
    return desk.save(entry, aggregate, *aggregate.consequences(desk, entry, made))


def _changed(facts: Any, changes: Changes) -> Any:
    """Return facts with some fields replaced, held to their types."""
    if "allocations" in changes:
        raise BAD_FACTS("facts.allocations")
    _check_unsealed(changes, "facts")
    whole = {**msgspec.to_builtins(facts), **changes}
    try:
        return msgspec.convert(whole, type(facts), strict=True)
    except msgspec.ValidationError as error:
        # The library ends its message with the place: `… - at `$.minutes``.
        place = str(error).rpartition("`$")[2].rstrip("`").lstrip(".")
        raise BAD_FACTS(f"facts.{place}" if place else "facts") from None


def _check_unsealed(value: Any, field: str) -> None:
    """Refuse private fields that come sealed: only the journal seals."""
    if isinstance(value, dict):
        if "sealed" in value:
            raise SEALED_SENT(field)
        for name, part in value.items():
            _check_unsealed(part, f"{field}.{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            _check_unsealed(part, f"{field}.{number}")


def _reallocated(desk: Desk, aggregate: Aggregate, before: Effective[Any], facts: Any) -> Any:
    """Find the indicators anew; what a person allocated or withdrew by hand stays so."""
    if aggregate.scope.project is None or not isinstance(facts, Counted):
        return facts
    if not facts.counts:
        return msgspec.structs.replace(facts, allocations=())
    contract: Contract = desk.load_any("project", aggregate.scope.project, "project")
    return msgspec.structs.replace(facts, allocations=contract.reallocate(before.facts, facts))


def _check_periods(desk: Desk, entry: Entry, aggregate: Aggregate, *days: Occurred) -> None:
    if aggregate.scope.project is None:
        return
    contract: Contract = desk.load_any("project", aggregate.scope.project, "project")
    for occurred in days:
        contract.check_open_on(occurred.day, entry)
