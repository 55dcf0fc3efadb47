"""Coverage as supervisors read it: whom of the register nobody met, and what is behind a figure."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import person


@pytest.fixture
def people(api: Running) -> tuple[Id, Id]:
    """Two people of the register, both over 80: one was visited, the other not."""
    met, missed = person(api), person(api)
    visited(api, met)
    return met, missed


def visited(api: Running, one: Id, days_ago: int = 0) -> Id:
    day = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    sent: dict[str, Any] = {
        "station": api.station,
        "kind": "home_visit",
        "minutes": 30,
        "attendance": [{"person": one}],
        "occurred": {"start": day},
        "late_reason": "补录旧档案",
    }
    if days_ago > 30:
        sent["approved_by"] = new_id()
    event: Id = api.done("/visits", sent)["events"][0]
    return event


def page(api: Running, reader: TestClient, path: str = "/coverage", **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def short(id: Id) -> str:
    return id[-6:].upper()


def row_of(shown: str, name: str) -> list[str]:
    """Return what the table says of a group, cell by cell."""
    row = next(row for row in re.findall(r"<tr>.*?</tr>", shown, re.DOTALL) if name in row)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]


def links(shown: str, path: str) -> list[str]:
    return re.findall(rf'href="({re.escape(path)}[^"]*)"', shown)


def test_each_group_says_how_many_were_met_of_how_many(
    api: Running, reader: TestClient, people: tuple[Id, Id]
) -> None:
    shown = page(api, reader)
    assert row_of(shown, "高龄老人") == ["1", "2", "50.0%", "1"]
    assert row_of(shown, "全部登记对象") == ["1", "2", "50.0%", "1"]
    assert "孤儿" not in shown, "nobody is in that group"
    missed = shown.partition("没有联系到的人")[2]
    assert short(people[1]) in missed
    assert short(people[0]) not in missed
    english = page(api, reader, lang="en")
    assert row_of(english, "Advanced age") == ["1", "2", "50.0%", "1"]
    assert "Everybody in the register" in english


def test_every_number_opens_down_to_people_and_records(
    api: Running, reader: TestClient, people: tuple[Id, Id]
) -> None:
    met, missed = people
    group = [each for each in links(page(api, reader), "/coverage/members") if "advanced" in each]
    reached, members, unreached = (page(api, reader, each) for each in group)
    assert (short(met) in reached, short(missed) in reached) == (True, False)
    assert (short(met) in members, short(missed) in members) == (True, True)
    assert (short(met) in unreached, short(missed) in unreached) == (False, True)
    (theirs, all_of_group) = links(reached, "/coverage/contacts")
    for address in (theirs, all_of_group):
        contacts = page(api, reader, address)
        assert "入户走访" in contacts
        (record,) = links(contacts, "/records/")
        assert "入户走访" in page(api, reader, record)
    assert "王示例" not in reached + members + unreached


def test_whoever_was_not_met_opens_to_all_that_was_ever_recorded(
    api: Running, reader: TestClient, people: tuple[Id, Id]
) -> None:
    (never,) = links(page(api, reader).partition("没有联系到的人")[2], "/coverage/contacts")
    assert "没有联系记录" in page(api, reader, never)
    visited(api, people[1], days_ago=200)
    assert row_of(page(api, reader), "高龄老人")[0] == "1"
    assert "入户走访" in page(api, reader, never)
    ever = page(api, reader, **{"from": ""})
    assert row_of(ever, "高龄老人") == ["2", "2", "100.0%", "0"]
    assert "名册上的人都联系到了" in ever


def test_days_may_be_chosen_and_stay_chosen(
    api: Running, reader: TestClient, people: tuple[Id, Id]
) -> None:
    chosen = {"from": "2018-01-01", "to": "2018-03-31", "reference": api_today(api)}
    shown = page(api, reader, **chosen)
    assert row_of(shown, "高龄老人") == ["0", "2", "0.0%", "2"]
    members = links(shown, "/coverage/members")
    assert members
    for address in members:
        assert all(f"{name}={value}" in address for name, value in chosen.items())
    then = page(api, reader, to="2018-03-31")
    assert "这一天名册上没有人" in then
    assert row_of(then, "全部登记对象") == ["0", "0", "–", "0"]
    assert page(api, reader, to="0001-01-05", reference="9999-12-31")


def api_today(api: Running) -> str:
    day: str = api.get(f"/stations/{api.station}/coverage")["until"]
    return day


def test_it_stands_as_it_was_known_at_a_minute(
    api: Running, reader: TestClient, people: tuple[Id, Id]
) -> None:
    then = api.built.clock.now()
    visited(api, people[1], days_ago=1)
    known = page(api, reader, at=then.isoformat())
    assert row_of(known, "高龄老人") == ["1", "2", "50.0%", "1"]
    assert row_of(page(api, reader), "高龄老人") == ["2", "2", "100.0%", "0"]
    members = links(known, "/coverage/members")
    assert members
    for address in members:
        assert "at=" in address
        assert "时已知的情况" in page(api, reader, address)
    before = (then - timedelta(days=1)).isoformat()
    for station in ({}, {"station": api.station}):
        assert "没有可以查看的社工站" in page(api, reader, at=before, **station)


def test_it_is_found_beside_the_caseload_and_leads_back(api: Running, reader: TestClient) -> None:
    caseload = page(api, reader, "/caseload", station=api.station)
    (way,) = links(caseload, "/coverage")
    assert api.station in way
    shown = page(api, reader, way)
    assert any(api.station in each for each in links(shown, "/caseload?"))


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2018-02-30"},
        {"to": "yesterday"},
        {"reference": "x"},
        {"from": "2018-02-01", "to": "2018-01-01"},
        {"station": "x"},
    ],
)
def test_what_cannot_be_read_is_refused(
    api: Running, reader: TestClient, query: dict[str, str]
) -> None:
    api.follow()
    for path in ("/coverage", "/coverage/members", "/coverage/contacts"):
        assert reader.get(path, params=query).status_code == 422


def test_a_station_out_of_scope_is_not_there(api: Running, reader: TestClient) -> None:
    api.follow()
    for path in ("/coverage", "/coverage/members", "/coverage/contacts"):
        assert reader.get(path, params={"station": new_id()}).status_code == 404


def test_whoever_sees_no_station_is_told_so(api: Running) -> None:
    api.follow()
    who = Principal(
        actor=new_id(),
        role="evaluator",
        operator=api.operator,
        ledger=new_id(),
        evaluation=new_id(),
        until=datetime.now(UTC) + timedelta(hours=1),
    )
    with browser(api) as client:
        sign_in(client, token(api, who))
        assert "没有可以查看的社工站" in page(api, client)
        assert client.get("/coverage/members").status_code == 404
