"""The registers (台账) for people: visits, cases, gifts, stock, persons and so on, in one room.

A register is a table of a view with what is said of it here: by which day it is asked, what narrows
it down, which columns stand on the page and where a row leads. Names and births stand in none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.pages.asked_language import language_of
from api.pages.columns import Column, columns, ids_in, said_in
from api.pages.language import Speech
from api.pages.leading import ways_of
from api.pages.reader import KnownAt, Reader, Reading, Turn
from api.pages.searching import LABELS, Asked, Search, searched
from api.questions import Page, Question
from api.registers import open_ended
from domain.case_facts import Stage as CaseStage
from domain.catalogue import activity_kinds
from domain.donation import Kind as GiftKind
from domain.group_facts import Stage as GroupStage
from domain.need import Urgency
from domain.refusals import INVALID
from domain.registry import RiskTier
from projections.activity import HELD, PLAN
from projections.case import CASE
from projections.donation import DONATION, LOT, STOCK
from projections.engine.ask import Answers, Order
from projections.engine.view import Row, Table
from projections.group import GROUP
from projections.household import HOUSEHOLD
from projections.need import DELIVERY, NEED
from projections.person import PERSON
from projections.project import PROJECT
from projections.staff import STAFF
from projections.visit import VISIT

router = APIRouter()
PAGE = 30
NAMED = {**LABELS, "worker": "registers.worker", "kind": "registers.kind"}
Name = Literal[
    "visits", "cases", "groups", "activities", "plans", "donations", "stock", "needs", "deliveries",
    "persons", "households", "staff",
]  # fmt: skip
CONTACTS = ("home_visit", "home_service", "phone_contact", "attempt")


@dataclass(frozen=True)
class Register:
    """One register: its table, the day it is asked by, where a row leads, and what it shows.

    The first of `title` that a row has is what the row is called. `asked` are the fields of the
    form that narrow it down: field → column; `choices` are those of its `kind`. `sums` is a table
    under the same key whose columns stand in each row too. Of a register that is `dated` only rows
    with a day belong to it.
    """

    table: Table
    day: str
    page: str
    key: str
    title: tuple[Column, ...]
    columns: tuple[Column, ...]
    asked: Mapping[str, str]
    choices: Callable[[], Iterable[str]] = tuple
    order: Order | None = None
    sums: Table | None = None
    dated: bool = False


REGISTERS: dict[Name, Register] = {
    "visits": Register(
        table=VISIT,
        day="day",
        page="/records/",
        key="event",
        title=columns(kind="code"),
        columns=columns(
            day="day", person="id", household="id", worker="id", minutes="number",
            person_times="number", outcome="code", recorded_at="moment",
        ),
        asked={"station": "station", "project": "ledger", "worker": "worker", "kind": "kind"},
        choices=lambda: CONTACTS,
    ),
    "cases": Register(
        table=CASE,
        day="opened",
        page="/cases/",
        key="case_id",
        title=columns(number="text"),
        columns=columns(
            stage="code", case_type="code", level="code", client="id", worker="id", opened="day",
            closed="day",
        ),
        asked={"station": "station", "project": "ledger", "worker": "worker", "kind": "stage"},
        choices=lambda: get_args(CaseStage),
        order=(),
    ),
    "groups": Register(
        table=GROUP,
        day="planned",
        page="/groups/",
        key="group_id",
        title=columns(title="text"),
        columns=columns(
            stage="code", audience="code", leader="id", sessions="number", planned="day",
            opened="day", closed="day",
        ),
        asked={"station": "station", "project": "ledger", "worker": "leader", "kind": "stage"},
        choices=lambda: get_args(GroupStage),
    ),
    "activities": Register(
        table=HELD,
        day="day",
        page="/records/",
        key="event",
        title=columns(title="text", kind="code"),
        columns=columns(
            kind="code", day="day", place="text", worker="id", minutes="number",
            person_times="number", volunteers="number", recorded_at="moment",
        ),
        asked={"station": "station", "project": "ledger", "worker": "worker", "kind": "kind"},
        choices=activity_kinds,
    ),
    "plans": Register(
        table=PLAN,
        day="planned_on",
        page="/files/",
        key="activity",
        title=columns(title="text"),
        columns=columns(
            kind="code", planned_on="day", place="text", review="code", reviewed_on="day",
            expected="number", agreements="number", held="number", cancelled="yes",
        ),
        asked={"station": "station", "project": "ledger", "kind": "kind"},
        choices=activity_kinds,
        dated=True,
    ),
    "donations": Register(
        table=DONATION,
        day="pledged_on",
        page="/files/",
        key="donation",
        title=columns(organisation="text", description="text"),
        columns=columns(
            kind="code", donor="id", anonymous="yes", pledged_on="day", received="money",
            items="number", cash="money", paid_out="money", balance="money", receipt_number="text",
        ),
        asked={"station": "station", "project": "ledger", "kind": "kind"},
        choices=lambda: get_args(GiftKind),
    ),
    "stock": Register(
        table=LOT,
        day="day",
        page="/files/",
        key="stock_item",
        title=columns(name="text"),
        columns=columns(
            on_hand="number", unit="text", reserved="number", stored="number",
            handed_out="number", written_off="number", day="day", expires="day",
            purposes="codes", donation="id",
        ),
        asked={"station": "station", "project": "ledger"},
        sums=STOCK,
    ),
    "needs": Register(
        table=NEED,
        day="recorded_on",
        page="/files/",
        key="need",
        title=columns(item="text"),
        columns=columns(
            category="code", quantity="number", urgency="code", purpose="code", household="id",
            person="id", recorded_on="day", verified="number", matches="number",
            deliveries="number", unmet="yes",
        ),
        asked={"station": "station", "project": "ledger", "kind": "urgency"},
        choices=lambda: get_args(Urgency),
    ),
    "deliveries": Register(
        table=DELIVERY,
        day="day",
        page="/records/",
        key="event",
        title=columns(purpose="code"),
        columns=columns(
            day="day", need="id", household="id", items="number", money="money",
            person_times="number", receiver="id", deliverer="id", approver="id", verified_on="day",
            emergency="yes", recorded_at="moment",
        ),
        asked={"station": "station", "project": "ledger", "worker": "deliverer"},
    ),
    "persons": Register(
        table=PERSON,
        day="registered",
        page="/persons/",
        key="person",
        title=(),
        columns=columns(
            sex="code", community="text", tier="code", household="id", found_by="code",
            registered="day", next_review="day", merged_into="id",
        ),
        asked={"station": "station", "kind": "tier"},
        choices=lambda: get_args(RiskTier),
    ),
    "households": Register(
        table=HOUSEHOLD,
        day="formed",
        page="/households/",
        key="household",
        title=(),
        columns=columns(community="text", head="id", formed="day", ends="day"),
        asked={"station": "station"},
    ),
    "staff": Register(
        table=STAFF,
        day="begins",
        page="/staff/",
        key="staff",
        title=(),
        columns=columns(
            begins="day", ends="day", intern="yes", supervisor="id", mentor="id", backup="id"
        ),
        asked={},
    ),
}  # fmt: skip


@router.get("/registers")
def registers(reader: Reading) -> Response:
    """Go to the first register, asked as this page was."""
    query = reader.request.url.query
    return RedirectResponse(f"/registers/visits{'?' if query else ''}{query}", status_code=303)


@router.get("/registers/{name}")
def register_page(
    name: Name, reader: Reading, typed: Asked, at: KnownAt = None, cursor: Turn = None
) -> Response:
    """One register, the latest first, as the form narrows it down."""
    register = REGISTERS[name]
    looked = looked_up(reader, register, typed)
    asked, rows, more = reader.asked.at(at), list[Row](), None
    if looked.said is None:
        page = page_of(asked, register, looked, cursor, PAGE)
        rows, more = page.items, page.next
    with asked.answers() as answers:
        projects = answers.rows(PROJECT, order=("slug",))
        ways = ways_of(answers, ids_in(register.columns, rows), at)
    answer = reader.page(
        "register.html",
        name=name,
        names=list(REGISTERS),
        register=register,
        columns=said_in(register.columns, rows),
        rows=rows,
        next=more,
        looked=looked,
        kinds=_choices(reader, register),
        projects=projects,
        ways=ways,
        at=at,
    )
    answer.status_code = 200 if looked.said is None else 422
    return answer


def page_of(
    asked: Question, register: Register, looked: Search, cursor: str | None, limit: int
) -> Page:
    """Return one page of a register, the latest first, each row with its sums."""
    page = asked.page(
        register.table,
        where=looked.where,
        since={register.day: looked.since or (date.min if register.dated else None)},
        until={register.day: looked.until},
        order=(register.day,) if register.order is None else register.order,
        descending=True,
        cursor=cursor,
        limit=limit,
    )
    if register.sums is not None and page.items:
        with asked.answers() as answers:
            items = with_sums(answers, register.sums, register.key, page.items)
        page = page.model_copy(update={"items": items})
    return open_ended(page)


def with_sums(answers: Answers, sums: Table, key: str, rows: list[Row]) -> list[Row]:
    """Return rows with the columns that another table has under the same key."""
    found = {row[key]: row for row in answers.rows(sums, where={key: [row[key] for row in rows]})}
    return [sums.blank() | found.get(row[key], {}) | row for row in rows]


def looked_up(reader: Reader, register: Register, typed: Mapping[str, str]) -> Search:
    """Read the form of a register."""

    def kind(text: str) -> str:
        if text not in register.choices():
            raise INVALID("kind")
        return text

    return searched(reader, typed, register.asked, kind, NAMED)


def _choices(reader: Reader, register: Register) -> list[tuple[str, str]]:
    """Return what a register can be narrowed down to, with what each is called."""
    speech = Speech(language_of(reader.request))
    field = register.asked.get("kind", "kind")
    return [(code, speech.value(field, code)) for code in register.choices()]
