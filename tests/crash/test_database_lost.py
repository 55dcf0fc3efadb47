"""The database is killed under the running API: callers are told, and all recovers by itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy.postgres import EmbeddedPostgres
from tests.crash.crew import kill
from tests.integration.http import Running, running
from tests.processes import eventually

pytestmark = pytest.mark.crash
SOON = 4.0
"""Seconds; a service that is down says so sooner than a browser or its user gives up."""


def visit(api: Running, key: str) -> int:
    sent = {
        "station": api.station,
        "kind": "home_service",
        "minutes": 40,
        "attendance": [{"role": "resident", "source": "counted"}],
    }
    answer = api.post("/visits", sent, **{"Idempotency-Key": key})
    if answer.status_code == 503:
        assert answer.json()["code"] == "unavailable"
        assert answer.headers["Retry-After"] == "1"
    return answer.status_code


@pytest.mark.timeout(180)
def test_callers_get_a_clear_error_and_may_send_the_same_again(home: Path) -> None:
    with EmbeddedPostgres(home) as postgres, running(postgres.url, home) as api:
        api.settle()
        assert visit(api, "before") == 201
        kill(postgres)
        for _ in range(2):
            began = time.monotonic()
            assert visit(api, "during") == 503
            assert api.client.get("/api/v1/visits").status_code == 503
            assert time.monotonic() - began < 2 * SOON, "each hears of it soon"
        with EmbeddedPostgres(home):
            assert eventually(lambda: visit(api, "during") == 201, seconds=60)
            assert len(api.get("/visits")["items"]) == 2
