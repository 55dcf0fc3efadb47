"""How quickly a supervisor's morning questions are answered, on a small journal and a large one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg_pool import ConnectionPool

from deploy.bench.append import recorder
from deploy.bench.driving import percentiles
from deploy.bench.filling import fill
from deploy.bench.history import WORKERS, History, MadeStation
from deploy.bench.showing import Figures
from domain.identity import Id
from domain.principal import Principal
from projections.audit import AUDIT, audit
from projections.catalogue import VIEWS
from projections.contact_rule import followups
from projections.engine.ask import Answers, Asking
from projections.engine.follow import Follower
from projections.engine.rebuild import rebuild
from projections.open_cases import open_cases_at
from projections.person import persons
from projections.visit import VISIT, visits
from projections.visit_plan import visit_plans

PAGE = 51
ASKED = 1000
"""How often each question is asked, twice over: of as many people on the large side, again and
again of the same few on the small one."""
SMALL = 100_000
"""What the large journal is compared with; a hundredth of it where it is smaller than this."""
ASKED_OF = (audit, followups, visits)
"""The views whose tables the questions read; the others would only take hours to build."""
Ask = Callable[[Answers, "Asker"], object]


@dataclass(frozen=True)
class Asker:
    """Whose question it is, and whom it is about."""

    station: MadeStation
    worker: Id
    person: Id

    @property
    def principal(self) -> Principal:
        """A supervisor of the operator."""
        return Principal(actor=self.worker, role="supervisor", operator=self.station.operator)


def questions(today: date) -> dict[str, Ask]:
    """What a supervisor asks every morning, each as its page or route asks it."""
    month = today - timedelta(days=31)
    return {
        "overdue": lambda answers, asker: visit_plans(
            answers, {"worker": asker.worker}, today, due_until=today, limit=PAGE
        ),
        "visits": lambda answers, asker: answers.rows(
            VISIT,
            where={"worker": asker.worker},
            since={"day": month},
            order=("day",),
            descending=True,
            limit=PAGE,
        ),
        "person": lambda answers, asker: answers.rows(
            VISIT, where={"person": asker.person}, order=("day",), limit=PAGE
        ),
        "open_cases": lambda answers, asker: open_cases_at(answers, asker.station.id),
        "trail": lambda answers, asker: answers.rows(
            AUDIT, where={"operator": asker.station.operator}, order=("position",), descending=True,
            limit=PAGE,
        ),
    }  # fmt: skip


@dataclass(frozen=True)
class Side:
    """A journal with its views: where it is, and who asks."""

    asking: Asking
    askers: list[Asker]

    def answer(self, ask: Ask, number: int) -> float:
        """Ask once, as the asker whose turn it is, and return how long that took, in seconds."""
        asker = self.askers[number % len(self.askers)]
        began = time.perf_counter()
        with self.asking.within(asker.principal) as answers:
            ask(answers, asker)
        return time.perf_counter() - began


def measure_questions(small_url: str, large_url: str, events: int) -> Figures:
    """Fill two journals, build the views that are asked, and ask both in turns, twice over.

    The figures are those of the slowest question on each side when it was asked again, so that
    both had their pages in memory. When the large one was asked for the first time, some lay on the
    disk still: `first_p99_ms` tells of that.
    """
    few = SMALL if events > SMALL else max(1, events // 100)
    histories = _build(small_url, few), _build(large_url, events)
    with _side(small_url, histories[0]) as small, _side(large_url, histories[1]) as large:
        asked = questions(histories[1].now.date())
        each = {name: _in_turns(ask, small, large) for name, ask in asked.items()}
    first, slowest_small, slowest = (
        max((sides[number] for sides in each.values()), key=lambda one: one["p99_ms"])
        for number in range(3)
    )
    return {
        "events": events,
        **slowest,
        **{f"{name}_p99_ms": sides[2]["p99_ms"] for name, sides in each.items()},
        **{f"first_{name}": figure for name, figure in first.items()},
        **{f"first_{name}_p99_ms": sides[0]["p99_ms"] for name, sides in each.items()},
        "small_events": few,
        **{f"small_{name}": figure for name, figure in slowest_small.items()},
        **{f"small_{name}_p99_ms": sides[1]["p99_ms"] for name, sides in each.items()},
        "ratio": round(slowest["p99_ms"] / max(slowest_small["p99_ms"], 0.01), 2),
    }


def _build(url: str, events: int) -> History:
    history = fill(url, events)
    with recorder(url) as journal:
        # Who was registered twice is asked for; in these journals nobody was.
        Follower(journal, journal.connect, (*ASKED_OF, persons)).prepare()
        rebuild(journal, journal.connect, ASKED_OF)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return history


@contextmanager
def _side(url: str, history: History) -> Iterator[Side]:
    askers = [
        Asker(station, worker, guest.person)
        for turn in range(WORKERS)
        for station in history.stations
        for worker, guest in [(station.workers[turn], station.people[turn])]
        if guest.person is not None
    ]
    with ConnectionPool(url, min_size=1, kwargs={"autocommit": True}) as pool:
        yield Side(Asking(pool, VIEWS), askers)


def _in_turns(ask: Ask, small: Side, large: Side) -> tuple[Figures, Figures, Figures]:
    """Ask both sides one after the other, so that whatever disturbs one disturbs both.

    Return how the large side answered the first time, then the small one and it when asked again.
    """
    first, again = (
        [(small.answer(ask, number), large.answer(ask, number)) for number in range(ASKED)]
        for _ in range(2)
    )
    of_small, of_large = zip(*again, strict=True)
    first_of_large = [took for _, took in first]
    return percentiles(first_of_large), percentiles(list(of_small)), percentiles(list(of_large))
