"""The caseload as supervisors read it: who carries what, and which case was left alone."""

from __future__ import annotations

import html
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from domain.alert import Threshold
from domain.alert_rule import change_rule
from domain.entry import Scope
from domain.identity import new_id
from tests.integration.caseload import opened
from tests.integration.http import Running
from tests.integration.registered import carried_out, person


def page(api: Running, reader: TestClient, path: str = "/caseload", **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_cases_are_told_by_how_long_nobody_was_in_contact(api: Running, reader: TestClient) -> None:
    for days_ago in (1, 6, 7, 10):
        opened(api, days_ago)
    shown = page(api, reader)
    for words in ("超期 3 天", "临期 · 今天到期", "临期 · 还有 1 天", "正常", "接案", "孤独"):
        assert words in shown
    assert shown.index("超期 3 天") < shown.index("今天到期") < shown.index("还有 1 天")
    english = page(api, reader, lang="en")
    for words in ("3 days overdue", "due today", "Intake", "Loneliness", "Last contact"):
        assert words in english
    assert "超期 3 天" in page(api, reader, "/", lang="zh")


def test_a_worker_is_looked_at_alone(api: Running, reader: TestClient) -> None:
    opened(api, 9)
    assert "超期 2 天" in page(api, reader, worker=api.worker)
    assert "没有在办个案" in page(api, reader, worker=new_id())
    assert "没有在办个案" in page(api, reader, station=new_id())
    assert reader.get("/caseload", params={"worker": "nobody"}).status_code == 422


def test_the_caseload_stands_as_it_was_known_at_a_minute(api: Running, reader: TestClient) -> None:
    case = opened(api, 9)
    written = datetime.fromisoformat(api.get(f"/streams/{case}")[0]["recorded_at"])
    before = (written - timedelta(minutes=2)).isoformat()
    early = page(api, reader, at=before, worker=api.worker)
    assert "没有在办个案" in early
    assert f'name="worker" value="{api.worker}"' in early
    known = page(api, reader, at=written.isoformat())
    assert "超期 2 天" in known
    assert f"&worker={api.worker}" in known  # whoever is looked at next, the moment stays


def test_the_operators_own_threshold_decides(api: Running, reader: TestClient) -> None:
    opened(api, 9)
    carried_out(
        api,
        lambda desk, entry: change_rule(
            desk,
            entry,
            Scope(operator=api.operator),
            "AL-01",
            (Threshold(name="days", value=14),),
            "乡镇路远",
        ),
    )
    assert (
        "超期"
        not in page(api, reader).partition("在办个案（最急的在前）")[2].partition("每位社工")[0]
    )


def test_nobodys_name_is_on_the_page(api: Running, reader: TestClient) -> None:
    client = person(api)
    case = opened(api, 9, client)
    shown = page(api, reader)
    assert client[-6:].upper() in shown
    assert case[-6:].upper() in shown
    assert "王示例" not in shown


def test_stations_stand_side_by_side_where_somebody_sees_several(
    api: Running, reader: TestClient
) -> None:
    opened(api, 9)
    assert "各社工站对照" not in page(api, reader)
    first = api.station
    api.as_role("operator_manager")
    other = {
        "operator": api.operator,
        "name": "示例二街道社工站",
        "region_code": "620102002",
        "purchaser": "示例街道办事处",
        "overseer": "示例区民政局",
    }
    api.station = api.done("/stations", other)["stream"]
    api.as_role("worker")
    opened(api, 1)
    opened(api, 2)
    compared = page(api, reader).partition('id="stations"')[2].partition("</section>")[0]
    rows = compared.split("<tr>")[2:]
    assert [each.partition("station=")[2][:36] for each in rows] == [first, api.station]
    assert ("超期 1" in rows[0], "超期 1" in rows[1]) == (True, False)
    assert f'href="/coverage?station={first}"' in rows[0]
    alone = page(api, reader, station=first)
    assert "各社工站对照" not in alone
    assert "Stations side by side" in page(api, reader, lang="en")
