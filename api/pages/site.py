"""The pages as one application beside the API: its own errors, its own headers, the same parts."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from api.access import token_of
from api.pages import (
    alerts,
    assets,
    beside,
    bundle,
    case,
    caseload,
    changes,
    checking,
    completeness,
    coverage,
    delivery,
    evaluation,
    files,
    holding,
    home,
    indicators,
    meeting,
    names,
    papers,
    receiving,
    recording,
    records,
    register_file,
    registers,
    setting_right,
    signin,
    tasks,
    verifying,
    words,
    workbook,
)
from api.pages.asked_language import language_of
from api.pages.language import Speech
from api.pages.reader import render
from api.pages.safety import SafeAnswers, Tries, own_forms
from api.pages.signin import way_in
from api.plain import check_address
from api.services import Services
from domain.principal import ENDED
from domain.refusals import (
    FAULT,
    INVALID,
    NOT_FOUND,
    NotFound,
    ShiluError,
    Unauthenticated,
    refusal,
)

log = structlog.get_logger()
NO_PAGE = refusal("page.unknown", NotFound)
SCREENS = (
    home.router,
    alerts.router,
    beside.router,
    indicators.router,
    checking.router,
    changes.router,
    evaluation.router,
    bundle.router,
    workbook.router,
    caseload.router,
    case.router,
    files.router,
    coverage.router,
    registers.router,
    register_file.router,
    completeness.router,
    papers.router,
    names.router,
    recording.router,
    meeting.router,
    holding.router,
    delivery.router,
    receiving.router,
    verifying.router,
    records.router,
    setting_right.router,
    tasks.router,
    words.router,
)
TITLED = {
    403: {403},
    404: {404, 405},
    422: {400, 409, 413, 422},
    429: {429},
    503: {503},
}
"""Titles of error pages, and the answers that each is over; all others are faults of ours."""
ASKED = {
    "at": "known_at.label",
    "since": "changes.since",
    "from": "coverage.from",
    "to": "coverage.to",
    "reference": "coverage.reference",
}
"""What the fields are called that a page's address can ask by: as a refusal names them → text."""
DAYS = ("from", "to", "reference")
"""Those of them that are days; the others are minutes."""
OPEN = (signin.router, assets.router)
"""Whatever answers without a token; everything else asks for one by its `Reading`."""


class BesideTheApi(Mount):
    """Everything that is not the API's."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        """Leave the API's paths to it, so that its errors stay problems."""
        if scope.get("path", "").startswith("/api/"):
            return Match.NONE, {}
        return super().matches(scope)


def create_pages(parts: Services) -> FastAPI:
    """Build the pages."""
    pages = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(check_address), Depends(own_forms)],
    )
    pages.state.services = parts
    pages.state.assets = assets.read_assets()
    pages.state.tries = Tries()
    for router in (*OPEN, *SCREENS):
        pages.include_router(router)
    _install_errors(pages)
    pages.add_middleware(SafeAnswers)
    return pages


def _install_errors(pages: FastAPI) -> None:
    """Let every error leave as a page that says what can be done."""

    @pages.exception_handler(ShiluError)
    def refused(request: Request, error: ShiluError) -> Response:
        return _answer(request, error)

    @pages.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        in_path = any(one["loc"][0] == "path" for one in error.errors())
        return _answer(request, NOT_FOUND() if in_path else INVALID())

    @pages.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        wrong = error.status_code == 400  # a form that cannot be read
        return _answer(request, INVALID() if wrong else NO_PAGE(), error.status_code)

    @pages.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        log.error("pages.unexpected", error=type(error).__name__, path=request.url.path)
        return error_page(request, FAULT(), 500)


def _answer(request: Request, error: ShiluError, status: int | None = None) -> Response:
    told = error.code == ENDED.code or _signed_in(request)
    if isinstance(error, Unauthenticated) or not told:
        return _sign_in_first(request)
    inside = error.code != ENDED.code and request.url.path != signin.PATH
    return error_page(request, error, status or error.status, inside=inside)


def _signed_in(request: Request) -> bool:
    """Say whether somebody signed in asks; who is not learns nothing about what exists."""
    if request.url.path == signin.PATH:
        return True
    token = token_of(request)
    parts: Services = request.app.state.services
    return token is not None and parts.tokens.principal(token) is not None


def _sign_in_first(request: Request) -> Response:
    where = way_in(request)
    if "HX-Request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": where})
    return RedirectResponse(where, status_code=303)


def error_page(
    request: Request, error: ShiluError, status: int, *, inside: bool = False
) -> Response:
    """Answer with a page that says what went wrong, in the reader's language.

    To whoever is `inside` it keeps the ways; of what they asked by a form, the form is there again
    with what was typed.
    """
    said, label = error.text(language_of(request)), ASKED.get(error.field or "")
    if label is not None:
        speech = Speech(language_of(request))
        said = f"{speech.text(label)}{speech.text('record.colon')}{said}"
    known = next((each for each in TITLED if status in TITLED[each]), 500)
    if not inside:
        return render(request, "error.html", status, said=said, known=known)
    again = request.method == "GET" and label is not None
    asked = _asked(request, error.field) if again else []
    kept = {name: text for name, text in request.query_params.items() if name not in ASKED}
    return render(
        request,
        "error_inside.html",
        status,
        said=said,
        known=known,
        wrong=error.field,
        asked=asked,
        kept={name: text for name, text in kept.items() if name not in ("cursor", "lang")},
    )


def _asked(request: Request, wrong: str | None) -> list[tuple[str, str, str, str]]:
    """Return the fields that a page was asked by: name, text, how a browser asks, what was typed.

    Where one of two days is wrong, the other may be put right as well.
    """
    return [
        (
            name,
            text,
            "date" if name in DAYS else "datetime-local",
            request.query_params.get(name, ""),
        )
        for name, text in ASKED.items()
        if name in request.query_params or name == wrong
    ]
