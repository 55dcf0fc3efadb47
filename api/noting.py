"""Answers that note whose rows they gave, so that what a demonstration had part in is marked."""

from __future__ import annotations

from typing import Any

from domain.identity import Id
from projections.engine.ask import Answers, Order, Where
from projections.engine.view import Row, Table


class NotingAnswers:
    """Answers of another's, whose rows' ledgers are kept in `ledgers`."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.ledgers: set[Id] = set()

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
        """See `Answers.rows`."""
        found = self._answers.rows(
            table,
            where=where,
            since=since,
            until=until,
            order=order,
            after=after,
            descending=descending,
            limit=limit,
        )
        self.ledgers.update(row["ledger"] for row in found)
        return found

    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """See `Answers.total`; a sum does not say whose it is."""
        return self._answers.total(table, column, where=where)
