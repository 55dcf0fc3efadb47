"""However periods are closed and opened again, every closing is told, and those that stand lock."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.identity import Id, derived_id
from domain.period import PeriodClosed, PeriodReopened
from domain.project import Project
from domain.refusals import ShiluError
from domain.reporting import close_period, reopen_period
from projections.period import closings
from projections.project import projects
from tests.contracts import contracted
from tests.folding import told
from tests.station import MemoryDesk, entry

BEGIN = date(2018, 9, 1)
LENGTH = 6
SUPERVISOR = derived_id("supervisor")
number = st.integers(0, LENGTH - 1)
step = st.tuples(st.sampled_from(("close", "reopen")), number, number)


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


def take(desk: MemoryDesk, project: Id, what: str, first: int, last: int) -> None:
    """Take one step, which the rules may refuse."""
    how, position = entry(approved_by=SUPERVISOR), len(desk.log)
    if what == "close":
        hash = f"{position:064x}"
        close_period(desk, how, project, day(first), day(last), position, hash, 3)
    else:
        reopen_period(desk, how, project, day(first), day(last), "评估整改需要补录")


@settings(max_examples=150, deadline=None)
@given(st.lists(step, max_size=30))
def test_each_closing_is_told_and_what_stands_is_what_is_locked(
    steps: list[tuple[str, int, int]],
) -> None:
    desk = MemoryDesk()
    project = contracted(desk)
    for what, first, last in steps:
        with suppress(ShiluError):
            take(desk, project, what, min(first, last), max(first, last))
    rows = closings(told((projects,), desk.log), project)
    # Told one by one as they were written, by a reckoning of its own.
    stands: dict[tuple[date, date], Id] = {}
    latest: dict[tuple[date, date], Id] = {}
    superseded: dict[Id, Id] = {}
    reported = {}
    for event in desk.log:
        match event.facts:
            case PeriodClosed(first=begin, last=end, position=position):
                if (begin, end) in latest:
                    superseded[latest[begin, end]] = event.id
                stands[begin, end] = latest[begin, end] = event.id
                reported[event.id] = position
            case PeriodReopened(first=begin, last=end):
                del stands[begin, end]
    assert {row["closing"]: row["snapshot"] for row in rows} == reported
    assert {row["closing"] for row in rows if row["closed"]} == set(stands.values())
    assert {row["closing"]: row["superseded_by"] for row in rows} == {
        closing: superseded.get(closing) for closing in reported
    }
    assert all((row["reason"] is None) == row["closed"] for row in rows)
    locked = desk.load(Project, project)
    for each in map(day, range(-1, LENGTH + 1)):
        standing = any(row["closed"] and row["first"] <= each <= row["last"] for row in rows)
        assert locked.closed_on(each) == standing
