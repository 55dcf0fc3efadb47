"""Between any two moments, the changes are exactly the rows by which the two folds differ."""

from __future__ import annotations

from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.bench.history import History
from domain.event import topic_of
from domain.identity import new_id
from domain.journal.codec import decode, encode
from domain.journal.entries import JournalRow
from domain.principal import Principal
from domain.slices import register_all
from projections.case import caseload
from projections.engine.fold import fold
from projections.engine.tracking import WRITTEN, Tracking
from projections.engine.view import Key, Row, topics_beside, topics_of
from projections.visit import visits

VIEWS = (visits, caseload)
TABLES = tuple(table for view in VIEWS for table in view.tables)
LENGTH = 300
EVERYBODY = Principal(actor=new_id(), role="system")
register_all()


@cache
def journal() -> list[JournalRow]:
    """One ledger of made-up years: visits and cases, corrected, voided and reinstated."""
    events = list(History(1, 2 * LENGTH).events(2 * LENGTH))
    ((busiest, _),) = Counter(event.ledger for event in events).most_common(1)
    of_ledger = [event for event in events if event.ledger == busiest][:LENGTH]
    return [
        JournalRow(number, busiest, number, event.captured_at, event.stream, encode(event))
        for number, event in enumerate(of_ledger, 1)
    ]


def said(count: int) -> dict[tuple[str, Key], Row]:
    """Fold so many events; of each row what it says, not when it was written down."""
    rows, _ = fold(VIEWS, journal()[:count])
    return {
        (table.name, key): {name: value for name, value in row.items() if name != WRITTEN}
        for table in TABLES
        for key, row in rows.living(table).items()
    }


@settings(max_examples=40, deadline=None)
@given(st.integers(0, LENGTH), st.integers(0, LENGTH))
def test_changes_are_the_rows_that_differ_each_with_events_between(one: int, other: int) -> None:
    first, last = sorted((one, other))
    tracking = Tracking(VIEWS)
    tracking.fold(journal()[:first])
    tracking.follow(journal()[first:last])
    before, after = said(first), said(last)
    differing = {
        place for place in before.keys() | after.keys() if before.get(place) != after.get(place)
    }
    ledger = journal()[0].ledger
    found = tracking.changes(TABLES, EVERYBODY)
    assert {(one.table.name, (ledger, *one.key.values())) for one in found} == differing
    for change in found:
        place = (change.table.name, (ledger, *change.key.values()))
        for side, rows in ((change.before, before), (change.after, after)):
            kept = side and {name: value for name, value in side.items() if name != WRITTEN}
            assert kept == rows.get(place)
        assert change.events
        assert all(first < record.position <= last for record in change.events)


def test_the_kinds_read_for_a_view_are_all_that_can_change_it() -> None:
    for view in VIEWS:
        topics = topics_of((view,))
        whole, _ = fold((view,), journal())
        named = {
            row.position for row in journal() if topic_of(type(decode(row.state).facts)) in topics
        }
        some, _ = fold((view,), (row for row in journal() if row.position in named))
        assert 0 < len(named) < LENGTH
        assert not topics & topics_beside((view,))
        assert [some.dump(table) for table in view.tables] == [
            whole.dump(table) for table in view.tables
        ]
