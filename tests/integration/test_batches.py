"""What a device that was offline sends at once: each command has its own answer, and is one."""

from __future__ import annotations

import json

import pytest

from domain.identity import new_id
from tests.integration.http import Running
from tests.integration.visited import service


def test_a_batch_of_an_offline_device_is_answered_one_by_one(api: Running) -> None:
    good, bad = service(api), service(api, minutes=0)
    commands = [
        {"key": "a", "path": "/visits", "body": good},
        {"key": "b", "path": "/visits", "body": bad},
        {"key": "a", "path": "/visits", "body": good},
        {"key": "c", "path": "/nowhere", "body": {}},
        {"key": "d", "path": "/visits/", "body": good},
    ]
    answers = api.client.post("/api/v1/batches", json={"commands": commands}).json()
    assert [answer["status"] for answer in answers] == [201, 422, 201, 404, 404]
    assert answers[1]["body"]["code"] == "visit.minutes_impossible"
    assert answers[2]["body"]["repeated"] is True
    assert [answer["body"]["code"] for answer in answers[3:]] == ["address.unknown"] * 2
    assert len(api.get("/visits")["items"]) == 1


@pytest.mark.parametrize(
    "path",
    ["", "visits", "/Visits", "/visits?x=1", "/visits#", "/../visits", "/vi sits", "/visits\n",
     "/走访", "/visits\0", "//evil.example/", "/" + "a" * 200, "https://evil.example/visits"],
)  # fmt: skip
def test_a_misshapen_path_holds_up_no_other_command_of_a_batch(api: Running, path: str) -> None:
    good = [{"key": new_id(), "path": "/visits", "body": service(api)} for _ in range(2)]
    wrong = {"key": "w", "path": path, "body": service(api)}
    sent = {"commands": [good[0], wrong, good[1]]}
    first, refused, last = api.client.post("/api/v1/batches", json=sent).json()
    assert [first["status"], last["status"]] == [201, 201]
    assert refused["key"] == "w"
    assert refused["status"] == refused["body"]["status"]
    told = (refused["status"], refused["body"]["code"], refused["body"]["field"])
    assert told == (422, "invalid", "path") or told == (404, "address.unknown", "path")
    assert len(api.get("/visits")["items"]) == 2


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("a\ud800b", "text.no_code"),
        ("张三", "text.no_code"),
        ("", "idempotency_key_missing"),
        ("9" * 101, "idempotency_key_missing"),
    ],
)
def test_a_key_that_is_none_holds_up_no_other_command_of_a_batch(
    api: Running, key: str, code: str
) -> None:
    good, last = ({"key": new_id(), "path": "/visits", "body": service(api)} for _ in range(2))
    wrong = {**good, "key": key}
    sent = json.dumps({"commands": [good, wrong, {**wrong, "path": "/no such"}, last]})
    answer = api.client.post(
        "/api/v1/batches", content=sent, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    first, refused, nowhere, after = answer.json()
    assert [first["status"], nowhere["status"], after["status"]] == [201, 422, 201]
    assert (refused["status"], refused["body"]["code"]) == (422, code)
    assert refused["key"] == nowhere["key"] == key.replace("\ud800", "\\ud800")


def test_a_command_sent_alone_and_again_in_a_batch_is_one_command(api: Running) -> None:
    sent = service(api)
    alone = api.post("/visits", sent, **{"Idempotency-Key": "visit-7"})
    turned = dict(reversed(sent.items()))
    batch = {"commands": [{"key": "visit-7", "path": "/visits", "body": turned}]}
    (again,) = api.client.post("/api/v1/batches", json=batch).json()
    assert (again["status"], again["body"]) == (201, alone.json() | {"repeated": True})
