"""An evaluator's token opens one project's ledger, reading only, until its hour and no longer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI

from api.access import TAKING_AWAY
from deploy.migrate import MIGRATIONS, migrate
from domain.clock import SystemClock
from domain.identity import new_id
from tests.integration.evaluated import PassingClock, contracted, evaluator, visited
from tests.integration.http import Running, running
from tests.integration.pages import ORIGIN, routes, sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> PassingClock:
    return PassingClock(SystemClock().now())


@pytest.fixture
def api(house_url: str, tmp_path: Path, clock: PassingClock) -> Iterator[Running]:
    with running(house_url, tmp_path / "home", clock) as it:
        it.settle()
        yield it


def code_of(api: Running, path: str, **query: Any) -> tuple[int, str | None]:
    answer = api.client.get(f"/api/v1{path}", params=query)
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else None


def test_only_the_projects_ledger_is_seen(api: Running, clock: PassingClock) -> None:
    project, other = contracted(api, clock), contracted(api, clock, "other")
    inside, beside, elsewhere = visited(api, project), visited(api), visited(api, other)
    evaluator(api, project, clock.now() + HOUR)
    rows = api.get("/visits")["items"]
    assert [row["event"] for row in rows] == [inside]
    feed = api.client.get("/api/v1/events", params={"limit": 1000})
    assert {event["ledger"] for event in feed.json()} == {project}
    assert beside not in feed.text
    assert {row["ledger"] for row in api.get("/audit", limit=200)["items"]} == {project}
    assert code_of(api, f"/records/{inside}")[0] == 200
    for event in (beside, elsewhere):
        assert code_of(api, f"/records/{event}") == (404, "not_found")
    assert code_of(api, f"/projects/{project}/progress")[0] == 200
    assert api.get(f"/projects/{other}/claims")["items"] == []


def policies(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT tablename, qual FROM pg_policies WHERE policyname = 'scope'"
        ).fetchall()
    return dict(rows)


def test_every_table_is_held_to_the_ledger(house_url: str) -> None:
    migrate(house_url)
    bound = policies(house_url)
    assert {"journal", "task", "visit", "evaluation"} <= set(bound)
    assert [table for table, said in bound.items() if "ledger" not in said] == []


def test_tables_of_before_are_held_to_the_ledger_too(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in MIGRATIONS.glob("000[1-5]*.sql"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with monkeypatch.context() as earlier:
        earlier.setattr("deploy.migrate.MIGRATIONS", tmp_path)
        migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE visit (operator uuid, station uuid, ledger uuid)")
        connection.execute(
            "CREATE POLICY scope ON visit FOR SELECT TO shilu_reader"
            " USING (in_scope(operator, station))"
        )
    assert "ledger" not in policies(database_url)["visit"]
    migrate(database_url)
    assert "ledger" in policies(database_url)["visit"]


def test_words_about_people_stay_sealed(api: Running, clock: PassingClock) -> None:
    project = contracted(api, clock)
    inside = visited(api, project)
    evaluator(api, project, clock.now() + HOUR)
    life = api.client.get(f"/api/v1/records/{inside}").text
    assert "sealed" in life
    assert "情绪平稳" not in life


def test_records_cannot_be_written_or_changed(api: Running, clock: PassingClock) -> None:
    project = contracted(api, clock)
    inside = visited(api, project)
    before = api.built.journal.max_notification_id()
    evaluator(api, project, clock.now() + HOUR)
    reason = {"code": "other", "text": "评估方的更正"}
    batch = {"commands": [{"key": "1", "path": f"/records/{inside}/voidings", "body": {}}]}
    for path, body in (
        (f"/records/{inside}/voidings", {"reason": reason}),
        (f"/records/{inside}/readings", {"field": "note", "reason": "想看一看原文"}),
        (f"/projects/{project}/claims", {"report": "x", "value": 1, "unit": "次", "line": "b01"}),
        ("/batches", batch),
    ):
        refused = api.post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.read_only"), path
    assert api.built.journal.max_notification_id() == before


def test_at_no_door_does_an_evaluator_write_anything_but_in_the_evaluation(
    api: Running, clock: PassingClock
) -> None:
    """Given an evaluator, when something is sent to every door, of their own evaluation and of
    another, then each refuses them before it looks at it, save their own, and the taking away."""
    who = evaluator(api, contracted(api, clock), clock.now() + HOUR)
    app = api.client.app
    assert isinstance(app, FastAPI)
    opened, shut = set[str](), 0
    for method, path in routes(app):
        if method in ("GET", "HEAD") or path in ("/signin", "/signout", *TAKING_AWAY):
            continue
        for evaluation in (str(who.evaluation), new_id()):
            door = re.sub(r"\{.*?\}", new_id(), path.replace("{evaluation}", evaluation))
            headers = {**ORIGIN, "Idempotency-Key": new_id()}
            if api.client.request(method, door, headers=headers).status_code == 403:
                shut += 1
            else:
                opened.add(door.partition("evaluations/")[2].partition("/")[0])
    assert opened == {who.evaluation}
    assert shut > 100


def test_access_ends_by_itself_at_its_hour(api: Running, clock: PassingClock) -> None:
    project = contracted(api, clock)
    visited(api, project)
    until = clock.now() + HOUR
    evaluator(api, project, until)
    clock.set(until - timedelta(microseconds=1))
    assert code_of(api, "/visits")[0] == 200
    clock.set(until)
    for path in ("/visits", "/events", "/audit", "/events/stream", "/openapi.json"):
        assert code_of(api, path) == (403, "access.ended"), path
    shown = api.client.get(f"/projects/{project}")
    assert (shown.status_code, "<h1>没有权限</h1>" in shown.text) == (403, True)
    held = api.client.headers["Authorization"].removeprefix("Bearer ")
    assert sign_in(api.client, held).status_code == 401


def test_a_stream_that_is_being_read_ends_with_the_access(
    api: Running, clock: PassingClock
) -> None:
    project = contracted(api, clock)
    visited(api, project)
    evaluator(api, project, clock.now() + 3 * HOUR)
    clock.pace = HOUR
    streamed = api.client.get("/api/v1/events/stream")
    assert "ProjectContracted" in streamed.text


def test_a_revoked_access_is_refused(api: Running, clock: PassingClock) -> None:
    project = contracted(api, clock)
    who = evaluator(api, project, clock.now() + HOUR)
    with api.built.services() as parts:
        parts.tokens.issue(who, "evaluation:x")
        token = parts.tokens.issue(who, "evaluation:x")
        other = parts.tokens.issue(who, "evaluation:y")
        assert parts.tokens.principal(token) is not None
        parts.tokens.revoke_labelled("evaluation:x")
        assert parts.tokens.remembered(token) is None
        assert parts.tokens.principal(token) is None
        kept = parts.tokens.principal(other)
    assert kept is not None
    assert (kept.ledger, kept.evaluation, kept.actor) == (who.ledger, who.evaluation, who.actor)
