"""What is missing in whose file stands on a page of its own, and so does asking for a workbook."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.contracted import contracted
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.papers import held


def page(api: Running, reader: TestClient, path: str = "/completeness", **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_a_missing_document_is_told_with_its_file_and_how_long_it_is_overdue(
    api: Running, reader: TestClient
) -> None:
    _, event = held(api, 0)
    shown = page(api, reader)
    for words in ("安全检查表", "日间照料", "超期 3 天", "0.0%", "共 1 份"):
        assert words in shown
    assert f'href="/records/{event}"' in shown
    english = page(api, reader, lang="en")
    assert '<strong lang="zh-CN">安全检查表</strong>' in english
    assert "3 days overdue" in english


def test_what_is_not_due_yet_is_told_as_such(api: Running, reader: TestClient) -> None:
    held(api, 5)
    assert "未到期" in page(api, reader).partition('id="missing"')[2]


def test_missing_documents_are_found_by_station_kind_and_project(
    api: Running, reader: TestClient
) -> None:
    held(api, 0)
    for query in ({"station": api.station}, {"kind": "drop_in"}, {"ledger": api.station}):
        assert "安全检查表" in page(api, reader, **query)
    for query in ({"station": new_id()}, {"kind": "case"}, {"ledger": new_id()}):
        assert "日间照料" not in page(api, reader, **query)
    project = contracted(api)
    shown = page(api, reader)
    assert f'<option value="{project}" selected>' in shown
    assert "安全检查表" not in shown
    assert "安全检查表" in page(api, reader, ledger=api.station)


def test_documents_are_told_as_they_were_known(api: Running, reader: TestClient) -> None:
    held(api, 0)
    before = (api.built.clock.now() - timedelta(minutes=3)).isoformat()
    assert "安全检查表" not in page(api, reader, at=before)


def test_others_see_none_of_it(api: Running) -> None:
    held(api, 0)
    api.follow()
    with browser(api) as other:
        sign_in(other, token(api, Principal(actor=new_id(), role="worker", operator=new_id())))
        assert "安全检查表" not in other.get("/completeness").text
        shown = other.get("/completeness", params={"ledger": api.station}).text
        assert "日间照料" not in html.unescape(shown)


def asked(reader: TestClient, project: Id, **typed: str) -> Any:
    return reader.post(f"/projects/{project}/workbooks", data=typed, headers=ORIGIN)


def test_the_workbook_of_a_month_is_asked_for_once_and_watched(
    api: Running, reader: TestClient
) -> None:
    project = contracted(api)
    shown = page(api, reader, f"/projects/{project}/workbooks")
    key = shown.partition('name="key" value="')[2].partition('"')[0]
    month = shown.partition('<option value="')[2].partition('"')[0]
    for _ in range(2):
        answer = asked(reader, project, key=key, month=month)
        assert (answer.status_code, answer.headers.get("location")) == (303, "/tasks")
    tasks = page(api, reader, "/tasks")
    assert tasks.count("指标月报工作簿") == 1
    assert f"{month} 月报" in tasks
    assert f'href="/projects/{project}/workbooks"' in page(api, reader, f"/projects/{project}")


def test_a_month_that_is_none_or_to_come_is_said_above_the_form(
    api: Running, reader: TestClient
) -> None:
    project = contracted(api)
    page(api, reader, f"/projects/{project}/workbooks")
    for month in ("", "2018-13", "2030-01", "zz"):
        answer = asked(reader, project, key=new_id(), month=month, known_at="2018-10-31T10:00")
        text = html.unescape(answer.text)
        assert (answer.status_code, 'role="alert"' in text) == (422, True), month
        assert 'value="2018-10-31T10:00"' in text
    other = new_id()
    assert reader.get(f"/projects/{other}/workbooks").status_code == 404
    assert asked(reader, other, key=new_id(), month="2018-10").status_code == 404
