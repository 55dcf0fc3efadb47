"""Two processes, each with its own memory of what it read: nothing is recorded on old news."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.clock import at
from domain.identity import Id, new_id
from domain.journal.recorder import JournalRecorder
from domain.worker_day import day_of
from tests.integration.days import today_here
from tests.integration.http import Running, running
from tests.integration.registered import person


@pytest.fixture
def other(api: Running, house_url: str, tmp_path: Path) -> Iterator[Running]:
    """Another process of the same house, signed in as its administrator."""
    with running(house_url, tmp_path / "home") as another:
        another.operator, another.station = api.operator, api.station
        yield another


def suspend(api: Running) -> None:
    api.done(f"/operators/{api.operator}/suspensions", {"reason": "年检未过"})


def resume(api: Running) -> None:
    api.done(f"/operators/{api.operator}/resumptions", {"reason": "年检通过"})


def visit(api: Running, who: Id | None = None, day: date | None = None) -> dict[str, Any]:
    named = {"person": who} if who else {"count": 1}
    return {
        "station": api.station,
        "kind": "home_visit",
        "minutes": 30,
        "attendance": [{**named, "role": "client"}],
        "occurred": {"start": at(day or today_here(), 0).isoformat(), "precision": "day"},
    }


def test_who_was_suspended_elsewhere_records_nothing_where_they_are_remembered_active(
    api: Running, other: Running
) -> None:
    api.done("/visits", visit(api))
    suspend(other)
    refused = api.post("/visits", visit(api))
    assert (refused.status_code, refused.json()["code"]) == (409, "organisation.operator_suspended")
    resume(other)
    api.done("/visits", visit(api))


def test_who_is_remembered_as_dead_is_visited_once_that_was_taken_back(
    api: Running, other: Running
) -> None:
    who = person(api)
    died = {"died": today_here(-1).isoformat(), "source": "community_committee"}
    other.done(f"/persons/{who}/deaths", died)
    api.done("/visits", visit(api, who, today_here(-2)))  # so the death is remembered here
    assert api.post("/visits", visit(api, who)).status_code == 422
    api.done("/visits", visit(api, who, today_here(-2)))
    reason = {"code": "entry_error", "text": "同名同姓，登记错了"}
    other.done(f"/persons/{who}/death-retractions", {"reason": reason})
    api.done("/visits", visit(api, who))


def test_what_is_read_again_and_again_is_read_once(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person(api)
    api.done("/visits", visit(api, who))
    asked: list[str] = []
    select, written = JournalRecorder.select_events, JournalRecorder.written_by

    def watched(self: JournalRecorder, originator_id: Any, **limits: Any) -> Any:
        asked.append(str(originator_id))
        return select(self, originator_id, **limits)

    def watched_keys(self: JournalRecorder, operator: Id, command: str) -> Any:
        asked.append(command)
        return written(self, operator, command)

    monkeypatch.setattr(JournalRecorder, "select_events", watched)
    monkeypatch.setattr(JournalRecorder, "written_by", watched_keys)
    api.done("/visits", visit(api))
    assert asked == []
    # Who meets whom on a day stands in the worker's day, which each such visit writes.
    api.done("/visits", visit(api, who))
    assert set(asked) == {day_of(api.worker, today_here())}


def test_a_command_sent_again_that_would_be_refused_by_now_is_answered_as_before(
    api: Running, other: Running
) -> None:
    key = {"Idempotency-Key": "visit-1"}
    first = api.post("/visits", visit(api), **key)
    suspend(other)
    again = api.post("/visits", visit(api), **key)
    assert again.status_code == 201
    assert again.json() == {**first.json(), "repeated": True}
    reused = api.post("/visits", {**visit(api), "minutes": 31}, **key)
    assert (reused.status_code, reused.json()["code"]) == (409, "key_reused")


def test_a_person_registered_twice_by_one_key_has_one_key_of_their_own(api: Running) -> None:
    api.as_role("operator_manager")
    sent = {
        "station": api.station,
        "name": "王示例",
        "birth": {"day": "1940-01-01", "precision": "year"},
        "community": "示例社区",
    }
    key = {"Idempotency-Key": "person-1"}
    first, again = (api.post("/persons", sent, **key) for _ in range(2))
    assert first.status_code == 201, first.text
    assert again.json() == {**first.json(), "repeated": True}
    with api.built.connect() as connection:
        owners = connection.execute("SELECT DISTINCT person FROM person_key").fetchall()
    assert len(owners) == 1


def test_visits_while_their_operator_comes_and_goes_are_recorded_only_while_it_is_active(
    api: Running, other: Running
) -> None:
    def come_and_go() -> None:
        for _ in range(8):
            suspend(other)
            resume(other)

    with ThreadPoolExecutor(4) as several:
        turning = several.submit(come_and_go)
        answers = [several.submit(api.post, "/visits", visit(api)) for _ in range(60)]
        turning.result()
        codes = {answer.result().status_code for answer in answers}
    assert {201} <= codes <= {201, 409}
    active = True
    for row in api.built.journal.read(0, 1000):
        if b"organisation.OperatorSuspended@1" in row.state:
            active = False
        elif b"organisation.OperatorResumed@1" in row.state:
            active = True
        elif b"visit.HomeVisitMade@1" in row.state:
            assert active


def test_two_colleagues_who_come_upon_the_same_key_are_told_apart(api: Running) -> None:
    key = {"Idempotency-Key": "1"}
    assert api.post("/visits", visit(api), **key).status_code == 201
    api.worker = new_id()
    api.as_role("worker")
    second = api.post("/visits", visit(api), **key)
    assert (second.status_code, second.json()["code"]) == (409, "key_reused")
