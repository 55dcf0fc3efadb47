"""Who writes alone need not look first: when the journal is asked before it is written to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError

from deploy.migrate import migrate
from domain.identity import Id, derived_id, new_id
from domain.journal.entries import Appended, CommandKey, JournalEntry
from domain.journal.grouping import AT_ONCE, OPEN, Appender
from domain.journal.left import ALONE, DatabaseClock
from domain.journal.request import Request
from tests.processes import eventually

OPERATOR, LEDGER = derived_id("operator"), derived_id("ledger")
WAITS = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


class Watched(psycopg.Connection[Any]):
    """A connection that counts how often the journal was looked at."""

    looks = 0
    guesses = 0

    def execute(self, query: Any, *arguments: Any, **options: Any) -> psycopg.Cursor[Any]:
        self.looks += query == OPEN
        self.guesses += query == AT_ONCE
        return super().execute(query, *arguments, **options)


class Process:
    """One process that appends."""

    def __init__(self, url: str) -> None:
        self.connection = Watched.connect(url)
        self.appender = Appender(self.connection)

    def append(
        self,
        stream: Id | None = None,
        version: int = 1,
        ledger: Id = LEDGER,
        command: CommandKey | None = None,
        read: dict[Id, int] | None = None,
        at: datetime | None = None,
    ) -> Appended:
        entry = JournalEntry(
            stream or new_id(), version, "test@1", b"{}", operator=OPERATOR, ledger=ledger,
            demonstration=at is not None,
        )  # fmt: skip
        (answer,) = self.appender.append([Request([entry], command, at, read or {})])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def looks(self) -> int:
        """How often it has looked since it was asked last."""
        looks, self.connection.looks = self.connection.looks, 0
        return looks

    def settle(self) -> None:
        """Come to where it need not look."""
        for _ in range(1 + ALONE):
            self.append()
        self.looks()


@pytest.fixture
def process(database_url: str) -> Iterator[Process]:
    migrate(database_url)
    process = Process(database_url)
    yield process
    process.connection.close()


@pytest.fixture
def other(process: Process, database_url: str) -> Iterator[Process]:
    process = Process(database_url)
    yield process
    process.connection.close()


def test_a_process_that_finds_what_it_left_looks_no_more(process: Process) -> None:
    for _ in range(1 + ALONE):
        process.append()
    assert process.looks() == 1 + ALONE
    stream = new_id()
    for version in range(1, 20):
        process.append(stream, version)
    assert process.looks() == 0


def test_who_was_disturbed_looks_until_it_is_alone_again(process: Process, other: Process) -> None:
    process.settle()
    other.append()
    for _ in range(1 + ALONE):
        process.append()
    assert process.looks() == 1 + ALONE
    process.append()
    assert process.looks() == 0


def test_two_in_turns_look_each_time_and_guess_in_vain_no_more(
    process: Process, other: Process
) -> None:
    for number in range(10):
        assert process.append().positions == range(2 * number + 1, 2 * number + 2)
        assert other.append().positions == range(2 * number + 2, 2 * number + 3)
    assert (process.looks(), other.looks()) == (10, 10)


def test_a_ledger_not_seen_yet_is_looked_up_once(process: Process) -> None:
    process.settle()
    ledger = new_id()
    process.append(ledger=ledger)
    assert process.looks() == 1
    process.append(ledger=ledger)
    process.append()
    assert process.looks() == 0


def test_a_stream_that_is_not_where_it_was_read_refuses_the_command(process: Process) -> None:
    stream = new_id()
    process.append(stream)
    process.appender = Appender(process.connection)  # begun again: what it wrote is not known
    process.settle()
    with pytest.raises(IntegrityError):
        process.append(read={stream: 2})
    process.append(read={stream: 1})


def test_a_command_sent_again_is_answered_with_what_it_wrote(process: Process) -> None:
    key = CommandKey(OPERATOR, "the visit of this morning", b"as asked")
    first = process.append(command=key)
    process.settle()
    again = process.append(command=key)
    assert (again.positions, again.repeated) == (first.positions, True)


def test_a_simulated_moment_is_never_guessed(process: Process) -> None:
    demonstration, then = new_id(), datetime(2018, 5, 1, tzinfo=UTC)
    process.append(ledger=demonstration, at=then)
    process.settle()
    process.append(ledger=demonstration, at=then)
    assert process.looks() == 1


def test_the_clock_is_read_again_after_a_second(process: Process) -> None:
    process.settle()
    time.sleep(1.05)
    process.append()
    assert process.looks() == 1
    process.append()
    assert process.looks() == 0


def test_who_goes_on_writing_is_told_the_clock_by_the_way(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.journal.left.GOOD_FOR", 0.2)
    process.settle()
    for _ in range(30):
        process.append()
        time.sleep(0.03)
    assert process.looks() <= 1  # four and more, if the clock had to be asked for


def test_nothing_is_seen_before_its_moment(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.settle()
    ahead = timedelta(milliseconds=4)
    monkeypatch.setattr(DatabaseClock, "now", lambda clock: _text(datetime.now(UTC) + ahead))
    for _ in range(20):
        process.append()
        row = process.connection.execute("SELECT clock_timestamp() >= at FROM head").fetchone()
        assert row == (True,)
    assert process.looks() < 20


def test_whoever_waited_for_the_head_takes_no_moment_of_before(
    process: Process, database_url: str
) -> None:
    process.settle()
    with (
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as seer,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("SELECT FROM head FOR UPDATE")
        waiting = pool.submit(process.append)
        assert eventually(lambda: seer.execute(WAITS).fetchone() == (True,), 20)
        time.sleep(0.5)
        given_back = datetime.now(UTC)
        holder.rollback()
        waiting.result()
        row = seer.execute("SELECT at FROM head").fetchone()
    assert row is not None
    assert row[0] > given_back - timedelta(seconds=0.1)


def test_a_journal_that_was_put_back_is_looked_at(process: Process, database_url: str) -> None:
    """At the same position, but of another moment: other events may stand there now."""
    process.settle()
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE head SET at = at - interval '1 microsecond'")
    process.append()
    assert process.looks() == 1


def test_while_the_head_is_ahead_of_the_clock_nothing_is_guessed(
    process: Process, database_url: str
) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE head SET at = now() + interval '1 hour'")
    for _ in range(1 + ALONE):
        process.append()
    process.looks()
    before = process.connection.guesses
    process.append()
    assert (process.looks(), process.connection.guesses - before) == (1, 0)


def test_nothing_seems_known_before_it_was_asked_for(process: Process) -> None:
    process.settle()
    asked = []
    for _ in range(200):
        asked.append(datetime.now(UTC))
        process.append()
    moments = process.connection.execute(
        "SELECT at FROM journal ORDER BY position DESC LIMIT 200"
    ).fetchall()
    assert all(known >= before for (known,), before in zip(reversed(moments), asked, strict=True))
    assert process.looks() < 100


@pytest.mark.parametrize("wrong", [timedelta(seconds=5), timedelta(seconds=-5)])
def test_a_clock_that_went_wrong_is_set_by_the_databases(
    process: Process, monkeypatch: pytest.MonkeyPatch, wrong: timedelta
) -> None:
    process.settle()
    time.sleep(0.2)  # or the moment of the last event would still do
    with monkeypatch.context() as patched:
        patched.setattr(DatabaseClock, "now", lambda clock: _text(datetime.now(UTC) + wrong))
        process.append()
    assert process.looks() == 1
    row = process.connection.execute("SELECT clock_timestamp() - at FROM head").fetchone()
    assert row is not None
    assert timedelta(0) < row[0] < timedelta(seconds=1)
    moments = process.connection.execute("SELECT at FROM journal ORDER BY position").fetchall()
    assert all(earlier <= later for earlier, later in pairwise(moments))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
