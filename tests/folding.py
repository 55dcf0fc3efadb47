"""Views in a unit test: what some events make of their rows, asked as the live tables are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.event import AnyEvent
from domain.principal import Principal
from projections.engine.ask import MemoryAnswers
from projections.engine.fold import Rows
from projections.engine.view import Record, View
from tests.station import principal


def told(
    views: Sequence[View], events: Iterable[AnyEvent], who: Principal | None = None
) -> MemoryAnswers:
    """Fold events in order and return who may be asked about them."""
    return MemoryAnswers(rows_of(views, events), who or principal())


def rows_of(views: Sequence[View], events: Iterable[AnyEvent]) -> Rows:
    """Fold events in order and return the rows."""
    rows = Rows(views)
    for position, event in enumerate(events, 1):
        record = Record(
            id=event.id,
            position=position,
            number=position,
            at=event.captured_at,
            occurred=event.occurred,
            event=event,
            facts=event.facts,
        )
        for view in views:
            rows.apply(event, view.reader(record.facts)(record))
    return rows
