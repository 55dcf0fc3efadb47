"""How fast the journal appends: many writers and one, beside the stock recorder and plain rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import ConnectionPool

from deploy.bench.driving import Turns, by_tasks, by_threads
from deploy.bench.history import History
from deploy.bench.plain import CONNECTIONS, plain_writer
from deploy.bench.showing import Figures
from deploy.bench.stock import stock_event, stock_recorder
from domain.identity import new_id
from domain.journal.carrying import carry
from domain.journal.codec import EventMapper
from domain.journal.entries import JournalEntry
from domain.journal.recorder import JournalRecorder

ROUNDS = 5


def measure_append(url: str, writers: int, seconds: float) -> Figures:
    """Append one event at a time for `seconds` on each side and return the figures.

    Tasks of one loop are what is compared; `threads_per_s` is the same with threads.
    """
    make = entries()
    with (
        recorder(url) as journal,
        stock_recorder(url) as stock,
        plain_writer(url) as plain,
    ):
        sides = {
            "tasks": by_tasks(lambda _: carry(lambda: journal.append([make()])), writers),
            "threads": by_threads(lambda _: journal.append([make()]), writers),
            "stock": by_threads(lambda _: stock.insert_events([stock_event(make())]), writers),
            "raw": by_threads(lambda number: plain(number, make()), CONNECTIONS),
            "one": by_threads(lambda _: journal.append([make()]), 1),
            "one_stock": by_threads(lambda _: stock.insert_events([stock_event(make())]), 1),
        }
        for side in sides.values():
            side(0.1)
        turns = Turns(sides, ROUNDS, seconds)
    return _figures(turns, writers)


def _figures(turns: Turns, writers: int) -> Figures:
    return {
        "writers": writers,
        "per_s": turns.per_s("tasks"),
        "threads_per_s": turns.per_s("threads"),
        "stock_per_s": turns.per_s("stock"),
        "raw_per_s": turns.per_s("raw"),
        "ratio_stock": turns.ratio("tasks", "stock"),
        "ratio_raw": turns.ratio("tasks", "raw"),
        "threads_ratio_stock": turns.ratio("threads", "stock"),
        "threads_ratio_raw": turns.ratio("threads", "raw"),
        **turns.latencies("tasks"),
        "one_per_s": turns.per_s("one"),
        "one_stock_per_s": turns.per_s("one_stock"),
        "one_ratio_stock": turns.ratio("one", "one_stock"),
    }


@contextmanager
def recorder(url: str) -> Iterator[JournalRecorder]:
    """Give the journal's recorder as `deploy.wiring` builds it."""
    with ConnectionPool(url, min_size=1, max_size=16, kwargs={"autocommit": True}) as pool:
        journal = JournalRecorder(pool, lambda: psycopg.connect(url))
        try:
            yield journal
        finally:
            journal.close()


def entries() -> Callable[[], JournalEntry]:
    """Return a maker of entries: real visits, each made anew only in its ids.

    All sides are given the same, so that making events is no part of what is compared.
    """
    mapper = EventMapper()
    made = [mapper.to_stored_event(event) for event in History(seed=1).events(256)]
    visits = [one for one in made if isinstance(one, JournalEntry) and one.originator_version == 1]
    count = 0

    def make() -> JournalEntry:
        nonlocal count
        count += 1
        model = visits[count % len(visits)]
        return JournalEntry(
            originator_id=new_id(),
            originator_version=1,
            topic=model.topic,
            state=model.state,
            operator=model.operator,
            station=model.station,
            ledger=model.ledger,
        )

    return make
