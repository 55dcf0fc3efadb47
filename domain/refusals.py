"""Everything that can be refused or fail, as one tree with stable codes.

ShiluError
├── Refusal          422  a rule of the field says no; the person can change what they sent
│   ├── NotFound     404  there is no such thing in what this principal may see
│   ├── Conflict     409  the thing has moved on, or the same key came with other content
│   ├── TooLarge     413  more was sent than is taken at once
│   └── Forbidden    403  the principal may not do this
├── Unauthenticated  401  no token, or one that is not known
├── Unavailable      503  the journal or the views cannot answer now; trying again is safe
└── Fault            500  something of ours went wrong

A slice declares its refusals at its top, `NO_REASON = refusal("record.no_reason")`, and raises
`NO_REASON("reason")`. The words a person reads are in `domain/texts`, one file a slice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from domain.sentences import words_in

TEXTS = Path(__file__).parent / "texts"
KINDS_OF_ACTIVITY = Path(__file__).with_name("catalogue.toml")


class ShiluError(Exception):
    """The root: a stable `code`, the `field` concerned where there is one, and numbers to show.

    `details` go into the message and the problem's body; they never carry personal data.
    """

    status = 500

    def __init__(self, code: str, field: str | None = None, **details: str | int) -> None:
        super().__init__(code if field is None else f"{code} ({field})")
        self.code = code
        self.field = field
        self.details = details

    def text(self, language: str) -> str:
        """Return the message in `zh` or `en`, with the details put in, codes by their names."""
        details = {
            name: named(name, value, language) if isinstance(value, str) else value
            for name, value in self.details.items()
        }
        return catalogue()[self.code][language].format(**details)


class Refusal(ShiluError):
    """A rule of the field says no."""

    status = 422


class NotFound(Refusal):
    """There is no such thing within the principal's scope."""

    status = 404


class Conflict(Refusal):
    """The thing has moved on since it was read, or a key was used for something else."""

    status = 409


class TooLarge(Refusal):
    """More was sent than is taken at once."""

    status = 413


class Forbidden(Refusal):
    """This principal may not do this."""

    status = 403


class Unauthenticated(ShiluError):
    """No token, or one that is not known here."""

    status = 401


class Unavailable(ShiluError):
    """The journal or the views cannot answer now; the same request may be sent again."""

    status = 503
    wait = 1
    """After how many seconds that is worth while."""


class Fault(ShiluError):
    """Something of ours went wrong; nobody who sent anything did."""

    status = 500


@dataclass(frozen=True)
class RefusalKind:
    """One thing that is refused: its code and its place in the tree. Call it to make the error."""

    code: str
    error: type[ShiluError]

    def __call__(self, field: str | None = None, **details: str | int) -> ShiluError:
        return self.error(self.code, field, **details)


KINDS: dict[str, RefusalKind] = {}


def refusal(code: str, error: type[ShiluError] = Refusal) -> RefusalKind:
    """Declare a refusal under a stable code, once."""
    if code in KINDS:
        raise ValueError(f"refusal code declared twice: {code}")
    KINDS[code] = RefusalKind(code, error)
    return KINDS[code]


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Read the messages of all slices: code → language → template."""
    return words_in(TEXTS)


def named(detail: str, codes: str, language: str) -> str:
    """Return what a detail is called, which may be several codes; any other text as it is.

    In English a code stands for itself.
    """
    known = names().get(detail, {})
    if language == "en" or not known.keys() >= set(codes.split(", ")):
        return codes
    return "、".join(known[code] for code in codes.split(", "))


@cache
def names() -> Mapping[str, Mapping[str, str]]:
    """Read what codes among the details are called in Chinese: name of the detail → code → name."""
    kinds = tomllib.loads(KINDS_OF_ACTIVITY.read_text("utf-8"))
    written = tomllib.loads((TEXTS / "names" / "zh.toml").read_text("utf-8"))
    activities = {code: kind["zh"] for code, kind in kinds.items()}
    return {**written, "planned": activities, "kinds": {**activities, **written["kinds"]}}


NOT_FOUND = refusal("not_found", NotFound)
FORBIDDEN = refusal("forbidden", Forbidden)
UNAUTHENTICATED = refusal("unauthenticated", Unauthenticated)
INVALID = refusal("invalid")
STALE_VERSION = refusal("stale_version", Conflict)
KEY_REUSED = refusal("key_reused", Conflict)
DUPLICATE_ID = refusal("duplicate_id", Conflict)
TOO_LARGE = refusal("too_large", TooLarge)
UNAVAILABLE = refusal("unavailable", Unavailable)
FAULT = refusal("fault", Fault)
POSITION_NOT_REACHED = refusal("position_not_reached", Unavailable)
