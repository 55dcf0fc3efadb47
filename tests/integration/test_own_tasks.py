"""One's own tasks: what somebody asked for, the newest first, as a list and as a page."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deploy.workroom import workshop_of
from domain.clock import SHANGHAI, SimulatedClock, SystemClock
from domain.export import NO_KEYS
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.alarmed import work
from tests.integration.evaluated import contracted, visited
from tests.integration.http import Running, running
from tests.integration.pages import browser, sign_in, token

EXTENT = re.compile(r"前 (\d+) 条记录")


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(house_url, tmp_path / "home", SimulatedClock(SystemClock().now())) as it:
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


def workbook(api: Running, project: Id, month: int = 10) -> Id:
    answer = api.post(f"/projects/{project}/workbooks", {"year": 2018, "month": month})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task"])


def bundle(api: Running, *ledgers: Id) -> Id:
    answer = api.post("/bundles", {"ledgers": list(ledgers)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task"])


def listed(api: Running, **query: Any) -> list[Id]:
    return [one["task"] for one in api.get("/tasks", **query)["items"]]


def key_of(api: Running, project: Id) -> str:
    """Return a project's key, by which its files are named; of one without, its id."""
    return str(api.get(f"/projects/{project}")["slug"] or project)


def fail(api: Running, task: Id, error: str) -> None:
    """Let a task fail for good."""
    register, holder = workshop_of(api.built).register, new_id()
    assert register.begin(task, holder) is not None
    assert register.fail(task, holder, error, final=True)


def test_what_somebody_asked_for_comes_newest_first_with_how_far_it_is(
    api: Running, project: Id
) -> None:
    first, second = workbook(api, project), bundle(api, project)
    work(api)
    third = bundle(api, project, api.station)
    newest, made, oldest = api.get("/tasks")["items"]
    assert [newest["task"], made["task"], oldest["task"]] == [third, second, first]
    assert [one["duty"] for one in (newest, oldest)] == ["make_bundle", "make_workbook"]
    assert [one["state"] for one in (newest, made, oldest)] == ["asked", "done", "done"]
    assert [one["ledger"] for one in (newest, made)] == [None, project]
    assert made["progress"] == made["total"] > 0
    assert newest["asked_at"] > made["asked_at"] > oldest["asked_at"]
    assert made == api.get(f"/tasks/{second}")


def test_pages_hold_each_task_once(api: Running, project: Id) -> None:
    asked = [workbook(api, project, month) for month in range(1, 8)]
    seen, cursor = [], None
    while True:
        page = api.get("/tasks", limit=3, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= 3
        seen += [one["task"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == asked[::-1]


def test_a_day_is_civil_and_belongs_to_the_days_that_it_bounds(api: Running, project: Id) -> None:
    task = workbook(api, project)
    asked_at = datetime.fromisoformat(api.get(f"/tasks/{task}")["asked_at"])
    day = asked_at.astimezone(SHANGHAI).date()
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert listed(api, **{"from": day, "to": day}) == [task]
    assert listed(api, **{"from": "0001-01-01", "to": "9999-12-31"}) == [task]
    assert listed(api, **{"from": after}) == listed(api, to=before) == []


def test_nobody_finds_what_others_asked_for_among_their_own(api: Running, project: Id) -> None:
    own = workbook(api, project)
    api.sign_in(Principal(actor=new_id(), role="project_lead", operator=api.operator))
    assert listed(api) == []
    assert [one["task"] for one in api.get("/unfinished-tasks")] == [own]
    api.as_role("worker")
    assert listed(api) == [], "asked for in another role"
    api.as_role("project_lead", operator=new_id())
    assert listed(api) == [], "asked for at another operator"


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": urlsafe_b64encode(json.dumps(["x", "y", "z"]).encode()).decode()},
        {"cursor": urlsafe_b64encode(json.dumps([1e9, None, None]).encode()).decode()},
        {"cursor": urlsafe_b64encode(b'["2018-01-01"]').decode()},
        {"limit": 0},
        {"limit": "many"},
        {"limit": 10**9},
        {"known_at": "2018-01-01"},
        {"from": "2018-02-30"},
        {"to": "yesterday"},
        {"state": "done"},
    ],
)
def test_nonsense_is_refused_with_a_problem(api: Running, query: dict[str, Any]) -> None:
    answer = api.client.get("/api/v1/tasks", params=query)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_page_shows_each_task_and_gives_the_files(
    api: Running, project: Id, lead: TestClient
) -> None:
    book, one = workbook(api, project), bundle(api, project)
    waiting = lead.get("/tasks").text
    assert waiting.count("等待制作") == 2
    assert 'hx-get="/tasks"' in waiting
    work(api)
    shown = lead.get("/tasks").text
    assert "三社联动试点项目" in shown
    assert "hx-trigger" not in shown, "what is done is looked at no more"
    assert f'href="/bundles/{one}"' in shown
    assert shown.index("评估资料包") < shown.index("指标月报工作簿")
    files = re.findall(r'href="(/api/v1/tasks/[^"]*/file)"', shown)
    assert files == [f"/api/v1/tasks/{task}/file" for task in (one, book)]
    assert [lead.get(file).status_code for file in files] == [200, 200]
    names = [lead.get(file).headers["content-disposition"].partition('"')[2] for file in files]
    day, rows = f"{api.built.clock.now():%Y-%m-%d}", EXTENT.findall(shown)
    assert names[0].startswith(f"{key_of(api, project)}-bundle-{day}-{rows[0]}.zip")
    assert names[1].startswith(f"{key_of(api, project)}-workbook-2018-10-")
    english = lead.get("/tasks", params={"lang": "en"}).text
    assert "My tasks" in english
    assert "Monthly workbook" in english
    for place in api.built.exports.iterdir():
        place.unlink()
    assert lead.get("/tasks").text.count("The file was cleared away") == 2


def test_the_page_says_in_words_what_went_wrong(
    api: Running, project: Id, lead: TestClient
) -> None:
    fail(api, bundle(api, project), NO_KEYS.code)
    fail(api, workbook(api, project), "KeyError")
    shown = lead.get("/tasks").text
    assert shown.count("请重新申请一次") == 1
    assert NO_KEYS().text("zh") in shown
    assert "KeyError" not in shown
    assert NO_KEYS.code not in shown


def test_a_page_leads_to_earlier_tasks_and_one_without_any_says_so(
    api: Running, project: Id, lead: TestClient
) -> None:
    empty = lead.get("/tasks").text
    assert "您还没有申请制作什么" in empty
    assert '<a class="more" href="/indicators">月报和资料包在各项目的页面里申请</a>' in empty
    tasks = [workbook(api, project, month) for month in range(1, 13)]
    tasks += [workbook(api, project, month) for month in range(1, 13)]
    work(api)
    first = lead.get("/tasks").text
    assert first.count("指标月报工作簿") == 20
    (earlier,) = re.findall(r'href="(/tasks\?cursor=[^"]*)"', first)
    rest = lead.get(earlier.replace("&amp;", "&")).text
    assert rest.count("指标月报工作簿") == len(tasks) - 20


def test_a_bundles_page_leads_to_all_of_them(api: Running, project: Id, lead: TestClient) -> None:
    shown = lead.get(f"/bundles/{bundle(api, project)}").text
    assert 'href="/tasks"' in shown.partition("<main")[2]


def test_two_workbooks_are_told_apart_by_their_months(
    api: Running, project: Id, lead: TestClient
) -> None:
    for month in (9, 10):
        workbook(api, project, month)
    shown = lead.get("/tasks").text
    assert shown.index("2018-10 月报") < shown.index("2018-09 月报")
    assert [one["month"] for one in api.get("/tasks")["items"]] == ["2018-10", "2018-09"]


def test_a_month_that_has_not_begun_has_no_workbook(api: Running, project: Id) -> None:
    answer = api.post(f"/projects/{project}/workbooks", {"year": 2099, "month": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "task.month_to_come")
    assert api.get("/tasks")["items"] == []
