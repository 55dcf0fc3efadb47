"""Nothing has happened in the future: every command that can name a time is held to that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from api.examples import FORMATS, Schema, example_of
from tests.integration.http import Running

REFUSED = (422, "entry.in_future", "occurred.start")
ASKS_FOR_A_TASK = "/projects/{project}/workbooks"
"""It writes nothing down."""


def commands(document: Schema, event: str) -> Iterator[tuple[str, Schema]]:
    """Give the path of every command that takes a time, and a body that it allows.

    Of records there is one, `event`, which is named wherever a record must be.
    """
    schemas: dict[str, Schema] = document["components"]["schemas"]
    for path, operations in sorted(document["paths"].items()):
        operation = operations.get("post", {})
        content = operation.get("requestBody", {}).get("content", {})
        name = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        model = schemas.get(name.rpartition("/")[2], {})
        if "occurred" not in model.get("properties", {}) or path.endswith(ASKS_FOR_A_TASK):
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                value = example_of(parameter["schema"], schemas)
                path = path.replace("{" + parameter["name"] + "}", value)  # noqa: PLW2901
        body = example_of(model, schemas)
        named = {name: event for name in ("event", "duplicate_of") if name in body}
        yield path.replace(f"/records/{FORMATS['uuid']}", f"/records/{event}"), body | named


def a_visit(api: Running) -> str:
    somebody = {"role": "resident", "source": "counted"}
    visit = {"station": api.station, "kind": "phone_contact", "attendance": [somebody]}
    event: str = api.done("/visits", visit)["events"][0]
    return event


def test_no_command_took_place_in_the_future(api: Running) -> None:
    event = a_visit(api)
    asked = list(commands(api.get("/openapi.json"), event))
    written = api.built.journal.max_notification_id()
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    told: dict[str, tuple[int, str, str]] = {}
    for path, body in asked:
        answer = api.post(path.removeprefix("/api/v1"), {**body, "occurred": {"start": ahead}})
        problem: dict[str, Any] = answer.json()
        told[path] = (answer.status_code, problem.get("code", ""), problem.get("field", ""))
    assert len(told) > 100
    assert {path: said for path, said in told.items() if said != REFUSED} == {}
    assert api.built.journal.max_notification_id() == written
