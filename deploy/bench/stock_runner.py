"""The library's projection runner with one trivial view: it counts events, one commit each."""

from __future__ import annotations

import time
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

AT_ONCE = 50


class StockVisit(Aggregate):
    """A visit as the library would have it."""

    def __init__(self, person: str, worker: str, minutes: int) -> None:
        self.person, self.worker, self.minutes = person, worker, minutes


class StockVisits(Application[Any]):
    """The application whose events are followed."""

    name = "stockvisits"


class Tally(PostgresTrackingRecorder):
    """One row, counted up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (one int PRIMARY KEY, times int)").format(
                Identifier("stock_tally")
            )
        )

    def count(self, tracking: Tracking) -> None:
        """Count one event, with its position, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO stock_tally VALUES (1, 1)"
                " ON CONFLICT (one) DO UPDATE SET times = stock_tally.times + 1",
                prepare=True,
            )


class Counting(Projection[Tally]):
    """The trivial view."""

    name = "counting"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Count it."""
        self.view.count(tracking)


def environment(url: str) -> dict[str, str]:
    """The library's settings for this database; all else as it comes."""
    where = conninfo_to_dict(url)
    names = {"DBNAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user"}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_PASSWORD": str(where.get("password") or ""),
        **{f"POSTGRES_{name}": str(where.get(key) or "") for name, key in names.items()},
    }


def prepare_stock(url: str, events: int) -> None:
    """Record so many events; one save of thousands would hang the library's pipeline."""
    with StockVisits(environment(url)) as application:
        for first in range(0, events, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, events))
            visits = (StockVisit(f"person {n}", f"worker {n % 8}", n % 90) for n in numbers)
            application.save(*visits)


def run_stock(url: str, events: int, number: int) -> None:
    """Follow all events with a view that has seen none; `number` tells its tables from others'."""
    projection = type("Counting", (Counting,), {"name": f"counting{number}"})
    with ProjectionRunner(
        application_class=StockVisits,
        projection_class=projection,
        view_class=Tally,
        env=environment(url),
    ) as runner:
        while (runner.view.max_tracking_id(StockVisits.name) or 0) < events:
            time.sleep(0.02)
