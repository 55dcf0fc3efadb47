"""Processes are killed with -9 at random moments: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from functools import partial
from itertools import zip_longest
from pathlib import Path

import pytest

from domain.alert import AlertRaised, AlertResolved
from domain.case_commands import hold_session, open_case
from domain.clock import SHANGHAI, SystemClock
from domain.event import AnyEvent
from domain.identity import Id
from domain.journal.codec import decode
from domain.journal.vault import ERASED
from domain.person import Person
from tests.casework import SUPERVISOR, CaseworkDesk, opening, session
from tests.crash.crew import Crew, role, views_differing_from_a_replay
from tests.integration.erasing import ask_for_erasure, name_read, registered
from tests.offices import Office, office
from tests.processes import alive, eventually
from tests.station import OPERATOR, SCOPE, entry

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]
CASES = 24


KILLS = 5
"""How often each kind of process is killed while the cases go through one phase."""


@pytest.fixture
def room(database_url: str, home: Path) -> Iterator[Office]:
    keys = home / "keys"
    keys.mkdir(parents=True)
    with office(database_url, keys) as opened:
        opened.workshop.clock = SystemClock()
        yield opened


@pytest.fixture
def crew(room: Office, home: Path) -> Iterator[Crew]:
    names = ("work1", "work2", "clock1", "clock2", "follow")
    with ExitStack() as stack:
        made = Crew(room.url, home, names)
        stack.callback(made.stop)
        yield made


def today() -> date:
    return datetime.now(SHANGHAI).date()


def facts_of(room: Office, kind: type) -> list[AnyEvent]:
    events = [decode(row.state) for row in room.journal.read(0, 1_000_000)]
    return [event for event in events if isinstance(event.facts, kind)]


def under_fire(crew: Crew, chance: random.Random, steps: Sequence[Callable[[], None]]) -> None:
    """Take steps while each kind of process is killed again and again."""
    crew.killed.clear()
    kinds = ["follow", "work", "clock"] * KILLS
    chance.shuffle(kinds)
    for step, kind in zip_longest(steps, kinds):
        if step is not None:
            step()
        if kind is not None:
            name = chance.choice([one for one in crew.processes if role(one) == kind])
            crew.kill_at_work(name, chance.uniform(0, 0.6))
    assert crew.killed == {"follow": KILLS, "work": KILLS, "clock": KILLS}


def test_each_alert_once_and_views_as_replayed_whoever_dies(room: Office, crew: Crew) -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    desk, cases, told = CaseworkDesk(), list[Id](), 0
    long_ago = today() - timedelta(days=20)

    def tell() -> None:
        nonlocal told
        room.append(desk.log[told:])
        told = len(desk.log)

    def open_one() -> None:
        e = entry(long_ago, late_reason="补录", approved_by=SUPERVISOR)
        facts = opening(case_type=f"type {len(cases)}")
        cases.append(open_case(desk, e, SCOPE, facts).stream)
        tell()

    def hold(case: Id) -> None:
        e = entry(datetime.now(SHANGHAI) - timedelta(hours=2), now=datetime.now(SHANGHAI))
        hold_session(desk, e, case, session())
        tell()

    under_fire(crew, chance, [open_one] * CASES)
    assert eventually(lambda: len(facts_of(room, AlertRaised)) >= CASES, 150)
    under_fire(crew, chance, [partial(hold, case) for case in cases[::2]])
    assert eventually(lambda: len(facts_of(room, AlertResolved)) >= CASES // 2, 150)
    assert eventually(lambda: settled(room), 150)
    # One that was only just started again may be asked to stop before it can hear of it.
    assert set(crew.stop().values()) <= {0, -signal.SIGTERM}
    raised = Counter(event.facts.concern.subject for event in facts_of(room, AlertRaised))
    assert raised == Counter(cases)
    resolved = Counter(event.facts.concern.subject for event in facts_of(room, AlertResolved))
    assert resolved == Counter(cases[::2])
    assert views_differing_from_a_replay(room.journal) == []


def settled(room: Office) -> bool:
    """Whether everything has been read, followed and done."""
    head = room.journal.max_notification_id() or 0
    reached = {position for _, position, _ in room.workshop.asking.standing()}
    return reached == {head} and room.bookmark() == head and not room.register.open()


def test_a_worker_killed_while_it_erases_leaves_nobody_half_erased(
    room: Office, crew: Crew
) -> None:
    people = [registered(room) for _ in range(20)]
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    for person in people:
        ask_for_erasure(room, person)
        if chance.random() < 0.4:
            crew.kill(chance.choice(["work1", "work2", "clock1"]))
    assert eventually(lambda: settled(room), 150)
    desk = room.workshop.desk(OPERATOR)
    assert all(desk.load(Person, person).erased for person in people)
    assert all(name_read(room, person) is ERASED for person in people)


def test_a_worker_that_is_asked_to_stop_finishes_and_leaves(room: Office, crew: Crew) -> None:
    person = registered(room)
    assert eventually(lambda: workers_listening(room) == 2, 90)
    ask_for_erasure(room, person)
    assert eventually(lambda: settled(room), 90)
    codes = crew.stop()
    assert (codes["work1"], codes["work2"]) == (0, 0)
    assert not any(alive(process.pid) for process in crew.processes.values())
    assert name_read(room, person) is ERASED


def workers_listening(room: Office) -> int:
    with room.pool.connection() as connection:
        found = connection.execute("SELECT count(*) FROM dramatiq.worker").fetchone()
    return int(found[0]) if found else 0


def test_a_paused_worker_is_overtaken_and_does_no_harm(room: Office, crew: Crew) -> None:
    """Both workers are paused with work in hand, long enough for a third to take it over."""
    person = registered(room)
    for name in ("work1", "work2"):
        os.kill(crew.processes[name].pid, signal.SIGSTOP)
    ask_for_erasure(room, person)
    time.sleep(2)
    crew.processes["work3"] = crew.start("work3")
    assert eventually(lambda: name_read(room, person) is ERASED, 120)
    for name in ("work1", "work2"):
        os.kill(crew.processes[name].pid, signal.SIGCONT)
    assert eventually(lambda: settled(room), 60)
