"""How a question comes in: whose scope, from which position on, as known when, and by pages.

Every view is read through `Asked`, which brings `known_at` with it: a handler asks
`asked.answers()` or `asked.page(…)` and need not know whether it is told of now or of a day in
the past. What cannot be asked of the past takes `AskedNow`.

What a demonstration had part in is marked here too, by a header and in lists by its ledgers; and
whatever is told to somebody held to stations, by a header that names these: of what others work in
too, a figure is only their part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel
from starlette.datastructures import MutableHeaders

from api.access import Caller
from api.commands import Uuid
from api.noting import NotingAnswers
from api.paging import Cursor, Limit, plain, turn
from api.services import Services, services
from domain.identity import Id
from domain.journal.past import Moment, civil_day, in_order, last_day, reached_moment_of
from domain.principal import Principal
from domain.refusals import refusal
from projections.engine.ask import Answers, Order, Where
from projections.engine.past import PastAnswers
from projections.engine.view import Row, Table

WAIT_SECONDS = 5.0
MOST_LEDGERS = 50
MARK = "Shilu-Demonstration"
"""The header of answers to which a demonstration's invented records belong."""
STATIONS = "Shilu-Stations"
"""The header that names the stations to which the asker is held: the answer is of these alone."""

NEVER_GIVEN = refusal("at_least.beyond")

AtLeast = Annotated[
    int | None,
    Query(
        ge=0,
        description="answer only once the views have reached this position, which a command's"
        " answer told; one that the journal has not come to is refused at once",
    ),
]
KnownAt = Annotated[
    str | None,
    Query(
        max_length=40,
        description="answer as was known then: at a position, at the end of a civil day, or at an"
        " RFC 3339 time; that is also the day asked about where none is named, of a position the"
        " day on which the last event known by then was recorded",
        examples=["2018-10-31"],
    ),
]
KnownIn = Annotated[
    list[Uuid] | None,
    Query(
        max_length=MOST_LEDGERS,
        description="with `known_at`: look only into these projects', stations' or operators' own"
        " records",
    ),
]
From = Annotated[
    date | None, Query(alias="from", description="what happened on this civil day or later")
]
Until = Annotated[
    date | None, Query(alias="to", description="what happened on this civil day or earlier")
]


def until_day(since: From = None, until: Until = None) -> date | None:
    """Take the last day that is asked about. Raises `days.backwards`."""
    in_order(since, until)
    return until


To = Annotated[date | None, Depends(until_day)]
"""Whatever takes `from` and `to` takes them in order."""


class Page(BaseModel):
    """Rows, and the cursor of the next page where there is one; what was known up to `position`.

    `demonstrations` are those of the rows' ledgers whose records are invented.
    """

    items: list[dict[str, Any]]
    next: str | None = None
    position: int
    demonstrations: list[Id] = []


@dataclass(frozen=True)
class Question:
    """One question on its way, within its asker's scope; of now, unless a moment is named."""

    principal: Principal
    parts: Services
    headers: MutableHeaders
    moment: Moment | None = None
    ledgers: tuple[Id, ...] = ()

    def at(self, moment: Moment | None) -> Question:
        """Return the same question as known at another moment; None is now."""
        return replace(self, moment=moment)

    def reached(self, moment: str, field: str) -> Moment:
        """Read a moment that has come: see `reached_moment_of`."""
        head = self.parts.journal.max_notification_id() or 0
        return reached_moment_of(moment, head, self.parts.clock.now(), field)

    @cached_property
    def _past(self) -> PastAnswers | None:
        if self.moment is None:
            return None
        return self.parts.past.within(self.principal, self.moment, self.ledgers)

    @contextmanager
    def answers(self) -> Iterator[Answers]:
        """Ask the live tables, or the journal as it stood. Raises `known_at.too_much`.

        The answer is marked where any row that was given is a demonstration's.
        """
        with self._answers() as answers:
            noting = NotingAnswers(answers)
            yield noting
        self.mark(noting.ledgers)

    @contextmanager
    def _answers(self) -> Iterator[Answers]:
        if self._past is not None:
            yield self._past
            return
        with self.parts.asking.within(self.principal) as answers:
            yield answers

    def mark(self, ledgers: Iterable[Id]) -> list[Id]:
        """Mark the answer if any of its ledgers is a demonstration's, and return those that are."""
        found = self.parts.demonstrations.among(ledgers)
        if found:
            self.headers[MARK] = "true"
        return found

    @property
    def position(self) -> int:
        """The position up to which the answer knows."""
        return self.parts.watch.position if self._past is None else self._past.position

    def tag(self, stream: Id) -> None:
        """Give the answer the ETag of what is read, before it is read: what If-Match may name.

        It is of the position that the tables have reached, which the answer then states: what
        this process has heard of it may be behind. While a view waits with the stream, it is of
        what stands before, since its reader has not seen all. Should more be seen by the time it
        is read, a command with this tag is refused and read again, never the other way round.
        """
        if self._past is None:
            position = self.parts.asking.position(stream)
            self.headers["Shilu-Position"] = str(position)
            version = self.parts.journal.version_at(stream, position)
            self.headers["ETag"] = f'"{version}"'

    @property
    def known(self) -> Moment:
        """The moment asked about; where none is, all that has been recorded.

        What is folded from the journal need not wait for what this process has heard of the views.
        """
        return (
            (self.parts.journal.max_notification_id() or 0) if self.moment is None else self.moment
        )

    @property
    def today(self) -> date:
        """The civil date asked about where none is named: of a past moment, its own."""
        return self.day_of()

    def day_of(self, ledger: Id | None = None) -> date:
        """Return the same of a question about one ledger.

        Of a position it is the day on which the last event known by then was recorded there.
        """
        known = () if self._past is None else self._past.known(ledger)
        return civil_day(self.moment, known, self.parts.clock.now())

    def last_day(self, first: date | None, last: date | None, ledger: Id | None = None) -> date:
        """Return the last day asked about, today where none is named. Raises `days.backwards`."""
        return last_day(first, last, self.day_of(ledger))

    def page(
        self,
        table: Table,
        *,
        where: Where | None = None,
        since: Where | None = None,
        until: Where | None = None,
        order: Order = (),
        descending: bool = False,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Return one page of a table's rows."""
        named, first, last = self._scoped(where or {}), _given(since), _given(until)
        with self._answers() as answers:
            rows, more = turn(
                table,
                order,
                cursor,
                limit,
                lambda after, most: answers.rows(
                    table,
                    where=named,
                    since=first,
                    until=last,
                    order=order,
                    descending=descending,
                    after=after,
                    limit=most,
                ),
            )
        return self.told(rows, more)

    def told(self, rows: Sequence[Row], more: str | None) -> Page:
        """Return rows as a page, and mark what of it was invented."""
        items = [plain(row) for row in rows]
        invented = self.mark(row["ledger"] for row in items)
        return Page(items=items, next=more, position=self.position, demonstrations=invented)

    def _scoped(self, where: Where) -> Where:
        """Name the asker's operator besides what is asked for.

        The database holds the asker to the scope all the same, but only by what a question names
        does it look rows up in an index; else it reads every operator's.
        """
        own = self.principal.operator
        named = _given(where)
        return named if own is None else {"operator": own, **named}


def _given(asked: Where | None) -> dict[str, Any]:
    """Leave out what nobody asked for."""
    return {name: value for name, value in (asked or {}).items() if value is not None}


def question_of_now(
    response: Response,
    caller: Caller,
    parts: Annotated[Services, Depends(services)],
    at_least: AtLeast = None,
) -> Question:
    """Wait for the position asked for. Raises `position_not_reached`, `at_least.beyond`."""
    return _asked(Question(caller, parts, response.headers), at_least)


def question(
    response: Response,
    caller: Caller,
    parts: Annotated[Services, Depends(services)],
    at_least: AtLeast = None,
    known_at: KnownAt = None,
    known_in: KnownIn = None,
) -> Question:
    """Read as known when it is asked. Raises `known_at.*`, and as `question_of_now`."""
    asked = Question(caller, parts, response.headers, ledgers=tuple(known_in or ()))
    if known_at is not None:
        asked = asked.at(asked.reached(known_at, "known_at"))
    return _asked(asked, at_least)


def _asked(asked: Question, at_least: int | None) -> Question:
    if at_least is not None:
        _wait(asked.parts, at_least)
    asked.headers["Shilu-Position"] = str(asked.position)
    if asked.principal.stations:
        asked.headers[STATIONS] = ", ".join(asked.principal.stations)
    if asked.principal.operator is not None:
        asked.mark((asked.principal.operator,))
    return asked


def _wait(parts: Services, position: int) -> None:
    """Wait until the views show a position; one that was never given is not waited for."""
    if position > parts.watch.position:
        last = parts.journal.max_notification_id() or 0
        if position > last:
            raise NEVER_GIVEN("at_least", position=position, last=last)
    parts.watch.wait(position, WAIT_SECONDS)


Asked = Annotated[Question, Depends(question)]
AskedNow = Annotated[Question, Depends(question_of_now)]


@dataclass(frozen=True)
class Listing:
    """A register that is read page by page."""

    asked: Question
    cursor: str | None
    limit: int

    def page(
        self,
        table: Table,
        *,
        where: Where | None = None,
        since: Where | None = None,
        until: Where | None = None,
        order: Order = (),
        descending: bool = False,
    ) -> Page:
        """Return the page asked for: see `Question.page`."""
        return self.asked.page(
            table,
            where=where,
            since=since,
            until=until,
            order=order,
            descending=descending,
            cursor=self.cursor,
            limit=self.limit,
        )


@dataclass(frozen=True)
class DatedListing(Listing):
    """A register that is read page by page, from one day to another."""

    first: date | None
    last: date | None

    def within(
        self,
        table: Table,
        column: str,
        *,
        where: Where | None = None,
        order: Order | None = None,
        descending: bool = False,
    ) -> Page:
        """Return the page of what has its date between those days, by date where nothing is said.

        `column` is the date that is meant.
        """
        return self.page(
            table,
            where=where,
            since={column: self.first},
            until={column: self.last},
            order=(column,) if order is None else order,
            descending=descending,
        )


def listing(asked: Asked, cursor: Cursor = None, limit: Limit = 50) -> Listing:
    """Take which page is meant."""
    return Listing(asked, cursor, limit)


def dated_listing(
    asked: Asked, since: From = None, until: To = None, cursor: Cursor = None, limit: Limit = 50
) -> DatedListing:
    """Take which days and which page are meant."""
    return DatedListing(asked, cursor, limit, since, until)


Listed = Annotated[Listing, Depends(listing)]
DatedListed = Annotated[DatedListing, Depends(dated_listing)]
