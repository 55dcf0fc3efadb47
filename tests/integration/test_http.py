"""The API as a program meets it: a visit recorded, seen in a view, set right; nonsense refused."""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest

from api.visit import VisitIn
from domain.clock import SHANGHAI
from domain.identity import new_id
from tests.integration.http import Running
from tests.integration.registered import person
from tests.integration.visited import service

NOBODY = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"


def test_a_visit_is_recorded_seen_corrected_voided_and_reinstated(api: Running) -> None:
    made = api.done("/visits", service(api))
    (row,) = api.get("/visits", at_least=0)["items"]
    nobody_named = (40, "home_service", 0)  # counting rule 3
    assert (row["minutes"], row["kind"], row["person_times"]) == nobody_named
    event = made["events"][0]
    reason = {"code": "entry_error", "text": "分钟数录入错误"}
    api.done(f"/records/{event}/corrections", {"facts": {"minutes": 45}, "reason": reason})
    assert [row["minutes"] for row in api.get("/visits")["items"]] == [45]
    api.done(f"/records/{event}/voidings", {"reason": reason})
    assert api.get("/visits")["items"] == []
    api.done(f"/records/{event}/reinstatements", {"reason": reason})
    assert [row["minutes"] for row in api.get("/visits")["items"]] == [45]
    life = api.get(f"/records/{event}")
    assert [step["change"] for step in life] == ["written", "corrected", "voided", "reinstated"]
    assert life[1]["changes"] == [{"field": "minutes", "before": 40, "after": 45}]
    known = api.get(f"/records/{event}", known_at=life[1]["position"])
    assert [step["change"] for step in known] == ["written", "corrected"]
    assert len(api.get("/audit", change="voided")["items"]) == 1


def test_nothing_answers_without_a_token_except_health(api: Running) -> None:
    del api.client.headers["Authorization"]
    paths = api.client.get("/api/v1/openapi.json")
    assert paths.status_code == 401
    for path in ("/visits", "/audit", "/events", "/metrics", "/events/stream"):
        answer = api.client.get(f"/api/v1{path}")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert api.post("/visits", service(api)).status_code == 401
    assert api.client.get("/api/v1/health").status_code == 200


def test_no_answer_is_kept_by_a_browser_or_on_its_way(api: Running) -> None:
    who = person(api)
    api.follow()
    made = api.post("/visits", service(api))
    paths = ("/persons", f"/persons/{who}", "/events", f"/records/{made.json()['events'][0]}")
    answers = [made, *(api.client.get(f"/api/v1{path}") for path in (*paths, "/persons/nobody"))]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 422]
    assert {answer.headers.get("Cache-Control") for answer in answers} == {"private, no-store"}


def test_of_a_file_nothing_is_read_before_it_is_known_who_sends_it(api: Running) -> None:
    read: list[None] = []

    async def receive() -> dict[str, Any]:
        read.append(None)
        return {"type": "http.request", "body": b"%PDF" * 1000, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    statuses: list[int] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/attachments",
        "raw_path": b"/api/v1/attachments",
        "root_path": "",
        "query_string": b"station=" + api.station.encode(),
        "headers": [(b"content-type", b"application/pdf"), (b"content-length", b"4000")],
    }
    app: Any = api.client.app
    asyncio.run(app(scope, receive, send))
    assert (statuses, read) == ([401], [])


def test_a_command_sent_again_is_answered_as_the_first_time(api: Running) -> None:
    key = {"Idempotency-Key": "visit-1"}
    first, again = (api.post("/visits", service(api), **key) for _ in range(2))
    assert first.json() | {"repeated": True} == again.json()
    other = api.post("/visits", service(api, minutes=41), **key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert len(api.get("/visits")["items"]) == 1


def test_a_visit_said_twice_is_kept_and_the_receipt_names_the_other(api: Running) -> None:
    moment = datetime.now(UTC).replace(second=0) - timedelta(hours=2)
    sent = service(api, place="示例社区 3 号楼", occurred={"start": moment.isoformat()})
    first = api.done("/visits", sent)
    key = {"Idempotency-Key": "said-again"}
    again, once_more = (api.post("/visits", sent, **key).json() for _ in range(2))
    assert first["warnings"] == []
    (warning,) = again["warnings"]
    assert (warning["code"], warning["other"]) == ("visit.possible_duplicate", first["events"][0])
    assert "重复" in warning["title"]
    assert "twice" in warning["detail"]
    assert again | {"repeated": True} == once_more
    assert len(api.get("/visits", at_least=again["position"])["items"]) == 2
    which, kept = again["events"][0], first["events"][0]
    reason = {"reason": {"code": "duplicate", "text": "同一次走访重复录入"}}
    nowhere = api.post(f"/records/{which}/voidings", reason | {"duplicate_of": NOBODY})
    assert (nowhere.status_code, nowhere.json()["field"]) == (404, "duplicate_of")
    api.done(f"/records/{which}/voidings", reason | {"duplicate_of": kept})
    assert [row["event"] for row in api.get("/visits")["items"]] == [kept]
    assert api.get(f"/records/{which}")[-1]["reason"]["duplicate_of"] == kept


def test_a_plan_is_met_by_a_visit_and_is_due_again_when_its_days_have_passed(
    api: Running,
) -> None:
    client, today = person(api), api.built.clock.now().astimezone(SHANGHAI).date()

    def day(number: int) -> str:
        return (today + timedelta(days=number)).isoformat()

    sent = {"station": api.station, "person": client, "worker": api.worker, "tier": "high"}
    plans = [api.done("/visit-plans", {**sent, "begins": day(0)})["stream"] for _ in "ab"]
    early = {"earliest": day(0), "latest": day(1)}
    written = [api.done(f"/visit-plans/{plan}/windows", early)["position"] for plan in plans]
    page = api.get("/visit-plans", due_until=day(1), limit=1)
    rest = api.get("/visit-plans", due_until=day(1), limit=1, cursor=page["next"])
    assert [row["plan"] for row in (*page["items"], *rest["items"])] == sorted(plans)
    assert rest["next"] is None
    before = written[-1]
    api.done("/visits", service(api, attendance=[{"person": client}]))
    assert api.get("/visit-plans", due_until=day(6))["items"] == []
    due = api.get("/visit-plans", worker=api.worker, person=client, due_until=day(7))["items"]
    assert {(row["earliest"], row["latest"], row["last_contact"]) for row in due} == {
        (day(1), day(7), day(0))
    }
    known = api.get("/visit-plans", due_until=day(1), known_at=before)["items"]
    assert [row["latest"] for row in known] == [day(1), day(1)]
    assert api.get("/visit-plans", worker=NOBODY)["items"] == []


def test_what_only_we_can_tell_to_be_wrong_says_why_as_the_framework_does(api: Running) -> None:
    station = f"/stations/{api.station}/coverage"
    asked = {"/visits": {"cursor": "zzz"}, station: {"kind": "nonsense"}}
    why = {}
    for path, wrong in asked.items():
        told = api.client.get(f"/api/v1{path}", params=wrong).json()
        (why[told["field"]],) = told["errors"]
    assert (why["cursor"]["field"], why["cursor"]["reason"]) == ("cursor", "cursor")
    assert why["cursor"]["title"] == "应原样写上一页回答里的 next；从头查起时去掉 cursor。"
    assert why["kind"]["title"].startswith("只能是：")
    assert "phone_contact" in why["kind"]["message"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("home_visit", {"answered": False}),
        ("home_visit", {"verified": True}),
        ("home_service", {"purpose": "needs"}),
        ("home_service", {"household_size": 2}),
        ("phone_contact", {"services": ["housework"]}),
        ("phone_contact", {"risk_signs": "燃气软管老化"}),
    ],
)
def test_what_a_contact_of_this_kind_does_not_keep_is_refused_and_never_dropped(
    api: Running, kind: str, said: dict[str, Any]
) -> None:
    """A door that nobody opened would else be a visit made."""
    (field,) = said
    refused = api.post("/visits", service(api, kind=kind, **said))
    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (422, "visit.not_kept", field)
    nothing_said = {field: VisitIn.model_fields[field].default}
    api.done("/visits", service(api, kind=kind, **nothing_said))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"unknown": 1}, "unknown"),
        ({"minutes": "forty"}, "minutes"),
        ({"minutes": -1}, "minutes"),
        ({"station": "nonsense"}, "station"),
        ({"attendance": [{"person": 7}]}, "attendance.0.person"),
        ({"note": "长" * 4001}, "note"),
        ({"explanation": "亲戚来访"}, "explanation"),
        ({"needs": "想装扶手"}, "needs"),
        ({"risk_signs": "燃气软管老化"}, "risk_signs"),
        ({"occurred": {"start": "2018-02-30T09:00:00+08:00"}}, "occurred.start"),
        ({"occurred": {"start": "2018-02-03T09:00:00"}}, "occurred.start"),
        ({"station": NOBODY}, "station"),
        (
            {"attendance": [{"person": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"}]},
            "attendance.0.person",
        ),
        ({"attendance": []}, "attendance"),
    ],
)
def test_bad_input_names_its_field_and_records_nothing(
    api: Running, wrong: dict[str, Any], field: str
) -> None:
    before = api.built.journal.max_notification_id()
    answer = api.post("/visits", service(api) | wrong)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    assert api.built.journal.max_notification_id() == before


def test_the_future_and_late_entries_are_refused_over_http(api: Running) -> None:
    now = datetime.now(UTC)
    ahead = {"start": (now + timedelta(days=1)).isoformat()}
    assert api.post("/visits", service(api, occurred=ahead)).json()["code"] == "entry.in_future"
    late = {"start": (now - timedelta(days=5)).isoformat()}
    refused = api.post("/visits", service(api, occurred=late)).json()
    assert (refused["code"], refused["field"]) == ("entry.late_without_reason", "late_reason")
    assert refused["details"] == {"days": 5, "least": 2, "limit": 3, "policy": 0}
    api.done("/visits", service(api, occurred=late, late_reason="村里没有网络"))
    assert len(api.get("/audit", late=True)["items"]) == 1


def test_a_missing_key_an_oversized_body_and_no_json_are_problems(api: Running) -> None:
    answer = api.client.post("/api/v1/visits", json=service(api))
    assert answer.json()["code"] == "idempotency_key_missing"
    huge = api.post("/visits", service(api, note="长" * 600_000))
    assert (huge.status_code, huge.json()["code"]) == (413, "too_large")
    broken = api.client.post(
        "/api/v1/visits",
        content=b"{",
        headers={"Idempotency-Key": "k", "Content-Type": "application/json"},
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid")


def test_an_address_that_there_is_none_of_is_told_from_a_record(api: Running) -> None:
    none = api.client.get("/api/v1/nowhere")
    assert (none.status_code, none.json()["code"]) == (404, "address.unknown")
    assert "接口地址" in none.json()["title"]
    assert "record" not in none.json()["detail"]
    assert api.client.get(f"/api/v1/records/{new_id()}").json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("sent", "field", "reason", "title"),
    [
        (b"zz", "body", "json_invalid", "不是 JSON"),
        (b'{"minutes": }', "body", "json_invalid", "不是 JSON"),
        (b"[1]", "body", "model_attributes_type", "应为 JSON 对象（{…}）。"),
        (b"{}", "station", "missing", "必须填写。"),
        (b'{"kind": "party"}', "kind", "literal_error", "只能是：'home_"),
        (b'{"minutes": "forty"}', "minutes", "int_type", "应为整数。"),
        (
            b'{"attendance": [{"count": -1}]}',
            "attendance.0.count",
            "greater_than_equal",
            "不能小于",
        ),
    ],
)
def test_a_body_that_is_not_as_required_is_told_in_both_languages(
    api: Running, sent: bytes, field: str, reason: str, title: str
) -> None:
    headers = {"Idempotency-Key": new_id(), "Content-Type": "application/json"}
    told = api.client.post("/api/v1/visits", content=sent, headers=headers).json()
    assert (told["code"], told["field"]) == ("invalid", told["errors"][0]["field"])
    (one,) = (each for each in told["errors"] if each["field"] == field)
    assert one["reason"] == reason
    assert title in one["title"]
    assert one["message"]


@pytest.mark.parametrize("path", ["/visits", "/batches"])
def test_an_oversized_body_in_chunks_is_refused_like_one_that_says_its_size(
    api: Running, path: str
) -> None:
    before = api.built.journal.max_notification_id()
    answer = api.client.post(
        f"/api/v1{path}",
        content=iter([b'{"note": "', *[b"x" * 65_536] * 17, b'"}']),
        headers={"Idempotency-Key": "chunks", "Content-Type": "application/json"},
    )
    assert "content-length" not in answer.request.headers
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["details"] == {"limit": 1_048_576}
    assert api.built.journal.max_notification_id() == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("PUT", "/visits")])
def test_a_problem_says_the_status_that_it_is_sent_under(
    api: Running, method: str, path: str
) -> None:
    answer = api.client.request(method, f"/api/v1{path}")
    assert answer.status_code == answer.json()["status"] == {"GET": 404, "PUT": 405}[method]


def test_an_address_says_what_it_takes_instead(api: Running) -> None:
    answer = api.client.put("/api/v1/visits")
    told = answer.json()
    assert (told["code"], told["details"]) == ("method.other", {"allowed": answer.headers["Allow"]})
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}
    assert "POST" in told["title"]


def test_if_match_holds_a_command_to_the_version_that_was_seen(api: Running) -> None:
    made = api.done("/visits", service(api))
    path = f"/records/{made['events'][0]}/corrections"
    reason = {"code": "entry_error", "text": "分钟数录入错误"}
    stale = api.post(path, {"facts": {"minutes": 50}, "reason": reason}, **{"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    fresh = api.post(path, {"facts": {"minutes": 50}, "reason": reason}, **{"If-Match": '"1"'})
    assert (fresh.status_code, fresh.headers["etag"]) == (201, '"2"')


def test_another_operators_records_are_as_if_they_were_not_there(api: Running) -> None:
    made = api.done("/visits", service(api))
    api.as_role("operator_manager", operator=new_id())
    assert api.get("/visits")["items"] == []
    assert api.client.get("/api/v1/events").json() == []
    assert api.client.get(f"/api/v1/records/{made['events'][0]}").status_code == 404
    assert api.post("/visits", service(api)).json()["field"] == "station"


def test_the_register_is_read_by_pages(api: Running) -> None:
    for minutes in range(1, 8):
        api.done("/visits", service(api, minutes=minutes))
    seen: list[int] = []
    page = api.get("/visits", limit=3)
    while True:
        seen += [row["minutes"] for row in page["items"]]
        if page["next"] is None:
            break
        page = api.get("/visits", limit=3, cursor=page["next"])
    assert sorted(seen) == list(range(1, 8))
    assert api.client.get("/api/v1/visits", params={"cursor": "zzz"}).json()["field"] == "cursor"


def test_a_page_has_one_row_at_least_and_two_hundred_at_most(api: Running) -> None:
    def refused(**asked: int | str) -> tuple[int, str | None]:
        answer = api.client.get("/api/v1/visits", params=asked)
        return answer.status_code, answer.json().get("field")

    assert [refused(limit=rows) for rows in (-1, 0, 201)] == [(422, "limit")] * 3
    assert [refused(limit=rows) for rows in (1, 200)] == [(200, None)] * 2
    endless = urlsafe_b64encode(b"[" * 3000).decode()
    assert refused(cursor=endless) == (422, "cursor")


def test_a_reader_waits_for_a_position_and_is_told_when_it_does_not_come(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.questions.WAIT_SECONDS", 0.2)
    made = api.done("/visits", service(api))
    late = api.client.get("/api/v1/visits", params={"at_least": made["position"]})
    assert (late.status_code, late.json()["code"]) == (503, "position_not_reached")
    api.follow()
    monkeypatch.setattr("api.questions.WAIT_SECONDS", 5.0)
    seen = api.client.get("/api/v1/visits", params={"at_least": made["position"]})
    assert len(seen.json()["items"]) == 1


def test_a_position_that_was_never_given_is_not_waited_for(api: Running) -> None:
    made = api.done("/visits", service(api))
    api.follow()
    began = time.monotonic()
    never = api.client.get("/api/v1/visits", params={"at_least": made["position"] + 1})
    assert time.monotonic() - began < 2, "nothing to wait for"
    told = never.json()
    assert (never.status_code, told["code"], told["field"]) == (422, "at_least.beyond", "at_least")
    assert told["details"] == {"position": made["position"] + 1, "last": made["position"]}
    assert api.client.get("/api/v1/stations", params={"at_least": 10**15}).status_code == 422


def test_nobody_waits_for_a_view_that_is_there_no_more(api: Running) -> None:
    """An earlier release left it, and nobody follows it."""
    with api.built.connect() as owner:
        owner.execute("INSERT INTO view_state VALUES ('given_up', 'of another release', 0)")
    made = api.done("/visits", service(api))
    seen = api.get("/visits", at_least=made["position"])
    assert (seen["position"], len(seen["items"])) == (made["position"], 1)
    assert api.built.asking.position() == made["position"]
    assert {at for _, at, _ in api.built.asking.standing()} == {made["position"]}
    assert api.client.get("/api/v1/health").json()["lag"] == 0


def test_the_event_feed_reads_on_where_it_ended(api: Running) -> None:
    api.done("/visits", service(api))
    answer = api.client.get("/api/v1/events", params={"limit": 4})
    assert [event["position"] for event in answer.json()] == [1, 2, 3, 4]
    rest = api.client.get(answer.links["next"]["url"])
    (visit,) = rest.json()
    assert visit["type"] == "cn.shilu.visit.HomeServiceDelivered@1"
    assert visit["data"]["facts"]["minutes"] == 40


def test_every_operation_has_a_description_and_an_example_that_it_would_take(api: Running) -> None:
    document = api.client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    bodies = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path}"
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            bodies += 1
            schema = {**body["schema"], "components": document["components"]}
            for example in examples(body, document["components"]["schemas"]):
                jsonschema_rs.validate(schema, example)
    assert bodies > 50


def test_every_command_says_under_what_key_it_is_sent(api: Running) -> None:
    paths = api.client.get("/api/v1/openapi.json").json()["paths"]
    posts = {
        path: one["post"].get("parameters", []) for path, one in paths.items() if "post" in one
    }
    headers = {
        path: [one["name"] for one in said if one["in"] == "header"] for path, said in posts.items()
    }
    keyless = {path.removeprefix("/api/v1") for path, named in headers.items() if not named}
    assert keyless == {"/batches", "/person-searches", "/tasks/{task}/retries"}
    assert headers["/api/v1/visits"] == ["Idempotency-Key", "If-Match"]
    (key,) = [one for one in posts["/api/v1/visits"] if one["name"] == "Idempotency-Key"]
    assert key["required"]
    for code, taken in ((NOBODY, True), ("visit-1", True), ("张三", False), ("", False)):
        assert jsonschema_rs.is_valid(key["schema"], code) == taken, code


def examples(body: dict[str, Any], schemas: dict[str, Any]) -> list[Any]:
    """Return the examples of a body, which there must be."""
    named = schemas.get(body["schema"].get("$ref", "").rpartition("/")[2], {})
    found = [body["example"]] if "example" in body else named.get("examples", [])
    assert found, body
    return list(found)


def test_a_step_of_a_story_is_not_set_right_but_followed_by_another(api: Running) -> None:
    enquiry = {"station": api.station, "case_type": "loneliness", "source": "self"}
    asked = api.done("/case-enquiries", enquiry)
    body: dict[str, Any] = {"reason": {"code": "entry_error", "text": "日期写错了"}}
    for way in ("corrections", "voidings", "reinstatements"):
        sent = body | {"facts": {}} if way == "corrections" else body
        refused = api.post(f"/records/{asked['events'][0]}/{way}", sent)
        assert (refused.status_code, refused.json()["code"]) == (422, "record.not_set_right")
        assert "再记一条" in refused.json()["title"]
