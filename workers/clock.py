"""The clock: asks for timed work, each due time once, however many clocks run.

Cron expressions are civil time (Asia/Shanghai). What fell due while no clock ran is made up for,
but only the latest times of each duty: a sweep over all cases need not be done once for each
night that the machine was off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from croniter import croniter

from domain.clock import SHANGHAI, Clock
from domain.journal.tasks import TaskRegister
from workers.duty import Duty

LOOK_BACK = timedelta(days=400)


class Timetable:
    """Asks for the duties that have a cron expression."""

    def __init__(self, register: TaskRegister, clock: Clock, duties: Sequence[Duty]) -> None:
        self._register = register
        self._clock = clock
        self._duties = [duty for duty in duties if duty.cron]

    def step(self) -> int:
        """Ask for what has fallen due and return how many due times it was."""
        now = self._clock.now()
        return sum(self._ask(duty, now) for duty in self._duties)

    def _ask(self, duty: Duty, now: datetime) -> int:
        due = due_times(duty.cron or "", self._register.last_due(duty.name), now, duty.catch_up)
        if not due:
            return 0
        moments = [(moment, [duty.asked_at(moment)]) for moment in due]
        return self._register.ask_when_due(duty.name, moments)


def due_times(cron: str, last: datetime | None, now: datetime, at_most: int) -> list[datetime]:
    """Return the due times after `last` up to `now`, the latest `at_most`, in order.

    Where nothing was ever asked for, the latest due time counts as missed.
    """
    after = max(last or now - LOOK_BACK, now - LOOK_BACK)
    backwards = croniter(cron, now.astimezone(SHANGHAI) + timedelta(microseconds=1))
    found: list[datetime] = []
    while len(found) < (at_most if last is not None else 1):
        moment: datetime = backwards.get_prev(datetime)
        if moment <= after:
            break
        found.append(moment)
    return found[::-1]
