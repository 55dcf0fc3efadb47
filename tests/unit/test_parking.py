"""What a fold makes of an event that a view cannot digest: none of it, and that stream waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from domain.counting import Attendance
from domain.event import AnyEvent
from domain.journal.codec import EventMapper
from domain.journal.entries import JournalRow
from domain.visit import HomeServiceDelivered, Visit
from projections.engine.fold import Folder, Parked, fold
from projections.engine.view import Effect, Put, Record, Table, View
from tests.station import SCOPE, WORKER, entry

KEPT = Table("kept", key={"event": "uuid"}, columns={"minutes": "int"})
BESIDE = Table("beside", key={"event": "uuid"}, columns={"minutes": "int"})
POISON = 13


def view(name: str, table: Table, *, digests: bool) -> View:
    """A view of two rows an event, which may fall over between them."""
    made = View(name, 1, (table,))

    @made.on(HomeServiceDelivered)
    def keep(record: Record[Any]) -> Iterator[Effect]:
        yield Put(table, (record.id,), {"minutes": record.facts.minutes})
        if record.facts.minutes == POISON and not digests:
            raise ZeroDivisionError
        yield Put(table, (record.event.stream,), {"minutes": record.facts.minutes})

    return made


VIEWS = (view("weak", KEPT, digests=False), view("strong", BESIDE, digests=True))


def visits(*minutes: int) -> Sequence[AnyEvent]:
    """Services of one stream, one after another."""
    first = HomeServiceDelivered(
        kind="home_service", minutes=0, workers=(WORKER,), attendance=(Attendance(),)
    )
    visit = Visit(entry().command, SCOPE)
    for each in minutes:
        visit.record(entry(), replace(first, minutes=each))
    return visit.collect_events()


def journal(events: Iterable[AnyEvent]) -> list[JournalRow]:
    mapper = EventMapper()
    return [
        JournalRow(
            position, event.ledger, position, entry().now, event.stream,
            mapper.to_stored_event(event).state,
        )
        for position, event in enumerate(events, 1)
    ]  # fmt: skip


def minutes(rows: Any, table: Table) -> list[int]:
    return sorted(row["minutes"] for row in rows.living(table).values())


def test_of_an_event_that_a_view_cannot_digest_it_keeps_nothing_and_the_stream_waits() -> None:
    poisoned, other = visits(5, POISON, 6, POISON), visits(7)
    rows, folder = fold(VIEWS, journal([*poisoned, *other]))
    stream = poisoned[0].stream
    assert list(folder.parked.values()) == [Parked("weak", stream, 2, "ZeroDivisionError")]
    assert minutes(rows, KEPT) == [5, 5, 7, 7]
    assert minutes(rows, BESIDE) == [5, 6, 7, 7, POISON, POISON, POISON]


def test_what_nobody_can_read_is_parked_for_every_view_and_the_rest_goes_on() -> None:
    events = journal([*visits(5), *visits(6)])
    rows, folder = fold(VIEWS, [events[0]._replace(state=b"{}"), events[1]])
    assert {key: each.position for key, each in folder.parked.items()} == {
        ("weak", events[0].stream): 1,
        ("strong", events[0].stream): 1,
    }
    assert minutes(rows, KEPT) == minutes(rows, BESIDE) == [6, 6]


def test_what_came_before_the_event_that_is_parked_is_folded_and_it_is_not() -> None:
    """As where a ledger is read again from its beginning."""
    events = journal(visits(5, 6, 7))
    folder = Folder(VIEWS)
    folder.parked["weak", events[0].stream] = Parked("weak", events[0].stream, 2, "KeyError")
    made = [[effect.table.name for effect in effects] for _, effects in folder.effects(events)]
    assert made == [["kept"] * 2 + ["beside"] * 2, ["beside"] * 2, ["beside"] * 2]
