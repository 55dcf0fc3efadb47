"""A worker writes down on a page how an activity was held: who came, and how many more."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from api.pages.filled_in import NOT_FILLED
from api.pages.roster import OTHER_ROSTER
from api.pages.writing_down import UNPLANNED
from domain.activity import PLAN_NOT_APPROVED
from domain.catalogue import activity_kinds
from domain.identity import new_id
from tests.integration.days import today_here
from tests.integration.giving import approved, planned, registered
from tests.integration.http import Running
from tests.integration.pages import ORIGIN
from tests.integration.recorded import WHY, written
from tests.integration.registered import taken_on
from tests.integration.rosters import Sent, begins, listed, roster

BEGINS = ("occurred.start", "occurred.precision", "title", "place", "audience", "source")


def asked(api: Running, reader: TestClient, page: str, **query: str) -> str:
    api.follow()
    answer = reader.get(page, params=query)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def send(api: Running, reader: TestClient, page: str, **typed: str | list[str]) -> httpx.Response:
    """Send a page as a browser would as it was shown, with what was typed into it."""
    shown = asked(api, reader, page)
    stands: Sent = {name: begins(shown, name) for name in BEGINS if f'id="{name}"' in shown}
    stands |= {"key": new_id(), "writer": api.worker, "listed": listed(shown)}
    return reader.post(page, data=stands | typed, headers=ORIGIN)


def said(answer: httpx.Response) -> str:
    (found,) = re.findall(r'id="said"><span>([^<]*)', html.unescape(answer.text))
    return str(found)


def test_what_was_planned_waits_beside_the_forms_until_it_was_held(
    api: Running, reader: TestClient
) -> None:
    activity = approved(api, title="邻里市集", place="中心广场")
    way = f'href="/activities/{activity}/holding"'
    assert way in asked(api, reader, "/recording/home_visit")
    assert way in asked(api, reader, f"/files/{activity}")
    shown = asked(api, reader, f"/activities/{activity}/holding")
    assert [begins(shown, name) for name in ("title", "place", "audience")] == [
        "邻里市集", "中心广场", "disabled",
    ]  # fmt: skip
    answer = send(
        api, reader, f"/activities/{activity}/holding", clients="17", volunteers="3", minutes="180"
    )
    record = written(api, answer)
    assert (record["facts"]["kind"], record["facts"]["title"]) == ("integration", "邻里市集")
    assert roster(record) == {"client": "present", "volunteer": "present"}
    api.follow()
    (row,) = api.get("/activities", kind="integration")["items"]
    assert (row["person_times"], row["volunteers"], row["late_approval"]) == (17, 3, False)
    assert way not in reader.get("/recording/home_visit").text
    assert way not in reader.get(f"/files/{activity}").text
    again = send(api, reader, f"/activities/{activity}/holding", clients="17")
    assert again.status_code == 409, "it was held already"


def test_who_had_registered_is_ticked_and_everybody_else_is_counted(
    api: Running, reader: TestClient
) -> None:
    outing = approved(api, kind="outing", title="亲近心灵，怀抱自然")
    came, excused, absent = registered(api, outing, 3)
    page = f"/activities/{outing}/holding"
    shown = asked(api, reader, page)
    assert listed(shown) == [came, excused, absent]
    assert f'data-person="{came}"' in shown, "where a name can be put"
    answer = send(
        api, reader, page, present=[came], excused=[excused], volunteers="2", source="sign-in"
    )
    record = written(api, answer)
    assert roster(record) == {
        came: "present", excused: "excused", absent: "absent", "volunteer": "present",
    }  # fmt: skip
    assert "source" not in record["facts"]["attendance"][-1], "they signed in, as is usual"
    api.follow()
    (row,) = api.get("/activities", kind="outing")["items"]
    assert (row["person_times"], row["named"]) == (1, 1)
    filed = asked(api, reader, f"/files/{outing}")
    assert ("签安全协议" in filed, "报名和安全协议" in filed) == (True, True)


def test_somebody_who_registered_meanwhile_is_asked_about_before_it_is_written(
    api: Running, reader: TestClient
) -> None:
    outing = approved(api, kind="outing")
    (first,) = registered(api, outing, 1)
    shown = asked(api, reader, f"/activities/{outing}/holding")
    (second,) = registered(api, outing, 1)
    assert listed(shown) == [first]
    typed: Sent = {"listed": [first], "present": [first]}
    refused = send(api, reader, f"/activities/{outing}/holding", **typed)
    assert (refused.status_code, OTHER_ROSTER().text("zh") in said(refused)) == (409, True)
    assert listed(html.unescape(refused.text)) == [first, second]


def test_nobody_at_all_is_asked_about_again_and_nothing_typed_is_lost(
    api: Running, reader: TestClient
) -> None:
    activity = approved(api)
    page = f"/activities/{activity}/holding"
    refused = send(api, reader, page, content="剪纸和包饺子", minutes="90")
    assert refused.status_code == 422
    assert said(refused) == f"服务对象人数：{NOT_FILLED().text('zh')}"
    shown = html.unescape(refused.text)
    assert ("剪纸和包饺子" in shown, begins(shown, "minutes")) == (True, "90")
    api.follow()
    assert api.get("/activities")["items"] == []


def test_an_activity_of_a_day_that_is_over_begins_with_that_day_and_asks_why_it_is_late(
    api: Running, reader: TestClient
) -> None:
    day = today_here() - timedelta(days=9)
    activity = planned(api, planned_on=day.isoformat())
    late = {"occurred": {"start": f"{day}T09:00:00+08:00", "precision": "day"}}
    api.done(f"/activities/{activity}/reviews", {"outcome": "approved", "late_reason": WHY, **late})
    page = f"/activities/{activity}/holding"
    shown = asked(api, reader, page)
    assert begins(shown, "occurred.start").startswith(day.isoformat())
    assert begins(shown, "occurred.precision") == "day"
    refused = send(api, reader, page, clients="5")
    assert (refused.status_code, 'name="late_reason"' in refused.text) == (422, True)
    written(api, send(api, reader, page, clients="5", late_reason=WHY))
    api.follow()
    assert [row["day"] for row in api.get("/activities")["items"]] == [day.isoformat()]


def test_an_estimate_says_that_it_is_one(api: Running, reader: TestClient) -> None:
    activity = approved(api)
    page = f"/activities/{activity}/holding"
    written(api, send(api, reader, page, residents="200", source="estimated"))
    api.follow()
    (row,) = api.get("/activities")["items"]
    assert (row["person_times"], row["estimated"]) == (200, True)


def test_one_without_its_plan_approved_is_refused_in_words(
    api: Running, reader: TestClient
) -> None:
    activity = planned(api)
    refused = send(api, reader, f"/activities/{activity}/holding", clients="5")
    assert (refused.status_code, said(refused)) == (
        409, PLAN_NOT_APPROVED("id", policy=0).text("zh"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", UNPLANNED)
def test_each_kind_without_a_plan_is_written_in_the_roles_and_the_variant_that_it_has(
    api: Running, reader: TestClient, kind: str
) -> None:
    api.as_role("operator_manager")
    guide = taken_on(api)
    role = {"station": api.station, "role": "supervisor", "begins": today_here().isoformat()}
    api.done(f"/staff/{guide}/roles", role)
    api.as_role("worker")
    of = activity_kinds()[kind]
    page = f"/held-activities/{kind}"
    assert f'href="{page}"' in asked(api, reader, "/recording/home_visit")
    shown = asked(api, reader, page, lang="en")
    assert ('id="source"' in shown, 'id="supervisor"' in shown) == (
        not of.counted_only, of.supervised,
    )  # fmt: skip
    head = re.findall(r'<input id="(\w+)" name="\1" value="" type="text" inputmode', shown)[1]
    typed = {head: "6", "title": "例行", "station": api.station, "variant": (*of.variants, "")[0]}
    if of.supervised:
        typed["supervisor"] = guide
    facts = written(api, send(api, reader, page, **typed))["facts"]
    assert (facts["kind"], facts["attendance"][0]["count"]) == (kind, 6)
    assert facts["attendance"][0].get("role", "client") == of.role
    assert facts.get("supervisor") == (guide if of.supervised else None)


@pytest.mark.parametrize("page", ["/held-activities/outing", "/held-activities/nonsense"])
def test_a_kind_that_needs_a_plan_has_no_form_without_one(reader: TestClient, page: str) -> None:
    assert reader.get(page).status_code == 404
    assert reader.get(f"/activities/{new_id()}/holding").status_code == 404


def test_the_register_of_plans_tells_how_far_each_has_come(
    api: Running, reader: TestClient
) -> None:
    waiting = planned(api, title="邻里市集")
    off = approved(api, title="端午包粽子")
    api.done(f"/activities/{off}/cancellation", {"reason": "暴雨"})
    meeting = {"station": api.station, "kind": "joint_meeting", "title": "三方联席会议"}
    api.done("/held-activities", meeting | {"attendance": [{"count": 8}]})
    shown = asked(api, reader, "/registers/plans")
    assert ("邻里市集" in shown, "端午包粽子" in shown, "批准" in shown) == (True, True, True)
    assert shown.count('href="/files/') == 2, "what was held without a plan is none"
    assert f'href="/activities/{waiting}/holding"' in asked(api, reader, f"/files/{waiting}")
    assert f'href="/activities/{off}/holding"' not in asked(api, reader, f"/files/{off}")
