"""What cannot be kept is turned away, wherever it comes in: never kept, never a fault of ours."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.counting import Attendance
from domain.entry import Entry, Scope
from domain.event import Occurred
from domain.identity import new_id
from domain.principal import Principal
from domain.visit import HomeServiceDelivered, record_visit
from tests.integration.http import Running
from tests.integration.visited import service
from tests.station import refused

REASON = {"code": "entry_error", "text": "分钟数录入错误"}
NOBODY = "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b"
WRONG = ("a\0b", "a\x1bb", "a\x7fb", "a\x85b", "a\ud800b")


def send(api: Running, path: str, body: Any, key: str = "") -> tuple[int, str, str]:
    """Send JSON as a careless program would, with its surrogates, and say how it was answered."""
    headers = {"Idempotency-Key": key or new_id(), "Content-Type": "application/json"}
    content = json.dumps(body).encode()
    answer = api.client.post(f"/api/v1{path}", content=content, headers=headers)
    problem = answer.json()
    return answer.status_code, problem.get("code", ""), problem.get("field", "")


def parked(api: Running) -> int:
    api.follow()
    return sum(parked for _, _, parked in api.built.asking.standing())


@pytest.mark.parametrize("text", WRONG)
def test_a_body_with_what_cannot_be_kept_is_refused(api: Running, text: str) -> None:
    refused = (422, "text.not_plain")
    event = api.done("/visits", service(api))["events"][0]
    written = api.built.journal.max_notification_id()
    assert send(api, "/visits", service(api, audience=text)) == (*refused, "audience")
    assert send(api, "/visits", service(api, services=["a", text])) == (*refused, "services.1")
    assert send(api, "/visits", service(api, note=text)) == (*refused, "note")
    change = {"facts": {"audience": text}, "reason": REASON}
    assert send(api, f"/records/{event}/corrections", change) == (*refused, "facts.audience")
    assert send(api, f"/records/{event}/voidings", {"reason": REASON | {"text": text * 5}}) == (
        *refused,
        "reason.text",
    )
    assert send(api, "/visits", service(api, **{text: 1})) == (*refused, "body")
    assert api.built.journal.max_notification_id() == written
    assert parked(api) == 0


def test_a_short_text_has_one_line_and_a_long_one_may_have_several(api: Running) -> None:
    assert send(api, "/visits", service(api, audience="一楼\n二楼")) == (
        422,
        "invalid",
        "audience",
    )
    assert send(api, "/visits", service(api, note="一楼\n\t二楼"))[0] == 201


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_encoding_hides_nothing(api: Running, encoding: str) -> None:
    headers = {"Idempotency-Key": new_id(), "Content-Type": "application/json"}
    content = json.dumps(service(api, audience="a\0b")).encode(encoding)
    answer = api.client.post("/api/v1/visits", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "text.not_plain")


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("/visits?kind=%00", "kind"),
        ("/visits?kind=a&worker=%1b", "worker"),
        ("/visits?kind=%C2%85", "kind"),
        ("/visits?%00=1", "query"),
        ("/visits%00", "path"),
        ("/records/%00", "path"),
    ],
)
def test_a_question_with_what_cannot_be_kept_is_refused(
    api: Running, question: str, field: str
) -> None:
    answer = api.client.get(f"/api/v1{question}")
    problem = answer.json()
    said = (answer.status_code, problem["code"], problem["field"])
    assert said == (422, "text.not_plain", field)


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x7fb"])
def test_one_queued_command_under_an_impossible_key_does_not_hold_up_the_others(
    api: Running, text: str
) -> None:
    commands = [
        {"key": key, "path": "/visits", "body": service(api)} for key in ("first", text, "last")
    ]
    commands.append({"key": "body", "path": "/visits", "body": service(api, audience="a\ud800b")})
    content = json.dumps({"commands": commands}).encode()
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/api/v1/batches", content=content, headers=headers)
    told = [(one["status"], one["body"].get("field")) for one in answer.json()]
    assert told == [(201, None), (422, "Idempotency-Key"), (201, None), (422, "audience")]
    assert answer.json()[1]["key"] == text


NO_CODES = ("张三-1", "visit 1", "visit/1", "é", "x" * 101)
FOUND_BY = ("13800138001", "visit-13800138001", "tel:138-0013-8001", "11010519491231002X")
"""A code may be any of these, and is a number that a person is found by."""


def test_the_key_of_a_command_names_nobody(api: Running) -> None:
    written = api.built.journal.max_notification_id()
    keys = (*NO_CODES, "张三电话13800138001", *FOUND_BY)
    commands = [{"key": key, "path": "/visits", "body": service(api)} for key in keys]
    told = api.client.post("/api/v1/batches", json={"commands": commands}).json()
    assert {(one["status"], one["body"]["field"]) for one in told} == {(422, "Idempotency-Key")}
    codes = [one["body"]["code"] for one in told]
    assert codes[:6] == [*["text.no_code"] * 4, "idempotency_key_missing", "text.no_code"]
    assert codes[6:] == ["text.personal_number"] * len(FOUND_BY)
    for key in FOUND_BY:
        assert send(api, "/visits", service(api), key)[1] == "text.personal_number"
    assert api.built.journal.max_notification_id() == written
    for key in (new_id(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "tablet-7:2018-10-26:001", "visit_1.2"):
        assert send(api, "/visits", service(api), key)[0] == 201, key


def test_the_code_of_a_device_names_nobody(api: Running) -> None:
    for device in (*NO_CODES[:4], "张三的手机13800138001"):
        told = send(api, "/visits", service(api, device=device))
        assert told == (422, "text.no_code", "device"), device
    for device in FOUND_BY:
        told = send(api, "/visits", service(api, device=device))
        assert told == (422, "text.personal_number", "device"), device
    assert send(api, "/visits", service(api, device="x" * 65)) == (422, "invalid", "device")
    for device in (new_id(), "tablet-7", "IMEI:352099001761481"):
        assert send(api, "/visits", service(api, device=device))[0] == 201, device


def test_what_only_the_database_cannot_take_is_a_problem_of_what_was_sent(api: Running) -> None:
    after = urlsafe_b64encode(json.dumps(["a\0b", 1, 1, NOBODY, "form", NOBODY]).encode()).decode()
    page = api.client.get("/api/v1/form-sets", params={"cursor": after})
    assert (page.status_code, page.json()["code"]) == (422, "invalid")
    worker = Principal(actor=new_id(), role="worker", operator=api.operator)
    now = api.built.clock.now()
    entry = Entry(principal=worker, now=now, occurred=Occurred(start=now), command="a\0b")
    facts = HomeServiceDelivered(
        kind="home_service",
        minutes=40,
        attendance=(Attendance(role="resident", source="counted"),),
    )
    scope = Scope(operator=api.operator, station=api.station)
    with refused("invalid", "request"):
        api.built.records.carry_out(
            worker, entry, lambda desk: record_visit(desk, entry, scope, facts)
        )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(NOBODY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = sorted(HomeServiceDelivered.__struct_fields__)


ATTEMPTS = st.tuples(
    st.text(max_size=20), st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=3)
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ATTEMPTS, min_size=5, max_size=15))
def test_whatever_is_accepted_can_be_kept_by_every_view(
    api: Running, attempts: list[tuple[str, dict[str, Any]]]
) -> None:
    event = api.done("/visits", service(api, minutes=40))["events"][0]
    for place, facts in attempts:
        visit = service(api, services=[place], audience=place)
        assert send(api, "/visits", visit)[0] in (201, 422)
        correction = {"facts": facts, "reason": REASON}
        assert send(api, f"/records/{event}/corrections", correction)[0] in (201, 404, 422)
    assert parked(api) == 0
