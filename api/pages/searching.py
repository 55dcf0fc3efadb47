"""Finding records: by who wrote them, kind, days, station and project, in one small form.

What was typed stays in the form, also where it cannot be read; then nothing is found, and it says
why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query

from api.pages.asked_language import language_of
from api.pages.forms import day_in, in_words
from api.pages.language import Speech
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
    "writer": "search.writer",
    "kind": "search.kind",
    "station": "belonging.station",
    "project": "search.project",
}
COLUMNS = {"station": "station", "project": "ledger", "writer": "actor", "kind": "type"}
"""What the audit trail is asked by: field of the form → column."""


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


def typed(
    writer: Typed = "",
    worker: Typed = "",
    kind: Typed = "",
    first: Annotated[Typed, Query(alias="from")] = "",
    last: Annotated[Typed, Query(alias="to")] = "",
    station: Typed = "",
    project: Typed = "",
) -> dict[str, str]:
    """Take what was typed into the form, whatever it is: who wrote, or whose work it is."""
    sent = {"writer": writer, "worker": worker, "kind": kind, "from": first, "to": last}
    sent |= {"station": station, "project": project}
    return {name: text.strip() for name, text in sent.items()}


Asked = Annotated[dict[str, str], Depends(typed)]


def search(reader: Reading, typed: Asked) -> Search:
    """Read the form that finds records."""
    return searched(reader, typed, COLUMNS, _topics)


Searching = Annotated[Search, Depends(search)]


def searched(
    reader: Reader,
    typed: Mapping[str, str],
    columns: Mapping[str, str],
    kind: Callable[[str], Any],
    labels: Mapping[str, str] = LABELS,
) -> Search:
    """Read the form over a table; `columns` are those that it is asked by, `kind` reads a kind.

    What cannot be read comes back with the sentence that says so, after the name of its field.
    """
    asked = {name: text for name, text in typed.items() if name in (*columns, "from", "to")}
    try:
        return _read(reader, asked, columns, kind)
    except Refusal as refused:
        return Search(asked, {}, said=in_words(reader.request, refused, labels))


def _read(
    reader: Reader,
    typed: Mapping[str, str],
    columns: Mapping[str, str],
    kind: Callable[[str], Any],
) -> Search:
    read: dict[str, Callable[[str], Any]] = {
        "station": lambda text: _id(text, "station"),
        "project": lambda text: _id(text, "project"),
        "writer": lambda text: _staff(reader, text, "writer"),
        "worker": lambda text: _staff(reader, text, "worker"),
        "kind": kind,
    }
    where = {columns[name]: read[name](typed[name]) for name in columns if typed[name]}
    first, last = day_in(typed["from"], "from"), day_in(typed["to"], "to")
    in_order(first, last)
    return Search(typed, where, first, last)


def _id(text: str, field: str) -> Id:
    if not is_id(text):
        raise INVALID(field)
    return text


def _staff(reader: Reader, text: str, field: str) -> list[Id]:
    """Return who is meant by a number (工号) or an id. Raises `invalid` where nobody is."""
    found = [id for id, number in reader.numbers.items() if number == text]
    if not found and not is_id(text):
        raise INVALID(field)
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
