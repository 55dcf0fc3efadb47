"""Groups over HTTP: from plan to closing, with the roster of every session."""

from __future__ import annotations

from typing import Any

from domain.identity import new_id
from domain.principal import Principal
from domain.station import PolicyAdopted, change_station
from tests.integration.groups import enrolled, meeting, planned
from tests.integration.http import Running
from tests.integration.registered import carried_out, person

REASON = {"code": "entry_error", "text": "节次录入错误"}
WORDS = "愿意主动发言"


def refused(api: Running, path: str, body: dict[str, Any]) -> tuple[int, str, str | None]:
    answer = api.post(path, body)
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


def test_a_group_is_taken_from_plan_to_closing_and_read_with_its_rosters(api: Running) -> None:
    group = planned(api)
    worker = api.worker
    api.sign_in(Principal(actor=new_id(), role="supervisor", operator=api.operator))
    api.done(f"/groups/{group}/approval", {})
    api.sign_in(Principal(actor=worker, role="worker", operator=api.operator))
    api.done(f"/groups/{group}/recruitment", {"channels": ["微信公众号"]})
    first, second = enrolled(api, group)
    api.done(f"/groups/{group}/agreements", {"rules": ["准时参加"]})
    api.done(f"/groups/{group}/cancellations", {"number": 1, "reason": "暴雨"})
    api.done(f"/groups/{group}/meetings", meeting(1, first, second))
    api.done(f"/groups/{group}/leavings", {"member": first, "reason": "moved", "note": WORDS})
    api.done(f"/groups/{group}/meetings", meeting(2, second, phase="ending"))
    told = {"member": second, "score": 4, "progress": WORDS}
    api.done(f"/groups/{group}/progress", told)
    measured = [{"instrument": "使用量表", "n": 2, "before": 3, "after": 8}]
    api.done(f"/groups/{group}/evaluations", {"measures": measured})
    api.done(f"/groups/{group}/closing", {})

    shown = api.get(f"/groups/{group}")
    figures = ("stage", "held", "minutes", "person_times", "completed", "variant")
    assert [shown[name] for name in figures] == ["closed", 2, 180, 3, True, "learning"]
    rosters = [(each["number"], each["present"], each["enrolled"]) for each in shown["meetings"]]
    # Who leaves is a member to the end of that day.
    assert rosters == [(1, 2, 2), (2, 1, 2)]
    assert {one["person"]: one["reason"] for one in shown["members"]} == {
        first: "moved",
        second: None,
    }
    assert WORDS not in api.client.get("/api/v1/events").text
    assert [row["group_id"] for row in api.get("/groups", stage="closed")["items"]] == [group]


def test_a_policy_of_the_station_asks_for_an_approved_plan(api: Running) -> None:
    group = planned(api)
    member = enrolled(api, group, 1)[0]
    policy = PolicyAdopted(policy="group_plan_approval", policy_version=1)
    carried_out(api, lambda desk, entry: change_station(desk, entry, api.station, policy))
    for path, body in (("recruitment", {}), ("meetings", meeting(1, member))):
        assert refused(api, f"/groups/{group}/{path}", body)[:2] == (409, "group.not_approved")


def test_strangers_and_used_numbers_are_refused(api: Running) -> None:
    group = planned(api)
    (member,) = enrolled(api, group, 1)
    path = f"/groups/{group}/meetings"
    stranger = refused(api, path, meeting(1, person(api)))
    assert stranger == (422, "group.not_a_member", "attendance.0.person")
    api.done(path, meeting(1, member))
    assert refused(api, path, meeting(1, member)) == (409, "group.number_used", "number")
    again = refused(api, f"/groups/{group}/members", {"member": member})
    assert again == (409, "group.already_member", "member")
    assert refused(api, f"/groups/{new_id()}/members", {"member": member})[0] == 404


def test_a_group_with_too_few_sessions_closes_as_unfinished(api: Running) -> None:
    group = planned(api)
    (member,) = enrolled(api, group, 1)
    api.done(f"/groups/{group}/meetings", meeting(1, member))
    few = refused(api, f"/groups/{group}/closing", {})
    assert few == (422, "group.too_few_sessions", "closure")
    silent = refused(api, f"/groups/{group}/closing", {"closure": "unfinished"})
    assert silent == (422, "group.unfinished_without_reason", "reason")
    ended = {"closure": "unfinished", "reason": "场地收回"}
    api.done(f"/groups/{group}/closing", ended)
    assert api.get(f"/groups/{group}")["completed"] is False


def test_a_void_first_session_takes_the_opening_with_it(api: Running) -> None:
    group = planned(api)
    (member,) = enrolled(api, group, 1)
    event = api.done(f"/groups/{group}/meetings", meeting(1, member))["events"][0]
    assert api.get(f"/groups/{group}")["opened"] is not None
    api.done(f"/records/{event}/voidings", {"reason": REASON})
    shown = api.get(f"/groups/{group}")
    assert (shown["opened"], shown["meetings"], shown["held"]) == (None, [], 0)
    api.done(f"/records/{event}/reinstatements", {"reason": REASON})
    assert api.get(f"/groups/{group}")["held"] == 1


def test_a_plan_needs_sessions_and_an_organisation_to_become_is_there(api: Running) -> None:
    body = {"station": api.station, "title": "空", "audience": "elderly", "size_min": 2}
    none = refused(api, "/groups", {**body, "sessions": 0, "size_max": 3})
    assert none == (422, "group.sessions_impossible", "sessions")
    backwards = refused(api, "/groups", {**body, "sessions": 1, "size_max": 1})
    assert backwards == (422, "group.size_impossible", "size_max")
    group = planned(api, sessions=1)
    (member,) = enrolled(api, group, 1)
    api.done(f"/groups/{group}/meetings", meeting(1, member))
    api.done(f"/groups/{group}/closing", {})
    there_is_none = refused(api, f"/groups/{group}/graduation", {"organisation": new_id()})
    assert there_is_none == (404, "not_found", "organisation")


def test_another_operators_groups_are_as_if_they_were_not_there(api: Running) -> None:
    group = planned(api)
    api.get("/groups")
    api.as_role("operator_manager", operator=new_id())
    assert api.get("/groups")["items"] == []
    assert api.client.get(f"/api/v1/groups/{group}").status_code == 404
