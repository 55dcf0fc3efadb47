"""How a request finds its handler, and how the handler of a command is called: quickly.

FastAPI tries some three hundred routes one after another, resolves a tree of dependencies for each
request and changes threads twice. That is most of what a command costs, while nearly all commands
have one shape: ids in the path, one body, a receipt. Whatever has another shape, and whatever is
refused before it is found, goes FastAPI's own way; both ways answer the same, which a test holds.

Either way a query parameter that the operation does not take is refused, and by its name: answered
as if it were not there, a misspelt day would be answered with today's figures.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp

from api.access import principal
from api.commands import HEADERS, command
from api.plain import is_json
from domain.journal.carrying import NeedsThread, carry
from domain.refusals import refusal

PREFIX = "/api/v1"
THREADS = 32
"""How many commands one process carries out in threads at the same time: those that must ask the
database before they are appended. They wait for the group that they are appended with too, so there
may be more than there are connections."""
UNREADABLE = HTTPException(400, "There was an error parsing the body")
QUERY_UNKNOWN = refusal("query.unknown")
NAME_LENGTH = 40
"""So much of an unknown parameter's name is said back: it is what was sent."""
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]


def routes(tag: str) -> APIRouter:
    """Return an empty router of the API, whose operations stand under this tag."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=Route)


class Route(APIRoute):
    """An operation; where it is a command of the usual shape, its handler is called directly."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if any(one.call == command for one in self.dependant.dependencies):
            self.openapi_extra = {**(self.openapi_extra or {}), "parameters": HEADERS}
        if _is_plain(self):
            self.app = Direct(self)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's own way of answering, for what is asked as it can be asked."""
        answer, known = super().get_route_handler(), frozenset(_taken(self.dependant))
        for_anyone = _answers_anyone(self.dependant)

        async def checked(request: Request) -> Response:
            await check_query(request, known, for_anyone=for_anyone)
            return await answer(request)

        return checked


def _taken(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the query parameters that a handler and all it depends on take."""
    yield from (each.alias for each in dependant.query_params)
    for each in dependant.dependencies:
        yield from _taken(each)


def _answers_anyone(dependant: Dependant) -> bool:
    """Say whether an operation asks for no token: neither it nor anything that it depends on."""
    return dependant.call not in (principal, command) and all(
        map(_answers_anyone, dependant.dependencies)
    )


async def check_query(request: Request, known: frozenset[str], *, for_anyone: bool = False) -> None:
    """Refuse a query with a parameter that is not known. Raises `query.unknown`, which names it.

    Whoever has no token is told just that, as always: not what an operation takes. What is
    answered `for_anyone` asks for no token here either.
    """
    if not request.scope["query_string"]:
        return
    for name in request.query_params:
        if name not in known:
            if not for_anyone:
                await principal(request)
            said = name[:NAME_LENGTH]
            raise QUERY_UNKNOWN(said, name=said, known=", ".join(sorted(known)) or "–")


def _is_plain(route: APIRoute) -> bool:
    """Say whether a handler takes a command, one body and ids of the path, and no more."""
    takes, answers = route.dependant, route.response_model
    return (
        [one.call for one in takes.dependencies] == [command]
        and route.body_field is not None
        and not asyncio.iscoroutinefunction(takes.call)
        and not (takes.query_params or takes.header_params or takes.cookie_params)
        and isinstance(answers, type)
        and issubclass(answers, BaseModel)
    )


class Direct:
    """Calls the handler of a command, and answers with its receipt."""

    def __init__(self, route: APIRoute) -> None:
        self._route = route
        (taken,) = route.dependant.dependencies
        self._command = str(taken.name)
        self._known = frozenset(_taken(route.dependant))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what FastAPI would, in the same order."""
        request = Request(scope, receive)
        await check_query(request, self._known)
        body = await _body(request)
        response = Response()
        values = {self._command: await command(request, response)}
        await self._take(request, body, values)
        done = await _done(request, partial(self._route.endpoint, **values))
        answer = Response(
            done.model_dump_json(), self._route.status_code or 200, media_type="application/json"
        )
        del response.headers["content-length"]  # of its own empty body
        answer.headers.raw.extend(response.headers.raw)
        await answer(scope, receive, send)

    async def _take(self, request: Request, body: Any, values: dict[str, Any]) -> None:
        takes = self._route.dependant
        ids, wrong = request_params_to_args(takes.path_params, request.path_params)
        sent, wrong_in_body = await request_body_to_args(
            takes.body_params, body, embed_body_fields=False
        )
        if wrong or wrong_in_body:
            raise RequestValidationError([*wrong, *wrong_in_body], body=body)
        values.update(ids)
        values.update(sent)


async def _done(request: Request, work: Callable[[], BaseModel]) -> BaseModel:
    """Carry a command out on the loop or, where it must ask the database first, in a thread."""
    try:
        return await carry(work)
    except NeedsThread:
        threads: ThreadPoolExecutor = request.app.state.threads
        return await asyncio.get_running_loop().run_in_executor(threads, work)


async def _body(request: Request) -> Any:
    """Return what the body says if it is JSON, else its bytes.

    Raises RequestValidationError and HTTPException where it cannot be read.
    """
    try:
        content = await request.body()
    except ClientDisconnect:
        raise UNREADABLE from None
    if not content:
        return PydanticUndefined
    if not is_json(request.headers):
        return content
    try:
        return msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return _read_slowly(content)


def _read_slowly(content: bytes) -> Any:
    """Read what is not quite JSON, such as NaN, or say where else it went wrong."""
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        where = {"type": "json_invalid", "loc": ("body", error.pos), "msg": "JSON decode error"}
        raise RequestValidationError([where], body=error.doc) from error
    except (ValueError, RecursionError):
        raise UNREADABLE from None


class Shortcut(BaseRoute):
    """Finds a route by method, first segment and number of segments, before all are tried."""

    def __init__(self, among: Iterable[BaseRoute]) -> None:
        self._found: dict[tuple[str, str, int], list[Route]] = {}
        for route in among:
            if isinstance(route, Route):
                for method in route.methods or ():
                    self._found.setdefault(_key(method, route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Find the route that would be found first; what none matches is left to the others."""
        if scope["type"] == "http":
            for route in self._found.get(_key(scope["method"], scope["path"]), ()):
                match, found = route.matches(scope)
                if match == Match.FULL:
                    return match, found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to what was found."""
        await scope["route"].handle(scope, receive, send)


class Express:
    """Takes commands that are called directly past those parts of the framework that serve others.

    `guards` wraps what answers them in everything that they need all the same.
    """

    def __init__(
        self, whole: ASGIApp, shortcut: Shortcut, guards: Callable[[ASGIApp], ASGIApp]
    ) -> None:
        self._whole = whole
        self._shortcut = shortcut
        self._answering = guards(_answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, the one way or the other."""
        match, found = self._shortcut.matches(scope)
        if match == Match.FULL and isinstance(found["route"].app, Direct):
            scope.update(found)
            await self._answering(scope, receive, send)
        else:
            await self._whole(scope, receive, send)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await scope["route"].app(scope, receive, send)


def _key(method: str, path: str) -> tuple[str, str, int]:
    segments = path.removeprefix(PREFIX).split("/")
    return method, segments[1] if len(segments) > 1 else "", len(segments)
