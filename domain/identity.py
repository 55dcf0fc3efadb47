"""Identifiers: UUIDv7 as canonical text, so that rows lie in the order in which they were made."""

from __future__ import annotations

import os
import re
import time
from typing import Annotated, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

CANONICAL: Final = "canonical"
"""What marks an id among the texts of a type; whoever records facts holds them to it."""
Id: TypeAlias = Annotated[str, CANONICAL]
"""A UUID in its canonical text form, 36 characters, lower case."""
_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id(milliseconds: int | None = None, entropy: bytes | None = None) -> Id:
    """Make a UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits.

    With `entropy` (at least 10 bytes) the same moment gives the same id.
    """
    moment = int(time.time() * 1000) if milliseconds is None else milliseconds
    tail = bytearray(os.urandom(10) if entropy is None else entropy[:10])
    tail[0] = 0x70 | tail[0] & 0x0F
    tail[2] = 0x80 | tail[2] & 0x3F
    text = f"{moment:012x}{tail.hex()}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def derived_id(*parts: str) -> Id:
    """Make the same id from the same parts (UUIDv5), for what must not be made twice."""
    return str(uuid5(NAMESPACE_URL, "shilu:" + "\x1f".join(parts)))


def is_id(text: str) -> bool:
    """Say whether `text` is a UUID in canonical form."""
    return _CANONICAL.fullmatch(text) is not None


def is_timed(text: str) -> bool:
    """Say whether `text` is a UUIDv7 in canonical form, as `new_id` makes them."""
    return is_id(text) and text[14] == "7" and text[19] in "89ab"
