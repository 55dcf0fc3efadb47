"""The reactor: reads events in order, asks for what they call for, and hands it to the broker.

What is asked for is kept together with how far the reactor has read. Handing it to the broker
comes after; whatever a broker loses is handed to it again, since nobody has finished it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from dramatiq import Broker, Message

from domain.identity import Id, derived_id
from domain.journal.codec import decode
from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from domain.journal.tasks import Asked, TaskRegister
from workers.duty import Duty, Job, Workshop, by_name

READER = "reactor"
READ_AGAIN = "read_event"
BATCH = 1000

log = structlog.get_logger("shilu.reactor")


class Reactor:
    """Turns events into tasks. Any number may run: they take turns."""

    def __init__(
        self,
        journal: JournalRecorder,
        register: TaskRegister,
        duties: Sequence[Duty],
        batch: int = BATCH,
    ) -> None:
        self._journal = journal
        self._register = register
        self._duties = [duty for duty in duties if duty.on]
        self._batch = batch

    def step(self) -> int:
        """Read one batch and return how many events it had."""
        return self._register.react(READER, self._take)

    def _take(self, before: int) -> tuple[int, Sequence[Asked]]:
        rows = self._journal.read(before, self._batch)
        asked: dict[Any, Asked] = {}
        for row in rows:
            try:
                found = called_for(self._duties, row)
            except Exception as error:  # noqa: BLE001 - one event must not keep back all others
                log.error("event.unread", position=row.position, error=type(error).__name__)  # noqa: TRY400
                asked[row.position] = _read_again(row)
                continue
            for duty, task in found:
                key = (duty.name, task.subjects) if duty.once_a_batch else task.task
                asked[key] = task
        return (rows[-1].position if rows else before), list(asked.values())


def called_for(duties: Sequence[Duty], row: JournalRow) -> list[tuple[Duty, Asked]]:
    """Return the tasks that an event asks for."""
    event = decode(row.state)
    found = ((duty, duty.asked_by(event, row.position)) for duty in duties if duty.on)
    return [(duty, task) for duty, task in found if task is not None]


def reading_again(duties: Sequence[Duty]) -> Duty:
    """The duty of reading what the reactor could not: shown as failed until a version can."""

    def read_event(workshop: Workshop, job: Job) -> None:
        (row,) = workshop.journal.read(job.task.position - 1, 1)
        workshop.ask(*(task for _, task in called_for(duties, row)))

    return Duty(READ_AGAIN, read_event)


def _read_again(row: JournalRow) -> Asked:
    task = derived_id("task", READ_AGAIN, str(row.position))
    return Asked(task=task, duty=READ_AGAIN, subjects=(row.stream,), position=row.position)


class Outbox:
    """Hands tasks to the broker: new ones, and those that nobody began or finished in time."""

    def __init__(self, register: TaskRegister, broker: Broker, duties: Sequence[Duty]) -> None:
        self._register = register
        self._broker = broker
        self._duties = by_name(duties)

    def send(self) -> int:
        """Hand over what is due and return how much it was."""
        tasks = self._register.take_unsent()
        for task in tasks:
            duty = self._duties.get(task.duty)
            if duty is None:
                # Of another version of this program; whoever knows the duty will send it.
                log.warning("duty.unknown", duty=task.duty, task=task.task)
                continue
            self._broker.enqueue(message_of(duty, task.task))
        return len(tasks)


def message_of(duty: Duty, task: Id) -> Message[None]:
    """Return the message that carries a task: its id, and nothing else."""
    return Message(
        queue_name=duty.queue,
        actor_name=duty.name,
        args=(task,),
        kwargs={},
        options={},
        message_id=task,
    )
