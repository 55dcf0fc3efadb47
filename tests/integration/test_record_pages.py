"""The audit trail as people read it: late, corrected, void, as known at a time, to the byte."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from fastapi.testclient import TestClient

from domain.identity import new_id
from domain.principal import Principal
from tests.integration.http import USCC, Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.visited import visit

REASON = {"code": "entry_error", "text": "分钟数录入错误"}


def page(api: Running, reader: TestClient, path: str, **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_a_records_page_tells_its_whole_life(api: Running, reader: TestClient) -> None:
    event = visit(api)
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 45}, "reason": REASON})
    shown = page(api, reader, f"/records/{event}")
    for words in ("上门服务", "更正前", "分钟数录入错误", "录入错误", "当天录入", "社工"):
        assert words in shown
    assert '<del><span class="figure">40</span>' in shown.replace("\n", "")
    assert '<ins><span class="figure">45</span>' in shown.replace("\n", "")
    english = page(api, reader, f"/records/{event}", lang="en")
    for words in ("Home service", "Before", "Entry error", "written the same day", "Worker"):
        assert words in english


def test_a_correction_leads_to_the_record_that_it_corrects(
    api: Running, reader: TestClient
) -> None:
    event = visit(api)
    voiding = api.done(f"/records/{event}/voidings", {"reason": REASON})["events"][0]
    shown = page(api, reader, f"/records/{voiding}")
    assert event in shown
    assert "已作废" in shown
    assert "不再有有效内容" in shown


def test_a_record_as_known_before_it_was_corrected_or_written(
    api: Running, reader: TestClient
) -> None:
    event = visit(api)
    life = api.get(f"/records/{event}")
    then = datetime.fromisoformat(life[0]["recorded_at"])
    early = page(api, reader, f"/records/{event}", at=(then - timedelta(minutes=2)).isoformat())
    assert "还没有写下来" in early
    api.done(f"/records/{event}/voidings", {"reason": REASON})
    known = page(api, reader, f"/records/{event}", at=then.isoformat())
    assert "已作废" not in known
    assert "共 1 步" in known
    assert reader.get(f"/records/{event}", params={"at": "yesterday"}).status_code == 422


def test_the_audit_list_finds_what_is_late_and_what_was_changed(
    api: Running, reader: TestClient
) -> None:
    visit(api)
    fives = (datetime.now(UTC) - timedelta(days=5)).isoformat()
    late = visit(api, occurred={"start": fives}, late_reason="村里没有网络")
    void = visit(api)
    api.done(f"/records/{void}/voidings", {"reason": REASON})
    shown = page(api, reader, "/records", show="late")
    assert f"/records/{late}" in shown
    assert "迟 5 天补录" in shown
    assert f"/records/{void}" not in shown
    assert f"/records/{void}" in page(api, reader, "/records", show="voided")
    assert "没有符合条件的记录" in page(api, reader, "/records", show="reinstated")
    assert "村里没有网络" in page(api, reader, f"/records/{late}")
    assert f"/records/{void}" in page(api, reader, "/")


def test_the_audit_list_as_known_at_a_minute(api: Running, reader: TestClient) -> None:
    event = visit(api)
    then = datetime.fromisoformat(api.get(f"/records/{event}")[0]["recorded_at"])
    api.done(f"/records/{event}/voidings", {"reason": REASON})
    for moment, seen in ((then, True), (then - timedelta(minutes=2), False)):
        shown = page(api, reader, "/records", at=moment.isoformat())
        assert (f"/records/{event}" in shown) == seen
    early = page(api, reader, "/records", show="voided", at=then.isoformat())
    assert "没有符合条件的记录" in early


def test_the_audit_list_goes_on_where_it_ended(api: Running, reader: TestClient) -> None:
    events = {visit(api, minutes=minutes) for minutes in range(1, 36)}
    first = page(api, reader, "/records")
    assert "显示更早的记录" in first
    more = first.partition('<a class="button second" href="')[2].partition('"')[0]
    both = first + page(api, reader, more)
    assert all(f"/records/{event}" in both for event in events)


def test_the_stored_bytes_are_shown_and_hash_to_the_leaf(api: Running, reader: TestClient) -> None:
    event = visit(api)
    row = api.built.journal.find(event)
    assert row is not None
    shown = page(api, reader, f"/records/{event}/stored")
    assert row.leaf.decode() in shown
    leaf = reader.get(f"/records/{event}/leaf")
    assert leaf.content == row.leaf
    assert leaf.headers["content-disposition"].startswith("attachment")
    assert sha256(b"\0" + leaf.content).hexdigest() in shown
    assert row.ledger in shown


def test_whatever_people_write_is_shown_as_text(api: Running, reader: TestClient) -> None:
    wicked = "<script>alert('字')</script>"
    event = visit(api, audience=wicked)
    reason = {"code": "other", "text": f"{wicked} 对象写错了"}
    api.done(f"/records/{event}/corrections", {"facts": {"audience": "elderly"}, "reason": reason})
    for path in (f"/records/{event}", f"/records/{event}/stored", "/records", "/"):
        api.follow()
        answer = reader.get(path).text
        assert "<script>alert" not in answer
    assert "&lt;script&gt;" in reader.get(f"/records/{event}").text


def test_personal_words_are_never_on_a_page(api: Running, reader: TestClient) -> None:
    event = visit(api, note="老人独居，情绪低落")
    for path in (f"/records/{event}", f"/records/{event}/stored"):
        assert "情绪低落" not in page(api, reader, path)
    assert "已加密" in page(api, reader, f"/records/{event}")


def test_another_operators_record_is_not_there(api: Running, reader: TestClient) -> None:
    event = visit(api)
    with browser(api) as other:
        foreign = Principal(actor=new_id(), role="operator_manager", operator=new_id())
        sign_in(other, token(api, foreign))
        for path in (f"/records/{event}", f"/records/{event}/stored", f"/records/{event}/leaf"):
            assert other.get(path).status_code == 404
        assert f"/records/{event}" not in other.get("/records").text


def test_a_demonstration_carries_its_mark(api: Running, reader: TestClient) -> None:
    assert "演示数据" not in page(api, reader, "/")
    administrator = Principal(actor=new_id(), role="administrator")
    api.sign_in(administrator)
    sent = {"name": "演示机构", "uscc": USCC, "demonstration": True}
    made = api.done("/operators", sent)
    manager = Principal(actor=new_id(), role="operator_manager", operator=made["stream"])
    api.follow()
    with browser(api) as there:
        sign_in(there, token(api, manager))
        for path in ("/", "/records", f"/records/{made['events'][0]}"):
            assert "演示数据" in there.get(path).text
        assert "Demonstration" in there.get("/", params={"lang": "en"}).text
    with browser(api) as above:
        sign_in(above, token(api, administrator))
        for path in ("/", "/records"):
            shown = above.get(path).text
            # No banner over what is real; the one invented record of the list says so itself.
            assert 'class="demonstration"' not in shown
            marked = [row for row in shown.split("<li>") if "演示数据" in row]
            assert marked
            assert all(f"/records/{made['events'][0]}" in row for row in marked)
        assert "演示数据" in above.get(f"/records/{made['events'][0]}").text


def test_money_is_told_in_yuan_and_corrected_in_yuan(api: Running, reader: TestClient) -> None:
    goods = {"name": "大米", "quantity": 10, "unit": "袋", "value": 50_000, "stock_item": new_id()}
    gift = {"kind": "goods", "organisation": "惠民粮油店", "goods": [goods], "valuation": "invoice"}
    made = api.done("/received-donations", {"station": api.station, "cash": 80_050, **gift})
    record = f"/records/{made['events'][1]}"
    told = page(api, reader, record)
    assert re.search(r"<dt>现金</dt><dd>\s*<span class=.figure.>800\.50</span> 元", told)
    assert re.search(r"<dt>价值</dt><dd>\s*<span class=.figure.>500</span> 元", told)
    assert 'name="facts.cash" value="800.50"' in page(api, reader, f"{record}/correction")
    said = {"code": "entry_error", "text": "数目写错了", "facts.cash": "1,200"}
    refused = reader.post(f"{record}/correction", data=said, headers=ORIGIN).text
    assert "按明细应为 1,700.00 元（170000 分）" in refused
    said |= {"facts.money": "1700.0"}
    shown = reader.post(f"{record}/correction", data=said, headers=ORIGIN).text
    assert re.search(r"<del>\s*800\.50 元\s*</del>.*<ins>\s*1,200 元\s*</ins>", shown)
