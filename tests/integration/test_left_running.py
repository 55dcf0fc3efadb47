"""What runs for months neither fills up while it is busy nor falls silent once something failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from domain.identity import new_id
from domain.journal.entries import as_entry
from domain.journal.request import Request
from domain.journal.tasks import Doorbell
from domain.visit import HomeServiceDelivered, Visit
from projections.engine.follow import Follower
from projections.visit import visits
from tests.offices import Office, office
from tests.station import SCOPE, WORKER, entry
from workers.keeping import Keeper


@pytest.fixture
def room(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with office(database_url, tmp_path) as opened:
        yield opened


def write(room: Office) -> None:
    facts = HomeServiceDelivered(kind="home_service", minutes=40, workers=(WORKER,))
    room.append(list(Visit.start(entry(), SCOPE, facts).collect_events()))


def request() -> Request:
    return Request([as_entry(StoredEvent(new_id(), 1, "x.Happened", b"{}"))])


class Connections:
    """Makes connections, and knows them afterwards."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.made: list[psycopg.Connection] = []

    def __call__(self) -> psycopg.Connection:
        self.made.append(psycopg.connect(self._url))
        return self.made[-1]

    def unheard(self) -> int:
        """How much has rung over the last one that nobody has taken notice of."""
        return len(list(self.made[-1].notifies(timeout=0.2)))


def test_what_rings_while_views_are_behind_does_not_pile_up(room: Office) -> None:
    """Given a follower that finds something new each time, it never waits to be told of it."""
    connections = Connections(room.url)
    follower = Follower(room.journal, connections, [visits])
    for _ in range(20):
        write(room)
        assert follower.step() == 1
    assert connections.unheard() <= 1
    follower.close()


def test_what_rings_while_there_is_always_something_to_do_does_not_pile_up(room: Office) -> None:
    connections, stop, unheard = Connections(room.url), threading.Event(), list[int]()

    class Always:
        """First there is nothing to do, and the bell is waited for; then always something."""

        times = 0

        def step(self) -> int:
            self.times += 1
            write(room)
            if self.times > 20:
                unheard.append(connections.unheard())
                stop.set()
            return min(self.times - 1, 1)

    class Never:
        def step(self) -> int:
            return 0

        send = step

    bell = Doorbell(connections, "journal")
    Keeper(Always(), Never(), Never(), bell).run(stop)  # type: ignore[arg-type] # all they need
    assert unheard[0] <= 1
    assert len(unheard) == 1
