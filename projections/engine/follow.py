"""Following: one process reads new events in batches and keeps every view up to date.

Each batch is one transaction: the rows, the parked streams, the position, and a notification
for those who wait to see their own writes. Killed at any moment, it goes on from the last.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import structlog
from psycopg.errors import IdleInTransactionSessionTimeout

from domain.journal.entries import JournalRow
from domain.journal.recorder import JournalRecorder
from projections.engine.batch import Batch, fold_ahead
from projections.engine.fold import Folder, Parked, uncollected
from projections.engine.standing import (
    CHANNEL,
    definitions,
    hold,
    park_new,
    parked_streams,
    positions,
    set_state,
)
from projections.engine.store import add_missing_indexes, create
from projections.engine.view import Table, View

BATCH = 5000
POLL_SECONDS = 0.5
GATHER_SECONDS = 0.03
"""How far apart short batches begin: most of what one costs does not depend on its events, and
what comes after a pause is still seen at once."""
AS_NEEDED = "SELECT set_config('idle_in_transaction_session_timeout', %s, false)"
SILENT_AT_MOST = "60s"
"""How long one may have the views in hand and say nothing, before the server takes them away."""
LOST = (psycopg.OperationalError, IdleInTransactionSessionTimeout)
"""What is raised where the connection is gone, or was taken away."""
REFUSED = (psycopg.DataError, psycopg.IntegrityError)
"""What rows that a table cannot hold raise."""

log = structlog.get_logger()


class OutdatedError(Exception):
    """A view's tables were made by another definition than today's: it has to be built anew."""


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
        self._digesting = ThreadPoolExecutor(1, "digesting")
        self._ahead: Future[Digested] | None = None

    def prepare(self) -> None:
        """Make the tables of views that have none, and indexes that are new.

        Rebuilding what changed is `rebuild`'s.
        """
        with self.connect() as connection, connection.transaction():
            hold(connection)
            known = definitions(connection)
            for view in self.views:
                if view.name not in known:
                    create(connection, view)
                    set_state(connection, view.name, view.definition(), 0)
                elif known[view.name] == view.definition():
                    add_missing_indexes(connection, view)

    def run(self, stop: threading.Event) -> None:
        """Follow until told to stop; a lost database is waited for."""
        while not stop.is_set():
            began = time.monotonic()
            try:
                taken = self.step()
                if taken == 0:
                    _hear(self._open(), POLL_SECONDS)
                elif taken < self.batch:
                    stop.wait(GATHER_SECONDS - (time.monotonic() - began))
            except LOST as error:
                log.warning("follow.database_lost", error=type(error).__name__)
                self.close()
                stop.wait(POLL_SECONDS)
        self.close()

    def step(self) -> int:
        """Take one batch into the views and return how many events it had."""
        connection = self._open()
        _hear(connection, 0)  # what rang is about to be read; unheard it would pile up
        with connection.transaction(), uncollected():
            hold(connection)
            known = positions(connection, self.views)
            behind = {known[view.name] for view in self.views}
            if len(behind) > 1:
                return self._catch_up(connection, known, min(behind))
            digested = self._digested(connection, min(behind))
            if digested.journal:
                self._keep(connection, digested)
            return len(digested.journal)

    def _keep(self, connection: psycopg.Connection, digested: Digested) -> None:
        """Write a batch; while the database takes it in, the next one is digested."""
        last = digested.journal[-1].position
        if len(digested.journal) == self.batch:
            parked = dict(digested.folder.parked)
            self._ahead = self._digesting.submit(self._digest, last, parked)
        keep(connection, digested, crowded=self._crowded)
        self._reached(connection, self.views, last)

    def _digested(self, connection: psycopg.Connection, behind: int) -> Digested:
        """Return the next batch, as it was digested ahead if nothing has changed since."""
        parked = parked_streams(connection, self.views)
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            digested = ahead.result()
            if (digested.behind, digested.parked) == (behind, parked):
                return digested
        return self._digest(behind, parked)

    def _digest(self, behind: int, parked: dict[tuple[str, str], Parked]) -> Digested:
        with uncollected():
            return Digested(self.views, behind, self.journal.read(behind, self.batch), parked)

    def _catch_up(self, connection: psycopg.Connection, known: dict[str, int], behind: int) -> int:
        """Bring the views that are furthest behind forward, up to where another stands."""
        waiting = [view for view in self.views if known[view.name] == behind]
        ahead = min(position for position in known.values() if position > behind)
        rows = self.journal.read(behind, min(self.batch, ahead - behind))
        take(connection, waiting, rows, crowded=self._crowded)
        self._reached(connection, waiting, rows[-1].position)
        return len(rows)

    def _reached(
        self, connection: psycopg.Connection, views: Sequence[View], position: int
    ) -> None:
        names = [view.name for view in views]
        connection.execute(
            "UPDATE view_state SET position = %s WHERE view = ANY (%s)", (position, names)
        )
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(position)))

    def parked(self) -> list[Parked]:
        """Return what waits, of all views, the longest first."""
        with self.connect() as connection:
            return sorted(
                parked_streams(connection, self.views).values(), key=lambda one: one.position
            )

    def retry(self, view: View, stream: str) -> bool:
        """Digest a parked stream from where it was parked; True when it is parked no more.

        Raises `OutdatedError` while the view's tables are of an older definition.
        """
        try:
            return self._retry(view, stream)
        except REFUSED:  # its rows can still not be kept, and nothing has changed
            return False

    def _retry(self, view: View, stream: str) -> bool:
        with self.connect() as connection, connection.transaction():
            hold(connection)
            if definitions(connection).get(view.name) != view.definition():
                raise OutdatedError(view.name)
            parked = parked_streams(connection, [view]).get((view.name, stream))
            if parked is None:
                return True
            upto = positions(connection, [view])[view.name]
            rows = [
                row
                for row in self.journal.read_stream(stream)
                if parked.position <= row.position <= upto
            ]
            folder = Folder([view])
            digested = fold_ahead(folder, rows)
            if folder.parked:
                return False
            Batch(connection).write(digested)
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
            # Rows and position are lost together, and followed again; whoever writes the journal
            # shares the disk, and should not wait for these too.
            self._connection.execute("SET synchronous_commit = off")
            self._connection.execute(AS_NEEDED, (SILENT_AT_MOST,))
            self._connection.execute("LISTEN journal")
        return self._connection


def _hear(connection: psycopg.Connection, seconds: float) -> None:
    """Wait until it rings, or so long, and take notice of all that rang."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


class Digested:
    """Events after a position, folded as far as can be done without the database.

    `parked` is what was parked before them; the folder knows what they added to it.
    """

    def __init__(
        self,
        views: Sequence[View],
        behind: int,
        journal: list[JournalRow],
        parked: dict[tuple[str, str], Parked],
    ) -> None:
        self.behind = behind
        self.journal = journal
        self.parked = parked
        self.folder = Folder(views, dict(parked))
        self.rows = fold_ahead(self.folder, journal)


def take(
    connection: psycopg.Connection,
    views: Sequence[View],
    rows: list[JournalRow],
    suffix: str = "",
    crowded: set[Table] | None = None,
) -> None:
    """Fold events into views' tables, and park what cannot be digested or written."""
    parked = parked_streams(connection, views, suffix)
    with uncollected():
        keep(connection, Digested(views, rows[0].position - 1, rows, parked), suffix, crowded)


def keep(
    connection: psycopg.Connection,
    digested: Digested,
    suffix: str = "",
    crowded: set[Table] | None = None,
) -> None:
    """Write what events do, and park what could not be digested or tables cannot hold."""
    try:
        with connection.transaction():
            Batch(connection, suffix, crowded).write(digested.rows)
    except REFUSED:
        _take_singly(connection, digested.folder, digested.journal, suffix)
    park_new(connection, digested.folder, digested.parked, suffix)


def _take_singly(
    connection: psycopg.Connection, folder: Folder, rows: list[JournalRow], suffix: str
) -> None:
    """Find the event whose rows the database refuses; only its stream is parked."""
    for row in rows:
        for view in folder.views:
            single = Folder([view], folder.parked)
            digested = fold_ahead(single, [row])
            try:
                with connection.transaction():
                    Batch(connection, suffix).write(digested)
            except REFUSED as error:
                folder.park(view, row, error)
