"""A worker ticks on a page who came to a group's meeting, and finds it on record with a roster."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.pages.roster import OTHER_ROSTER
from api.pages.writing_down import ANOTHER_WRITER
from domain.clock import SHANGHAI
from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.groups import enrolled, meeting, planned
from tests.integration.http import Running
from tests.integration.pages import ORIGIN, browser, sign_in, token
from tests.integration.recorded import WHY, written
from tests.integration.rosters import Sent, begins, listed, roster


def asked(api: Running, reader: TestClient, group: Id, **query: str) -> str:
    api.follow()
    answer = reader.get(f"/groups/{group}/meeting", params=query)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def ticked(shown: str, name: str) -> set[Id]:
    """Return who is ticked on a page."""
    return set(re.findall(rf'name="{name}" value="([^"]*)" checked', shown))


def form(api: Running, shown: str, **typed: str | list[str]) -> Sent:
    """What a browser sends of a page as it was shown, and what was typed into it."""
    fields = ("occurred.start", "occurred.precision", "number", "phase", "minutes", "place")
    stands = {name: begins(shown, name) for name in fields}
    own: Sent = {"key": new_id(), "writer": api.worker, "listed": listed(shown)}
    return own | stands | typed


def send(api: Running, reader: TestClient, group: Id, **typed: str | list[str]) -> httpx.Response:
    sent = form(api, asked(api, reader, group), **typed)
    return reader.post(f"/groups/{group}/meeting", data=sent, headers=ORIGIN)


def days_ago(api: Running, days: int) -> str:
    moment = api.built.clock.now().astimezone(SHANGHAI) - timedelta(days=days)
    return f"{moment:%Y-%m-%dT%H:%M}"


def on(api: Running, days: int) -> dict[str, Any]:
    """What a command says that happened so many days ago."""
    when = f"{days_ago(api, days)}:00+08:00"
    return {"occurred": {"start": when, "precision": "day"}, "late_reason": WHY}


def test_the_groups_page_leads_to_a_form_that_begins_as_the_last_meeting_was(
    api: Running, reader: TestClient
) -> None:
    group = planned(api)
    came, away = enrolled(api, group)
    way = f'href="/groups/{group}/meeting"'
    api.follow()
    assert way in reader.get(f"/groups/{group}").text
    assert way in reader.get("/recording/home_visit").text, "whose leader has it at hand"
    shown = asked(api, reader, group)
    assert (begins(shown, "number"), begins(shown, "phase")) == ("1", "formation")
    assert (listed(shown), ticked(shown, "present")) == ([came, away], set())
    assert f'data-person="{came}">{came[-6:].upper()}<' in shown, "where a name can be put"
    typed = {"minutes": "75", "phase": "transition", "place": "活动室", "theme": "认识手机"}
    facts = written(api, send(api, reader, group, present=[came], **typed))["facts"]
    assert (facts["number"], facts["theme"], facts["enrolled"]) == (1, "认识手机", 2)
    again = asked(api, reader, group, lang="en")
    assert [begins(again, name) for name in ("number", "phase", "minutes", "place")] == [
        "2", "transition", "75", "活动室",
    ]  # fmt: skip
    assert ("Who came" in again, "Transition" in again, ticked(again, "present")) == (
        True, True, set(),
    )  # fmt: skip
    api.done(f"/groups/{group}/closing", {"closure": "unfinished", "reason": "场地收回"})
    api.follow()
    assert way not in reader.get(f"/groups/{group}").text
    assert way not in reader.get("/recording/home_visit").text


def test_who_was_ticked_came_and_all_others_are_excused_or_absent(
    api: Running, reader: TestClient
) -> None:
    group = planned(api)
    came, excused, absent, both = enrolled(api, group, 4)
    ticks = {"present": [came, both], "excused": [excused, both]}
    answer = send(api, reader, group, minutes="90", volunteers="2", guests="3", **ticks)
    record = written(api, answer)
    assert roster(record) == {
        came: "present", excused: "excused", absent: "absent", both: "present",
        "volunteer": "present", "guest": "present",
    }  # fmt: skip
    counted = {line["role"]: line["count"] for line in record["facts"]["attendance"][4:]}
    assert counted == {"volunteer": 2, "guest": 3}
    (held,) = api.get(f"/groups/{group}")["meetings"]
    assert (held["present"], held["enrolled"], held["person_times"]) == (2, 4, 2)


@pytest.mark.parametrize(
    ("audience", "role", "asks"),
    [("staff", "supervisee", {"volunteers", "guests"}), ("volunteer", "volunteer", {"guests"})],
)
def test_colleagues_and_volunteers_come_in_the_role_of_their_own_groups(
    api: Running, reader: TestClient, audience: str, role: str, asks: set[str]
) -> None:
    group, (came, away) = planned(api, audience=audience), (new_id(), new_id())
    for member in (came, away):
        api.done(f"/groups/{group}/members", {"member": member})
    shown = asked(api, reader, group)
    assert {name for name in ("volunteers", "guests") if f'id="{name}"' in shown} == asks
    assert "data-person" not in shown, "whose names are in no register"
    facts = written(api, send(api, reader, group, present=[came], guests="1"))["facts"]
    assert facts["kind"] == f"{audience}_group_session"
    assert [line["role"] for line in facts["attendance"]] == [role, role, "guest"]


def test_the_list_is_of_the_members_of_the_day_that_is_typed(
    api: Running, reader: TestClient
) -> None:
    group = planned(api, **on(api, 3))
    stays, left, joined = enrolled(api, planned(api), 3)
    for member in (stays, left):
        api.done(f"/groups/{group}/members", {"member": member, **on(api, 3)})
    api.done(f"/groups/{group}/leavings", {"member": left, "reason": "moved", **on(api, 2)})
    api.done(f"/groups/{group}/members", {"member": joined})
    assert set(listed(asked(api, reader, group))) == {stays, joined}
    typed: Sent = {"occurred.start": days_ago(api, 2), "present": [stays, joined], "theme": "回顾"}
    typed["late_reason"] = WHY
    other = send(api, reader, group, **typed)
    shown = html.unescape(other.text)
    assert OTHER_ROSTER.code == "page.other_roster"
    assert (other.status_code, OTHER_ROSTER().text("zh") in shown) == (409, True)
    assert ("新补上" in shown, "当日不是组员" in shown, 'href="#roster"' in shown) == (True,) * 3
    assert ticked(shown, "present") == {stays, joined}
    assert set(listed(shown)) == {stays, left, joined}
    typed["listed"] = listed(shown)
    stranger = html.unescape(send(api, reader, group, **typed).text)
    assert "到场名单：该人员当日不是组员" in stranger
    assert f'href="#present.{joined}"' in stranger
    record = written(api, send(api, reader, group, **typed | {"present": [stays]}))
    assert roster(record) == {stays: "present", left: "absent"}


@pytest.mark.parametrize(
    ("typed", "wrong", "words"),
    [
        ({"number": "1"}, "number", "节次：第 1 节已有记录"),
        ({"number": "十"}, "number", "节次：请填写整数"),
        ({"number": "0"}, "number", "节次：节次从 1 开始编号"),
        ({"phase": "preparation"}, "phase", "阶段：小组阶段不能倒退"),
        ({"phase": "zz"}, "phase", "阶段：请从列出的选项中选择"),
        ({"minutes": "9999"}, "minutes", "时长（分钟）："),
        ({"theme": "长" * 500}, "theme", "主题："),
        ({"occurred.start": "zz"}, "occurred.start", "开始时间："),
        ({"occurred.start": "2990-01-01T10:00"}, "occurred.start", "开始时间："),
        ({"occurred.start": "2018-01-01T10:00"}, "occurred.start", "开始时间："),
        ({"volunteers": "-3"}, "volunteers", "志愿者人数："),
        ({"guests": "许多"}, "guests", "访客人数（不计人次）：请填写整数"),
        ({"present": []}, "roster", "到场名单：至少应有一名参加者到场"),
        ({"present": ["zz"]}, "present.zz", "到场名单："),
        ({"present": [new_id()]}, None, "到场名单："),
        ({"listed": []}, "roster", "到场名单：应当列上的人与表上所列的不同"),
    ],
)  # fmt: skip
def test_what_is_refused_comes_back_with_all_that_was_typed_and_names_its_field(
    api: Running, reader: TestClient, typed: Sent, wrong: str | None, words: str
) -> None:
    group = planned(api)
    came, excused = enrolled(api, group)
    api.done(f"/groups/{group}/meetings", meeting(1, came))
    whole: Sent = {"present": [came], "excused": [excused], "theme": "回顾", "guests": "4", **typed}
    answer = send(api, reader, group, **whole)
    shown = html.unescape(answer.text)
    assert answer.status_code in (404, 409, 422), shown
    assert words in shown
    assert wrong is None or f'href="#{wrong}"' in shown
    assert ticked(shown, "excused") == {excused}
    assert ticked(shown, "present") == set(whole["present"])
    for name in typed.keys() - {"present", "listed"} | {"theme", "guests"}:
        assert str(whole[name]) in shown
    assert len(api.get(f"/groups/{group}")["meetings"]) == 1


def test_a_meeting_written_late_is_asked_for_its_reason_and_who_approves(
    api: Running, reader: TestClient
) -> None:
    group = planned(api, **on(api, 40), approved_by=new_id())
    (came,) = enrolled(api, planned(api), 1)
    joined = {"member": came, **on(api, 40), "approved_by": new_id()}
    api.done(f"/groups/{group}/members", joined)
    typed: Sent = {"occurred.start": days_ago(api, 39), "present": [came]}
    late = send(api, reader, group, **typed)
    assert (late.status_code, 'name="late_reason"' in late.text) == (422, True)
    typed["late_reason"] = WHY
    assert 'name="approved_by"' in send(api, reader, group, **typed).text
    typed["approved_by"] = new_id()
    assert written(api, send(api, reader, group, **typed))["late_reason"] == WHY


def test_what_is_sent_twice_is_written_once_and_never_in_anothers_name(
    api: Running, reader: TestClient
) -> None:
    group = planned(api)
    (came,) = enrolled(api, group, 1)
    sent = form(api, asked(api, reader, group), present=[came])
    path = f"/groups/{group}/meeting"
    foreign = reader.post(path, data=sent | {"writer": new_id()}, headers=ORIGIN)
    assert (foreign.status_code, ANOTHER_WRITER().text("zh") in foreign.text) == (409, True)
    places = {
        reader.post(path, data=sent | later, headers=ORIGIN).headers["location"]
        for later in ({}, {"captured_at": api.built.clock.now().isoformat()})
    }
    assert len(places) == 1
    assert len(api.get(f"/groups/{group}")["meetings"]) == 1


def test_evaluators_write_nothing_and_to_others_the_group_is_not_there(
    api: Running, reader: TestClient
) -> None:
    group = planned(api)
    (came,) = enrolled(api, group, 1)
    sent = form(api, asked(api, reader, group), present=[came])
    who, operator, other = new_id(), api.operator, new_id()
    for principal, status in (
        (Principal(actor=who, role="evaluator", operator=operator, evaluation=other), 403),
        (Principal(actor=who, role="worker", operator=operator, stations=(other,)), 404),
        (Principal(actor=who, role="worker", operator=other), 404),
    ):
        with browser(api) as client:
            sign_in(client, token(api, principal))
            path = f"/groups/{group}/meeting"
            assert client.get(path).status_code == status
            assert client.post(path, data=sent, headers=ORIGIN).status_code == status
    assert reader.get("/groups/zz/meeting").status_code == 404
    assert api.get(f"/groups/{group}")["meetings"] == []
