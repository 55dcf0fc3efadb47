"""Answers that note whose rows they gave, so that what a demonstration had part in is marked."""

from __future__ import annotations

from domain.identity import Id
from projections.engine.ask import Answers, RowsAsked, Where
from projections.engine.view import Row, Table


class NotingAnswers(Answers):
    """Answers of another's, whose rows' ledgers are kept in `ledgers`."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.ledgers: set[Id] = set()

    def answer(self, asked: RowsAsked) -> list[Row]:
        """See `Answers.answer`."""
        found = self._answers.answer(asked)
        self.ledgers.update(row["ledger"] for row in found)
        return found

    def total(self, table: Table, column: str, *, where: Where | None = None) -> int:
        """See `Answers.total`; a sum does not say whose it is."""
        return self._answers.total(table, column, where=where)
