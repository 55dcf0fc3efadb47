"""The journal passes the library's test-cases for application recorders.

Kept: `ApplicationRecorderTestCase` and `NonInterleavingNotificationIDsBaseCase`, whole. Not kept:
`AggregateRecorderTestCase`, which wants `insert_events` to return nothing, where an application
recorder returns positions; and the tracking and process cases, since views keep their own
positions in the transaction that writes their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.tests import persistence as cases
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from domain.journal.recorder import JournalRecorder


@pytest.fixture
def recorder(database_url: str) -> Iterator[JournalRecorder]:
    migrate(database_url)
    with ConnectionPool(database_url, min_size=1, kwargs={"autocommit": True}) as pool:
        journal = JournalRecorder(pool, lambda: psycopg.connect(database_url))
        yield journal
        journal.close()


class _OnTheJournal(cases.RecorderTestCase):
    recorder: JournalRecorder

    @pytest.fixture(autouse=True)
    def _given(self, recorder: JournalRecorder) -> None:
        self.recorder = recorder

    def new_originator_id(self) -> str:
        return str(uuid4())

    def create_recorder(self) -> ApplicationRecorder:
        return self.recorder


class TestApplicationRecorder(_OnTheJournal, cases.ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositionsDoNotInterleave(_OnTheJournal, cases.NonInterleavingNotificationIDsBaseCase):
    pass
