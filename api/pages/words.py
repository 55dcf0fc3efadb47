"""Opening what is sealed in a record: why is asked first, and stays on record beside who opened it.

The words stand in the answer to that one form and nowhere else: in no address, and in no cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from api.commands import Uuid
from api.pages.forms import Said, as_sent, command_of, in_words
from api.pages.reader import Reader, Reading
from api.reading import ReadingIn, ReadingOut, opened
from api.records import found, known_of
from domain.event import AnyEvent, Correction, topic_of
from domain.identity import Id, new_id
from domain.private import Private, private_fields
from domain.reading import SHOWN_ONCE
from domain.refusals import FORBIDDEN, NOT_FOUND, Refusal, ShiluError
from projections.engine.view import Record

router = APIRouter()
LABELS = {"reason": "words.reason", "field": "words.field"}
AFTER = "after.facts."
"""Where a correction has what the record says from then on."""


@dataclass(frozen=True)
class Words:
    """The sealed fields of a record as it stands, and the event in which they are."""

    event: Id
    fields: Mapping[str, Private]


def sealed_words(reader: Reader, records: Iterable[Record[Any]], target: Id) -> Words | None:
    """Return what of a record is sealed; None where it is nothing, or its reader opens none."""
    if not reader.opens:
        return None
    last: Record[Any] | None = None
    for each in records:
        if isinstance(each.facts, Correction):
            if each.facts.target == target:
                last = each if each.facts.after is not None else None
        elif each.id == target:
            last = each
    fields = {} if last is None else _fields(last.facts)
    return None if last is None or not fields else Words(last.id, fields)


def _fields(facts: Any) -> dict[str, Private]:
    """Return the sealed fields that facts state, and not what a correction replaced."""
    corrects = isinstance(facts, Correction)
    return {
        path: words
        for path, words in private_fields(facts)
        if not corrects or path.startswith(AFTER)
    }


def called(path: str) -> list[str]:
    """Return the names on the way to a field, and the numbers of lines, as they are shown."""
    parts = path.removeprefix(AFTER).split(".")
    return [str(int(part) + 1) if part.isdecimal() else part for part in parts]


@router.get("/records/{event}/words")
def words_page(event: Uuid, reader: Reading) -> Response:
    """Ask why sealed words are to be opened."""
    return _page(reader, _known(reader, event), {})


@router.post("/records/{event}/words")
def open_words(event: Uuid, reader: Reading, typed: Said) -> Response:
    """Record who opens the words and why; then show them."""
    known = _known(reader, event)
    form = {name: text for name, text in typed.items() if name != "key"}
    try:
        command = command_of(reader, typed.get("key", ""), "reading", event, form)
        shown = opened(command, event, as_sent(ReadingIn, form))
    except Refusal as refused:
        return _page(reader, known, form, refused=refused)
    if shown.text is None and not shown.erased:
        # Sent again, as when a page is loaded anew: they are asked for anew, under another key.
        return _page(reader, known, form, refused=SHOWN_ONCE())
    return _page(reader, known, form, shown=shown)


def _known(reader: Reader, event: Id) -> AnyEvent:
    """Return the event in which the words are. Raises `not_found`, and `forbidden` for roles
    that open none."""
    known = found(reader.asked.parts, reader.asked.principal, event)
    if not reader.opens:
        raise FORBIDDEN("role")
    if not _fields(known.facts):
        raise NOT_FOUND("event")
    return known


def _page(
    reader: Reader,
    known: AnyEvent,
    typed: Mapping[str, str],
    *,
    refused: ShiluError | None = None,
    shown: ReadingOut | None = None,
) -> Response:
    facts = known.facts
    fields = _fields(facts)
    answer = reader.page(
        "words.html",
        event=known.id,
        record=facts.target if isinstance(facts, Correction) else known.id,
        type=topic_of(type(_first(reader, known).facts)),
        fields={path: (called(path), words) for path, words in fields.items()},
        typed=typed,
        said=None if refused is None else in_words(reader.request, refused, LABELS),
        shown=shown,
        key=new_id(),
        demonstration=reader.only_demonstrations or known.demonstration,
    )
    answer.status_code = 200 if refused is None else refused.status
    return answer


def _first(reader: Reader, known: AnyEvent) -> AnyEvent:
    """Return the event that wrote the record which an event is of."""
    if not isinstance(known.facts, Correction):
        return known
    records = known_of(reader.asked.at(None), known.stream)
    return next(each.event for each in records if each.id == known.facts.target)
