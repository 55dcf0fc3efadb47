"""Every answer that a test is given is held to the OpenAPI document: its problems and its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI

from api.answers import FILES, RECEIPT, TEXTS, recorded
from api.app import ROUTERS
from api.errors import MEDIA_TYPE
from api.openapi import PROBLEM, described
from api.routing import PREFIX

Operation = tuple[str, dict[str, Any]]
SOMETIMES = {"since"}
"""Fields that only some answers or entries of their lists have."""
OF_NO_OPERATION = {404, 405}
"""What an address or a method is answered with that no operation has."""


@cache
def document() -> dict[str, Any]:
    """Return the document of all routes, as the application would give it."""
    app = FastAPI(separate_input_output_schemas=False)
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    return described(app.openapi())


@cache
def _operations() -> dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]]:
    found: dict[tuple[str, int], list[tuple[re.Pattern[str], Operation]]] = {}
    for path, operations in document()["paths"].items():
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
        for method, operation in operations.items():
            short = f"{method} {path.removeprefix(PREFIX)}"
            found.setdefault((method, path.count("/")), []).append((pattern, (short, operation)))
    # What stands as it is goes before what has an id in that place.
    return {key: sorted(each, key=lambda one: "[" in one[0].pattern) for key, each in found.items()}


def operation_of(method: str, path: str) -> Operation | None:
    """Return which operation answers an address, if any does."""
    among = _operations().get((method.lower(), path.count("/")), ())
    return next((found for pattern, found in among if pattern.fullmatch(path)), None)


def hold_to_the_document(answer: httpx.Response) -> None:
    """Hold an answer of the API to what the document says of its operation."""
    request = answer.request
    found = operation_of(request.method, request.url.path)
    if found is None:
        return
    name, operation = found
    if answer.status_code >= 400:
        _hold_problem(name, operation, answer)
    elif name not in TEXTS and name not in FILES and answer.status_code < 300:
        answer.read()
        said = answer.json()
        receipt = "ReceiptOut" in str(operation["responses"][str(answer.status_code)])
        shown = recorded()[RECEIPT if receipt else name]
        differing = list(differences(shown, said))
        assert not differing, f"{name} answers otherwise than its example: {differing}"


def _hold_problem(name: str, operation: dict[str, Any], answer: httpx.Response) -> None:
    status = answer.status_code
    assert str(status) in operation["responses"] or status in OF_NO_OPERATION, f"{name}: {status}"
    assert answer.headers["content-type"] == MEDIA_TYPE, name
    answer.read()
    said = answer.json()
    assert set(PROBLEM["required"]) <= said.keys() <= PROBLEM["properties"].keys(), said


def differences(shown: Any, said: Any) -> Iterator[str]:
    """Yield where an answer has other fields than its example: of itself, of entries of its lists.

    What lies deeper may be keyed by what it is about.
    """
    yield from _fields("", shown, said)
    if isinstance(shown, dict) and isinstance(said, dict):
        for name in shown.keys() & said.keys():
            yield from _fields(name, shown[name], said[name], entries_only=True)


def _fields(where: str, shown: Any, said: Any, *, entries_only: bool = False) -> Iterator[str]:
    if isinstance(shown, list) and isinstance(said, list):
        for one in said if shown else ():
            yield from _fields(f"{where}[]", shown[0], one)
    elif isinstance(shown, dict) and isinstance(said, dict) and not entries_only:
        other = (shown.keys() ^ said.keys()) - SOMETIMES
        yield from (f"{where}.{name}" for name in sorted(other))
