"""Every closing of a project's periods: what each was closed on, and which of them stands.

Days that were closed can be opened again and closed once more, on other figures. What was reported
the first time is not forgotten for that: each closing keeps a row of its own, and which one stands
is told from the reopenings beside them. The same days are never closed twice without one between
(`period.closed_twice`), so the first reopening of a span ended its first closing, and so on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from itertools import zip_longest
from typing import Any

from domain.identity import Id
from domain.refusals import NOT_FOUND
from projections.engine.ask import Answers
from projections.engine.view import Row, Table
from projections.project import PERIOD, REOPENING

Days = tuple[date, date]


def closings(answers: Answers, ledgers: Id | Collection[Id]) -> list[Row]:
    """Return every closing of a project's periods, or of several projects', by its days and order.

    To the columns of `PERIOD` come `closed`, whether it stands now; `superseded_by`, the next
    closing of the same days; and of the reopening that ended it `reopened_at`, its `reason` and
    its `reopening_approver`. All three are None while it stands.
    """
    closed, opened = (_by_span(answers, table, ledgers) for table in (PERIOD, REOPENING))
    found = [
        _told(*each)
        for span, rows in closed.items()
        for each in zip_longest(rows, opened.get(span, ()), rows[1:])
    ]
    return sorted(found, key=lambda row: (row["first"], row["last"], row["position"]))


def closings_of(answers: Answers, project: Id, days: Days) -> list[Row]:
    """Return the closings of one span of days in order: the last is the one to be held against.

    Raises `not_found`.
    """
    found = [row for row in closings(answers, project) if (row["first"], row["last"]) == days]
    if not found:
        raise NOT_FOUND("first")
    return found


def chosen(found: list[Row], closing: Id | None = None) -> Row:
    """Return one of a span's closings; the last where none is named. Raises `not_found`."""
    if closing is None:
        return found[-1]
    for row in found:
        if row["closing"] == closing:
            return row
    raise NOT_FOUND("closing")


def _by_span(
    answers: Answers, table: Table, ledgers: Id | Collection[Id]
) -> dict[tuple[Any, ...], list[Row]]:
    spans: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in answers.rows(table, where={"ledger": ledgers}, order=("position",)):
        spans[row["ledger"], row["first"], row["last"]].append(row)
    return spans


def _told(closing: Row, opened: Row | None, next: Row | None) -> Row:
    return {
        **closing,
        "closed": opened is None,
        "superseded_by": next and next["closing"],
        "reopened_at": opened and opened["recorded_at"],
        "reason": opened and opened["reason"],
        "reopening_approver": opened and opened["approver"],
    }
