"""Forgets tasks that were finished long ago; what failed stays until somebody has dealt with it."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from workers.duty import Duty, Job, Workshop

KEPT = timedelta(days=30)


def tidy(workshop: Workshop, _job: Job) -> str:
    """Forget what was finished more than 30 days ago and return how many tasks that was.

    The files that they made go too: nobody can ask for them any more, and they may tell of people.
    """
    before = workshop.clock.now() - KEPT
    remove_files(workshop.exports, before)
    return str(workshop.register.forget_finished(before))


def remove_files(folder: Path, before: datetime) -> None:
    """Remove whatever was last written before a moment, unfinished work as well."""
    for path in folder.glob("*"):
        if path.stat().st_mtime >= before.timestamp():
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


TIDY = Duty("tidy_tasks", tidy, cron="40 3 * * *")
