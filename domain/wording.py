"""What a text may hold: nothing that cannot be kept, and no number by which a person is found.

Control characters and lone surrogates are refused everywhere: the journal could not write them,
or a view could not keep them. An ID number or a mobile number is refused in texts that stand open
in the journal for ever; where a person's words are sealed it may be written.
"""

from __future__ import annotations

import re

from domain.id_number import birth_in, normal_number
from domain.refusals import refusal

NOT_PLAIN = refusal("text.not_plain")
TOO_LONG = refusal("text.too_long")
EMPTY = refusal("text.empty")
NO_CODE = refusal("text.no_code")
PERSONAL_NUMBER = refusal("text.personal_number")

# All of Unicode's category Cc but tab and newline, and the halves of surrogate pairs.
_NOT_PLAIN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CODE = "[A-Za-z0-9._:-]+"
"""What a code is made of that a program or a device gives: no words, so that it names nobody."""
_CODE = re.compile(CODE)
_MANY_DIGITS = re.compile(r"\d[\d -]{10}")
# Digits of any width, apart or together. Hexadecimal digits around them are part of a hash.
_RESIDENT = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸｘ](?!\d)")
_MOBILE = re.compile(
    r"(?<![\da-fA-F])(?:\+?86[ -]?)?[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4}(?![\da-fA-F])"
)


def is_plain(text: str, *, lines: bool = True) -> bool:
    """Say whether a text has no control character and no lone surrogate.

    Tab and newline are in place where a text may have `lines`.
    """
    # Whatever is printable is plain, and is found to be so a good deal faster.
    return text.isprintable() or (_NOT_PLAIN if lines else _NOT_IN_ONE_LINE).search(text) is None


def is_code(text: str) -> bool:
    """Say whether a text is made as the codes of programs and devices are."""
    return _CODE.fullmatch(text) is not None


def has_many_digits(text: str) -> bool:
    """Say whether a number of at least eleven digits, or of digits and signs, stands in a text."""
    return _MANY_DIGITS.search(text) is not None


def holds_resident_number(text: str) -> bool:
    """Say whether an ID number with a date of birth and the right check character stands in it."""
    return any(
        birth_in(normal_number(found.group()).replace("-", ""))
        for found in _RESIDENT.finditer(text)
    )


def holds_mobile_number(text: str) -> bool:
    """Say whether the number of a mobile telephone of the mainland stands in it (11 digits)."""
    return _MOBILE.search(text) is not None
