"""How long lists are read page by page: a page's rows, and a cursor for where the next begins.

One row more than asked for is read: it tells whether there is a next page. A cursor holds the
place at which a page ended, by the columns in which the list is ordered, so that what is recorded
meanwhile neither repeats a row nor skips one.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Query

from domain.refusals import INVALID
from projections.engine.ask import Order, full_order
from projections.engine.view import Kind, Row, Table

PAGE_LIMIT = 200

Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]

After: TypeAlias = tuple[Any, ...] | None
"""Where the page before ended, by the columns of the whole order; nowhere, of the first page."""


def turn(
    table: Table,
    order: Order,
    cursor: str | None,
    limit: int,
    read: Callable[[After, int], list[Row]],
) -> tuple[list[Row], str | None]:
    """Return the rows of one page, and the cursor of the next where there is one.

    `read` returns so many rows of the table, in its order, after a place. Raises `invalid` for a
    cursor that no page gave.
    """
    after = None if cursor is None else read_cursor(cursor, table, order)
    rows = read(after, limit + 1)
    more = make_cursor(rows[limit - 1], table, order) if len(rows) > limit else None
    return rows[:limit], more


def plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON has it."""
    return {name: plain_value(value) for name, value in row.items()}


def plain_value(value: Any) -> Any:
    """Return one value of a row as JSON has it."""
    if isinstance(value, datetime):
        # One zone, whatever the fold or the database's session keep: equal moments are equal text.
        value = value.astimezone(UTC)
    return value.isoformat() if isinstance(value, date) else value


def make_cursor(row: Row, table: Table, order: Order) -> str:
    """Write where a page ended, opaquely."""
    values = [plain_value(row[name]) for name in full_order(table, order)]
    return urlsafe_b64encode(json.dumps(values).encode()).decode()


def read_cursor(cursor: str, table: Table, order: Order) -> tuple[Any, ...]:
    """Read where the page before ended. Raises `invalid` for anything else."""
    columns = full_order(table, order)
    try:
        values = json.loads(urlsafe_b64decode(cursor))
        return tuple(
            None if value is None else READ[table.all_columns[name]](value)
            for name, value in zip(columns, values, strict=True)
        )
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise INVALID("cursor", reason="cursor") from None


READ: dict[Kind, Callable[[Any], Any]] = {
    "uuid": lambda value: str(UUID(value)),
    "text": str,
    "int": int,
    "bool": bool,
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
}
"""How a cursor's values are read back, by the kind of their column."""
