"""Rebuilding: a view's new version is filled beside the old one and takes its place at once.

A row belongs to one ledger, so a ledger is folded whole, in memory, and its rows are copied in
once, as they stand at its end; keys and indexes are made when all are there. Ledgers too long for
that, journals too long to be read ledger by ledger, and what is written meanwhile, are taken as
following takes them. Readers see the old rows until the moment of the change and the new ones after
it. Killed on the way, the half-filled tables are thrown away by the next attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, takewhile

import psycopg

from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from projections.engine.copying import copy_lines
from projections.engine.fold import Folder, uncollected
from projections.engine.follow import REFUSED, take
from projections.engine.lines import LinedRows
from projections.engine.standing import CHANNEL, definitions, hold, park_new, set_state
from projections.engine.store import complete, create, rename, table_name
from projections.engine.view import View, topics_beside

BESIDE = "__next"
BATCH = 5_000
WHOLE = 50_000
"""How many events a ledger folded whole may have; at some 4 KiB each it bounds the memory."""
SCATTERED = 3_000_000
"""How many events a journal read ledger by ledger may have. They are some 4 GiB; where a longer one
is not in memory, each event of a ledger is a page of its own to be fetched from the disk."""
CLOSE_ENOUGH = 2_000
INDEXING = 2
"""How many tables are indexed at a time."""

Connect = Callable[[], psycopg.Connection]


def outdated(connection: psycopg.Connection, views: Sequence[View]) -> list[View]:
    """Return the views whose tables were made by another definition than today's."""
    known = definitions(connection)
    return [view for view in views if known.get(view.name) not in (None, view.definition())]


def rebuild(
    journal: JournalRecorder,
    connect: Connect,
    views: Sequence[View],
    batch: int = BATCH,
    progress: Callable[[int], object] = int,
) -> int:
    """Rebuild views from the first event and return the position they stand at.

    `progress` is told how many events have been taken, again and again.
    """
    with connect() as connection, uncollected():
        connection.autocommit = True
        with connection.transaction():
            _forget(connection, views)
            for view in views:
                create(connection, view, BESIDE, bare=True)
        position = journal.max_notification_id() or 0
        if position > SCATTERED:
            position = 0
            _complete(connect, views)
        else:
            _fill(_Filling(journal, connection, views, position), connect, batch, progress)
        while len(rows := journal.read(position, batch)) > CLOSE_ENOUGH:
            _take(connection, views, rows)
            progress(position := rows[-1].position)
        return _change_over(journal, connection, views, position)


def _fill(
    filling: _Filling, connect: Connect, batch: int, progress: Callable[[int], object]
) -> None:
    """Fill tables with the ledgers as they stand at a position, and give them their keys."""
    taken = 0
    for taken in filling.whole(batch):
        progress(taken)
    _complete(connect, filling.views)
    for rows in _batches(filling.rest(), batch):
        _take(filling.connection, filling.views, rows)
        progress(taken := taken + len(rows))


class _Filling:
    """Fills tables that have no keys yet with ledgers as they stand at a position."""

    def __init__(
        self,
        journal: JournalRecorder,
        connection: psycopg.Connection,
        views: Sequence[View],
        upto: int,
    ) -> None:
        self.journal = journal
        self.connection = connection
        self.views = views
        self.upto = upto
        self.aside: list[Id] = []
        # What is not known is read: it must be parked, not passed over.
        self.without = topics_beside(views)

    def whole(self, batch: int) -> Iterator[int]:
        """Fold ledgers whole, some at a time, and yield how many events they had so far.

        While the database takes the rows of some in, the next are folded.
        """
        taken = 0
        with ThreadPoolExecutor(1, "rebuild-writing") as writing:
            last: Future[None] | None = None
            for ledgers, size in self._portions(batch):
                rows, folder = self._folded(ledgers)
                if last is not None:
                    last.result()
                last = writing.submit(self._write, ledgers, rows, folder)
                yield (taken := taken + size)
            if last is not None:
                last.result()

    def rest(self) -> Iterator[JournalRow]:
        """Yield the events of the ledgers that were set aside."""
        for ledger in self.aside:
            yield from self._read(ledger)

    def _portions(self, batch: int) -> Iterator[tuple[list[Id], int]]:
        """Yield ledgers that have some events between them, and how many; set the long aside."""
        portion: list[Id] = []
        events = 0
        for ledger, size in self.journal.ledgers():
            if size > WHOLE:
                self.aside.append(ledger)
                continue
            portion.append(ledger)
            events += size
            if events >= batch:
                yield portion, events
                portion, events = [], 0
        if portion:
            yield portion, events

    def _read(self, ledger: Id) -> Iterator[JournalRow]:
        rows = self.journal.read_ledger(ledger, without=self.without)
        return takewhile(lambda row: row.position <= self.upto, rows)

    def _folded(self, ledgers: Sequence[Id]) -> tuple[LinedRows, Folder]:
        rows, folder = LinedRows(self.views), Folder(self.views)
        for ledger in ledgers:
            for event, effects in folder.effects(self._read(ledger)):
                rows.apply(event, effects)
        return rows, folder

    def _write(self, ledgers: Sequence[Id], rows: LinedRows, folder: Folder) -> None:
        """Copy rows in; ledgers with something that a table cannot hold are set aside."""
        try:
            with self.connection.transaction():
                for shelf in rows.shelves.values():
                    if living := shelf.living():
                        name = table_name(shelf.table, BESIDE)
                        columns = tuple(shelf.table.all_columns)
                        copy_lines(self.connection, name, columns, shelf.written(living))
                park_new(self.connection, folder, (), BESIDE)
        except REFUSED:
            self.aside += ledgers


def _complete(connect: Connect, views: Sequence[View]) -> None:
    """Make keys and indexes, several tables at a time, the fullest first."""

    def make(view: View) -> None:
        with connect() as connection:
            complete(connection, view, BESIDE)

    with ThreadPoolExecutor(INDEXING, "rebuild-indexing") as indexing:
        for made in [indexing.submit(make, view) for view in views]:
            made.result()


def _batches(rows: Iterable[JournalRow], batch: int) -> Iterator[list[JournalRow]]:
    left = iter(rows)
    while some := list(islice(left, batch)):
        yield some


def _take(connection: psycopg.Connection, views: Sequence[View], rows: list[JournalRow]) -> None:
    with connection.transaction():
        take(connection, views, rows, BESIDE)


def _change_over(
    journal: JournalRecorder, connection: psycopg.Connection, views: Sequence[View], position: int
) -> int:
    """Catch up while nobody else writes views, and put the new tables in place."""
    with connection.transaction():
        hold(connection)
        while rows := journal.read(position, BATCH):
            take(connection, views, rows, BESIDE)
            position = rows[-1].position
        for view in views:
            rename(connection, view, BESIDE)
            set_state(connection, view.name, view.definition(), position)
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
