"""Calls to others on the network: short, of bounded size and time, and never relied upon.

Timestamp authorities, witnesses and whoever is told of alerts may be slow, gone or hostile; nothing
that is recorded or signed here waits for them.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 10.0
"""The longest that one step of a call, or the reading of its answer, may take."""
LIMIT = 65_536
BLOCK = 4096


class Unreachable(Exception):
    """Somebody did not answer, or not in the form that was asked for; `why` names no address."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """An answer: its status, its type in lower case, its body."""

    status: int
    kind: str
    body: bytes


class _NoRedirects(HTTPRedirectHandler):
    """What is posted goes to the address that the operator chose, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(
    url: str, content: bytes, kind: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Answer:
    """Post bytes of a type, with further headers, and return the answer, whatever its status.

    Raises `Unreachable`. `url` is http or https: the settings hold that.
    """
    sent = {"Content-Type": kind, **headers}
    request = Request(url, content, sent, method="POST")  # noqa: S310 - see above
    try:
        with _opened(request) as answer:
            return Answer(answer.status, _kind(answer.headers.get("Content-Type")), _read(answer))
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(type(error).__name__) from None


def _opened(request: Request) -> Any:
    try:
        return build_opener(_NoRedirects).open(request, timeout=SECONDS)
    except HTTPError as refused:
        return refused  # an answer like any other


def _kind(stated: str | None) -> str:
    return (stated or "").partition(";")[0].strip().lower()


def _read(answer: Any) -> bytes:
    """Read an answer, in its time and up to its limit."""
    deadline, taken = monotonic() + SECONDS, b""
    while block := answer.read1(BLOCK):
        taken += block
        if len(taken) > LIMIT:
            raise Unreachable("too long an answer")
        if monotonic() > deadline:
            raise Unreachable("too slow an answer")
    return bytes(taken)
