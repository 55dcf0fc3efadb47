"""Whoever stops while it appends holds up nobody else for long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.identity import derived_id, new_id
from domain.journal import lane as lanes
from domain.journal.entries import Appended, JournalEntry
from domain.journal.grouping import Appender
from domain.journal.lane import Lane
from domain.journal.page import GroupPage
from domain.journal.request import Request
from tests.lanes import lanes_of
from tests.processes import eventually

OPERATOR, LEDGER = derived_id("operator"), derived_id("ledger")


class EndedError(BaseException):
    """What ends a thread from outside, as a limit of time does."""


def request() -> Request:
    entry = JournalEntry(new_id(), 1, "test@1", b"{}", operator=OPERATOR, ledger=LEDGER)
    return Request([entry], None, None, {})


@pytest.fixture
def lane(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Lane]]:
    """Makes the lanes of as many processes as are asked for."""
    monkeypatch.setattr(lanes, "SILENT_AT_MOST", "1s")
    with lanes_of(database_url) as make:
        yield make


def test_a_process_that_stops_with_the_lock_in_hand_loses_it(
    lane: Callable[[], Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, other = lane(), lane()
    stopped, go_on, decide = threading.Event(), threading.Event(), GroupPage.decide

    def stop(page: GroupPage, asked: Request) -> Appended | Exception:
        if asked is held:
            stopped.set()
            go_on.wait()
        return decide(page, asked)

    held = request()
    monkeypatch.setattr(GroupPage, "decide", stop)
    with ThreadPoolExecutor(2) as pool:
        broken_off = pool.submit(stopping.append, held)
        assert stopped.wait(20)
        try:
            assert len(pool.submit(other.append, request()).result(20).positions) == 1
        finally:
            go_on.set()
        with pytest.raises(psycopg.OperationalError):
            raise broken_off.exception(20) or AssertionError
    assert stopping.append(request()).positions == range(2, 3)


def test_the_end_of_the_thread_that_commits_for_all_is_told_to_the_others(
    lane: Callable[[], Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, gathered = lane(), threading.Event()
    append, first = Appender.append, request()

    def end(appender: Appender, group: list[Request]) -> object:
        if first not in group:
            return append(appender, group)
        gathered.wait(20)
        raise EndedError

    monkeypatch.setattr(Appender, "append", end)
    with ThreadPoolExecutor(2) as pool:
        ended = pool.submit(one.append, first)
        assert eventually(one._baton.locked)
        neighbour = pool.submit(one.append, request())
        assert eventually(lambda: len(one._waiting) == 1)
        gathered.set()
        assert isinstance(ended.exception(20), EndedError)
        assert neighbour.result(20).positions == range(1, 2)
    assert one.append(request()).positions == range(2, 3)


def test_whoever_travels_with_it_hears_that_it_was_broken_off(
    lane: Callable[[], Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lane()
    first, second = request(), request()

    def end(_appender: Appender, _group: list[Request]) -> object:
        raise EndedError

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(Appender, "append", end)
        one._baton.acquire()
        neighbour = pool.submit(one.append, second)
        assert eventually(lambda: len(one._waiting) == 1)
        one._baton.release()
        with pytest.raises(EndedError):
            one.append(first)
        with pytest.raises(psycopg.OperationalError):
            raise neighbour.exception(20) or AssertionError
    assert len(one.append(request()).positions) == 1
