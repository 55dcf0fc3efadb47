"""作废 and 恢复 by people: first what would change, then the deed, and never without a reason."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.identity import new_id
from domain.principal import Principal
from tests.integration.contracted import contracted, service
from tests.integration.counted import today
from tests.integration.forms import WHY, head, hidden, in_a_closed_period
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token


@pytest.fixture
def event(api: Running) -> str:
    project = contracted(api)
    made: str = service(api, project)["events"][0]
    service(api, project)
    api.follow()
    return made


def send(reader: TestClient, event: str, way: str = "voiding", **form: Any) -> httpx.Response:
    return reader.post(f"/records/{event}/{way}", data=form, headers=ORIGIN)


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


def test_a_key_is_never_a_telephone_number(api: Running, reader: TestClient, event: str) -> None:
    before = head(api)
    sent = send(reader, event, **WHY, key="13800001234", seen="1")
    assert (sent.status_code, head(api)) == (422, before)


def test_only_what_stands_now_is_set_right(reader: TestClient, event: str) -> None:
    for query in ("known_at=0001-01-01", "known_at=1"):
        form = reader.get(f"/records/{event}/voiding?{query}")
        assert form.status_code == 200
        assert "先看会改变什么" in form.text


def employed(api: Running, role: str, **who: str) -> str:
    begins = {"begins": f"{today() - timedelta(days=30):%Y-%m-%d}"}
    hired = {"operator": api.operator, "name": "王小明"}
    staff: str = api.done("/staff", hired | begins | who)["stream"]
    api.done(f"/staff/{staff}/roles", {"station": api.station, "role": role} | begins)
    return staff


def test_a_record_of_a_closed_period_is_voided_once_somebody_approves(
    api: Running, reader: TestClient
) -> None:
    event = in_a_closed_period(api)
    assert 'name="approved_by"' not in reader.get(f"/records/{event}/voiding").text
    refused = send(reader, event, **WHY)
    assert refused.status_code == 409
    assert '<input id="approved_by"' in refused.text
    for wrong in ("王站长", api.worker):
        again = send(reader, event, **WHY, approved_by=wrong)
        assert again.status_code == 422
        assert f'name="approved_by" value="{wrong}"' in again.text
    approver, before = new_id(), head(api)
    shown = send(reader, event, **WHY, approved_by=approver)
    assert shown.status_code == 200
    assert "已锁期" in shown.text
    assert head(api) == before
    other = hidden(shown) | {"approved_by": new_id()}
    unapproved = {name: value for name, value in hidden(shown).items() if name != "approved_by"}
    assert send(reader, event, **unapproved).status_code == 409
    assert send(reader, event, **hidden(shown)).status_code == 303
    assert api.get(f"/records/{event}")[-1]["approved_by"] == approver
    after = head(api)
    assert send(reader, event, **other).status_code == 409
    assert head(api) == after > before


def test_whoever_may_approve_is_chosen_from_the_register(api: Running, reader: TestClient) -> None:
    event = in_a_closed_period(api)
    employed(api, "supervisor", staff=api.worker)
    chief, colleague = employed(api, "supervisor"), employed(api, "station_head")
    quality = employed(api, "quality_lead")
    api.follow()
    refused = send(reader, event, **WHY)
    offered = re.findall(r'<option value="([0-9a-f-]{36})"', refused.text)
    assert sorted(offered) == sorted((chief, quality))
    wrong = send(reader, event, **WHY, approved_by=colleague)
    assert wrong.status_code == 422
    assert "质量负责人审批" in wrong.text
    assert re.findall(r'<option value="([0-9a-f-]{36})"', wrong.text) == offered
    stranger = send(reader, event, **WHY, approved_by=new_id())
    assert (stranger.status_code, 'role="alert"' in stranger.text) == (404, True)
    shown = send(reader, event, **WHY, approved_by=chief)
    assert send(reader, event, **hidden(shown)).status_code == 303


def test_a_duplicate_names_the_record_that_stays(api: Running, reader: TestClient) -> None:
    project = contracted(api)
    event, stays = (service(api, project)["events"][0] for _ in range(2))
    api.follow()
    form = reader.get(f"/records/{event}/voiding").text
    assert re.findall(r'<option value="([0-9a-f-]{36})"', form) == [stays]
    why = WHY | {"code": "duplicate"}
    before = head(api)
    for typed, status in (
        ({"duplicate_of": "1"}, 422),
        ({"other_id": "走访"}, 422),
        ({"other_id": new_id()}, 404),
        ({"duplicate_of": event}, 422),
        ({"duplicate_of": stays, "code": "entry_error"}, 422),
    ):
        wrong = send(reader, event, **(why | typed))
        said = html.unescape(wrong.text)
        assert (wrong.status_code, 'role="alert"' in said) == (status, True), typed
        assert f'value="{WHY["text"]}"' in said
        assert all(f'value="{value}"' in said for value in typed.values()), typed
    for name in ("duplicate_of", "other_id"):
        shown = send(reader, event, **why, **{name: stays})
        assert shown.status_code == 200, html.unescape(shown.text)
        assert hidden(shown)["duplicate_of"] == stays
    assert head(api) == before
    assert send(reader, event, **hidden(shown)).status_code == 303
    assert api.get(f"/records/{event}")[-1]["reason"]["duplicate_of"] == stays
    assert f'href="/records/{stays}"' in reader.get(f"/records/{event}").text


def test_it_speaks_english_too(reader: TestClient, event: str) -> None:
    shown = reader.post(f"/records/{event}/voiding?lang=en", data=WHY, headers=ORIGIN)
    text = html.unescape(shown.text)
    for words in ("What would change", "80 → 40", "Void it", "Entry error", "not recorded yet"):
        assert words in text
