"""Forgets tasks that were finished long ago; what failed stays until somebody has dealt with it."""

from __future__ import annotations

from datetime import timedelta

from workers.duty import Duty, Job, Workshop

KEPT = timedelta(days=30)


def tidy(workshop: Workshop, _job: Job) -> str:
    """Forget what was finished more than 30 days ago and return how many tasks that was."""
    return str(workshop.register.forget_finished(workshop.clock.now() - KEPT))


TIDY = Duty("tidy_tasks", tidy, cron="40 3 * * *")
