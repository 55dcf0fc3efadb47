"""How fast views follow and are rebuilt, beside the stock projection runner with one view."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from statistics import median

import psycopg

from deploy.bench.append import recorder
from deploy.bench.filling import fill
from deploy.bench.showing import Figures
from deploy.bench.stock_runner import prepare_stock, run_stock
from domain.journal.recorder import JournalRecorder
from projections.catalogue import VIEWS
from projections.engine.follow import Follower
from projections.engine.rebuild import rebuild
from projections.engine.view import View

ROUNDS = 3
STOCK_EVENTS = 4000


def measure_follow(url: str, events: int) -> Figures:
    """Follow a prepared journal with all views, in turns with the stock runner."""
    fill(url, events)
    stock_events = min(STOCK_EVENTS, events)
    prepare_stock(url, stock_events)
    ours, stock = [], []
    with recorder(url) as journal:
        follower = Follower(journal, journal.connect, VIEWS)
        follower.prepare()
        for number in range(ROUNDS):
            _start_over(url)
            ours.append(_per_s(lambda: _follow_all(follower), events))
            stock.append(_per_s(lambda: run_stock(url, stock_events, number), stock_events))  # noqa: B023
        follower.close()
    return {
        "events": events,
        "views": len(VIEWS),
        "per_s": round(median(ours)),
        "stock_per_s": round(median(stock)),
        "ratio_stock": round(median(one / two for one, two in zip(ours, stock, strict=True)), 1),
        "peak_mib": _peak_mib(),
    }


def measure_rebuild(url: str, events: int) -> Figures:
    """Rebuild each view alone, then all together, beside the stock runner with one view.

    What is lightest is told by its rate.
    """
    fill(url, events)
    stock_events = min(STOCK_EVENTS, events)
    prepare_stock(url, stock_events)
    memory = _peak_mib()
    alone: dict[str, float] = {}
    with recorder(url) as journal:
        Follower(journal, journal.connect, VIEWS).prepare()
        for view in VIEWS:
            alone[view.name] = _rebuilt_per_s(journal, (view,), events)
        together = _rebuilt_per_s(journal, VIEWS, events)
    stock = _per_s(lambda: run_stock(url, stock_events, 0), stock_events)
    return {
        "events": events,
        "views": len(VIEWS),
        "per_s": round(together),
        "stock_per_s": round(stock),
        "ratio_stock": round(together / stock, 1),
        "lightest_per_s": round(max(alone.values())),
        "peak_mib": _peak_mib(),
        "filling_peak_mib": memory,
        **{f"{name}_per_s": round(per_s) for name, per_s in alone.items()},
    }


def _rebuilt_per_s(journal: JournalRecorder, views: tuple[View, ...], events: int) -> float:
    return _per_s(lambda: rebuild(journal, journal.connect, views), events)


def _follow_all(follower: Follower) -> None:
    while follower.step():
        pass


def _start_over(url: str) -> None:
    """Empty all views' tables, as if nothing had been followed."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE view_state SET position = 0")
        for view in VIEWS:
            for table in view.tables:
                connection.execute(f'TRUNCATE "{table.name}"'.encode())


def _per_s(work: Callable[[], object], events: int) -> float:
    began = time.perf_counter()
    work()
    return events / (time.perf_counter() - began)


def _peak_mib() -> float:
    """The most memory that this process has had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
