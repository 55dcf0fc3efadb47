"""How questions are put to views: one small port, over PostgreSQL and over rows in memory.

A query beside a view is written once against `Answers` and works on the live tables, on the fold
up to a position, and on an evaluator's machine. Over PostgreSQL every question runs as a role
that owns nothing, within the scope of whoever asks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from typing import Any, TypeAlias

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.principal import Principal
from projections.engine.fold import Rows
from projections.engine.store import READER, as_read
from projections.engine.view import POSTGRESQL, Row, Table, View

Where = Mapping[str, Any]
Order = tuple[str, ...]


@dataclass(frozen=True)
class RowsAsked:
    """Which rows of a table are asked for, as `Answers.rows` takes it."""

    table: Table
    where: Where
    since: Where
    until: Where
    order: Order
    after: tuple[Any, ...] | None
    descending: bool
    limit: int | None


class Answers(ABC):
    """Answers questions about the rows of views."""

    def rows(
        self,
        table: Table,
        *,
        where: Where | None = None,
        since: Where | None = None,
        until: Where | None = None,
        order: Order = (),
        after: tuple[Any, ...] | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> list[Row]:
        """Return rows as dicts of all columns.

        `where` holds columns to a value, to null (None), or to one of a collection; `since` and
        `until` bound columns, inclusive. Rows come in `order`, then by key; `after` are the
        values of these columns in the last row already seen.
        """
        ordered = full_order(table, order)
        return self.answer(
            RowsAsked(
                table, where or {}, since or {}, until or {}, ordered, after, descending, limit
            )
        )

    @abstractmethod
    def answer(self, asked: RowsAsked) -> list[Row]:
        """Return the rows that are asked for, in their full order."""

    @abstractmethod
    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """Return the sum of an integer column."""


def full_order(table: Table, order: Order) -> Order:
    """Return the columns that put rows of a table in one certain order."""
    return tuple(dict.fromkeys((*order, *table.key, "ledger")))


class MemoryAnswers(Answers):
    """Answers from a fold in memory, within one principal's scope."""

    def __init__(self, rows: Rows, principal: Principal) -> None:
        self._rows = rows
        self._principal = principal

    def answer(self, asked: RowsAsked) -> list[Row]:
        """See `Answers.answer`."""

        def place(row: Row) -> tuple[tuple[bool, Any], ...]:
            return _sortable(row, asked.order)

        found = (
            row
            for row in self._in_scope(asked.table)
            if all(_matches(row[name], value) for name, value in asked.where.items())
            and all(_reaches(row[name], value) for name, value in asked.since.items())
            and all(_reaches(value, row[name]) for name, value in asked.until.items())
        )
        if asked.after is not None:
            mark = place(dict(zip(asked.order, asked.after, strict=True)))
            found = (row for row in found if _beyond(place(row), mark, asked.descending))
        if asked.limit is None:
            return sorted(found, key=place, reverse=asked.descending)
        return (nlargest if asked.descending else nsmallest)(asked.limit, found, key=place)

    def _in_scope(self, table: Table) -> Iterator[Row]:
        names = ("ledger", *table.key)
        for key, row in self._rows.living(table).items():
            if self._principal.covers(row["operator"], row["station"], key[0]):
                yield {**dict(zip(names, key, strict=True)), **row}

    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """See `Answers.total`."""
        return sum(row[column] for row in self.rows(table, where=where))


class PostgresAnswers(Answers):
    """Answers from the live tables, over a connection that is bound to a scope."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def answer(self, asked: RowsAsked) -> list[Row]:
        """See `Answers.answer`."""
        conditions, parameters = _conditions(asked.table, asked.where, asked.since, asked.until)
        found: list[Row] = []
        for part, values in _parts(asked):
            left = None if asked.limit is None else asked.limit - len(found)
            if left == 0:
                break
            chosen = _where([*conditions, *part])
            found += self._select(asked, chosen, [*parameters, *values], left)
        return found

    def _select(
        self, asked: RowsAsked, where: sql.Composable, parameters: list[Any], limit: int | None
    ) -> list[Row]:
        columns = asked.table.all_columns
        statement = sql.SQL("SELECT {} FROM {} t{} ORDER BY {}{}").format(
            sql.SQL(", ").join(map(as_read, columns, columns.values())),
            sql.Identifier(asked.table.name),
            where,
            sql.SQL(", ").join(_direction(name, asked.descending) for name in asked.order),
            sql.SQL("" if limit is None else f" LIMIT {int(limit)}"),
        )
        found = self._connection.execute(statement, parameters).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in found]

    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """See `Answers.total`."""
        conditions, parameters = _conditions(table, where or {}, {}, {})
        statement = sql.SQL("SELECT coalesce(sum({}), 0)::bigint FROM {} t{}").format(
            sql.Identifier(column), sql.Identifier(table.name), _where(conditions)
        )
        row = self._connection.execute(statement, parameters).fetchone()
        return int(row[0]) if row else 0


class Asking:
    """Opens questions to the live tables."""

    def __init__(self, pool: ConnectionPool, views: Sequence[View]) -> None:
        self._pool = pool
        self._views = [view.name for view in views]

    @contextmanager
    def within(self, principal: Principal) -> Iterator[PostgresAnswers]:
        """Ask within a principal's scope; what lies outside is as if it were not there."""
        with self._pool.connection() as connection, connection.transaction():
            bind(connection, principal)
            yield PostgresAnswers(connection)

    def position(self, stream: Id | None = None) -> int:
        """Return the position that every view has reached, as the tables say themselves.

        Of a `stream` that a view has parked, that view shows nothing from there on: return the
        position up to which every view has taken it in.
        """
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT least((SELECT min(position) FROM view_state WHERE view = ANY (%(views)s)),"
                " (SELECT min(position) - 1 FROM view_parked"
                " WHERE view = ANY (%(views)s) AND stream = %(stream)s::uuid))",
                {"views": self._views, "stream": stream},
            ).fetchone()
        return (row[0] if row else None) or 0

    def standing(self) -> list[tuple[str, int, int]]:
        """Return each view, the position it has reached, and how many streams it has parked."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT s.view, s.position, count(p.stream) FROM view_state s"
                " LEFT JOIN view_parked p USING (view) WHERE s.view = ANY (%s)"
                " GROUP BY s.view ORDER BY s.view",
                (self._views,),
            ).fetchall()
        return [(view, position, parked) for view, position, parked in rows]


def bind(connection: psycopg.Connection, principal: Principal) -> None:
    """Hold the rest of a transaction to the reader's role and the principal's scope."""
    connection.execute(
        "SELECT set_config('role', %s, true), set_config('shilu.operator', %s, true),"
        " set_config('shilu.stations', %s, true), set_config('shilu.ledger', %s, true)",
        (
            READER,
            principal.operator or "*",
            ",".join(principal.stations),
            principal.ledger or "",
        ),
    )


def _conditions(
    table: Table, where: Where, since: Where, until: Where
) -> tuple[list[sql.Composable], list[Any]]:
    conditions: list[sql.Composable] = []
    parameters: list[Any] = []
    for name, value in where.items():
        column = sql.SQL("t.{}").format(sql.Identifier(name))
        if value is None:
            conditions.append(sql.SQL("{} IS NULL").format(column))
        elif isinstance(value, Collection) and not isinstance(value, str):
            kind = sql.SQL(POSTGRESQL[table.all_columns[name]])
            conditions.append(sql.SQL("{} = ANY (%s::{}[])").format(column, kind))
            parameters.append(list(value))
        else:
            conditions.append(sql.SQL("{} = %s").format(column))
            parameters.append(value)
    for bounds, sign in ((since, ">="), (until, "<=")):
        for name, value in bounds.items():
            bounded = sql.SQL("t.{} {} %s").format(sql.Identifier(name), sql.SQL(sign))
            conditions.append(bounded)
            parameters.append(value)
    return conditions, parameters


def _where(conditions: list[sql.Composable]) -> sql.Composable:
    if not conditions:
        return sql.SQL("")
    return sql.SQL(" WHERE ") + sql.SQL(" AND ").join(conditions)


Part: TypeAlias = tuple[list[sql.Composable], tuple[Any, ...]]


def _parts(asked: RowsAsked) -> list[Part]:
    """Return what comes after a row, in order: of an order's columns only the first may be null.

    Nulls come last, and first where the order is reversed. They are asked for by themselves, since
    a comparison of rows passes over them, and joined to it by OR it would find no index.
    """
    table, ordered, after, descending = asked.table, asked.order, asked.after, asked.descending
    if after is None:
        return [([], ())]
    first, rest = ordered[0], ordered[1:]
    column = sql.SQL("t.{}").format(sql.Identifier(first))
    null, known = sql.SQL("{} IS NULL").format(column), sql.SQL("{} IS NOT NULL").format(column)
    if after[0] is None:
        same: Part = ([null, _after(rest, descending)], after[1:])
        return [same, ([known], ())] if descending else [same]
    further: Part = ([_after(ordered, descending)], after)
    always = first in ("ledger", *table.key) or table.all_columns[first] == "int"
    return [further] if always or descending else [further, ([null], ())]


def _after(ordered: Order, descending: bool) -> sql.Composable:
    return sql.SQL("({}) {} ({})").format(
        sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(name)) for name in ordered),
        sql.SQL("<" if descending else ">"),
        sql.SQL(", ").join([sql.SQL("%s")] * len(ordered)),
    )


def _direction(name: str, descending: bool) -> sql.Composable:
    return sql.SQL("t.{} DESC" if descending else "t.{}").format(sql.Identifier(name))


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Collection) and not isinstance(wanted, str):
        return value in wanted
    return bool(value == wanted)


def _reaches(value: Any, bound: Any) -> bool:
    return value is not None and bound is not None and bool(value >= bound)


def _sortable(row: Mapping[str, Any], columns: Order) -> tuple[tuple[bool, Any], ...]:
    # PostgreSQL puts nulls last, and so does this.
    return tuple((row[name] is None, row[name]) for name in columns)


def _beyond(value: Any, mark: Any, descending: bool) -> bool:
    return bool(value < mark if descending else value > mark)
