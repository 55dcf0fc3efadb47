"""What is read has the ETag by which it may be changed: a command on an older one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from deploy.wiring import House
from domain.event import Facts
from domain.identity import new_id
from domain.journal.codec import decode
from domain.journal.tokens import Tokens
from domain.principal import Principal
from domain.registry import ResidencePeriodRecorded
from projections.activity import PLAN as ACTIVITY
from projections.case import CASE
from projections.engine.view import Effect, Record, Table
from projections.evaluation_tables import EVALUATION
from projections.group import GROUP
from projections.household import HOUSEHOLD
from projections.need import NEED
from projections.person import PERSON, persons
from projections.project import PROJECT
from projections.staff import STAFF
from tests.integration.demonstration import demonstration
from tests.integration.http import Running
from tests.integration.registered import person

READ: list[tuple[str, Table, str]] = [
    ("activities", ACTIVITY, "activity"),
    ("cases", CASE, "case_id"),
    ("evaluations", EVALUATION, "evaluation"),
    ("groups", GROUP, "group_id"),
    ("households", HOUSEHOLD, "household"),
    ("needs", NEED, "need"),
    ("persons", PERSON, "person"),
    ("projects", PROJECT, "project"),
    ("staff", STAFF, "staff"),
]


@pytest.fixture(scope="module")
def built(module_house_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with demonstration(module_house_url, tmp_path_factory.mktemp("home")) as it:
        yield it


@pytest.fixture(scope="module")
def client(built: House) -> Iterator[TestClient]:
    with built.services() as parts, TestClient(create_app(parts)) as it:
        administrator = Principal(actor=new_id(), role="administrator")
        it.headers["Authorization"] = f"Bearer {Tokens(built.pool).issue(administrator, 'test')}"
        yield it


@pytest.mark.parametrize(("what", "table", "column"), READ, ids=[what for what, _, _ in READ])
def test_a_record_is_read_with_the_version_of_its_stream(
    built: House, client: TestClient, what: str, table: Table, column: str
) -> None:
    with built.asking.within(Principal(actor=new_id(), role="administrator")) as answers:
        row = answers.rows(table, limit=1)[0]
    answer = client.get(f"/api/v1/{what}/{row[column]}")
    assert answer.status_code == 200, answer.text
    last = decode(built.journal.read_stream(row[column])[-1].state)
    assert answer.headers["ETag"] == f'"{last.version}"'


def test_what_was_read_before_another_wrote_may_not_be_changed(api: Running) -> None:
    who = person(api)
    api.follow()
    seen = api.client.get(f"/api/v1/persons/{who}").headers["ETag"]
    moved = {"place": "另一社区", "residence": "seasonal", "begins": "2026-01-01"}
    first = api.post(f"/persons/{who}/residences", moved, **{"If-Match": seen})
    assert first.status_code == 201, first.text
    late = api.post(f"/persons/{who}/residences", moved, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    api.follow()
    now = api.client.get(f"/api/v1/persons/{who}").headers["ETag"]
    assert now == first.headers["ETag"]


def test_of_queued_commands_each_is_held_to_the_version_that_its_device_saw(api: Running) -> None:
    who = person(api)
    moved = {"place": "另一社区", "residence": "seasonal", "begins": "2026-01-01"}
    path = f"/persons/{who}/residences"
    queued = [
        {"key": f"move-{number}", "path": path, "body": moved, "if_match": seen}
        for number, seen in enumerate((1, 1, None))
    ]
    answers = api.client.post("/api/v1/batches", json={"commands": queued}).json()
    assert [each["status"] for each in answers] == [201, 409, 201]
    assert answers[1]["body"]["code"] == "stale_version"


def test_what_the_views_have_not_seen_is_not_tagged(api: Running) -> None:
    """Read late, it would be taken for what stands: the tag is of what is shown."""
    who = person(api)
    api.follow()
    seen = api.client.get(f"/api/v1/persons/{who}").headers["ETag"]
    moved = {"place": "另一社区", "residence": "seasonal", "begins": "2026-01-01"}
    api.done(f"/persons/{who}/residences", moved)
    assert api.client.get(f"/api/v1/persons/{who}").headers["ETag"] == seen


def fails(record: Record[ResidencePeriodRecorded]) -> list[Effect]:
    raise ZeroDivisionError


BROKEN: dict[type[Facts], Any] = {**persons.handlers, ResidencePeriodRecorded: fails}


def test_what_a_view_has_parked_is_not_tagged_as_if_it_were_shown(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = person(api)
    api.follow()
    seen = api.client.get(f"/api/v1/persons/{who}").headers["ETag"]
    moved = {"place": "另一社区", "residence": "seasonal", "begins": "2026-01-01"}
    api.done(f"/persons/{who}/residences", moved)
    with monkeypatch.context() as broken:
        broken.setattr(persons, "handlers", BROKEN)
        persons._readers.clear()
        api.follow()
    persons._readers.clear()
    other = person(api)
    api.follow()  # the view goes on with others, past what it parked

    assert api.client.get(f"/api/v1/persons/{who}").headers["ETag"] == seen
    late = api.post(f"/persons/{who}/residences", moved, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    assert api.client.get(f"/api/v1/persons/{other}").headers["ETag"] == '"1"'

    assert api.built.follower().retry(persons, who)
    assert api.client.get(f"/api/v1/persons/{who}").headers["ETag"] == '"2"'


def test_the_past_and_what_is_not_there_have_none(api: Running) -> None:
    who = person(api)
    api.follow()
    position = api.built.journal.max_notification_id()
    past = api.client.get(f"/api/v1/persons/{who}", params={"known_at": position})
    assert past.status_code == 200
    assert "ETag" not in past.headers
    nobody = api.client.get(f"/api/v1/persons/{new_id()}")
    assert nobody.status_code == 404
    assert "ETag" not in nobody.headers
