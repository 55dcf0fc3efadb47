"""Events as the rows of a journal that has nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC

from domain.event import AnyEvent
from domain.journal.codec import encode
from domain.journal.entries import JournalRow


def rows_of(events: Iterable[AnyEvent]) -> Iterator[JournalRow]:
    for number, event in enumerate(events, 1):
        moment = event.captured_at.astimezone(UTC)
        yield JournalRow(number, event.ledger, number, moment, event.stream, encode(event))
