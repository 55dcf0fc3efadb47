"""Errors as RFC 9457 problems: a stable code, the field, and words in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from api.services import services_of
from domain.refusals import (
    FAULT,
    INVALID,
    UNAVAILABLE,
    NotFound,
    ShiluError,
    Unavailable,
    refusal,
)

NO_ADDRESS = refusal("address.unknown", NotFound)
OTHER_METHOD = refusal("method.other")
MEDIA_TYPE = "application/problem+json"
REASONS = Path(__file__).with_name("reasons.toml")
log = structlog.get_logger()


def problem(error: ShiluError, *, status: int | None = None, **more: Any) -> JSONResponse:
    """Return an error of the tree as a problem answer, under its own status unless one is given."""
    status = error.status if status is None else status
    body: dict[str, Any] = {
        "type": f"urn:shilu:problem:{error.code}",
        "title": error.text("zh"),
        "detail": error.text("en"),
        "status": status,
        "code": error.code,
        **more,
    }
    if error.field is not None:
        body["field"] = error.field
    details = dict(error.details)
    if error.code == INVALID.code and "reason" in details:
        body["errors"] = [_own(error.field, str(details.pop("reason")), details)]
    if details:
        body["details"] = details
    headers = {"Retry-After": str(error.wait)} if isinstance(error, Unavailable) else None
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def install(
    app: FastAPI,
    outages: tuple[type[Exception], ...] = (),
    unfit: tuple[type[Exception], ...] = (),
) -> None:
    """Let every error leave as a problem; none carries what was sent.

    `outages` are what is raised when the database does not answer, `unfit` when it cannot take
    what it was asked.
    """
    handlers: dict[type[Exception], Any] = {
        ShiluError: _refused,
        **dict.fromkeys(outages, _unavailable),
        **dict.fromkeys(unfit, _unfitting),
        RequestValidationError: _invalid,
        HTTPException: _http,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _refused(request: Request, error: ShiluError) -> JSONResponse:
    if error.code == UNAVAILABLE.code:
        await _renew(request)
    return problem(error)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.warning("api.database_lost", error=type(error).__name__, path=request.url.path)
    await _renew(request)
    return problem(UNAVAILABLE())


async def _unfitting(request: Request, error: Exception) -> JSONResponse:
    log.warning("api.unfit", error=type(error).__name__, path=request.url.path)
    return problem(INVALID("request"))


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    found = wrong_fields(error.errors())
    return problem(INVALID(found[0]["field"]), errors=found)


def wrong_fields(errors: Iterable[Any]) -> list[dict[str, str]]:
    """Return each field that is not as required, and why, once; never what was sent."""
    found = [
        {
            "field": _field(one["loc"]),
            "reason": one["type"],
            "title": _reason(one["type"], one.get("ctx") or {}),
            "message": one["msg"],
        }
        for one in errors
    ]
    # Several parts of one operation may read the same parameter.
    return [one for at, one in enumerate(found) if one not in found[:at]]


async def _http(request: Request, error: HTTPException) -> JSONResponse:
    if error.status_code == 404:
        return problem(NO_ADDRESS("path"))
    if error.status_code == 405:
        return _other_method(request)
    return problem(INVALID("request"), status=error.status_code)


def _other_method(request: Request) -> JSONResponse:
    """Say what an address takes: of its routes, each knows only its own method."""
    routes: list[Route] = [each for each in request.app.routes if isinstance(each, Route)]
    here = (each for each in routes if each.matches(request.scope)[0] is not Match.NONE)
    allowed = ", ".join(sorted({method for each in here for method in each.methods or ()}))
    refused = problem(OTHER_METHOD("method", allowed=allowed), status=405)
    refused.headers["Allow"] = allowed
    return refused


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("api.unexpected", error=type(error).__name__, path=request.url.path)
    return problem(FAULT())


async def _renew(request: Request) -> None:
    """Throw away what a lost database left behind: else later callers would meet it one by one."""
    await run_in_threadpool(services_of(request).register.renew)


def _field(location: tuple[int | str, ...]) -> str:
    """Name the field as it was sent: `attendance.0.person`; the `body` where it is all of that."""
    match location:
        case ("body",) | ("body", int()):  # not even JSON, from such a character on; or a list
            return "body"
        case ("body" | "query" | "path", *parts):
            return ".".join(map(str, parts))
    return ".".join(map(str, location))


def _own(field: str | None, reason: str, details: dict[str, Any]) -> dict[str, str]:
    """Say why a field is not as required where it was us who looked, and not the framework."""
    zh, en = ours()[reason]
    said = {name: _several(str(of)) for name, of in details.items()}
    return {
        "field": field or "",
        "reason": reason,
        "title": zh.format(**said),
        "message": en.format(**details),
    }


def _reason(code: str, context: dict[str, Any]) -> str:
    """Say in Chinese why a field is not as required; its own bounds, never what was sent."""
    words, said = reasons(), {name: _several(str(of)) for name, of in context.items()}
    return words.get(code, words["otherwise"]).format(**said)


def _several(values: str) -> str:
    """Write values as Chinese lists them: `'a'、'b'`, where the framework has `'a', 'b' or 'c'`."""
    return values.replace(" or ", "、").replace(", ", "、")


def reasons() -> dict[str, str]:
    """Read the Chinese words of the framework's reasons, by their codes."""
    return {code: said for code, said in _written().items() if isinstance(said, str)}


def ours() -> dict[str, tuple[str, str]]:
    """Read the words of reasons of our own, Chinese and English, by their codes."""
    own: dict[str, tuple[str, str]] = _written()["ours"]
    return own


@cache
def _written() -> Mapping[str, Any]:
    return tomllib.loads(REASONS.read_text("utf-8"))
