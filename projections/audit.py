"""The audit trail (RP-13): every record's whole life, who wrote what, when, how late and why.

The view keeps one row an event, so that late entries, corrections and voids can be found; the
life of one record, with before and after, is folded from its stream up to any position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from domain.clock import civil_date
from domain.event import Correction, Facts, day_told, topic_of
from domain.identity import Id
from projections.engine.view import Effect, Put, Record, Row, Table, View

AUDIT = Table(
    "audit",
    key={"event": "uuid"},
    columns={
        "stream": "uuid",
        "record": "uuid",
        "type": "text",
        "position": "int",
        "recorded_at": "moment",
        "day": "date",
        "latest": "date",
        "actor": "uuid",
        "role": "text",
        "channel": "text",
        "lag_days": "int",
        "late": "bool",
        "change": "text",
        "reason_code": "text",
        "approved_by": "uuid",
    },
    indexes=(("operator", "position"),),
)
"""`latest` is the last day that the record can mean as the event leaves it, null of a void one."""

audit = View("audit", 8, (AUDIT,), raw=True)


@audit.on(Facts)
def written(record: Record[Facts]) -> Iterator[Effect]:
    """One row an event; late where what happened was written down, or moved to a day, days later.

    Other facts are true when written.
    """
    event, facts, lag = record.event, record.facts, lag_days(record)
    correction = facts if isinstance(facts, Correction) else None
    yield Put(
        AUDIT,
        (record.id,),
        {
            "stream": event.stream,
            "record": record.id if correction is None else correction.target,
            "type": topic_of(type(facts)),
            "position": record.position,
            "recorded_at": record.at,
            "day": record.occurred.day,
            "latest": latest_day(record),
            "actor": event.actor,
            "role": event.role,
            "channel": event.channel,
            "lag_days": lag,
            "late": lag > event.late_beyond and facts.happens,
            "change": change_of(facts),
            "reason_code": None if correction is None else correction.reason.code,
            "approved_by": event.approved_by,
        },
    )


def lag_days(record: Record[Any]) -> int:
    """Whole civil days between the happening and the writing down; 0 while its month is not over.

    Of a correction that moves a record back, between the day that it says now and the correction.
    """
    day = day_told(record.facts, record.occurred)
    return max(0, (civil_date(record.at) - day).days)


def latest_day(record: Record[Any]) -> date | None:
    """Return the last day that a record can mean after an event; None where it is void."""
    facts = record.facts
    if not isinstance(facts, Correction):
        return record.occurred.latest
    return None if facts.after is None else facts.after.occurred.latest


def change_of(facts: Facts) -> str:
    """Say whether an event wrote a record, corrected, voided or reinstated one."""
    if not isinstance(facts, Correction):
        return "written"
    if facts.before is None:
        return "reinstated"
    return "voided" if facts.after is None else "corrected"


def life(records: Iterable[Record[Any]], target: Id) -> list[Row]:
    """Return the life of one record from its stream's events, as far as they are given.

    Each step says who, when, how late and why, and which fields changed from what to what.
    Sealed fields show as sealed.
    """
    steps = []
    for record in records:
        facts = record.facts
        if (facts.target if isinstance(facts, Correction) else record.id) == target:
            steps.append(_step(record))
    return steps


def _step(record: Record[Any]) -> Row:
    event, facts = record.event, record.facts
    correction = facts if isinstance(facts, Correction) else None
    return {
        "event": record.id,
        "stream": event.stream,
        "type": topic_of(type(facts)),
        "change": change_of(facts),
        "position": record.position,
        "ledger": event.ledger,
        "number": record.number,
        "occurred": msgspec.to_builtins(record.occurred),
        "recorded_at": record.at,
        "captured_at": _told(event.captured_at),
        "lag_days": lag_days(record),
        "late_reason": event.late_reason,
        "actor": event.actor,
        "role": event.role,
        "on_behalf_of": event.on_behalf_of,
        "channel": event.channel,
        "basis": event.basis,
        "approved_by": event.approved_by,
        "reason": None if correction is None else msgspec.to_builtins(correction.reason),
        "changes": [] if correction is None else differences(correction),
        "facts": msgspec.to_builtins(facts) if correction is None else None,
    }


def _told(captured_at: datetime) -> datetime | str:
    """Return when something was captured, as it was written where UTC has no date for it.

    What devices say is checked today; what was kept before that is shown as it is.
    """
    try:
        return captured_at.astimezone(UTC)
    except OverflowError:
        return captured_at.isoformat()


def differences(correction: Correction) -> list[Row]:
    """Return the fields that a correction changed, each with its value before and after."""
    before, after = (msgspec.to_builtins(side) for side in (correction.before, correction.after))
    if before is None or after is None:
        return []
    return [
        {"field": field, "before": old, "after": new}
        for field, old, new in _compare(_flat(before), _flat(after))
    ]


def _flat(side: dict[str, Any]) -> dict[str, Any]:
    occurred = {f"occurred.{name}": value for name, value in side["occurred"].items()}
    return {**occurred, **side["facts"]}


def _compare(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for field in sorted(before.keys() | after.keys()):
        if before.get(field) != after.get(field):
            yield field, before.get(field), after.get(field)
