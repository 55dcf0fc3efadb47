"""The library's own PostgreSQL recorder and projection runner, as they come: the comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

CONNECTIONS = 16


@contextmanager
def stock_recorder(url: str) -> Iterator[PostgresApplicationRecorder]:
    """Give the stock recorder on a table of its own, with its default settings."""
    where = {name: str(value or "") for name, value in conninfo_to_dict(url).items()}
    datastore = PostgresDatastore(
        dbname=where["dbname"],
        host=where["host"],
        port=where.get("port", "5432"),
        user=where["user"],
        password=where.get("password", ""),
        pool_size=CONNECTIONS,
        connect_timeout=30.0,
    )
    with datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="stock_events")
        recorder.create_table()
        yield recorder


def stock_event(stored: StoredEvent) -> StoredEvent:
    """The same event as the stock recorder wants it, its id a UUID."""
    return StoredEvent(
        UUID(str(stored.originator_id)), stored.originator_version, stored.topic, stored.state
    )
