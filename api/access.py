"""Who calls: the bearer token of a program, or the session cookie of a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.services import Services, services_of
from domain.principal import ENDED, READ_ONLY, Principal
from domain.refusals import UNAUTHENTICATED

COOKIE = "shilu_token"
READING = frozenset({"GET", "HEAD"})
EVALUATION = "/api/v1/evaluations/{}/"
"""Under which path an evaluator may send commands."""
TAKING_AWAY = frozenset({"/api/v1/bundles", "/bundles"})
"""Where an evaluator may ask for the records that they read: as a program, or on a page."""


def token_of(request: Request) -> str | None:
    """Return the token that a request carries."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(COOKIE)


async def holder(parts: Services, token: str) -> Principal | None:
    """Return whose token it is; None of one that is unknown, expired or revoked by now."""
    return parts.tokens.remembered(token) or await run_in_threadpool(parts.tokens.principal, token)


async def principal(request: Request) -> Principal:
    """Return whose request it is.

    Raises `unauthenticated`, and for an evaluator `access.ended` and `access.read_only`.
    """
    parts = services_of(request)
    token = token_of(request)
    if token is None:
        raise UNAUTHENTICATED("Authorization")
    found = await holder(parts, token)
    if found is None:
        ended = await run_in_threadpool(parts.tokens.taken_back, token)
        raise (ENDED if ended else UNAUTHENTICATED)("Authorization")
    found.check_access(parts.clock.now())
    _check_writing(found, request)
    return found


def _check_writing(found: Principal, request: Request) -> None:
    """Hold an evaluator to reading wherever it is not the evaluation that is written to.

    Taking records away is reading too, though it leaves a note that they were taken.

    The desk refuses other streams all the same; this is for what goes past it, as uploads do.
    """
    path: str = request.scope["path"]  # request.url parses the whole address for it
    own = found.evaluation is None or path.startswith(EVALUATION.format(found.evaluation))
    taking = request.method == "POST" and path in TAKING_AWAY
    if not own and not taking and request.method not in READING:
        raise READ_ONLY("Authorization")


Caller = Annotated[Principal, Depends(principal)]
