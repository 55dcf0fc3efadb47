"""The journal as it stood at an earlier moment: how far each ledger had come, and what it held.

Commit times never run backwards along a ledger, so what was known at a position or at a recording
time is a prefix of each ledger, and its end is found by halving. A time is looked for in each
ledger by itself, since a demonstration's times are simulated and tell nothing of another's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, time
from typing import NamedTuple, Protocol, TypeAlias

from psycopg_pool import ConnectionPool

from domain.clock import SHANGHAI, civil_date
from domain.identity import Id
from domain.journal.entries import JournalRow
from domain.principal import Principal
from domain.refusals import refusal

Moment: TypeAlias = int | datetime
"""A position, or a recording time: what was recorded up to it, itself included, is known."""

UNCLEAR = refusal("known_at.unclear")
UNCLEAR_OPTION = refusal("known_at.unclear_option")
"""The same on a command line, which knows no addresses."""
BACKWARDS = refusal("known_at.backwards")
BEYOND = refusal("known_at.beyond")
IN_FUTURE = refusal("known_at.in_future")
DAYS_BACKWARDS = refusal("days.backwards")
LAST = 2**63 - 1
PAGE = 4_000
DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Reach(NamedTuple):
    """How far a ledger had come: number, position and recording time of its last event by then."""

    ledger: Id
    number: int
    position: int
    at: datetime


class EarlierLedgers(Protocol):
    """Whatever tells how far ledgers had come by a moment, and what they held."""

    def reached(self, principal: Principal, moment: Moment) -> list[Reach]:
        """Return how far each ledger had come that may hold something in the principal's scope."""
        ...

    def pages(
        self, reach: Reach, topics: Collection[str], after: int = 0
    ) -> Iterator[list[JournalRow]]:
        """Yield a ledger's events of some kinds after a number, in order, some at a time."""
        ...


def moment_of(text: str, field: str = "known_at") -> Moment:
    """Read a moment: a position, a civil day to its end, or a time with its zone.

    Raises `known_at.unclear`, of the `field` where it was written; `known_at.unclear_option` of an
    option of a command.
    """
    unclear = UNCLEAR_OPTION if field.startswith("--") else UNCLEAR
    if DIGITS.fullmatch(text):
        return int(text)
    try:
        if DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
        moment = datetime.fromisoformat(text)
        moment.astimezone(SHANGHAI)  # a time that civil time cannot show is refused here
    except (ValueError, OverflowError):
        raise unclear(field, name=field) from None
    if moment.tzinfo is None:
        raise unclear(field, name=field)
    return moment


def reached_moment_of(text: str, head: int, now: datetime, field: str = "known_at") -> Moment:
    """Read a moment that has come: see `reached`. Raises `known_at.unclear` besides."""
    return reached(moment_of(text, field), head, now, field)


def reached(moment: Moment, head: int, now: datetime, field: str) -> Moment:
    """Return a moment that has come; `head` is the journal's last position.

    Raises `known_at.beyond` for a position that was never given, and `known_at.in_future` for a day
    or a time yet to come: the same question would have another answer once it has.
    """
    if isinstance(moment, int):
        if moment > head:
            raise BEYOND(field, position=moment, last=head)
    elif not has_come(moment, now):
        said = {"asked": moment, "now": now}
        raise IN_FUTURE(field, **{name: _minute(each) for name, each in said.items()})
    return moment


def has_come(moment: datetime, now: datetime) -> bool:
    """Say whether a time has come; the day and the minute that are going on have."""
    if moment.replace(second=0, microsecond=0) <= now:
        return True
    return moment == datetime.combine(now.astimezone(SHANGHAI), time.max, SHANGHAI)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def civil_day(moment: Moment | None, known: Iterable[Reach], now: datetime) -> date:
    """Return the day that is meant where none is named: of a past time its own, else today.

    Of a position it is the day on which the last event was recorded that was `known` by then, so
    that it is the same whenever it is asked.
    """
    if isinstance(moment, int):
        moment = max((reach.at for reach in known), default=now)
    return civil_date(min(moment or now, now))


def last_day(first: date | None, last: date | None, meant: date) -> date:
    """Return the day up to which work is asked about: the `last`, or where none is named, `meant`.

    Raises `days.backwards` as `in_order` does: of no days at all, every figure is zero.
    """
    last = last or meant
    in_order(first, last)
    return last


def in_order(first: date | None, last: date | None) -> None:
    """Refuse days the wrong way round. Raises `days.backwards`."""
    if first is not None and last is not None and first > last:
        raise DAYS_BACKWARDS("from", first=first.isoformat(), last=last.isoformat())


def is_known(row: JournalRow, moment: Moment) -> bool:
    """Say whether an event was recorded by a moment."""
    return row.position <= moment if isinstance(moment, int) else row.at <= moment


# Each probe is a correlated subquery, which can only be an index look-up: no plan may ever read
# the journal through.
REACHED = """
SELECT l.ledger::text, found.number, last.position, last.at
FROM ledger l
CROSS JOIN LATERAL (
    WITH RECURSIVE halved (low, high) AS (
        SELECT 0::bigint, l.size
        UNION ALL
        SELECT CASE WHEN known THEN middle ELSE low END,
               CASE WHEN known THEN high ELSE middle - 1 END
        FROM (
            SELECT h.low, h.high, (h.low + h.high + 1) / 2 AS middle, (
                SELECT j.position <= %(position)s AND j.at <= %(at)s FROM journal j
                WHERE j.ledger = l.ledger AND j.number = (h.low + h.high + 1) / 2
            ) AS known
            FROM halved h WHERE h.low < h.high
        ) probe
    )
    SELECT low AS number FROM halved WHERE low = high
) found
CROSS JOIN LATERAL (
    SELECT j.position, j.at FROM journal j WHERE j.ledger = l.ledger AND j.number = found.number
) last
WHERE found.number > 0
  AND (%(operator)s::uuid IS NULL OR l.operator = %(operator)s::uuid)
  AND (%(stations)s::uuid[] = '{}' OR l.ledger IS DISTINCT FROM l.station
       OR l.station = ANY (%(stations)s::uuid[]))
  AND (%(ledger)s::uuid IS NULL OR l.ledger = %(ledger)s::uuid)
ORDER BY l.ledger
"""


class PastJournal:
    """Reads ledgers up to where they had come."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def reached(self, principal: Principal, moment: Moment) -> list[Reach]:
        """Return how far each ledger had come that may hold something in the principal's scope.

        A project's ledger is among them whichever stations work in it, another station's own
        is not. What lies in them must still be held to the scope, row by row.
        """
        by_position = isinstance(moment, int)
        asked = {
            "position": moment if by_position else LAST,
            "at": "infinity" if by_position else moment,
            "operator": principal.operator,
            "stations": list(principal.stations),
            "ledger": principal.ledger,
        }
        with self._pool.connection() as connection:
            return list(map(Reach._make, connection.execute(REACHED, asked).fetchall()))

    def pages(
        self, reach: Reach, topics: Collection[str], after: int = 0
    ) -> Iterator[list[JournalRow]]:
        """Yield a ledger's events of some kinds after a number, in order, a page at a time."""
        for first in range(after, reach.number, PAGE):
            with self._pool.connection() as connection:
                rows = connection.execute(
                    "SELECT position, ledger::text, number, at, stream::text, state FROM journal"
                    " WHERE ledger = %s AND number > %s AND number <= %s AND topic = ANY (%s)"
                    " ORDER BY number",
                    (reach.ledger, first, min(first + PAGE, reach.number), list(topics)),
                    binary=True,
                ).fetchall()
            yield list(map(JournalRow._make, rows))
