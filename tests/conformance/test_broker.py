"""Every broker carries tasks in the same way: the same tests on PostgreSQL, Redis and RabbitMQ.

PostgreSQL always; Redis and RabbitMQ where their servers are installed, or SHILU_TEST_REDIS_URL and
SHILU_TEST_AMQP_URL name one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from dramatiq import Actor, Broker, Message, Worker
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.identity import Id, new_id
from tests.brokers import NotInstalledError, rabbitmq_server, redis_server
from tests.processes import eventually
from workers.broker import make_broker

Make = Callable[[], Broker]


class BrokerCases:
    """What is asked of a broker. `make` gives one more connection to the same queues."""

    make: Make

    def test_what_is_sent_arrives_once_and_with_its_id(self) -> None:
        seen, broker = self.crew()
        sent = [self.send(broker) for _ in range(50)]
        with working(broker):
            assert eventually(lambda: len(seen) == 50)
            time.sleep(0.2)
        assert sorted(seen) == sorted(sent)

    def test_any_number_of_workers_share_the_work(self) -> None:
        (ours, one), (theirs, two) = self.crew(pause=0.02), self.crew(pause=0.02)
        with working(one), working(two):
            sent = [self.send(one) for _ in range(60)]
            assert eventually(lambda: len(ours) + len(theirs) == 60)
        assert sorted(ours + theirs) == sorted(sent)
        assert ours
        assert theirs

    def test_what_a_stopped_worker_did_not_come_to_is_done_by_the_next(self) -> None:
        seen, broker = self.crew(pause=0.1)
        sent = [self.send(broker) for _ in range(20)]
        with working(broker, threads=1):
            assert eventually(lambda: len(seen) >= 2)
        rest, other = self.crew()
        with working(other):
            assert eventually(lambda: len(seen) + len(rest) == 20)
        assert sorted(seen + rest) == sorted(sent)

    def test_an_actor_that_raises_does_not_stop_the_others(self) -> None:
        seen, broker = self.crew()

        def breaks(_task: Id) -> None:
            raise ZeroDivisionError

        enlist(broker, "breaks", breaks)
        self.send(broker, "breaks")
        sent = self.send(broker)
        with working(broker):
            assert eventually(lambda: seen == [sent])

    def test_the_same_message_may_be_sent_again(self) -> None:
        seen, broker = self.crew()
        task = self.send(broker)
        with working(broker):
            assert eventually(lambda: seen == [task])
            self.send(broker, task=task)
            assert eventually(lambda: seen == [task, task])

    def crew(self, pause: float = 0.0) -> tuple[list[Id], Broker]:
        """Return a broker with one actor, and what that actor has seen."""
        seen: list[Id] = []

        def note(task: Id) -> None:
            time.sleep(pause)
            seen.append(task)

        broker = self.make()
        enlist(broker, "note", note)
        return seen, broker

    def send(self, broker: Broker, actor: str = "note", task: Id | None = None) -> Id:
        task = task or new_id()
        message: Message[None] = Message(
            queue_name="default",
            actor_name=actor,
            args=(task,),
            kwargs={},
            options={},
            message_id=task,
        )
        broker.enqueue(message)
        return task


def enlist(broker: Broker, name: str, does: Callable[[Id], None]) -> None:
    Actor(does, broker=broker, actor_name=name, queue_name="default", priority=0, options={})


@contextmanager
def working(broker: Broker, threads: int = 4) -> Iterator[None]:
    worker = Worker(broker, worker_timeout=100, worker_threads=threads)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    migrate(database_url)
    with ConnectionPool(database_url, min_size=0, max_size=40) as opened:
        yield opened


class TestPostgres(BrokerCases):
    @pytest.fixture(autouse=True)
    def _given(self, pool: ConnectionPool) -> Iterator[None]:
        made: list[Broker] = []

        def make() -> Broker:
            made.append(make_broker("postgres", pool, heartbeat_ttl=0.5, heartbeat_interval=0.1))
            return made[-1]

        self.make = make
        self.pool = pool
        yield
        for broker in made:
            broker.close()

    def test_who_lost_a_message_cannot_put_it_away(self) -> None:
        """A worker is paused, another takes its message over, the first wakes up and is done."""
        _, paused = self.crew()
        task = self.send(paused)
        first = paused.consume("default", timeout=100)
        held = next(first)
        assert held is not None
        self.send(paused, task=task)
        _, awake = self.crew()
        second = awake.consume("default", timeout=100)
        assert eventually(lambda: (taken := next(second)) is not None and taken.message_id == task)
        first.ack(held)
        assert self.held_by() == [awake.worker_id]  # type: ignore[attr-defined] # PostgreSQL's own
        first.nack(held)
        first.requeue([held])
        assert self.held_by() == [awake.worker_id]  # type: ignore[attr-defined] # PostgreSQL's own
        second.ack(held)
        assert self.held_by() == []
        first.close()
        second.close()

    def test_a_message_that_is_put_aside_stays(self) -> None:
        _, broker = self.crew()
        self.send(broker)
        consumer = broker.consume("default", timeout=100)
        held = next(consumer)
        assert held is not None
        consumer.nack(held)
        consumer.close()
        with self.pool.connection() as connection:
            rows = connection.execute("SELECT state FROM dramatiq.queue").fetchall()
        assert rows == [("rejected",)]

    def held_by(self) -> list[Id]:
        with self.pool.connection() as connection:
            rows = connection.execute(
                "SELECT worker_id::text FROM dramatiq.queue WHERE state = 'consumed'"
            ).fetchall()
        return [worker for (worker,) in rows]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with given_or_started("SHILU_TEST_REDIS_URL", redis_server, tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with given_or_started("SHILU_TEST_AMQP_URL", rabbitmq_server, tmp_path_factory) as url:
        yield url


@contextmanager
def given_or_started(
    variable: str,
    start: Callable[[Path], AbstractContextManager[str]],
    folders: pytest.TempPathFactory,
) -> Iterator[str]:
    """Give the URL of a server: the one that a variable names, or one of this test's own."""
    if given := os.environ.get(variable):
        yield given
        return
    try:
        started = start(folders.mktemp("broker"))
    except NotInstalledError as missing:
        pytest.skip(f"{missing} is not installed, and {variable} names none")
    with started as url:
        yield url


@pytest.mark.slow
class TestRedis(BrokerCases):
    @pytest.fixture(autouse=True)
    def _given(self, redis_url: str) -> Iterator[None]:
        namespace, made = f"test-{new_id()}", list[Broker]()

        def make() -> Broker:
            made.append(make_broker(redis_url, namespace=namespace))
            return made[-1]

        self.make = make
        yield
        for broker in made:
            broker.flush_all()
            broker.client.connection_pool.disconnect()  # type: ignore[attr-defined] # Redis' own


@pytest.mark.slow
class TestRabbitmq(BrokerCases):
    @pytest.fixture(autouse=True)
    def _given(self, rabbitmq_url: str) -> Iterator[None]:
        made: list[Broker] = []

        def make() -> Broker:
            made.append(make_broker(rabbitmq_url))
            return made[-1]

        self.make = make
        yield
        for broker in made:
            broker.flush_all()
            broker.close()


def test_threads_end_with_the_broker(pool: ConnectionPool) -> None:
    broker = make_broker("postgres", pool)
    before = threading.active_count()
    enlist(broker, "nothing", lambda _task: None)
    with working(broker):
        assert threading.active_count() > before
    broker.close()
    assert threading.active_count() <= before
