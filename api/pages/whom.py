"""Whom a new record can be about: a worker's own cases and plans first, or anybody by their id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from api.pages.caseload import caseload
from api.pages.reader import Reader
from domain.bounds import NO_ID
from domain.identity import Id, is_id
from domain.refusals import INVALID, NOT_FOUND
from projections.case import CASE
from projections.engine.ask import Answers
from projections.person import PERSON
from projections.visit_plan import visit_plans

OFFERED = 50
"""So many cases and so many plans are offered at most."""


@dataclass(frozen=True)
class Whom:
    """What a record is about, and where it belongs; all empty where nobody is known.

    A `household` is named only where a case serves it and no one person: the register knows
    everybody's.
    """

    case: Id | None = None
    person: Id | None = None
    household: Id | None = None
    station: Id | None = None
    project: Id | None = None


@dataclass(frozen=True)
class Offer:
    """One that can be chosen: `code` names it in the form; `due` is when contact is.

    `person` is whom it serves, where that is somebody of the register.
    """

    kind: Literal["case", "person"]
    id: Id
    number: str | None
    due: date | None
    person: Id | None

    @property
    def code(self) -> str:
        """How the form names it."""
        return f"{self.kind}:{self.id}"


def offers(reader: Reader) -> list[Offer]:
    """Return the reader's own open cases and running plans; of whoever has neither, colleagues'.

    Who is due soonest comes first.
    """
    found = _offers(reader, reader.actor) or _offers(reader, None)
    return sorted(found, key=lambda one: one.due or date.max)


def _offers(reader: Reader, worker: Id | None) -> list[Offer]:
    cases = caseload(reader, worker=worker).cases
    asked = reader.asked
    named = {"operator": asked.principal.operator, "worker": worker, "ended": False}
    where = {name: value for name, value in named.items() if value is not None}
    with asked.answers() as answers:
        plans = visit_plans(answers, where, asked.today, limit=OFFERED)
    clients = {each.case["client"] for each in cases}
    found = [
        Offer("case", each.case["case_id"], each.case["number"], each.line.due, each.case["client"])
        for each in cases[:OFFERED]
    ]
    return found + [
        Offer("person", row["person"], None, row["latest"], row["person"])
        for row in plans
        if row["person"] not in clients
    ]


def whom(reader: Reader, code: str, field: str) -> Whom:
    """Return whom a code of the form means: `case:` or `person:` with an id, or an id alone.

    Nothing means nobody who is known. Raises `bounds.no_id`, and `not_found` for what the reader
    does not see.
    """
    if not code:
        return Whom()
    kind, _, id = code.rpartition(":")
    if not is_id(id):
        raise NO_ID(field)
    with reader.asked.answers() as answers:
        found = _of_case(answers, id) if kind != "person" else None
        if found is None and kind != "case":
            found = _of_person(answers, id)
    if found is None:
        raise NOT_FOUND(field)
    return found


def _of_case(answers: Answers, id: Id) -> Whom | None:
    for row in answers.rows(CASE, where={"case_id": id}):
        client: Id | None = row["client"]
        home = row["household"] if client is None else None
        return Whom(id, client, home, row["station"], row["project"])
    return None


def _of_person(answers: Answers, id: Id) -> Whom | None:
    for row in answers.rows(PERSON, where={"person": id}):
        return Whom(person=id, station=row["station"])
    return None


def belonging(found: Whom, station: str, project: str) -> Whom:
    """Return the same in the station and the project chosen; a case has its own, or none.

    Raises `invalid` for what is no id.
    """
    for name, text in (("station", station), ("project", project)):
        if text and not is_id(text):
            raise INVALID(name)
    if found.case is not None:
        return found
    return replace(found, station=found.station or station or None, project=project or None)
