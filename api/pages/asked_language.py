"""Which language a page speaks: the one asked for, remembered, or the browser's."""

from __future__ import annotations

from fastapi import Request

from api.pages.language import LANGUAGES
from projections.naming import Language

COOKIE = "shilu_lang"


def asked_for(request: Request) -> Language | None:
    """Return the language that the address asks for; it is remembered."""
    return _known(request.query_params.get("lang"))


def language_of(request: Request) -> Language:
    """Return the language of a page: asked for, remembered, the browser's, else Chinese."""
    remembered = _known(request.cookies.get(COOKIE))
    return asked_for(request) or remembered or _preferred(request)


def _known(code: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == code), None)


def _preferred(request: Request) -> Language:
    best: tuple[float, Language] = (0.0, "zh")
    for part in request.headers.get("Accept-Language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        language = _known(tag.partition("-")[0].lower())
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]
