"""Rebuilding: a view's new version is filled beside the old one and takes its place at once.

Readers see the old rows until the moment of the change and the new ones after it. Killed on
the way, the half-filled tables are thrown away by the next attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg

from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from projections.engine.fold import Effects, Folder, uncollected
from projections.engine.follow import (
    CHANNEL,
    hold,
    keep,
    park_new,
    positions,
    set_state,
    take,
)
from projections.engine.store import create, index, rename
from projections.engine.view import Table, View

BESIDE = "__next"
BATCH = 5_000
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
    with connect() as connection, uncollected():
        connection.autocommit = True
        with connection.transaction():
            _forget(connection, views)
            for view in views:
                create(connection, view, BESIDE, indexed=False)
        position = 0
        for position in _filled(journal, connection, views, batch):
            progress(position)
        for view in views:
            index(connection, view, BESIDE)
        return _change_over(journal, connection, views, position)


def _filled(
    journal: JournalRecorder, connection: psycopg.Connection, views: Sequence[View], batch: int
) -> Iterator[int]:
    """Fill the tables up to what is new, yielding each position reached.

    While the database takes one batch in, the next is read and digested: both have a processor.
    """
    folder, crowded, known = Folder(views), set[Table](), set[tuple[str, str]]()

    def digest(after: int) -> tuple[list[JournalRow], Effects]:
        rows = journal.read(after, batch)
        return rows, folder.effects(rows) if len(rows) > CLOSE_ENOUGH else []

    with ThreadPoolExecutor(1, "rebuild-ahead") as ahead:
        coming = ahead.submit(digest, 0)
        while len((digested := coming.result())[0]) > CLOSE_ENOUGH:
            rows, effects = digested
            digestible = dict(folder.parked)
            writing = Folder(views, dict(digestible))
            coming = ahead.submit(digest, rows[-1].position)
            with connection.transaction():
                keep(connection, writing, rows, effects, BESIDE, crowded)
                park_new(connection, writing, known, BESIDE)
            known.update(writing.parked)
            if writing.parked != digestible:  # what comes was digested without knowing of it
                coming.result()
                folder.parked.update(writing.parked)
                coming = ahead.submit(digest, rows[-1].position)
            yield rows[-1].position


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
