"""Alerts stand on a page for whom they are addressed to, who acts on them there."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from domain.clock import SHANGHAI, SystemClock
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.alarmed import raised
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.registered import person

WHY = "已电话确认平安，本周走访"
COUNT = re.compile(r'<b class="count">(\d+)</b>')


def shown(api: Running, reader: TestClient, path: str = "/alerts", **query: str) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def count(text: str) -> str | None:
    found = COUNT.search(text)
    return found[1] if found else None


def key(reader: TestClient, alert: Id) -> str:
    found = re.search(r'name="key" value="([^"]+)"', reader.get(f"/alerts/{alert}").text)
    assert found is not None
    return found[1]


def send(reader: TestClient, alert: Id, way: str, **form: str) -> httpx.Response:
    form.setdefault("key", key(reader, alert))
    return reader.post(f"/alerts/{alert}/{way}", data=form, headers=ORIGIN)


def today() -> date:
    return SystemClock().now().astimezone(SHANGHAI).date()


def test_what_stands_is_shown_to_whom_it_is_addressed_and_counted(
    api: Running, reader: TestClient
) -> None:
    later, first = raised(api, 0), raised(api, -5)
    text = shown(api, reader)
    assert text.index(first) < text.index(later)
    for words in ("个案久未联系", "超期 5 天", "到期", "尚无人知悉"):
        assert words in text
    assert count(text) == "2"
    assert count(shown(api, reader, "/records")) == "2"
    english = shown(api, reader, lang="en")
    for words in ("A case without contact", "5 days overdue", "nobody has taken it on"):
        assert words in english


def test_by_which_thresholds_an_alert_is_raised_stands_there_in_words(
    api: Running, reader: TestClient
) -> None:
    alert = raised(api)
    assert "个案超过 7 天没有联系" in shown(api, reader)
    assert "不到这时应完成的 80% 为黄色预警" in shown(api, reader)
    assert "More than 7 days without contact" in shown(api, reader, f"/alerts/{alert}", lang="en")
    changed = {"operator": api.operator, "thresholds": [{"name": "days", "value": 10}]}
    api.as_role("operator_manager")
    api.done("/alert-rules/AL-01/changes", {**changed, "reason": "机构制度修订"})
    assert "个案超过 10 天没有联系" in shown(api, reader, lang="zh")
    assert "个案超过 7 天没有联系" in shown(api, reader, f"/alerts/{alert}"), "as it was raised"


def test_the_record_of_an_alert_says_no_codes(api: Running, reader: TestClient) -> None:
    alert = raised(api)
    event = api.get(f"/streams/{alert}")[0]["event"]
    text = shown(api, reader, f"/records/{event}")
    plain = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))
    assert "界限 多少天没有联系 7" in plain
    assert "发给 督导" in plain
    assert "系统 · 系统" not in plain
    assert "亲见" not in plain
    assert "days" not in plain.replace("lag_days", "")


def test_what_is_addressed_to_others_is_only_among_all(api: Running) -> None:
    alert = raised(api)
    manager = Principal(actor=new_id(), role="operator_manager", operator=api.operator)
    with browser(api) as client:
        sign_in(client, token(api, manager))
        mine = shown(api, client)
        assert (alert in mine, count(mine)) == (False, None)
        assert "没有发给您的预警" in mine
        assert alert in shown(api, client, show="all")


def test_an_alert_is_taken_on_from_its_page(api: Running, reader: TestClient) -> None:
    alert = raised(api)
    api.follow()
    assert "由我跟进" in html.unescape(reader.get(f"/alerts/{alert}").text)
    sent = {"key": key(reader, alert)}
    done = [send(reader, alert, "acknowledgement", **sent) for _ in range(2)]
    assert [(one.status_code, one.headers["location"]) for one in done] == [
        (303, f"/alerts/{alert}")
    ] * 2
    assert "由我跟进" not in html.unescape(reader.get(f"/alerts/{alert}").text)
    assert api.get(f"/alerts/{alert}")["acknowledged_by"] == api.worker
    again = send(reader, alert, "acknowledgement")
    assert (again.status_code, "已有人知悉" in again.text) == (409, True)


def test_what_is_put_off_is_no_longer_counted_and_still_stands(
    api: Running, reader: TestClient
) -> None:
    alert = raised(api)
    until = (today() + timedelta(days=3)).isoformat()
    assert send(reader, alert, "snooze", until=until, reason="社工外出培训").status_code == 303
    assert until[-2:].lstrip("0") in shown(api, reader, f"/alerts/{alert}")
    text = shown(api, reader)
    assert (count(text), "推迟到" in text, alert in text) == (None, True, True)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"until": "2001-01-01", "reason": "社工外出培训"}, "今天之后"),
        ({"until": "zz", "reason": "社工外出培训"}, "推迟到哪天"),
        ({"reason": "社工外出培训"}, "推迟到哪天"),
        ({"until": "9999-12-31", "reason": "社工外出培训"}, "30"),
        ({"until": "TOMORROW", "reason": "短<b>"}, "原因"),
    ],
)
def test_what_is_refused_comes_back_with_what_was_typed(
    api: Running, reader: TestClient, form: dict[str, str], words: str
) -> None:
    alert = raised(api)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    form = {name: tomorrow if text == "TOMORROW" else text for name, text in form.items()}
    answer = send(reader, alert, "snooze", **form)
    assert answer.status_code == 422
    said = html.unescape(answer.text)
    assert words in said.partition('role="alert"')[2].partition("</p>")[0]
    assert f'value="{form["reason"]}"' in said
    assert "短<b>" not in answer.text
    assert api.get(f"/alerts/{alert}")["snoozed_until"] is None


def test_an_alert_is_ended_by_hand_with_a_reason(api: Running, reader: TestClient) -> None:
    alert = raised(api)
    assert send(reader, alert, "resolution", reason="短").status_code == 422
    assert send(reader, alert, "resolution", reason=WHY).status_code == 303
    text = shown(api, reader, f"/alerts/{alert}")
    assert WHY in text
    assert "已解除" in text
    assert "解除这条预警" not in text
    assert alert not in shown(api, reader)


def test_no_form_does_anything_without_its_key_or_from_elsewhere(
    api: Running, reader: TestClient
) -> None:
    alert = raised(api)
    for bad in ("", "zz", "\u0000"):
        assert send(reader, alert, "resolution", reason=WHY, key=bad).status_code == 422
    foreign = {"Origin": "http://elsewhere"}
    form = {"reason": WHY, "key": new_id()}
    assert reader.post(f"/alerts/{alert}/resolution", data=form, headers=foreign).status_code == 422
    assert api.get(f"/alerts/{alert}")["state"] == "open"


def test_others_alerts_and_other_records_are_no_alerts(api: Running, reader: TestClient) -> None:
    alert = raised(api)
    assert reader.get(f"/alerts/{new_id()}").status_code == 404
    assert reader.get(f"/alerts/{api.station}").status_code == 404
    other = Principal(actor=new_id(), role="supervisor", operator=new_id())
    with browser(api) as client:
        sign_in(client, token(api, other))
        assert client.get(f"/alerts/{alert}").status_code == 404
        gone = client.post(
            f"/alerts/{alert}/resolution", data={"reason": WHY, "key": new_id()}, headers=ORIGIN
        )
        assert gone.status_code == 404
    assert api.get(f"/alerts/{alert}")["state"] == "open"


def test_visits_that_their_plans_want_soon_stand_beside_the_alerts(
    api: Running, reader: TestClient
) -> None:
    who, begins = person(api), today() - timedelta(days=40)
    plan = {"station": api.station, "person": who, "worker": api.worker, "every_days": 7}
    api.done("/visit-plans", {**plan, "begins": begins.isoformat()})
    text = shown(api, reader)
    assert who[-6:].upper() in text
    for words in ("按走访计划应走访", "超期 34 天", "计划开始后尚未见面"):
        assert words in text
    assert "王示例" not in text
    assert "not met since the plan began" in shown(api, reader, lang="en")
