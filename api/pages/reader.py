"""Who reads a page: their question, within their scope, and the language they are answered in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.alert import addressed_to
from api.commands import on_the_calendar
from api.pages import asked_language
from api.pages.assets import Asset
from api.pages.chinese import marked
from api.pages.language import LANGUAGES, Speech, is_day, is_moment, number, percent, short
from api.pages.money import is_money
from api.pages.trail import BACK, came_from
from api.paging import turn
from api.questions import Asked, Question
from api.services import Services, services
from domain.clock import SHANGHAI
from domain.identity import Id, is_id
from domain.journal.past import reached
from domain.reading import READERS
from domain.refusals import INVALID
from projections.amounts import written
from projections.engine.ask import Answers, Order, Where
from projections.engine.view import Row, Table
from projections.organisation import ORGANISATION, STATION
from projections.project import PROJECT
from projections.staff import STAFF

TEMPLATES = Path(__file__).parent / "templates"
MOST_ALERTS = 100
YEAR_SECONDS = 365 * 24 * 3600


def environment() -> Environment:
    """Make the templates' environment: everything escaped, nothing undefined."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(number=number, short=short, is_id=is_id, is_day=is_day, is_moment=is_moment)
    made.filters.update(is_money=is_money)
    made.globals.update(percent=percent, amount=written)
    return made


TEMPLATE = environment()


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Answer with a page; the language that was asked for is remembered."""
    speech = Speech(asked_language.language_of(request))
    content = TEMPLATE.get_template(template).render(
        t=speech.text,
        word=speech.word,
        named=speech.value,
        kind=speech.kind,
        heading=speech.heading,
        day=speech.day,
        moment=speech.moment,
        in_unit=speech.amount,
        unit=speech.unit,
        numbered=speech.code,
        minute=speech.minute,
        until=speech.until,
        lang=speech.language,
        html_lang=speech.tag,
        path=request.url.path,
        other_languages=_languages(request, speech),
        asset=lambda name: _address(request.app.state.assets, name),
        with_query=lambda **changes: with_query(request, **changes),
        **{"reader": None, "demonstration": False, **values},
    )
    if speech.language != "zh":
        content = marked(content)
    headers = {"Content-Language": speech.tag, "Vary": "Cookie, Accept-Language"}
    answer = HTMLResponse(content, status, headers=headers)
    chosen = asked_language.asked_for(request)
    if chosen is not None:
        answer.set_cookie(
            asked_language.COOKIE, chosen, max_age=YEAR_SECONDS, httponly=True, samesite="lax"
        )
    return answer


def _languages(request: Request, speech: Speech) -> list[tuple[str, str]]:
    came = came_from(request)
    kept = {} if came is None else {BACK: came[0]}
    return [
        (Speech(other).text("language.name"), with_query(request, lang=other, **kept))
        for other in LANGUAGES
        if other != speech.language
    ]


def _address(assets: Mapping[str, Asset], name: str) -> str | None:
    return f"/assets/{name}?v={assets[name].version}" if name in assets else None


def with_query(request: Request, **changes: object) -> str:
    """Return this page's address with some of its query changed; None takes a part away."""
    query = {**request.query_params, **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return request.url.path + (f"?{urlencode(kept)}" if kept else "")


@dataclass(frozen=True)
class Reader:
    """Somebody signed in who reads a page."""

    request: Request
    asked: Question

    def page(self, template: str, **values: Any) -> HTMLResponse:
        """Answer with a page of theirs; `at` is the moment as known at which it shows things."""
        position = self.asked.at(values.get("at")).position
        shown = {"demonstration": self.only_demonstrations, "position": position, **values}
        return render(self.request, template, reader=self, **shown)

    @property
    def role(self) -> str:
        """Their role."""
        return self.asked.principal.role

    @property
    def actor(self) -> Id:
        """Their pseudonymous id."""
        return self.asked.principal.actor

    @property
    def writes(self) -> bool:
        """Whether they write down the work of stations, as an evaluator does not."""
        return self.asked.principal.evaluation is None

    @property
    def opens(self) -> bool:
        """Whether they may open names and other sealed words."""
        return self.role in READERS and self.writes

    @property
    def now(self) -> datetime:
        """The present moment, in civil time."""
        return self.asked.parts.clock.now().astimezone(SHANGHAI)

    @cached_property
    def organisations(self) -> dict[Id, dict[str, Any]]:
        """The operators in their scope, by id."""
        with self.asked.answers() as answers:
            return {row["organisation"]: row for row in answers.rows(ORGANISATION)}

    @cached_property
    def stations(self) -> dict[Id, str]:
        """The names of the stations in their scope, by id."""
        with self.asked.answers() as answers:
            return {row["place"]: row["name"] for row in answers.rows(STATION)}

    @property
    def held_to(self) -> list[str]:
        """The stations of whose records alone they are told; empty where they are told of all."""
        return [self.stations.get(one, short(one)) for one in self.asked.principal.stations]

    @cached_property
    def alerts(self) -> int:
        """How many alerts stand for them today, without those that were put off."""
        asked = self.asked.at(None)
        with asked.answers() as answers:
            rows = addressed_to(answers, asked.principal, MOST_ALERTS)
        until = [row["snoozed_until"] for row in rows]
        return sum(1 for day in until if day is None or day <= asked.today)

    @property
    def came_from(self) -> tuple[str, str] | None:
        """The page of ours that led here, and what it is called."""
        return came_from(self.request)

    @cached_property
    def numbers(self) -> dict[Id, str]:
        """The open numbers (工号) of the staff in their scope who have one, by id."""
        with self.asked.at(None).answers() as answers:
            staff = answers.rows(STAFF)
        return {row["staff"]: row["number"] for row in staff if row["number"]}

    def invents(self, ledger: Id) -> bool:
        """Say whether what stands in a ledger is invented."""
        return bool(self.asked.parts.demonstrations.among((ledger,)))

    @property
    def only_demonstrations(self) -> bool:
        """Say whether everything that they see is invented.

        An operator's ledgers are all a demonstration's or none; somebody held to one project sees
        no operator's register, and still knows whose project it is.
        """
        own = self.asked.principal.operator
        seen = list(self.organisations) if own is None else [own]
        return bool(seen) and len(self.asked.parts.demonstrations.among(seen)) == len(seen)

    @cached_property
    def heading(self) -> str | None:
        """The name of the one project that they see, or of the operator, where there is one."""
        names = self._project if self.asked.principal.ledger else self.organisations.values()
        return next((row["name"] for row in names), None) if len(names) == 1 else None

    @property
    def _project(self) -> list[Row]:
        with self.asked.answers() as answers:
            return answers.rows(PROJECT, where={"ledger": self.asked.principal.ledger})


def reader(request: Request, asked: Asked) -> Reader:
    """Return who reads. Raises `unauthenticated`."""
    return Reader(request, asked)


Reading = Annotated[Reader, Depends(reader)]


def known_at(
    parts: Annotated[Services, Depends(services)],
    at: Annotated[str | None, Query(max_length=40, description="as known at this minute")] = None,
) -> datetime | None:
    """Read the "as known at" field; the minute that is going on is now.

    Raises `invalid`, and `known_at.in_future` for what is yet to come.
    """
    moment, now = civil_minute(at, "at"), parts.clock.now()
    if moment is None:
        return None
    reached(moment, 0, now, "at")
    return None if moment >= now else moment


def civil_minute(text: str | None, field: str) -> datetime | None:
    """Read a civil minute, that minute included, or a zoned time. Raises `invalid`."""
    if not text:
        return None
    try:
        minute = datetime.fromisoformat(text)
    except ValueError:
        raise INVALID(field) from None
    civil = minute.replace(tzinfo=SHANGHAI) if minute.tzinfo is None else minute
    whole = civil.second == civil.microsecond == 0
    try:
        return on_the_calendar(
            civil + timedelta(seconds=59, microseconds=999_999) if whole else civil
        )
    except (OverflowError, ValueError):
        raise INVALID(field) from None


KnownAt = Annotated[datetime | None, Depends(known_at)]


Turn = Annotated[str | None, Query(alias="cursor", max_length=1000)]


def turned(
    answers: Answers,
    table: Table,
    where: Where,
    order: Order,
    cursor: str | None,
    limit: int,
    since: Where | None = None,
    until: Where | None = None,
) -> tuple[list[Row], str | None]:
    """Return one page of rows, and the cursor of the next where there is one."""
    return turn(
        table,
        order,
        cursor,
        limit,
        lambda after, most: answers.rows(
            table, where=where, order=order, after=after, limit=most, since=since, until=until
        ),
    )
