"""How a duty is run: taken from the register, done, and written down as done, failed or too early.

The register, not the broker, says who holds a task. A worker shows that it lives while it works;
one that was paused for longer finds its task taken over, and finishes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog
from dramatiq import Actor, Broker, Worker
from dramatiq.middleware import TimeLimitExceeded

from domain.identity import Id, new_id
from domain.journal.tasks import Task
from domain.refusals import ShiluError
from workers.duty import NOT_YET, Duty, Job, LostTask, NotYet, Workshop

BEAT_SECONDS = 15.0
STOP_MILLISECONDS = 15_000

log = structlog.get_logger("shilu.work")


class Runner:
    """Runs duties for one worker process."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._register = workshop.register
        self._held: set[Id] = set()

    def run(self, duty: Duty, task: Id) -> None:
        """Do one task, unless it is done, given up, or in the hands of somebody who lives."""
        holder = new_id()
        begun = self._register.begin(task, holder)
        if begun is None:
            return
        self._held.add(holder)
        try:
            self._do(duty, begun, holder)
        finally:
            self._held.discard(holder)

    def _do(self, duty: Duty, task: Task, holder: Id) -> None:
        job = Job(task, holder, self._register)
        try:
            self._workshop.wait_for_views(task.position)
            result = duty.does(self._workshop, job)
        except NotYet:
            self._register.postpone(task.task, holder, NOT_YET)
        except LostTask:
            log.warning("task.lost", duty=duty.name, task=task.task)
        except (Exception, TimeLimitExceeded) as error:  # noqa: BLE001 - it is kept and shown
            code = code_of(error)
            log.warning(
                "task.failed", duty=duty.name, task=task.task, error=code, attempt=task.attempts
            )
            self._register.fail(task.task, holder, code)
        else:
            if not self._register.finish(task.task, holder, result):
                log.warning("task.lost", duty=duty.name, task=task.task)

    def renew(self) -> None:
        """Throw away what a lost database has left behind."""
        self._register.renew()

    def beat(self) -> None:
        """Show that the tasks in hand are being worked on."""
        for holder in tuple(self._held):
            self._register.beat(holder)


def code_of(error: BaseException) -> str:
    """Name an error by its stable code or its kind; its words may hold what nobody may read."""
    return error.code if isinstance(error, ShiluError) else type(error).__name__


def employ(broker: Broker, duties: Sequence[Duty], runner: Runner) -> None:
    """Make each duty an actor of the broker."""
    for duty in duties:
        Actor(
            _actor(duty, runner),
            broker=broker,
            actor_name=duty.name,
            queue_name=duty.queue,
            priority=0,
            options={},
        )


def _actor(duty: Duty, runner: Runner) -> Callable[[Id], None]:
    def act(task: Id) -> None:
        try:
            runner.run(duty, task)
        except Exception as error:  # noqa: BLE001 - its words must not get into the broker's log
            # The register could not be reached. It asks again for what nobody finished.
            log.error("work.interrupted", duty=duty.name, task=task, error=code_of(error))  # noqa: TRY400
            # Else each task to come would meet one more dead connection, and wait to be sent again.
            runner.renew()

    return act


def work(broker: Broker, runner: Runner, threads: int, stop: threading.Event) -> None:
    """Work until told to stop; what is in hand is finished first, the rest given back."""
    broker.emit_after("process_boot")  # from here on tasks are ended that take too long
    worker = Worker(broker, worker_threads=threads)
    worker.start()
    try:
        while not stop.wait(BEAT_SECONDS):
            try:
                runner.beat()
            except Exception as error:  # noqa: BLE001 - who works longer than it is lost finds out
                log.warning("work.unheard", error=code_of(error))
    finally:
        worker.stop(timeout=STOP_MILLISECONDS)
