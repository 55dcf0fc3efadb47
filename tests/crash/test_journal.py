"""What was acknowledged is on disk: the server is killed while 32 writers write."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from deploy.migrate import migrate
from deploy.postgres import EmbeddedPostgres
from domain.identity import Id, new_id
from domain.journal.recorder import JournalRecorder
from tests.lanes import check_whole, entry

pytestmark = pytest.mark.crash


def write_until_it_dies(journal: JournalRecorder, acknowledged: dict[int, Id]) -> None:
    while True:
        stream = new_id()
        try:
            (position,) = journal.append([entry(stream, 1)]).positions
        except OperationalError:
            return
        acknowledged[position] = stream


def test_a_killed_server_has_kept_all_that_it_acknowledged(home: Path) -> None:
    acknowledged: dict[int, Id] = {}
    with EmbeddedPostgres(home) as postgres:
        migrate(postgres.url)
        journal = JournalRecorder(_no_pool(postgres.url), lambda: psycopg.connect(postgres.url))
        writers = [
            threading.Thread(target=write_until_it_dies, args=(journal, acknowledged))
            for _ in range(32)
        ]
        for writer in writers:
            writer.start()
        time.sleep(1.5)
        _kill_all_of(postgres)
        for writer in writers:
            writer.join()
        journal.close()
    with (
        EmbeddedPostgres(home) as postgres,
        ConnectionPool(postgres.url, min_size=1, kwargs={"autocommit": True}) as pool,
    ):
        journal = JournalRecorder(pool, lambda: psycopg.connect(postgres.url))
        rows = check_whole(journal)
        journal.close()
    kept = {row.position: row.stream for row in rows}
    assert len(acknowledged) > 100
    assert acknowledged.items() <= kept.items()


def _no_pool(url: str) -> ConnectionPool:
    """A pool that is never opened: these writers do not read."""
    return ConnectionPool(url, min_size=0, max_size=1, open=False)


def _kill_all_of(postgres: EmbeddedPostgres) -> None:
    """Kill the server and each process of it, as a power cut would, by their ids."""
    first = int((postgres.place.data / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for pid in (first, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
