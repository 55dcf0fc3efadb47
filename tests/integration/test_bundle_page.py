"""A project's records taken away from its page: asked for once, watched, fetched and proven."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.clock import SimulatedClock, SystemClock
from domain.export import ExportMade
from domain.identity import Id, new_id
from domain.journal.codec import decode
from domain.journal.verify import verify
from domain.principal import Principal
from tests.bundles import trusted
from tests.integration.alarmed import work
from tests.integration.bundled import asked, field
from tests.integration.evaluated import contracted, visited
from tests.integration.http import Running, running
from tests.integration.pages import ORIGIN, browser, sign_in, token


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        yield it


@pytest.fixture
def project(api: Running) -> Id:
    made = contracted(api, SimulatedClock(SystemClock().now()))
    visited(api, made)
    api.follow()
    return made


@pytest.fixture
def lead(api: Running, project: Id) -> Iterator[TestClient]:
    who = Principal(actor=api.worker, role="project_lead", operator=api.operator)
    with browser(api) as client:
        sign_in(client, token(api, who))
        yield client


def test_it_is_asked_for_once_watched_fetched_and_proven(
    api: Running, lead: TestClient, project: Id, tmp_path: Path
) -> None:
    place = asked(lead, project)
    waiting = lead.get(place)
    assert "等待制作" in waiting.text
    assert f'hx-get="{place}"' in waiting.text
    work(api)
    done = lead.get(place, params={"lang": "en"}).text
    assert "Download" in done
    assert "hx-trigger" not in done, "what is done is looked at no more"
    file = lead.get(re.findall(r'href="(/api/v1/tasks/[^"]*/file)"', done)[0])
    with zipfile.ZipFile(BytesIO(file.content)) as archive:
        archive.extractall(tmp_path)
    assert verify(tmp_path / "bundle", trusted(api.built)).findings == []
    taken = html.unescape(lead.get(f"/projects/{project}/bundles", params={"lang": "zh"}).text)
    assert taken.partition('id="taken"')[2].count("/records/") == 1


def test_an_earlier_state_can_be_taken_and_one_before_the_project_is_refused(
    api: Running, lead: TestClient, project: Id
) -> None:
    assert asked(lead, project, known_at=SystemClock().now().isoformat()).startswith("/bundles/")
    before = {"project": project, "key": new_id(), "known_at": "2001-01-01T00:00"}
    refused = lead.post("/bundles", data=before, headers=ORIGIN)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    head = api.built.journal.max_notification_id()
    nonsense = before | {"known_at": "tomorrow"}
    assert lead.post("/bundles", data=nonsense, headers=ORIGIN).status_code == 422
    assert lead.post("/bundles", data=before).status_code == 422, "a form of somebody else's page"
    assert api.built.journal.max_notification_id() == head


def test_a_refusal_keeps_the_minute_that_was_typed(lead: TestClient, project: Id) -> None:
    shown = lead.get(f"/projects/{project}/bundles").text
    first = {name: field(shown, name) for name in ("project", "key")}
    assert lead.post("/bundles", data=first, headers=ORIGIN).status_code == 303
    minute = f"{SystemClock().now():%Y-%m-%dT%H:%M}"
    under_the_same_key = lead.post("/bundles", data=first | {"known_at": minute}, headers=ORIGIN)
    assert under_the_same_key.status_code == 409
    assert 'role="alert"' in under_the_same_key.text
    again = {name: field(under_the_same_key.text, name) for name in ("project", "key", "known_at")}
    assert again["known_at"] == minute
    assert again["key"] != first["key"]
    nonsense = lead.post("/bundles", data=again | {"known_at": "<b>明天"}, headers=ORIGIN)
    assert (nonsense.status_code, "&lt;b&gt;明天" in nonsense.text) == (422, True)


def test_whoever_may_not_take_it_is_told_and_nothing_is_recorded(api: Running, project: Id) -> None:
    with browser(api) as worker:
        sign_in(worker, token(api))
        shown = worker.get(f"/projects/{project}/bundles").text
        assert "您的角色不能整本导出记录" in shown
        head = api.built.journal.max_notification_id()
        sent = {"project": project, "key": new_id()}
        assert worker.post("/bundles", data=sent, headers=ORIGIN).status_code == 403
        assert api.built.journal.max_notification_id() == head


def test_a_bundle_is_shown_to_whoever_asked_for_it_alone(
    api: Running, lead: TestClient, project: Id
) -> None:
    place = asked(lead, project)
    with browser(api) as other:
        manager = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
        sign_in(other, token(api, manager))
        assert other.get(place).status_code == 404
    assert lead.get(f"/bundles/{new_id()}").status_code == 404


def exported(api: Running, project: Id) -> ExportMade:
    *_, last = api.built.journal.read_ledger(project)
    facts = decode(last.state).facts
    assert isinstance(facts, ExportMade)
    return facts


def test_the_manager_opens_fields_for_a_purpose_and_without_one_what_was_ticked_stays(
    api: Running, lead: TestClient, project: Id
) -> None:
    assert 'name="opened"' not in lead.get(f"/projects/{project}/bundles").text
    with browser(api) as manager:
        who = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
        sign_in(manager, token(api, who))
        shown = manager.get(f"/projects/{project}/bundles").text
        sent = {name: field(shown, name) for name in ("project", "key")}
        ticked: dict[str, Any] = {"opened": ["identity", "casework"], "attachments": "yes"}
        refused = manager.post("/bundles", data=sent | ticked, headers=ORIGIN)
        assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
        for name in ("identity", "casework"):
            assert f'name="opened" value="{name}" checked' in refused.text
        assert 'name="opened" value="health" checked' not in refused.text
        again = ticked | {"project": project, "key": field(refused.text, "key")}
        short = manager.post(
            "/bundles", data=again | {"purpose": "evaluation", "reason": "要"}, headers=ORIGIN
        )
        assert "原因" in short.text.partition('role="alert"')[2].partition("</p>")[0]
        whole = again | {"purpose": "evaluation", "reason": "评估方核对个案记录"}
        assert manager.post("/bundles", data=whole, headers=ORIGIN).status_code == 303
    made = exported(api, project)
    assert (made.columns, made.attachments) == (("identity", "casework"), True)
    assert (made.purpose, made.reason) == ("evaluation", "评估方核对个案记录")


def test_a_stations_own_ledger_is_taken_along_and_watched_among_the_tasks(
    api: Running, lead: TestClient, project: Id
) -> None:
    api.follow()
    assert asked(lead, project, stations=api.station) == "/tasks"
    assert "评估资料包" in lead.get("/tasks").text


def test_whoever_may_not_open_fields_cannot_by_a_form_of_their_own(
    api: Running, lead: TestClient, project: Id
) -> None:
    shown = lead.get(f"/projects/{project}/bundles").text
    sent = {name: field(shown, name) for name in ("project", "key")}
    more = {"opened": "identity", "purpose": "evaluation", "reason": "想看看姓名"}
    head = api.built.journal.max_notification_id()
    assert lead.post("/bundles", data=sent | more, headers=ORIGIN).status_code == 403
    assert api.built.journal.max_notification_id() == head
