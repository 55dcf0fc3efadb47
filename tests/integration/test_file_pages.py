"""People, households, groups and staff have pages: without names, linked from where they stand."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.identity import Id, new_id
from domain.principal import Principal
from tests.integration.cases import opened
from tests.integration.groups import enrolled, meeting, planned
from tests.integration.http import Running
from tests.integration.pages import browser, sign_in, token
from tests.integration.registered import consented, person
from tests.integration.visited import visit

DAY = "2018-07-02"


def page(api: Running, reader: TestClient, path: str, **query: Any) -> str:
    api.follow()
    answer = reader.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def part(shown: str, id: str) -> str:
    return shown.partition(f'id="{id}"')[2].partition("</section>")[0]


@pytest.fixture
def client(api: Running) -> Id:
    return person(api)


def test_a_person_has_a_page_of_what_was_done_with_them_and_no_name(
    api: Running, reader: TestClient, client: Id
) -> None:
    consented(api, client, "service")
    case, group = opened(api, client), planned(api)
    api.done(f"/groups/{group}/members", {"member": client})
    made = visit(api, attendance=[{"person": client}])
    shown = page(api, reader, f"/persons/{client}")
    assert "提供服务" in part(shown, "consents")
    assert f'href="/cases/{case}"' in part(shown, "cases")
    assert "智能，不落伍" in part(shown, "small_groups")
    assert f'href="/records/{made}"' in part(shown, "visits")
    assert "服务对象登记" in shown
    for hidden in ("王示例", "1940"):
        assert hidden not in shown
    english = page(api, reader, f"/persons/{client}", lang="en")
    for words in ("Consents", "Latest visits", "are sealed", "Groups taken part in"):
        assert words in english


def test_others_were_met_first_and_the_visit_is_theirs_too(
    api: Running, reader: TestClient, client: Id
) -> None:
    first = person(api)
    made = visit(api, attendance=[{"person": first}, {"person": client}])
    for one in (first, client):
        assert f'href="/records/{made}"' in part(page(api, reader, f"/persons/{one}"), "visits")


def test_a_group_has_a_page_with_its_members_and_the_roster_of_each_session(
    api: Running, reader: TestClient
) -> None:
    group = planned(api)
    came, stayed_away = enrolled(api, group)
    roster = meeting(1, came)
    roster["attendance"].append({"person": stayed_away, "status": "excused"})
    held = api.done(f"/groups/{group}/meetings", roster)["events"][0]
    shown = page(api, reader, f"/groups/{group}")
    for member in (came, stayed_away):
        assert f'href="/persons/{member}"' in part(shown, "members")
    sessions = part(shown, "sessions")
    for words in ("形成期", "90", f'href="/records/{held}"', f'href="/persons/{came}"', "请假"):
        assert words in sessions
    reason = {"code": "wrong_count", "text": "签到表上没有此人"}
    only = {"attendance": [{"person": came}]}
    api.done(f"/records/{held}/corrections", {"facts": only, "reason": reason})
    corrected = part(page(api, reader, f"/groups/{group}"), "sessions")
    assert (came in corrected, stayed_away in corrected) == (True, False)
    assert "Formation" in page(api, reader, f"/groups/{group}", lang="en")


def test_a_void_session_is_on_no_page(api: Running, reader: TestClient) -> None:
    group = planned(api)
    (came,) = enrolled(api, group, 1)
    held = api.done(f"/groups/{group}/meetings", meeting(1, came))["events"][0]
    assert held in part(page(api, reader, f"/groups/{group}"), "sessions")
    reason = {"reason": {"code": "entry_error", "text": "节次录入错误"}}
    api.done(f"/records/{held}/voidings", reason)
    assert held not in part(page(api, reader, f"/groups/{group}"), "sessions")


def test_a_household_and_a_member_of_staff_have_pages(
    api: Running, reader: TestClient, client: Id
) -> None:
    formed = {"station": api.station, "community": "示例社区", "head": client, "begins": DAY}
    home = api.done("/households", formed)["stream"]
    shown = page(api, reader, f"/households/{home}")
    assert f'href="/persons/{client}"' in part(shown, "members")
    assert f'href="/households/{home}"' in page(api, reader, f"/persons/{client}")
    hired = {"operator": api.operator, "name": "李示例", "begins": "2018-01-01", "number": "0346"}
    api.as_role("operator_manager")
    api.done("/staff", {**hired, "staff": api.worker})
    api.as_role("worker")
    shown = page(api, reader, f"/staff/{api.worker}")
    assert "工号 0346" in shown
    assert "李示例" not in shown
    for way in ("/caseload?worker=", "/registers/visits?worker=", "/records?worker="):
        assert f'href="{way}{api.worker}"' in shown


def test_a_record_and_a_case_lead_to_whom_they_are_about(
    api: Running, reader: TestClient, client: Id
) -> None:
    made, case = visit(api, attendance=[{"person": client}]), opened(api, client)
    for path in (f"/records/{made}", f"/cases/{case}"):
        assert f'href="/persons/{client}"' in page(api, reader, path)
    stranger = api.get(f"/streams/{case}")[0]["actor"]
    assert f'href="/staff/{stranger}"' not in page(api, reader, f"/cases/{case}")


def test_what_has_no_page_of_its_own_has_its_records(api: Running, reader: TestClient) -> None:
    given = {"station": api.station, "kind": "goods", "organisation": "示例爱心超市"}
    gift = api.done("/donations", {**given, "description": "大米十袋"})["stream"]
    assert f'href="/files/{gift}"' in page(api, reader, "/registers/donations")
    shown = page(api, reader, f"/files/{gift}")
    for words in ("示例爱心超市", "大米十袋", "认捐"):
        assert words in shown


def test_pages_are_told_as_they_were_known(api: Running, reader: TestClient, client: Id) -> None:
    group = planned(api)
    before = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    api.follow()
    for path in (f"/persons/{client}", f"/groups/{group}", f"/files/{group}"):
        assert reader.get(path, params={"at": before}).status_code == 404
        now = datetime.now(UTC).isoformat()
        assert reader.get(path, params={"at": now}).status_code == 200


def test_others_and_other_ids_have_no_page(api: Running, reader: TestClient, client: Id) -> None:
    group = planned(api)
    api.follow()
    theirs = [f"/persons/{client}", f"/groups/{group}", f"/files/{group}"]
    for kind in ("persons", "groups", "households", "staff", "files"):
        assert reader.get(f"/{kind}/{new_id()}").status_code == 404
        assert reader.get(f"/{kind}/nonsense").status_code == 404
    for who in (
        Principal(actor=new_id(), role="worker", operator=new_id()),
        Principal(actor=new_id(), role="worker", operator=api.operator, stations=(new_id(),)),
    ):
        with browser(api) as other:
            sign_in(other, token(api, who))
            assert [other.get(path).status_code for path in theirs] == [404] * 3
