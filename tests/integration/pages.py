"""Pages as a browser meets them: a client that has only cookies, over the running API of `http`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2 as httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.routing import Mount

from domain.journal.tokens import Tokens
from domain.principal import Principal
from tests.integration.http import Running

ORIGIN = {"Origin": "http://testserver"}


def token(api: Running, principal: Principal | None = None) -> str:
    """Return an access token, of the station's worker where nobody is named."""
    worker = Principal(actor=api.worker, role="worker", operator=api.operator)
    return Tokens(api.built.pool).issue(principal or worker, "test")


@contextmanager
def browser(api: Running) -> Iterator[TestClient]:
    """Open a browser on which nobody has signed in; it follows no redirect by itself."""
    with TestClient(api.client.app, follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, token: str, next: str = "/") -> httpx.Response:
    """Send the sign-in form."""
    return client.post("/signin", data={"token": token, "next": next}, headers=ORIGIN)


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Yield every door of the house: a method, and a path as it is written down."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            assert isinstance(route.original_route.app, FastAPI)
            yield from routes(route.original_route.app)
            continue
        for method in route.methods or ():
            yield method, route.path or ""
