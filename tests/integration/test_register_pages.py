"""The registers have pages: found by day, station, kind and worker, and each row leads on."""

from __future__ import annotations

import csv
import html
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from api.pages.registers import Name
from domain.identity import new_id
from domain.principal import Principal
from domain.refusals import catalogue
from tests.integration.cases import opened
from tests.integration.contracted import contracted, service
from tests.integration.giving import JPEG, gift, upload
from tests.integration.groups import planned
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person
from tests.integration.visited import visit

REGISTERS = get_args(Name)


def page(api: Running, reader: TestClient, name: str, **query: Any) -> str:
    api.follow()
    answer = reader.get(f"/registers/{name}", params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def rows(shown: str) -> str:
    return shown.partition('id="rows"')[2]


@pytest.mark.parametrize("name", REGISTERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_register_says_so(api: Running, reader: TestClient, name: str, lang: str) -> None:
    shown = page(api, reader, name, lang=lang)
    assert {"zh": "没有符合条件的登记", "en": "Nothing in this register"}[lang] in shown


def test_the_registers_begin_with_the_visits(api: Running, reader: TestClient) -> None:
    made = visit(api)
    to = reader.get("/registers", params={"station": api.station})
    assert to.headers["location"] == f"/registers/visits?station={api.station}"
    shown = page(api, reader, "visits")
    for words in ("上门服务", "40", "已联系到", f'href="/records/{made}"'):
        assert words in rows(shown)
    assert "Home service" in rows(page(api, reader, "visits", lang="en"))


def test_what_was_void_stands_in_no_register(api: Running, reader: TestClient) -> None:
    made = visit(api)
    assert made in page(api, reader, "visits")
    reason = {"reason": {"code": "entry_error", "text": "分钟数录入错误"}}
    api.done(f"/records/{made}/voidings", reason)
    assert made not in page(api, reader, "visits")


def test_visits_are_found_by_day_kind_project_station_and_worker(
    api: Running, reader: TestClient
) -> None:
    then = datetime.now(UTC) - timedelta(days=5)
    early = visit(
        api, workers=[api.worker], occurred={"start": then.isoformat()}, late_reason="村里没有网络"
    )
    project = contracted(api)
    late = service(api, project, workers=[api.worker])["events"][0]
    day = (then + timedelta(days=2)).date().isoformat()
    found = {
        (early,): [{"to": day}, {"station": api.station, "to": day}],
        (late,): [{"from": day}, {"project": project}],
        (early, late): [{"kind": "home_service"}, {"worker": api.worker}, {"station": ""}],
        (): [{"kind": "phone_contact"}, {"station": new_id()}, {"worker": new_id()}],
    }
    for expected, queries in found.items():
        for query in queries:
            shown = page(api, reader, "visits", **query)
            assert tuple(each for each in (early, late) if each in shown) == expected, query


@pytest.mark.parametrize(
    ("query", "label"),
    [({"kind": "nope"}, "类型或状态"), ({"worker": "zz"}, "社工（工号或编号）"),
     ({"station": "zz"}, "社工站"), ({"from": "2018-02-30"}, "自（空着即不限）"),
     ({"from": "2018-10-31", "to": "2018-07-01"}, "自（空着即不限）")],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_above_the_form_which_keeps_it(
    api: Running, reader: TestClient, query: dict[str, str], label: str
) -> None:
    made = visit(api)
    api.follow()
    answer = reader.get("/registers/visits", params=query)
    text = html.unescape(answer.text)
    assert (answer.status_code, made in text) == (422, False)
    alert, _, rest = text.partition('role="alert"')[2].partition("</p>")
    assert label in alert
    assert all(f'value="{typed}"' in rest for name, typed in query.items() if name == "from")
    assert 'aria-label="主导航"' in text


def test_a_register_that_does_not_exist_is_not_found(reader: TestClient) -> None:
    assert reader.get("/registers/nope").status_code == 404


def test_a_long_register_is_read_page_by_page(api: Running, reader: TestClient) -> None:
    made = {visit(api) for _ in range(32)}
    first = page(api, reader, "visits")
    cursor = unquote(first.partition("cursor=")[2].partition('"')[0])
    second = page(api, reader, "visits", cursor=cursor)
    on_first, on_second = ({each for each in made if each in text} for text in (first, second))
    assert (len(on_first), len(on_second), on_first | on_second) == (30, 2, made)
    assert ("下一页" in first, "下一页" in second) == (True, False)


def test_cases_groups_and_people_lead_to_their_pages_without_a_name(
    api: Running, reader: TestClient
) -> None:
    client = person(api)
    case, group = opened(api, client), planned(api)
    shown = rows(page(api, reader, "cases"))
    assert f'href="/cases/{case}"' in shown
    assert f'href="/persons/{client}"' in shown
    assert f'href="/groups/{group}">智能，不落伍' in rows(page(api, reader, "groups"))
    people = page(api, reader, "persons")
    assert f'href="/persons/{client}"' in rows(people)
    for hidden in ("王示例", "1940"):
        assert hidden not in people
    assert "没有符合条件的登记" in page(api, reader, "cases", kind="closed")
    english = page(api, reader, "groups", lang="en")
    assert ' lang="zh-CN" href=' in english.partition("智能，不落伍")[0].rpartition("<")[2]


def test_a_gift_is_followed_from_the_stock_to_the_need_that_it_met(
    api: Running, reader: TestClient
) -> None:
    donation, lot = gift(api, 2, restriction={"purposes": ["winter_relief", "disaster"]})
    asked = {"station": api.station, "category": "goods", "item": "米", "purpose": "winter_relief"}
    need = api.done("/needs", asked | {"urgency": "urgent"})["stream"]
    spare = api.done("/needs", asked)["stream"]
    api.done(f"/needs/{need}/verifications", {"finding": "家中断粮"})
    handed = {"lines": [{"supply": lot, "name": "大米", "quantity": 2, "unit": "袋"}],
              "attendance": [{"count": 2}], "received_by": "李四", "emergency": True,
              "signature": upload(api, JPEG).json()["stream"]}  # fmt: skip
    delivery = api.done(f"/needs/{need}/deliveries", handed)["events"][0]
    api.done(f"/needs/{spare}/unmet", {"reason": "迁出"})
    stock = rows(page(api, reader, "stock"))
    nothing_left = 'class="figure" data-label="库存">0'
    for words in (
        f'href="/files/{lot}">大米',
        nothing_left,
        f'href="/files/{donation}"',
        "冬季救助 · dis",
    ):
        assert words in stock
    urgent = rows(page(api, reader, "needs", kind="urgent"))
    assert (f'href="/files/{need}">米' in urgent, spare in urgent) == (True, False)
    assert "冬季救助" in urgent
    for query in ({}, {"worker": api.worker}):
        given = rows(page(api, reader, "deliveries", **query))
        for words in (f'href="/records/{delivery}"', f'href="/files/{need}"', "100 元"):
            assert words in given
    everything = "".join(page(api, reader, name) for name in REGISTERS)
    for sealed in ("家中断粮", "李四", "迁出"):
        assert sealed not in everything
    for file, words in ((lot, "其中预留"), (need, "冬季救助"), (donation, "<h1>捐赠")):
        assert words in reader.get(f"/files/{file}").text
    (_, line) = csv.reader(StringIO(reader.get("/registers/stock/file").text))
    assert (line[0], line[2:4], "冬季救助 disaster" in line) == (lot, ["大米", "0"], True)


def test_a_register_is_told_as_it_was_known(api: Running, reader: TestClient) -> None:
    made = visit(api)
    before = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    now, then = page(api, reader, "visits"), page(api, reader, "visits", at=before)
    assert (made in now, made in then) == (True, False)
    assert "时已知的情况" in then


def test_nobody_sees_the_register_of_others(api: Running, reader: TestClient) -> None:
    made = visit(api)
    api.follow()
    for who in (
        Principal(actor=new_id(), role="worker", operator=new_id()),
        Principal(actor=new_id(), role="worker", operator=api.operator, stations=(new_id(),)),
    ):
        with browser(api) as other:
            sign_in(other, token(api, who))
            assert made not in other.get("/registers/visits").text
    assert made in page(api, reader, "visits")


def test_a_register_is_downloaded_with_every_row_and_no_formula(
    api: Running, reader: TestClient
) -> None:
    made = {visit(api) for _ in range(31)}
    group, wide = planned(api, title="=1+1"), planned(api, title="＝1+1")
    shown = page(api, reader, "visits", kind="home_service")
    assert 'href="/registers/visits/file?kind=home_service" download' in shown
    answer = reader.get("/registers/visits/file", params={"kind": "home_service"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert ".csv" in answer.headers["content-disposition"]
    head, *lines = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert head[:4] == ["编号", "社工站", "类型", "日期"]
    assert {line[0] for line in lines} == made
    assert lines[0][1:3] == ["示例街道社工站", "上门服务"]
    groups = reader.get("/registers/groups/file").content.decode("utf-8-sig")
    assert f"{group},示例街道社工站,'=1+1" in groups
    assert f"{wide},示例街道社工站,'＝1+1" in groups
    assert reader.get("/registers/visits/file", params={"from": "zz"}).status_code == 422
    nobody = Principal(actor=new_id(), role="worker", operator=new_id())
    with browser(api) as other:
        assert other.get("/registers/visits/file").status_code == 303
        sign_in(other, token(api, nobody))
        assert other.get("/registers/visits/file").content.count(b"\n") == 1


def test_no_file_of_a_register_says_who_anybody_is_so_none_is_put_on_record(
    api: Running, reader: TestClient
) -> None:
    """What opens nothing needs no record of its own (docs/reading.md)."""
    client = person(api)
    opened(api, client)
    visit(api, attendance=[{"person": client}], note="家中断粮")
    pledge = {"station": api.station, "kind": "goods", "value": 50_000, "donor_name": "王秀兰"}
    api.done("/donations", pledge)
    api.follow()
    before = api.built.journal.max_notification_id()
    files = {name: reader.get(f"/registers/{name}/file").text for name in REGISTERS}
    assert {name for name, text in files.items() if client in text} >= {"cases", "persons"}
    for sealed in ("王示例", "1940", "家中断粮", "王秀兰"):
        assert [name for name, text in files.items() if sealed in text] == []
    assert api.built.journal.max_notification_id() == before


def test_too_long_a_register_asks_for_fewer_days(
    api: Running, reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.register_file.MOST", 2)
    for _ in range(3):
        visit(api)
    api.follow()
    answer = reader.get("/registers/visits/file")
    said = catalogue()["page.too_many_rows"]["zh"].format(most=2)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert 'name="from" type="date"' in answer.text
