"""What keeps pages safe: headers on every answer, forms from our own pages only, few guesses."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders

from domain.refusals import Refusal, refusal


class TooManyError(Refusal):
    """Somebody tries too often; the same may be tried again later."""

    status = 429


FOREIGN_FORM = refusal("page.foreign_form")
TOO_MANY_TRIES = refusal("page.too_many_tries", TooManyError)
TRIES = 10
WINDOW = timedelta(minutes=5)
REMEMBERED = 10_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SafeAnswers:
    """Puts the headers on every answer; what does not say otherwise is never stored."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Add the headers as an answer starts."""

        async def safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, safely if scope["type"] == "http" else send)


def own_forms(request: Request) -> None:
    """Refuse what a page of somebody else sends, beyond what the cookie's SameSite holds.

    Raises `page.foreign_form`. Browsers name the page's origin with every form, or at least the
    page itself.
    """
    if request.method in SAFE_METHODS:
        return
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    if not sender or urlsplit(sender).netloc != request.headers.get("Host"):
        raise FOREIGN_FORM()


class Tries:
    """Counts failed sign-ins by address, in this process; a token itself cannot be guessed."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[datetime]] = OrderedDict()

    def check(self, address: str, now: datetime) -> None:
        """Refuse an address that failed too often lately. Raises `page.too_many_tries`."""
        lately = [when for when in self._failed.get(address, ()) if now - when < WINDOW]
        if len(lately) >= TRIES:
            raise TOO_MANY_TRIES(minutes=int(WINDOW.total_seconds() // 60))
        if lately:
            self._failed[address] = lately
        else:
            self._failed.pop(address, None)

    def failed(self, address: str, now: datetime) -> None:
        """Remember a failure, and of many addresses the latest."""
        self._failed.setdefault(address, []).append(now)
        self._failed.move_to_end(address)
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)
