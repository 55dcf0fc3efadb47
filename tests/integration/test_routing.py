"""Commands are called more directly than FastAPI would; that must not be noticed from outside."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from fastapi.routing import request_response

from api.app import ROUTERS
from api.routing import PREFIX, Direct, Route
from domain.identity import new_id
from tests.integration.http import Running

JSON = {"Content-Type": "application/json"}
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, Route)]
COMMANDS = [route for route in ROUTES if isinstance(route.app, Direct)]


def visit(api: Running, **more: Any) -> dict[str, Any]:
    attendance = [{"role": "resident", "source": "counted"}]
    return {"station": api.station, "kind": "phone_contact", "attendance": attendance, **more}


def asked(api: Running) -> list[httpx.Request]:
    """Everything that a command can be and fail to be, each under a key of its own."""
    plan = "/visit-plans/0c6783b3-ddc4-5e68-9ce2-62c07ea2074b/skips"
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/visits", {"json": visit(api)}),
        ("/visits", {"json": visit(api, minutes="forty", unknown=1)}),
        ("/visits", {"json": [1]}),
        ("/visits", {"json": None}),
        ("/visits", {}),
        ("/visits", {"content": b"{", "headers": JSON}),
        ("/visits", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
        ("/visits", {"content": b"{}"}),
        ("/visits", {"content": b"{}", "headers": {"Content-Type": "application/a+json; b=c"}}),
        ("/visits", {"content": b'{"minutes": NaN}', "headers": JSON}),
        ("/visits", {"content": b'"\xff"', "headers": JSON}),
        ("/visits", {"content": b"[" * 100_000, "headers": JSON}),
        ("/visits?x=1", {"json": visit(api)}),
        ("/visits/", {"json": visit(api)}),
        (plan, {"json": {"reason": "away"}}),
        (plan, {"json": {}, "headers": {"If-Match": "nonsense"}}),
        ("/visit-plans/nonsense/skips", {"json": {"reason": 7}}),
    ]
    made = [api.client.build_request("POST", f"/api/v1{path}", **sent) for path, sent in bodies]
    for request in made:
        request.headers["Idempotency-Key"] = new_id()
    keyless = api.client.build_request("POST", "/api/v1/visits", json=visit(api))
    stranger = api.client.build_request("POST", "/api/v1/visits", content=b"{}", headers=JSON)
    stranger.headers["Authorization"] = "Bearer nobody"
    wrong = api.client.build_request("DELETE", "/api/v1/visits")
    return [*made, keyless, stranger, wrong]


def answers(api: Running, requests: list[httpx.Request]) -> list[tuple[int, dict[str, str], Any]]:
    return [told(api.client.send(request)) for request in requests]


def told(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """Say what an answer says, but for ids and positions, which are never the same."""
    body: Any = answer.json() if answer.content else {}
    if answer.status_code == 201:
        return 201, dict.fromkeys(answer.headers, ""), sorted(body)
    return answer.status_code, dict(answer.headers), body


def test_a_command_is_answered_as_fastapi_would(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    directly = answers(api, asked(api))
    for route in COMMANDS:
        monkeypatch.setattr(route, "app", request_response(route.get_route_handler()))
    assert directly == answers(api, asked(api))
    assert {201, 400, 401, 404, 405, 422} <= {status for status, _, _ in directly}


def test_every_operation_is_found_by_its_path() -> None:
    all_of_them = [route for router in ROUTERS for route in router.routes]
    assert all_of_them == ROUTES
    assert all(route.path.startswith(f"{PREFIX}/") for route in ROUTES)


def test_nearly_every_command_is_called_directly() -> None:
    questions = ("/batches", "/preview", "/person-searches")
    taking = [each for each in ROUTES if not each.path.endswith(questions) and _posts(each)]
    assert len(taking) - len(COMMANDS) <= 6, [one.path for one in taking if one not in COMMANDS]


def _posts(route: Route) -> bool:
    return route.methods == {"POST"}


def test_the_length_of_a_receipt_is_said_once(api: Running) -> None:
    receipt = api.post("/visits", visit(api))
    assert receipt.status_code == 201
    assert receipt.headers.get_list("content-length") == [str(len(receipt.content))]
