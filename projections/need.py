"""需求-物资匹配台账 (R-13): needs, how they were verified, what was delivered, and its fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from domain.counting import person_times
from domain.identity import Id
from domain.need import (
    MatchRejected,
    NeedChanged,
    NeedMatched,
    NeedRecorded,
    NeedUnmet,
    NeedVerifiedAtHome,
)
from domain.need_aid import AidDelivered, AidFollowedUp, AidReturned
from projections.engine.ask import Answers
from projections.engine.view import Add, Effect, Put, Record, Row, Table, View

NEED = Table(
    "need",
    key={"need": "uuid"},
    columns={
        "category": "text",
        "item": "text",
        "purpose": "text",
        "quantity": "int",
        "urgency": "text",
        "source": "text",
        "household": "uuid",
        "person": "uuid",
        "audience": "text",
        "recorded_on": "date",
        "verified": "int",
        "matches": "int",
        "deliveries": "int",
        "unmet": "text",
    },
    indexes=(("need",), ("operator", "recorded_on"), ("household",)),
)
VERIFICATION = Table(
    "need_verification",
    key={"event": "uuid"},
    columns={"need": "uuid", "day": "date", "verifier": "uuid", "confirmed": "bool"},
    indexes=(("need",),),
)
DELIVERY = Table(
    "aid_delivery",
    key={"event": "uuid"},
    columns={
        "need": "uuid",
        "household": "uuid",
        "day": "date",
        "purpose": "text",
        "money": "int",
        "items": "int",
        "person_times": "int",
        "receiver": "uuid",
        "verifier": "uuid",
        "verified_on": "date",
        "approver": "uuid",
        "deliverer": "uuid",
        "emergency": "bool",
        "signature": "uuid",
        "recorded_at": "moment",
    },
    indexes=(("operator", "day"), ("need",), ("household",)),
)
LINE = Table(
    "aid_line",
    key={"event": "uuid", "number": "int"},
    columns={
        "need": "uuid",
        "supply": "uuid",
        "supply_kind": "text",
        "name": "text",
        "quantity": "int",
        "unit": "text",
        "value": "int",
    },
    indexes=(("need",), ("supply",)),
)
RETURNED = Table(
    "aid_returned",
    key={"event": "uuid"},
    columns={
        "need": "uuid",
        "delivery": "uuid",
        "supply": "uuid",
        "quantity": "int",
        "day": "date",
        "reason": "text",
    },
    indexes=(("need",),),
)
FOLLOW_UP = Table(
    "aid_follow_up",
    key={"event": "uuid"},
    columns={"need": "uuid", "delivery": "uuid", "day": "date", "fit": "text"},
    indexes=(("operator", "day"), ("need",)),
)

needs = View("needs", 1, (NEED, VERIFICATION, DELIVERY, LINE, RETURNED, FOLLOW_UP))


@needs.on(NeedRecorded)
def recorded(record: Record[NeedRecorded]) -> Iterator[Effect]:
    """A need of a household."""
    facts = record.facts
    columns = {
        "category": facts.category,
        "item": facts.item,
        "purpose": facts.purpose,
        "quantity": facts.quantity,
        "urgency": facts.urgency,
        "source": facts.source,
        "household": facts.household,
        "person": facts.person,
        "audience": facts.audience,
        "recorded_on": record.occurred.day,
    }
    yield Put(NEED, (record.event.stream,), columns)


@needs.on(NeedChanged)
def changed(record: Record[NeedChanged]) -> Iterator[Effect]:
    """What it is now."""
    facts = record.facts
    columns = {
        "item": facts.item,
        "purpose": facts.purpose,
        "quantity": facts.quantity,
        "urgency": facts.urgency,
    }
    yield Put(NEED, (record.event.stream,), columns)


@needs.on(NeedVerifiedAtHome)
def verified(record: Record[NeedVerifiedAtHome]) -> Iterator[Effect]:
    """One row a verification."""
    columns = {
        "need": record.event.stream,
        "day": record.occurred.day,
        "verifier": record.facts.verifier,
        "confirmed": record.facts.confirmed,
    }
    yield Put(VERIFICATION, (record.id,), columns)
    yield Add(NEED, (record.event.stream,), {"verified": 1})


@needs.on(NeedMatched)
def matched(record: Record[NeedMatched]) -> Iterator[Effect]:
    """One more match."""
    yield Add(NEED, (record.event.stream,), {"matches": 1})


@needs.on(MatchRejected)
def match_rejected(record: Record[MatchRejected]) -> Iterator[Effect]:
    """One match less."""
    yield Add(NEED, (record.event.stream,), {"matches": -1})


@needs.on(NeedUnmet)
def unmet(record: Record[NeedUnmet]) -> Iterator[Effect]:
    """It will not be met, and why."""
    yield Put(NEED, (record.event.stream,), {"unmet": record.facts.reason})


@needs.on(AidDelivered)
def delivered(record: Record[AidDelivered]) -> Iterator[Effect]:
    """One row a delivery, one a line of it."""
    facts, need = record.facts, record.event.stream
    columns = {
        "need": need,
        "household": facts.household,
        "day": record.occurred.day,
        "purpose": facts.purpose,
        "money": facts.money,
        "items": facts.items,
        "person_times": person_times(facts.attendance),
        "receiver": facts.receiver,
        "verifier": facts.verifier,
        "verified_on": facts.verified_on,
        "approver": facts.approver,
        "deliverer": facts.deliverer,
        "emergency": facts.emergency,
        "signature": facts.signature,
        "recorded_at": record.at,
    }
    yield Put(DELIVERY, (record.id,), columns)
    yield Add(NEED, (need,), {"deliveries": 1})
    for number, line in enumerate(facts.lines):
        taken = {
            "need": need,
            "supply": line.supply,
            "supply_kind": line.supply_kind,
            "name": line.name,
            "quantity": line.quantity,
            "unit": line.unit,
            "value": line.value,
        }
        yield Put(LINE, (record.id, number), taken)


@needs.on(AidReturned)
def aid_returned(record: Record[AidReturned]) -> Iterator[Effect]:
    """One row a return."""
    facts = record.facts
    columns = {
        "need": record.event.stream,
        "delivery": facts.delivery,
        "supply": facts.supply,
        "quantity": facts.quantity,
        "day": record.occurred.day,
        "reason": facts.reason,
    }
    yield Put(RETURNED, (record.id,), columns)


@needs.on(AidFollowedUp)
def followed_up(record: Record[AidFollowedUp]) -> Iterator[Effect]:
    """Whether it fitted."""
    facts = record.facts
    columns = {
        "need": record.event.stream,
        "delivery": facts.delivery,
        "day": record.occurred.day,
        "fit": facts.fit,
    }
    yield Put(FOLLOW_UP, (record.id,), columns)


def need(answers: Answers, id: Id) -> dict[str, Any] | None:
    """Return all that is known of one need, or None where there is none in scope."""
    of = {"need": id}
    found = answers.rows(NEED, where=of)
    if not found:
        return None
    return {
        "need": found[0],
        "verifications": answers.rows(VERIFICATION, where=of, order=("day",)),
        "deliveries": answers.rows(DELIVERY, where=of, order=("day",)),
        "lines": answers.rows(LINE, where=of),
        "returned": answers.rows(RETURNED, where=of, order=("day",)),
        "follow_ups": answers.rows(FOLLOW_UP, where=of, order=("day",)),
    }


def to_deliver(answers: Answers, stations: Iterable[Id], limit: int) -> list[Row]:
    """Return the needs of stations that goods or money were matched with and nothing was delivered
    for yet, the latest first."""
    return answers.rows(
        NEED,
        where={
            "station": sorted(stations),
            "category": ("goods", "money"),
            "deliveries": 0,
            "unmet": None,
        },
        since={"matches": 1},
        order=("recorded_on",),
        descending=True,
        limit=limit,
    )


def out_with_household(answers: Answers, id: Id) -> dict[Id, int]:
    """Return how much of each supply was delivered for a need and did not come back."""
    out: dict[Id, int] = {}
    for table, sign in ((LINE, 1), (RETURNED, -1)):
        for row in answers.rows(table, where={"need": id}):
            out[row["supply"]] = out.get(row["supply"], 0) + sign * row["quantity"]
    return out
