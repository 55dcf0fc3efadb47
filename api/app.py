"""The application: routers under /api/v1, errors as problems, bodies of a bounded size, pages."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import MutableHeaders
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from api import (
    activity,
    activity_plan,
    alert,
    attachments,
    batch,
    bundle,
    case,
    case_crisis,
    case_file,
    case_plan,
    case_referral,
    changes,
    community,
    consents,
    contract,
    contradictions,
    coverage,
    donation,
    errors,
    evaluation,
    evaluation_sample,
    evaluation_score,
    evidence,
    feed,
    group,
    health,
    household,
    indicators,
    need,
    organisation,
    person,
    person_notes,
    person_register,
    policy,
    preview,
    project,
    reading,
    receipt,
    records,
    reporting,
    side_by_side,
    signals,
    staff,
    tasks,
    token,
    visit,
)
from api.access import Caller
from api.errors import problem
from api.openapi import described
from api.pages import handing_in
from api.pages.site import BesideTheApi, create_pages
from api.plain import PlainAddresses
from api.routing import PREFIX, THREADS, Express, Receive, Scope, Send, Shortcut
from api.services import Services
from domain.refusals import TOO_LARGE

BODY_LIMIT = 1_048_576
QUIET: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""What the framework records by itself may hold what was sent, and it looks at each request whether
somebody listens."""
UPLOADS = {
    re.compile(f"{PREFIX}/attachments"): attachments.LIMIT,
    re.compile(handing_in.PATH): handing_in.LIMIT,
    re.compile("/needs/[^/]+/delivery"): attachments.LIMIT + BODY_LIMIT,
}
"""Paths whose bodies are files, or have one among them, and how large they may be."""
ROUTERS = (
    health.router,
    visit.router,
    case.router,
    group.router,
    activity.router,
    records.router,
    preview.router,
    receipt.router,
    organisation.router,
    project.router,
    contract.router,
    reporting.router,
    indicators.router,
    side_by_side.router,
    changes.router,
    contradictions.router,
    coverage.router,
    signals.router,
    consents.router,
    household.router,
    person_notes.router,
    person_register.router,
    policy.router,
    person.router,
    staff.router,
    case_plan.router,
    case_file.router,
    case_crisis.router,
    case_referral.router,
    community.router,
    activity_plan.router,
    donation.router,
    need.router,
    evidence.router,
    attachments.router,
    evaluation.router,
    evaluation_sample.router,
    evaluation_score.router,
    alert.router,
    tasks.router,
    token.router,
    bundle.router,
    reading.router,
    feed.router,
    batch.router,
)


class Application(FastAPI):
    """An application whose commands take the shortest way to what answers them."""

    shortcut: Shortcut

    def build_middleware_stack(self) -> ASGIApp:
        """Let commands past what the framework does for others; what guards these guards them."""
        handlers = dict(self.exception_handlers)
        unexpected = handlers.pop(Exception)

        def guards(answer: ASGIApp) -> ASGIApp:
            guarded = ExceptionMiddleware(answer, handlers=handlers)
            return ServerErrorMiddleware(PlainAddresses(BoundedBodies(guarded)), handler=unexpected)

        return NeverStored(Express(super().build_middleware_stack(), self.shortcut, guards))


def create_app(parts: Services) -> FastAPI:
    """Build the application over what `deploy` built."""
    app = Application(
        telemetry=QUIET,
        title="Shilu 实录",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to a device, a path that is not there is a problem to be told
        separate_input_output_schemas=False,
    )
    app.state.services = parts
    app.state.threads = ThreadPoolExecutor(THREADS, "command")
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    app.get(f"{PREFIX}/openapi.json", include_in_schema=False)(openapi)
    errors.install(app, parts.outages, parts.unfit)
    app.shortcut = Shortcut(app.router.routes)
    app.router.routes.insert(0, app.shortcut)
    app.router.routes.append(BesideTheApi("", app=create_pages(parts), name="pages"))
    app.add_middleware(BoundedBodies)
    app.add_middleware(PlainAddresses)
    return app


def openapi(request: Request, caller: Caller) -> dict[str, Any]:
    """Read the OpenAPI document; like everything else it asks for a token."""
    return described(request.app.openapi())


class NeverStored:
    """Keeps answers, nearly all of which are about people, out of every cache on their way.

    Those with an ETag too: it is for If-Match, and a station's computer is shared.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say so as an answer starts, unless it says itself how it is kept."""

        async def unstored(message: Scope) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "private, no-store")
            await send(message)

        await self.app(scope, receive, unstored if scope["type"] == "http" else send)


class BoundedBodies:
    """Refuses bodies over the limit, by what they say and by what they are."""

    def __init__(self, app: Any, limit: int = BODY_LIMIT) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        limit = next((UPLOADS[each] for each in UPLOADS if each.fullmatch(path)), self.limit)
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if length:
            # A server reads no more of a body than it was said to have.
            if length.isdigit() and int(length) <= limit:
                await self.app(scope, receive, send)
            else:
                await self._refuse(limit, scope, receive, send)
            return
        taken = 0

        async def counted() -> Scope:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise TOO_LARGE("body", limit=limit)
            return message

        async def unless_too_large(message: Scope) -> None:
            # What read the body may have answered that it was cut off, or no JSON.
            if taken <= limit:
                await send(message)

        await self.app(scope, counted, unless_too_large)
        if taken > limit:
            await self._refuse(limit, scope, receive, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        await problem(TOO_LARGE("body", limit=limit))(scope, receive, send)
