"""How quickly a supervisor's morning questions are answered, on a small journal and a large one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
from psycopg_pool import ConnectionPool

from deploy.bench.append import recorder
from deploy.bench.driving import percentiles
from deploy.bench.filling import fill
from deploy.bench.history import History, Station
from deploy.bench.showing import Figures
from domain.principal import Principal
from projections.audit import AUDIT
from projections.catalogue import VIEWS
from projections.engine.ask import Answers, Asking
from projections.engine.follow import Follower
from projections.engine.rebuild import rebuild
from projections.open_cases import open_cases_at
from projections.visits import PLAN, VISIT

PAGE = 51
ASKED = 300
"""How often each question is asked; the first tenth only warms caches."""
Ask = Callable[[Answers, Station], object]


def questions(history: History) -> dict[str, Ask]:
    """What a supervisor asks every morning, each as its page or route asks it."""
    today = history.now.date()
    month = today - timedelta(days=31)
    return {
        "overdue": lambda answers, station: answers.rows(
            PLAN, where={"worker": station.workers[0]}, until={"latest": today}, limit=PAGE
        ),
        "visits": lambda answers, station: answers.rows(
            VISIT,
            where={"worker": station.workers[0]},
            since={"day": month},
            order=("day",),
            descending=True,
            limit=PAGE,
        ),
        "person": lambda answers, station: answers.rows(
            VISIT, where={"person": station.people[0].person}, order=("day",), limit=PAGE
        ),
        "open_cases": lambda answers, station: open_cases_at(answers, station.id),
        "trail": lambda answers, station: answers.rows(
            AUDIT, where={"operator": station.operator}, order=("position",), descending=True,
            limit=PAGE,
        ),
    }  # fmt: skip


def measure_questions(url: str, events: int) -> Figures:
    """Fill a journal, build the views, and ask; the p99 is that of the slowest question."""
    history = fill(url, events)
    with recorder(url) as journal:
        Follower(journal, journal.connect, VIEWS).prepare()
        rebuild(journal, journal.connect, VIEWS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
    with ConnectionPool(url, min_size=1, kwargs={"autocommit": True}) as pool:
        asking = Asking(pool)
        each = {name: _ask(asking, history, ask) for name, ask in questions(history).items()}
    slowest = max(each.values(), key=lambda figures: figures["p99_ms"])
    alone = {f"{name}_p99_ms": figures["p99_ms"] for name, figures in each.items()}
    return {"events": events, **slowest, **alone}


def _ask(asking: Asking, history: History, ask: Ask) -> Figures:
    took = []
    for number in range(ASKED):
        station = history.stations[number % len(history.stations)]
        who = Principal(actor=station.workers[0], role="supervisor", operator=station.operator)
        began = time.perf_counter()
        with asking.within(who) as answers:
            ask(answers, station)
        took.append(time.perf_counter() - began)
    return percentiles(took[ASKED // 10 :])


def compared(small: Figures, large: Figures) -> Figures:
    """The large journal's figures, and how they stand to the small one's."""
    ratio = round(large["p99_ms"] / max(small["p99_ms"], 0.01), 2)
    return {
        **large,
        "small_events": small["events"],
        "small_p99_ms": small["p99_ms"],
        "ratio": ratio,
    }
