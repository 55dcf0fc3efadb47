"""How stations are told apart by name and region: by what two spellings have in common."""

from __future__ import annotations

import unicodedata

from domain.refusals import refusal

LEVELS = (6, 9, 12)
"""How many digits the code of a county, a township and a village has."""

REGION_INVALID = refusal("station.region_invalid")


def plain_name(name: str) -> str:
    """Return what two spellings of one name have in common: width, spaces and case undone."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def plain_region(code: str) -> str:
    """Return what two spellings of one administrative division's code have in common.

    A county has 6 digits (GB/T 2260), a township 9 (GB/T 10114), a village 12; zeros in place of
    the lower levels say nothing more, so that 620102001000 is the township 620102001.
    """
    plain = "".join(unicodedata.normalize("NFKC", code).split())
    while len(plain) in LEVELS[1:] and plain.endswith("000"):
        plain = plain[:-3]
    return plain


def normal_region(code: str) -> str:
    """Return a code in its plain form. Raises `station.region_invalid`."""
    plain = plain_region(code)
    if len(plain) not in LEVELS or not (plain.isascii() and plain.isdigit()):
        raise REGION_INVALID("region_code")
    return plain
