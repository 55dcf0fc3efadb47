"""What may be recorded at all, whoever decided it: the last look at facts before they are kept.

Facts say their bounds in their types (`Title`, `Fen`, `Id`, …). They are held to them when they
are recorded, new or corrected, and never when they are read: what was once written down stays
readable, whatever the bounds become.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from domain.identity import CANONICAL, is_id
from domain.private import KeptFor, Private, Purpose
from domain.refusals import refusal
from domain.wording import (
    EMPTY,
    NO_CODE,
    NOT_PLAIN,
    PERSONAL_NUMBER,
    TOO_LONG,
    has_many_digits,
    holds_mobile_number,
    holds_resident_number,
    is_code,
    is_plain,
)

OTHER_PURPOSE = refusal("private.other_purpose")
NO_ID = refusal("bounds.no_id")
OUT_OF_BOUNDS = refusal("bounds.number")
TOO_MANY = refusal("bounds.too_many")


@dataclass(frozen=True)
class Worded:
    """A text of so many characters. With `lines` it may have several.

    `open_to` are the numbers of persons that may stand in it, since they are something else.
    """

    least: int = 0
    most: int = 4000
    lines: bool = True
    open_to: frozenset[Literal["resident", "mobile"]] = frozenset()


@dataclass(frozen=True)
class Within:
    """A whole number between two, both of them in."""

    least: int
    most: int


@dataclass(frozen=True)
class InFen:
    """Money, kept in 分; people are told and asked for 元."""


@dataclass(frozen=True)
class AtMost:
    """So many entries."""

    most: int


Title: TypeAlias = Annotated[str, Worded(least=1, most=200, lines=False)]
"""A title, a place, a short word. Any other text has at most 4000 characters, in lines."""
Unit: TypeAlias = Annotated[str, Worded(least=1, most=20, lines=False)]
Reference: TypeAlias = Annotated[str, Worded(most=200, lines=False, open_to=frozenset({"mobile"}))]
"""A number of a paper, a lot or a box: eleven digits may be just that."""
Link: TypeAlias = Annotated[str, Worded(most=500, lines=False, open_to=frozenset({"mobile"}))]
"""An address in the web."""
Register: TypeAlias = Annotated[
    str, Worded(most=100, lines=False, open_to=frozenset({"mobile", "resident"}))
]
"""A number of an organisation in a public register, of a form like a person's."""
Minutes: TypeAlias = Annotated[int, Within(0, 24 * 60)]
Fen: TypeAlias = Annotated[int, Within(0, 10**12), InFen()]
"""Money in 分."""
Pieces: TypeAlias = Annotated[int, Within(0, 10**9)]
Heads: TypeAlias = Annotated[int, Within(0, 100_000)]
"""How many people."""

ANY_TEXT = Worded()
ANY_NUMBER = Within(0, 10**15)
"""What every view can keep and add up; below nothing only where a type says so."""
AtLeastOne: TypeAlias = Annotated[int, Within(1, 10**15)]
"""The number of one in a row, or of what there must be."""
Signed: TypeAlias = Annotated[int, Within(-(10**15), 10**15)]
"""A score or a difference."""
WORDS = 4000
"""The longest text of a person's own."""

Check = Callable[[Any, str], None]


def check_bounds(facts: msgspec.Struct, field: str = "") -> None:
    """Refuse facts that are out of the bounds which their types say, naming the field.

    Fields are named as they are sent, under `field` where that is given. Raises `text.*`,
    `bounds.*` and `private.other_purpose`.
    """
    prefix = f"{field}." if field else ""
    for name, check in checks_of(type(facts)):
        value = getattr(facts, name)
        if value is not None:
            check(value, prefix + name)


def check_text(text: str, field: str, bound: Worded = ANY_TEXT) -> None:
    """Refuse a text that stands open in the journal and is out of its bounds."""
    if not is_plain(text, lines=bound.lines):
        raise NOT_PLAIN(field)
    if len(text) > bound.most:
        raise TOO_LONG(field, most=bound.most)
    if len(text) < bound.least or (bound.least and text.isspace()):
        raise EMPTY(field)
    if len(text) > 10 and has_many_digits(text):
        _check_nobody_found(text, field, bound)


def check_code(text: str, field: str, most: int) -> None:
    """Refuse what is no code of a program or a device, and what a person could be found by."""
    if is_id(text):
        return
    if not is_plain(text, lines=False):
        raise NOT_PLAIN(field)
    if len(text) > most or not is_code(text):
        raise NO_CODE(field, most=most)
    _check_nobody_found(text, field, ANY_TEXT)


def _check_nobody_found(text: str, field: str, bound: Worded) -> None:
    if "resident" not in bound.open_to and holds_resident_number(text):
        raise PERSONAL_NUMBER(field)
    if "mobile" not in bound.open_to and holds_mobile_number(text):
        raise PERSONAL_NUMBER(field)


def yuan(fen: int) -> str:
    """Return money in 元, as a refusal tells it: 1,414.50."""
    return f"{fen // 100:,}.{fen % 100:02}"


def check_id(text: str, field: str) -> None:
    """Refuse what is no id in canonical form."""
    if not is_id(text):
        raise NO_ID(field)


@cache
def checks_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, Check], ...]:
    """Return the fields of a kind of struct that have bounds, and how each is held to them.

    What a kind has `narrower` than the type of its field says is held to that.
    """
    hints = get_type_hints(kind, include_extras=True)
    narrower: Mapping[str, Within] = getattr(kind, "narrower", {})
    found = (
        (
            name,
            partial(_number, bound=narrower[name]) if name in narrower else _check_of(hints[name]),
        )
        for name in kind.__struct_fields__
    )
    return tuple((name, check) for name, check in found if check is not None)


def bound_of(kind: type[msgspec.Struct], field: str) -> Within:
    """Return between which numbers a field of facts is kept, for whoever tells it beforehand."""
    check = dict(checks_of(kind))[field]
    bound = check.keywords["bound"] if isinstance(check, partial) else None
    if not isinstance(bound, Within):
        raise TypeError(f"{field} is no number")
    return bound


def _check_of(hint: Any) -> Check | None:
    """Return how a value of this type is held to its bounds; None where it has none."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _marked(hint)
    if origin in (Union, UnionType):
        return _check_of_either(get_args(hint))
    if origin is tuple:
        return _each(_check_of(get_args(hint)[0]))
    if hint is str:
        return partial(check_text, bound=ANY_TEXT)
    if hint is int:
        return partial(_number, bound=ANY_NUMBER)
    if hint is Private:
        raise TypeError("a sealed field says for which purposes its words are kept")
    is_struct = isinstance(hint, type) and issubclass(hint, msgspec.Struct)
    return check_bounds if is_struct else None


def _marked(hint: Any) -> Check | None:
    inner, *marks = get_args(hint)
    if inner is Private:
        return partial(_private, purposes=_purposes(marks))
    check = _check_of(inner)
    for mark in marks:
        match mark:
            case Worded():
                check = partial(check_text, bound=mark)
            case Within():
                check = partial(_number, bound=mark)
            case AtMost():
                check = partial(_at_most, bound=mark, check=check)
            case _ if mark is CANONICAL:
                check = check_id
    return check


def _purposes(marks: list[Any]) -> tuple[Purpose, ...]:
    (kept,) = (mark for mark in marks if isinstance(mark, KeptFor))
    return kept.purposes


def _check_of_either(kinds: tuple[Any, ...]) -> Check | None:
    checks = {check for kind in kinds if (check := _check_of(kind)) is not None}
    if len(checks) > 1:
        raise TypeError(f"facts may be either of {kinds}, whose bounds differ")
    return checks.pop() if checks else None


def _each(check: Check | None) -> Check | None:
    if check is None:
        return None

    def each(values: tuple[Any, ...], field: str) -> None:
        for number, value in enumerate(values):
            check(value, f"{field}.{number}")

    return each


def _number(number: int, field: str, bound: Within) -> None:
    if not bound.least <= number <= bound.most:
        raise OUT_OF_BOUNDS(field, least=bound.least, most=bound.most)


def _at_most(values: tuple[Any, ...], field: str, bound: AtMost, check: Check | None) -> None:
    if len(values) > bound.most:
        raise TOO_MANY(field, most=bound.most)
    if check is not None:
        check(values, field)


def _private(words: Private, field: str, purposes: tuple[Purpose, ...]) -> None:
    """Hold words that are still to be sealed to what can be kept; any number may be in them.

    What is sealed already stays for what it was kept for.
    """
    check_id(words.person, field)
    if words.text is None:
        return
    if words.purpose not in purposes:
        raise OTHER_PURPOSE(f"{field}.purpose", purposes=", ".join(purposes))
    if not is_plain(words.text):
        raise NOT_PLAIN(field)
    if len(words.text) > WORDS:
        raise TOO_LONG(field, most=WORDS)
