"""What workers do: a duty is a named piece of work, and says what asks for it.

Events ask for it (`on`), the clock does (`cron`), or another part by its name. A duty may be done
twice, by two workers at once or after a crash, and must come out the same: its commands have fresh
ids, and its aggregates see what is so already (docs/decisions/0008). It is given ids only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from domain.clock import Clock, SimulatedClock
from domain.desk import Desk, Receipt
from domain.entry import Entry
from domain.event import AnyEvent, Facts, Occurred
from domain.identity import Id, derived_id, new_id
from domain.journal.recorder import JournalRecorder
from domain.journal.records import CommandDesk, Records
from domain.journal.tasks import Asked, Task, TaskRegister
from domain.journal.tokens import Tokens
from domain.journal.vault import Vault
from domain.principal import Principal
from projections.engine.ask import Asking
from workers.bundle import Press
from workers.notice import Notifier

WORKERS = derived_id("system", "workers")
"""The actor of everything that nobody did by hand."""
SYSTEM = Principal(actor=WORKERS, role="system")
"""Who asks for the system itself, of all operators."""
NOT_YET = timedelta(milliseconds=300)


class LostTask(Exception):
    """Another worker has taken the task over; whatever is left of it is that one's."""


class NotYet(Exception):
    """The views have not come far enough; the task goes back and is no attempt the poorer."""


@dataclass
class Workshop:
    """What duties are given to work with, built by `deploy`."""

    records: Records
    journal: JournalRecorder
    vault: Vault
    asking: Asking
    register: TaskRegister
    tokens: Tokens
    clock: Clock
    exports: Path
    press: Callable[[], AbstractContextManager[Press]]
    """What bundles are made with; raises `export.no_keys` where the signing keys are not."""
    notifier: Notifier | None = None
    """Who is told of alerts besides; None where nobody is."""

    @property
    def simulated(self) -> bool:
        """Whether the clock is set by hand: then it is for demonstrations, and for nothing else."""
        return isinstance(self.clock, SimulatedClock)

    def entry(self, operator: Id, command: Id, *, causation: Id | None = None) -> Entry:
        """Return how the system writes something down, now."""
        now = self.clock.now()
        return Entry(
            principal=replace(SYSTEM, operator=operator),
            now=now,
            occurred=Occurred(start=now),
            command=command,
            channel="system",
            causation=causation,
        )

    def desk(self, operator: Id) -> CommandDesk:
        """Return a desk to read aggregates at; what is to be recorded is carried out at its own."""
        return self.records.desk(replace(SYSTEM, operator=operator))

    def carry_out(
        self, operator: Id, decide: Callable[[Desk, Entry], Receipt], causation: Id | None = None
    ) -> Receipt:
        """Record something in the name of the system, once its rules have decided on it.

        The command has a fresh id each time: that nothing is done twice is for the aggregate to
        see, which knows more than a command id does.
        """
        entry = self.entry(operator, new_id(), causation=causation)
        return self.records.carry_out(entry.principal, entry, lambda desk: decide(desk, entry))

    def wait_for_views(self, position: int) -> None:
        """Raise `NotYet` until every view has reached a position."""
        if position and min((reached for _, reached, _ in self.asking.standing()), default=0) < (
            position
        ):
            raise NotYet

    def ask(self, *asked: Asked) -> None:
        """Ask for further tasks."""
        self.register.ask(*asked)


@dataclass(frozen=True)
class Job:
    """One task in the hands of one worker."""

    task: Task
    holder: Id
    register: TaskRegister

    def report(self, progress: int, total: int) -> None:
        """Tell how far it has come. Raises `LostTask` when it is somebody else's by now."""
        if not self.register.report(self.task.task, self.holder, progress, total):
            raise LostTask(self.task.task)


Does = Callable[[Workshop, Job], str | None]
"""Does the work and returns what is worth keeping of the outcome: an id, a hash, a count."""


def own_stream(event: AnyEvent) -> Sequence[Id]:
    """A task about the stream of the event."""
    return (event.stream,)


@dataclass(frozen=True)
class Duty:
    """One piece of work.

    `about` names the subjects of the task that an event asks for; None means it asks for none.
    `once_a_batch`: of several events about the same subjects that are read together, the last
    one asks for all. `catch_up`: how many missed due times are made up for, the latest ones.
    """

    name: str
    does: Does
    on: tuple[type[Facts], ...] = ()
    about: Callable[[AnyEvent], Sequence[Id] | None] = own_stream
    once_a_batch: bool = False
    cron: str | None = None
    catch_up: int = 1
    queue: Literal["default", "long"] = "default"

    def asked_by(self, event: AnyEvent, position: int) -> Asked | None:
        """Return the task that an event asks for."""
        if not isinstance(event.facts, self.on):
            return None
        subjects = self.about(event)
        if subjects is None:
            return None
        return Asked(
            task=derived_id("task", event.id, self.name),
            duty=self.name,
            subjects=tuple(subjects),
            position=position,
            operator=event.operator,
            station=event.station,
            ledger=event.ledger,
        )

    def asked_at(self, due: datetime) -> Asked:
        """Return the task that a due time asks for."""
        moment = due.isoformat()
        return Asked(task=derived_id("task", moment, self.name), duty=self.name, due=due)


def by_name(duties: Iterable[Duty]) -> dict[str, Duty]:
    """Index duties; a name stands for one."""
    named: dict[str, Duty] = {}
    for duty in duties:
        if duty.name in named:
            raise ValueError(f"two duties are called {duty.name}")
        named[duty.name] = duty
    return named
