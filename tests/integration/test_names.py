"""Names of a list are opened at once, each as a reading of its own, and shown in one answer."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.clock import SystemClock
from domain.identity import Id, new_id
from domain.principal import Principal, Role
from domain.reading import SensitiveFieldViewed
from projections.engine.fold import read
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.registered import person

WHY = "核对小组名单"
NAMES = ("王示例", "李示例")


@pytest.fixture
def people(api: Running) -> list[Id]:
    return [person(api, name) for name in NAMES]


def ask(api: Running, people: list[Id], why: str = WHY, **headers: str) -> httpx.Response:
    return api.post("/name-readings", {"people": people, "reason": why}, **headers)


def readings(api: Running) -> list[SensitiveFieldViewed]:
    rows = map(read, api.built.journal.read_ledger(api.station))
    return [row.facts for row in rows if isinstance(row.facts, SensitiveFieldViewed)]


def test_names_of_several_are_opened_and_each_is_a_reading(api: Running, people: list[Id]) -> None:
    answer = ask(api, people)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    told = answer.json()
    assert [(one["person"], one["name"], one["erased"]) for one in told["names"]] == [
        (id, name, False) for id, name in zip(people, NAMES, strict=True)
    ]
    assert len(told["receipt"]["events"]) == len(people)
    found = readings(api)
    assert [(one.person, one.field, one.reason) for one in found] == [
        (id, "details.name", WHY) for id in people
    ]
    # What was read is found from the reading: the very record in which the name is sealed.
    opened = api.done(
        f"/records/{found[0].record}/readings", {"field": "details.name", "reason": WHY}
    )
    assert opened["text"] == NAMES[0]


def test_a_name_set_right_is_read_where_it_was_written_anew(api: Running, people: list[Id]) -> None:
    reason = {"code": "entry_error", "text": "名字写错一个字"}
    sent = {"name": "王示列", "reason": reason}
    changed = api.done(f"/persons/{people[0]}/details-corrections", sent)
    told = ask(api, people[:1]).json()
    assert [one["name"] for one in told["names"]] == ["王示列"]
    assert [one.record for one in readings(api)] == changed["events"]


def test_sent_again_names_are_not_shown_again(api: Running, people: list[Id]) -> None:
    key = {"Idempotency-Key": "names-1"}
    first, again = (ask(api, people, **key) for _ in range(2))
    assert NAMES[0] in first.text
    assert again.json()["names"] == []
    assert [each["code"] for each in again.json()["receipt"]["warnings"]] == ["reading.shown_once"]
    assert len(readings(api)) == len(people)


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"reason": "看"}, 422, "entry.reason_too_short", "reason"),
        ({"people": []}, 422, "invalid", "people"),
        ({"people": [new_id() for _ in range(101)]}, 422, "invalid", "people"),
        ({"people": [new_id()]}, 404, "not_found", "people.0"),
        ({"people": ["nobody"]}, 422, "invalid", "people.0"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole(
    api: Running, people: list[Id], change: dict[str, Any], status: int, code: str, field: str
) -> None:
    refused = api.post("/name-readings", {"people": people, "reason": WHY, **change})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["field"] == field
    assert readings(api) == []


@pytest.mark.parametrize("role", ["evaluator", "administrator"])
def test_who_opens_no_words_opens_no_names(api: Running, people: list[Id], role: Role) -> None:
    api.as_role(role)
    refused = ask(api, people)
    assert (refused.status_code, NAMES[0] in refused.text) == (403, False)


def test_of_people_who_have_no_name_on_record_nothing_is_opened(api: Running) -> None:
    refused = ask(api, [person(api, "")])
    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (404, "reading.no_names", "people")
    assert readings(api) == []


def test_another_operators_people_are_not_there(api: Running, people: list[Id]) -> None:
    api.sign_in(Principal(actor=new_id(), role="worker", operator=new_id()))
    assert ask(api, people).status_code == 404


def test_an_erased_name_is_said_to_be_erased(api: Running, people: list[Id]) -> None:
    api.built.vault.destroy(people[0], SystemClock().now(), new_id(), api.operator)
    told = ask(api, people).json()["names"]
    assert [(one["name"], one["erased"]) for one in told] == [(None, True), (NAMES[1], False)]


def test_somebody_is_told_who_looked_at_their_file(api: Running, people: list[Id]) -> None:
    ask(api, people)
    later = "陪同就医，需要核对姓名"
    record = api.done("/name-readings", {"people": people[:1], "reason": later})["names"]
    assert len(record) == 1
    told = api.get("/readings", person=people[0])["items"]
    assert [(row["reason"], row["read"], row["field"]) for row in told] == [
        (later, "words", "details.name"),
        (WHY, "words", "details.name"),
    ]
    assert {(row["reader"], row["role"]) for row in told} == {(api.worker, "station_head")}
    assert len(api.get("/readings", reader=api.worker)["items"]) == 3
    assert api.get("/readings", reader=new_id())["items"] == []
    tomorrow = (api.built.clock.now() + timedelta(days=2)).date().isoformat()
    assert api.get("/readings", **{"from": tomorrow})["items"] == []


# On a page.


def typed(reader: TestClient, people: list[str], why: str = WHY) -> httpx.Response:
    return reader.post("/names", data={"people": people, "reason": why}, headers=ORIGIN)


def test_a_page_names_nobody_and_asks_for_the_names_of_whom_it_lists(
    api: Running, reader: TestClient, people: list[Id]
) -> None:
    api.follow()
    page = html.unescape(reader.get("/registers/persons").text)
    for id, name in zip(people, NAMES, strict=True):
        assert f'data-person="{id}"' in page
        assert name not in page
    usual = re.findall(r'<option value="([^"]+)"></option>', page)
    assert usual
    assert all(typed(reader, people[:1], why).status_code == 200 for why in usual)
    answer = typed(reader, [*people, api.station, "nonsense", ""])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"names": dict(zip(people, NAMES, strict=True))}
    assert sorted(one.person for one in readings(api)[len(usual) :]) == sorted(people)
    api.follow()
    file = html.unescape(reader.get(f"/persons/{people[0]}").text)
    assert "谁查看过加密内容" in file
    assert all(why in file for why in (WHY, *usual))


def test_what_is_refused_is_said_in_the_readers_language(
    api: Running, reader: TestClient, people: list[Id]
) -> None:
    api.follow()
    short = typed(reader, people, "看")
    assert (short.status_code, "查看原因：" in short.json()["said"]) == (422, True)
    nobody = typed(reader, [new_id(), "nonsense"])
    assert (nobody.status_code, list(nobody.json())) == (404, ["said"])
    reader.get("/", params={"lang": "en"})
    assert "name on record" in typed(reader, []).json()["said"]
    assert readings(api) == []


def test_evaluators_are_not_asked_whether_they_want_names(api: Running, people: list[Id]) -> None:
    api.follow()
    who = Principal(actor=new_id(), role="evaluator", operator=api.operator)
    with browser(api) as client:
        sign_in(client, token(api, who))
        assert 'id="names"' not in client.get("/").text
        refused = typed(client, people)
        assert (refused.status_code, NAMES[0] in refused.text) == (403, False)
