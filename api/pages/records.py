"""The audit trail for people: what was written late or changed, one record's life, its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from api.commands import Uuid
from api.pages.asked_language import language_of
from api.pages.belonging import belonging
from api.pages.leading import ids_within, ways_of
from api.pages.money import with_money
from api.pages.reader import KnownAt, Reader, Reading
from api.pages.searching import Search, Searching, kinds
from api.pages.telling import BOOKKEEPING, with_telling
from api.pages.words import sealed_words
from api.questions import Page, Question
from api.receipt import receipt_of
from api.records import found, known_of, listed_to, seen
from domain.event import CORRECTIONS, FACTS, AnyEvent, Correction, Effective, topic_of
from domain.journal.entries import JournalRow
from domain.journal.seal import leaf_hash
from domain.warning import Warned, warnings_in
from projections.audit import AUDIT, life
from projections.engine.fold import read
from projections.engine.view import Record, Row
from projections.project import PROJECT

router = APIRouter()
PAGE = 30
OTHERS = 8
Change = Literal["all", "late", "corrected", "voided", "reinstated"]


@router.get("/records")
def audit(
    reader: Reading,
    looked: Searching,
    show: Change = "all",
    at: KnownAt = None,
    cursor: Annotated[str | None, Query(max_length=1000)] = None,
) -> Response:
    """Everything that was recorded, latest first; what is late or was changed by itself.

    A form narrows it down; where that cannot be read nothing is shown, and why.
    """
    asked, rows, more = reader.asked.at(at), list[Row](), None
    if looked.said is None:
        page = _trail(asked, looked, show, cursor)
        rows, more = with_telling(page.items, asked.parts.records.find), page.next
    with asked.answers() as answers:
        projects = answers.rows(PROJECT, order=("slug",))
    answer = reader.page(
        "records.html",
        rows=rows,
        next=more,
        show=show,
        at=at,
        looked=looked,
        kinds=kinds(reader),
        projects=projects,
    )
    answer.status_code = 200 if looked.said is None else 422
    return answer


def _trail(asked: Question, looked: Search, show: Change, cursor: str | None) -> Page:
    return asked.page(
        AUDIT,
        where={
            **looked.where,
            "change": show if show not in ("all", "late") else None,
            "late": True if show == "late" else None,
            "type": listed_to(asked.principal, looked.where.get("type") or written()),
        },
        since={"day": looked.since},
        until={"day": looked.until},
        order=("position",),
        descending=True,
        cursor=cursor,
        limit=PAGE,
    )


def written(*, besides: tuple[str, ...] = BOOKKEEPING) -> list[str]:
    """Return the kinds of events that people write down, as the audit trail names them."""
    return [topic_of(kind) for name, kind in FACTS.items() if not name.startswith(besides)]


@router.get("/records/{event}")
def record(event: Uuid, reader: Reading, at: KnownAt = None) -> Response:
    """One record's life: who, when, how late, before and after, and why."""
    stream = found(reader.asked.parts, reader.asked.principal, event).stream
    asked = reader.asked.at(at)
    records = known_of(asked, stream)
    target = _target(records, event)
    steps = _life(records, target)
    last = next((each for each in reversed(records) if _target([each], each.id) == target), None)
    says = _effective(records, target)
    with asked.answers() as answers:
        leading = ways_of(answers, {stream} | ids_within(says), at)
    return reader.page(
        "record.html",
        event=target,
        at=at,
        steps=steps,
        now_says=says,
        leading=leading,
        warnings=[] if last is None else _warnings(reader, asked, last),
        belongs=belonging(reader, asked, records, target),
        demonstration=any(each.event.demonstration for each in records),
        others=_others(records, target),
        words=sealed_words(reader, records, target) if at is None else None,
        ways=at is None
        and any(each.id == target and may_set_right(reader, each) for each in records),
    )


@router.get("/records/{event}/stored")
def stored(event: Uuid, reader: Reading) -> Response:
    """An event's bytes exactly as they are kept, with their place and their hash."""
    row = _row(reader, event)
    held = read(row)
    return reader.page(
        "stored.html",
        event=event,
        row=row,
        topic=topic_of(type(held.facts)),
        leaf_text=row.leaf.decode(),
        leaf_hash=leaf_hash(row.leaf).hex(),
        demonstration=held.event.demonstration,
    )


@router.get("/records/{event}/receipt")
def receipt(event: Uuid, reader: Reading) -> Response:
    """A record's receipt to be downloaded, or printed as a QR code."""
    _, row = receipt_of(reader.asked.parts, reader.asked.principal, event)
    held = read(row)
    return reader.page(
        "receipt.html",
        event=event,
        row=row,
        topic=topic_of(type(held.facts)),
        occurred=held.occurred,
        demonstration=held.event.demonstration,
    )


@router.get("/records/{event}/leaf")
def leaf(event: Uuid, reader: Reading) -> Response:
    """The sealed bytes alone, to be hashed by whoever doubts."""
    name = f'attachment; filename="{event}.leaf.json"'
    content = _row(reader, event).leaf
    return Response(
        content, media_type="application/octet-stream", headers={"Content-Disposition": name}
    )


def _row(reader: Reader, event: str) -> JournalRow:
    found(reader.asked.parts, reader.asked.principal, event)
    row = reader.asked.parts.journal.find(event)
    assert row is not None  # noqa: S101 - found a line above, and nothing is ever taken away
    return row


def _target(records: Iterable[Record[Any]], event: str) -> str:
    """Return the record that an event belongs to: a correction's is the one it corrects."""
    for each in records:
        if each.id == event and isinstance(each.facts, Correction):
            return each.facts.target
    return event


def _life(records: Iterable[Record[Any]], target: str) -> list[Row]:
    """Return the life of a record; what changed of money is told in 元."""
    kind = next((type(each.facts) for each in records if each.id == target), None)
    steps = life(records, target)
    if kind is not None:
        for step in steps:
            step["changes"] = [_changed(kind, change) for change in step["changes"]]
    return steps


def _changed(kind: type[msgspec.Struct], change: Row) -> Row:
    field = change["field"]
    sides = ((side, with_money(kind, {field: change[side]})[field]) for side in ("before", "after"))
    return {**change, **dict(sides)}


def _effective(records: Iterable[Record[Any]], target: str) -> Row | None:
    """Return what a record says after its last step; None where it is void or not yet known."""
    says: Effective[Any] | None = None
    for each in records:
        if isinstance(each.facts, Correction):
            if each.facts.target == target:
                says = each.facts.after
        elif each.id == target:
            says = Effective(occurred=each.occurred, facts=each.facts)
    return None if says is None else told(says)


def _warnings(reader: Reader, asked: Question, last: Record[Any]) -> list[Row]:
    """Return what was said to whoever took a record's last step, in words.

    `other` is the record that it is about, where its reader may see that. What was said of a
    record that is void by now is said no more, nor what lies beyond the reader's scope.
    """
    wrote = asked.parts.records.written_with(last.event)
    shown = []
    for warning in warnings_in(each for each in wrote if _told(asked, each, last)):
        other = asked.parts.records.find(warning.other)
        words = warning.text(language_of(reader.request))
        if other is None or not seen(asked.principal, other[1]):
            shown.append({"words": words, "code": warning.code, "other": None})
        elif _effective(known_of(asked, other[1].stream), warning.other) is not None:
            shown.append({"words": words, "code": warning.code, "other": warning.other})
    return shown


def _told(asked: Question, wrote: AnyEvent, last: Record[Any]) -> bool:
    """Say whether a warning is for somebody: of the record that they read none is withheld."""
    of = {last.id, getattr(last.facts, "target", last.id)}
    if isinstance(wrote.facts, Warned) and wrote.facts.record in of:
        return asked.principal.covers(wrote.operator, wrote.station, wrote.ledger)
    return seen(asked.principal, wrote)


def told(says: Effective[Any]) -> Row:
    """Return what a record says, without what follows from it."""
    facts = with_money(type(says.facts), msgspec.to_builtins(says.facts))
    facts.pop("@type", None)
    for follows in ("allocations", "door"):
        facts.pop(follows, None)
    return {"occurred": _when(says), "facts": facts}


def may_set_right(reader: Reader, record: Record[Any]) -> bool:
    """Say whether an event can be set right at all, and its reader may write."""
    return type(record.facts) in CORRECTIONS and reader.writes


def _when(says: Effective[Any]) -> dict[str, datetime | str | None]:
    occurred = says.occurred
    return {"start": occurred.start, "end": occurred.end, "precision": occurred.precision}


def _others(records: Iterable[Record[Any]], target: str) -> list[Row]:
    """Return the latest other records of the same stream, to go on reading."""
    others = [
        {"event": each.id, "type": topic_of(type(each.facts)), "day": each.occurred.day}
        for each in records
        if each.id != target and not isinstance(each.facts, Correction)
    ]
    return others[: -OTHERS - 1 : -1]
