"""Who calls: the bearer token of a program, or the session cookie of a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.services import Services, services
from domain.principal import Principal
from domain.refusals import UNAUTHENTICATED

COOKIE = "shilu_token"


def token_of(request: Request) -> str | None:
    """Return the token that a request carries."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(COOKIE)


async def principal(request: Request, parts: Annotated[Services, Depends(services)]) -> Principal:
    """Return whose request it is. Raises `unauthenticated`."""
    token = token_of(request)
    if token is None:
        raise UNAUTHENTICATED("Authorization")
    found = parts.tokens.remembered(token) or await run_in_threadpool(parts.tokens.principal, token)
    if found is None:
        raise UNAUTHENTICATED("Authorization")
    return found


Caller = Annotated[Principal, Depends(principal)]
