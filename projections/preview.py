"""What a correction, a voiding or a reinstatement would change, told before it is recorded.

The record's ledger is folded as it stands and with the would-be events besides; whatever differs
is told (events.md, "Cascade preview"): rows of the registers, figures, those of closed periods as
they were reported, the alerts that the rules would raise or end, and who leans on the record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime

import msgspec

from domain.clock import civil_date
from domain.event import AnyEvent, Correction
from domain.identity import Id
from domain.principal import Principal
from projections.changes import REGISTERS, Register, row_change, step
from projections.contact_rule import cases_touched, followed, followups
from projections.engine.ask import Answers
from projections.engine.past import Past
from projections.engine.tracking import Foreseen, foresee
from projections.engine.view import Record, Row, Table, View
from projections.indicators import indicators
from projections.leaning import Leaning, leaning
from projections.period import Days
from projections.preview_alerts import (
    AlertChange,
    Cases,
    Thresholds,
    contact_alerts,
    open_about,
    schedule_alerts,
)
from projections.preview_figures import (
    ClosedPeriod,
    FigureChange,
    Figures,
    closed_over,
    closed_period,
    figure_changes,
    figures_of,
)
from projections.project import PROJECT

MOST_ROWS = 200
"""How many rows are told one by one; how many there are besides is said."""
NOT_TOLD: frozenset[Register] = frozenset({"audit"})
"""Every event has its row in the trail: that tells nothing about this one."""
Opening = Callable[[], AbstractContextManager[Answers]]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """All that would change; nothing of it is recorded. `position` is how far it is known."""

    position: int
    events: list[Row]
    rows: list[Row]
    rows_left_off: int
    figures: list[FigureChange]
    closed_periods: list[ClosedPeriod]
    alerts: list[AlertChange]
    leaning: Leaning


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked on both sides of the change: the figures, and the cases it tells of."""

    figures: Figures
    cases: Cases


class WouldBeEvents(msgspec.Struct, frozen=True, kw_only=True):
    """The would-be events about one record, and the moment at which they would be recorded."""

    record: Id
    events: tuple[AnyEvent, ...]
    at: datetime

    @property
    def days(self) -> list[date]:
        """The civil days on which what is told took place, before and after, in order."""
        days = set()
        for event in self.events:
            facts = event.facts
            if isinstance(facts, Correction):
                sides = (facts.before, facts.after)
                days |= {side.occurred.day for side in sides if side is not None}
            else:
                days.add(event.occurred.day)
        return sorted(days)

    @property
    def stream(self) -> Id:
        """The stream of the record."""
        return self.events[0].stream

    @property
    def demonstration(self) -> bool:
        """Whether the record belongs to a demonstration."""
        return self.events[0].demonstration

    @property
    def project(self) -> Id | None:
        """The project in which the record lies."""
        return self.events[0].project

    @property
    def cases(self) -> list[Id]:
        """The cases of which the events tell."""
        return sorted({case for event in self.events for case in cases_touched(event)})

    @property
    def today(self) -> date:
        """The civil day on which they would be recorded."""
        return civil_date(self.at)


def preview(
    past: Past,
    opening: Opening,
    principal: Principal,
    change: WouldBeEvents,
    thresholds: Thresholds,
    *,
    simulated: bool,
) -> Preview:
    """Return what would change. Raises `known_at.too_much` where the ledger is too long to fold.

    `opening` opens a question to the live tables; `simulated` says whether the house's clock is
    set by hand, as demonstrations' is: no other house looks after their alerts.
    """
    with opening() as answers:
        closed = closed_over(answers, change.project, change.days)
    tables = tuple(_tables(past, change.events))
    views = {past.view_of[table.name] for table in tables}
    periods = [(row["first"], row["last"]) for row in closed]
    positions = [row["snapshot"] for row in closed]

    def ask(answers: Answers) -> Side:
        return _asked(answers, change, periods, views)

    foreseen = foresee(past, principal, change.events, change.at, tables, ask, positions)
    with opening() as answers:
        return _told(answers, change, foreseen, closed, thresholds, simulated=simulated)


def _asked(
    answers: Answers, change: WouldBeEvents, periods: Sequence[Days], views: Collection[View]
) -> Side:
    """Ask of the folded rows whatever can have changed in them."""
    figures, cases = Figures(), {}
    if indicators in views and change.project is not None:
        figures = figures_of(answers, change.project, periods, change.today)
    if followups in views:
        cases = {row["case_id"]: (row, case) for row, case in followed(answers, change.cases)}
    return Side(figures=figures, cases=cases)


def _told(
    answers: Answers,
    change: WouldBeEvents,
    foreseen: Foreseen[Side],
    closed: Sequence[Row],
    thresholds: Thresholds,
    *,
    simulated: bool,
) -> Preview:
    before, after = foreseen.compared.before, foreseen.compared.after
    moved = figure_changes(before.figures, after.figures)
    rows = [told for each in foreseen.compared.changes if (told := row_change(each))["changes"]]
    alerts = _alerts(answers, change, before, after, {each.indicator for each in moved}, thresholds)
    about = (change.record, change.stream, *change.cases, *(each.indicator for each in moved))
    return Preview(
        position=foreseen.position,
        events=[_step(event, change.at) for event in change.events],
        rows=[_row_told(row) for row in rows[:MOST_ROWS]],
        rows_left_off=max(0, len(rows) - MOST_ROWS),
        figures=moved,
        closed_periods=[
            closed_period(
                row, foreseen.then[row["snapshot"]].figures, before.figures, after.figures
            )
            for row in closed
        ],
        alerts=[
            *open_about(answers, about),
            *(alerts if change.demonstration == simulated else ()),
        ],
        leaning=leaning(
            answers,
            change.stream,
            change.record,
            change.project,
            {each.indicator for each in moved},
            {each.line for each in moved if each.line is not None},
            change.days[0],
        ),
    )


def _tables(past: Past, events: Sequence[AnyEvent]) -> Iterator[Table]:
    """Yield the tables of those registers in whose rows the events can change anything.

    With the indicators come the terms of the project, in whose days their figures are due.
    """
    for register, tables in REGISTERS.items():
        view = past.view_of[tables[0].name]
        if register not in NOT_TOLD and any(view.concerns(event.facts) for event in events):
            yield from tables
            if view is indicators:
                yield PROJECT


def _alerts(
    answers: Answers,
    change: WouldBeEvents,
    before: Side,
    after: Side,
    moved: Collection[Id],
    thresholds: Thresholds,
) -> Iterator[AlertChange]:
    """Yield what the rules would do about the cases and indicators that the change touches."""
    yield from contact_alerts(answers, before.cases, after.cases, thresholds, change.today)
    if not moved:
        return
    was, now = (
        {id: one for id, one in side.figures.indicators.items() if id in moved}
        for side in (before, after)
    )
    for project in answers.rows(PROJECT, where={"project": change.project, "state": "running"}):
        yield from schedule_alerts(answers, project, was, now, thresholds, change.today)


def _step(event: AnyEvent, at: datetime) -> Row:
    """Return what an event would do; it has no place in the journal."""
    told = step(Record(event.id, 0, 0, at, event.occurred, event, event.facts))
    return {name: value for name, value in told.items() if name != "position"}


def _row_told(row: Row) -> Row:
    """Name the register of a row; that the would-be events did it goes without saying."""
    named = {table.name: register for register, tables in REGISTERS.items() for table in tables}
    told = {name: value for name, value in row.items() if name != "events"}
    return {"register": named[row["table"]], **told}
