"""Lanes for tests: those of as many processes as are asked for, over one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from deploy.migrate import migrate
from domain.journal.lane import Lane


@contextmanager
def lanes_of(database_url: str) -> Iterator[Callable[[], Lane]]:
    """Make lanes over an empty database for as long as this lasts."""
    migrate(database_url)
    made: list[Lane] = []

    def make() -> Lane:
        made.append(Lane(lambda: psycopg.connect(database_url)))
        return made[-1]

    yield make
    for each in made:
        each.close()
