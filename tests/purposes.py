"""For which purposes the sealed fields of all facts say that their words are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from domain.event import FACTS, Correction
from domain.private import KeptFor, Private, Purpose, private_names

Kept = tuple[Purpose, ...]


def sealed_fields() -> Iterator[tuple[str, Kept]]:
    """Yield each sealed field of each kind of facts, as `visit.PhoneContactMade.note`.

    Corrections are left out: what they carry are the facts of what they set right.
    """
    for name, kind in FACTS.items():
        if not issubclass(kind, Correction):
            yield from sealed_in(kind, name)


def sealed_in(hint: Any, place: str) -> Iterator[tuple[str, Kept]]:
    """Yield the sealed fields inside a type, each with its purposes; `()` where it says none."""
    if get_origin(hint) is Annotated and get_args(hint)[0] is Private:
        said = [mark.purposes for mark in get_args(hint)[1:] if isinstance(mark, KeptFor)]
        yield place, said[0] if said else ()
    elif hint is Private:
        yield place, ()
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        hints = get_type_hints(hint, include_extras=True)
        for name in private_names(hint):
            yield from sealed_in(hints[name], f"{place}.{name}")
    else:
        for part in get_args(hint):
            yield from sealed_in(part, place)
