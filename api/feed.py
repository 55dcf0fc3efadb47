"""The event feed: CloudEvents in order, by page and as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.access import Caller, holder, token_of
from api.routing import routes
from api.services import Services, services
from domain.journal.past import DIGITS
from domain.principal import Principal
from domain.refusals import INVALID

router = routes("events")
POLL_SECONDS = 0.3
KEEP_ALIVE_POLLS = 50
Parts = Annotated[Services, Depends(services)]


@router.get("/events", response_class=Response)
def events(
    caller: Caller,
    parts: Parts,
    after: Annotated[int, Query(ge=0, description="the last position already read")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Read events after a position; `next` in the Link header reads on."""
    rows = parts.feed.page(caller, after, limit)
    body = b"[" + b",".join(row.cloud_event() for row in rows) + b"]"
    last = rows[-1].row.position if rows else after
    link = f'</api/v1/events?after={last}&limit={limit}>; rel="next"'
    return Response(body, media_type="application/cloudevents-batch+json", headers={"Link": link})


@router.get("/events/stream", response_class=StreamingResponse)
def stream(
    request: Request,
    caller: Caller,
    parts: Parts,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Read events as they come (server-sent events); Last-Event-ID goes on where it broke off."""
    start = after
    if last_event_id is not None:
        if DIGITS.fullmatch(last_event_id) is None:
            raise INVALID("Last-Event-ID", reason="position")
        start = int(last_event_id)
    return StreamingResponse(_lines(request, parts, caller, start), media_type="text/event-stream")


async def _lines(
    request: Request, parts: Services, caller: Principal, after: int
) -> AsyncIterator[bytes]:
    quiet = 0
    token = token_of(request) or ""
    while not await request.is_disconnected() and not caller.ended(parts.clock.now()):
        if await holder(parts, token) is None:
            return  # it was revoked, or has expired, since the stream began
        rows = await run_in_threadpool(parts.feed.page, caller, after, 200)
        for row in rows:
            after = row.row.position
            yield b"id: %d\ndata: %s\n\n" % (after, row.cloud_event())
        if rows:
            quiet = 0
            continue
        quiet += 1
        if quiet % KEEP_ALIVE_POLLS == 1:
            yield b": waiting\n\n"
        await asyncio.sleep(POLL_SECONDS)
