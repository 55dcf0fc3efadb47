"""Rebuilding: a view's new version is filled beside the old one and takes its place at once.

Readers see the old rows until the moment of the change and the new ones after it. Killed on
the way, the half-filled tables are thrown away by the next attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psycopg

from domain.journal.recorder import JournalRecorder
from projections.engine.follow import CHANNEL, hold, positions, set_state, take
from projections.engine.store import create, rename
from projections.engine.view import View

BESIDE = "__next"
BATCH = 20_000
CLOSE_ENOUGH = 2_000


def outdated(connection: psycopg.Connection, views: Sequence[View]) -> list[View]:
    """Return the views whose tables were made by another definition than today's."""
    rows = connection.execute("SELECT view, definition FROM view_state").fetchall()
    known: dict[str, str] = dict(rows)
    return [view for view in views if known.get(view.name) not in (None, view.definition())]


def rebuild(
    journal: JournalRecorder,
    connect: Callable[[], psycopg.Connection],
    views: Sequence[View],
    batch: int = BATCH,
    progress: Callable[[int], object] = int,
) -> int:
    """Rebuild views from the first event and return the position they stand at.

    `progress` is told each position reached.
    """
    with connect() as connection:
        connection.autocommit = True
        with connection.transaction():
            _forget(connection, views)
            for view in views:
                create(connection, view, BESIDE)
        position = 0
        while True:
            rows = journal.read(position, batch)
            if len(rows) <= CLOSE_ENOUGH:
                break
            with connection.transaction():
                take(connection, views, rows, BESIDE)
            position = rows[-1].position
            progress(position)
        return _change_over(journal, connection, views, position)


def _change_over(
    journal: JournalRecorder, connection: psycopg.Connection, views: Sequence[View], position: int
) -> int:
    """Catch up while nobody else writes views, and put the new tables in place."""
    with connection.transaction():
        hold(connection)
        reached = min(positions(connection).get(view.name, 0) for view in views)
        while rows := journal.read(position, BATCH):
            take(connection, views, rows, BESIDE)
            position = rows[-1].position
        for view in views:
            rename(connection, view, BESIDE)
            set_state(connection, view.name, view.definition(), max(position, reached))
            _adopt_parked(connection, view)
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(position)))
    return position


def _forget(connection: psycopg.Connection, views: Sequence[View]) -> None:
    names = [view.name + BESIDE for view in views]
    connection.execute("DELETE FROM view_parked WHERE view = ANY (%s)", (names,))


def _adopt_parked(connection: psycopg.Connection, view: View) -> None:
    connection.execute("DELETE FROM view_parked WHERE view = %s", (view.name,))
    connection.execute(
        "UPDATE view_parked SET view = %s WHERE view = %s", (view.name, view.name + BESIDE)
    )
