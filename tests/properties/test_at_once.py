"""What is appended on a guess is what a look would have let through, whoever else writes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import psycopg
import pytest

from deploy.migrate import migrate
from domain.identity import Id, derived_id, new_id
from domain.journal.entries import Appended, CommandKey, JournalEntry, leaf, stamp
from domain.journal.grouping import Appender
from domain.journal.request import Request
from domain.journal.seal import Edge, leaf_hash

OPERATORS = derived_id("operator", "one"), derived_id("operator", "two")
LEDGERS = tuple(derived_id("ledger", str(number)) for number in range(4))
GROUPS = 120


@pytest.fixture
def first_process(database_url: str) -> Iterator[Appender]:
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        yield Appender(connection)


@pytest.fixture
def second_process(first_process: Appender, database_url: str) -> Iterator[Appender]:
    with psycopg.connect(database_url) as connection:
        yield Appender(connection)


class Always(NamedTuple):
    """The same journal kept in memory, as `grouping` would keep it if nobody ever guessed."""

    versions: dict[Id, int]
    events: set[Id]
    commands: dict[str, tuple[bytes, range]]
    owners: dict[Id, Id]

    def decide(self, request: Request, position: int) -> tuple[str, Sequence[int]]:
        """Return how a request is answered, and where its events come to stand."""
        key = request.command
        if key is not None and key.command in self.commands:
            fingerprint, positions = self.commands[key.command]
            return ("repeated", positions) if fingerprint == key.fingerprint else ("refused", ())
        if not all(self.versions.get(stream) == at for stream, at in request.read.items()):
            return "refused", ()
        (entry,) = request.entries
        stream = str(entry.originator_id)
        if (
            entry.originator_version != self.versions.get(stream, 0) + 1
            or entry.event_id in self.events
            or self.owners.get(entry.ledger, entry.operator) != entry.operator
        ):
            return "refused", ()
        self.versions[stream] = entry.originator_version
        self.events.add(entry.event_id)
        self.owners[entry.ledger] = entry.operator
        positions = range(position + 1, position + 2)
        if key is not None:
            self.commands[key.command] = key.fingerprint, positions
        return "taken", positions


def made_up(chance: random.Random, always: Always) -> Request:
    """A request that is mostly sound, and else is out of date, repeated, foreign or a duplicate."""
    streams = list(always.versions)
    known = chance.choice(streams) if streams and chance.random() < 0.5 else new_id()
    wrong = chance.choice([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1])
    version = max(1, always.versions.get(known, 0) + 1 + wrong)
    event = chance.choice(sorted(always.events)) if _seldom(chance, always.events) else new_id()
    ledger = chance.choice(LEDGERS)
    owner = OPERATORS[_seldom(chance, streams)]
    read = {
        stream: always.versions[stream] + (chance.random() < 0.02)
        for stream in chance.sample(streams, min(len(streams), 2))
        if stream != known
    }
    command = None
    if chance.random() < 0.5:
        fresh = not _seldom(chance, always.commands)
        name = new_id() if fresh else chance.choice(sorted(always.commands))
        command = CommandKey(OPERATORS[0], name, chance.choice([b"as asked"] * 9 + [b"another"]))
    entry = JournalEntry(
        known, version, "visit.HomeVisitMade@1", b'{"stream":"%s"}' % known.encode(),
        event_id=event, operator=owner, ledger=ledger,
    )  # fmt: skip
    return Request([entry], command, None, read)


def _seldom(chance: random.Random, among: object) -> bool:
    return bool(among) and chance.random() < 0.03


def answered(answer: Appended | Exception) -> tuple[str, Sequence[int]]:
    if isinstance(answer, Appended):
        return "repeated" if answer.repeated else "taken", answer.positions
    return "refused", ()


@pytest.mark.parametrize("seed", range(6))
def test_a_guess_answers_as_a_look_would(
    first_process: Appender, second_process: Appender, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    always = Always({}, set(), {}, {})
    position = 0
    for _ in range(GROUPS):
        process = second_process if chance.random() < 0.1 else first_process
        expected, group = [], []
        for _ in range(chance.choice([1, 1, 2, 5])):
            group.append(request := made_up(chance, always))
            expected.append(always.decide(request, position))
            position += expected[-1][0] == "taken"
        assert [answered(answer) for answer in process.append(group)] == expected
    assert_sealed(first_process.connection, position)


def assert_sealed(connection: psycopg.Connection, events: int) -> None:
    """Positions have no gap, times never run backwards, and every edge is that of its leaves."""
    rows = connection.execute(
        "SELECT position, ledger::text, at, state FROM journal ORDER BY position"
    ).fetchall()
    assert [row[0] for row in rows] == list(range(1, events + 1))
    assert all(before[2] <= after[2] for before, after in pairwise(rows))
    leaves = connection.execute(
        "SELECT ledger::text, at, state FROM journal ORDER BY ledger, number"
    ).fetchall()
    ledgers = connection.execute("SELECT ledger::text, size, edge FROM ledger").fetchall()
    assert {ledger for ledger, _, _ in ledgers} == {ledger for ledger, _, _ in leaves}
    for ledger, size, edge in ledgers:
        hashes = [leaf_hash(leaf(stamp(at), state)) for of, at, state in leaves if of == ledger]
        kept = Edge().extend(hashes)
        assert (size, edge) == (kept.size, kept.to_bytes())
