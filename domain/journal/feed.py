"""The event feed: what others may read of the journal, in order, within their scope."""

from __future__ import annotations

from typing import NamedTuple

from psycopg_pool import ConnectionPool

from domain.identity import Id
from domain.journal.entries import JournalRow, stamp
from domain.journal.withheld import WITHHELD
from domain.principal import Principal


class FeedRow(NamedTuple):
    """One event as the feed carries it."""

    row: JournalRow
    event: Id
    topic: str
    operator: Id
    station: Id | None

    def cloud_event(self) -> bytes:
        """Return it as a CloudEvent (1.0, structured JSON); `data` are the stored bytes."""
        station = f'"{self.station}"' if self.station else "null"
        return (
            (
                '{"specversion":"1.0","datacontenttype":"application/json"'
                f',"id":"{self.event}","source":"/api/v1/ledgers/{self.row.ledger}"'
                f',"type":"cn.shilu.{self.topic}","subject":"{self.row.stream}"'
                f',"time":"{stamp(self.row.at)}","position":{self.row.position}'
                f',"ledger":"{self.row.ledger}","number":{self.row.number}'
                f',"operator":"{self.operator}","station":{station},"data":'
            ).encode()
            + self.row.state
            + b"}"
        )


class Feed:
    """Reads the journal for one principal at a time."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def page(self, principal: Principal, after: int, limit: int) -> list[FeedRow]:
        """Return up to `limit` events after a position that lie in the principal's scope."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT position, ledger::text, number, at, stream::text, state,"
                " event::text, topic, operator::text, station::text FROM journal"
                " WHERE position > %(after)s"
                " AND (%(operator)s::uuid IS NULL OR operator = %(operator)s::uuid)"
                " AND (%(stations)s::uuid[] = '{}' OR station IS NULL"
                "      OR station = ANY (%(stations)s::uuid[]))"
                " AND (%(stations)s::uuid[] = '{}'"
                "      OR split_part(topic, '.', 1) <> ALL (%(withheld)s::text[]))"
                " AND (%(ledger)s::uuid IS NULL OR ledger = %(ledger)s::uuid)"
                " ORDER BY position LIMIT %(limit)s",
                {
                    "after": after,
                    "operator": principal.operator,
                    "stations": list(principal.stations),
                    "withheld": list(WITHHELD),
                    "ledger": principal.ledger,
                    "limit": limit,
                },
                binary=True,
            ).fetchall()
        return [FeedRow(JournalRow(*row[:6]), *row[6:]) for row in rows]
