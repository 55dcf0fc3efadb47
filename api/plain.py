"""Control characters and lone surrogates are turned away at the door, wherever they come in.

The journal cannot write them or the views cannot keep them, and nobody ever means them. Bodies of
commands, the keys they come under, and the addresses of questions are looked at here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem
from domain.bounds import check_code
from domain.wording import NOT_PLAIN, is_plain

# Bytes without which there can be none of them; nearly every body is known to be plain by these.
_TELLING = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), ord("\\"), 0x7F, 0xC2, 0xED])
# What may be, or be the escape of, a character that is not plain; also bodies not in UTF-8.
_SUSPECT = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xed[\xa0-\xbf]"
    rb"|\\(?:[bfr]|u(?:00[01789]|d[89a-f]))",
    re.IGNORECASE,
)
_SUSPECT_IN_QUERY = re.compile(rb"[\x00-\x1f\x7f]|%(?:[01][0-9a-f]|7f|c2%[89])", re.IGNORECASE)
KEY_LENGTH = 100
"""The most characters of an Idempotency-Key."""


def is_json(headers: Mapping[str, str]) -> bool:
    """Say whether a body says that it is JSON."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind.startswith("application/") and kind.endswith(("/json", "+json"))


def check_key(key: str) -> None:
    """Refuse an Idempotency-Key that is no code: it stands open in the journal for ever."""
    written = key.encode("latin-1").decode(errors="replace")  # a header is bytes
    check_code(written, "Idempotency-Key", KEY_LENGTH)


def check_body(content: bytes) -> None:
    """Refuse a JSON body with a text that is not plain, naming the field.

    What is no JSON is left to those who read it.
    """
    if len(content.translate(None, _TELLING)) == len(content):
        return
    if _SUSPECT.search(content) is None:
        return
    try:
        sent = json.loads(content)
    except (ValueError, RecursionError):
        return
    _check(sent, "")


def _check(value: Any, field: str) -> None:
    match value:
        case str():
            if not is_plain(value):
                raise NOT_PLAIN(field or "body")
        case dict():
            for name, part in value.items():
                if not is_plain(name):
                    raise NOT_PLAIN(field or "body")
                _check(part, f"{field}.{name}" if field else name)
        case list():
            for number, part in enumerate(value):
                _check(part, f"{field}.{number}" if field else str(number))


class PlainAddresses:
    """Refuses a path or a question with a character that is not plain, naming the parameter.

    Pages refuse such addresses themselves (`check_address`), with a page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the address, and pass on what is plain."""
        asked = scope["type"] == "http" and scope["path"].startswith("/api/")
        wrong = _wrong_in(scope) if asked else None
        if wrong is None:
            await self.app(scope, receive, send)
        else:
            await problem(NOT_PLAIN(wrong))(scope, receive, send)


def check_address(request: Request) -> None:
    """Refuse what of a page's address is not plain. Raises `text.not_plain`."""
    wrong = _wrong_in(request.scope)
    if wrong is not None:
        raise NOT_PLAIN(wrong)


def _wrong_in(scope: Scope) -> str | None:
    """Return what of the address is not plain."""
    if not is_plain(scope["path"], lines=False):
        return "path"
    query: bytes = scope["query_string"]
    if _SUSPECT_IN_QUERY.search(query) is None:
        return None
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if not is_plain(name, lines=False):
            return "query"
        if not is_plain(value, lines=False):
            return name
    return None
