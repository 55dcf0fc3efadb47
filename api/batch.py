"""Devices that were offline send what they queued: many commands, each with its own key and times.

Each command goes through the same route as if it were sent alone and gets its own answer, in the
order sent. Nothing is dropped: what is refused comes back with its problem, to be set right.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field, JsonValue

from api.access import Caller
from api.commands import KEY_SCHEMA, Model, example
from api.errors import problem
from api.routing import PREFIX, routes
from api.visit import SERVICE
from domain.refusals import INVALID

router = routes("batch")
PATH = r"/[a-z0-9/-]+"
PATH_LENGTH = 200
PATH_SCHEMA: dict[str, JsonValue] = {
    "type": "string",
    "pattern": f"^{PATH}$",
    "maxLength": PATH_LENGTH,
}
CONNECTION = ("type", "http_version", "scheme", "server", "client")


class QueuedIn(Model):
    """One queued command: its key, the path it is posted to, and its body."""

    # Only said here, and refused with its command: one of either must not hold up the others.
    key: Annotated[str, Field(json_schema_extra=KEY_SCHEMA)]
    path: Annotated[str, Field(json_schema_extra=PATH_SCHEMA)]
    body: dict[str, Any]
    if_match: int | None = None


class BatchIn(Model):
    """Up to 500 commands, oldest first."""

    commands: Annotated[tuple[QueuedIn, ...], Field(min_length=1, max_length=500)]

    model_config = example(
        {"commands": [{"key": "visit-1", "path": "/visits", "body": SERVICE}]},
    )


class Answer(BaseModel):
    """What became of one command: its receipt, with what it warns of in words, or its problem.

    `key` is its own, where it is text.
    """

    key: str
    status: int
    body: Any


@router.post("/batches")
async def batch(sent: BatchIn, request: Request, caller: Caller) -> list[Answer]:
    """Carry out queued commands one after another and answer each."""
    return [await _one(request, queued) for queued in sent.commands]


async def _one(request: Request, queued: QueuedIn) -> Answer:
    named = queued.key.encode(errors="backslashreplace").decode()  # a lone surrogate as it was sent
    if len(queued.path) > PATH_LENGTH or not re.fullmatch(PATH, queued.path):
        refused = problem(INVALID("path"))
        return Answer(key=named, status=refused.status_code, body=json.loads(bytes(refused.body)))
    # Within, it goes on as it came, to be refused like everything else that is wrong.
    body = json.dumps(queued.body, ensure_ascii=False).encode(errors="surrogatepass")
    key = queued.key.encode(errors="surrogatepass")
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if name.lower() in (b"authorization", b"cookie", b"host")
    ]
    headers += [(b"content-type", b"application/json"), (b"idempotency-key", key)]
    if queued.if_match is not None:
        headers.append((b"if-match", str(queued.if_match).encode()))
    path = PREFIX + queued.path
    scope = {
        **{name: request.scope.get(name) for name in CONNECTION},
        "asgi": request.scope.get("asgi", {"version": "3.0"}),
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
    }
    return await _call(request.app, scope, named, body)


async def _call(app: Any, scope: dict[str, Any], key: str, body: bytes) -> Answer:
    status, chunks = 500, [b""]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            chunks.append(message.get("body", b""))

    with suppress(Exception):  # it has been answered and logged: the others must not wait for it
        await app(scope, receive, send)
    content = b"".join(chunks)
    return Answer(key=key, status=status, body=json.loads(content) if content else None)
