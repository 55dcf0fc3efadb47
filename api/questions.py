"""How a question comes in: whose scope, from which position on, as of when, and by pages."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime, BaseModel

from api.access import Caller
from api.services import Services, services
from domain.identity import Id
from domain.principal import Principal
from domain.refusals import INVALID
from projections.engine.ask import Answers, MemoryAnswers, Order, Where, full_order
from projections.engine.fold import fold
from projections.engine.view import Row, Table, View

WAIT_SECONDS = 5.0
PAGE_LIMIT = 200

AtLeast = Annotated[
    int | None,
    Query(ge=0, description="answer only once the views have reached this position"),
]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]


class Page(BaseModel):
    """Rows, and the cursor of the next page where there is one."""

    items: list[dict[str, Any]]
    next: str | None = None
    position: int


@dataclass(frozen=True)
class Question:
    """One question on its way, within its asker's scope."""

    principal: Principal
    parts: Services

    @contextmanager
    def live(self) -> Iterator[Answers]:
        """Ask the live tables."""
        with self.parts.asking.within(self.principal) as answers:
            yield answers

    def as_of(
        self,
        views: tuple[View, ...],
        ledger: Id,
        *,
        position: int | None = None,
        recorded: datetime | None = None,
    ) -> Answers:
        """Ask the fold of a ledger as it was known at a position or a recording time."""
        journal = (
            row
            for row in self.parts.journal.read_ledger(ledger)
            if (position is None or row.position <= position)
            and (recorded is None or row.at <= recorded)
        )
        rows, _ = fold(views, journal)
        return MemoryAnswers(rows, self.principal)

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
        with self.live() as answers:
            rows = answers.rows(
                table,
                where={name: value for name, value in (where or {}).items() if value is not None},
                since={name: value for name, value in (since or {}).items() if value is not None},
                until={name: value for name, value in (until or {}).items() if value is not None},
                order=order,
                descending=descending,
                after=None if cursor is None else read_cursor(cursor, table, order),
                limit=limit + 1,
            )
        more = make_cursor(rows[limit - 1], table, order) if len(rows) > limit else None
        items = [plain(row) for row in rows[:limit]]
        return Page(items=items, next=more, position=self.parts.watch.position)


def question(
    response: Response,
    caller: Caller,
    parts: Annotated[Services, Depends(services)],
    at_least: AtLeast = None,
) -> Question:
    """Wait for the position asked for. Raises `position_not_reached`."""
    if at_least is not None:
        parts.watch.wait(at_least, WAIT_SECONDS)
    response.headers["Shilu-Position"] = str(parts.watch.position)
    return Question(caller, parts)


Asked = Annotated[Question, Depends(question)]
RecordedAt = Annotated[AwareDatetime | None, Query(description="as known at this recording time")]


def plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON has it."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def make_cursor(row: Row, table: Table, order: Order) -> str:
    """Write where a page ended, opaquely."""
    values = [_plain(row[name]) for name in full_order(table, order)]
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


def read_cursor(cursor: str, table: Table, order: Order) -> tuple[Any, ...]:
    """Read where the page before ended. Raises `invalid` for anything else."""
    try:
        values = json.loads(urlsafe_b64decode(cursor))
    except ValueError:
        raise INVALID("cursor") from None
    columns = full_order(table, order)
    if not isinstance(values, list) or len(values) != len(columns):
        raise INVALID("cursor")
    return tuple(values)
