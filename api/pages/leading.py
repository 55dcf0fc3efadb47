"""Which ids on a page lead somewhere: persons, cases, groups, gifts, needs and so on have pages.

Only those that their reader finds there lead to one; all others stand as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from api.pages.language import Speech
from domain.identity import Id, is_id
from projections.case import CASE
from projections.donation import DONATION, LOT
from projections.engine.ask import Answers
from projections.engine.view import Table
from projections.group import GROUP
from projections.household import HOUSEHOLD
from projections.need import NEED
from projections.person import PERSON
from projections.staff import STAFF

Ways = Mapping[Id, str]
"""Ids that lead to a page, with its address."""
PAGES: dict[str, tuple[Table, str]] = {
    "/persons/": (PERSON, "person"),
    "/households/": (HOUSEHOLD, "household"),
    "/cases/": (CASE, "case_id"),
    "/groups/": (GROUP, "group_id"),
    "/staff/": (STAFF, "staff"),
}
FILES: tuple[tuple[Table, str], ...] = ((DONATION, "donation"), (LOT, "stock_item"), (NEED, "need"))
"""What has its page among the files of all else."""


def ids_within(said: Any) -> set[Id]:
    """Return the ids that stand anywhere in what a record says."""
    if isinstance(said, Mapping):
        return {one for each in said.values() for one in ids_within(each)}
    if isinstance(said, list | tuple):
        return {one for each in said for one in ids_within(each)}
    return {said} if isinstance(said, str) and is_id(said) else set()


def ways_of(answers: Answers, ids: Iterable[Id], at: datetime | None) -> Ways:
    """Return those ids that lead to a page, in the scope and at the moment of the answers."""
    left, found = set(ids), dict[Id, str]()
    query = f"?at={Speech('zh').minute(at)}" if at else ""
    files = (("/files/", each) for each in FILES)
    for page, (table, key) in (*PAGES.items(), *files):
        if not left:
            break
        for row in answers.rows(table, where={key: sorted(left)}):
            found[row[key]] = f"{page}{row[key]}{query}"
        left -= found.keys()
    return found
