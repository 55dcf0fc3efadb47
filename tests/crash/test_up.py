"""The database is killed under `shilu up` while many write: nothing is lost, all come back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2 as httpx
import pytest

from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.principal import Principal
from domain.registry import ErasureCompleted
from domain.visit import HomeServiceDelivered
from tests.crash.crew import kill, views_differing_from_a_replay
from tests.integration.registered import person
from tests.processes import eventually
from tests.upped import Served, Upped, served, upped

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]
WRITERS = 16
KILLS = 3
CHILDREN = ("api-1", "api-2", "follow", "work", "clock", "sign")


@dataclass
class Writers:
    """Callers who send each visit again under its key until it is acknowledged."""

    api: Served
    acknowledged: dict[str, Id] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self) -> list[threading.Thread]:
        """Let them write at once."""
        threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        return threads

    def write(self) -> None:
        """Write one visit after the other."""
        headers = {"Authorization": self.api.client.headers["Authorization"]}
        base = str(self.api.client.base_url)
        with httpx.Client(base_url=base, headers=headers, timeout=30) as client:
            while not self.done.is_set():
                key = new_id()
                while not self.sent(client, key):
                    time.sleep(0.1)

    def sent(self, client: httpx.Client, key: str) -> bool:
        """Send a visit; say whether it was acknowledged. Everything that was heard is counted."""
        visit = {
            "station": self.api.station,
            "kind": "home_service",
            "minutes": 40,
            "attendance": [{"role": "resident", "source": "counted"}],
        }
        try:
            answer = client.post("/api/v1/visits", json=visit, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            self.heard["no connection"] += 1
            return False
        if answer.status_code == 201:
            self.acknowledged[key] = answer.json()["events"][0]
            return True
        self.heard[f"{answer.status_code} {answer.json()['code']}"] += 1
        return False

    def go_on(self, many: int) -> bool:
        """Wait until so many more are acknowledged."""
        before = len(self.acknowledged)
        return eventually(lambda: len(self.acknowledged) >= before + many, 150)


def test_nothing_acknowledged_is_lost_and_all_processes_come_back(home: Path) -> None:
    with upped(home) as up:
        with served(up) as api:
            api.sign_in(Principal(actor=new_id(), role="administrator"))
            api.settle()
            gone = person(api)
            writers = Writers(api)
            kill_while_they_write(up, writers)
        # What went wrong was told as what it is, and nothing else went wrong.
        assert writers.heard
        assert set(writers.heard) <= {"no connection", "503 unavailable"}
        # Seen through connections of a house that was not there when the database died.
        with served(up) as after:
            after.operator, after.station, after.worker = api.operator, api.station, api.worker
            after.as_role("station_head")
            asked = {"by": "person", "reason": "own_wish"}
            after.done(f"/persons/{gone}/erasure-requests", asked)
            assert eventually(lambda: erased(after), 240), up.log.read_text()[-10_000:]
            after.follow()
            events = [decode(row.state) for row in after.built.journal.read(0, 1_000_000)]
            kept = Counter(e.id for e in events if isinstance(e.facts, HomeServiceDelivered))
            assert kept == Counter(writers.acknowledged.values())
            assert views_differing_from_a_replay(after.built.journal) == []
            assert eventually(lambda: signed(after), 60)
            assert eventually(lambda: after.client.get("/api/v1/health").json()["lag"] == 0)
        assert all(up.starts(child) for child in CHILDREN)


def kill_while_they_write(up: Upped, writers: Writers) -> None:
    """Kill the database again and again, each time after it has been written to."""
    threads = writers.start()
    try:
        for killed in range(1, KILLS + 1):
            assert writers.go_on(WRITERS * 4), writers.heard
            kill(up.postgres)
            assert eventually(partial(started, up, killed + 1), 60)
        assert writers.go_on(WRITERS * 4), writers.heard
    finally:
        writers.done.set()
        for thread in threads:
            thread.join(120)


def started(up: Upped, times: int) -> bool:
    """Say whether the database was started so often."""
    return len(up.starts("postgres")) >= times


def erased(api: Served) -> bool:
    """Say whether clock and worker have done what was asked of them."""
    rows = api.built.journal.read(0, 1_000_000)
    return any(isinstance(decode(row.state).facts, ErasureCompleted) for row in rows)


def signed(api: Served) -> bool:
    """Say whether the station's newest record stands under a signature."""
    newest = api.built.checkpoints.latest(api.station)
    count = sum(1 for _ in api.built.journal.read_ledger(api.station))
    return newest is not None and newest.size == count
