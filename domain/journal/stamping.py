"""Has what stood signed on a day stamped by a timestamp authority, and never makes anybody wait.

Of each ledger only the newest day's checkpoint is stamped. When the authority was gone for a
while, what is older needs no stamp of its own any more: the newest tree begins with it, and a
stamp proves nothing of the time before it was taken.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import Connection

from domain.identity import Id
from domain.journal.alone import alone
from domain.journal.posting import Unreachable
from domain.journal.timestamp import take_timestamp
from domain.journal.verify import Unsound

SECONDS, LONGEST = 30.0, 1800.0
LOCK = 0x5354414D  # "STAM": one at a time, wherever it runs
AT_ONCE = 100
PENDING = (
    "SELECT c.ledger::text, c.era, c.size, c.note FROM ledger l CROSS JOIN LATERAL ("
    "SELECT d.ledger, d.era, d.size FROM checkpoint_day d WHERE d.ledger = l.ledger"
    " ORDER BY d.day DESC LIMIT 1) d"
    " JOIN checkpoint c ON (c.ledger, c.era, c.size) = (d.ledger, d.era, d.size)"
    " WHERE NOT EXISTS (SELECT FROM checkpoint_timestamp t"
    " WHERE (t.ledger, t.era, t.size) = (c.ledger, c.era, c.size)) LIMIT %s"
)

log = structlog.get_logger("shilu.stamp")


@dataclass
class Stamper:
    """Asks one authority, at `url`, for what has no timestamp yet."""

    connect: Callable[[], Connection]
    url: str

    def run(self, stop: threading.Event) -> None:
        """Stamp again and again until told to stop; when nobody answers, ever less often."""
        pause = SECONDS
        while not stop.wait(pause):
            try:
                self.stamp(stop)
                pause = SECONDS
            except (Unreachable, Unsound) as error:
                pause = min(2 * pause, LONGEST)
                log.warning("no timestamp", why=str(error), again_in=pause)
            except psycopg.OperationalError as error:
                log.warning("database unreachable", error=type(error).__name__)

    def stamp(self, stop: threading.Event | None = None) -> int:
        """Stamp what has no timestamp yet and return how much. Raises `Unreachable`, `Unsound`."""
        with alone(self.connect, LOCK) as connection:
            if connection is None:
                return 0
            pending = connection.execute(PENDING, (AT_ONCE,), binary=True).fetchall()
            for done, (ledger, era, size, note) in enumerate(pending):
                if stop is not None and stop.is_set():
                    return done
                self._stamp(connection, ledger, era, size, note)
            return len(pending)

    def _stamp(self, connection: Connection, ledger: Id, era: int, size: int, note: bytes) -> None:
        token, taken_at = take_timestamp(self.url, note)
        connection.execute(
            "INSERT INTO checkpoint_timestamp VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (ledger, era, size, note, token, taken_at),
        )
