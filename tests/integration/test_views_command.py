"""What a view could not digest is shown, and tried again: `shilu views`, health and metrics."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.event import Facts
from domain.visit import HomeServiceDelivered
from projections.engine.view import Effect, Record
from projections.visit import visits
from tests.integration.http import Running


def fails(record: Record[HomeServiceDelivered]) -> list[Effect]:
    raise ZeroDivisionError


BROKEN: dict[type[Facts], Any] = {**visits.handlers, HomeServiceDelivered: fails}


def parked_visit(api: Running, monkeypatch: pytest.MonkeyPatch) -> str:
    """Record a service that the view of visits cannot digest, and one of another kind."""
    sent = {"station": api.station, "minutes": 30, "attendance": [{"role": "resident"}]}
    service = api.done("/visits", {**sent, "kind": "home_service"})
    api.done("/visits", {**sent, "kind": "phone_contact", "answered": True})
    with monkeypatch.context() as broken:
        broken.setattr(visits, "handlers", BROKEN)
        visits._readers.clear()
        api.follow()
    visits._readers.clear()
    stream: str = service["stream"]
    return stream


def shilu(api: Running, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SHILU_HOME": str(home), "SHILU_DATABASE_URL": api.built.url}
    return subprocess.run(
        [sys.executable, "-m", "deploy", "views", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_waits_is_told_and_is_digested_when_tried_again(
    api: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, stream = tmp_path / "home", parked_visit(api, monkeypatch)
    assert [row["kind"] for row in api.get("/visits")["items"]] == ["phone_contact"]
    (waiting,) = told(shilu(api, home, "parked", "--json"))
    assert (waiting["view"], waiting["stream"]) == ("visits", stream)
    assert waiting["error"] == "ZeroDivisionError"
    standing = {each["view"]: each for each in told(shilu(api, home, "list", "--json"))}
    assert standing["visits"]["parked"] == 1
    assert standing["audit"] == {**standing["visits"], "view": "audit", "parked": 0}
    assert api.client.get("/api/v1/health").json()["parked"] == 1

    done = shilu(api, home, "retry")
    assert (done.returncode, done.stdout) == (
        0,
        "已处理 1 条，仍待处理 0 条 / 1 digested, 0 still wait\n",
    )
    assert len(api.get("/visits")["items"]) == 2
    assert told(shilu(api, home, "parked", "--json")) == []
    assert api.client.get("/api/v1/health").json()["parked"] == 0
    assert "nothing waits" in shilu(api, home, "retry").stdout


def test_what_does_not_wait_cannot_be_tried_again(
    api: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, stream = tmp_path / "home", parked_visit(api, monkeypatch)
    for words in (["--view", "audit"], ["--stream", "no-such"], ["--view", "visit"]):
        done = shilu(api, home, "retry", *words)
        assert done.returncode == 2
        assert "shilu views parked" in done.stdout
    assert shilu(api, home, "retry", "--view", "visits", "--stream", stream).returncode == 0


def test_a_view_that_is_to_be_built_anew_is_not_tried_but_named(
    api: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked_visit(api, monkeypatch)
    with api.built.connect() as owner:  # as an earlier release made it
        owner.execute("UPDATE view_state SET definition = 'older' WHERE view = 'visits'")
        owner.execute("ALTER TABLE visit DROP COLUMN minutes")
    done = shilu(api, tmp_path / "home", "retry")
    assert done.returncode == 1, done.stderr
    named, counted = done.stdout.splitlines()
    assert "visits" in named
    assert "builds it anew" in named
    assert counted.endswith("0 digested, 1 still wait")
    assert "Traceback" not in done.stderr


def test_what_can_still_not_be_digested_goes_on_waiting(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = parked_visit(api, monkeypatch)
    monkeypatch.setattr(visits, "handlers", BROKEN)
    visits._readers.clear()
    follower = api.built.follower()
    assert follower.retry(visits, stream) is False
    assert [one.stream for one in follower.parked()] == [stream]
    monkeypatch.undo()
    visits._readers.clear()
