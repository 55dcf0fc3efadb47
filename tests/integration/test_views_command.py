"""What a view could not digest is shown, and tried again: `shilu views`, health and metrics."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.event import Facts
from domain.visit import HomeServiceDelivered
from projections.engine.view import Effect, Record
from projections.visit import visits
from tests.integration.http import Running
from tests.typed import Ended, Typing


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


@pytest.fixture
def shilu(api: Running, tmp_path: Path, typed: Typing) -> Callable[..., Ended]:
    return partial(typed, "views", home=tmp_path / "home", url=api.built.url)


def told(done: Ended) -> Any:
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_what_waits_is_told_and_is_digested_when_tried_again(
    api: Running, shilu: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = parked_visit(api, monkeypatch)
    assert [row["kind"] for row in api.get("/visits")["items"]] == ["phone_contact"]
    (waiting,) = told(shilu("parked", "--json"))
    assert (waiting["view"], waiting["stream"]) == ("visits", stream)
    assert waiting["error"] == "ZeroDivisionError"
    standing = {each["view"]: each for each in told(shilu("list", "--json"))}
    assert standing["visits"]["parked"] == 1
    assert standing["audit"] == {**standing["visits"], "view": "audit", "parked": 0}
    assert api.client.get("/api/v1/health").json()["parked"] == 1

    done = shilu("retry")
    assert (done.code, done.out) == (
        0,
        "已处理 1 条，仍待处理 0 条 / 1 digested, 0 still wait\n",
    )
    assert len(api.get("/visits")["items"]) == 2
    assert told(shilu("parked", "--json")) == []
    assert api.client.get("/api/v1/health").json()["parked"] == 0
    assert "nothing waits" in shilu("retry").out


def test_what_does_not_wait_cannot_be_tried_again(
    api: Running, shilu: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = parked_visit(api, monkeypatch)
    for words in (["--view", "audit"], ["--stream", "no-such"], ["--view", "visit"]):
        done = shilu("retry", *words)
        assert done.code == 2
        assert "shilu views parked" in done.out
    assert shilu("retry", "--view", "visits", "--stream", stream).code == 0


def test_a_view_that_is_to_be_built_anew_is_not_tried_but_named(
    api: Running, shilu: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    parked_visit(api, monkeypatch)
    with api.built.connect() as owner:  # as an earlier release made it
        owner.execute("UPDATE view_state SET definition = 'older' WHERE view = 'visits'")
        owner.execute("ALTER TABLE visit DROP COLUMN minutes")
    done = shilu("retry")
    assert done.code == 1, done.err
    named, counted = done.out.splitlines()
    assert "visits" in named
    assert "builds it anew" in named
    assert counted.endswith("0 digested, 1 still wait")
    assert "Traceback" not in done.err


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
