"""Questions about an earlier moment: of which ledgers, and how much of them is looked through."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from domain.counting import Attendance
from domain.entry import Scope
from domain.identity import Id, derived_id
from domain.journal.codec import EventMapper
from domain.journal.entries import JournalRow
from domain.journal.past import Moment, Reach
from domain.principal import Principal
from domain.visit import HomeServiceDelivered, Visit
from projections.engine.past import AT_ONCE, Past
from projections.visit import VISIT, visits
from tests.station import SCOPE, WORKER, entry, principal, refused

LEDGERS = tuple(derived_id("project", str(number)) for number in range(3))
SIZE = 4


class Ledgers:
    """Three ledgers of four visits each."""

    def __init__(self) -> None:
        scopes = [replace(SCOPE, project=ledger) for ledger in LEDGERS]
        self.rows = [row for number, scope in enumerate(scopes) for row in four(scope, number)]

    def reached(self, _principal: Principal, moment: Moment) -> list[Reach]:
        bound: Any = moment
        told = "position" if isinstance(moment, int) else "at"
        lasts = {row.ledger: row for row in self.rows if getattr(row, told) <= bound}
        return [Reach(row.ledger, row.number, row.position, row.at) for row in lasts.values()]

    def pages(
        self, reach: Reach, topics: Collection[str], after: int = 0
    ) -> Iterator[list[JournalRow]]:
        assert topics
        of = [row for row in self.rows if row.ledger == reach.ledger]
        yield [row for row in of if after < row.number <= reach.number]


def four(scope: Scope, number: int) -> Iterator[JournalRow]:
    facts = HomeServiceDelivered(
        kind="home_service", minutes=40, workers=(WORKER,), attendance=(Attendance(),)
    )
    for each in range(1, SIZE + 1):
        (event,) = Visit.start(entry(), scope, facts).collect_events()
        state = EventMapper().to_stored_event(event).state
        yield JournalRow(SIZE * number + each, event.ledger, each, entry().now, event.stream, state)


def test_a_question_may_look_through_just_so_many_events_ledger_by_ledger() -> None:
    answers = Past(Ledgers(), (visits,), most=2 * SIZE).within(principal(), 3 * SIZE)
    for ledger in LEDGERS[:2]:
        assert len(answers.rows(VISIT, where={"ledger": ledger})) == SIZE
    assert len(answers.rows(VISIT, where={"ledger": LEDGERS[0]})) == SIZE, "it is folded already"
    with refused("known_at.too_much", "known_at"):
        answers.rows(VISIT, where={"ledger": LEDGERS[2]})
    with refused("known_at.too_much", "known_at"):
        answers.rows(VISIT)


def test_without_a_bound_any_number_is_looked_through_one_after_another() -> None:
    past = Past(Ledgers(), (visits,), most=None)
    for _ in range(AT_ONCE + 1):
        assert len(past.within(principal(), 3 * SIZE).rows(VISIT)) == 3 * SIZE


def test_only_the_ledgers_that_are_named_are_looked_into_as_far_as_they_had_come() -> None:
    past = Past(Ledgers(), (visits,), most=SIZE + 1)
    answers = past.within(principal(), SIZE + 1, ledgers=LEDGERS[1:])
    assert [(each.ledger, each.number) for each in answers.known()] == [(LEDGERS[1], 1)]
    assert answers.known(LEDGERS[0]) == []
    assert len(answers.rows(VISIT, where={"ledger": list(LEDGERS)})) == 1
    assert answers.rows(VISIT, where={"ledger": LEDGERS[2]}) == [], "it had not begun"


def test_an_answer_stands_at_the_position_that_is_named_or_that_of_the_last_event_by_then() -> None:
    past, recorded = Past(Ledgers(), (visits,)), entry().now
    moments: tuple[Moment, ...] = (0, SIZE + 1, recorded, recorded - timedelta(seconds=1))
    stood = [past.within(principal(), moment).position for moment in moments]
    assert stood == [0, SIZE + 1, 3 * SIZE, 0]


def test_how_far_a_ledger_had_come_is_told_of_that_one() -> None:
    past = Past(Ledgers(), (visits,))

    def number(ledger: Id, moment: int) -> int | None:
        reach = past.reach(principal(), ledger, moment)
        return None if reach is None else reach.number

    assert [number(ledger, SIZE + 2) for ledger in LEDGERS] == [SIZE, 2, None]
