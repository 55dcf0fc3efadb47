"""Following: one process reads new events in batches and keeps every view up to date.

Each batch is one transaction: the rows, the parked streams, the position, and a notification
for those who wait to see their own writes. Killed at any moment, it goes on from the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence

import psycopg
import structlog

from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from projections.engine.batch import Batch
from projections.engine.fold import Effects, Folder, Parked, uncollected
from projections.engine.store import create
from projections.engine.view import Table, View

CHANNEL = "views"
LOCK = 0x5649455753  # "VIEWS": who holds it writes views
BATCH = 5000
POLL_SECONDS = 0.5
REFUSED = (psycopg.DataError, psycopg.IntegrityError)
"""What rows that a table cannot hold raise."""

log = structlog.get_logger()


class Follower:
    """Keeps views in step with the journal. Call `step` until there is nothing, or `run`."""

    def __init__(
        self,
        journal: JournalRecorder,
        connect: Callable[[], psycopg.Connection],
        views: Sequence[View],
        batch: int = BATCH,
    ) -> None:
        self.journal = journal
        self.connect = connect
        self.views = views
        self.batch = batch
        self._connection: psycopg.Connection | None = None
        self._crowded: set[Table] = set()

    def prepare(self) -> None:
        """Make the tables of views that have none. Rebuilding what changed is `rebuild`'s."""
        with self.connect() as connection, connection.transaction():
            hold(connection)
            known = positions(connection)
            for view in self.views:
                if view.name not in known:
                    create(connection, view)
                    set_state(connection, view.name, view.definition(), 0)

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop; a lost database is waited for."""
        while not stop.is_set():
            try:
                if self.step() == 0:
                    self._wait()
            except psycopg.OperationalError as error:
                log.warning("follow.database_lost", error=type(error).__name__)
                self.close()
                stop.wait(POLL_SECONDS)
        self.close()

    def step(self) -> int:
        """Take one batch into the views and return how many events it had."""
        connection = self._open()
        with connection.transaction():
            hold(connection)
            known = positions(connection)
            behind = min(known[view.name] for view in self.views)
            rows = self.journal.read(behind, self.batch)
            if rows:
                self._take(connection, rows, known)
        return len(rows)

    def _take(
        self, connection: psycopg.Connection, rows: list[JournalRow], known: dict[str, int]
    ) -> None:
        waiting = [view for view in self.views if known[view.name] < rows[-1].position]
        for behind in sorted({known[view.name] for view in waiting}):
            views = [view for view in waiting if known[view.name] == behind]
            new = [row for row in rows if row.position > behind]
            take(connection, views, new, crowded=self._crowded)
        last = rows[-1].position
        names = [view.name for view in waiting]
        connection.execute(
            "UPDATE view_state SET position = %s WHERE view = ANY (%s)", (last, names)
        )
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(last)))

    def retry(self, view: View, stream: str) -> bool:
        """Digest a parked stream from where it was parked; True when it is parked no more."""
        with self.connect() as connection, connection.transaction():
            hold(connection)
            parked = parked_streams(connection, [view]).get((view.name, stream))
            if parked is None:
                return True
            upto = positions(connection)[view.name]
            rows = [
                row
                for row in self.journal.read_stream(stream)
                if parked.position <= row.position <= upto
            ]
            folder = Folder([view])
            effects = folder.effects(rows)
            if folder.parked:
                return False
            Batch(connection, [view]).write(effects)
            connection.execute(
                "DELETE FROM view_parked WHERE view = %s AND stream = %s", (view.name, stream)
            )
            return True

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self.connect()
            self._connection.autocommit = True
            self._connection.execute("LISTEN journal")
        return self._connection

    def _wait(self) -> None:
        for _ in self._open().notifies(timeout=POLL_SECONDS, stop_after=1):
            pass


def take(
    connection: psycopg.Connection,
    views: Sequence[View],
    rows: list[JournalRow],
    suffix: str = "",
    crowded: set[Table] | None = None,
) -> None:
    """Fold events into views' tables, and park what cannot be digested or written."""
    folder = Folder(views, parked_streams(connection, views, suffix))
    known = set(folder.parked)
    with uncollected():
        keep(connection, folder, rows, folder.effects(rows), suffix, crowded)
    park_new(connection, folder, known, suffix)


def keep(
    connection: psycopg.Connection,
    folder: Folder,
    rows: list[JournalRow],
    effects: Effects,
    suffix: str = "",
    crowded: set[Table] | None = None,
) -> None:
    """Write the effects of events; what tables cannot hold is parked in the folder."""
    try:
        with connection.transaction():
            Batch(connection, folder.views, suffix, crowded).write(effects)
    except REFUSED:
        _take_singly(connection, folder, rows, suffix)


def park_new(
    connection: psycopg.Connection, folder: Folder, known: Collection[tuple[str, str]], suffix: str
) -> None:
    """Write down what was parked and is not yet known to be."""
    for key, parked in folder.parked.items():
        if key not in known:
            _park(connection, parked, suffix)


def _take_singly(
    connection: psycopg.Connection, folder: Folder, rows: list[JournalRow], suffix: str
) -> None:
    """Find the event whose rows the database refuses; only its stream is parked."""
    for row in rows:
        for view in folder.views:
            single = Folder([view], folder.parked)
            effects = single.effects([row])
            try:
                with connection.transaction():
                    Batch(connection, [view], suffix).write(effects)
            except REFUSED as error:
                folder.park(view, row, error)


def positions(connection: psycopg.Connection) -> dict[str, int]:
    """Return how far each view has come."""
    return dict(connection.execute("SELECT view, position FROM view_state").fetchall())


def parked_streams(
    connection: psycopg.Connection, views: Sequence[View], suffix: str = ""
) -> dict[tuple[str, str], Parked]:
    """Return what is parked for these views, by view and stream."""
    rows = connection.execute(
        "SELECT view, stream::text, position, error FROM view_parked WHERE view = ANY (%s)",
        ([view.name + suffix for view in views],),
    ).fetchall()
    plain = (Parked(view.removesuffix(suffix), *rest) for view, *rest in rows)
    return {(parked.view, parked.stream): parked for parked in plain}


def _park(connection: psycopg.Connection, parked: Parked, suffix: str) -> None:
    log.error("view.parked", view=parked.view, stream=parked.stream, error=parked.error)
    connection.execute(
        "INSERT INTO view_parked (view, stream, position, error) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (parked.view + suffix, parked.stream, parked.position, parked.error),
    )


def hold(connection: psycopg.Connection) -> None:
    """Keep everyone else from writing views until this transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))


def set_state(connection: psycopg.Connection, name: str, definition: str, position: int) -> None:
    """Say which definition a view's tables have, and how far they have come."""
    connection.execute(
        "INSERT INTO view_state (view, definition, position) VALUES (%s, %s, %s)"
        " ON CONFLICT (view) DO UPDATE SET definition = excluded.definition,"
        " position = excluded.position",
        (name, definition, position),
    )
