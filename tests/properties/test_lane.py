"""Whatever gathers in a group, each caller gets its own answer, and the log stays whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.identity import Id, new_id
from domain.journal.carrying import carry
from domain.journal.entries import Appended, CommandKey
from domain.journal.recorder import JournalRecorder
from domain.journal.request import Request
from domain.refusals import ShiluError
from tests.lanes import OPERATOR, check_whole, entry

Outcome = Appended | Exception


@pytest.fixture
def journals(database_url: str) -> Iterator[tuple[JournalRecorder, JournalRecorder]]:
    """Two processes' recorders: lanes of their own over one database."""
    migrate(database_url)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:

        def connect() -> psycopg.Connection:
            return psycopg.connect(database_url)

        first, second = JournalRecorder(pool, connect), JournalRecorder(pool, connect)
        yield first, second
        first.close()
        second.close()


def attempt(append: Callable[[], Appended]) -> Outcome:
    try:
        return append()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return error


def code(answer: Outcome) -> str:
    return answer.code if isinstance(answer, ShiluError) else ""


def test_of_many_writers_of_the_same_versions_exactly_one_wins_each(
    journals: tuple[JournalRecorder, JournalRecorder],
) -> None:
    streams = [new_id() for _ in range(20)]
    races = [(stream, version) for version in (1, 2, 3) for stream in streams]

    def race(number: int) -> list[tuple[tuple[Id, int], Outcome]]:
        chance = random.Random(number)  # noqa: S311 - repeatable, not secret
        outcomes = []
        for stream, version in races:
            journal = chance.choice(journals)
            made = entry(stream, version)
            outcomes.append(((stream, version), attempt(lambda: journal.append([made]))))  # noqa: B023
        return outcomes

    with ThreadPoolExecutor(12) as threads:
        outcomes = [outcome for each in threads.map(race, range(12)) for outcome in each]
    rows = check_whole(journals[0])
    won = {key: answer for key, answer in outcomes if isinstance(answer, Appended)}
    lost = [answer for _, answer in outcomes if not isinstance(answer, Appended)]
    assert len(won) == len(races) == len(rows)
    assert len(lost) == 11 * len(races)
    assert {type(error) for error in lost} == {IntegrityError}
    for (stream, version), answer in won.items():
        (position,) = answer.positions
        row = rows[position - 1]
        assert (row.stream, row.state) == (stream, entry(stream, version).state)


def test_a_repeated_command_is_answered_with_what_it_wrote_the_first_time(
    journals: tuple[JournalRecorder, JournalRecorder],
) -> None:
    def send(number: int) -> Outcome:
        key = CommandKey(OPERATOR, f"command {number % 25}", b"as asked")
        if number % 10 == 9:
            key = key._replace(fingerprint=b"something else")
        events = [entry(new_id(), 1), entry(new_id(), 1)]
        return attempt(lambda: journals[number % 2].append(events, key))

    first = {number: send(number) for number in range(25) if number % 10 != 9}
    with ThreadPoolExecutor(16) as threads:
        again = list(threads.map(send, range(500)))
    known = {number: answer for number, answer in first.items() if isinstance(answer, Appended)}
    assert known.keys() == first.keys()
    for number, answer in enumerate(again):
        command, otherwise = number % 25, number % 10 == 9
        if command not in known:  # asked for in two ways: whichever came first
            assert isinstance(answer, Appended) or code(answer) == "key_reused"
        elif otherwise:
            assert code(answer) == "key_reused"
        else:
            assert answer == known[command]._replace(repeated=True)
    assert len(check_whole(journals[0])) == 2 * 25


def test_what_the_database_refuses_fails_its_caller_alone(
    journals: tuple[JournalRecorder, JournalRecorder],
) -> None:
    journal, _ = journals

    async def together() -> list[Outcome | BaseException]:
        good = [Request([entry(new_id(), 1)]) for _ in range(30)]
        # PostgreSQL keeps no NUL in a text, and no id that is none: seen while writing and looking.
        written = Request([entry(new_id(), 1, topic="no\0text")])
        looked = Request([entry("no-id-1", 1)])
        requests = [*good[:10], written, *good[10:20], looked, *good[20:]]
        sends = [carry(partial(journal.lane.append, request)) for request in requests]
        return await asyncio.gather(*sends, return_exceptions=True)

    outcomes = asyncio.run(together())
    refused = [number for number, answer in enumerate(outcomes) if not isinstance(answer, Appended)]
    assert refused == [10, 21]
    assert all(isinstance(outcomes[number], psycopg.DataError) for number in refused)
    assert len(check_whole(journal)) == 30


def test_a_task_that_was_cancelled_troubles_nobody_else(
    journals: tuple[JournalRecorder, JournalRecorder],
) -> None:
    journal, _ = journals

    async def together() -> int:
        tasks = [
            asyncio.create_task(carry(lambda: journal.append([entry(new_id(), 1)])))
            for _ in range(20)
        ]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(isinstance(answer, Appended) for answer in outcomes)

    assert asyncio.run(together()) == 10
    journal.append([entry(new_id(), 1)])
    check_whole(journal)
