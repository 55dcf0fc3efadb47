"""What the OpenAPI document says holds for a program that was made from it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from api.answers import FILES, RECEIPT, TEXTS, recorded
from api.errors import MEDIA_TYPE
from api.openapi import EXAMPLES, FOR_ANYONE, TOKEN, meanings
from api.routing import PREFIX
from tests.described import differences, document

OPERATIONS = [
    (f"{method} {path.removeprefix(PREFIX)}", operation)
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
]
every_operation = pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS]
)


def success(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what an operation answers when it is not refused."""
    (status,) = (one for one in operation["responses"] if one.startswith("2"))
    answer: dict[str, Any] = operation["responses"][status]
    return answer


def within(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that finds what it refers to."""
    return {**schema, "components": document()["components"]}


@every_operation
def test_every_problem_that_an_operation_gives_is_of_the_one_kind(
    name: str, operation: dict[str, Any]
) -> None:
    told = {status for status in operation["responses"] if status >= "400"}
    assert {"422", "500", "503"} <= told <= EXAMPLES.keys()
    assert ({"401", "403"} <= told) == (name != "get /health")
    for status in told:
        assert operation["responses"][status]["$ref"].endswith(f"/Problem{status}")


def test_a_problem_is_shown_as_it_comes() -> None:
    parts = document()["components"]
    assert "HTTPValidationError" not in str(document())
    for status in EXAMPLES:
        (media,) = parts["responses"][f"Problem{status}"]["content"].items()
        assert media[0] == MEDIA_TYPE
        assert media[1]["example"]["status"] == int(status)
        jsonschema_rs.validate(within(media[1]["schema"]), media[1]["example"])


@every_operation
def test_only_health_asks_for_no_token(name: str, operation: dict[str, Any]) -> None:
    asked = operation.get("security", document()["security"])
    assert asked == ([] if name == f"get {FOR_ANYONE.removeprefix(PREFIX)}" else [{TOKEN: []}])
    scheme = document()["components"]["securitySchemes"][TOKEN]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


@every_operation
def test_every_parameter_says_what_it_means(name: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        assert parameter.get("description"), f"{name}: {parameter['name']}"


def test_no_meaning_is_kept_of_a_parameter_that_is_not_there() -> None:
    there = {
        (parameter["in"], each)
        for name, operation in OPERATIONS
        for parameter in operation.get("parameters", ())
        for each in (parameter["name"], f"{name.split('/')[1]}.{parameter['name']}")
    }
    kept = {(place, name) for place, named in meanings().items() for name in named}
    assert kept <= there


@every_operation
def test_every_operation_shows_an_answer_that_is_one(name: str, operation: dict[str, Any]) -> None:
    ((media, content),) = success(operation)["content"].items()
    if name in FILES:
        return
    shown = content.get("example", recorded()[RECEIPT])
    assert shown, name
    assert (media == "application/json") == (name not in TEXTS)
    jsonschema_rs.validate(within(content["schema"]), shown)


def test_no_answer_is_kept_of_an_operation_that_is_not_there() -> None:
    assert recorded().keys() - {RECEIPT} <= {name for name, _ in OPERATIONS}


def test_an_answer_of_another_shape_is_told_apart() -> None:
    shown = {"items": [{"a": 1}], "more": {"x": 1}}
    assert list(differences(shown, {"items": [], "more": {"y": 2}})) == []
    assert list(differences(shown, {"items": [{"b": 1}], "more": {}})) == ["items[].a", "items[].b"]
    assert list(differences(shown, {"items": []})) == [".more"]


def test_the_batch_that_is_shown_would_be_taken() -> None:
    """It held a command without a body, which is refused."""
    schemas = document()["components"]["schemas"]
    (batch,) = schemas["BatchIn"]["examples"]
    for command in batch["commands"]:
        operation = document()["paths"][PREFIX + command["path"]]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        jsonschema_rs.validate(within(schema), command["body"])


def test_every_body_has_a_name_of_its_own() -> None:
    """Of two of one name each would be called by the module in which it stands."""
    names = document()["components"]["schemas"].keys()
    assert "CaseClosingIn" in names
    assert [name for name in names if "__" in name] == []
