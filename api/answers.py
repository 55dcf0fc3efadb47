"""What operations answer, in the OpenAPI document: an example of each, and the rows of registers.

The examples were answered by this API once, and cut to one entry a list; `answers.json` keeps them
by method and path. That they still are what is answered is held by every test that asks over HTTP
(`tests/described.py`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from api import rows
from api.routing import PREFIX

Schema = dict[str, Any]
ANSWERS = Path(__file__).with_name("answers.json")
RECEIPT = "receipt"
"""The one answer of every command; it stands among the examples once."""
JSON = "application/json"
TEXTS = {
    "get /metrics": "text/plain",
    "get /records/{event}/receipt": "text/plain",
    "get /records/{event}/receipt.svg": "image/svg+xml",
    "get /events": "application/cloudevents-batch+json",
    "get /events/stream": "text/event-stream",
}
"""Answers of which the framework does not know what they are."""
FILES = {"get /attachments/{digest}", "get /tasks/{task}/file"}
"""Answers that are files, of whatever kind: of these there is no example."""


@cache
def recorded() -> dict[str, Any]:
    """Read the answers that were kept."""
    kept: dict[str, Any] = json.loads(ANSWERS.read_text("utf-8"))
    return kept


def with_answers(document: Schema) -> Schema:
    """Say what each operation answers when it is not refused, with an example."""
    parts = document["components"]
    parts["schemas"] |= rows.schemas()
    parts["examples"] = {RECEIPT: {"value": recorded()[RECEIPT]}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            short = path.removeprefix(PREFIX)
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["content"] = _content(method, short, answer.get("content", {}))
    return document


def _content(method: str, path: str, known: Schema) -> Schema:
    name = f"{method} {path}"
    if name in FILES:
        return {"application/octet-stream": {}}
    if name in TEXTS:
        kind = "string" if isinstance(recorded()[name], str) else "array"
        return {TEXTS[name]: {"schema": {"type": kind}, "example": recorded()[name]}}
    table = rows.LISTS.get(path) if method == "get" else None
    schema = known[JSON]["schema"] if table is None else rows.page(table)
    if schema.get("$ref", "").endswith("/ReceiptOut"):
        shown = {RECEIPT: {"$ref": f"#/components/examples/{RECEIPT}"}}
        return {JSON: {"schema": schema, "examples": shown}}
    return {JSON: {"schema": schema, "example": recorded()[name]}}
