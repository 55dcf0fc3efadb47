"""Questions to the register of people over HTTP: pages without names, groups, ages, one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from api.commands import Model, Uuid, example
from api.on_record import put_on_record
from api.paging import plain
from api.person import DocumentNumber
from api.questions import Asked, AskedNow, Listed, Page, Question
from api.registers import without_births
from api.routing import routes
from domain.counting import PriorityGroup
from domain.id_number import normal_number
from domain.identity import Id
from domain.reading import check_reader, record_search
from domain.refusals import INVALID, NOT_FOUND
from projections.household import MEMBER
from projections.person import AWAY, CONSENT, LEADER, MEMBERSHIP, PERSON, RESIDENCE
from projections.registers import (
    absent_on,
    age_bands,
    known_before,
    last_checks,
    members_on,
    person_by_digest,
    records_of,
    without_birth,
)
from projections.spans import OPEN, day_after, shown

router = routes("persons")


class SearchIn(Model):
    """The exact number of a document. It travels in the body, so that no log has it."""

    number: DocumentNumber

    model_config = example({"number": "11010519491231002X"})


class FoundOut(BaseModel):
    """Who has it, if anybody whom the caller may see."""

    person: Id | None


@router.post("/person-searches")
def search_by_number(sent: SearchIn, asked: AskedNow) -> FoundOut:
    """Find who has a document of exactly this number; who searched, and whom, stays on record.

    For those who may open what is said of people. The number is not kept.
    """
    check_reader(asked.principal)
    digest = asked.parts.vault.digest(normal_number(sent.number))
    with asked.answers() as answers:
        person = person_by_digest(answers, digest)
    put_on_record(asked, lambda desk, entry: record_search(desk, entry, person))
    return FoundOut(person=person)


@router.get("/persons")
def list_persons(
    listed: Listed,
    station: Uuid | None = None,
    community: Annotated[str | None, Query(max_length=200)] = None,
    household: Uuid | None = None,
    on: Annotated[date | None, Query(description="those in the register that day")] = None,
) -> Page:
    """Read the register of people (R-01), without names: who was registered first comes first.

    People are in it over many days: `on` says of which one, `known_at` as known when. Whoever was
    away on that day and is back since, or comes for the season and was not here then, is left out
    of their page, which is the shorter for it; so is a record that was merged into another. The
    last page has also those whose own record is later than `on`, while one that was merged into it
    is not.
    """
    after = None if on is None else day_after(on)
    where = {"station": station, "community": community, "household": household}
    page = listed.page(
        PERSON,
        where=where,
        since={"alive_until": after, "here_until": after},
        until={"registered": on},
        order=("registered",),
    )
    if on is not None:
        _leave_those_of_the_day(page, listed.asked, on, where)
    return without_births(page)


def _leave_those_of_the_day(
    page: Page, asked: Question, on: date, where: Mapping[str, str | None]
) -> None:
    given = {name: value for name, value in where.items() if value is not None}
    people = [row for row in page.items if row["merged_into"] is None]
    with asked.answers() as answers:
        if page.next is None:
            people += [plain(row) for row in known_before(answers, on, **given)]
        absent = absent_on(answers, on, [row["person"] for row in people])
    page.items = [row for row in people if row["person"] not in absent]
    page.demonstrations = asked.mark(row["ledger"] for row in page.items)


@router.get("/persons/{person}")
def read_person(person: Uuid, asked: Asked) -> dict[str, Any]:
    """Read one person: groups, consents, residences, households, and when last checked.

    With what is noted on the records that were merged into theirs (`absorbed`): groups, residences,
    when they were `away`, recognitions and checks, each with the record that it stands on. Consents
    and households are those of the record itself: nobody agreed, or moved in, under another.
    """
    asked.tag(person)
    with asked.answers() as answers:
        rows = answers.rows(PERSON, where={"person": person})
        if not rows:
            raise NOT_FOUND("person")
        records = records_of(answers, (person,))[person]
        parts = {
            "groups": (MEMBERSHIP, records),
            "consents": (CONSENT, person),
            "residences": (RESIDENCE, records),
            "away": (AWAY, records),
            "households": (MEMBER, person),
            "leader_of": (LEADER, records),
        }
        details: dict[str, Any] = {
            name: [plain(shown(row)) for row in answers.rows(table, where={"person": of})]
            for name, (table, of) in parts.items()
        }
        checked = last_checks(answers, (person,), OPEN).get(person)
    details["absorbed"] = sorted(records[1:])
    details["last_checked"] = None if checked is None else checked.day.isoformat()
    details["last_checked_record"] = None if checked is None else checked.record
    return {**plain(without_birth(rows[0])), **details}


@router.get("/priority-groups/{group}/members")
def list_members(
    group: PriorityGroup, on: date, asked: Asked, station: Uuid | None = None
) -> list[dict[str, Any]]:
    """Read who was in a priority group on a day, alive and living here (R-02…R-08).

    `noted_on` are the records on which that is noted: whoever was registered twice may have it on
    one that was merged into theirs.
    """
    where = {} if station is None else {"station": station}
    with asked.answers() as answers:
        rows = members_on(answers, group, on, **where)
    return [plain(without_birth(row)) for row in rows]


class BandOut(Model):
    """How many are of an age in [low, high)."""

    low: int
    high: int | None
    people: int


Edge = Annotated[int, Field(ge=0, le=130)]


@router.get("/age-bands")
def read_age_bands(
    on: date,
    asked: Asked,
    edges: Annotated[tuple[Edge, ...], Query(min_length=1, max_length=30)] = (60, 70, 80, 90),
    station: Uuid | None = None,
) -> list[BandOut]:
    """Count the register by age on a day, in half-open bands between the edges, the last open."""
    if list(edges) != sorted(set(edges)):
        raise INVALID("edges", reason="rising")
    where = {} if station is None else {"station": station}
    bands = list(zip(edges, (*edges[1:], None), strict=True))
    with asked.answers() as answers:
        counts = age_bands(answers, on, bands, **where)
    return [
        BandOut(low=low, high=high, people=people)
        for (low, high), people in zip(bands, counts, strict=True)
    ]
