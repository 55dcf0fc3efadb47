"""Any record, whatever its slice: its life, and the three ways to set it right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import Query
from pydantic import Field, StringConstraints

from api.commands import (
    CommandIn,
    Commanding,
    Decide,
    Model,
    OccurredIn,
    ReceiptOut,
    Uuid,
    example,
)
from api.paging import Cursor, Limit, plain
from api.questions import Asked, From, Page, Question, To
from api.routing import routes
from api.services import Services
from domain.corrections import correct_record, reinstate_record, void_record
from domain.event import CORRECTIONS, FACTS, AnyEvent, Reason, ReasonCode, topic_of
from domain.identity import Id
from domain.journal.past import is_known
from domain.journal.withheld import may_list, withheld
from domain.principal import Principal
from domain.refusals import NOT_FOUND, refusal
from projections.audit import AUDIT, life
from projections.engine.fold import read
from projections.engine.view import Record

router = routes("records")
NOT_SET_RIGHT = refusal("record.not_set_right")
REASON = {"code": "entry_error", "text": "分钟数录入错误"}


class ReasonOf(Model):
    """Why: a code, and at least five characters."""

    code: ReasonCode
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]

    def value(self, approved_by: str | None) -> Reason:
        """Return it as the domain has it."""
        return Reason(code=self.code, text=self.text, approved_by=approved_by)


class RecordChangeIn(CommandIn):
    """Why a record is voided or reinstated."""

    reason: ReasonOf

    model_config = example({"reason": REASON})


class RecordVoidingIn(RecordChangeIn):
    """Why a record is voided; as a duplicate, of which other one, that stays."""

    duplicate_of: Uuid | None = Field(
        None, description="the record that is kept; with the reason `duplicate` only"
    )

    model_config = example(
        {
            "reason": {"code": "duplicate", "text": "同一次走访重复录入"},
            "duplicate_of": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
        }
    )


class CorrectionIn(RecordChangeIn):
    """The fields that should be different, and the time where that should be."""

    facts: Annotated[dict[str, Any], Field(max_length=50, default_factory=dict)]
    happened: OccurredIn | None = Field(None, description="when it happened after all")

    model_config = example({"facts": {"minutes": 45}, "reason": REASON})


def found(parts: Services, caller: Principal, event: str, field: str = "event") -> AnyEvent:
    """Return an event in the caller's scope. Raises `not_found` naming `field`."""
    known = parts.records.find(event)
    if known is None or not seen(caller, known[1]):
        raise NOT_FOUND(field)
    return known[1]


def seen(caller: Principal, event: AnyEvent) -> bool:
    """Say whether an event lies in the caller's scope, and is not withheld from them."""
    inside = caller.covers(event.operator, event.station, event.ledger)
    return inside and not withheld(caller, event)


def listed_to(caller: Principal, topics: Iterable[str] | None = None) -> list[str] | None:
    """Return which kinds of these events a list shows somebody; None is all of them."""
    if topics is None:
        if not caller.stations:
            return None
        topics = map(topic_of, FACTS.values())
    return [topic for topic in topics if may_list(caller, topic)]


def stream_to_set_right(parts: Services, caller: Principal, event: str) -> Id:
    """Return the stream of a record that can be set right.

    Raises `not_found`, and `record.not_set_right` of a step in a story: it is followed by another.
    """
    known = found(parts, caller, event)
    if type(known.facts) not in CORRECTIONS:
        raise NOT_SET_RIGHT("event")
    return known.stream


class RecordCommand(NamedTuple):
    """The stream that a command about a record is on, and how it is decided."""

    stream: Id
    decide: Decide


def correction(parts: Services, caller: Principal, event: Id, sent: CorrectionIn) -> RecordCommand:
    """Return how a correction is decided. Raises what `stream_to_set_right` does."""
    stream = stream_to_set_right(parts, caller, event)
    happened = sent.happened.value() if sent.happened else None
    reason = sent.reason.value(sent.approved_by)
    return RecordCommand(
        stream,
        lambda desk, entry: correct_record(
            desk, entry, stream, event, sent.facts, reason, happened
        ),
    )


def voiding(parts: Services, caller: Principal, event: Id, sent: RecordVoidingIn) -> RecordCommand:
    """Return how a voiding is decided. Raises what `stream_to_set_right` does."""
    stream = stream_to_set_right(parts, caller, event)
    reason = sent.reason.value(sent.approved_by)
    kept_in = None
    if sent.duplicate_of is not None:
        kept_in = found(parts, caller, sent.duplicate_of, "duplicate_of").stream
        reason = msgspec.structs.replace(reason, duplicate_of=sent.duplicate_of)
    return RecordCommand(
        stream, lambda desk, entry: void_record(desk, entry, stream, event, reason, kept_in)
    )


def reinstatement(
    parts: Services, caller: Principal, event: Id, sent: RecordChangeIn
) -> RecordCommand:
    """Return how a reinstatement is decided. Raises what `stream_to_set_right` does."""
    stream = stream_to_set_right(parts, caller, event)
    reason = sent.reason.value(sent.approved_by)
    return RecordCommand(
        stream, lambda desk, entry: reinstate_record(desk, entry, stream, event, reason)
    )


@router.post("/records/{event}/corrections", status_code=201)
def correct(event: Uuid, sent: CorrectionIn, command: Commanding) -> ReceiptOut:
    """更正: replace what a record says; the original stays, with the reason beside it."""
    change = correction(command.parts, command.principal, event, sent)
    return command.carry_out(sent, change.decide, on=change.stream)


@router.post("/records/{event}/voidings", status_code=201)
def void(event: Uuid, sent: RecordVoidingIn, command: Commanding) -> ReceiptOut:
    """作废: take a record out of every figure; it stays in the trail.

    Of two that say the same, one is voided as the duplicate of the other; both stay readable.
    """
    change = voiding(command.parts, command.principal, event, sent)
    return command.carry_out(sent, change.decide, on=change.stream)


@router.post("/records/{event}/reinstatements", status_code=201)
def reinstate(event: Uuid, sent: RecordChangeIn, command: Commanding) -> ReceiptOut:
    """恢复: take a voiding back."""
    change = reinstatement(command.parts, command.principal, event, sent)
    return command.carry_out(sent, change.decide, on=change.stream)


@router.get("/records/{event}")
def life_of_record(event: Uuid, asked: Asked) -> list[dict[str, Any]]:
    """Read a record's whole life. Raises `not_found`, also where it was not known by then."""
    stream = found(asked.parts, asked.principal, event).stream
    records = known_of(asked, stream)
    if not any(record.id == event for record in records):
        raise NOT_FOUND("event")
    asked.mark((records[0].event.ledger,))
    return [plain(step) for step in life(records, event)]


def known_of(asked: Question, stream: str) -> list[Record[Any]]:
    """Return a stream's events, as far as they were known and are not withheld."""
    rows = asked.parts.journal.read_stream(stream)
    known = [read(row) for row in rows if asked.moment is None or is_known(row, asked.moment)]
    return [record for record in known if not withheld(asked.principal, record.event)]


@router.get("/streams/{stream}")
def life_of_stream(stream: Uuid, asked: Asked) -> list[dict[str, Any]]:
    """Read the lives of all records of a stream, in the order in which they began."""
    records = known_of(asked, stream)
    if not records or not seen(asked.principal, records[0].event):
        raise NOT_FOUND("stream")
    asked.mark((records[0].event.ledger,))
    return [plain(step) for record in records for step in life(records, record.id)]


@router.get("/audit")
def list_audit(
    asked: Asked,
    late: bool | None = None,
    change: Annotated[str | None, Query(pattern="^(written|corrected|voided|reinstated)$")] = None,
    actor: Uuid | None = None,
    ledger: Uuid | None = None,
    after: Annotated[int | None, Query(ge=0, description="after this position")] = None,
    since: From = None,
    until: To = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page:
    """Find late entries, corrections and voids, latest first."""
    kinds = listed_to(asked.principal)
    return asked.page(
        AUDIT,
        where={"late": late, "change": change, "actor": actor, "ledger": ledger, "type": kinds},
        since={"position": None if after is None else after + 1, "day": since},
        until={"day": until},
        order=("position",),
        descending=True,
        cursor=cursor,
        limit=limit,
    )
