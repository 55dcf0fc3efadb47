"""What runs for months neither fills up while it is busy nor falls silent once something failed."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from dramatiq.brokers.stub import StubBroker
from eventsourcing.persistence import StoredEvent

from deploy.commands.sign import alongside
from deploy.migrate import migrate
from domain.identity import new_id
from domain.journal.carrying import carry
from domain.journal.connections import Pool
from domain.journal.entries import JournalRow, as_entry
from domain.journal.lane import Lane
from domain.journal.recorder import JournalRecorder
from domain.journal.request import Request
from domain.journal.tasks import Asked, Doorbell
from domain.visit import HomeServiceDelivered, Visit
from projections.engine.fold import uncollected
from projections.engine.follow import Follower
from projections.engine.watch import Watch
from projections.visit import VISIT, visits
from tests.databases import end_all
from tests.offices import Office, office
from tests.processes import eventually
from tests.station import SCOPE, WORKER, entry
from workers.duty import SYSTEM
from workers.keeping import Keeper
from workers.running import work


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
        """First nothing is to be done, and the bell is waited for; then always something.

        At last nothing new is written, so that all that rang has had the time to arrive.
        """

        times = 0

        def step(self) -> int:
            self.times += 1
            if self.times <= 20:
                write(room)
            elif self.times <= 70:
                time.sleep(0.01)
            else:
                unheard.append(connections.unheard())
                stop.set()
            return min(self.times - 1, 1)

    class Never:
        def step(self) -> int:
            return 0

        send = step

    bell = Doorbell(connections, "journal")
    Keeper(Always(), Never(), Never(), bell).run(stop)  # type: ignore[arg-type] # all they need
    assert unheard == [0]


def test_who_waits_for_views_is_answered_again_after_they_could_not_be_asked(room: Office) -> None:
    """Given a database that is put back, for a moment there is no table of where views stand."""
    watch = Watch(lambda: psycopg.connect(room.url), [visits])
    with room.pool.connection() as connection:
        connection.execute("ALTER TABLE view_state RENAME TO gone")
        time.sleep(1.2)
        connection.execute("ALTER TABLE gone RENAME TO view_state")
    write(room)
    room.follow()
    watch.wait(1, 5)
    watch.close()


def test_whoever_asks_others_for_the_signer_asks_again_after_falling_over() -> None:
    asked, stop = list[int](), threading.Event()

    def ask(stop: threading.Event) -> None:
        asked.append(1)
        if len(asked) < 3:
            raise KeyError("no such thing")
        stop.wait()

    with alongside([ask], stop):
        assert eventually(lambda: len(asked) == 3, 10)
        assert not stop.is_set()


def test_a_worker_works_on_while_the_register_cannot_be_told_that_it_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workers.running.BEAT_SECONDS", 0.05)
    stop, beats = threading.Event(), list[int]()

    class Unreached:
        def beat(self) -> None:
            beats.append(1)
            if len(beats) == 3:
                stop.set()
            raise psycopg.OperationalError("gone")

    work(StubBroker(), Unreached(), 1, stop)  # type: ignore[arg-type] # all it needs
    assert len(beats) == 3


def test_a_subscriber_hears_of_what_comes_after_the_database_was_lost(database_url: str) -> None:
    migrate(database_url)
    with Pool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        recorder = JournalRecorder(pool, lambda: psycopg.connect(database_url))
        with recorder.subscribe() as subscription:
            recorder.append([as_entry(StoredEvent(new_id(), 1, "x.First", b"{}"))])
            assert next(subscription).topic == "x.First"
            end_all(database_url)
            recorder.append([as_entry(StoredEvent(new_id(), 1, "x.Second", b"{}"))])
            heard = list[str]()
            hearing = threading.Thread(target=lambda: heard.append(next(subscription).topic))
            hearing.start()
            assert eventually(lambda: heard == ["x.Second"], 5)
        hearing.join()
        recorder.close()


def test_a_lane_that_is_closed_takes_nothing_and_opens_nothing(database_url: str) -> None:
    connections = Connections(database_url)
    migrate(database_url)
    lane = Lane(connections)
    lane.append(request())
    lane.close()
    with pytest.raises(psycopg.OperationalError):
        lane.append(request())
    with pytest.raises(psycopg.OperationalError):
        asyncio.run(asyncio.wait_for(carry(lambda: lane.append(request())), 5))
    assert [each.closed for each in connections.made] == [True]


def test_whatever_folds_at_once_the_collector_is_on_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given one fold that ends just when another has looked whether the collector is on."""
    first, second = uncollected(), uncollected()
    first.__enter__()

    def looked() -> bool:
        monkeypatch.undo()
        was_on = gc.isenabled()
        first.__exit__(None, None, None)
        return was_on

    monkeypatch.setattr(gc, "isenabled", looked)
    second.__enter__()
    second.__exit__(None, None, None)
    assert gc.isenabled()


class Stopped:
    """Somebody who stops just where they are when they come here first, until told to go on."""

    def __init__(self) -> None:
        self.here, self._go_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        if not self.here.is_set():
            self.here.set()
            self._go_on.wait(30)

    def go_on(self) -> None:
        self._go_on.set()


def test_a_follower_that_stops_with_the_views_in_hand_loses_them_and_follows_again(
    room: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.engine.follow.SILENT_AT_MOST", "1s")
    stopped, read = Stopped(), room.journal.read
    first, second = (Follower(room.journal, Connections(room.url), [visits]) for _ in range(2))

    def stop(after: int, limit: int) -> list[JournalRow]:
        stopped()
        return read(after, limit)

    monkeypatch.setattr(room.journal, "read", stop)
    write(room)
    end = threading.Event()
    with ThreadPoolExecutor(2) as together:
        following = together.submit(first.run, end)
        assert stopped.here.wait(20)
        try:
            assert together.submit(second.step).result(20) == 1
        finally:
            second.close()
            stopped.go_on()
        write(room)
        with room.workshop.asking.within(SYSTEM) as answers:
            assert eventually(lambda: len(answers.rows(VISIT)) == 2)
        end.set()
        following.result(20)


def test_a_reactor_that_stops_with_its_place_in_hand_loses_it(
    room: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.tasks.SILENT_AT_MOST", "1s")
    stopped = Stopped()

    def take(before: int) -> tuple[int, list[Asked]]:
        stopped()
        return before + 1, []

    with ThreadPoolExecutor(2) as together:
        broken_off = together.submit(room.register.react, "reader", take)
        assert stopped.here.wait(20)
        try:
            assert together.submit(room.register.react, "reader", take).result(20) == 1
        finally:
            stopped.go_on()
        assert isinstance(broken_off.exception(20), psycopg.Error)
    assert room.register.react("reader", take) == 1
