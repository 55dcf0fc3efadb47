"""What the API is given: the parts that `deploy` builds, and nothing that it builds itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import Request

from domain.clock import Clock
from domain.journal.attachments import AttachmentStore
from domain.journal.checkpoints import Checkpoints
from domain.journal.demonstrations import Demonstrations
from domain.journal.feed import Feed
from domain.journal.recorder import JournalRecorder
from domain.journal.records import Records
from domain.journal.tasks import TaskRegister
from domain.journal.tokens import Tokens
from domain.journal.vault import Vault
from projections.engine.ask import Asking
from projections.engine.past import Past
from projections.engine.watch import Watch


@dataclass(frozen=True)
class Services:
    """The parts behind the API."""

    records: Records
    journal: JournalRecorder
    checkpoints: Checkpoints
    vault: Vault
    tokens: Tokens
    demonstrations: Demonstrations
    feed: Feed
    asking: Asking
    past: Past
    watch: Watch
    clock: Clock
    attachments: AttachmentStore
    register: TaskRegister
    exports: Path
    outages: tuple[type[Exception], ...] = ()
    """What is raised when the database does not answer; only `deploy` knows which database."""
    unfit: tuple[type[Exception], ...] = ()
    """What is raised when it cannot take what it was asked, as a text with a NUL in it."""


def services_of(request: Request) -> Services:
    """Return the parts of this application."""
    found: Services = request.app.state.services
    return found


async def services(request: Request) -> Services:
    """Return the same as a dependency; asynchronous, so that it takes no thread."""
    return services_of(request)
