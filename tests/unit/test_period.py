"""A period that is closed again: every closing keeps its row, and one of them stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.identity import Id, derived_id, new_id
from domain.reporting import close_period, reopen_period
from projections.engine.ask import MemoryAnswers
from projections.engine.view import Row
from projections.period import chosen, closings, closings_of
from projections.preview_figures import closed_over
from projections.project import PERIOD, projects
from projections.signals.work import VIEWS, RecordsOf, read
from tests.contracts import contracted
from tests.folding import told
from tests.station import TODAY, MemoryDesk, entry, refused

FIRST, LAST = date(2018, 9, 1), date(2018, 9, 30)
SPAN = (FIRST, LAST)
SUPERVISOR, LEAD = derived_id("supervisor"), derived_id("quality lead")
WHY = "评估整改需要补录"


class Books:
    """A project whose periods are closed and opened again."""

    def __init__(self) -> None:
        self.desk = MemoryDesk()
        self.project = contracted(self.desk)

    def close(self, first: date = FIRST, last: date = LAST, on: int = 41, **more: Any) -> Id:
        how = entry(**({"approved_by": SUPERVISOR} | more))
        hash = f"{on:064x}"
        made = close_period(self.desk, how, self.project, first, last, on, hash, 3)
        return made.events[0]

    def reopen(self, first: date = FIRST, last: date = LAST, **more: Any) -> Id:
        how = entry(**({"approved_by": LEAD} | more))
        return reopen_period(self.desk, how, self.project, first, last, WHY).events[0]

    def answers(self, *, until: int | None = None) -> MemoryAnswers:
        """Ask the view as it was after so many events."""
        return told((projects,), self.desk.log[:until])

    def closings(self, *, until: int | None = None) -> list[Row]:
        return closings(self.answers(until=until), self.project)


@pytest.fixture
def books() -> Books:
    return Books()


def test_a_closing_says_what_it_stands_on_and_who_approved(books: Books) -> None:
    closing = books.close()
    (row,) = books.closings()
    assert (row["closing"], row["closed"], row["superseded_by"]) == (closing, True, None)
    assert (row["snapshot"], row["hash"]) == (41, f"{41:064x}")
    assert (row["approver"], row["reason"], row["reopened_at"]) == (SUPERVISOR, None, None)


def test_a_reopening_leaves_what_the_closing_said(books: Books) -> None:
    books.close()
    (before,) = books.closings()
    books.reopen()
    (row,) = books.closings()
    assert (row["closed"], row["superseded_by"]) == (False, None)
    assert (row["reason"], row["reopening_approver"]) == (WHY, LEAD)
    assert row["reopened_at"] is not None
    kept = ("closing", "snapshot", "hash", "approver", "recorded_at")
    assert [row[name] for name in kept] == [before[name] for name in kept]


def test_days_closed_again_tell_both_closings_and_which_one_stands(books: Books) -> None:
    """Given a span closed, opened again and closed on other figures,
    when its closings are read, then the first still says what it reported, and the second stands.
    """
    first = books.close(on=41)
    books.reopen()
    second = books.close(on=57, approved_by=LEAD)
    one, other = books.closings()
    assert (one["closing"], one["snapshot"], one["hash"]) == (first, 41, f"{41:064x}")
    assert (one["closed"], one["superseded_by"], one["reason"]) == (False, second, WHY)
    assert (other["closing"], other["snapshot"]) == (second, 57)
    assert (other["closed"], other["superseded_by"], other["reason"]) == (True, None, None)


def test_of_days_opened_twice_no_closing_stands_and_each_names_the_next(books: Books) -> None:
    first = books.close(on=41)
    books.reopen()
    second = books.close(on=57)
    books.reopen()
    rows = books.closings()
    assert [row["closing"] for row in rows] == [first, second]
    assert [row["superseded_by"] for row in rows] == [second, None]
    assert not any(row["closed"] for row in rows)


def test_before_the_second_closing_the_first_was_the_last(books: Books) -> None:
    first = books.close()
    known = len(books.desk.log)
    books.reopen()
    books.close(on=57)
    (row,) = books.closings(until=known)
    assert (row["closing"], row["closed"], row["superseded_by"]) == (first, True, None)


def test_other_days_closed_after_a_reopening_supersede_nothing(books: Books) -> None:
    """Given September closed and opened again, when its halves are closed one by one,
    then September is told as opened again, and the halves stand."""
    books.close()
    books.reopen()
    half = date(2018, 9, 15)
    books.close(last=half)
    books.close(first=date(2018, 9, 16))
    told_of = {(row["first"], row["last"]): row for row in books.closings()}
    assert (told_of[SPAN]["closed"], told_of[SPAN]["superseded_by"]) == (False, None)
    assert {days for days, row in told_of.items() if row["closed"]} == {
        (FIRST, half),
        (date(2018, 9, 16), LAST),
    }


def test_a_closing_is_chosen_among_those_of_its_days(books: Books) -> None:
    first = books.close()
    books.reopen()
    second = books.close(on=57)
    half = books.close(date(2018, 8, 1), date(2018, 8, 31))
    found = closings_of(books.answers(), books.project, SPAN)
    assert chosen(found)["closing"] == second
    assert chosen(found, first)["snapshot"] == 41
    for other in (half, new_id()):
        with refused("not_found", "closing"):
            chosen(found, other)
    with refused("not_found", "first"):
        closings_of(books.answers(), books.project, (FIRST, FIRST))


def test_projects_are_told_apart(books: Books) -> None:
    first = books.close()
    books.reopen()
    elsewhere = contracted(books.desk, key="elsewhere")
    how = entry(approved_by=SUPERVISOR)
    other = close_period(books.desk, how, elsewhere, *SPAN, 60, "ab" * 32, 3).events[0]
    rows = closings(books.answers(), (books.project, elsewhere))
    assert {row["closing"]: row["closed"] for row in rows} == {first: False, other: True}
    assert all(row["superseded_by"] is None for row in rows)


def test_only_the_closing_that_stands_asks_for_an_approval(books: Books) -> None:
    books.close()
    books.reopen()
    assert closed_over(books.answers(), books.project, [LAST]) == []
    second = books.close(on=57)
    (row,) = closed_over(books.answers(), books.project, [FIRST, LAST])
    assert row["closing"] == second
    assert len(books.answers().rows(PERIOD)) == 2


def test_only_a_closing_that_stands_is_a_date_before_which_much_may_be_written(
    books: Books,
) -> None:
    def cutoffs() -> list[date]:
        found = read(told(VIEWS, books.desk.log), RecordsOf(project=books.project), TODAY)
        return list(found.cutoffs)

    assert TODAY not in cutoffs()
    books.close()
    assert TODAY in cutoffs()
    books.reopen()
    assert TODAY not in cutoffs()
