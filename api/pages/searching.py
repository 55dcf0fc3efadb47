"""Finding records: by who wrote them, kind, days, station and project, in one small form.

What was typed stays in the form, also where it cannot be read; then nothing is found, and it says
why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query

from api.pages.forms import in_words
from api.pages.language import Speech, language_of
from api.pages.reader import Reader, Reading
from api.pages.telling import BOOKKEEPING
from domain.event import CORRECTIONS, FACTS, Correction, topic_of
from domain.identity import Id, is_id
from domain.journal.past import in_order
from domain.refusals import INVALID, Refusal

Typed = Annotated[str, Query(max_length=100)]
LABELS = {
    "from": "coverage.from",
    "to": "coverage.to",
    "worker": "search.worker",
    "kind": "search.kind",
    "station": "belonging.station",
    "project": "search.project",
}


@dataclass(frozen=True)
class Search:
    """What is looked for: as typed, as the audit trail asks it, and what is wrong with it."""

    typed: Mapping[str, str]
    where: Mapping[str, Any]
    since: date | None = None
    until: date | None = None
    said: str | None = None

    def asked(self, show: str) -> dict[str, str]:
        """Return what an address says of it, to ask the same as known at another moment."""
        chosen = {} if show == "all" else {"show": show}
        return chosen | {name: text for name, text in self.typed.items() if text}

    @property
    def narrowed(self) -> bool:
        """Whether anything is looked for."""
        return any(self.typed.values())


def search(
    reader: Reading,
    worker: Typed = "",
    kind: Typed = "",
    first: Annotated[Typed, Query(alias="from")] = "",
    last: Annotated[Typed, Query(alias="to")] = "",
    station: Typed = "",
    project: Typed = "",
) -> Search:
    """Read the form."""
    typed = {"worker": worker, "kind": kind, "from": first, "to": last}
    typed |= {"station": station, "project": project}
    typed = {name: text.strip() for name, text in typed.items()}
    try:
        return _read(reader, typed)
    except Refusal as refused:
        said = in_words(reader.request, refused, LABELS)
        return Search(typed, {}, said=said)


Searching = Annotated[Search, Depends(search)]


def _read(reader: Reader, typed: Mapping[str, str]) -> Search:
    where: dict[str, Any] = {}
    for name, column in (("station", "station"), ("project", "ledger")):
        if typed[name]:
            where[column] = _id(typed[name], name)
    if typed["worker"]:
        where["actor"] = _staff(reader, typed["worker"])
    if typed["kind"]:
        where["type"] = _topics(typed["kind"])
    first, last = _day(typed["from"], "from"), _day(typed["to"], "to")
    in_order(first, last)
    return Search(typed, where, first, last)


def _id(text: str, field: str) -> Id:
    if not is_id(text):
        raise INVALID(field)
    return text


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise INVALID(field) from None


def _staff(reader: Reader, text: str) -> list[Id]:
    """Return who is meant by a number (工号) or an id. Raises `invalid` where nobody is."""
    found = [id for id, number in reader.numbers.items() if number == text]
    if not found and not is_id(text):
        raise INVALID("worker")
    return found or [text]


def _topics(name: str) -> list[str]:
    """Return a kind of record with its corrections, as the audit trail names them."""
    kinds = [kind for known, kind in FACTS.items() if known == name]
    if not kinds or name not in offered():
        raise INVALID("kind")
    return [topic_of(each) for kind in kinds for each in (kind, *CORRECTIONS.get(kind, ()))]


def offered() -> list[str]:
    """Return the kinds of record that can be looked for, by their names in the code."""
    return [
        name
        for name, kind in FACTS.items()
        if not name.startswith(BOOKKEEPING) and not issubclass(kind, Correction)
    ]


def kinds(reader: Reader) -> list[tuple[str, str]]:
    """Return the same with what each is called, in the order of that."""
    speech = Speech(language_of(reader.request))
    return sorted(((name, speech.kind(name)) for name in offered()), key=lambda one: one[1])
