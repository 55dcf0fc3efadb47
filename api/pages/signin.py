"""Signing in with an access token, and out again."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access import COOKIE
from api.pages.reader import render
from api.pages.safety import Tries
from api.services import Services, services

router = APIRouter()
PATH = "/signin"
SIGN_OUT = "/signout"
WORKING_DAY_SECONDS = 12 * 3600
Parts = Annotated[Services, Depends(services)]


@router.get(PATH)
def form(request: Request, next: str = "/") -> Response:
    """Show the form."""
    return _form(request, next)


@router.post(PATH)
def sign_in(
    request: Request,
    parts: Parts,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Take a token into a cookie that scripts cannot read and other sites cannot send."""
    tries: Tries = request.app.state.tries
    address, now = request.client.host if request.client else "", parts.clock.now()
    tries.check(address, now)
    found = parts.tokens.principal(token.strip())
    if found is None or found.ended(now):
        tries.failed(address, now)
        return _form(request, next, 401, wrong=True)
    answer = RedirectResponse(local(next), status_code=303)
    answer.set_cookie(
        COOKIE,
        token.strip(),
        max_age=WORKING_DAY_SECONDS,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    return answer


@router.post(SIGN_OUT)
def sign_out(request: Request) -> Response:
    """Forget the token on this device; the token itself stays valid elsewhere."""
    answer = RedirectResponse(PATH, status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def way_in(request: Request) -> str:
    """Return where to sign in, so as to come back to the page that was asked for, or to the form
    that was sent: each stands where it is sent to."""
    path, query = request.url.path, request.url.query
    if path in ("/", SIGN_OUT):
        return PATH
    return f"{PATH}?next={quote(f'{path}?{query}' if query else path)}"


def local(address: str) -> str:
    """Return an address of ours, or the first page instead of anybody else's."""
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and address.startswith("/")
    unclear = address.startswith("//") or "\\" in address or not address.isprintable()
    return address if ours and not unclear else "/"


def _form(request: Request, next: str, status: int = 200, *, wrong: bool = False) -> Response:
    return render(request, "signin.html", status, next=local(next), wrong=wrong)
