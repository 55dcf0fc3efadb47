"""A workshop over a real database for tests of duties, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.clock import SimulatedClock, at
from domain.event import AnyEvent
from domain.export import NO_KEYS
from domain.journal.codec import EventMapper
from domain.journal.recorder import JournalRecorder
from domain.journal.records import Records
from domain.journal.tasks import Task, TaskRegister
from domain.journal.tokens import Tokens
from domain.journal.vault import MasterKey, Vault
from projections.catalogue import VIEWS
from projections.engine.ask import Asking
from projections.engine.follow import Follower
from tests.station import TODAY
from workers.bundle import Press
from workers.clock import Timetable
from workers.duty import Duty, Workshop
from workers.reactor import Reactor
from workers.running import Runner


@dataclass
class Office:
    """A station's office: events come in, duties are done, and no broker stands between."""

    url: str = field(repr=False)
    pool: ConnectionPool
    workshop: Workshop
    clock: SimulatedClock
    follower: Follower

    @property
    def journal(self) -> JournalRecorder:
        return self.workshop.journal

    @property
    def register(self) -> TaskRegister:
        return self.workshop.register

    def append(self, events: Sequence[AnyEvent]) -> None:
        mapper = EventMapper()
        for event in events:
            self.journal.append([mapper.to_stored_event(event)], at=self._at(event))

    def _at(self, event: AnyEvent) -> datetime | None:
        return self.clock.now() if event.demonstration else None

    def follow(self) -> None:
        while self.follower.step():
            pass

    def bookmark(self) -> int:
        """Return how far the reactors have read."""
        with self.pool.connection() as connection:
            asked = "SELECT position FROM bookmark WHERE reader = 'reactor'"
            row = connection.execute(asked).fetchone()
        return row[0] if row else 0

    def react(self, duties: Sequence[Duty], batch: int = 1000) -> None:
        reactor = Reactor(self.journal, self.register, duties, batch)
        while reactor.step():
            pass

    def tick(self, duties: Sequence[Duty]) -> int:
        return Timetable(self.register, self.clock, duties).step()

    def work(self, duties: Sequence[Duty]) -> list[Task]:
        """Do whatever is asked for, and what that asks for; return it as it became."""
        named = {duty.name: duty for duty in duties}
        runner = Runner(self.workshop)
        done = []
        while tasks := self.register.take_unsent():
            for task in tasks:
                runner.run(named[task.duty], task.task)
                done.append(task.task)
        return [found for task in done if (found := self.register.find(task))]

    def settle(self, duties: Sequence[Duty]) -> list[Task]:
        """Let everything take its course: views, reactions, work, and what these bring about."""
        done: list[Task] = []
        while True:
            self.follow()
            self.react(duties)
            tasks = self.work(duties)
            if not tasks:
                return done
            done += tasks


def _no_press() -> AbstractContextManager[Press]:
    """An office has no signing keys."""
    raise NO_KEYS("keys")


@contextmanager
def office(url: str, folder: Path, **register: object) -> Iterator[Office]:
    """Open an office over an empty database."""
    migrate(url)
    with ConnectionPool(url, min_size=1, max_size=8, kwargs={"autocommit": True}) as pool:
        journal = JournalRecorder(pool, lambda: psycopg.connect(url))
        vault = Vault(pool, MasterKey.load_or_create(folder / "master.key", may_create=True))
        clock = SimulatedClock(at(TODAY, 10))
        follower = Follower(journal, lambda: psycopg.connect(url), VIEWS)
        follower.prepare()
        workshop = Workshop(
            records=Records(journal, vault),
            journal=journal,
            vault=vault,
            asking=Asking(pool, VIEWS),
            register=TaskRegister(pool, **register),  # type: ignore[arg-type] # a test's choice
            tokens=Tokens(pool),
            clock=clock,
            exports=folder / "exports",
            press=_no_press,
        )
        try:
            yield Office(url, pool, workshop, clock, follower)
        finally:
            follower.close()
            journal.close()


QUICK = {"patience": timedelta(milliseconds=50), "lease": timedelta(milliseconds=200)}
"""A register that waits for nobody, for tests of what happens when time runs out."""
