"""A worker writes down on a page that a gift came in, and which receipt was given for it."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.pages.filled_in import NOT_FILLED
from api.pages.receiving import RECEIPT_OR_NONE
from domain.donation import NO_DONOR, NO_VALUATION_BASIS, NOTHING_RECEIVED
from domain.identity import Id, new_id
from tests.integration.http import Running
from tests.integration.pages import ORIGIN
from tests.integration.recorded import written
from tests.integration.rosters import begins

GIFTS = "/received-donations"
RICE = {
    "line.0.name": "大米", "line.0.quantity": "100", "line.0.unit": "袋",
    "line.0.value": "5000", "valuation": "invoice",
}  # fmt: skip


def shown(api: Running, reader: TestClient, path: str) -> str:
    api.follow()
    answer = reader.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def send(api: Running, reader: TestClient, path: str, **typed: Any) -> httpx.Response:
    form = shown(api, reader, path)
    when = {name: begins(form, f"occurred.{name}") for name in ("start", "precision")}
    stands = {f"occurred.{name}": text for name, text in when.items()}
    stands |= {"key": new_id(), "writer": api.worker, "station": api.station}
    return reader.post(path, data=stands | typed, headers=ORIGIN)


def said(answer: httpx.Response) -> str:
    (found,) = re.findall(r'id="said"><span>([^<]*)', html.unescape(answer.text))
    return str(found)


def donation(api: Running) -> dict[str, Any]:
    api.follow()
    (row,) = api.get("/donations")["items"]
    return dict(row)


def test_goods_and_money_come_in_and_a_receipt_is_given(api: Running, reader: TestClient) -> None:
    assert f'href="{GIFTS}"' in shown(api, reader, "/recording/home_visit")
    second = {"line.4.name": "食用油", "line.4.quantity": "20", "line.4.unit": "桶"}
    typed = RICE | second | {"organisation": "惠民粮油店", "cash": "1,000.50", "anonymous": "false"}
    came = written(api, send(api, reader, GIFTS, **typed))["facts"]
    assert (came["kind"], came["money"]) == ("donation", 600_050)
    row = donation(api)
    assert (row["kind"], row["cash"], row["items"]) == ("goods", 100_050, 120)
    assert row["pledged"] == row["received"] == 600_050
    lots = {lot["name"]: (lot["on_hand"], lot["value"]) for lot in api.get("/stock")["items"]}
    assert lots == {"大米": (100, 500_000), "食用油": (20, 0)}
    file, path = f"/files/{row['donation']}", f"/donations/{row['donation']}/receipt-given"
    filed = shown(api, reader, file)
    assert (f'href="{path}"' in filed, 'id="lots"' in filed) == (True, True)
    receipt = {"receipt": "statutory", "number": "0012345", "issuer": "市慈善会"}
    written(api, send(api, reader, path, **receipt))
    assert donation(api)["receipt_number"] == "0012345"
    assert path not in shown(api, reader, file), "it is settled"


def test_of_a_pledge_it_is_written_down_what_came_and_why_there_is_no_receipt(
    api: Running, reader: TestClient
) -> None:
    pledge = {"station": api.station, "kind": "money", "value": 50_000, "donor_name": "王秀兰"}
    id: Id = api.done("/donations", pledge)["stream"]
    filed = shown(api, reader, f"/files/{id}")
    assert (f'href="/donations/{id}/arrival"' in filed, "receipt-given" in filed) == (True, False)
    assert 'id="organisation"' not in shown(api, reader, f"/donations/{id}/arrival")
    facts = written(api, send(api, reader, f"/donations/{id}/arrival", cash="500"))["facts"]
    assert (facts["cash"], facts["money"]) == (50_000, 50_000)
    path = f"/donations/{id}/receipt-given"
    both = send(api, reader, path, receipt="waived", number="12")
    assert RECEIPT_OR_NONE.code == "page.receipt_or_none"
    assert (both.status_code, said(both)) == (422, f"票据：{RECEIPT_OR_NONE().text('zh')}")
    assert begins(html.unescape(both.text), "number") == "12"
    written(api, send(api, reader, path, receipt="waived", explanation="捐赠人不需要"))
    assert donation(api)["receipt"] == "waived"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, f"组织：{NO_DONOR().text('zh')}"),
        ({"organisation": "甲店"}, f"现金：{NOTHING_RECEIVED().text('zh')}"),
        ({"organisation": "甲店", "cash": "很多"}, "现金："),
        ({"organisation": "甲店", **RICE, "valuation": ""}, NO_VALUATION_BASIS().text("zh")),
        ({"organisation": "甲店", **RICE, "line.0.unit": ""}, f"单位：{NOT_FILLED().text('zh')}"),
        ({"organisation": "甲店", "donor_name": "王秀兰", "anonymous": "true"}, "组织："),
    ],
)
def test_what_is_refused_names_its_field_and_keeps_what_was_typed(
    api: Running, reader: TestClient, typed: dict[str, str], words: str
) -> None:
    refused = send(api, reader, GIFTS, **typed)
    assert (refused.status_code, words in said(refused)) == (422, True), said(refused)
    form = html.unescape(refused.text)
    assert [begins(form, name) for name in typed if name != "anonymous"] == [
        text for name, text in typed.items() if name != "anonymous"
    ]
    api.follow()
    assert api.get("/donations")["items"] == []
