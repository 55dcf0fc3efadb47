"""Nobody who waits to append is overtaken by whoever comes later, however much others write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest

from domain.identity import derived_id, new_id
from domain.journal import lane as lanes
from domain.journal.carrying import carry
from domain.journal.entries import Appended, JournalEntry
from domain.journal.lane import Lane
from domain.journal.page import GroupPage
from domain.journal.request import Request
from tests.lanes import lanes_of
from tests.processes import eventually

OPERATOR, LEDGER = derived_id("operator"), derived_id("ledger")
IN_LINE = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
ROUNDS, GROUPS = 40, 4


def request() -> Request:
    entry = JournalEntry(new_id(), 1, "test@1", b"{}", operator=OPERATOR, ledger=LEDGER)
    return Request([entry])


@pytest.fixture
def lane(database_url: str) -> Iterator[Callable[[], Lane]]:
    """Makes the lanes of as many processes as are asked for."""
    with lanes_of(database_url) as make:
        yield make


def test_threads_and_tasks_of_a_process_come_in_the_order_in_which_they_asked(
    lane: Callable[[], Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "GROUP_LIMIT", 3)
    one, done = lane(), threading.Event()

    def write_on() -> None:
        while not done.is_set():
            one.append(request())

    async def ask() -> list[Appended]:
        return await asyncio.gather(*(carry(partial(one.append, request())) for _ in range(10)))

    with ThreadPoolExecutor(20) as threads:
        one._baton.acquire()  # as whoever is committing has it
        waiting = []
        for number in range(10):
            waiting.append(threads.submit(one.append, request()))
            assert eventually(lambda: len(one._waiting) > number)  # noqa: B023
        tasks = threads.submit(asyncio.run, ask())
        assert eventually(lambda: len(one._waiting) == 20)
        others = [threads.submit(write_on) for _ in range(5)]
        one._baton.release()
        answers = [*(each.result(20) for each in waiting), *tasks.result(20)]
        done.set()
        for each in others:
            each.result(20)
    assert [answer.positions[0] for answer in answers] == list(range(1, 21))


def test_a_process_that_goes_on_writing_lets_one_that_waits_go_first(
    lane: Callable[[], Lane], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has just committed is there again at once, mostly sooner than who waited is woken."""
    monkeypatch.setattr(lanes, "GROUP_LIMIT", 1)
    busy, other, held = lane(), lane(), request()
    in_hand, go_on, decide = threading.Event(), threading.Event(), GroupPage.decide

    def stop(page: GroupPage, asked: Request) -> Appended | Exception:
        if asked is held:
            in_hand.set()
            assert go_on.wait(20)
        return decide(page, asked)

    monkeypatch.setattr(GroupPage, "decide", stop)
    behind = []
    with (
        psycopg.connect(database_url, autocommit=True) as seer,
        ThreadPoolExecutor(2 + GROUPS) as threads,
    ):
        for _ in range(ROUNDS):
            for each in (other, busy):  # or `busy` would decide on what it left, without the lock
                each.append(request())
            held = request()
            in_hand.clear()
            go_on.clear()
            first = threads.submit(busy.append, held)
            assert in_hand.wait(20)
            more = [threads.submit(busy.append, request()) for _ in range(GROUPS)]
            waits = threads.submit(other.append, request())
            assert eventually(lambda: seer.execute(IN_LINE).fetchone() == (1,), 20)
            go_on.set()
            behind.append(waits.result(20).positions[0] - first.result(20).positions[0])
            for one in more:
                one.result(20)
    assert behind == [1] * ROUNDS
