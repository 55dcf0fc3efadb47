"""Records are found by who wrote them, kind, day, station and project, and told apart in a list."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import new_id
from tests.integration.cases import opened
from tests.integration.contracted import contracted, service
from tests.integration.http import Running
from tests.integration.registered import person
from tests.integration.visited import visit


def page(api: Running, reader: TestClient, path: str = "/records", **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text).partition('id="rows"')[2] or "none"


def test_records_are_found_by_kind_and_case(api: Running, reader: TestClient) -> None:
    made, case = visit(api), opened(api, person(api))
    shown = page(api, reader, kind="visit.HomeServiceDelivered")
    assert made in shown
    assert "个案开案" not in shown
    cases = page(api, reader, kind="case.CaseOpened")
    assert made not in cases
    assert case[-6:].upper() in cases


def test_a_corrected_record_is_found_with_what_corrected_it(
    api: Running, reader: TestClient
) -> None:
    made = visit(api)
    reason = {"code": "entry_error", "text": "分钟数录入错误"}
    api.done(f"/records/{made}/corrections", {"facts": {"minutes": 45}, "reason": reason})
    shown = page(api, reader, kind="visit.HomeServiceDelivered")
    for words in ("更正", "45", "40"):
        assert words in shown
    told = (shown.count("录入 2"), shown.count("发生 2"))
    assert told == (2, 1), "the day of a correction is not that of the visit"


def test_records_are_found_by_day_station_and_project(api: Running, reader: TestClient) -> None:
    fives = datetime.now(UTC) - timedelta(days=5)
    early = visit(api, occurred={"start": fives.isoformat()}, late_reason="村里没有网络")
    project = contracted(api)
    theirs, late = service(api, project)["events"][0], visit(api)
    day = (fives + timedelta(days=2)).date().isoformat()
    before, after = page(api, reader, to=day), page(api, reader, **{"from": day})
    assert (early in before, late in before) == (True, False)
    assert (early in after, late in after) == (False, True)
    ours = page(api, reader, project=project)
    assert (theirs in ours, late in ours) == (True, False)
    assert late in page(api, reader, station=api.station)
    assert late not in page(api, reader, station=new_id())
    assert theirs in page(api, reader, project=project, station="", writer="", **{"from": ""})


def test_records_are_found_by_the_number_of_whom_wrote_them(
    api: Running, reader: TestClient
) -> None:
    hired = {"operator": api.operator, "name": "李示例", "begins": "2018-01-01", "number": "0346"}
    api.as_role("operator_manager")
    api.done("/staff", {**hired, "staff": api.worker})
    writer = api.worker
    api.worker = new_id()
    api.as_role("worker")
    other = visit(api, workers=[writer])
    api.worker = writer
    api.as_role("worker")
    made = visit(api, workers=[writer])
    for who in ("0346", writer):
        shown = page(api, reader, writer=who)
        assert (made in shown, other in shown) == (True, False)
    assert "工号 0346" in page(api, reader)


@pytest.mark.parametrize(
    ("field", "label"),
    [("writer", "录入人"), ("kind", "记录类型"), ("from", "自（空着即不限）"), ("to", "至"),
     ("station", "社工站"), ("project", "项目")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_above_the_form_and_stays_in_it(
    api: Running, reader: TestClient, field: str, label: str
) -> None:
    made = visit(api)
    api.follow()
    answer = reader.get("/records", params={field: "zz<b>"})
    text = html.unescape(answer.text)
    assert (answer.status_code, made in text) == (422, False)
    assert f"<span>{label}" in text.partition('role="alert"')[2].partition("</p>")[0]
    assert "zz<b>" not in answer.text
    assert 'name="writer"' in text


def test_days_the_wrong_way_round_are_said_and_stay(api: Running, reader: TestClient) -> None:
    answer = reader.get("/records", params={"from": "2018-10-31", "to": "2018-07-01"})
    assert answer.status_code == 422
    assert 'value="2018-10-31"' in answer.text
    assert 'role="alert"' in answer.text


def test_rows_say_what_tells_them_apart_and_nothing_that_is_sealed(
    api: Running, reader: TestClient
) -> None:
    visit(api, minutes=41, note="老人独居，情绪低落", place="便民大厅")
    shown = page(api, reader)
    assert '<span class="figure">41</span>' in shown
    assert "便民大厅" not in shown
    assert "情绪低落" not in shown
    assert 'Minutes <span class="figure">41</span>' in page(api, reader, lang="en")
    assert "便民大厅" not in html.unescape(reader.get("/").text)
