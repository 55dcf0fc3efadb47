"""A worker writes down on a page that aid was handed over, against a signature."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.donation_stock import MORE_THAN_STOCK
from domain.identity import Id, new_id
from domain.need import NOT_MATCHED
from domain.need_aid import NO_RECEIVER, NO_SIGNATURE, NOTHING_DELIVERED
from tests.integration.days import today_here
from tests.integration.giving import JPEG, gift, matched, needed
from tests.integration.http import Running
from tests.integration.pages import ORIGIN
from tests.integration.recorded import written
from tests.integration.registered import person
from tests.integration.rosters import begins

SHEET = [("signature", ("sheet.jpg", JPEG, "image/jpeg"))]


@pytest.fixture
def family(api: Running) -> tuple[Id, Id, Id]:
    """A household of two: its id, its head, and another member."""
    head, other = person(api, "王秀兰"), person(api, "王小宝")
    formed = {"station": api.station, "head": head, "community": "示例社区", "begins": "2018-07-02"}
    home = api.done("/households", formed)["stream"]
    joined = {"person": other, "role": "child", "begins": today_here().isoformat()}
    api.done(f"/households/{home}/members", joined)
    return home, head, other


def page(need: Id) -> str:
    return f"/needs/{need}/delivery"


def shown(api: Running, reader: TestClient, path: str) -> str:
    api.follow()
    answer = reader.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def send(
    api: Running, reader: TestClient, need: Id, files: Any = SHEET, **typed: Any
) -> httpx.Response:
    """Send the form as a browser would as it was shown, with what was typed into it."""
    form = shown(api, reader, page(need))
    fields = re.findall(r'<(?:input|select) id="(lines[^"]*|occurred[^"]*|receive[^"]*)"', form)
    stands: dict[str, Any] = {name: begins(form, name) for name in fields}
    stands["reached"] = re.findall(r'name="reached" value="([^"]*)" checked', form)
    stands |= {"key": new_id(), "writer": api.worker}
    return reader.post(page(need), data=stands | typed, files=files, headers=ORIGIN)


def step(api: Running, reader: TestClient, path: str, **typed: Any) -> httpx.Response:
    form = shown(api, reader, path)
    stands = {
        f"occurred.{name}": begins(form, f"occurred.{name}") for name in ("start", "precision")
    }
    stands |= {"key": new_id(), "writer": api.worker}
    return reader.post(path, data=stands | typed, headers=ORIGIN)


def said(answer: httpx.Response) -> str:
    (found,) = re.findall(r'id="said"><span>([^<]*)', html.unescape(answer.text))
    return str(found)


def test_what_is_matched_waits_beside_the_forms_until_it_was_delivered_and_is_then_seen(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    home, head, other = family
    rice = needed(api, household=home)
    lot = matched(api, rice)
    way = f'href="{page(rice)}"'
    assert way in shown(api, reader, "/recording/home_visit")
    assert way in shown(api, reader, f"/files/{rice}")
    form = shown(api, reader, page(rice))
    assert begins(form, f"lines.{lot}") == "2", "what is kept for it stands there"
    assert f'data-person="{other}"' in form, "where a name can be put"
    record = written(api, send(api, reader, rice))
    facts = record["facts"]
    (line,) = facts["lines"]
    assert (line["name"], line["quantity"], line["value"]) == ("大米", 2, 10_000)
    assert {each["person"] for each in facts["attendance"]} == {head, other}
    assert (facts["receiver"], facts["deliverer"]) == (head, api.worker)
    api.follow()
    (file,) = api.get("/attachments")["items"]
    assert facts["signature"] == file["attachment"]
    assert [each["on_hand"] for each in api.get("/stock")["items"]] == [8]
    filed = shown(api, reader, f"/files/{rice}")
    assert ('id="deliveries"' in filed, f"/records/{record['event']}" in filed) == (True, True)
    assert way not in shown(api, reader, "/recording/home_visit")
    assert way not in filed, "nothing is left to deliver"
    assert begins(shown(api, reader, page(rice)), f"lines.{lot}") == "", "nothing is left of it"


def test_money_is_typed_in_yuan_and_somebody_else_signs_for_who_gets_it(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    home, _, other = family
    aid = needed(api, category="money", item="临时救助金", household=home, person=other)
    donation, _ = gift(api, cash=100_000)
    match = {"match": donation, "match_kind": "donation", "quantity": 30_050}
    api.done(f"/needs/{aid}/matches", match)
    form = shown(api, reader, page(aid))
    assert (begins(form, f"lines.{donation}"), begins(form, "receiver")) == ("300.50", other)
    sent = {f"lines.{donation}": "200.5", "received_by": "李邻居"}
    facts = written(api, send(api, reader, aid, **sent))["facts"]
    (line,) = facts["lines"]
    assert (line["quantity"], line["unit"], facts["money"]) == (20_050, "分", 20_050)
    assert (facts["receiver"], "李邻居" in str(facts)) == (other, False)
    assert [each["person"] for each in facts["attendance"]] == [other]
    again = begins(shown(api, reader, page(aid)), f"lines.{donation}")
    assert again == "100.00", "the rest of what was matched"


def test_what_is_refused_names_its_field_and_keeps_what_was_typed(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    home, _, _ = family
    rice = needed(api, household=home)
    lot = matched(api, rice, there=5)
    line, key = f"lines.{lot}", new_id()
    for typed, files, status, words in (
        ({line: "很多"}, SHEET, 422, "数量：请填写整数"),
        ({line: "6"}, SHEET, 409, f"数量：{MORE_THAN_STOCK(line, available=5).text('zh')}"),
        ({line: ""}, SHEET, 422, f"发放的物资或款项：{NOTHING_DELIVERED().text('zh')}"),
        ({}, None, 422, f"签领凭证（照片）：{NO_SIGNATURE().text('zh')}"),
        ({"receiver": ""}, SHEET, 422, f"谁签收：{NO_RECEIVER().text('zh')}"),
        ({"reached": []}, SHEET, 422, "紧急救助：该户或本人还没有登记："),
        ({f"lines.{new_id()}": "1"}, SHEET, 409, NOT_MATCHED().text("zh")),
    ):
        refused = send(api, reader, rice, files, received_by="", key=key, **typed)
        assert refused.status_code == status, (typed, said(refused))
        assert words in said(refused)
        form = html.unescape(refused.text)
        assert begins(form, line) == typed.get(line, "2")
    api.follow()
    assert api.get("/deliveries")["items"] == []
    assert len(api.get("/attachments")["items"]) == 1, "sent again it is stored once"


def test_goods_of_unknown_worth_ask_who_else_answers_for_them(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    rice = needed(api, household=family[0])
    goods = [{"name": "旧衣物", "quantity": 10, "unit": "件", "stock_item": new_id()}]
    lot = goods[0]["stock_item"]
    gift(api, goods=goods)
    match = {"match": lot, "match_kind": "stock_item", "quantity": 2, "approver": new_id()}
    api.done(f"/needs/{rice}/matches", match)
    assert 'id="deliverer"' not in shown(api, reader, page(rice))
    refused = send(api, reader, rice)
    assert (refused.status_code, said(refused).partition("：")[0]) == (422, "发放人")
    assert 'id="deliverer"' in refused.text
    colleague = new_id()
    facts = written(api, send(api, reader, rice, deliverer=colleague))["facts"]
    assert (facts["deliverer"], facts["workers"]) == (colleague, [colleague])


def test_of_several_photographs_none_is_left_out_in_silence(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    rice = needed(api, household=family[0])
    matched(api, rice)
    refused = send(api, reader, rice, files=[*SHEET, *SHEET])
    assert (refused.status_code, "最多 1 个文件" in said(refused)) == (422, True)
    api.follow()
    assert api.get("/attachments")["items"] == []


def test_a_need_is_verified_at_home_before_and_asked_after_once_it_was_delivered(
    api: Running, reader: TestClient, family: tuple[Id, Id, Id]
) -> None:
    home, head, _ = family
    asked = {"category": "goods", "item": "过冬大米", "purpose": "winter", "household": home}
    rice = api.done("/needs", {"station": api.station} | asked)["stream"]
    matched(api, rice)
    unseen = send(api, reader, rice)
    assert (unseen.status_code, "入户核实" in said(unseen)) == (409, True)
    ways = {name: f"/needs/{rice}/{name}" for name in ("verification", "follow-up")}
    filed = shown(api, reader, f"/files/{rice}")
    assert [f'href="{way}"' in filed for way in ways.values()] == [True, False]
    found = {"confirmed": "true", "minutes": "20", "finding": "家里只剩半袋米", "reached": [head]}
    seen = written(api, step(api, reader, ways["verification"], **found))["facts"]
    assert (seen["verifier"], seen["minutes"], "半袋米" in str(seen)) == (api.worker, 20, False)
    assert [line["person"] for line in seen["attendance"]] == [head]
    delivered = written(api, send(api, reader, rice))["event"]
    assert f'href="{ways["follow-up"]}"' in shown(api, reader, f"/files/{rice}")
    form = shown(api, reader, ways["follow-up"])
    assert re.search(r'<select id="fit"[^>]*>\s*<option value="">', form), "nobody chose for them"
    unchosen = step(api, reader, ways["follow-up"], delivery=delivered, fit="")
    assert (unchosen.status_code, 'id="fit"' in unchosen.text) == (422, True)
    fit = {"delivery": delivered, "fit": "mismatch", "words": "米太多，吃不完"}
    told = written(api, step(api, reader, ways["follow-up"], **fit))["facts"]
    assert (told["delivery"], told["fit"]) == (delivered, "mismatch")
    nothing = step(api, reader, ways["follow-up"], fit="fitting")
    assert (nothing.status_code, said(nothing).partition("：")[0]) == (422, "哪一次发放")


def test_nobody_on_the_register_is_helped_in_an_emergency(api: Running, reader: TestClient) -> None:
    rice = needed(api)
    matched(api, rice)
    typed = {"emergency": "true", "clients": "3", "received_by": "李某某"}
    facts = written(api, send(api, reader, rice, **typed))["facts"]
    assert (facts["emergency"], facts["attendance"][0]["count"]) == (True, 3)
    assert "receiver" not in facts
