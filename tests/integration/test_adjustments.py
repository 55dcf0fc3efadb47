"""A closed period three ways: as it was reported, as it is known now, and what lies between."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from domain.identity import new_id
from tests.integration.counted import contract, indicator, page, row, today
from tests.integration.http import Running
from tests.typed import Typing

REASON = {"code": "entry_error", "text": "次数记错了"}


def yesterday() -> datetime:
    return (today() - timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


def service(api: Running, project: str, **more: Any) -> str:
    """Record a service of yesterday."""
    sent = {
        "station": api.station,
        "project": project,
        "kind": "home_service",
        "minutes": 40,
        "workers": [new_id()],
        "attendance": [{"role": "resident", "source": "counted"}],
        "occurred": {"start": yesterday().isoformat()},
    }
    event: str = api.done("/visits", {**sent, **more})["events"][0]
    return event


def closed(api: Running, project: str) -> tuple[str, str]:
    """Close the project's days up to yesterday."""
    days = ((yesterday() - timedelta(days=9)).date(), yesterday().date())
    first, last = (day.isoformat() for day in days)
    sent = {"first": first, "last": last, "approved_by": new_id()}
    with api.leading():
        api.done(f"/projects/{project}/periods", sent)
    return first, last


def figures(api: Running, project: str, days: tuple[str, str], **query: Any) -> dict[str, Any]:
    told = api.get(f"/projects/{project}/periods/{days[0]}/{days[1]}", **query)
    return {each["code"]: each for each in told["figures"]}


def sides(figure: dict[str, Any]) -> list[int]:
    return [figure[name] for name in ("as_reported", "known_now", "adjustment")]


def test_what_came_after_the_close_is_an_adjustment_with_its_records(api: Running) -> None:
    project = contract(api)
    first, _ = service(api, project), service(api, project)
    days = closed(api, project)
    assert sides(figures(api, project, days)["1-1"]) == [2, 2, 0]
    approved = {"approved_by": new_id()}
    api.done(f"/records/{first}/voidings", {"reason": REASON, **approved})
    late = [service(api, project, **approved) for _ in range(3)]
    figure = figures(api, project, days)["1-1"]
    assert sides(figure) == [2, 4, 2]
    assert [(each["record"], each["change"]) for each in figure["events"]] == [
        (first, "voided"),
        *((event, "written") for event in late),
    ]


def test_it_is_told_as_known_at_a_moment(api: Running) -> None:
    project = contract(api)
    service(api, project)
    days = closed(api, project)
    before = api.built.journal.max_notification_id()
    service(api, project, approved_by=new_id())
    assert sides(figures(api, project, days, known_at=before)["1-1"]) == [1, 1, 0]
    assert sides(figures(api, project, days)["1-1"]) == [1, 2, 1]


def test_work_of_other_days_is_no_adjustment(api: Running) -> None:
    project = contract(api)
    service(api, project)
    days = closed(api, project)
    service(api, project, occurred=None)
    figure = figures(api, project, days)["1-1"]
    assert (sides(figure), figure["events"]) == ([1, 1, 0], [])


def test_a_period_that_was_opened_again_is_told_too(api: Running) -> None:
    project = contract(api)
    service(api, project)
    days = closed(api, project)
    reopened(api, project, days)
    service(api, project)
    told = api.get(f"/projects/{project}/periods/{days[0]}/{days[1]}")
    assert (told["closed"], told["superseded_by"]) == (False, None)
    assert told["recorded_at"] < told["reopened_at"]
    assert sides({each["code"]: each for each in told["figures"]}["1-1"]) == [1, 2, 1]


def reopened(api: Running, project: str, days: tuple[str, str]) -> None:
    again = {"first": days[0], "last": days[1], "reason": "评估整改需要补录"}
    with api.leading():
        api.done(f"/projects/{project}/reopenings", {**again, "approved_by": new_id()})


def closed_twice(api: Running) -> tuple[str, tuple[str, str]]:
    """Close a project's days on one service, again on two, and add a third."""
    project = contract(api)
    service(api, project)
    days = closed(api, project)
    reopened(api, project, days)
    service(api, project)
    closed(api, project)
    service(api, project, approved_by=new_id())
    return project, days


def test_days_closed_again_are_held_against_the_last_closing(api: Running) -> None:
    project, days = closed_twice(api)
    told = api.get(f"/projects/{project}/periods/{days[0]}/{days[1]}")
    assert (told["closed"], told["superseded_by"], told["reopened_at"]) == (True, None, None)
    assert sides(figures(api, project, days)["1-1"]) == [2, 3, 1]
    first, second = told["closings"]
    assert told["closing"] == second["closing"]
    assert first["superseded_by"] == second["closing"]


def test_an_earlier_closing_is_asked_for_and_says_what_it_reported(api: Running) -> None:
    project, days = closed_twice(api)
    first, second = api.get(f"/projects/{project}")["periods"]
    assert [each["closed"] for each in (first, second)] == [False, True]
    assert (first["superseded_by"], first["reason"]) == (second["closing"], "评估整改需要补录")
    earlier = figures(api, project, days, closing=first["closing"])["1-1"]
    assert sides(earlier) == [1, 3, 2]
    assert len(earlier["events"]) == 2
    last = figures(api, project, days, closing=second["closing"])["1-1"]
    assert sides(last) == [2, 3, 1]
    path = f"/api/v1/projects/{project}/periods/{days[0]}/{days[1]}"
    none = api.client.get(path, params={"closing": new_id()})
    assert (none.status_code, none.json()["field"]) == (404, "closing")


def test_before_it_was_closed_again_the_first_closing_stood(api: Running) -> None:
    project = contract(api)
    service(api, project)
    days = closed(api, project)
    known = api.built.journal.max_notification_id()
    reopened(api, project, days)
    service(api, project)
    closed(api, project)
    api.follow()
    then = api.get(f"/projects/{project}/periods/{days[0]}/{days[1]}", known_at=known)
    assert (then["closed"], len(then["closings"])) == (True, 1)
    assert sides({each["code"]: each for each in then["figures"]}["1-1"]) == [1, 1, 0]


def test_pages_show_an_earlier_closing_as_superseded(api: Running, reader: TestClient) -> None:
    project, (first, last) = closed_twice(api)
    earlier, _ = api.get(f"/projects/{project}")["periods"]
    path = f"/projects/{project}/periods/{first}/{last}"
    own = f"{path}?closing={earlier['closing']}"
    listed = page(api, reader, f"/projects/{project}/changes", lang="zh")
    assert (f'href="{path}"' in listed, f'href="{own}"' in listed) == (True, True)
    assert (listed.count("已被取代"), listed.count("现行")) == (1, 1)
    shown = page(api, reader, path)
    assert row(shown, "上门服务").split()[-5:] == ["2", "次", "3", "次", "+1"]
    assert "这一期间的历次锁期" in shown
    assert "先前那次锁期" not in shown
    before = page(api, reader, path, closing=earlier["closing"])
    assert row(before, "上门服务").split()[-5:] == ["1", "次", "3", "次", "+2"]
    assert "先前那次锁期" in before
    english = page(api, reader, path, closing=earlier["closing"], lang="en")
    assert "superseded" in english
    assert "here are the figures of an earlier closing" in english
    assert reader.get(f"{path}?closing={new_id()}").status_code == 404


def test_a_range_that_grew_after_the_close_is_told_with_its_record(
    api: Running, reader: TestClient, typed: Typing
) -> None:
    """Given people of whom nobody was named, when more of them are said to have come after the
    days were closed, then the range that was reported and the one known now stand side by side."""
    counts = {"measure": "persons", "unit": "人", "kinds": ["needs_contact"], "goal": "1"}
    project = contract(api, besides=[indicator("1-3", "调研人数", None, **counts)])
    asked = {
        "station": api.station,
        "project": project,
        "kind": "needs_contact",
        "variant": "interview",
        "title": "入户调研",
        "attendance": [{"count": 10, "role": "resident", "source": "counted"}],
        "occurred": {"start": yesterday().isoformat()},
    }
    event = api.done("/held-activities", asked)["events"][0]
    days = closed(api, project)
    facts = {"attendance": [{"count": 14, "role": "resident", "source": "counted"}]}
    sent = {"facts": facts, "reason": REASON, "approved_by": new_id()}
    api.done(f"/records/{event}/corrections", sent)
    figure = figures(api, project, days)["1-3"]
    assert sides(figure) == [0, 0, 0]
    assert [figure[f"{side}_unnamed"] for side in ("as_reported", "known_now")] == [10, 14]
    assert [each["record"] for each in figure["events"]] == [event]
    shown = page(api, reader, f"/projects/{project}/periods/{days[0]}/{days[1]}", lang="zh")
    assert row(shown, "调研人数").split()[-5:] == ["0–10", "人", "0–14", "人", "0"]
    told = printed(api, typed, api.get(f"/projects/{project}")["slug"])
    assert ("0–10 人" in told, "0–14 人" in told) == (True, True)


def test_what_was_never_closed_is_not_found(api: Running) -> None:
    project = contract(api)
    api.follow()
    for days in ("2026-01-01/2026-01-31", f"{yesterday():%Y-%m-%d}/nonsense"):
        answer = api.client.get(f"/api/v1/projects/{project}/periods/{days}")
        assert answer.status_code in (404, 422)
        assert answer.json()["code"] in ("not_found", "invalid")


def test_its_page_is_found_from_the_changes_and_says_the_same(
    api: Running, reader: TestClient
) -> None:
    project = contract(api)
    service(api, project)
    first, last = closed(api, project)
    added = service(api, project, approved_by=new_id())
    path = f"/projects/{project}/periods/{first}/{last}"
    assert path in page(api, reader, f"/projects/{project}/changes")
    shown = page(api, reader, path)
    assert row(shown, "上门服务").split()[-5:] == ["1", "次", "2", "次", "+1"]
    assert f"/records/{added}" in shown
    assert "As reported" in page(api, reader, path, lang="en")
    assert reader.get(f"/projects/{project}/periods/2001-01-01/2001-01-31").status_code == 404


def test_the_command_says_the_same(api: Running, typed: Typing) -> None:
    project = contract(api)
    service(api, project)
    closed(api, project)
    service(api, project, approved_by=new_id())
    key = api.get(f"/projects/{project}")["slug"]
    (period,) = json.loads(printed(api, typed, key, "--json"))
    assert sides(period["figures"][0]) == [1, 2, 1]
    assert "+1" in printed(api, typed, key)


def test_the_command_tells_every_closing(api: Running, typed: Typing) -> None:
    project, _ = closed_twice(api)
    key = api.get(f"/projects/{project}")["slug"]
    second, first = json.loads(printed(api, typed, key, "--json"))
    assert [sides(each["figures"][0]) for each in (first, second)] == [[1, 3, 2], [2, 3, 1]]
    assert (first["superseded_by"], second["superseded_by"]) == (second["closing"], None)
    shown = printed(api, typed, key)
    assert "已被取代 / superseded" in " ".join(shown.split())


def printed(api: Running, typed: Typing, key: str, *more: str) -> str:
    """Type the command for a project."""
    home = api.built.keys.parent
    ended = typed("report", "adjustments", "--project", key, *more, home=home, url=api.built.url)
    assert ended.code == 0, ended.err
    return ended.out
