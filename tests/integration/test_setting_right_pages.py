"""作废 and 恢复 by people: first what would change, then the deed, and never without a reason."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.identity import new_id
from domain.principal import Principal
from tests.integration.http import Running, running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.test_project import contracted, service

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
WHY = {"code": "entry_error", "text": "同一次走访重复录入"}


@pytest.fixture
def api(house_url: str, tmp_path: Path) -> Iterator[Running]:
    with running(house_url, tmp_path / "home") as it:
        it.settle()
        yield it


@pytest.fixture
def reader(api: Running) -> Iterator[TestClient]:
    with browser(api) as client:
        sign_in(client, token(api))
        yield client


@pytest.fixture
def event(api: Running) -> str:
    project = contracted(api)
    made: str = service(api, project)["events"][0]
    service(api, project)
    api.follow()
    return made


def send(reader: TestClient, event: str, way: str = "voiding", **form: Any) -> httpx.Response:
    return reader.post(f"/records/{event}/{way}", data=form, headers=ORIGIN)


def hidden(shown: httpx.Response) -> dict[str, str]:
    return dict(HIDDEN.findall(shown.text))


def head(api: Running) -> int:
    return api.built.journal.max_notification_id() or 0


def test_a_record_is_voided_only_after_what_would_change_was_shown(
    api: Running, reader: TestClient, event: str
) -> None:
    record = reader.get(f"/records/{event}").text
    assert f'href="/records/{event}/voiding"' in record
    form = reader.get(f"/records/{event}/voiding")
    assert "确认作废" not in form.text
    before = head(api)
    shown = send(reader, event, **WHY)
    text = html.unescape(shown.text)
    assert shown.status_code == 200
    assert "80 → 40" in text
    assert "确认作废" in text
    assert head(api) == before
    done = send(reader, event, **hidden(shown))
    assert (done.status_code, done.headers["location"]) == (303, f"/records/{event}")
    assert head(api) == before + 1
    again = send(reader, event, **hidden(shown))
    assert (again.status_code, head(api)) == (303, before + 1)
    record = reader.get(f"/records/{event}").text
    assert "已作废" in record
    assert f'href="/records/{event}/reinstatement"' in record


def test_a_void_record_comes_back_the_same_way(
    api: Running, reader: TestClient, event: str
) -> None:
    api.done(f"/records/{event}/voidings", {"reason": WHY})
    api.follow()
    form = html.unescape(reader.get(f"/records/{event}/reinstatement").text)
    assert "作废前的内容" in form
    assert "40" in form
    shown = send(reader, event, "reinstatement", **WHY)
    assert "40 → 80" in html.unescape(shown.text)
    assert send(reader, event, "reinstatement", **hidden(shown)).status_code == 303
    steps = api.get(f"/records/{event}")
    assert [step["change"] for step in steps] == ["written", "voided", "reinstated"]


def test_what_was_shown_and_has_moved_on_is_not_done(
    api: Running, reader: TestClient, event: str
) -> None:
    shown = send(reader, event, **WHY)
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 45}, "reason": WHY})
    before = head(api)
    late = send(reader, event, **hidden(shown))
    assert (late.status_code, head(api)) == (409, before)
    assert 'role="alert"' in late.text
    assert WHY["text"] in late.text
    assert "确认作废" not in late.text


def test_what_is_refused_is_said_beside_the_form(reader: TestClient, event: str) -> None:
    short = send(reader, event, code="entry_error", text="错了")
    assert short.status_code == 422
    assert 'role="alert"' in short.text
    assert 'value="错了"' in short.text
    not_void = send(reader, event, "reinstatement", **WHY)
    assert not_void.status_code == 409
    wrong = send(reader, event, code="nonsense", text=WHY["text"])
    assert wrong.status_code == 422


def test_the_form_comes_from_our_own_pages_only(
    api: Running, reader: TestClient, event: str
) -> None:
    before = head(api)
    foreign = reader.post(
        f"/records/{event}/voiding",
        data={**WHY, "key": new_id(), "seen": "1"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert (foreign.status_code, head(api)) == (422, before)


def test_an_evaluator_and_a_stranger_find_no_form(api: Running, event: str) -> None:
    here: dict[str, Any] = {"actor": new_id(), "operator": api.operator}
    ledger = api.get("/projects")["items"][0]["project"]
    evaluator = Principal(role="evaluator", ledger=ledger, evaluation=new_id(), **here)
    stranger = Principal(actor=new_id(), role="operator_manager", operator=new_id())
    for who, refused in ((evaluator, 403), (stranger, 404)):
        with browser(api) as client:
            sign_in(client, token(api, who))
            assert client.get(f"/records/{event}/voiding").status_code == 404
            assert send(client, event, **WHY).status_code == refused
            seen = client.get(f"/records/{event}")
            assert f"/records/{event}/voiding" not in seen.text


def test_it_speaks_english_too(reader: TestClient, event: str) -> None:
    shown = reader.post(f"/records/{event}/voiding?lang=en", data=WHY, headers=ORIGIN)
    text = html.unescape(shown.text)
    for words in ("What would change", "80 → 40", "Void it", "Entry error", "not recorded yet"):
        assert words in text
