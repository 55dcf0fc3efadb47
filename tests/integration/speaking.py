"""Says something different in every field that is sealed, over HTTP, and remembers what and where.

Which fields those are stands in the OpenAPI document (`x-sealed`), so a new one is filled as soon
as it exists, and a command that nobody plays here is missed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from tests.integration.http import Running

Schema = dict[str, Any]
Field = tuple[str, str]
"""A command's path as it is written in the OpenAPI document, and a field's in its body."""


class Speaker:
    """Sends commands to a running house, with a canary in each sealed field of them."""

    def __init__(self, api: Running) -> None:
        self.api = api
        self.document: Schema = api.client.get("/api/v1/openapi.json").json()
        self.spoken: dict[str, Field] = {}

    def say(
        self, path: str, body: dict[str, Any], unsaid: tuple[str, ...] = (), **ids: str
    ) -> dict[str, Any]:
        """Send a command that must succeed; return the receipt.

        `unsaid` are sealed fields that are left out, because the command takes none this time.
        """
        answer = self.post(path, body, unsaid, **ids)
        assert answer.status_code in {200, 201}, f"{path}: {answer.text}"
        receipt: dict[str, Any] = answer.json()
        return receipt

    def post(
        self, path: str, body: dict[str, Any], unsaid: tuple[str, ...] = (), **ids: str
    ) -> Any:
        """Send a command, whatever comes of it."""
        self._fill(self._body(path), body, path, "")
        for name in unsaid:
            del self.spoken[body.pop(name)]
        return self.api.post(path.format(**ids), body)

    def sealed(self) -> set[Field]:
        """Return every field of every command that is sealed before it is kept."""
        return {
            (path.removeprefix("/api/v1"), field)
            for path, operations in self.document["paths"].items()
            if "requestBody" in operations.get("post", {})
            for field in self._fields(self._body(path.removeprefix("/api/v1")), "")
        }

    def _body(self, path: str) -> Schema:
        content = self.document["paths"][f"/api/v1{path}"]["post"]["requestBody"]["content"]
        schema: Schema = next(iter(content.values())).get("schema", {})
        return schema

    def _fill(self, schema: Schema, body: Any, path: str, place: str) -> None:
        for one in self._branches(schema):
            if isinstance(body, list):
                for item in body:
                    self._fill(one.get("items", {}), item, path, f"{place}.*")
            elif isinstance(body, dict) and _fits(one, body):
                for name, inner in one.get("properties", {}).items():
                    at = f"{place}.{name}".lstrip(".")
                    if is_sealed(inner):
                        body[name] = self._canary((path, at))
                    elif name in body:
                        self._fill(inner, body[name], path, at)

    def _fields(self, schema: Schema, place: str) -> Iterator[str]:
        for one in self._branches(schema):
            if "items" in one:
                yield from self._fields(one["items"], f"{place}.*")
            for name, inner in one.get("properties", {}).items():
                at = f"{place}.{name}".lstrip(".")
                if is_sealed(inner):
                    yield at
                else:
                    yield from self._fields(inner, at)

    def _branches(self, schema: Schema) -> Iterator[Schema]:
        """Yield what a schema may be, with no references left."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if not choices:
            yield schema
        for choice in choices:
            yield from self._branches(choice)

    def _canary(self, field: Field) -> str:
        # Latin letters and digits: no encoding on its way writes them otherwise.
        word = f"canary{secrets.token_hex(12)}"
        self.spoken[word] = field
        return word


def is_sealed(schema: Schema) -> bool:
    """Say whether a field is one whose words are sealed."""
    return any(one.get("x-sealed") for one in (schema, *schema.get("anyOf", ())))


def _fits(schema: Schema, body: dict[str, Any]) -> bool:
    """Say whether a body can be of a kind, where kinds are told apart by a constant."""
    constants = ((name, one["const"]) for name, one in schema.get("properties", {}).items()
                 if "const" in one)  # fmt: skip
    return all(body.get(name, value) == value for name, value in constants)
