"""The OpenAPI document as a program meets the API: the token, what parameters mean, every problem.

The framework knows none of it: it would promise answers that never come, and leave out all those
that do. What stands in every operation alike is said here once, and referred to.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from api.answers import with_answers
from api.errors import MEDIA_TYPE, problem, wrong_fields
from api.examples import with_examples
from api.routing import PREFIX
from domain.principal import READ_ONLY
from domain.refusals import (
    FAULT,
    INVALID,
    NOT_FOUND,
    STALE_VERSION,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ShiluError,
)

Schema = dict[str, Any]
PARAMETERS = Path(__file__).with_name("parameters.toml")
FOR_ANYONE = f"{PREFIX}/health"
"""The one path that asks for no token."""
WAITING_FOR = {f"{PREFIX}/records/{{event}}/receipt", f"{PREFIX}/records/{{event}}/receipt.svg"}
"""Paths of questions that can come too early or too late: what they ask for is not there to be
read as long as something else stands as it does."""
TOKEN = "token"  # noqa: S105 - what the scheme is called in the document
FRAMEWORKS = ("HTTPValidationError", "ValidationError")
"""Schemas of answers that the framework would give and that never leave here."""
TOO_SMALL = {
    "type": "greater_than_equal",
    "loc": ("query", "limit"),
    "msg": "Input should be greater than or equal to 1",
    "ctx": {"ge": 1},
}
EXAMPLES: dict[str, tuple[str, ShiluError]] = {
    "400": ("The body cannot be read at all.", INVALID("request")),
    "401": ("No token, or one that is unknown or has ended.", UNAUTHENTICATED("Authorization")),
    "403": ("The token's role may not do or read this.", READ_ONLY("Authorization")),
    "404": ("There is no such thing in what the token may see.", NOT_FOUND("id")),
    "409": ("It has moved on, or the key came with other content.", STALE_VERSION("If-Match")),
    "413": ("More was sent than is taken at once.", TOO_LARGE("body", limit=1_048_576)),
    "422": ("A field is not as required, or a rule of the field says no.", INVALID("limit")),
    "500": ("Something of ours went wrong.", FAULT()),
    "503": ("The journal or the views cannot answer now; try again.", UNAVAILABLE()),
}
"""Every status of a problem: what it means, and one that comes under it."""
TEXT: Schema = {"type": "string"}
WRONG: Schema = {
    "type": "object",
    "description": "One field that is not as required.",
    "required": ["field", "reason", "title", "message"],
    "properties": {
        "field": {**TEXT, "description": "its name as it was sent, as `attendance.0.person`"},
        "reason": {**TEXT, "description": "a stable code"},
        "title": {**TEXT, "description": "why, in Chinese"},
        "message": {**TEXT, "description": "why, in English"},
    },
}
PROBLEM: Schema = {
    "type": "object",
    "description": "What was refused or failed, and what to do about it (RFC 9457).",
    "required": ["type", "title", "detail", "status", "code"],
    "properties": {
        "type": {**TEXT, "format": "uri", "description": "`urn:shilu:problem:` and the code"},
        "title": {**TEXT, "description": "what to do, in Chinese"},
        "detail": {**TEXT, "description": "what to do, in English"},
        "status": {"type": "integer", "description": "the HTTP status"},
        "code": {**TEXT, "description": "a stable code, as `visit.minutes_impossible`"},
        "field": {**TEXT, "description": "the field, parameter or header concerned"},
        "details": {
            "type": "object",
            "description": "what the words were made with: numbers, days and codes",
            "additionalProperties": {"type": ["string", "integer"]},
        },
        "errors": {
            "type": "array",
            "description": "with `invalid`: each field that is not as required",
            "items": {"$ref": "#/components/schemas/WrongField"},
        },
    },
}


def described(document: Schema) -> Schema:
    """Say in an OpenAPI document what the framework leaves out or gets wrong, and give examples."""
    parts = document["components"]
    for name in FRAMEWORKS:
        parts["schemas"].pop(name, None)
    parts["schemas"] |= {"Problem": PROBLEM, "WrongField": WRONG}
    parts["responses"] = problems()
    parts["securitySchemes"] = {
        TOKEN: {"type": "http", "scheme": "bearer", "description": "docs/tokens.md"}
    }
    document["security"] = [{TOKEN: []}]
    for path, operation in _operations(document):
        _describe(path, operation)
    return with_examples(with_answers(document))


def _operations(document: Schema) -> Iterator[tuple[str, Schema]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _describe(path: str, operation: Schema) -> None:
    if path == FOR_ANYONE:
        operation["security"] = []
    for parameter in operation.get("parameters", ()):
        if "description" not in parameter:
            parameter["description"] = meaning(path, parameter)
    answers = operation["responses"]
    answers.pop("422", None)
    for status in statuses(path, operation):
        answers[status] = {"$ref": f"#/components/responses/{_name(status)}"}


def statuses(path: str, operation: Schema) -> list[str]:
    """Return under which statuses an operation can answer with a problem.

    Whatever is sent may name what is not there, so that not only an address leads to nothing.
    """
    found = {"422", "500", "503"}
    if path != FOR_ANYONE:
        found |= {"401", "403"}
    required = {one["in"] for one in operation.get("parameters", ()) if one.get("required")}
    sends = "requestBody" in operation
    if sends or required & {"path", "query"}:
        found.add("404")
    if sends or "header" in required:
        found |= {"400", "409", "413"}
    if path in WAITING_FOR:
        found.add("409")
    return sorted(found)


def problems() -> dict[str, Schema]:
    """Return the answers of problems, each with one that was really made."""
    return {
        _name(status): {
            "description": words,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": _told(error),
                }
            },
        }
        for status, (words, error) in EXAMPLES.items()
    }


def _told(error: ShiluError) -> Any:
    more = {"errors": wrong_fields([TOO_SMALL])} if error.status == 422 else {}
    status = 400 if error.field == "request" else None
    return json.loads(bytes(problem(error, status=status, **more).body))


def _name(status: str) -> str:
    return f"Problem{status}"


def meaning(path: str, parameter: Schema) -> str:
    """Return what a parameter means, in this operation."""
    known, name = meanings()[parameter["in"]], parameter["name"]
    first = path.removeprefix(PREFIX).split("/")[1]
    words: str = known.get(f"{first}.{name}") or known[name]
    return words


@cache
def meanings() -> Mapping[str, Mapping[str, str]]:
    """Read what parameters mean: where they stand → name → words."""
    return tomllib.loads(PARAMETERS.read_text("utf-8"))
