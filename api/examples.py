"""An example on every operation: what a model gives itself, else one made from its schema.

A made example has the required fields, each with the first value that its schema allows; where
none is required, it says the first of what is the operation's own, or when it happened.
"""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]
FORMATS = {
    "uuid": "0c6783b3-ddc4-5e68-9ce2-62c07ea2074b",
    "date": "2018-10-26",
    "date-time": "2018-10-26T09:00:00+08:00",
}
WORDS = "示例"
ENVELOPE = "CommandIn"
"""The schema of what every command may say beside its facts."""
PATTERNED = (WORDS, "home_service", "/visits", "620102001", "2018-10", "0" * 64, "fuyuan", "AL-04")
"""What is tried where a pattern is asked for."""


def with_examples(document: Schema) -> Schema:
    """Put an example into every JSON body of an OpenAPI document that has none."""
    schemas = document.get("components", {}).get("schemas", {})
    for operations in document["paths"].values():
        for operation in operations.values():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json")
            if body is not None and not _has_example(body, schemas):
                body["example"] = example_of(body["schema"], schemas)
    return document


def _has_example(body: Schema, schemas: dict[str, Schema]) -> bool:
    schema = _resolved(body["schema"], schemas)
    return any("example" in name for name in (*body, *schema))


def example_of(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """Return the simplest value that a JSON schema allows."""
    schema = _resolved(schema, schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    for name in ("const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return example_of(schema[union][0], schemas)
    return _typed(schema, schemas)


def _typed(schema: Schema, schemas: dict[str, Schema]) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: example_of(properties[name], schemas) for name in _said(schema, schemas)}
        case "array":
            return [example_of(schema["items"], schemas)] * schema.get("minItems", 1)
        case "integer":
            # The framework writes bounds as fractions, which a body may not have here.
            return int(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
        case "boolean":
            return True
        case _:
            return _text(schema)


def _said(schema: Schema, schemas: dict[str, Schema]) -> list[str]:
    """Return which fields of an object an example says."""
    if schema.get("required"):
        return list(schema["required"])
    names = list(schema.get("properties", {}))
    envelope = schemas.get(ENVELOPE, {}).get("properties", {})
    return [name for name in names if name not in envelope][:1] or names[:1]


def _text(schema: Schema) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if "pattern" not in schema:
        return WORDS
    return next((word for word in PATTERNED if re.search(schema["pattern"], word)), WORDS)


def _resolved(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema
